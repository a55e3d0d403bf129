/**
 * How a tree of btree.ts grows and shrinks.
 *
 * Leaves that are full give to a neighbour before they split, and small ones are joined, so random
 * inserts fill them to about four fifths; ascending and descending ones to the brim.
 *
 * An insertion that needs memory asks for one node at a time, leaves a correct tree behind if it gets
 * none, and begins anew after each. A removal needs none.
 */
import { ASSERTS } from "../base/asserts";
import { allocate, free } from "../base/memory";
import {
  AT_MOST, INNER_BYTES, INNER_SLOTS, innerChild, innerItem, innerSize, itemLen, itemMember, itemScore, LEAF_BYTES,
  LEAF_SLOTS, leafItem, leafNext, leafPrevious, nodeCount, nodeScore, pathNode, pathSlot, SCORES, seekKey,
  setItemScore, setPath, treeDescend, treeItem, treeLeaf, treeLevels, treePrevious, treeRoot, treeSlot,
} from "./btree";

/** Free slots that make a neighbour worth giving to: fewer would be full again at once. */
const SHED_ROOM: u32 = LEAF_SLOTS / 5;

/** Levels of what is no tree but a chain of leaves. */
const CHAIN: u32 = u32.MAX_VALUE;

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
  for (let level = treeLevels(t); level; level--) {
    const cell = innerSize(pathNode(level), pathSlot(level));
    store<u32>(cell, load<u32>(cell) + added);
  }
}

/** Puts an item into the tree, in which it must not be with this score. @returns false when memory is out */
export function treeInsert(t: usize, score: f64, item: usize): bool {
  seekKey(AT_MOST, score, itemMember(item), itemLen(item));
  treeDescend(t);
  while (nodeCount(treeLeaf()) == LEAF_SLOTS) {
    if (!makeRoom(t)) return false;
    treeDescend(t);
  }
  const moved = nodeCount(treeLeaf()) - treeSlot();
  const scoreCell = nodeScore(treeLeaf(), treeSlot());
  const itemCell = leafItem(treeLeaf(), treeSlot());
  if (moved) {
    memory.copy(scoreCell + 8, scoreCell, moved << 3);
    memory.copy(itemCell + 4, itemCell, moved << 2);
  }
  store<f64>(scoreCell, score);
  store<u32>(itemCell, <u32> item);
  store<u32>(treeLeaf(), nodeCount(treeLeaf()) + 1);
  if (ASSERTS) {
    assert(!treeSlot() || load<f64>(scoreCell - 8) <= score, "an item put in before a lower one");
    assert(!moved || score <= load<f64>(scoreCell + 8), "an item put in behind a higher one");
  }
  addSizes(t, 1);
  return true;
}

/** One step towards room in the full leaf at the path's end. @returns false when memory is out */
function makeRoom(t: usize): bool {
  const height = treeLevels(t);
  if (height && shed()) return true;
  // What is split is the highest full node whose parent has room for one child more.
  let level: u32 = 0;
  while (level < height && nodeCount(pathNode(level + 1)) == INNER_SLOTS) level++;
  if (level == height) return addRoot(t);
  return level ? splitInner(level) : splitLeaf();
}

/** A root above the one there is, with that as its only child. */
function addRoot(t: usize): bool {
  const node = allocate(INNER_BYTES);
  if (!node) return false;
  const below = treeRoot(t);
  store<u32>(node, 1);
  store<u32>(innerChild(node, 0), <u32> below);
  store<u32>(innerSize(node, 0), treeLevels(t) ? sizeBelow(below) : nodeCount(below));
  store<u32>(t, <u32> node);
  store<u32>(t, treeLevels(t) + 1, 4);
  return true;
}

/** Items below an inner node. */
function sizeBelow(node: usize): u32 {
  let size: u32 = 0;
  for (let slot: u32 = 0; slot < nodeCount(node); slot++) size += load<u32>(innerSize(node, slot));
  return size;
}

/** Moves items from the leaf at the path's end to a neighbour of the same parent. @returns whether one had room */
function shed(): bool {
  const parent = pathNode(1);
  const slot = pathSlot(1);
  if (slot) {
    const left: usize = load<u32>(innerChild(parent, slot - 1));
    const room = LEAF_SLOTS - nodeCount(left);
    if (room >= SHED_ROOM) {
      shiftLeft(parent, slot, left, treeLeaf(), (room + 1) >> 1);
      return true;
    }
  }
  if (slot + 1 < nodeCount(parent)) {
    const right: usize = load<u32>(innerChild(parent, slot + 1));
    const room = LEAF_SLOTS - nodeCount(right);
    if (room >= SHED_ROOM) {
      shiftRight(parent, slot + 1, treeLeaf(), right, (room + 1) >> 1);
      return true;
    }
  }
  return false;
}

/** Copies `count` slots from one leaf to another, or within one. */
@inline function copySlots(to: usize, toSlot: u32, from: usize, fromSlot: u32, count: u32): void {
  memory.copy(nodeScore(to, toSlot), nodeScore(from, fromSlot), count << 3);
  memory.copy(leafItem(to, toSlot), leafItem(from, fromSlot), count << 2);
}

/** Moves the first `count` items of `right`, child `slot` of `parent`, to the end of its neighbour. */
function shiftLeft(parent: usize, slot: u32, left: usize, right: usize, count: u32): void {
  copySlots(left, nodeCount(left), right, 0, count);
  copySlots(right, 0, right, count, nodeCount(right) - count);
  resize(parent, slot, left, right, count);
}

/** Moves the last `count` items of `left` to the front of `right`, child `slot` of `parent`. */
function shiftRight(parent: usize, slot: u32, left: usize, right: usize, count: u32): void {
  copySlots(right, count, right, 0, nodeCount(right));
  copySlots(right, 0, left, nodeCount(left) - count, count);
  resize(parent, slot, left, right, -count);
}

/** Makes counts and the separator right after `moved` items went from `right` to `left`. */
function resize(parent: usize, slot: u32, left: usize, right: usize, moved: u32): void {
  store<u32>(left, nodeCount(left) + moved);
  store<u32>(right, nodeCount(right) - moved);
  store<u32>(innerSize(parent, slot - 1), nodeCount(left));
  store<u32>(innerSize(parent, slot), nodeCount(right));
  setSeparator(parent, slot, load<f64>(nodeScore(right, 0)), load<u32>(leafItem(right, 0)));
}

@inline function setSeparator(node: usize, slot: u32, score: f64, item: usize): void {
  store<f64>(nodeScore(node, slot), score);
  store<u32>(innerItem(node, slot), <u32> item);
}

function splitLeaf(): bool {
  const leaf = treeLeaf();
  const right = allocate(LEAF_BYTES);
  if (!right) return false;
  const next = leafNext(leaf);
  // Where items come in order, the full leaf stays full.
  let kept = LEAF_SLOTS >> 1;
  if (treeSlot() == LEAF_SLOTS && !next) kept = LEAF_SLOTS - 1;
  else if (!treeSlot() && !leafPrevious(leaf)) kept = 1;
  const moved = LEAF_SLOTS - kept;
  copySlots(right, 0, leaf, kept, moved);
  store<u32>(right, moved);
  store<u32>(leaf, kept);
  store<u32>(right, <u32> next, 4);
  store<u32>(right, <u32> leaf, 8);
  store<u32>(leaf, <u32> right, 4);
  if (next) store<u32>(next, <u32> right, 8);
  addChild(1, load<f64>(nodeScore(right, 0)), load<u32>(leafItem(right, 0)), right, moved);
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
  const size = sizeBelow(right);
  addChild(level + 1, load<f64>(nodeScore(right, 0)), load<u32>(innerItem(right, 0)), right, size);
  return true;
}

/** Copies `count` slots from one inner node to another, or within one. */
function copyChildren(to: usize, toSlot: u32, from: usize, fromSlot: u32, count: u32): void {
  memory.copy(nodeScore(to, toSlot), nodeScore(from, fromSlot), count << 3);
  memory.copy(innerItem(to, toSlot), innerItem(from, fromSlot), count << 2);
  memory.copy(innerChild(to, toSlot), innerChild(from, fromSlot), count << 2);
  memory.copy(innerSize(to, toSlot), innerSize(from, fromSlot), count << 2);
}

/** Adds a child behind that of the path; `size` of that one's items are now below the new one. */
function addChild(level: u32, score: f64, item: usize, child: usize, size: u32): void {
  const node = pathNode(level);
  const slot = pathSlot(level) + 1;
  const cell = innerSize(node, slot - 1);
  store<u32>(cell, load<u32>(cell) - size);
  copyChildren(node, slot + 1, node, slot, nodeCount(node) - slot);
  setSeparator(node, slot, score, item);
  store<u32>(innerChild(node, slot), <u32> child);
  store<u32>(innerSize(node, slot), size);
  store<u32>(node, nodeCount(node) + 1);
}

// ---- shrinking ------------------------------------------------------------------------------------

/** Takes an item out; it is the caller's to free. */
export function treeRemove(t: usize, score: f64, item: usize): void {
  seekKey(AT_MOST, score, itemMember(item), itemLen(item));
  treeDescend(t);
  treePrevious();
  assert(treeItem() == item, "removal of an item that is not in the tree");
  treeRemoveHere(t, 1);
}

/** Takes out `count` items from treeSlot on, where a descent has just led; all lie in treeLeaf. */
export function treeRemoveHere(t: usize, count: u32): void {
  const leaf = treeLeaf();
  if (ASSERTS) assert(count && treeSlot() + count <= nodeCount(leaf), "removal of more items than the leaf has");
  const left = nodeCount(leaf) - count;
  copySlots(leaf, treeSlot(), leaf, treeSlot() + count, left - treeSlot());
  store<u32>(leaf, left);
  addSizes(t, -count);
  if (!treeLevels(t)) return;
  if (!left) {
    // The last leaf of all stays: an empty tree needs no memory to be filled again.
    if (leafNext(leaf) | leafPrevious(leaf)) {
      dropLeaf(t);
      free(leaf);
    }
    return;
  }
  if (!treeSlot()) newFirst(t, 1, load<f64>(nodeScore(leaf, 0)), load<u32>(leafItem(leaf, 0)));
  if (left < LEAF_SLOTS / 4) joinLeaf(t);
}

/** Takes the path's leaf out, which is not the only one and whose items are no longer counted. */
function dropLeaf(t: usize): void {
  const next = leafNext(treeLeaf());
  const previous = leafPrevious(treeLeaf());
  if (next) store<u32>(next, <u32> previous, 8);
  if (previous) store<u32>(previous, <u32> next, 4);
  removeChild(t, 1);
}

/**
 * Takes the whole leaf to which a descent has just led, which is not the only one, out of the tree and puts it
 * before a chain of such leaves.
 *
 * @returns the chain, which is {@link treeOfChain}'s to take
 */
export function treeTakeLeaf(t: usize, chain: usize): usize {
  const leaf = treeLeaf();
  addSizes(t, -nodeCount(leaf));
  dropLeaf(t);
  store<u32>(leaf, <u32> chain, 4);
  return leaf;
}

/** Makes `t` of a chain of leaves: nothing can be done with it but {@link treeFreeStep}. */
export function treeOfChain(t: usize, chain: usize): void {
  store<u32>(t, <u32> chain);
  store<u32>(t, CHAIN, 4);
}

/** The first item below the path's child at a level has changed: the separator that names it must. */
function newFirst(t: usize, level: u32, score: f64, item: usize): void {
  for (; level <= treeLevels(t); level++) {
    const slot = pathSlot(level);
    if (!slot) continue;
    setSeparator(pathNode(level), slot, score, item);
    return;
  }
}

/** Takes the path's child, which is gone already, out of the node at a level. */
function removeChild(t: usize, level: u32): void {
  const node = pathNode(level);
  const slot = pathSlot(level);
  const left = nodeCount(node) - 1;
  copyChildren(node, slot, node, slot + 1, left - slot);
  store<u32>(node, left);
  if (level == treeLevels(t)) {
    dropRoots(t);
    return;
  }
  if (!left) {
    free(node);
    removeChild(t, level + 1);
    return;
  }
  if (!slot) newFirst(t, level + 1, load<f64>(nodeScore(node, 0)), load<u32>(innerItem(node, 0)));
  if (left < INNER_SLOTS / 4) joinInner(t, level);
}

function dropRoots(t: usize): void {
  while (treeLevels(t) && nodeCount(treeRoot(t)) == 1) {
    const old = treeRoot(t);
    store<u32>(t, load<u32>(innerChild(old, 0)));
    store<u32>(t, treeLevels(t) - 1, 4);
    free(old);
  }
}

/** Joins the path's leaf with a neighbour of the same parent, where both fit well into one. */
function joinLeaf(t: usize): void {
  const slot = rightOfPair(1, LEAF_SLOTS / 4 * 3);
  if (!slot) return;
  const parent = pathNode(1);
  const left: usize = load<u32>(innerChild(parent, slot - 1));
  const right: usize = load<u32>(innerChild(parent, slot));
  copySlots(left, nodeCount(left), right, 0, nodeCount(right));
  store<u32>(left, nodeCount(left) + nodeCount(right));
  const next = leafNext(right);
  store<u32>(left, <u32> next, 4);
  if (next) store<u32>(next, <u32> left, 8);
  dropRight(t, 1, slot);
}

/** The same for the inner node at a level of the path. */
function joinInner(t: usize, level: u32): void {
  const slot = rightOfPair(level + 1, INNER_SLOTS / 4 * 3);
  if (!slot) return;
  const parent = pathNode(level + 1);
  const left: usize = load<u32>(innerChild(parent, slot - 1));
  const right: usize = load<u32>(innerChild(parent, slot));
  // A node does not keep what is first below it: its parent knows.
  setSeparator(right, 0, load<f64>(nodeScore(parent, slot)), load<u32>(innerItem(parent, slot)));
  copyChildren(left, nodeCount(left), right, 0, nodeCount(right));
  store<u32>(left, nodeCount(left) + nodeCount(right));
  dropRight(t, level + 1, slot);
}

/** Which slot is the right one of the path's child and a neighbour that together have `most` slots; 0: none. */
function rightOfPair(level: u32, most: u32): u32 {
  const parent = pathNode(level);
  const slot = pathSlot(level);
  const count = nodeCount(load<u32>(innerChild(parent, slot)));
  if (slot + 1 < nodeCount(parent) && count + nodeCount(load<u32>(innerChild(parent, slot + 1))) <= most) return slot + 1;
  if (slot && count + nodeCount(load<u32>(innerChild(parent, slot - 1))) <= most) return slot;
  return 0;
}

/** Frees child `slot`, whose content its left neighbour has taken over. */
function dropRight(t: usize, level: u32, slot: u32): void {
  const parent = pathNode(level);
  const left = innerSize(parent, slot - 1);
  store<u32>(left, load<u32>(left) + load<u32>(innerSize(parent, slot)));
  free(load<u32>(innerChild(parent, slot)));
  setPath(level, parent, slot);
  removeChild(t, level);
}

// ---- the whole ------------------------------------------------------------------------------------

/** Moves an item to another score, which its own field then has. @returns false when memory is out: all is as before */
export function treeRescore(t: usize, item: usize, score: f64): bool {
  const old = itemScore(item);
  seekKey(AT_MOST, old, itemMember(item), itemLen(item));
  treeDescend(t);
  const slot = treeSlot() - 1;
  const cell = nodeScore(treeLeaf(), slot);
  if (slot && slot + 1 < nodeCount(treeLeaf()) && load<f64>(cell - 8) < score && score < load<f64>(cell + 8)) {
    store<f64>(cell, score);
    setItemScore(item, score);
    return true;
  }
  // In with the new before out with the old, which cannot fail: nodes go by their own scores.
  if (!treeInsert(t, score, item)) return false;
  treeRemove(t, old, item);
  setItemScore(item, score);
  return true;
}

/**
 * Frees about `budget` items' nodes from the end, and `withItems` those too; nothing else may be done with
 * the tree once this has begun.
 *
 * @returns whether all are gone
 */
export function treeFreeStep(t: usize, budget: u32, withItems: bool): bool {
  const isChain = treeLevels(t) == CHAIN;
  while (treeRoot(t)) {
    const leaf = isChain ? treeRoot(t) : lastLeaf(t);
    const count = nodeCount(leaf);
    for (let slot: u32 = 0; withItems && slot < count; slot++) free(load<u32>(leafItem(leaf, slot)));
    if (isChain) store<u32>(t, <u32> leafNext(leaf));
    else dropLast(t);
    free(leaf);
    if (count >= budget) break;
    budget -= count;
  }
  return !treeRoot(t);
}

/** The last leaf, the path leading there. */
function lastLeaf(t: usize): usize {
  let node = treeRoot(t);
  for (let level = treeLevels(t); level; level--) {
    setPath(level, node, 0);
    node = load<u32>(innerChild(node, nodeCount(node) - 1));
  }
  return node;
}

/** Shortens the nodes of the path by their last child, from the leaf's parent up to the first that keeps some. */
function dropLast(t: usize): void {
  for (let level: u32 = 1; level <= treeLevels(t); level++) {
    const parent = pathNode(level);
    const left = nodeCount(parent) - 1;
    store<u32>(parent, left);
    if (left) return;
    free(parent);
  }
  store<u32>(t, 0);
}

/** Bytes of the nodes, taken as full as they usually are, for `count` items. */
export function treeBytes(count: u32): u32 {
  const leaves = count / (LEAF_SLOTS * 4 / 5) + 1;
  return leaves * LEAF_BYTES + leaves / (INNER_SLOTS * 3 / 4) * INNER_BYTES;
}
