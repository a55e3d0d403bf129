/** Hashes: the commands that change fields. Arguments are named by their index in the command under way. */
import {
  EXISTS, HASH_LISTPACK_VALUE, MISSING, NOT_A_FLOAT, NOT_AN_INTEGER, OUT_OF_MEMORY, OVERFLOW, RESULT_LEN, RESULT_PTR,
  SCRATCH, TOO_LONG, WRONG_TYPE,
} from "../../base/layout";
import { lastHash } from "../../keyspace/keyspace";
import {
  addExtended, extendedFromI64, isFiniteExtended, MAX_EXTENDED_BYTES,
  parseExtended, writeExtended,
} from "../../text/extended";
import { parseI64, parsedI64, writeI64 } from "../../text/number";
import { argLen, argPtr } from "../../protocol/resp";
import { replyBulk, replyI64 } from "../../protocol/reply";
import {
  convert, deleteFound, findField, findKept, hashAt, isPacked, newHash, prepare, readFound, removeEmpty, setField, status,
  textLen, textPtr,
} from "./hash_value";
import { withoutExpired } from "./hash_due";

/** Added to a count of fields: the key was made. */
export const HASH_NEW_KEY: i32 = 1 << 30;
/** Added to a count of fields: the key went with its last field. */
export const HASH_KEY_GONE: i32 = 1 << 29;

/** The value of a field is no number: the error differs from that of a bad argument. */
export const HASH_NOT_AN_INTEGER: i32 = -32;
export const HASH_NOT_A_FLOAT: i32 = -33;

// Where a float is counted: above the spelling of integers (hash_value.ts) at the start of SCRATCH.
const FLOAT_SUM: usize = SCRATCH + 64;
const FLOAT_DELTA: usize = FLOAT_SUM + 16;
const FLOAT_TEXT: usize = FLOAT_DELTA + 16;
const FLOAT_WORK: usize = FLOAT_TEXT + ((MAX_EXTENDED_BYTES + 15) & ~15);

/** Whether the hash of the last {@link writable} was made by it. */
let made: bool = false;

/**
 * The hash of an argument, made where absent, to write to the fields in arguments `first`, `first + step`
 * and so on, and to store what is in all arguments from `first` to `end` - 1.
 *
 * @returns 0 when the type is another ({@link status}) or memory is out
 */
export function writable(db: u32, karg: u32, first: u32, end: u32, step: u32): usize {
  let e = hashAt(db, karg);
  const hash = lastHash;
  made = false;
  if (!e && status == WRONG_TYPE) return 0;
  if (e) e = withoutExpired(db, e, first, end, step);
  if (e) return prepare(e, first, end) ? e : 0;
  status = MISSING;
  made = true;
  return newHash(db, hash, karg, first, end);
}
/** Whether the hash of the last {@link writable} was made by it. */
@inline export function wasMade(): bool {
  return made;
}

/**
 * HSET: the fields and values from argument `first` to the last one.
 *
 * @returns the number of fields added, HASH_NEW_KEY added; WRONG_TYPE, or OUT_OF_MEMORY, which may come
 * after some of them were set ({@link hashWasChanged})
 */
export function hashSet(db: u32, karg: u32, first: u32, argc: u32): i32 {
  changed = false;
  const e = writable(db, karg, first, argc, 2);
  if (!e) return status == WRONG_TYPE ? WRONG_TYPE : OUT_OF_MEMORY;
  let added = made ? HASH_NEW_KEY : 0;
  for (let i = first; i < argc; i += 2) {
    const done = setField(e, argPtr(i), argLen(i), argPtr(i + 1), argLen(i + 1), false);
    if (done < 0) {
      removeEmpty(db, e);
      return done;
    }
    changed = true;
    added += done;
  }
  return added;
}
let changed: bool = false;
/** Whether the last {@link hashSet} set a field. */
export function hashWasChanged(): bool {
  return changed;
}

/** HSETNX. @returns 1 when it set the field, HASH_NEW_KEY added; EXISTS, WRONG_TYPE or OUT_OF_MEMORY */
export function hashSetAbsent(db: u32, karg: u32, farg: u32): i32 {
  const e = hashAt(db, karg);
  if (e && findField(e, argPtr(farg), argLen(farg))) return EXISTS;
  return hashSet(db, karg, farg, farg + 2);
}

/**
 * HDEL: the fields from argument `first` on. Those past their time count as long as they are there.
 *
 * @returns how many, HASH_KEY_GONE added; WRONG_TYPE
 */
export function hashDelete(db: u32, karg: u32, first: u32, argc: u32): i32 {
  const e = hashAt(db, karg);
  if (!e) return status == WRONG_TYPE ? WRONG_TYPE : 0;
  let deleted: i32 = 0;
  for (let i = first; i < argc; i++) {
    if (!findKept(e, argPtr(i), argLen(i))) continue;
    deleteFound(e);
    deleted++;
    if (removeEmpty(db, e)) return deleted + HASH_KEY_GONE;
  }
  return deleted;
}

/**
 * Sets one field to a text, which may turn a listpack into a table by its field alone.
 *
 * @returns 1 when the key is new, 0, or OUT_OF_MEMORY
 */
function putNumber(db: u32, e: usize, hash: u64, karg: u32, farg: u32, text: usize, len: u32): i32 {
  const isNew = !e;
  if (isNew) e = newHash(db, hash, karg, farg, farg + 1);
  else if (!prepare(e, farg, farg + 1)) return OUT_OF_MEMORY;
  if (!e) return OUT_OF_MEMORY;
  const fits = !isPacked(e) || len <= load<u32>(HASH_LISTPACK_VALUE) || convert(e);
  const done = fits ? setField(e, argPtr(farg), argLen(farg), text, len, true) : OUT_OF_MEMORY;
  if (done >= 0) return isNew ? 1 : 0;
  removeEmpty(db, e);
  return done;
}

/** HINCRBY: replies with the sum. @returns 1 when the key is new, 0, or what is wrong */
export function hashIncrement(db: u32, karg: u32, farg: u32, darg: u32): i32 {
  if (!parseI64(argPtr(darg), argLen(darg))) return NOT_AN_INTEGER;
  const delta = parsedI64();
  let e = hashAt(db, karg);
  const hash = lastHash;
  if (!e && status == WRONG_TYPE) return WRONG_TYPE;
  if (e) e = withoutExpired(db, e, farg, farg + 1, 1);
  let value: i64 = 0;
  if (e && findField(e, argPtr(farg), argLen(farg))) {
    readFound(e);
    if (!parseI64(textPtr, textLen)) return HASH_NOT_AN_INTEGER;
    value = parsedI64();
  }
  if (delta > 0 ? value > i64.MAX_VALUE - delta : value < i64.MIN_VALUE - delta) return OVERFLOW;
  value += delta;
  const len = writeI64(FLOAT_TEXT, value);
  const done = putNumber(db, e, hash, karg, farg, FLOAT_TEXT, len);
  if (done >= 0) replyI64(value);
  return done;
}

/** HINCRBYFLOAT: replies with the sum. @returns 1 when the key is new, 0, or what is wrong */
export function hashIncrementFloat(db: u32, karg: u32, farg: u32, darg: u32): i32 {
  if (!parseExtended(argPtr(darg), argLen(darg), FLOAT_DELTA, FLOAT_WORK)) return NOT_A_FLOAT;
  // Infinity is a number, but none to count with: told apart from what no number can be.
  if (!isFiniteExtended(FLOAT_DELTA)) return TOO_LONG;
  let e = hashAt(db, karg);
  const hash = lastHash;
  if (!e && status == WRONG_TYPE) return WRONG_TYPE;
  if (e) e = withoutExpired(db, e, farg, farg + 1, 1);
  extendedFromI64(FLOAT_SUM, 0);
  if (e && findField(e, argPtr(farg), argLen(farg))) {
    readFound(e);
    if (!parseExtended(textPtr, textLen, FLOAT_SUM, FLOAT_WORK)) return HASH_NOT_A_FLOAT;
  }
  addExtended(FLOAT_SUM, FLOAT_SUM, FLOAT_DELTA);
  if (!isFiniteExtended(FLOAT_SUM)) return OVERFLOW;
  const len = writeExtended(FLOAT_TEXT, FLOAT_SUM, FLOAT_WORK);
  const done = putNumber(db, e, hash, karg, farg, FLOAT_TEXT, len);
  if (done >= 0) replyBulk(FLOAT_TEXT, len);
  store<u32>(RESULT_PTR, <u32> FLOAT_TEXT);
  store<u32>(RESULT_LEN, len);
  return done;
}
