/**
 * What is done to whole sorted sets and to runs of ranks of them: removing, copying, storing at a key.
 */
import { OUT_OF_MEMORY } from "../layout";
import { lookup, insert, lastHash, remove, replace } from "../keyspace";
import { freeEntry, setValuePtr, valuePtr } from "../entry";
import { free } from "../memory";
import { itemHash, tableRemove } from "../keytable";
import { lpDeleteRange } from "../listpack";
import { treeHere, treeItemAt, treeSeek } from "../btree";
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

/** Removes the `count` members from a rank on, and with the last one the key. @returns ZSET_* bits */
export function removeRun(db: u32, e: usize, rank: u32, count: u32): i32 {
  if (count == lengthAt(e)) {
    remove(db, e);
    return ZSET_CHANGED | ZSET_EMPTIED;
  }
  const value = valuePtr(e);
  if (!isTree(e)) {
    setValuePtr(e, lpDeleteRange(value, rank << 1, count << 1));
    return ZSET_CHANGED;
  }
  const table = tableOf(value);
  while (count) {
    treeSeek(treeOf(value), rank);
    const here = min(treeHere(), count);
    for (let i: u32 = 0; i < here; i++) {
      const item = treeItemAt(i);
      tableRemove(table, itemHash(table, item), item);
    }
    for (let i: u32 = 0; i < here; i++) free(treeItemAt(i));
    treeRemoveHere(treeOf(value), here);
    count -= here;
  }
  return ZSET_CHANGED;
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
  seekRank(source, rank);
  for (; count; count--) {
    readHere();
    stepForward();
    keepCursor();
    if (!append(made, memberScore, member, memberLen)) {
      freeEntry(made);
      return 0;
    }
    returnCursor();
  }
  return made;
}

/**
 * Puts a set under the key of an argument, in place of what is there, and replies with its length.
 *
 * @param made an entry in no database, which is freed if it cannot be put there; 0 for an empty set
 * @returns ZSET_* bits, or OUT_OF_MEMORY
 */
export function storeReplying(db: u32, darg: u32, made: usize): i32 {
  const old = lookup(db, argPtr(darg), argLen(darg));
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
