/**
 * An entry: one key with its value, one allocation.
 *
 * ```
 *  +0   u32  access << 8 | type << 4 | encoding
 *  +4   u32  INLINE << 31 | HAS_EXPIRY << 30 | key length
 *  [+8  i64  expiry, ms since the epoch]               when HAS_EXPIRY
 *  key bytes
 *  value: i64                                          encoding INT
 *         u32 length, bytes                            INLINE
 *         u32 address of what the encoding says        else
 * ```
 *
 * `access` is the 24-bit access clock of the eviction policy: seconds (LRU), or 16 bits of minutes
 * and an 8-bit logarithmic counter (LFU). Types and encodings are numbered as in RDB files and DEBUG
 * output. What OBJECT ENCODING reports is stored, not derived: a short string that APPEND made is
 * "raw" and may still lie inline.
 *
 * An out-of-line string is a block {u32 length, bytes}; its capacity is the block's.
 */
import { allocate, blockBytes, free } from "../base/memory";
import { hashBytes } from "../hashing/hash";
import { entryKey, entryKeyLen, HAS_EXPIRY, HEADER } from "../structures/keyed";
import { INT, TYPE_STRING } from "./kinds";
import { objectBytes, objectFree } from "./object";

export * from "./kinds";
export { entryKey, entryKeyLen } from "../structures/keyed";

/** Longest string that Redis keeps in one allocation with its object, and calls "embstr". */
export const EMBSTR_MAX: u32 = 44;
/** Longest string kept inside the entry. */
export const INLINE_MAX: u32 = 256;

const INLINE: u32 = 1 << 31;

@inline export function entryType(e: usize): u32 { return load<u8>(e) >> 4; }
@inline export function entryEncoding(e: usize): u32 { return load<u8>(e) & 15; }
@inline export function entryAccess(e: usize): u32 { return load<u32>(e) >> 8; }
@inline export function setAccess(e: usize, access: u32): void {
  store<u32>(e, access << 8 | load<u8>(e));
}
@inline export function setEncoding(e: usize, encoding: u32): void {
  store<u8>(e, <u8> ((load<u8>(e) & 0xf0) | encoding));
}
@inline export function hasExpiry(e: usize): bool { return (load<u32>(e, 4) & HAS_EXPIRY) != 0; }
@inline export function isInline(e: usize): bool { return <i32> load<u32>(e, 4) < 0; }
@inline export function entryValue(e: usize): usize { return entryKey(e) + entryKeyLen(e); }
/** Where an out-of-line value is. */
@inline export function valuePtr(e: usize): usize { return load<u32>(entryValue(e)); }
@inline export function setValuePtr(e: usize, value: usize): void { store<u32>(entryValue(e), <u32> value); }
/** Only for an entry that has one. */
@inline export function entryExpiryMs(e: usize): i64 { return load<i64>(e, HEADER); }
@inline export function setExpiryMs(e: usize, ms: i64): void { store<i64>(e, ms, HEADER); }

export function entryHash(e: usize): u64 {
  return hashBytes(entryKey(e), entryKeyLen(e));
}

/**
 * @param room bytes for the value behind the key
 * @returns an entry with its header and key set, value and expiry not; 0 when memory is out
 */
export function newEntry(
  type: u32, encoding: u32, key: usize, keyLen: u32, expiry: bool, inline_: bool, room: u32,
): usize {
  const e = allocate(HEADER + (expiry ? 8 : 0) + keyLen + room);
  if (!e) return 0;
  store<u32>(e, type << 4 | encoding);
  store<u32>(e, keyLen | (expiry ? HAS_EXPIRY : 0) | (inline_ ? INLINE : 0), 4);
  memory.copy(entryKey(e), key, keyLen);
  return e;
}

/** Bytes of the value's part inside the entry. */
@inline export function valueRoom(e: usize): u32 {
  if (isInline(e)) return 4 + load<u32>(entryValue(e));
  return entryType(e) == TYPE_STRING && entryEncoding(e) == INT ? 8 : 4;
}

/** A copy of the entry's block with another key or with or without room for an expiry, sharing its value. */
export function reshapeEntry(e: usize, key: usize, keyLen: u32, expiry: bool): usize {
  const room = valueRoom(e);
  const made = newEntry(entryType(e), entryEncoding(e), key, keyLen, expiry, isInline(e), room);
  if (!made) return 0;
  store<u32>(made, load<u32>(e));
  memory.copy(entryValue(made), entryValue(e), room);
  if (expiry && hasExpiry(e)) setExpiryMs(made, entryExpiryMs(e));
  return made;
}

/** Gives back the value that an entry points at. */
export function freeValue(e: usize): void {
  if (isInline(e)) return;
  if (entryType(e) != TYPE_STRING) objectFree(entryType(e), entryEncoding(e), valuePtr(e));
  else if (entryEncoding(e) != INT) free(valuePtr(e));
}

export function freeEntry(e: usize): void {
  freeValue(e);
  free(e);
}

/** Bytes that the entry and its value occupy, large values estimated from `samples` elements. */
export function entryBytes(e: usize, samples: u32): f64 {
  const bytes = <f64> blockBytes(e);
  if (isInline(e)) return bytes;
  if (entryType(e) != TYPE_STRING) {
    return bytes + objectBytes(entryType(e), entryEncoding(e), valuePtr(e), samples);
  }
  return entryEncoding(e) == INT ? bytes : bytes + blockBytes(valuePtr(e));
}
