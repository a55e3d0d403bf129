/** Sets from RDB bytes: members, an intset or a listpack (rdb_read.ts). */
import { OUT_OF_MEMORY, SET_INTSET_ENTRIES, SET_LISTPACK_ENTRIES } from "../base/layout";
import { HASHTABLE, INTSET, LISTPACK, valuePtr } from "../keyspace/entry";
import { intsetDup, intsetLength, intsetValidate } from "../structures/intset";
import { lpDup } from "../structures/listpack";
import { listpackCount } from "./rdb_count";
import { give, leftOf, looksTwice, readerEntry } from "./rdb_reader";
import { fail, RDB_BAD, takenLen, takenPtr, takeString, trouble } from "./rdb_source";
import { checkUnique } from "./rdb_unique";
import { RDB_SET_INTSET } from "./rdb_types";
import { addMember, newValue, toTable } from "../types/set/set_value";

export function readSetElement(r: usize): void {
  if (!takeString()) return;
  const e = readerEntry(r);
  if (!valuePtr(e)) {
    const encoding = leftOf(r) <= load<u32>(SET_INTSET_ENTRIES) ? INTSET : HASHTABLE;
    if (!give(r, encoding, newValue(encoding))) return;
  }
  const added = addMember(e, takenPtr, takenLen);
  if (added != 1) fail(added ? OUT_OF_MEMORY : RDB_BAD);
}

export function readSetBlob(r: usize, type: u32, ptr: usize, len: u32): void {
  let crowded: bool;
  if (type == RDB_SET_INTSET) {
    if (!intsetValidate(ptr, len, true)) return fail(RDB_BAD);
    crowded = intsetLength(ptr) > load<u32>(SET_INTSET_ENTRIES);
    if (!give(r, INTSET, intsetDup(ptr))) return;
  } else {
    const count = listpackCount(ptr, len, 1);
    if (!count) return;
    crowded = count > load<u32>(SET_LISTPACK_ENTRIES);
    if (crowded || looksTwice(r)) checkUnique(ptr, 0);
    if (trouble || !give(r, LISTPACK, lpDup(ptr))) return;
  }
  if (crowded && !toTable(readerEntry(r))) fail(OUT_OF_MEMORY);
}
