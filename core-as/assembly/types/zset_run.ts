/**
 * What is done to whole sorted sets and to runs of ranks of them: removing, copying, storing at a key.
 */
import { countChanges, LOOK_SINK, OUT_OF_MEMORY } from "../layout";
import { destination, insert, lastHash, remove, replace } from "../keyspace";
import { freeEntry, setValuePtr, SKIPLIST, TYPE_ZSET, valuePtr } from "../entry";
import { free } from "../memory";
import { itemHash, tableProbe, tableRemove } from "../keytable";
import { lpDeleteRange } from "../listpack";
import { objectFree } from "../object";
import { LEAF_SLOTS, treeHere, treeItemAt, treeSeek } from "../btree";
import { treeRemoveHere } from "../btree_change";
import { argLen, argPtr } from "../resp";
import { replyI64 } from "../reply";
import {
  append, encodingFor, isTree, keepCursor, lengthAt, member, memberLen, memberScore, newZset, readHere, returnCursor,
  seekRank, stepForward, tableOf, treeOf,
} from "./zset_value";

// What a command has done to a key.
/** The key is new. */
export const ZSET_CREATED: i32 = 1;
export const ZSET_CHANGED: i32 = 2;
/** The key is gone, as its last member went. */
export const ZSET_EMPTIED: i32 = 4;
/** Memory ran out after something had been done; nothing has been replied. */
export const ZSET_NO_MEMORY: i32 = 8;

/** From so many removed members a kept one on, those that are kept move out instead. */
const MOVE_OUT: u32 = 2;
/** Below this many, removing is as good. */
const MOVED_MIN: u32 = 1024;

/** Hashes of the members of a leaf. */
const HASHES = memory.data(288); // LEAF_SLOTS * 8

/** Removes the `count` members from a rank on, and with the last one the key. @returns ZSET_* bits, the count beside them */
export function removeRun(db: u32, e: usize, rank: u32, count: u32): i32 {
  countChanges(count);
  if (count == lengthAt(e)) {
    remove(db, e);
    return ZSET_CHANGED | ZSET_EMPTIED;
  }
  const value = valuePtr(e);
  if (!isTree(e)) {
    setValuePtr(e, lpDeleteRange(value, rank << 1, count << 1));
    return ZSET_CHANGED;
  }
  if (count >= MOVED_MIN && count / MOVE_OUT >= lengthAt(e) - count && moveOut(e, rank, count)) return ZSET_CHANGED;
  while (count) {
    treeSeek(treeOf(value), rank);
    const here = min(treeHere(), count);
    forget(tableOf(value), here);
    for (let i: u32 = 0; i < here; i++) free(treeItemAt(i));
    treeRemoveHere(treeOf(value), here);
    count -= here;
  }
  return ZSET_CHANGED;
}

/** Takes the next `count` items of a leaf out of the table, asking for all of their cache lines before it waits. */
function forget(table: usize, count: u32): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) sum += load<u32>(treeItemAt(i), 8);
  for (let i: u32 = 0; i < count; i++) {
    const hash = itemHash(table, treeItemAt(i));
    store<u64>(HASHES + (i << 3), hash);
    sum += <u32> tableProbe(table, hash);
  }
  store<u32>(LOOK_SINK, sum);
  for (let i: u32 = 0; i < count; i++) tableRemove(table, load<u64>(HASHES + (i << 3)), treeItemAt(i));
}

/**
 * Removes a run by moving the members that stay into a value of their own: what is left goes whole, in the
 * turns to come, and nobody waits for it.
 *
 * @returns false when memory is out, and then nothing has changed
 */
function moveOut(e: usize, rank: u32, count: u32): bool {
  const made = newZset(0, 0, SKIPLIST);
  if (!made) return false;
  const behind = rank + count;
  if (!appendRun(made, e, 0, rank) || !appendRun(made, e, behind, lengthAt(e) - behind)) {
    freeEntry(made);
    return false;
  }
  const old = valuePtr(e);
  setValuePtr(e, valuePtr(made));
  free(made);
  objectFree(TYPE_ZSET, SKIPLIST, old);
  return true;
}

/** Appends the `count` members from a rank of another set on, all behind those that are there. @returns false when memory is out */
function appendRun(made: usize, source: usize, rank: u32, count: u32): bool {
  if (!count) return true;
  seekRank(source, rank);
  for (; count; count--) {
    readHere();
    stepForward();
    keepCursor();
    if (!append(made, memberScore, member, memberLen)) return false;
    returnCursor();
  }
  return true;
}

/** A new entry, in no database, with the `count` members from a rank on. @returns 0 when memory is out */
export function copyRun(key: usize, keyLen: u32, source: usize, rank: u32, count: u32): usize {
  let longest: u32 = 0;
  seekRank(source, rank);
  for (let left = count; left; left--) {
    readHere();
    longest = max(longest, memberLen);
    stepForward();
  }
  const made = newZset(key, keyLen, encodingFor(count, longest));
  if (!made) return 0;
  if (appendRun(made, source, rank, count)) return made;
  freeEntry(made);
  return 0;
}

/**
 * Puts a set under the key of an argument, in place of what is there, and replies with its length.
 *
 * @param made an entry in no database, which is freed if it cannot be put there; 0 for an empty set
 * @returns ZSET_* bits, or OUT_OF_MEMORY
 */
export function storeReplying(db: u32, darg: u32, made: usize): i32 {
  const old = destination(db, argPtr(darg), argLen(darg), !made);
  if (!made) {
    if (old) remove(db, old);
    replyI64(0);
    return old ? ZSET_EMPTIED : 0;
  }
  if (!(old ? replace(db, lastHash, old, made) : insert(db, lastHash, made))) {
    freeEntry(made);
    return OUT_OF_MEMORY;
  }
  if (old) freeEntry(old);
  replyI64(lengthAt(made));
  return old ? ZSET_CHANGED : ZSET_CHANGED | ZSET_CREATED;
}
