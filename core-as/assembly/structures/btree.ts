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
 * in order. How the tree changes is in btree_change.ts.
 *
 * Why no skip list: its nodes are met one cache miss after the other. Both built over the same allocator,
 * a million members of 16 bytes with random scores, in ns (2-core machine under load; means of two runs):
 * insertion 1,460 (skip list with p = 1/4: 7,180), rank 3,240 (10,140), a walk over 100 members 9,650
 * (62,200); with all scores equal 3,850 (3,950), 4,310 (8,770), 6,800 (64,600). It takes 48.5 bytes a
 * member (42.7), the hash table's 10 not counted in either.
 *
 * Costs: every search, insertion, removal and rank O(log n), some 4 cache misses at a million items.
 * (R. Bayer and E. McCreight, "Organization and maintenance of large ordered indexes", 1972; counts per
 * child after Knuth, vol. 3, 6.2.3.)
 */
import { READ_TREE_LEAF, READ_TREE_SLOT } from "../base/layout";
import { allocate } from "../base/memory";
import { compareBytes } from "../base/bytes";

export const TREE_BYTES: u32 = 8;
/** Where an item's member is; its length lies before it. */
export const ITEM_MEMBER: u32 = 12;

export const LEAF_SLOTS: u32 = 36;
export const LEAF_ITEMS: u32 = 16 + LEAF_SLOTS * 8;
export const LEAF_BYTES: u32 = LEAF_ITEMS + LEAF_SLOTS * 4;
export const INNER_SLOTS: u32 = 50;
export const INNER_ITEMS: u32 = 16 + INNER_SLOTS * 8;
export const INNER_CHILDREN: u32 = INNER_ITEMS + INNER_SLOTS * 4;
export const INNER_SIZES: u32 = INNER_CHILDREN + INNER_SLOTS * 4;
export const INNER_BYTES: u32 = INNER_SIZES + INNER_SLOTS * 4;
export const SCORES: u32 = 16;

@inline export function treeRoot(t: usize): usize { return load<u32>(t); }
@inline export function treeLevels(t: usize): u32 { return load<u32>(t, 4); }
@inline export function nodeCount(node: usize): u32 { return load<u32>(node); }
@inline export function leafNext(leaf: usize): usize { return load<u32>(leaf, 4); }
@inline export function leafPrevious(leaf: usize): usize { return load<u32>(leaf, 8); }
@inline export function nodeScore(node: usize, slot: u32): usize { return node + SCORES + (slot << 3); }
@inline export function leafItem(leaf: usize, slot: u32): usize { return leaf + LEAF_ITEMS + (slot << 2); }
@inline export function innerItem(node: usize, slot: u32): usize { return node + INNER_ITEMS + (slot << 2); }
@inline export function innerChild(node: usize, slot: u32): usize { return node + INNER_CHILDREN + (slot << 2); }
@inline export function innerSize(node: usize, slot: u32): usize { return node + INNER_SIZES + (slot << 2); }

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
export const AT_MOST: u32 = 2;
/** Its member is below, or below or the same, whatever the scores. */
export const MEMBER_BELOW: u32 = 3;
export const MEMBER_AT_MOST: u32 = 4;

let keyKind: u32 = 0;
let keyScore: f64 = 0;
let keyMember: usize = 0;
let keyLen: u32 = 0;

@inline export function seekKey(kind: u32, score: f64, member: usize, len: u32): void {
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
  let end = count;
  if (load<f64>(scores + ((count - 1) << 3)) != keyScore) {
    let low = from + 1;
    while (low < end) {
      const middle = (low + end) >> 1;
      if (load<f64>(scores + (middle << 3)) == keyScore) low = middle + 1;
      else end = middle;
    }
  }
  if (keyKind == SCORE_AT_MOST) return end;
  return from + membersBelow(items + (from << 2), end - from, 1);
}

// ---- descending -----------------------------------------------------------------------------------

/** The way down that was taken last: per inner level, counted from the leaves, {node u32, slot u32}. */
const PATH = memory.data(16 * 8);
/** The leaf and the slot that the last search or step came to. */
@inline export function treeLeaf(): usize { return load<u32>(READ_TREE_LEAF); }
@inline export function treeSlot(): u32 { return load<u32>(READ_TREE_SLOT); }
@inline function setLeaf(leaf: usize): void { store<u32>(READ_TREE_LEAF, <u32> leaf); }
@inline function setSlot(slot: u32): void { store<u32>(READ_TREE_SLOT, slot); }
@inline function stepSlot(by: i32): u32 {
  const slot = treeSlot() + by;
  setSlot(slot);
  return slot;
}

@inline export function pathNode(level: u32): usize { return load<u32>(PATH + (level << 3)); }
@inline export function pathSlot(level: u32): u32 { return load<u32>(PATH + (level << 3), 4); }
@inline export function setPath(level: u32, node: usize, slot: u32): void {
  store<u32>(PATH + (level << 3), <u32> node);
  store<u32>(PATH + (level << 3), slot, 4);
}

/** Goes down to the place of the key: treeSlot is the first slot of treeLeaf that is not before it. */
export function treeDescend(t: usize): void {
  let node = treeRoot(t);
  for (let level = treeLevels(t); level; level--) {
    const slot = passed(nodeScore(node, 1), innerItem(node, 1), nodeCount(node) - 1);
    setPath(level, node, slot);
    node = load<u32>(innerChild(node, slot));
  }
  setLeaf(node);
  setSlot(passed(nodeScore(node, 0), leafItem(node, 0), nodeCount(node)));
}

/** Items before the place that the path leads to. */
function pathRank(t: usize): u32 {
  let rank = treeSlot();
  for (let level = treeLevels(t); level; level--) {
    const node = pathNode(level);
    for (let at = innerSize(node, 0), end = innerSize(node, pathSlot(level)); at < end; at += 4) {
      rank += load<u32>(at);
    }
  }
  return rank;
}

/** Goes to the item of a rank, which must be there: treeLeaf and treeSlot. */
export function treeSeek(t: usize, rank: u32): void {
  let node = treeRoot(t);
  for (let level = treeLevels(t); level; level--) {
    let slot: u32 = 0;
    for (let size = load<u32>(innerSize(node, 0)); rank >= size; size = load<u32>(innerSize(node, slot))) {
      rank -= size;
      slot++;
    }
    setPath(level, node, slot);
    node = load<u32>(innerChild(node, slot));
  }
  setLeaf(node);
  setSlot(rank);
}

/** The item at treeLeaf and treeSlot. */
@inline export function treeItem(): usize {
  return load<u32>(leafItem(treeLeaf(), treeSlot()));
}

/** The item `ahead` slots further in the same leaf. */
@inline export function treeItemAt(ahead: u32): usize {
  return load<u32>(leafItem(treeLeaf(), treeSlot() + ahead));
}

/** Items from treeSlot to the end of treeLeaf. */
@inline export function treeHere(): u32 {
  return nodeCount(treeLeaf()) - treeSlot();
}

/** Goes to the next item. @returns false at the end */
@inline export function treeNext(): bool {
  if (stepSlot(1) < nodeCount(treeLeaf())) return true;
  setLeaf(leafNext(treeLeaf()));
  setSlot(0);
  return treeLeaf() != 0;
}

/** Goes to the item before. @returns false at the start */
@inline export function treePrevious(): bool {
  if (treeSlot()) {
    stepSlot(-1);
    return true;
  }
  setLeaf(leafPrevious(treeLeaf()));
  if (!treeLeaf()) return false;
  setSlot(nodeCount(treeLeaf()) - 1);
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
  const here = back ? treeSlot() + 1 : nodeCount(treeLeaf()) - treeSlot();
  const count = min(here, most);
  let at = leafItem(treeLeaf(), back ? here - count : treeSlot());
  let sum: u32 = 0;
  for (const end = at + (count << 2); at < end; at += 4) sum += load<u32>(load<u32>(at), 8);
  store<u32>(sink, sum);
  return count;
}

/** Goes back to where treeLeaf and treeSlot have been. */
export function treeGo(leaf: usize, slot: u32): void {
  setLeaf(leaf);
  setSlot(slot);
}

/** Rank of an item that is in the tree. */
export function treeRank(t: usize, item: usize): u32 {
  seekKey(AT_MOST, itemScore(item), itemMember(item), itemLen(item));
  treeDescend(t);
  return pathRank(t) - 1;
}

/** Number of items with a score below, or at most, another one (SCORE_BELOW, SCORE_AT_MOST). */
export function treeScoresBefore(t: usize, kind: u32, score: f64): u32 {
  seekKey(kind, score, 0, 0);
  treeDescend(t);
  return pathRank(t);
}

/** Number of items with a member below, or at most, another one, where all scores are equal (MEMBER_*). */
export function treeMembersBefore(t: usize, kind: u32, ptr: usize, len: u32): u32 {
  seekKey(kind, 0, ptr, len);
  treeDescend(t);
  return pathRank(t);
}
