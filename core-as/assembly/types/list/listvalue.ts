/**
 * A list's value: a small list is one listpack, a larger one a quicklist.
 *
 * A listpack becomes a quicklist before a write whose elements would take it past a node's limit
 * (list-max-listpack-size), and a quicklist of one node is a listpack again once a removal has left it
 * at half of that, so that a list about that size does not go back and forth.
 */
import { LIST_NODE_BYTES, LIST_NODE_ENTRIES, MISSING, WRONG_TYPE } from "../../base/layout";
import { entryEncoding, entryType, LISTPACK, QUICKLIST, setEncoding, setValuePtr, TYPE_LIST, valuePtr } from "../../keyspace/entry";
import { lookup } from "../../keyspace/keyspace";
import { lpBytes, lpFirst, lpLast, lpLength, lpSeek } from "../../structures/listpack";
import { parseI64, parsedI64 } from "../../text/number";
import {
  cursorEnd, cursorReply, cursorReplyRun, cursorSeek, cursorSet, cursorStep, headOf, qlIntoListpack, qlLength, qlOfListpack, tailOf,
} from "../../structures/quicklist";
import { isPacked, nodeCount, nodeLp } from "../../structures/quicknode";
import { argLen, argPtr } from "../../protocol/resp";

// ---- entries --------------------------------------------------------------------------------------

/** Why {@link listAt} has found no list: MISSING or WRONG_TYPE. */
export let listStatus: i32 = 0;

/** The list of an argument; 0 when there is none, with the reason in {@link listStatus}. */
export function listAt(db: u32, karg: u32): usize {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (e && entryType(e) == TYPE_LIST) return e;
  listStatus = e ? WRONG_TYPE : MISSING;
  return 0;
}

@inline export function isQuick(e: usize): bool {
  return entryEncoding(e) == QUICKLIST;
}
@inline export function lengthOf(e: usize): u32 {
  return isQuick(e) ? qlLength(valuePtr(e)) : lpLength(valuePtr(e));
}

/** Turns a listpack into a quicklist if `bytes` of `count` new elements are too many. @returns false when memory is out */
export function listGrow(e: usize, bytes: u64, count: u32): bool {
  if (isQuick(e)) return true;
  const lp = valuePtr(e);
  if (bytes + lpBytes(lp) <= load<u32>(LIST_NODE_BYTES) && lpLength(lp) + count <= load<u32>(LIST_NODE_ENTRIES)) {
    return true;
  }
  const ql = qlOfListpack(lp);
  if (!ql) return false;
  setValuePtr(e, ql);
  setEncoding(e, QUICKLIST);
  return true;
}

/** Turns a quicklist that has shrunk far enough into a listpack. */
export function listShrink(e: usize): void {
  if (!isQuick(e)) return;
  const ql = valuePtr(e);
  const node = headOf(ql);
  if (node != tailOf(ql) || !isPacked(node) || nodeCount(node) > load<u32>(LIST_NODE_ENTRIES) >> 1) return;
  if (lpBytes(nodeLp(node)) > load<u32>(LIST_NODE_BYTES) >> 1) return;
  setValuePtr(e, qlIntoListpack(ql));
  setEncoding(e, LISTPACK);
}

// ---- the cursor -----------------------------------------------------------------------------------

/** Sets the cursor to the element at an end. */
export function seekEnd(e: usize, left: bool): void {
  const value = valuePtr(e);
  if (isQuick(e)) cursorEnd(value, left);
  else cursorSet(value, left ? lpFirst(value) : lpLast(value));
}

/** Sets the cursor to the element of an index below the length. */
export function seekIndex(e: usize, index: u32): void {
  const value = valuePtr(e);
  if (isQuick(e)) cursorSeek(value, index);
  else cursorSet(value, lpSeek(value, index));
}

/** Sets the cursor to the element of an index that may be negative. @returns false when it is outside */
export function seekSigned(e: usize, index: i64): bool {
  const count = <i64> lengthOf(e);
  if (index < 0) index += count;
  if (<u64> index >= <u64> count) return false;
  seekIndex(e, <u32> index);
  return true;
}

/** Replies with `count` elements, more than 0, from the cursor on, forwards or backwards. */
export function replyRange(count: u32, back: bool): void {
  if (!back) {
    cursorReplyRun(count);
    return;
  }
  cursorReply();
  while (--count) {
    cursorStep(back);
    cursorReply();
  }
}

// ---- ranges ---------------------------------------------------------------------------------------

/** What {@link readRange} has read. */
export let rangeStart: u32 = 0;
export let rangeCount: u32 = 0;

let argStart: i64 = 0;
let argEnd: i64 = 0;

/** Reads the two indices of a range. @returns false when one is no integer */
export function readRange(sarg: u32): bool {
  if (!parseI64(argPtr(sarg), argLen(sarg))) return false;
  argStart = parsedI64();
  if (!parseI64(argPtr(sarg + 1), argLen(sarg + 1))) return false;
  argEnd = parsedI64();
  return true;
}

/** Fits the range to a list of so many elements: negative indices count from its end. */
export function fitRange(length: u32): void {
  const count = <i64> length;
  const start = max<i64>(argStart < 0 ? argStart + count : argStart, 0);
  const end = min<i64>(argEnd < 0 ? argEnd + count : argEnd, count - 1);
  rangeStart = start > end ? 0 : <u32> start;
  rangeCount = start > end ? 0 : <u32> (end - start + 1);
}
