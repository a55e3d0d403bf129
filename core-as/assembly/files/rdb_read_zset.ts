/** Sorted sets from RDB bytes: members and scores, a listpack or a ziplist (rdb_read.ts). */
import { OUT_OF_MEMORY } from "../base/layout";
import { compareBytes } from "../base/bytes";
import { parsedDouble } from "../text/double";
import { LISTPACK, valuePtr } from "../keyspace/entry";
import { lpDup, lpFirst, lpGetString, lpLen, lpNext, lpPtr } from "../structures/listpack";
import { listpackCount, ziplistCount } from "./rdb_count";
import { zlLen, zlNext, zlPtr, zlStart } from "./rdb_legacy";
import { give, leftOf, looksTwice, readerEntry } from "./rdb_reader";
import {
  fail, RDB_BAD, takeByte, takeBytes, takenLen, takenPtr, takeString, takeU64, trouble,
} from "./rdb_source";
import { checkUnique } from "./rdb_unique";
import { RDB_ZSET, RDB_ZSET_LISTPACK } from "./rdb_types";
import { add, encodingFor, find, newValue, readLoose } from "../types/zset/zset_value";

// What stands for a score without digits.
const IS_NAN: u32 = 253;
const IS_INFINITE: u32 = 254;
const IS_MINUS_INFINITE: u32 = 255;

const TEXT = memory.data(24);
const SCORE_TEXT = memory.data(24);

export function readZsetElement(r: usize, type: u32): void {
  if (!takeString()) return;
  const ptr = takenPtr;
  const len = takenLen;
  const score = type == RDB_ZSET ? takeScoreText() : reinterpret<f64>(takeU64());
  if (trouble) return;
  addMember(r, <u32> leftOf(r), score, ptr, len);
}

function takeScoreText(): f64 {
  const len = takeByte();
  if (len == IS_INFINITE) return Infinity;
  if (len == IS_MINUS_INFINITE) return -Infinity;
  if (len == IS_NAN) return NaN;
  const ptr = takeBytes(len);
  if (trouble) return 0;
  if (!len || !readLoose(ptr, len)) fail(RDB_BAD);
  return parsedDouble();
}

/** Adds a member to a sorted set that is to have so many. */
function addMember(r: usize, count: u32, score: f64, ptr: usize, len: u32): void {
  if (isNaN(score)) return fail(RDB_BAD);
  const e = readerEntry(r);
  if (!valuePtr(e)) {
    const encoding = encodingFor(count, 0);
    if (!give(r, encoding, newValue(encoding))) return;
  }
  if (find(e, ptr, len)) fail(RDB_BAD);
  else if (!add(e, score, ptr, len)) fail(OUT_OF_MEMORY);
}

// ---- in one string --------------------------------------------------------------------------------

export function readZsetBlob(r: usize, type: u32, ptr: usize, len: u32): void {
  if (type == RDB_ZSET_LISTPACK) readListpack(r, ptr, len);
  else readZiplist(r, ptr, len);
}

function readZiplist(r: usize, ptr: usize, len: u32): void {
  const count = ziplistCount(ptr, len, 2);
  if (!count) return;
  zlStart(ptr);
  while (!trouble && zlNext()) {
    const member = zlPtr;
    const memberLen = zlLen;
    zlNext();
    if (!readLoose(zlPtr, zlLen)) return fail(RDB_BAD);
    addMember(r, count, parsedDouble(), member, memberLen);
  }
}

function readListpack(r: usize, ptr: usize, len: u32): void {
  const count = listpackCount(ptr, len, 2);
  if (!count) return;
  const sorted = isSorted(ptr);
  if (trouble) return;
  if (sorted && encodingFor(count, 0) == LISTPACK) {
    if (looksTwice(r)) checkUnique(ptr, 1);
    if (!trouble) give(r, LISTPACK, lpDup(ptr));
    return;
  }
  for (let at = lpFirst(ptr); at && !trouble; ) {
    const score = scoreAt(ptr, lpNext(ptr, at));
    lpGetString(ptr, at, TEXT);
    addMember(r, count, score, lpPtr(), lpLen());
    at = lpNext(ptr, lpNext(ptr, at));
  }
}

function scoreAt(lp: usize, at: u32): f64 {
  lpGetString(lp, at, SCORE_TEXT);
  if (!lpLen() || !readLoose(lpPtr(), lpLen()) || isNaN(parsedDouble())) {
    fail(RDB_BAD);
    return 0;
  }
  return parsedDouble();
}

/** Whether each member comes before the next; fails where a score is none. */
function isSorted(lp: usize): bool {
  let sorted = true;
  let before: f64 = 0;
  let beforeAt: u32 = 0;
  for (let at = lpFirst(lp); at && !trouble; ) {
    const score = scoreAt(lp, lpNext(lp, at));
    if (beforeAt) {
      if (before > score) sorted = false;
      else if (before == score && !isBefore(lp, beforeAt, at)) sorted = false;
    }
    before = score;
    beforeAt = at;
    at = lpNext(lp, lpNext(lp, at));
  }
  return sorted;
}

function isBefore(lp: usize, a: u32, b: u32): bool {
  lpGetString(lp, a, TEXT);
  const ptr = lpPtr();
  const len = lpLen();
  lpGetString(lp, b, SCORE_TEXT);
  return compareBytes(ptr, len, lpPtr(), lpLen()) < 0;
}
