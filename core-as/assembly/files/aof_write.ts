/**
 * Keys into the commands that make them, as redis-server 7.0 writes the base of an append-only file where
 * `aof-use-rdb-preamble` is off:
 *
 * ```
 *  SET key value
 *  RPUSH | SADD | ZADD | HMSET key element ...        64 elements a command at most; ZADD's with their scores
 *  HPEXPIREAT key ms FIELDS 1 field                   of each field that expires
 *  XADD ... XSETID ... XGROUP ... XCLAIM ...          see aof_write_stream.ts
 *  PEXPIREAT key ms                                   after all that
 * ```
 *
 * A writer of 64 bytes knows where a step goes on, as that of rdb_write.ts does, whose beginning it has:
 *
 * ```
 *  writer   +0  u32 entry
 *           +4  u32 phase
 *           +8  16 bytes: walk through a table, node of a list, number in an intset, leaf and slot of a tree
 *           +24 u32 group, +28 u32 consumer: their numbers
 *           +32 u32 elements that no command has been begun for
 *           +36 u32 elements that the command under way still waits for
 * ```
 */
import { allocate, free } from "../base/memory";
import { RDB_SINK_FAILED } from "../base/layout";
import {
  entryEncoding, entryExpiryMs, entryKey, entryKeyLen, entryType, entryValue, HASHTABLE, hasExpiry, INT, INTSET,
  isInline, QUICKLIST, SKIPLIST, TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_STRING, valuePtr,
} from "../keyspace/entry";
import { itemLen as memberLen, itemMember as memberPtr, itemScore, treeGo, treeItem, treeLeaf, treeNext, treeSeek, treeSlot } from "../structures/btree";
import { intsetGet, intsetLength } from "../structures/intset";
import { tableCount } from "../structures/keytable";
import { lpFirst, lpGet, lpI64, lpLen, lpLength, lpNext, lpPtr } from "../structures/listpack";
import { lzfDecompress } from "../structures/lzf";
import { headOf, qlLength } from "../structures/quicklist";
import { blockOf, isCompressed, isPlain, nextOf, nodeLp, plainLen } from "../structures/quicknode";
import { walkNext, walkStart } from "../structures/tablewalk";
import {
  fieldsMayExpire, itemExpires, itemExpiryMs, itemField, itemFieldLen, itemValue, itemValueLen,
} from "../types/hash/hash_table";
import { itemLen, itemMember } from "../types/set/set_value";
import { tableOf, treeOf } from "../types/zset/zset_value";
import { endWord, putCommand, putDouble, putInteger, putWord, startWord } from "./aof_sink";
import { writeStreamCommands } from "./aof_write_stream";
import { ELEMENTS, entryOf, EXPIRY, FIELD_TIMES, HEAD, isEnough, phaseOf, setPhase, writePieces, WRITTEN } from "./rdb_writer";

/** Most elements of a command. */
const ELEMENTS_MAX: u32 = 64;

const SELECT = memory.data<u8>([0x53, 0x45, 0x4c, 0x45, 0x43, 0x54]);
const FUNCTION = memory.data<u8>([0x46, 0x55, 0x4e, 0x43, 0x54, 0x49, 0x4f, 0x4e]);
const LOAD = memory.data<u8>([0x4c, 0x4f, 0x41, 0x44]);
const SET = memory.data<u8>([0x53, 0x45, 0x54]);
const RPUSH = memory.data<u8>([0x52, 0x50, 0x55, 0x53, 0x48]);
const SADD = memory.data<u8>([0x53, 0x41, 0x44, 0x44]);
const ZADD = memory.data<u8>([0x5a, 0x41, 0x44, 0x44]);
const HMSET = memory.data<u8>([0x48, 0x4d, 0x53, 0x45, 0x54]);
const HPEXPIREAT = memory.data<u8>([0x48, 0x50, 0x45, 0x58, 0x50, 0x49, 0x52, 0x45, 0x41, 0x54]);
const FIELDS = memory.data<u8>([0x46, 0x49, 0x45, 0x4c, 0x44, 0x53]);
const PEXPIREAT = memory.data<u8>([0x50, 0x45, 0x58, 0x50, 0x49, 0x52, 0x45, 0x41, 0x54]);

/** Puts what follows into a database. */
export function selectCommand(db: u32): void {
  putCommand(2);
  putWord(SELECT, 6);
  putInteger(db);
}

/** A library of functions. */
export function functionCommand(ptr: usize, len: u32): void {
  putCommand(3);
  putWord(FUNCTION, 8);
  putWord(LOAD, 4);
  putWord(ptr, len);
}

/** Goes on writing until the sink holds `limit` bytes. @returns whether all of the key is written */
export function commandsStep(w: usize, limit: u32): bool {
  const e = entryOf(w);
  while (phaseOf(w) != WRITTEN) {
    if (isEnough(limit)) return false;
    switch (phaseOf(w)) {
      case EXPIRY: writeExpiry(w, e); break;
      case FIELD_TIMES: writeFieldTimes(w, e, limit); break;
      default: writeValue(w, e, limit); break;
    }
  }
  return true;
}

function writeValue(w: usize, e: usize, limit: u32): void {
  const value = valuePtr(e);
  const encoding = entryEncoding(e);
  switch (entryType(e)) {
    case TYPE_STRING:
      if (!writeString(w, e, limit)) return;
      break;
    case TYPE_LIST:
      if (encoding != QUICKLIST) writePacked(w, e, value, 1);
      else if (!writeNodes(w, e, value, limit)) return;
      break;
    case TYPE_SET:
      if (encoding == HASHTABLE) {
        if (!writeMembers(w, e, value, limit)) return;
      } else if (encoding != INTSET) writePacked(w, e, value, 1);
      else if (!writeIntegers(w, e, value, limit)) return;
      break;
    case TYPE_HASH:
      if (encoding != HASHTABLE) writePacked(w, e, value, 2);
      else if (!writeFields(w, e, value, limit)) return;
      else if (fieldsMayExpire(value)) {
        walkStart(w + 8, value);
        setPhase(w, FIELD_TIMES);
        return;
      }
      break;
    case TYPE_STREAM:
      if (!writeStreamCommands(w, e, limit)) return;
      break;
    default:
      if (encoding != SKIPLIST) writePackedScores(w, e, value);
      else if (!writeScored(w, e, value, limit)) return;
      break;
  }
  setPhase(w, EXPIRY);
}

function writeExpiry(w: usize, e: usize): void {
  if (hasExpiry(e)) {
    putCommand(3);
    putWord(PEXPIREAT, 9);
    putWord(entryKey(e), entryKeyLen(e));
    putInteger(entryExpiryMs(e));
  }
  setPhase(w, WRITTEN);
}

function writeString(w: usize, e: usize, limit: u32): bool {
  const value = entryValue(e);
  const isShort = isInline(e) || entryEncoding(e) == INT;
  if (phaseOf(w) == HEAD) {
    putCommand(3);
    putWord(SET, 3);
    putWord(entryKey(e), entryKeyLen(e));
    if (!isShort) {
      startWord(load<u32>(valuePtr(e)));
      setPhase(w, ELEMENTS);
    } else if (isInline(e)) putWord(value + 4, load<u32>(value));
    else putInteger(load<i64>(value));
  }
  if (isShort) return true;
  if (!writePieces(w, valuePtr(e) + 4, load<u32>(valuePtr(e)), limit)) return false;
  endWord();
  return true;
}

// ---- elements -------------------------------------------------------------------------------------

/** From here on `count` elements are written. */
function startElements(w: usize, count: u32): void {
  store<u32>(w, count, 32);
  store<u32>(w, 0, 36);
  setPhase(w, ELEMENTS);
}

/** An element of so many words is about to be written: begins a command where none is under way. */
function element(w: usize, e: usize, words: u32): void {
  let waiting = load<u32>(w, 36);
  if (!waiting) {
    const left = load<u32>(w, 32);
    waiting = min(left, ELEMENTS_MAX);
    store<u32>(w, left - waiting, 32);
    putCommand(2 + waiting * words);
    switch (entryType(e)) {
      case TYPE_LIST: putWord(RPUSH, 5); break;
      case TYPE_SET: putWord(SADD, 4); break;
      case TYPE_HASH: putWord(HMSET, 5); break;
      default: putWord(ZADD, 4); break;
    }
    putWord(entryKey(e), entryKeyLen(e));
  }
  store<u32>(w, waiting - 1, 36);
}

@inline function putHere(lp: usize, at: u32): void {
  if (lpGet(lp, at)) putInteger(lpI64());
  else putWord(lpPtr(), lpLen());
}

/** The elements of a listpack, each of one or two of its own. */
function putPacked(w: usize, e: usize, lp: usize, words: u32): void {
  for (let at = lpFirst(lp); at; at = lpNext(lp, at)) {
    element(w, e, words);
    putHere(lp, at);
    if (words == 1) continue;
    at = lpNext(lp, at);
    putHere(lp, at);
  }
}

function writePacked(w: usize, e: usize, lp: usize, words: u32): void {
  startElements(w, lpLength(lp) / words);
  putPacked(w, e, lp, words);
}

/** Members and scores, which a command wants the other way round. */
function writePackedScores(w: usize, e: usize, lp: usize): void {
  startElements(w, lpLength(lp) >> 1);
  for (let at = lpFirst(lp); at;) {
    const score = lpNext(lp, at);
    element(w, e, 2);
    putHere(lp, score);
    putHere(lp, at);
    at = lpNext(lp, score);
  }
}

function writeIntegers(w: usize, e: usize, set: usize, limit: u32): bool {
  if (phaseOf(w) == HEAD) startElements(w, intsetLength(set));
  let index = load<u32>(w, 8);
  for (; index < intsetLength(set) && !isEnough(limit); index++) {
    element(w, e, 1);
    putInteger(intsetGet(set, index));
  }
  store<u32>(w, index, 8);
  return index == intsetLength(set);
}

function writeMembers(w: usize, e: usize, t: usize, limit: u32): bool {
  if (phaseOf(w) == HEAD) {
    startElements(w, tableCount(t));
    walkStart(w + 8, t);
  }
  while (!isEnough(limit)) {
    const item = walkNext(w + 8);
    if (!item) return true;
    element(w, e, 1);
    putWord(itemMember(item), itemLen(item));
  }
  return false;
}

function writeScored(w: usize, e: usize, value: usize, limit: u32): bool {
  if (phaseOf(w) == HEAD) {
    startElements(w, tableCount(tableOf(value)));
    treeSeek(treeOf(value), 0);
  } else treeGo(load<u32>(w, 8), load<u32>(w, 12));
  while (!isEnough(limit)) {
    const item = treeItem();
    element(w, e, 2);
    putDouble(itemScore(item));
    putWord(memberPtr(item), memberLen(item));
    if (!treeNext()) return true;
  }
  store<u32>(w, <u32> treeLeaf(), 8);
  store<u32>(w, treeSlot(), 12);
  return false;
}

// ---- hashes ---------------------------------------------------------------------------------------

function writeFields(w: usize, e: usize, fields: usize, limit: u32): bool {
  if (phaseOf(w) == HEAD) {
    startElements(w, tableCount(fields));
    walkStart(w + 8, fields);
  }
  while (!isEnough(limit)) {
    const item = walkNext(w + 8);
    if (!item) return true;
    element(w, e, 2);
    putWord(itemField(item), itemFieldLen(item));
    putWord(itemValue(item), itemValueLen(item));
  }
  return false;
}

function writeFieldTimes(w: usize, e: usize, limit: u32): void {
  while (!isEnough(limit)) {
    const item = walkNext(w + 8);
    if (!item) {
      setPhase(w, EXPIRY);
      return;
    }
    if (!itemExpires(item)) continue;
    putCommand(6);
    putWord(HPEXPIREAT, 10);
    putWord(entryKey(e), entryKeyLen(e));
    putInteger(itemExpiryMs(item));
    putWord(FIELDS, 6);
    putInteger(1);
    putWord(itemField(item), itemFieldLen(item));
  }
}

// ---- lists ----------------------------------------------------------------------------------------

function writeNodes(w: usize, e: usize, ql: usize, limit: u32): bool {
  if (phaseOf(w) == HEAD) {
    startElements(w, qlLength(ql));
    store<u32>(w, <u32> headOf(ql), 8);
  }
  let node: usize = load<u32>(w, 8);
  while (node && !isEnough(limit)) {
    if (isCompressed(node)) writeCompressed(w, e, node);
    else writeNode(w, e, node, isPlain(node) ? blockOf(node) : nodeLp(node));
    node = nextOf(node);
  }
  store<u32>(w, <u32> node, 8);
  return node == 0;
}

/** @param bytes the node's element or listpack */
function writeNode(w: usize, e: usize, node: usize, bytes: usize): void {
  if (!isPlain(node)) return putPacked(w, e, bytes, 1);
  element(w, e, 1);
  putWord(bytes, plainLen(node));
}

/** The file fails where memory has no room for what was compressed. */
function writeCompressed(w: usize, e: usize, node: usize): void {
  const from = blockOf(node);
  const block = allocate(plainLen(node));
  if (!block) {
    store<u32>(RDB_SINK_FAILED, 1);
    return;
  }
  lzfDecompress(from + 4, load<u32>(from), block, plainLen(node));
  writeNode(w, e, node, block);
  free(block);
}
