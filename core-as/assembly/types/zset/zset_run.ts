/**
 * What is done to whole sorted sets and to runs of ranks of them: removing, copying, storing at a key.
 */
import { countChanges, LOOK_SINK, OUT_OF_MEMORY } from "../../base/layout";
import { destination, insert, lastHash, remove, replace } from "../../keyspace/keyspace";
import { freeEntry, setValuePtr, SKIPLIST, TYPE_ZSET, valuePtr } from "../../keyspace/entry";
import { allocate, free } from "../../base/memory";
import { itemHash, TABLE_BYTES, tableInit, tableInsert, tableProbe, tableRemove } from "../../structures/keytable";
import { tableReserve } from "../../structures/tablewalk";
import { lpDeleteRange } from "../../structures/listpack";
import { objectFreeLater } from "../../keyspace/object";
import {
  ITEM_MEMBER, leafNext, nodeCount, TREE_BYTES, treeGo, treeHere, treeItemAt, treeLeaf, treeSeek,
} from "../../structures/btree";
import { treeOfChain, treeRemoveHere, treeTakeLeaf } from "../../structures/btree_change";
import { argLen, argPtr } from "../../protocol/resp";
import { replyI64 } from "../../protocol/reply";
import {
  append, encodingFor, freeWhole, isTree, keepCursor, lengthAt, lengthOf, member, memberLen, memberScore, newZset, readHere, returnCursor,
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

/** Fewer members are removed one by one. */
const CUT_MIN: u32 = 1024;

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
  if (!isTree(e)) setValuePtr(e, lpDeleteRange(value, rank << 1, count << 1));
  else if (count < CUT_MIN || !cutRun(value, rank, count)) takeRun(value, rank, count, true, false);
  return ZSET_CHANGED;
}

/**
 * Removes a long run by taking its leaves out of the tree whole: their items are freed in the turns to come, and
 * nobody waits for that. The table forgets them; or, where they are the most, the others get a table of their own.
 *
 * @returns false when memory is out, and then nothing has changed
 */
function cutRun(value: usize, rank: u32, count: u32): bool {
  const cut = allocate(TABLE_BYTES + TREE_BYTES);
  if (!cut) return false;
  if (!tableInit(tableOf(cut), ITEM_MEMBER)) {
    free(cut);
    return false;
  }
  const kept = lengthOf(SKIPLIST, value) - count;
  const relists = kept < count;
  if (relists && !relist(value, tableOf(cut), rank, count, kept)) {
    treeOfChain(treeOf(cut), 0);
    freeWhole(SKIPLIST, cut);
    return false;
  }
  treeOfChain(treeOf(cut), takeRun(value, rank, count, !relists, true));
  objectFreeLater(TYPE_ZSET, SKIPLIST, cut, count);
  return true;
}

/**
 * Takes a run out of the tree.
 *
 * @param listed whether it is to be taken out of the table, too
 * @param cuts whether whole leaves are taken, not freed
 * @returns the chain of the leaves taken
 */
function takeRun(value: usize, rank: u32, count: u32, listed: bool, cuts: bool): usize {
  const tree = treeOf(value);
  let chain: usize = 0;
  while (count) {
    treeSeek(tree, rank);
    const here = min(treeHere(), count);
    if (listed) forget(tableOf(value), here);
    if (cuts && here == nodeCount(treeLeaf())) chain = treeTakeLeaf(tree, chain);
    else {
      for (let i: u32 = 0; i < here; i++) free(treeItemAt(i));
      treeRemoveHere(tree, here);
    }
    count -= here;
  }
  return chain;
}

/** Takes the next `count` items of a leaf out of the table. */
function forget(table: usize, count: u32): void {
  probe(table, count);
  for (let i: u32 = 0; i < count; i++) tableRemove(table, load<u64>(HASHES + (i << 3)), treeItemAt(i));
}

/** Hashes the next `count` items of a leaf, asking for all of their cache lines and their places' before it waits. */
function probe(table: usize, count: u32): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) sum += load<u32>(treeItemAt(i), 8);
  for (let i: u32 = 0; i < count; i++) {
    const hash = itemHash(table, treeItemAt(i));
    store<u64>(HASHES + (i << 3), hash);
    sum += <u32> tableProbe(table, hash);
  }
  store<u32>(LOOK_SINK, sum);
}

/**
 * Puts all members but `count` from a rank on into another, empty table and gives the set that one for its own.
 *
 * @returns false when memory is out: the set has its own as it was
 */
function relist(value: usize, other: usize, rank: u32, count: u32, kept: u32): bool {
  tableReserve(other, kept);
  if (!listRun(value, other, 0, rank) || !listRun(value, other, rank + count, kept - rank)) return false;
  const own = tableOf(value);
  for (let at: u32 = 0; at < TABLE_BYTES; at += 16) {
    const half = v128.load(own + at);
    v128.store(own + at, v128.load(other + at));
    v128.store(other + at, half);
  }
  return true;
}

/** Puts the `count` members from a rank on into a table. @returns false when memory is out */
function listRun(value: usize, table: usize, rank: u32, count: u32): bool {
  if (!count) return true;
  treeSeek(treeOf(value), rank);
  while (true) {
    const here = min(treeHere(), count);
    probe(table, here);
    for (let i: u32 = 0; i < here; i++) {
      if (!tableInsert(table, load<u64>(HASHES + (i << 3)), treeItemAt(i))) return false;
    }
    count -= here;
    if (!count) return true;
    treeGo(leafNext(treeLeaf()), 0);
  }
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

/**
 * A new entry, in no database, with the `count` members from a rank on.
 *
 * @param small whether it may be a listpack @returns 0 when memory is out
 */
export function copyRun(key: usize, keyLen: u32, source: usize, rank: u32, count: u32, small: bool): usize {
  let longest: u32 = 0;
  seekRank(source, rank);
  for (let left = count; left; left--) {
    readHere();
    longest = max(longest, memberLen);
    stepForward();
  }
  const made = newZset(key, keyLen, small ? encodingFor(count, longest) : SKIPLIST);
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
