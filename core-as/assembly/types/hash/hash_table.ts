/**
 * The fields of a hash as a hash table: one block per field, its value behind it.
 *
 * ```
 *  fields (40 bytes)                        item
 *    +0  table (keytable.ts)                  +0  u32 EXPIRES << 30 | MARK << 31 | field length
 *    +32 u32 expiry block, 0 = none           field bytes
 *    +36 u32 non-zero: small, see isSmall
 *                                             [i64 expiry, ms since the epoch]     when EXPIRES
 *                                             u32 value length
 *                                             value bytes
 *
 *  expiry block (36 bytes), while any field has an expiry
 *    +0  i64 due          no field expires before this
 *    +8  i64 later        what `due` becomes when the pass under way ends
 *    +16 u32 count        fields with an expiry
 *    +20 u32 cursor       where the pass goes on, 0 between passes
 *    +24 u32 entry        the key's entry, 0 until it has a place in a database
 *    +28 u32 previous     neighbours in the list of all expiry blocks
 *    +32 u32 next
 * ```
 *
 * A value is overwritten in place as long as its item's block is of the right size class, so a counter
 * or a value of one length is never allocated twice. Every value lies in the item, however long: an
 * out-of-line one would cost a second block and save nothing, as the two change together.
 *
 * Costs: find, set and delete are O(1), a field of f bytes and a value of v bytes take f + v + 8 bytes
 * rounded up to a size class, and 10 in the table.
 */
import { HASH_EXPIRING, HASH_EXPIRING_COUNT, HASH_EXPIRING_NEXT, NOW_MS, OUT_OF_MEMORY } from "../../base/layout";
import { copyBytes } from "../../base/bytes";
import { allocate, blockBytes, free, roundedBytes } from "../../base/memory";
import { hashBytes } from "../../hashing/hash";
import { hashMember } from "../../keyspace/lookahead";
import {
  foundSlot, scanEnd, TABLE_BYTES, tableBytes, tableCount, tableDismantle, tableFind, tableInit, tableInsert,
  tableRemove, tableScan,
} from "../../structures/keytable";

const KEY_OFFSET: u32 = 4;
const FIELDS_BYTES: u32 = 40;
const EXPIRY_BYTES: u32 = 36;

const EXPIRES: u32 = 1 << 30;
/** Set for the length of one call on fields that are not to be drawn again. */
const MARK: u32 = 1 << 31;
const LENGTH: u32 = EXPIRES - 1;

const NEVER: i64 = i64.MAX_VALUE;

// ---- items ----------------------------------------------------------------------------------------

@inline export function itemField(item: usize): usize { return item + KEY_OFFSET; }
@inline export function itemFieldLen(item: usize): u32 { return load<u32>(item) & LENGTH; }
@inline export function itemExpires(item: usize): bool { return (load<u32>(item) & EXPIRES) != 0; }
/** Only for an item that has one. */
@inline export function itemExpiryMs(item: usize): i64 {
  return load<i64>(item + KEY_OFFSET + itemFieldLen(item));
}
@inline function setItemExpiryMs(item: usize, ms: i64): void {
  store<i64>(item + KEY_OFFSET + itemFieldLen(item), ms);
}
/** Where the value's length is, the value behind it. */
@inline function valueAt(item: usize): usize {
  const head = load<u32>(item);
  return item + KEY_OFFSET + (head & LENGTH) + (head >> 27 & 8);
}
@inline export function itemValue(item: usize): usize { return valueAt(item) + 4; }
@inline export function itemValueLen(item: usize): u32 { return load<u32>(valueAt(item)); }
@inline export function itemMarked(item: usize): bool { return <i32> load<u32>(item) < 0; }
@inline export function setMark(item: usize): void { store<u32>(item, load<u32>(item) | MARK); }
@inline export function clearMark(item: usize): void { store<u32>(item, load<u32>(item) & ~MARK); }

/** Whether an item's time is over, as a key's would be: what the mode of the moment says is another matter. */
@inline export function itemIsDue(item: usize): bool {
  return itemExpires(item) && itemExpiryMs(item) < load<i64>(NOW_MS);
}

@inline function fillValue(item: usize, value: usize, len: u32): void {
  const at = valueAt(item);
  store<u32>(at, len);
  copyBytes(at + 4, value, len);
}

/** @returns an item, its expiry (where it has one) not set; 0 when memory is out */
function newItem(field: usize, fieldLen: u32, value: usize, valueLen: u32, expires: bool): usize {
  const item = allocate(KEY_OFFSET + fieldLen + (expires ? 8 : 0) + 4 + valueLen);
  if (!item) return 0;
  store<u32>(item, fieldLen | (expires ? EXPIRES : 0));
  copyBytes(item + KEY_OFFSET, field, fieldLen);
  fillValue(item, value, valueLen);
  return item;
}

// ---- the table ------------------------------------------------------------------------------------

/** @returns an empty hash, 0 when memory is out */
export function fieldsNew(): usize {
  const fields = allocate(FIELDS_BYTES);
  if (!fields) return 0;
  if (!tableInit(fields, KEY_OFFSET)) {
    free(fields);
    return 0;
  }
  store<u64>(fields, 0, TABLE_BYTES);
  return fields;
}

/**
 * Whether it is a table only as its fields expire, and Redis would still have a listpack, of three entries a field:
 * so it is called.
 */
@inline export function isSmall(fields: usize): bool { return load<u32>(fields, TABLE_BYTES + 4) != 0; }
@inline export function setSmall(fields: usize, small: bool): void {
  store<u32>(fields, small ? 1 : 0, TABLE_BYTES + 4);
}

/** The item of a field, its time over or not; 0 when absent. */
@inline export function fieldsFind(fields: usize, field: usize, len: u32): usize {
  return tableFind(fields, hashMember(fields, field, len), field, len);
}

/**
 * Sets a field.
 *
 * @param keep whether a field that is there keeps its expiry
 * @returns 1 when it was added, 0 when there was one, OUT_OF_MEMORY with nothing changed
 */
export function fieldsSet(
  fields: usize, field: usize, len: u32, value: usize, valueLen: u32, keep: bool,
): i32 {
  const hash = hashMember(fields, field, len);
  const old = tableFind(fields, hash, field, len);
  if (old) return overwrite(fields, old, value, valueLen, keep) ? 0 : OUT_OF_MEMORY;
  const item = newItem(field, len, value, valueLen, false);
  if (!item) return OUT_OF_MEMORY;
  if (tableInsert(fields, hash, item)) return 1;
  free(item);
  return OUT_OF_MEMORY;
}

/** Gives the item just found another value. @returns false when memory is out */
function overwrite(fields: usize, old: usize, value: usize, len: u32, keep: bool): bool {
  const expires = itemExpires(old);
  if (!expires || keep) {
    const at = valueAt(old);
    if (load<u32>(at) == len || blockBytes(old) == roundedBytes(<u32> (at - old) + 4 + len)) {
      fillValue(old, value, len);
      return true;
    }
  }
  const slot = foundSlot;
  const item = newItem(itemField(old), itemFieldLen(old), value, len, expires && keep);
  if (!item) return false;
  store<u32>(slot, <u32> item);
  if (expires) {
    if (keep) setItemExpiryMs(item, itemExpiryMs(old));
    else uncount(fields);
  }
  free(old);
  return true;
}

/** Deletes a field. */
export function fieldsDelete(fields: usize, item: usize): void {
  tableRemove(fields, hashBytes(itemField(item), itemFieldLen(item)), item);
  if (itemExpires(item)) uncount(fields);
  free(item);
}

/** Adds a field that is known to be absent. @returns false when memory is out */
export function fieldsAdd(fields: usize, field: usize, len: u32, value: usize, valueLen: u32): bool {
  const item = newItem(field, len, value, valueLen, false);
  if (!item) return false;
  if (tableInsert(fields, hashBytes(field, len), item)) return true;
  free(item);
  return false;
}

/**
 * Frees the hash, about `budget` fields at most.
 *
 * @param scratch room for the items of one bucket's chain
 * @returns whether all is gone
 */
export function fieldsFreeStep(fields: usize, budget: u32, scratch: usize): bool {
  let freed: u32 = 0;
  while (freed < budget) {
    const gone = tableDismantle(fields, 1, scratch);
    for (let at = scratch, end = scanEnd; at < end; at += 4) free(load<u32>(at));
    if (gone) {
      free(fields);
      return true;
    }
    freed += <u32> (scanEnd - scratch >> 2) + 1;
  }
  return false;
}

/** A copy, expiries included. @returns 0 when memory is out */
export function fieldsCopy(fields: usize, scratch: usize): usize {
  const copy = fieldsNew();
  if (!copy) return 0;
  setSmall(copy, isSmall(fields));
  let cursor: u32 = 0;
  do {
    cursor = tableScan(fields, cursor, scratch);
    for (let at = scratch, end = scanEnd; at < end; at += 4) {
      if (copyItem(copy, load<u32>(at))) continue;
      fieldsForget(copy);
      while (!fieldsFreeStep(copy, 0x10000, scratch)) continue;
      return 0;
    }
  } while (cursor);
  return copy;
}

function copyItem(fields: usize, item: usize): bool {
  const expires = itemExpires(item);
  const bytes = <u32> (itemValue(item) - item) + itemValueLen(item);
  const copy = allocate(bytes);
  if (!copy) return false;
  memory.copy(copy, item, bytes);
  const hash = hashBytes(itemField(item), itemFieldLen(item));
  if (!expires || count(fields, itemExpiryMs(item))) {
    if (tableInsert(fields, hash, copy)) return true;
    if (expires) uncount(fields);
  }
  free(copy);
  return false;
}

/** Bytes of the hash, its fields estimated from the first `samples` of them (0: all). */
export function fieldsBytes(fields: usize, samples: u32, scratch: usize): f64 {
  let bytes = <f64> blockBytes(fields) + <f64> tableBytes(fields);
  if (expiryOf(fields)) bytes += <f64> blockBytes(expiryOf(fields));
  let cursor: u32 = 0;
  let seen: u32 = 0;
  let seenBytes: f64 = 0;
  do {
    cursor = tableScan(fields, cursor, scratch);
    for (let at = scratch, end = scanEnd; at < end; at += 4) {
      seenBytes += <f64> blockBytes(load<u32>(at));
      seen++;
    }
  } while (cursor && (!samples || seen < samples));
  return seen ? bytes + seenBytes / <f64> seen * <f64> tableCount(fields) : bytes;
}

// ---- expiry ---------------------------------------------------------------------------------------

@inline function expiryOf(fields: usize): usize { return load<u32>(fields, TABLE_BYTES); }
/** Whether some field has an expiry. */
@inline export function fieldsMayExpire(fields: usize): bool { return expiryOf(fields) != 0; }
/** A time that no field of a hash with an expiry expires before. */
@inline export function fieldsFirstExpiryMs(fields: usize): i64 { return load<i64>(expiryOf(fields)); }
/** Whether some field may be past its time. */
@inline export function fieldsAreDue(fields: usize): bool {
  const block = expiryOf(fields);
  return block != 0 && blockIsDue(block);
}
@inline export function blockIsDue(block: usize): bool {
  return load<i64>(block) < load<i64>(NOW_MS);
}
/** The entry of the hash of an expiry block. */
@inline export function blockEntry(block: usize): usize { return load<u32>(block, 24); }
@inline export function blockNext(block: usize): usize { return load<u32>(block, 32); }

/** Counts one more field with an expiry. @returns false when memory is out */
function count(fields: usize, ms: i64): bool {
  let block = expiryOf(fields);
  if (!block) {
    block = allocate(EXPIRY_BYTES);
    if (!block) return false;
    const head: usize = load<u32>(HASH_EXPIRING);
    store<i64>(block, NEVER);
    store<i64>(block, NEVER, 8);
    store<u64>(block, 0, 16);
    store<u64>(block, 0, 24);
    store<u32>(block, <u32> head, 32);
    if (head) store<u32>(head, <u32> block, 28);
    store<u32>(HASH_EXPIRING, <u32> block);
    store<u32>(HASH_EXPIRING_COUNT, load<u32>(HASH_EXPIRING_COUNT) + 1);
    store<u32>(fields, <u32> block, TABLE_BYTES);
  }
  store<u32>(block, load<u32>(block, 16) + 1, 16);
  hasten(block, ms);
  return true;
}

/** Makes a block due at `ms` at the latest. */
@inline function hasten(block: usize, ms: i64): void {
  if (ms < load<i64>(block)) store<i64>(block, ms);
  if (ms < load<i64>(block, 8)) store<i64>(block, ms, 8);
}

/** Counts one field with an expiry less. */
function uncount(fields: usize): void {
  const block = expiryOf(fields);
  const left = load<u32>(block, 16) - 1;
  if (left) store<u32>(block, left, 16);
  else fieldsForget(fields);
}

/** Gives back what is known of a hash's expiries. */
export function fieldsForget(fields: usize): void {
  const block = expiryOf(fields);
  if (!block) return;
  const previous = load<u32>(block, 28);
  const next = load<u32>(block, 32);
  if (previous) store<u32>(previous, next, 32);
  else store<u32>(HASH_EXPIRING, next);
  if (next) store<u32>(next, previous, 28);
  if (load<u32>(HASH_EXPIRING_NEXT) == <u32> block) store<u32>(HASH_EXPIRING_NEXT, next);
  store<u32>(HASH_EXPIRING_COUNT, load<u32>(HASH_EXPIRING_COUNT) - 1);
  store<u32>(fields, 0, TABLE_BYTES);
  free(block);
}

/** The hash is now the value of this entry. */
@inline export function fieldsPlaced(fields: usize, e: usize): void {
  const block = expiryOf(fields);
  if (block) store<u32>(block, <u32> e, 24);
}

/** Sets the expiry of the item just found. @returns false when memory is out */
export function fieldsExpire(fields: usize, e: usize, item: usize, ms: i64): bool {
  if (itemExpires(item)) {
    setItemExpiryMs(item, ms);
    hasten(expiryOf(fields), ms);
    return true;
  }
  const slot = foundSlot;
  const made = newItem(itemField(item), itemFieldLen(item), itemValue(item), itemValueLen(item), true);
  if (!made) return false;
  if (!count(fields, ms)) {
    free(made);
    return false;
  }
  fieldsPlaced(fields, e);
  setItemExpiryMs(made, ms);
  store<u32>(slot, <u32> made);
  free(item);
  return true;
}

/** Takes the expiry from the item just found, which has one. @returns false when memory is out */
export function fieldsPersist(fields: usize, item: usize): bool {
  const slot = foundSlot;
  const made = newItem(itemField(item), itemFieldLen(item), itemValue(item), itemValueLen(item), false);
  if (!made) return false;
  store<u32>(slot, <u32> made);
  uncount(fields);
  free(item);
  return true;
}

/** Begins a pass through a hash that is due, or goes on with it. @returns the cursor for a table scan */
export function passBegin(fields: usize): u32 {
  const block = expiryOf(fields);
  const cursor = load<u32>(block, 20);
  if (!cursor) store<i64>(block, NEVER, 8);
  return cursor;
}

/** The pass has met a field that expires at `ms` and is not due. */
export function passKeep(fields: usize, ms: i64): void {
  const block = expiryOf(fields);
  if (ms < load<i64>(block, 8)) store<i64>(block, ms, 8);
}

/** Ends a pass (cursor 0), or says where it goes on. */
export function passEnd(fields: usize, cursor: u32): void {
  const block = expiryOf(fields);
  if (!block) return;
  store<u32>(block, cursor, 20);
  if (!cursor) store<i64>(block, load<i64>(block, 8));
}
