/**
 * Values of strings: how they are read, made and replaced. What the commands do with them is in
 * string.ts.
 *
 * A value is kept as a 64-bit integer when it reads as one, inside the entry up to INLINE_MAX bytes,
 * else in a block {u32 length, bytes} whose spare capacity lets APPEND grow in place: twice the need up
 * to 1 MiB, then 1 MiB more, as SDS strings do.
 */
import { RESULT_I64, SCRATCH, STAMP_FREQUENCY, STAMPS } from "../../base/layout";
import { allocate, blockBytes, free, reallocate, roundedBytes } from "../../base/memory";
import {
  EMBSTR, EMBSTR_MAX, entryAccess, entryEncoding, entryExpiryMs, entryKey, entryKeyLen, entryType, entryValue,
  freeEntry, hasExpiry, INLINE_MAX, INT, isInline, newEntry, RAW, setAccess, setEncoding, setExpiryMs, TYPE_STRING,
} from "../../keyspace/entry";
import { adoptPlace } from "../../protocol/held";
import { freshAccess, insert, replace } from "../../keyspace/keyspace";
import { parseI64, parsedI64, writeI64 } from "../../text/number";
import { replyBulk, replyBulkI64, replyReserve, RESERVED_BYTES } from "../../protocol/reply";

// What SET may ask for beside the value.
export const SET_NX: u32 = 1;
export const SET_XX: u32 = 2;
export const SET_KEEP_TTL: u32 = 4;
/** RESULT_I64 holds the expiry in ms since the epoch. */
export const SET_EXPIRY: u32 = 8;
/** Replies with the value that was there. */
export const SET_GET: u32 = 16;
/** Keeps it as text even where it reads as an integer. */
export const SET_TEXT: u32 = 32;
/** The value is an argument that is read no more once the key is gone: it may be taken over with its place. */
export const SET_ADOPT: u32 = 64;

/** Longest decimal that is tried as an integer. */
const INT_TEXT_MAX: u32 = 20;
const GROW_MAX: u32 = 1 << 20;

// ---- reading ---------------------------------------------------------------------------------------

/** Bytes of the string that the last {@link readString} looked at. */
export let textPtr: usize = 0;
export let textLen: u32 = 0;

/** Sets textPtr and textLen to an entry's bytes; an integer's digits are written to SCRATCH. */
export function readString(e: usize): void {
  const value = entryValue(e);
  if (isInline(e)) {
    textPtr = value + 4;
    textLen = load<u32>(value);
  } else if (entryEncoding(e) == INT) {
    textPtr = SCRATCH;
    textLen = writeI64(SCRATCH, load<i64>(value));
  } else {
    const block: usize = load<u32>(value);
    textPtr = block + 4;
    textLen = load<u32>(block);
  }
}

/** Makes sure that {@link replyString} can be told of what happens to the string meanwhile. @returns false when memory is out */
export function reserveString(e: usize): bool {
  readString(e);
  return replyReserve(<u64> textLen + RESERVED_BYTES);
}

export function replyString(e: usize): void {
  if (!isInline(e) && entryEncoding(e) == INT) replyBulkI64(load<i64>(entryValue(e)));
  else {
    readString(e);
    replyBulk(textPtr, textLen);
  }
}

// ---- making ---------------------------------------------------------------------------------------

/** A block {length, bytes} with a copy of `len` bytes. @returns 0 when memory is out */
function newBlock(ptr: usize, len: u32, capacity: u32): usize {
  const block = allocate(capacity + 4);
  if (!block) return 0;
  store<u32>(block, len);
  memory.copy(block + 4, ptr, len);
  return block;
}

/** A new entry for a string, encoded as it deserves. @returns 0 when memory is out */
export function newString(
  key: usize, keyLen: u32, ptr: usize, len: u32, expiry: bool, text: bool, adopt: bool = false,
): usize {
  let e: usize;
  if (!text && len <= INT_TEXT_MAX && parseI64(ptr, len)) {
    e = newEntry(TYPE_STRING, INT, key, keyLen, expiry, false, 8);
    if (!e) return 0;
    store<i64>(entryValue(e), parsedI64());
  } else if (len <= INLINE_MAX) {
    e = newEntry(TYPE_STRING, len <= EMBSTR_MAX ? EMBSTR : RAW, key, keyLen, expiry, true, len + 4);
    if (!e) return 0;
    fillInline(e, ptr, len);
  } else {
    let block = adopt ? adoptPlace(ptr, len) : 0;
    if (!block) block = newBlock(ptr, len, len);
    e = block ? newEntry(TYPE_STRING, RAW, key, keyLen, expiry, false, 4) : 0;
    if (!e) {
      free(block);
      return 0;
    }
    store<u32>(entryValue(e), <u32> block);
  }
  setAccess(e, freshAccess());
  return e;
}

@inline function fillInline(e: usize, ptr: usize, len: u32): void {
  const value = entryValue(e);
  store<u32>(value, len);
  memory.copy(value + 4, ptr, len);
}

/** Overwrites in place where the new value has the old one's shape and block. @returns whether it did */
@inline function overwrite(e: usize, ptr: usize, len: u32, text: bool): bool {
  if (entryType(e) != TYPE_STRING) return false;
  const value = entryValue(e);
  const int = !text && len <= INT_TEXT_MAX && parseI64(ptr, len);
  if (int) {
    if (isInline(e) || entryEncoding(e) != INT) return false;
    store<i64>(value, parsedI64());
    return true;
  }
  if (!isInline(e) || len > INLINE_MAX) return false;
  if (load<u32>(value) != len && blockBytes(e) != roundedBytes(<u32> (value - e) + 4 + len)) return false;
  setEncoding(e, len <= EMBSTR_MAX ? EMBSTR : RAW);
  fillInline(e, ptr, len);
  return true;
}

/** Gives `old` a new entry in its place and frees it. @returns whether there was memory for it */
function supersede(db: u32, hash: u64, old: usize, e: usize): bool {
  if (!e) return false;
  if (!replace(db, hash, old, e)) {
    freeEntry(e);
    return false;
  }
  freeEntry(old);
  return true;
}

/** Expiry that `flags` ask for a string to have that takes the place of `old` or of nothing (0). */
@inline function wantsExpiry(old: usize, flags: u32): bool {
  return (flags & SET_EXPIRY) != 0 || ((flags & SET_KEEP_TTL) != 0 && old != 0 && hasExpiry(old));
}
@inline function wantedExpiryMs(old: usize, flags: u32): i64 {
  return flags & SET_EXPIRY ? load<i64>(RESULT_I64) : entryExpiryMs(old);
}

/** An entry for a string that takes the place of `old` or of nothing (0). @returns 0 when memory is out */
export function newInPlaceOf(
  old: usize, key: usize, keyLen: u32, ptr: usize, len: u32, flags: u32,
): usize {
  const expiry = wantsExpiry(old, flags);
  const e = newString(key, keyLen, ptr, len, expiry, (flags & SET_TEXT) != 0, (flags & SET_ADOPT) != 0);
  if (!e) return 0;
  if (expiry) setExpiryMs(e, wantedExpiryMs(old, flags));
  // The key stays as popular as it was.
  if (old && load<u32>(STAMPS) == STAMP_FREQUENCY) setAccess(e, entryAccess(old));
  return e;
}

/** Writes a string to a key: SET, whatever was there. `hash` is the key's, `old` its entry or 0. */
export function putString(
  db: u32, hash: u64, old: usize, key: usize, keyLen: u32, ptr: usize, len: u32, flags: u32,
): bool {
  if (old) {
    const expiry = wantsExpiry(old, flags);
    if (hasExpiry(old) == expiry && overwrite(old, ptr, len, (flags & SET_TEXT) != 0)) {
      if (expiry) setExpiryMs(old, wantedExpiryMs(old, flags));
      return true;
    }
  }
  const e = newInPlaceOf(old, key, keyLen, ptr, len, flags);
  if (!e) return false;
  if (old) return supersede(db, hash, old, e);
  if (insert(db, hash, e)) return true;
  freeEntry(e);
  return false;
}

/**
 * Gives a key a block as its string: raw, without expiry, whatever was there. `hash` is the key's, `old`
 * its entry or 0.
 *
 * @returns whether there was memory; where not, the block is gone
 */
export function putBlock(
  db: u32, hash: u64, old: usize, key: usize, keyLen: u32, block: usize,
): bool {
  const e = newEntry(TYPE_STRING, RAW, key, keyLen, false, false, 4);
  if (!e) {
    free(block);
    return false;
  }
  store<u32>(entryValue(e), <u32> block);
  setAccess(e, old && load<u32>(STAMPS) == STAMP_FREQUENCY ? entryAccess(old) : freshAccess());
  if (old) return supersede(db, hash, old, e);
  if (insert(db, hash, e)) return true;
  freeEntry(e);
  return false;
}

// ---- growing --------------------------------------------------------------------------------------

/** Makes an entry's string a block with room for `len` bytes. @returns the block, 0 when memory is out */
export function ensureBlock(db: u32, e: usize, hash: u64, len: u32): usize {
  const capacity = len < GROW_MAX ? len << 1 : len + GROW_MAX;
  if (!isInline(e) && entryEncoding(e) != INT) {
    const block: usize = load<u32>(entryValue(e));
    setEncoding(e, RAW);
    if (blockBytes(block) - 4 >= len) return block;
    let grown = reallocate(block, capacity + 4, load<u32>(block) + 4);
    if (!grown) grown = reallocate(block, len + 4, load<u32>(block) + 4);
    if (grown) store<u32>(entryValue(e), <u32> grown);
    return grown;
  }
  readString(e);
  const block = newBlock(textPtr, textLen, capacity);
  if (!block) return 0;
  const made = newEntry(TYPE_STRING, RAW, entryKey(e), entryKeyLen(e), hasExpiry(e), false, 4);
  if (!made) {
    free(block);
    return 0;
  }
  setAccess(made, load<u32>(e) >> 8);
  if (hasExpiry(e)) setExpiryMs(made, entryExpiryMs(e));
  store<u32>(entryValue(made), <u32> block);
  return supersede(db, hash, e, made) ? block : 0;
}

/** A new key with an empty block of some capacity. @returns the block, 0 when memory is out */
export function newRaw(db: u32, hash: u64, key: usize, keyLen: u32, capacity: u32): usize {
  const block = newBlock(0, 0, capacity);
  if (!block) return 0;
  const e = newEntry(TYPE_STRING, RAW, key, keyLen, false, false, 4);
  if (e) {
    setAccess(e, freshAccess());
    store<u32>(entryValue(e), <u32> block);
    if (insert(db, hash, e)) return block;
    free(e);
  }
  free(block);
  return 0;
}
