/**
 * The ordered half of a large sorted set: a B+-tree of (score, member) that counts, so that a rank is
 * found as fast as a place. OBJECT ENCODING calls it by the name that clients know, "skiplist".
 *
 * ```
 *  tree (8 bytes)                 item, one per member, shared with the hash table (keytable.ts)
 *    +0  u32 root                   +0  f64 score
 *    +4  u32 inner levels           +8  u32 length
 *                                   +12 member bytes
 *
 *  leaf (448 bytes)               inner node (1016 bytes)
 *    +0   u32 count                 +0   u32 count
 *    +4   u32 next leaf             +16  f64[50] scores  \ of the first item below each child;
 *    +8   u32 previous leaf         +416 u32[50] items   / those of child 0 are not kept right
 *    +16  f64[36] scores            +616 u32[50] children
 *    +304 u32[36] items             +816 u32[50] items below each child
 * ```
 *
 * Order: by score (-0 and 0 are one), then by the member's bytes. Scores are repeated in the nodes: a
 * search reads members only where scores are equal.
 *
 * Invariants: a separator (slots 1 and up of an inner node) is exactly the first item below its child,
 * so none can name a freed item; no leaf is empty but the only one of an empty tree; leaves are linked
 * in order. Leaves that are full give to a neighbour before they split, and small ones are joined, so
 * random inserts fill them to about four fifths; ascending and descending ones to the brim.
 *
 * A change that needs memory asks for one node at a time and leaves a correct tree behind if it gets
 * none; it begins anew after each.
 *
 * Costs: every search, insertion, removal and rank O(log n), some 4 cache misses at a million items.
 * (R. Bayer and E. McCreight, "Organization and maintenance of large ordered indexes", 1972; counts per
 * child after Knuth, vol. 3, 6.2.3.)
 */
import { allocate, free } from "./memory";
import { compareBytes } from "./bytes";

export const TREE_BYTES: u32 = 8;
/** Where an item's member is; its length lies before it. */
export const ITEM_MEMBER: u32 = 12;

const LEAF_SLOTS: u32 = 36;
const LEAF_ITEMS: u32 = 16 + LEAF_SLOTS * 8;
const LEAF_BYTES: u32 = LEAF_ITEMS + LEAF_SLOTS * 4;
const INNER_SLOTS: u32 = 50;
const INNER_ITEMS: u32 = 16 + INNER_SLOTS * 8;
const INNER_CHILDREN: u32 = INNER_ITEMS + INNER_SLOTS * 4;
const INNER_SIZES: u32 = INNER_CHILDREN + INNER_SLOTS * 4;
const INNER_BYTES: u32 = INNER_SIZES + INNER_SLOTS * 4;
const SCORES: u32 = 16;
/** Free slots that make a neighbour worth giving to: fewer would be full again at once. */
const SHED_ROOM: u32 = LEAF_SLOTS / 5;

@inline function root(t: usize): usize { return load<u32>(t); }
@inline function levels(t: usize): u32 { return load<u32>(t, 4); }
@inline function countOf(node: usize): u32 { return load<u32>(node); }
@inline function nextLeaf(leaf: usize): usize { return load<u32>(leaf, 4); }
@inline function previousLeaf(leaf: usize): usize { return load<u32>(leaf, 8); }
@inline function scoreAt(node: usize, slot: u32): usize { return node + SCORES + (slot << 3); }
@inline function leafItem(leaf: usize, slot: u32): usize { return leaf + LEAF_ITEMS + (slot << 2); }
@inline function innerItem(node: usize, slot: u32): usize { return node + INNER_ITEMS + (slot << 2); }
@inline function childAt(node: usize, slot: u32): usize { return node + INNER_CHILDREN + (slot << 2); }
@inline function sizeAt(node: usize, slot: u32): usize { return node + INNER_SIZES + (slot << 2); }

@inline export function itemScore(item: usize): f64 { return load<f64>(item); }
@inline export function setItemScore(item: usize, score: f64): void { store<f64>(item, score); }
@inline export function itemMember(item: usize): usize { return item + ITEM_MEMBER; }
@inline export function itemLen(item: usize): u32 { return load<u32>(item, 8); }

/** An item with a copy of the bytes. @returns 0 when memory is out */
export function itemNew(score: f64, ptr: usize, len: u32): usize {
  const item = allocate(ITEM_MEMBER + len);
  if (!item) return 0;
  store<f64>(item, score);
  store<u32>(item, len, 8);
  memory.copy(item + ITEM_MEMBER, ptr, len);
  return item;
}

// ---- the key that is looked for -------------------------------------------------------------------

// What an item must be to lie before the place looked for.
/** Its score is below. */
export const SCORE_BELOW: u32 = 0;
/** Its score is below or the same. */
export const SCORE_AT_MOST: u32 = 1;
/** It is, by score and member, below or the same. */
const AT_MOST: u32 = 2;
/** Its member is below, or below or the same, whatever the scores. */
export const MEMBER_BELOW: u32 = 3;
export const MEMBER_AT_MOST: u32 = 4;

let keyKind: u32 = 0;
let keyScore: f64 = 0;
let keyMember: usize = 0;
let keyLen: u32 = 0;

@inline function setKey(kind: u32, score: f64, member: usize, len: u32): void {
  keyKind = kind;
  keyScore = score;
  keyMember = member;
  keyLen = len;
}

/** How many of `count` ascending scores are below the key's; one step a bit, without branches. */
@inline function scoresBelow(scores: usize, count: u32): u32 {
  const key = keyScore;
  let at = scores;
  while (count > 1) {
    const half = count >> 1;
    at += select<usize>(half << 3, 0, load<f64>(at + (half << 3) - 8) < key);
    count -= half;
  }
  return <u32> ((at - scores) >> 3) + u32(count != 0 && load<f64>(at) < key);
}

/** How many of `count` ascending members are below the key's, or with `orSame` the same. */
function membersBelow(items: usize, count: u32, orSame: i32): u32 {
  let low: u32 = 0;
  while (low < count) {
    const middle = (low + count) >> 1;
    const item: usize = load<u32>(items + (middle << 2));
    if (compareBytes(itemMember(item), itemLen(item), keyMember, keyLen) < orSame) low = middle + 1;
    else count = middle;
  }
  return low;
}

/** How many of a node's slots lie before the place looked for. */
@inline function passed(scores: usize, items: usize, count: u32): u32 {
  if (keyKind >= MEMBER_BELOW) return membersBelow(items, count, i32(keyKind == MEMBER_AT_MOST));
  const below = scoresBelow(scores, count);
  if (keyKind == SCORE_BELOW || below == count || load<f64>(scores + (below << 3)) != keyScore) return below;
  return passedSame(scores, items, below, count);
}

/** The same from the first slot on that has the key's own score. */
function passedSame(scores: usize, items: usize, from: u32, count: u32): u32 {
  let end = from + 1;
  while (end < count && load<f64>(scores + (end << 3)) == keyScore) end++;
  if (keyKind == SCORE_AT_MOST) return end;
  return from + membersBelow(items + (from << 2), end - from, 1);
}

// ---- descending -----------------------------------------------------------------------------------

/** The way down that was taken last: per inner level, counted from the leaves, {node u32, slot u32}. */
const PATH = memory.data(16 * 8);
/** The leaf and the slot that the last search or step came to. */
export let treeLeaf: usize = 0;
export let treeSlot: u32 = 0;

@inline function pathNode(level: u32): usize { return load<u32>(PATH + (level << 3)); }
@inline function pathSlot(level: u32): u32 { return load<u32>(PATH + (level << 3), 4); }
@inline function setPath(level: u32, node: usize, slot: u32): void {
  store<u32>(PATH + (level << 3), <u32> node);
  store<u32>(PATH + (level << 3), slot, 4);
}

/** Goes down to the place of the key: treeSlot is the first slot of treeLeaf that is not before it. */
function descend(t: usize): void {
  let node = root(t);
  for (let level = levels(t); level; level--) {
    const slot = passed(scoreAt(node, 1), innerItem(node, 1), countOf(node) - 1);
    setPath(level, node, slot);
    node = load<u32>(childAt(node, slot));
  }
  treeLeaf = node;
  treeSlot = passed(scoreAt(node, 0), leafItem(node, 0), countOf(node));
}

/** Items before the place that the path leads to. */
function pathRank(t: usize): u32 {
  let rank = treeSlot;
  for (let level = levels(t); level; level--) {
    const node = pathNode(level);
    for (let at = sizeAt(node, 0), end = sizeAt(node, pathSlot(level)); at < end; at += 4) {
      rank += load<u32>(at);
    }
  }
  return rank;
}

/** Goes to the item of a rank, which must be there: treeLeaf and treeSlot. */
export function treeSeek(t: usize, rank: u32): void {
  let node = root(t);
  for (let level = levels(t); level; level--) {
    let slot: u32 = 0;
    for (let size = load<u32>(sizeAt(node, 0)); rank >= size; size = load<u32>(sizeAt(node, slot))) {
      rank -= size;
      slot++;
    }
    setPath(level, node, slot);
    node = load<u32>(childAt(node, slot));
  }
  treeLeaf = node;
  treeSlot = rank;
}

/** The item at treeLeaf and treeSlot. */
@inline export function treeItem(): usize {
  return load<u32>(leafItem(treeLeaf, treeSlot));
}

/** The item `ahead` slots further in the same leaf. */
@inline export function treeItemAt(ahead: u32): usize {
  return load<u32>(leafItem(treeLeaf, treeSlot + ahead));
}

/** Goes to the next item. @returns false at the end */
@inline export function treeNext(): bool {
  if (++treeSlot < countOf(treeLeaf)) return true;
  treeLeaf = nextLeaf(treeLeaf);
  treeSlot = 0;
  return treeLeaf != 0;
}

/** Goes to the item before. @returns false at the start */
@inline export function treePrevious(): bool {
  if (treeSlot) {
    treeSlot--;
    return true;
  }
  treeLeaf = previousLeaf(treeLeaf);
  if (!treeLeaf) return false;
  treeSlot = countOf(treeLeaf) - 1;
  return true;
}

/**
 * Reads a word of each of the next items of the leaf, `most` at most, so that their cache misses overlap.
 *
 * @param back whether the next ones are those before
 * @param sink where the sum goes, lest the loads be dropped
 * @returns how many there are in the leaf, 1 at least
 */
export function treeTouch(most: u32, back: bool, sink: usize): u32 {
  const here = back ? treeSlot + 1 : countOf(treeLeaf) - treeSlot;
  const count = min(here, most);
  let at = leafItem(treeLeaf, back ? here - count : treeSlot);
  let sum: u32 = 0;
  for (const end = at + (count << 2); at < end; at += 4) sum += load<u32>(load<u32>(at), 8);
  store<u32>(sink, sum);
  return count;
}

/** Goes back to where treeLeaf and treeSlot have been. */
export function treeGo(leaf: usize, slot: u32): void {
  treeLeaf = leaf;
  treeSlot = slot;
}

/** Rank of an item that is in the tree. */
export function treeRank(t: usize, item: usize): u32 {
  setKey(AT_MOST, itemScore(item), itemMember(item), itemLen(item));
  descend(t);
  return pathRank(t) - 1;
}

/** Number of items with a score below, or at most, another one (SCORE_BELOW, SCORE_AT_MOST). */
export function treeScoresBefore(t: usize, kind: u32, score: f64): u32 {
  setKey(kind, score, 0, 0);
  descend(t);
  return pathRank(t);
}

/** Number of items with a member below, or at most, another one, where all scores are equal (MEMBER_*). */
export function treeMembersBefore(t: usize, kind: u32, ptr: usize, len: u32): u32 {
  setKey(kind, 0, ptr, len);
  descend(t);
  return pathRank(t);
}

// ---- growing --------------------------------------------------------------------------------------

/** Makes `t` an empty tree. @returns false when memory is out */
export function treeInit(t: usize): bool {
  const leaf = allocate(LEAF_BYTES);
  if (!leaf) return false;
  memory.fill(leaf, 0, SCORES);
  store<u32>(t, <u32> leaf);
  store<u32>(t, 0, 4);
  return true;
}

function addSizes(t: usize, added: i32): void {
  for (let level = levels(t); level; level--) {
    const cell = sizeAt(pathNode(level), pathSlot(level));
    store<u32>(cell, load<u32>(cell) + added);
  }
}

/** Puts an item into the tree, in which it must not be with this score. @returns false when memory is out */
export function treeInsert(t: usize, score: f64, item: usize): bool {
  setKey(AT_MOST, score, itemMember(item), itemLen(item));
  descend(t);
  while (countOf(treeLeaf) == LEAF_SLOTS) {
    if (!makeRoom(t)) return false;
    descend(t);
  }
  const moved = countOf(treeLeaf) - treeSlot;
  const scoreCell = scoreAt(treeLeaf, treeSlot);
  const itemCell = leafItem(treeLeaf, treeSlot);
  if (moved) {
    memory.copy(scoreCell + 8, scoreCell, moved << 3);
    memory.copy(itemCell + 4, itemCell, moved << 2);
  }
  store<f64>(scoreCell, score);
  store<u32>(itemCell, <u32> item);
  store<u32>(treeLeaf, countOf(treeLeaf) + 1);
  addSizes(t, 1);
  return true;
}

/** One step towards room in the full leaf at the path's end. @returns false when memory is out */
function makeRoom(t: usize): bool {
  const height = levels(t);
  if (height && shed()) return true;
  // What is split is the highest full node whose parent has room for one child more.
  let level: u32 = 0;
  while (level < height && countOf(pathNode(level + 1)) == INNER_SLOTS) level++;
  if (level == height) return addRoot(t);
  return level ? splitInner(level) : splitLeaf();
}

/** A root above the one there is, with that as its only child. */
function addRoot(t: usize): bool {
  const node = allocate(INNER_BYTES);
  if (!node) return false;
  const below = root(t);
  store<u32>(node, 1);
  store<u32>(childAt(node, 0), <u32> below);
  store<u32>(sizeAt(node, 0), levels(t) ? innerSize(below) : countOf(below));
  store<u32>(t, <u32> node);
  store<u32>(t, levels(t) + 1, 4);
  return true;
}

/** Items below an inner node. */
function innerSize(node: usize): u32 {
  let size: u32 = 0;
  for (let slot: u32 = 0; slot < countOf(node); slot++) size += load<u32>(sizeAt(node, slot));
  return size;
}

/** Moves items from the leaf at the path's end to a neighbour of the same parent. @returns whether one had room */
function shed(): bool {
  const parent = pathNode(1);
  const slot = pathSlot(1);
  if (slot) {
    const left: usize = load<u32>(childAt(parent, slot - 1));
    const room = LEAF_SLOTS - countOf(left);
    if (room >= SHED_ROOM) {
      shiftLeft(parent, slot, left, treeLeaf, (room + 1) >> 1);
      return true;
    }
  }
  if (slot + 1 < countOf(parent)) {
    const right: usize = load<u32>(childAt(parent, slot + 1));
    const room = LEAF_SLOTS - countOf(right);
    if (room >= SHED_ROOM) {
      shiftRight(parent, slot + 1, treeLeaf, right, (room + 1) >> 1);
      return true;
    }
  }
  return false;
}

/** Copies `count` slots from one leaf to another, or within one. */
@inline function copySlots(to: usize, toSlot: u32, from: usize, fromSlot: u32, count: u32): void {
  memory.copy(scoreAt(to, toSlot), scoreAt(from, fromSlot), count << 3);
  memory.copy(leafItem(to, toSlot), leafItem(from, fromSlot), count << 2);
}

/** Moves the first `count` items of `right`, child `slot` of `parent`, to the end of its neighbour. */
function shiftLeft(parent: usize, slot: u32, left: usize, right: usize, count: u32): void {
  copySlots(left, countOf(left), right, 0, count);
  copySlots(right, 0, right, count, countOf(right) - count);
  resize(parent, slot, left, right, count);
}

/** Moves the last `count` items of `left` to the front of `right`, child `slot` of `parent`. */
function shiftRight(parent: usize, slot: u32, left: usize, right: usize, count: u32): void {
  copySlots(right, count, right, 0, countOf(right));
  copySlots(right, 0, left, countOf(left) - count, count);
  resize(parent, slot, left, right, -count);
}

/** Makes counts and the separator right after `moved` items went from `right` to `left`. */
function resize(parent: usize, slot: u32, left: usize, right: usize, moved: u32): void {
  store<u32>(left, countOf(left) + moved);
  store<u32>(right, countOf(right) - moved);
  store<u32>(sizeAt(parent, slot - 1), countOf(left));
  store<u32>(sizeAt(parent, slot), countOf(right));
  setSeparator(parent, slot, load<f64>(scoreAt(right, 0)), load<u32>(leafItem(right, 0)));
}

@inline function setSeparator(node: usize, slot: u32, score: f64, item: usize): void {
  store<f64>(scoreAt(node, slot), score);
  store<u32>(innerItem(node, slot), <u32> item);
}

function splitLeaf(): bool {
  const leaf = treeLeaf;
  const right = allocate(LEAF_BYTES);
  if (!right) return false;
  const next = nextLeaf(leaf);
  // Where items come in order, the full leaf stays full.
  let kept = LEAF_SLOTS >> 1;
  if (treeSlot == LEAF_SLOTS && !next) kept = LEAF_SLOTS - 1;
  else if (!treeSlot && !previousLeaf(leaf)) kept = 1;
  const moved = LEAF_SLOTS - kept;
  copySlots(right, 0, leaf, kept, moved);
  store<u32>(right, moved);
  store<u32>(leaf, kept);
  store<u32>(right, <u32> next, 4);
  store<u32>(right, <u32> leaf, 8);
  store<u32>(leaf, <u32> right, 4);
  if (next) store<u32>(next, <u32> right, 8);
  addChild(1, load<f64>(scoreAt(right, 0)), load<u32>(leafItem(right, 0)), right, moved);
  return true;
}

/** Splits the full inner node at a level of the path in two halves. */
function splitInner(level: u32): bool {
  const node = pathNode(level);
  const right = allocate(INNER_BYTES);
  if (!right) return false;
  const kept = INNER_SLOTS >> 1;
  const moved = INNER_SLOTS - kept;
  copyChildren(right, 0, node, kept, moved);
  store<u32>(right, moved);
  store<u32>(node, kept);
  const size = innerSize(right);
  addChild(level + 1, load<f64>(scoreAt(right, 0)), load<u32>(innerItem(right, 0)), right, size);
  return true;
}

/** Copies `count` slots from one inner node to another, or within one. */
function copyChildren(to: usize, toSlot: u32, from: usize, fromSlot: u32, count: u32): void {
  memory.copy(scoreAt(to, toSlot), scoreAt(from, fromSlot), count << 3);
  memory.copy(innerItem(to, toSlot), innerItem(from, fromSlot), count << 2);
  memory.copy(childAt(to, toSlot), childAt(from, fromSlot), count << 2);
  memory.copy(sizeAt(to, toSlot), sizeAt(from, fromSlot), count << 2);
}

/** Adds a child behind that of the path; `size` of that one's items are now below the new one. */
function addChild(level: u32, score: f64, item: usize, child: usize, size: u32): void {
  const node = pathNode(level);
  const slot = pathSlot(level) + 1;
  const cell = sizeAt(node, slot - 1);
  store<u32>(cell, load<u32>(cell) - size);
  copyChildren(node, slot + 1, node, slot, countOf(node) - slot);
  setSeparator(node, slot, score, item);
  store<u32>(childAt(node, slot), <u32> child);
  store<u32>(sizeAt(node, slot), size);
  store<u32>(node, countOf(node) + 1);
}

// ---- shrinking ------------------------------------------------------------------------------------

/** Takes an item out; it is the caller's to free. */
export function treeRemove(t: usize, score: f64, item: usize): void {
  setKey(AT_MOST, score, itemMember(item), itemLen(item));
  descend(t);
  treeSlot--;
  assert(treeItem() == item, "removal of an item that is not in the tree");
  treeRemoveHere(t, 1);
}

/** Items from treeSlot to the end of treeLeaf. */
@inline export function treeHere(): u32 {
  return countOf(treeLeaf) - treeSlot;
}

/** Takes out `count` items from treeSlot on, where a descent has just led; all lie in treeLeaf. */
export function treeRemoveHere(t: usize, count: u32): void {
  const leaf = treeLeaf;
  const left = countOf(leaf) - count;
  copySlots(leaf, treeSlot, leaf, treeSlot + count, left - treeSlot);
  store<u32>(leaf, left);
  addSizes(t, -count);
  if (!levels(t)) return;
  if (!left) {
    const next = nextLeaf(leaf);
    const previous = previousLeaf(leaf);
    // The last leaf of all stays: an empty tree needs no memory to be filled again.
    if (!(next | previous)) return;
    if (next) store<u32>(next, <u32> previous, 8);
    if (previous) store<u32>(previous, <u32> next, 4);
    free(leaf);
    removeChild(t, 1);
    return;
  }
  if (!treeSlot) newFirst(t, 1, load<f64>(scoreAt(leaf, 0)), load<u32>(leafItem(leaf, 0)));
  if (left < LEAF_SLOTS / 4) joinLeaf(t);
}

/** The first item below the path's child at a level has changed: the separator that names it must. */
function newFirst(t: usize, level: u32, score: f64, item: usize): void {
  for (; level <= levels(t); level++) {
    const slot = pathSlot(level);
    if (!slot) continue;
    setSeparator(pathNode(level), slot, score, item);
    return;
  }
}

/** Takes the path's child, which is freed already, out of the node at a level. */
function removeChild(t: usize, level: u32): void {
  const node = pathNode(level);
  const slot = pathSlot(level);
  const left = countOf(node) - 1;
  copyChildren(node, slot, node, slot + 1, left - slot);
  store<u32>(node, left);
  if (level == levels(t)) {
    dropRoots(t);
    return;
  }
  if (!left) {
    free(node);
    removeChild(t, level + 1);
    return;
  }
  if (!slot) newFirst(t, level + 1, load<f64>(scoreAt(node, 0)), load<u32>(innerItem(node, 0)));
  if (left < INNER_SLOTS / 4) joinInner(t, level);
}

function dropRoots(t: usize): void {
  while (levels(t) && countOf(root(t)) == 1) {
    const old = root(t);
    store<u32>(t, load<u32>(childAt(old, 0)));
    store<u32>(t, levels(t) - 1, 4);
    free(old);
  }
}

/** Joins the path's leaf with a neighbour of the same parent, where both fit well into one. */
function joinLeaf(t: usize): void {
  const slot = rightOfPair(1, LEAF_SLOTS / 4 * 3);
  if (!slot) return;
  const parent = pathNode(1);
  const left: usize = load<u32>(childAt(parent, slot - 1));
  const right: usize = load<u32>(childAt(parent, slot));
  copySlots(left, countOf(left), right, 0, countOf(right));
  store<u32>(left, countOf(left) + countOf(right));
  const next = nextLeaf(right);
  store<u32>(left, <u32> next, 4);
  if (next) store<u32>(next, <u32> left, 8);
  dropRight(t, 1, slot);
}

/** The same for the inner node at a level of the path. */
function joinInner(t: usize, level: u32): void {
  const slot = rightOfPair(level + 1, INNER_SLOTS / 4 * 3);
  if (!slot) return;
  const parent = pathNode(level + 1);
  const left: usize = load<u32>(childAt(parent, slot - 1));
  const right: usize = load<u32>(childAt(parent, slot));
  // A node does not keep what is first below it: its parent knows.
  setSeparator(right, 0, load<f64>(scoreAt(parent, slot)), load<u32>(innerItem(parent, slot)));
  copyChildren(left, countOf(left), right, 0, countOf(right));
  store<u32>(left, countOf(left) + countOf(right));
  dropRight(t, level + 1, slot);
}

/** Which slot is the right one of the path's child and a neighbour that together have `most` slots; 0: none. */
function rightOfPair(level: u32, most: u32): u32 {
  const parent = pathNode(level);
  const slot = pathSlot(level);
  const count = countOf(load<u32>(childAt(parent, slot)));
  if (slot + 1 < countOf(parent) && count + countOf(load<u32>(childAt(parent, slot + 1))) <= most) return slot + 1;
  if (slot && count + countOf(load<u32>(childAt(parent, slot - 1))) <= most) return slot;
  return 0;
}

/** Frees child `slot`, whose content its left neighbour has taken over. */
function dropRight(t: usize, level: u32, slot: u32): void {
  const parent = pathNode(level);
  const left = sizeAt(parent, slot - 1);
  store<u32>(left, load<u32>(left) + load<u32>(sizeAt(parent, slot)));
  free(load<u32>(childAt(parent, slot)));
  setPath(level, parent, slot);
  removeChild(t, level);
}

// ---- the whole ------------------------------------------------------------------------------------

/** Moves an item to another score, which its own field then has. @returns false when memory is out: all is as before */
export function treeRescore(t: usize, item: usize, score: f64): bool {
  const old = itemScore(item);
  setKey(AT_MOST, old, itemMember(item), itemLen(item));
  descend(t);
  const slot = treeSlot - 1;
  const cell = scoreAt(treeLeaf, slot);
  if (slot && slot + 1 < countOf(treeLeaf) && load<f64>(cell - 8) < score && score < load<f64>(cell + 8)) {
    store<f64>(cell, score);
    store<f64>(item, score);
    return true;
  }
  // In with the new before out with the old, which cannot fail: nodes go by their own scores.
  if (!treeInsert(t, score, item)) return false;
  treeRemove(t, old, item);
  store<f64>(item, score);
  return true;
}

/**
 * Frees about `budget` items' nodes from the end, and `withItems` those too; nothing else may be done with
 * the tree once this has begun.
 *
 * @returns whether all are gone
 */
export function treeFreeStep(t: usize, budget: u32, withItems: bool): bool {
  while (root(t)) {
    let node = root(t);
    for (let level = levels(t); level; level--) {
      setPath(level, node, 0);
      node = load<u32>(childAt(node, countOf(node) - 1));
    }
    const count = countOf(node);
    for (let slot: u32 = 0; withItems && slot < count; slot++) free(load<u32>(leafItem(node, slot)));
    free(node);
    let level: u32 = 1;
    for (; level <= levels(t); level++) {
      const parent = pathNode(level);
      const left = countOf(parent) - 1;
      store<u32>(parent, left);
      if (left) break;
      free(parent);
    }
    if (level > levels(t)) store<u32>(t, 0);
    if (count >= budget) break;
    budget -= count;
  }
  return !root(t);
}

/** Bytes of the nodes, taken as full as they usually are, for `count` items. */
export function treeBytes(count: u32): u32 {
  const leaves = count / (LEAF_SLOTS * 4 / 5) + 1;
  return leaves * LEAF_BYTES + leaves / (INNER_SLOTS * 3 / 4) * INNER_BYTES;
}
