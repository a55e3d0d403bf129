/** Hashes: the commands that read. Arguments are named by their index in the command under way. */
import { MISSING, SCRATCH, WRONG_TYPE } from "../../base/layout";
import { valuePtr } from "../../keyspace/entry";
import { scanEnd, tableScan } from "../../structures/keytable";
import { lpFirst, lpLength, lpNext } from "../../structures/listpack";
import { replyEntries } from "../../structures/packreply";
import { argLen, argPtr } from "../../protocol/resp";
import { replyArray, replyBulk, replyI64, replyMap, replyNull } from "../../protocol/reply";
import { itemField, itemFieldLen, itemValue, itemValueLen, fieldsAreDue } from "./hash_table";
import {
  countOf, findField, hashAt, isHidden, isPacked, readFound, replyFound, replyPacked, status, textLen,
} from "./hash_value";
import { withoutExpired } from "./hash_due";
import { countVisible } from "./hash_walk";

/** HGET: replies with a field's value or null. @returns 0, MISSING for the key, WRONG_TYPE (no reply) */
export function hashGet(db: u32, karg: u32, farg: u32): i32 {
  let e = hashAt(db, karg);
  if (!e && status == WRONG_TYPE) return WRONG_TYPE;
  if (!e) {
    replyNull();
    return MISSING;
  }
  e = withoutExpired(db, e, farg, farg + 1, 1);
  if (e && findField(e, argPtr(farg), argLen(farg))) replyFound(e);
  else replyNull();
  return 0;
}

/** HMGET: replies with the values of the fields from argument `first` on. @returns as {@link hashGet} */
export function hashGetMany(db: u32, karg: u32, first: u32, argc: u32): i32 {
  let e = hashAt(db, karg);
  const result = e ? 0 : status;
  if (result == WRONG_TYPE) return result;
  if (e) e = withoutExpired(db, e, first, argc, 1);
  replyArray(argc - first);
  for (let i = first; i < argc; i++) {
    if (e && findField(e, argPtr(i), argLen(i))) replyFound(e);
    else replyNull();
  }
  return result;
}

/** HLEN: replies with the number of fields. @returns 0, MISSING or WRONG_TYPE (no reply) */
export function hashCount(db: u32, karg: u32): i32 {
  const e = hashAt(db, karg);
  if (!e && status == WRONG_TYPE) return WRONG_TYPE;
  replyI64(e ? countOf(e) : 0);
  return e ? 0 : MISSING;
}

/**
 * HEXISTS and HSTRLEN: reply with whether a field is there, or with the length of its value.
 *
 * @returns 0, MISSING for the key, WRONG_TYPE (no reply)
 */
export function hashFieldLength(db: u32, karg: u32, farg: u32, exists: bool): i32 {
  let e = hashAt(db, karg);
  const result = e ? 0 : status;
  if (result == WRONG_TYPE) return result;
  if (e) e = withoutExpired(db, e, farg, farg + 1, 1);
  const found = e != 0 && findField(e, argPtr(farg), argLen(farg));
  if (found && !exists) {
    readFound(e);
    replyI64(textLen);
  } else replyI64(found ? 1 : 0);
  return result;
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
  const count = packed ? lpLength(value) >> 1 : countVisible(value);
  if (both) replyMap(count);
  else replyArray(count);
  if (packed && both) replyEntries(value);
  else if (packed) replyAllPacked(value, what);
  else replyAllItems(value, what);
  return 0;
}

/** Replies with every other entry: the fields or the values. */
function replyAllPacked(lp: usize, what: u32): void {
  for (let at = lpFirst(lp); at; at = lpNext(lp, at)) {
    if (what == HASH_FIELDS) replyPacked(lp, at);
    at = lpNext(lp, at);
    if (what == HASH_VALUES) replyPacked(lp, at);
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
