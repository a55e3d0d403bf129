/**
 * Patterns of SORT's BY and GET: "#" is the element itself, else the first "*" is replaced by it to make a
 * key's name, behind which "->" may name a field of a hash. Patterns end at a NUL as far as these signs
 * are looked for.
 */
import { SCRATCH } from "../base/layout";
import { allocate, free } from "../base/memory";
import { entryType, TYPE_HASH, TYPE_STRING } from "../keyspace/entry";
import { logMiss, lookup } from "../keyspace/keyspace";
import { argLen, argPtr } from "../protocol/resp";
import { readString, textLen as stringLen, textPtr as stringPtr } from "../types/string/stringvalue";
import { findField, readFound, textLen as fieldValueLen, textPtr as fieldValuePtr } from "../types/hash/hash_value";

/** Where a key's name is made: behind what integers are spelt in; longer ones get a block. */
const NAME: usize = SCRATCH + 64;
const NAME_BYTES: u32 = 0x8000;

let pattern: usize = 0;
let isElement: bool = false;
/** The star, NONE where there is none; the rest of the key behind it; the field, 0 bytes where there is none. */
let star: u32 = 0;
let restLen: u32 = 0;
let field: usize = 0;
let fieldLen: u32 = 0;

const NONE: u32 = ~0;

/** Where the first star of an argument is, NONE when there is none before a NUL. */
function starOf(arg: u32): u32 {
  const ptr = argPtr(arg);
  for (let i: u32 = 0, len = argLen(arg); i < len && load<u8>(ptr + i); i++) {
    if (load<u8>(ptr + i) == 0x2a) return i;
  }
  return NONE;
}

/** Whether an argument has a star, without which it is no pattern. */
export function hasStar(arg: u32): bool {
  return starOf(arg) != NONE;
}

/** Makes an argument the pattern of the look-ups to come. */
export function openPattern(arg: u32): void {
  pattern = argPtr(arg);
  const len = argLen(arg);
  const first: u32 = len ? load<u8>(pattern) : 0;
  isElement = first == 0x23 && (len == 1 || !load<u8>(pattern, 1));
  star = starOf(arg);
  fieldLen = 0;
  if (star == NONE) return;
  restLen = len - star - 1;
  const rest = pattern + star + 1;
  for (let i: u32 = 0; i + 2 < restLen && load<u8>(rest + i); i++) {
    if (load<u16>(rest + i) != 0x3e2d) continue;
    // A field must have a name.
    if (!load<u8>(rest + i, 2)) return;
    field = rest + i + 2;
    fieldLen = restLen - i - 2;
    restLen = i;
    return;
  }
}

/** Keys looked up that were there, and that were not, since {@link clearLooked}. */
export let hits: u32 = 0;
export let misses: u32 = 0;

/** Whether each miss is told of, as the event of a key. */
let tellsMisses: bool = false;

export function clearLooked(tells: bool): void {
  hits = 0;
  misses = 0;
  tellsMisses = tells;
}

/** What {@link lookUp} has found: address 0 for nothing; the bytes may have to be kept (sortelements.ts). */
export let foundPtr: usize = 0;
export let foundLen: u32 = 0;

/** Looks up what the pattern makes of an element. @returns false when memory is out */
export function lookUp(db: u32, ptr: usize, len: u32): bool {
  foundPtr = 0;
  if (isElement) {
    foundPtr = ptr;
    foundLen = len;
    return true;
  }
  if (star == NONE) return true;
  const nameLen = <u64> star + len + restLen;
  if (nameLen > 0x3fffffff) return true; // no key has such a name
  const name = nameLen <= NAME_BYTES ? NAME : allocate(<u32> nameLen);
  if (!name) return false;
  memory.copy(name, pattern, star);
  memory.copy(name + star, ptr, len);
  memory.copy(name + star + len, pattern + star + 1, restLen);
  const e = lookup(db, name, <u32> nameLen);
  if (!e && tellsMisses) logMiss(db, name, <u32> nameLen);
  if (name != NAME) free(name);
  if (e) hits++;
  else misses++;
  if (e) readFrom(e);
  return true;
}

function readFrom(e: usize): void {
  if (fieldLen) {
    if (entryType(e) != TYPE_HASH || !findField(e, field, fieldLen)) return;
    readFound(e);
    foundPtr = fieldValuePtr;
    foundLen = fieldValueLen;
  } else if (entryType(e) == TYPE_STRING) {
    readString(e);
    foundPtr = stringPtr;
    foundLen = stringLen;
  }
}
