/**
 * Values into RDB bytes, as redis-server 7.0 writes and reads them.
 *
 * ```
 *  string 0              string
 *  set 2                 count, string ...
 *  hash 4                count, {field string, value string} ...
 *  zset 5                count, {member string, score f64} ..., from the greatest on
 *  set 11                string: intset
 *  hash 16, zset 17      string: listpack
 *  list 18               count, {1, string: element | 2, string: listpack} ...
 *  stream 19, 21         see rdb_write_stream.ts
 *  hash 24               first expiry u64 ms, count, {expiry less the first + 1 or 0, field, value} ...
 * ```
 *
 * What 7.0 cannot read is written only where there is no other way: a small set is no listpack (20) but its
 * members, only a stream with consumers is of the type that came with version 11 (Redis 7.2) and has when they
 * were last active, unless the highest version allowed is below that; and only a hash with fields that expire is
 * of one that came with version 12 (Redis 7.4), always.
 *
 * A large value is written in steps: each ends when the sink holds enough, and a writer of 64 bytes knows
 * where it goes on. The value must not change meanwhile.
 *
 * ```
 *  writer   +0  u32 entry
 *           +4  u32 phase
 *           +8  16 bytes: walk through a table, node of a list, leaf and slot of a tree
 *           +24 u32 group, +28 u32 consumer: their numbers
 *           +40 u32 highest version allowed
 * ```
 */
import { treeGo, treeItem, treeLeaf, treePrevious, treeSeek, treeSlot, itemLen as memberLen, itemMember as memberPtr, itemScore } from "../structures/btree";
import {
  entryEncoding, entryType, entryValue, HASHTABLE, INT, INTSET, isInline, LISTPACK, QUICKLIST, SKIPLIST,
  TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_STRING, TYPE_ZSET, valuePtr,
} from "../keyspace/entry";
import { intsetBytes } from "../structures/intset";
import { tableCount } from "../structures/keytable";
import { lpBytes, lpFirst, lpGet, lpI64, lpLen, lpLength, lpNext, lpPtr } from "../structures/listpack";
import { headOf } from "../structures/quicklist";
import { blockOf, isCompressed, isPlain, nextOf, nodeLp, plainLen } from "../structures/quicknode";
import { isFile, putInteger, putLength, putLzf, putString, putU64 } from "./rdb_sink";
import {
  CONTAINER_PACKED, CONTAINER_PLAIN, RDB_HASH, RDB_HASH_EXPIRING, RDB_HASH_LISTPACK, RDB_LIST_QUICKLIST_2, RDB_SET,
  RDB_SET_INTSET, RDB_STREAM_2, RDB_STREAM_3, RDB_STRING, RDB_VERSION_ACTIVE, RDB_ZSET_2, RDB_ZSET_LISTPACK,
} from "./rdb_types";
import { writeStreamStep } from "./rdb_write_stream";
import { ELEMENTS, entryOf, HEAD, isEnough, phaseOf, setPhase, writePieces, WRITER_BYTES } from "./rdb_writer";
import { walkNext, walkStart } from "../structures/tablewalk";
import {
  fieldsFirstExpiryMs, fieldsMayExpire, itemExpires, itemExpiryMs, itemField, itemFieldLen, itemValue, itemValueLen,
} from "../types/hash/hash_table";
import { itemLen, itemMember } from "../types/set/set_value";
import { hasConsumers } from "../types/stream/stream_value";
import { tableOf, treeOf } from "../types/zset/zset_value";

/** Strings that are longer go into a file as they are: compressing one takes its whole length at once. */
const COMPRESSED_MAX: u32 = 0x80000;

/** The type that an entry's value is written as, of a version not above one. */
export function rdbTypeOf(e: usize, version: u32): u32 {
  const encoding = entryEncoding(e);
  switch (entryType(e)) {
    case TYPE_LIST: return RDB_LIST_QUICKLIST_2;
    case TYPE_SET: return encoding == INTSET ? RDB_SET_INTSET : RDB_SET;
    case TYPE_ZSET: return encoding == LISTPACK ? RDB_ZSET_LISTPACK : RDB_ZSET_2;
    case TYPE_HASH:
      if (encoding == LISTPACK) return RDB_HASH_LISTPACK;
      return fieldsMayExpire(valuePtr(e)) ? RDB_HASH_EXPIRING : RDB_HASH;
    case TYPE_STREAM:
      return version >= RDB_VERSION_ACTIVE && hasConsumers(valuePtr(e)) ? RDB_STREAM_3 : RDB_STREAM_2;
    default: return RDB_STRING;
  }
}

/** Puts a writer before an entry's value, which is to be of the type that {@link rdbTypeOf} gives for the version. */
export function writeStart(w: usize, e: usize, version: u32): void {
  memory.fill(w, 0, WRITER_BYTES);
  store<u32>(w, <u32> e);
  store<u32>(w, version, 40);
}

/** Goes on writing until the sink holds `limit` bytes. @returns whether the value is written */
export function writeStep(w: usize, limit: u32): bool {
  const e = entryOf(w);
  const encoding = entryEncoding(e);
  switch (entryType(e)) {
    case TYPE_STRING: return writeString(w, e, limit);
    case TYPE_LIST: return encoding == QUICKLIST ? writeNodes(w, valuePtr(e), limit) : writeOneNode(valuePtr(e));
    case TYPE_SET:
      if (encoding == HASHTABLE) return writeMembers(w, valuePtr(e), limit);
      return encoding == INTSET ? writeBlob(valuePtr(e), intsetBytes(valuePtr(e))) : writePackedSet(valuePtr(e));
    case TYPE_ZSET:
      if (encoding == SKIPLIST) return writeScored(w, valuePtr(e), limit);
      return writeBlob(valuePtr(e), lpBytes(valuePtr(e)));
    case TYPE_HASH:
      if (encoding == HASHTABLE) return writeFields(w, valuePtr(e), limit);
      return writeBlob(valuePtr(e), lpBytes(valuePtr(e)));
    default: return writeStreamStep(w, valuePtr(e), limit);
  }
}

/** Writes all of a value. */
export function writeWhole(w: usize, e: usize, version: u32): void {
  writeStart(w, e, version);
  writeStep(w, u32.MAX_VALUE);
}

function writeBlob(ptr: usize, len: u32): bool {
  putString(ptr, len);
  return true;
}

function writeString(w: usize, e: usize, limit: u32): bool {
  const value = entryValue(e);
  if (isInline(e)) return writeBlob(value + 4, load<u32>(value));
  if (entryEncoding(e) == INT) {
    putInteger(load<i64>(value));
    return true;
  }
  const len = load<u32>(valuePtr(e));
  if (len <= COMPRESSED_MAX || !isFile()) return writeBlob(valuePtr(e) + 4, len);
  if (phaseOf(w) == HEAD) {
    putLength(len);
    setPhase(w, ELEMENTS);
  }
  return writePieces(w, valuePtr(e) + 4, len, limit);
}

// ---- lists ----------------------------------------------------------------------------------------

function writeOneNode(lp: usize): bool {
  putLength(1);
  putLength(CONTAINER_PACKED);
  return writeBlob(lp, lpBytes(lp));
}

function writeNodes(w: usize, ql: usize, limit: u32): bool {
  if (phaseOf(w) == HEAD) {
    let count: u32 = 0;
    for (let node = headOf(ql); node; node = nextOf(node)) count++;
    putLength(count);
    store<u32>(w, <u32> headOf(ql), 8);
    setPhase(w, ELEMENTS);
  }
  let node: usize = load<u32>(w, 8);
  while (node && !isEnough(limit)) {
    putLength(isPlain(node) ? CONTAINER_PLAIN : CONTAINER_PACKED);
    if (isCompressed(node)) putLzf(blockOf(node) + 4, load<u32>(blockOf(node)), plainLen(node));
    else if (isPlain(node)) putString(blockOf(node), plainLen(node));
    else putString(nodeLp(node), lpBytes(nodeLp(node)));
    node = nextOf(node);
  }
  store<u32>(w, <u32> node, 8);
  return node == 0;
}

// ---- sets -----------------------------------------------------------------------------------------

function writePackedSet(lp: usize): bool {
  putLength(lpLength(lp));
  for (let at = lpFirst(lp); at; at = lpNext(lp, at)) {
    if (lpGet(lp, at)) putInteger(lpI64());
    else putString(lpPtr(), lpLen());
  }
  return true;
}

/** Begins with a table: its count, and a walk through its items. */
function startTable(w: usize, t: usize): void {
  putLength(tableCount(t));
  walkStart(w + 8, t);
  setPhase(w, ELEMENTS);
}

function writeMembers(w: usize, t: usize, limit: u32): bool {
  if (phaseOf(w) == HEAD) startTable(w, t);
  while (!isEnough(limit)) {
    const item = walkNext(w + 8);
    if (!item) return true;
    putString(itemMember(item), itemLen(item));
  }
  return false;
}

// ---- sorted sets ----------------------------------------------------------------------------------

function writeScored(w: usize, value: usize, limit: u32): bool {
  const t = treeOf(value);
  if (phaseOf(w) == HEAD) {
    const count = tableCount(tableOf(value));
    putLength(count);
    treeSeek(t, count - 1);
    setPhase(w, ELEMENTS);
  } else treeGo(load<u32>(w, 8), load<u32>(w, 12));
  while (!isEnough(limit)) {
    const item = treeItem();
    putString(memberPtr(item), memberLen(item));
    putU64(reinterpret<u64>(itemScore(item)));
    if (!treePrevious()) return true;
  }
  store<u32>(w, <u32> treeLeaf(), 8);
  store<u32>(w, treeSlot(), 12);
  return false;
}

// ---- hashes ---------------------------------------------------------------------------------------

function writeFields(w: usize, fields: usize, limit: u32): bool {
  const expires = fieldsMayExpire(fields);
  const firstMs: i64 = expires ? fieldsFirstExpiryMs(fields) : 0;
  if (phaseOf(w) == HEAD) {
    if (expires) putU64(firstMs);
    startTable(w, fields);
  }
  while (!isEnough(limit)) {
    const item = walkNext(w + 8);
    if (!item) return true;
    if (expires) putLength(itemExpires(item) ? itemExpiryMs(item) - firstMs + 1 : 0);
    putString(itemField(item), itemFieldLen(item));
    putString(itemValue(item), itemValueLen(item));
  }
  return false;
}
