/**
 * The value of a sorted set, whichever encoding it has: finding, changing and walking.
 *
 * LISTPACK: a listpack of member, score, member, score ... in order, byte for byte as in Redis.
 *
 * SKIPLIST, for what is too large for that (40 bytes, and a node per member in neither half alone):
 * ```
 *  +0   table of the items by member (keytable.ts)
 *  +32  tree of the same items by score and member (btree.ts)
 * ```
 *
 * Functions take the key's entry, since a change of encoding is written there. An entry may be one that
 * no database has yet. Members given to be stored must not lie in the value itself.
 */
import { MISSING, WRONG_TYPE, ZSET_LISTPACK_ENTRIES, ZSET_LISTPACK_VALUE } from "../../base/layout";
import { allocate, free } from "../../base/memory";
import { compareBytes } from "../../base/bytes";
import { parseDoubleLoose, parsedDouble, writeDouble17, writeDoubleShortest } from "../../text/double";
import {
  entryEncoding, entryType, LISTPACK, newEntry, setAccess, setEncoding, setValuePtr, SKIPLIST, TYPE_ZSET, valuePtr,
} from "../../keyspace/entry";
import { hashBytes } from "../../hashing/hash";
import { freshAccess, lookup } from "../../keyspace/keyspace";
import {
  TABLE_BYTES, tableCount, tableDismantle, tableFind, tableInit, tableInsert, tableRemove,
  tableScan, scanEnd,
} from "../../structures/keytable";
import {
  LP_AFTER, LP_BEFORE, lpBytes, lpDeleteRangeAt, lpEntryBytes, lpFind, lpFirst, lpFree, lpGet, lpGetString, lpI64,
  lpInsert, lpInsertInt, lpIntBytes, lpLast, lpLen, lpLength, lpNew, lpNext, lpPosition, lpPrev, lpPtr, lpReserve,
  lpSafeToAdd, lpSeek,
} from "../../structures/listpack";
import { hashMember } from "../../keyspace/lookahead";
import {
  ITEM_MEMBER, itemLen, itemMember, itemNew, itemScore, treeGo, TREE_BYTES, treeItem,
  treeLeaf, treeNext, treePrevious, treeRank, treeSeek, treeSlot,
} from "../../structures/btree";
import { treeFreeStep, treeInit, treeInsert, treeRemove, treeRescore } from "../../structures/btree_change";
import { argLen, argPtr } from "../../protocol/resp";

/** Bytes of a new listpack: two small members fit. */
const LISTPACK_BYTES: u32 = 32;
/** Longest decimal of a score, and of a member that is an integer. */
const TEXT_BYTES: u32 = 32;

/** Size up to which a listpack is made, however large the thresholds. */
const LISTPACK_MAX_BYTES: u64 = 1 << 30;

/** Largest score that a listpack keeps as an integer. */
const INTEGER_SCORE_MAX: f64 = 4611686018427387904.0;

/** Where numbers are spelt and read. */
const TEXT = memory.data(TEXT_BYTES);
const MEMBER_TEXT = memory.data(TEXT_BYTES);
const DOUBLE_SCRATCH = memory.data(1024); // DOUBLE_SCRATCH_BYTES, which may be declared later

@inline export function tableOf(value: usize): usize { return value; }
@inline export function treeOf(value: usize): usize { return value + TABLE_BYTES; }
@inline export function isTree(e: usize): bool { return entryEncoding(e) == SKIPLIST; }

// ---- scores as text -------------------------------------------------------------------------------

/** Where {@link spell} has written. */
export let textPtr: usize = TEXT;

/** Writes a score as replies show it. @returns its length */
export function spell(score: f64): u32 {
  return writeDoubleShortest(TEXT, score, DOUBLE_SCRATCH);
}

/** Writes a score with all its digits, as listpacks and digests have it. @returns its length */
export function spellFully(score: f64): u32 {
  return writeDouble17(TEXT, score, DOUBLE_SCRATCH);
}

/** Reads a double of a request or a listpack; see parseDoubleLoose. */
export function readLoose(ptr: usize, len: u32): bool {
  return parseDoubleLoose(ptr, len, DOUBLE_SCRATCH);
}

/** What is lent to functions of double.ts. */
@inline export function doubleScratch(): usize {
  return DOUBLE_SCRATCH;
}

// ---- making and freeing ---------------------------------------------------------------------------

/** Why {@link zsetAt} gave 0: MISSING or WRONG_TYPE. */
export let zsetStatus: i32 = 0;

/** The entry of an argument that is a sorted set; 0 with {@link zsetStatus}. */
export function zsetAt(db: u32, karg: u32): usize {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (e && entryType(e) == TYPE_ZSET) return e;
  zsetStatus = e ? WRONG_TYPE : MISSING;
  return 0;
}

/** The encoding for a set of so many members, the longest of so many bytes. */
export function encodingFor(count: u32, longest: u32): u32 {
  const isSmall = count <= load<u32>(ZSET_LISTPACK_ENTRIES) && longest <= load<u32>(ZSET_LISTPACK_VALUE);
  return isSmall && <u64> count * (longest + TEXT_BYTES) < LISTPACK_MAX_BYTES ? LISTPACK : SKIPLIST;
}

/** An empty value. @returns 0 when memory is out */
export function newValue(encoding: u32): usize {
  if (encoding == LISTPACK) return lpNew(LISTPACK_BYTES);
  const value = allocate(TABLE_BYTES + TREE_BYTES);
  if (!value) return 0;
  if (tableInit(tableOf(value), ITEM_MEMBER)) {
    if (treeInit(treeOf(value))) return value;
    tableDismantle(tableOf(value), 1, 0);
  }
  free(value);
  return 0;
}

/** An entry with an empty sorted set, in no database. @returns 0 when memory is out */
export function newZset(key: usize, keyLen: u32, encoding: u32): usize {
  const value = newValue(encoding);
  if (!value) return 0;
  const e = newEntry(TYPE_ZSET, encoding, key, keyLen, false, false, 4);
  if (!e) {
    freeWhole(encoding, value);
    return 0;
  }
  setAccess(e, freshAccess());
  setValuePtr(e, value);
  return e;
}

/** Room for the items of a bucket and its sibling: chains of many times their usual length. */
const BUCKET = memory.data(4096);

/** Frees up to `budget` members of a value. @returns whether it is gone */
export function freeStep(encoding: u32, value: usize, budget: u32): bool {
  if (encoding == LISTPACK) {
    lpFree(value);
    return true;
  }
  if (!treeFreeStep(treeOf(value), budget, true)) return false;
  // The items are gone, what the table still says of them is not looked at.
  for (let buckets = budget / 4 + 1; buckets; buckets--) {
    if (!tableDismantle(tableOf(value), 1, BUCKET)) continue;
    free(value);
    return true;
  }
  return false;
}

/** Frees a value at once. */
export function freeWhole(encoding: u32, value: usize): void {
  while (!freeStep(encoding, value, 0x10000)) continue;
}

/** Members of a value. */
export function lengthOf(encoding: u32, value: usize): u32 {
  return encoding == LISTPACK ? lpLength(value) >> 1 : tableCount(tableOf(value));
}
@inline export function lengthAt(e: usize): u32 {
  return lengthOf(entryEncoding(e), valuePtr(e));
}

// ---- reading --------------------------------------------------------------------------------------

/** The member under the cursor, as {@link readHere} has found it. */
export let member: usize = 0;
export let memberLen: u32 = 0;
export let memberScore: f64 = 0;

/** Makes something else the member last read. */
@inline export function setMember(ptr: usize, len: u32, score: f64): void {
  member = ptr;
  memberLen = len;
  memberScore = score;
}

/** The cursor: in a listpack the offset of a member; in a tree that of btree.ts. */
let cursorListpack: usize = 0;
let cursorAt: u32 = 0;

/** Puts the cursor on the member of a rank, which must be there. */
export function seekRank(e: usize, rank: u32): void {
  if (isTree(e)) {
    cursorListpack = 0;
    treeSeek(treeOf(valuePtr(e)), rank);
  } else {
    cursorListpack = valuePtr(e);
    cursorAt = lpSeek(cursorListpack, rank << 1);
  }
}

/** Puts the cursor on the first member of a value that has one. */
export function seekFirst(encoding: u32, value: usize): void {
  if (encoding == LISTPACK) {
    cursorListpack = value;
    cursorAt = lpFirst(value);
  } else {
    cursorListpack = 0;
    treeSeek(treeOf(value), 0);
  }
}

/** Moves the cursor. @returns false at the end */
@inline export function stepForward(): bool {
  if (!cursorListpack) return treeNext();
  cursorAt = lpNext(cursorListpack, lpNext(cursorListpack, cursorAt));
  return cursorAt != 0;
}

/** Moves the cursor back. @returns false at the start */
@inline export function stepBack(): bool {
  if (!cursorListpack) return treePrevious();
  cursorAt = lpPrev(cursorListpack, cursorAt);
  if (cursorAt) cursorAt = lpPrev(cursorListpack, cursorAt);
  return cursorAt != 0;
}

/** Sets member, memberLen and memberScore; the bytes stay until the value changes or the next call. */
@inline export function readHere(): void {
  if (cursorListpack) {
    readPair(cursorListpack, cursorAt);
    return;
  }
  const item = treeItem();
  setMember(itemMember(item), itemLen(item), itemScore(item));
}

function readPair(lp: usize, at: u32): void {
  memberScore = scoreOf(lp, lpNext(lp, at));
  readMember(lp, at);
}

function readMember(lp: usize, at: u32): void {
  lpGetString(lp, at, MEMBER_TEXT);
  member = lpPtr();
  memberLen = lpLen();
}

/** What names the member under the cursor of a listpack until the set changes; in a tree items are such names. */
@inline export function memberHandle(): u32 {
  return cursorAt;
}
/** Reads the member of a name as {@link readHere} does. */
@inline export function readHandle(e: usize, handle: u32): void {
  if (isTree(e)) setMember(itemMember(handle), itemLen(handle), itemScore(handle));
  else readPair(valuePtr(e), handle);
}

/** The score at an offset of a listpack. */
function scoreOf(lp: usize, at: u32): f64 {
  if (lpGet(lp, at)) return <f64> lpI64();
  readLoose(lpPtr(), lpLen());
  return parsedDouble();
}

let keptLeaf: usize = 0;
let keptSlot: u32 = 0;
let keptListpack: usize = 0;
let keptAt: u32 = 0;

/** Keeps the cursor, and the member last read, while another set is changed. */
export function keepCursor(): void {
  keptLeaf = treeLeaf();
  keptSlot = treeSlot();
  keptListpack = cursorListpack;
  keptAt = cursorAt;
}
/** Puts the cursor back to where {@link keepCursor} found it. */
export function returnCursor(): void {
  treeGo(keptLeaf, keptSlot);
  cursorListpack = keptListpack;
  cursorAt = keptAt;
}

/** Moves the cursor of a listpack to its first member, or with `last` to the last. @returns whether there is one */
export function seekEnd(lp: usize, last: bool): bool {
  cursorListpack = lp;
  cursorAt = last ? lpLast(lp) : lpFirst(lp);
  if (last && cursorAt) cursorAt = lpPrev(lp, cursorAt);
  return cursorAt != 0;
}

// ---- finding --------------------------------------------------------------------------------------

/** The member that {@link find} was asked for: its score, where it is, and its hash in a tree. */
export let foundScore: f64 = 0;
export let foundItem: usize = 0;
let foundAt: u32 = 0;
let soughtHash: u64 = 0;

/** Looks for a member. @returns whether it is there, with {@link foundScore} */
export function find(e: usize, ptr: usize, len: u32): bool {
  const value = valuePtr(e);
  if (!isTree(e)) {
    foundAt = lpFind(value, lpFirst(value), ptr, len, 1);
    if (foundAt) foundScore = scoreOf(value, lpNext(value, foundAt));
    return foundAt != 0;
  }
  soughtHash = hashMember(tableOf(value), ptr, len);
  foundItem = tableFind(tableOf(value), soughtHash, ptr, len);
  if (foundItem) foundScore = itemScore(foundItem);
  return foundItem != 0;
}

/** Rank of the member found. */
export function foundRank(e: usize): u32 {
  const value = valuePtr(e);
  if (isTree(e)) return treeRank(treeOf(value), foundItem);
  let rank: u32 = 0;
  for (let at = lpFirst(value); at != foundAt; at = lpNext(value, lpNext(value, at))) rank++;
  return rank;
}

// ---- changing -------------------------------------------------------------------------------------

/** Adds a member that {@link find} has just not found. @returns false when memory is out */
export function add(e: usize, score: f64, ptr: usize, len: u32): bool {
  if (!isTree(e)) {
    const lp = valuePtr(e);
    if (encodingFor((lpLength(lp) >> 1) + 1, len) == LISTPACK && lpSafeToAdd(lp, len)) {
      return listpackAdd(e, score, ptr, len);
    }
    if (!convert(e)) return false;
    soughtHash = hashBytes(ptr, len);
  }
  return insertItem(valuePtr(e), soughtHash, score, ptr, len);
}

/** Puts a new item into table and tree. @returns false when memory is out: nothing has changed */
function insertItem(value: usize, hash: u64, score: f64, ptr: usize, len: u32): bool {
  const item = itemNew(score, ptr, len);
  if (!item) return false;
  if (treeInsert(treeOf(value), score, item)) {
    if (tableInsert(tableOf(value), hash, item)) return true;
    treeRemove(treeOf(value), score, item);
  }
  free(item);
  return false;
}

/** Gives the member found, whose bytes these are, another score. @returns false when memory is out */
export function rescore(e: usize, score: f64, ptr: usize, len: u32): bool {
  const value = valuePtr(e);
  if (isTree(e)) return treeRescore(treeOf(value), foundItem, score);
  // In before out, so that running out of memory between the two loses nothing.
  const bytes = lpBytes(value);
  const old = foundAt;
  if (!listpackAdd(e, score, ptr, len)) return false;
  const lp = valuePtr(e);
  const at = addedAt <= old ? old + lpBytes(lp) - bytes : old;
  setValuePtr(e, lpDeleteRangeAt(lp, at, 2));
  return true;
}

/** Takes out the member found. */
export function removeFound(e: usize): void {
  const value = valuePtr(e);
  if (!isTree(e)) {
    setValuePtr(e, lpDeleteRangeAt(value, foundAt, 2));
    return;
  }
  tableRemove(tableOf(value), soughtHash, foundItem);
  treeRemove(treeOf(value), foundScore, foundItem);
  free(foundItem);
}

/** Where {@link insertPair} has put the member. */
let addedAt: u32 = 0;

/** Puts a member and its score into a listpack where they belong. @returns false when memory is out */
function listpackAdd(e: usize, score: f64, ptr: usize, len: u32): bool {
  const lp = valuePtr(e);
  const at = placeFor(lp, score, ptr, len);
  return insertPair(e, at ? at : lpBytes(lp) - 1, score, ptr, len);
}

/** The same where the place is known. */
function insertPair(e: usize, at: u32, score: f64, ptr: usize, len: u32): bool {
  const whole = <i64> score;
  // Integers as such, -0 among them: there it loses its sign.
  const integral = <f64> whole == score && abs(score) <= INTEGER_SCORE_MAX;
  const textLen = integral ? 0 : spellFully(score);
  const scoreBytes = integral ? lpIntBytes(whole) : lpEntryBytes(TEXT, textLen);
  // Room for both at once: a block of this size moves for nearly every entry.
  const lp = lpReserve(valuePtr(e), lpEntryBytes(ptr, len) + scoreBytes);
  if (!lp) return false;
  setValuePtr(e, lp);
  lpInsert(lp, at, LP_BEFORE, ptr, len);
  addedAt = lpPosition();
  if (integral) lpInsertInt(lp, addedAt, LP_AFTER, whole);
  else lpInsert(lp, addedAt, LP_AFTER, TEXT, textLen);
  return true;
}

/** The first member of a listpack that comes after this one; 0 where there is none. */
function placeFor(lp: usize, score: f64, ptr: usize, len: u32): u32 {
  for (let at = lpFirst(lp); at; ) {
    const scoreAt = lpNext(lp, at);
    const other = scoreOf(lp, scoreAt);
    if (other > score) return at;
    if (other == score) {
      readMember(lp, at);
      if (compareBytes(member, memberLen, ptr, len) > 0) return at;
    }
    at = lpNext(lp, scoreAt);
  }
  return 0;
}

/** Adds a member that is not there and comes behind all others. @returns false when memory is out */
export function append(e: usize, score: f64, ptr: usize, len: u32): bool {
  if (!isTree(e)) return insertPair(e, lpBytes(valuePtr(e)) - 1, score, ptr, len);
  return insertItem(valuePtr(e), hashBytes(ptr, len), score, ptr, len);
}

/** Gives a listpack's members to a table and a tree. @returns false when memory is out: nothing has changed */
export function convert(e: usize): bool {
  const lp = valuePtr(e);
  const value = newValue(SKIPLIST);
  if (!value) return false;
  for (let at = lpFirst(lp); at; at = lpNext(lp, lpNext(lp, at))) {
    readPair(lp, at);
    if (insertItem(value, hashBytes(member, memberLen), memberScore, member, memberLen)) continue;
    freeWhole(SKIPLIST, value);
    return false;
  }
  lpFree(lp);
  setEncoding(e, SKIPLIST);
  setValuePtr(e, value);
  return true;
}

/** A copy of a value of table and tree. @returns 0 when memory is out */
export function copyValue(source: usize): usize {
  const value = newValue(SKIPLIST);
  if (!value) return 0;
  treeSeek(treeOf(source), 0);
  for (let left = tableCount(tableOf(source)); left; left--) {
    const item = treeItem();
    treeNext();
    keepCursor();
    const ptr = itemMember(item);
    if (!insertItem(value, hashBytes(ptr, itemLen(item)), itemScore(item), ptr, itemLen(item))) {
      freeWhole(SKIPLIST, value);
      return 0;
    }
    returnCursor();
  }
  return value;
}

// ---- made without order ---------------------------------------------------------------------------

/** Adds a member that is not there to the table alone: {@link orderAll} must follow. @returns false when memory is out */
export function addUnordered(value: usize, hash: u64, score: f64, ptr: usize, len: u32): bool {
  const item = itemNew(score, ptr, len);
  if (!item) return false;
  if (tableInsert(tableOf(value), hash, item)) return true;
  free(item);
  return false;
}

/** Puts all that the table has into the empty tree. @returns false when memory is out */
export function orderAll(value: usize): bool {
  let cursor: u32 = 0;
  do {
    cursor = tableScan(tableOf(value), cursor, BUCKET);
    for (let at = BUCKET, end = scanEnd; at < end; at += 4) {
      const item: usize = load<u32>(at);
      if (!treeInsert(treeOf(value), itemScore(item), item)) return false;
    }
  } while (cursor);
  return true;
}

/** Frees a value whose tree does not have all items. */
export function freeUnordered(value: usize): void {
  while (!treeFreeStep(treeOf(value), 0x10000, false)) continue;
  let gone: bool;
  do {
    gone = tableDismantle(tableOf(value), 1, BUCKET);
    for (let at = BUCKET, end = scanEnd; at < end; at += 4) free(load<u32>(at));
  } while (!gone);
  free(value);
}
