/** Hashes: the commands that read. Arguments are named by their index in the command under way. */
import { MISSING, SCRATCH, WRONG_TYPE } from "../layout";
import { valuePtr } from "../entry";
import { scanEnd, tableCount, tableScan } from "../keytable";
import { lpFirst, lpLength, lpNext } from "../listpack";
import { argLen, argPtr } from "../resp";
import { replyArray, replyBulk, replyMap, replyNull } from "../reply";
import { itemField, itemFieldLen, itemValue, itemValueLen, fieldsAreDue } from "./hash_table";
import { findField, hashAt, isHidden, isPacked, replyFound, replyPacked, status } from "./hash_value";

/** HGET: replies with a field's value or null. @returns 0, MISSING for the key, WRONG_TYPE (no reply) */
export function hashGet(db: u32, karg: u32, farg: u32): i32 {
  const e = hashAt(db, karg);
  if (!e) {
    if (status == MISSING) replyNull();
    return status;
  }
  if (findField(e, argPtr(farg), argLen(farg))) replyFound(e);
  else replyNull();
  return 0;
}

export const HASH_FIELDS: u32 = 1;
export const HASH_VALUES: u32 = 2;

/**
 * HGETALL, HKEYS and HVALS: replies with all fields, values or both.
 *
 * @param what HASH_FIELDS, HASH_VALUES or their sum, which replies with a map
 * @returns 0, MISSING or WRONG_TYPE (no reply)
 */
export function hashGetAll(db: u32, karg: u32, what: u32): i32 {
  const e = hashAt(db, karg);
  const both = what == HASH_FIELDS + HASH_VALUES;
  if (!e) {
    if (status == WRONG_TYPE) return status;
    if (both) replyMap(0);
    else replyArray(0);
    return status;
  }
  const value = valuePtr(e);
  const packed = isPacked(e);
  const count = packed ? lpLength(value) >> 1 : fieldsAreDue(value) ? countVisible(value) : tableCount(value);
  if (both) replyMap(count);
  else replyArray(count);
  if (packed) replyAllPacked(value, what);
  else replyAllItems(value, what);
  return 0;
}

function replyAllPacked(lp: usize, what: u32): void {
  for (let at = lpFirst(lp); at; at = lpNext(lp, at)) {
    if (what & HASH_FIELDS) replyPacked(lp, at);
    at = lpNext(lp, at);
    if (what & HASH_VALUES) replyPacked(lp, at);
  }
}

function replyAllItems(fields: usize, what: u32): void {
  const due = fieldsAreDue(fields);
  let cursor: u32 = 0;
  do {
    cursor = tableScan(fields, cursor, SCRATCH);
    for (let at = SCRATCH, end = scanEnd; at < end; at += 4) {
      const item: usize = load<u32>(at);
      if (due && isHidden(item)) continue;
      if (what & HASH_FIELDS) replyBulk(itemField(item), itemFieldLen(item));
      if (what & HASH_VALUES) replyBulk(itemValue(item), itemValueLen(item));
    }
  } while (cursor);
}

/** Fields that are not past their time. */
function countVisible(fields: usize): u32 {
  let count: u32 = 0;
  let cursor: u32 = 0;
  do {
    cursor = tableScan(fields, cursor, SCRATCH);
    for (let at = SCRATCH, end = scanEnd; at < end; at += 4) {
      if (!isHidden(load<u32>(at))) count++;
    }
  } while (cursor);
  return count;
}
