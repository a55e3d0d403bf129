/** Lists from RDB bytes: elements, or nodes that are taken over as they are (rdb_read.ts). */
import { LIST_NODE_BYTES, LIST_NODE_ENTRIES, OUT_OF_MEMORY } from "../base/layout";
import { LISTPACK, QUICKLIST, setEncoding, setValuePtr, valuePtr } from "../keyspace/entry";
import { lpAppend, lpBytes, lpDup, lpFree, lpLength, lpNew, lpValidate } from "../structures/listpack";
import { qlAppendListpack, qlNew, qlOfListpack, qlPush } from "../structures/quicklist";
import { zlLen, zlNext, zlPtr, zlStart, zlValid } from "./rdb_legacy";
import { give, readerEntry } from "./rdb_reader";
import { fail, RDB_BAD, RDB_EMPTY, takeLength, takenLen, takenPtr, takeString, trouble } from "./rdb_source";
import { CONTAINER_PACKED, CONTAINER_PLAIN, RDB_LIST, RDB_LIST_QUICKLIST_2 } from "./rdb_types";
import { isQuick, listGrow } from "../types/list/listvalue";

/** Header and terminator of a listpack. */
const LP_EMPTY: u32 = 7;

export function readListElement(r: usize, type: u32): void {
  const container = type == RDB_LIST_QUICKLIST_2 ? takeLength() : 0;
  if (container > CONTAINER_PACKED || (type == RDB_LIST_QUICKLIST_2 && container < CONTAINER_PLAIN)) fail(RDB_BAD);
  if (trouble || !takeString()) return;
  if (type == RDB_LIST || container == CONTAINER_PLAIN) appendElement(r, takenPtr, takenLen);
  else if (container == CONTAINER_PACKED) appendNode(r, takenPtr, takenLen);
  else readListBlob(r, takenPtr, takenLen);
}

/** A ziplist: a whole list, or a node of one. */
export function readListBlob(r: usize, ptr: usize, len: u32): void {
  if (!zlValid(ptr, len)) return fail(RDB_BAD);
  zlStart(ptr);
  while (!trouble && zlNext()) appendElement(r, zlPtr, zlLen);
  if (!trouble && !valuePtr(readerEntry(r))) fail(RDB_EMPTY);
}

/** Ends a list whose nodes may all have been empty. */
export function settleList(r: usize): void {
  if (!valuePtr(readerEntry(r))) fail(RDB_EMPTY);
}

function appendElement(r: usize, ptr: usize, len: u32): void {
  const e = readerEntry(r);
  if (!valuePtr(e)) {
    const packed = <u64> len + LP_EMPTY <= load<u32>(LIST_NODE_BYTES) && load<u32>(LIST_NODE_ENTRIES) > 0;
    if (!give(r, packed ? LISTPACK : QUICKLIST, packed ? lpNew(0) : qlNew())) return;
  } else if (!listGrow(e, len, 1)) return fail(OUT_OF_MEMORY);
  if (isQuick(e)) {
    if (!qlPush(valuePtr(e), false, ptr, len)) fail(OUT_OF_MEMORY);
    return;
  }
  const lp = lpAppend(valuePtr(e), ptr, len);
  if (lp) setValuePtr(e, lp);
  else fail(OUT_OF_MEMORY);
}

/** Takes over a node: a list that has only one such stays a listpack. */
function appendNode(r: usize, ptr: usize, len: u32): void {
  if (!lpValidate(ptr, len, true)) return fail(RDB_BAD);
  const count = lpLength(ptr);
  // Older servers have left such behind; they are passed over.
  if (!count) return;
  const e = readerEntry(r);
  const lp = lpDup(ptr);
  if (!lp) return fail(OUT_OF_MEMORY);
  if (!valuePtr(e) && lpBytes(lp) <= load<u32>(LIST_NODE_BYTES) && count <= load<u32>(LIST_NODE_ENTRIES)) {
    give(r, LISTPACK, lp);
    return;
  }
  if (makeQuick(r, e) && qlAppendListpack(valuePtr(e), lp)) return;
  lpFree(lp);
  fail(OUT_OF_MEMORY);
}

/** Makes the list, if there is one yet, a quicklist. @returns false when memory is out */
function makeQuick(r: usize, e: usize): bool {
  if (!valuePtr(e)) return give(r, QUICKLIST, qlNew());
  if (isQuick(e)) return true;
  const ql = qlOfListpack(valuePtr(e));
  if (!ql) return false;
  setValuePtr(e, ql);
  setEncoding(e, QUICKLIST);
  return true;
}
