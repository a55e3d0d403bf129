/**
 * An ordered map from 128-bit IDs (u64 ms, u64 seq) to a few bytes each: the index of a stream's nodes and
 * the lists of what is pending. A B+-tree whose leaves keep IDs in half of their width where they can.
 *
 * ```
 *  tree (16 bytes)                inner node (1008 bytes)
 *    +0  u32 root, 0 = empty        +0   u32 count
 *    +4  u32 inner levels           +8   {u64 ms, u64 seq}[50] \ no ID below a child is smaller;
 *    +8  u32 payload bytes          +808 u32[50] children      / that of child 0 means nothing
 *    +12 u32 items
 *
 *  leaf (1024 bytes, the only one of a tree as few as it needs)
 *    +0  u32 count
 *    +4  u32 next leaf
 *    +8  u32 previous leaf
 *    +12 u16 capacity in items
 *    +14 u16 wide
 *    +16 u64 base ms
 *    +24 narrow: u64[capacity], (ms - base) << 32 | seq    the order of IDs, in one comparison
 *        wide: {u64 ms, u64 seq}[capacity]                 where a difference or seq needs more than 32 bits
 *        payload[capacity]
 * ```
 *
 * Invariants: no leaf is empty; leaves are linked in order; an item's payload moves when the tree changes.
 * How the tree changes is in idtree_change.ts.
 *
 * Why no radix tree: its nodes are met one cache miss after the other, and each takes an allocation. IDs of one
 * leaf lie within 49 days and have seqs below 2^32 wherever time or a counter makes them, so an item of a list
 * of a million takes 8 bytes and its payload, and 0.6 bytes for the nodes.
 *
 * Costs: every search, insertion and removal O(log n), 3 to 4 cache misses at a million items.
 */
import { READ_ID_LEAF, READ_ID_SLOT } from "../base/layout";

export const ID_TREE_BYTES: u32 = 16;

export const ID_LEAF_BYTES: u32 = 1024;
export const ID_LEAF_KEYS: u32 = 24;
export const ID_INNER_SLOTS: u32 = 50;
const INNER_KEYS: u32 = 8;
const INNER_CHILDREN: u32 = INNER_KEYS + ID_INNER_SLOTS * 16;
export const ID_INNER_BYTES: u32 = INNER_CHILDREN + ID_INNER_SLOTS * 4;

const U32_MAX: u64 = 0xffffffff;

@inline export function idRoot(t: usize): usize { return load<u32>(t); }
@inline export function idLevels(t: usize): u32 { return load<u32>(t, 4); }
@inline export function idPayloadBytes(t: usize): u32 { return load<u32>(t, 8); }
/** Items of a tree. */
@inline export function idCount(t: usize): u32 { return load<u32>(t, 12); }

@inline export function idNodeCount(node: usize): u32 { return load<u32>(node); }
@inline export function idLeafNext(leaf: usize): usize { return load<u32>(leaf, 4); }
@inline export function idLeafPrevious(leaf: usize): usize { return load<u32>(leaf, 8); }
@inline export function idCapacity(leaf: usize): u32 { return load<u16>(leaf, 12); }
@inline export function idIsWide(leaf: usize): bool { return load<u16>(leaf, 14) != 0; }
@inline export function idBase(leaf: usize): u64 { return load<u64>(leaf, 16); }
@inline export function idInnerKey(node: usize, slot: u32): usize { return node + INNER_KEYS + (slot << 4); }
@inline export function idInnerChild(node: usize, slot: u32): usize { return node + INNER_CHILDREN + (slot << 2); }
/** Bits by which a slot of a leaf's keys is shifted. */
@inline export function idKeyShift(leaf: usize): u32 { return 3 + load<u16>(leaf, 14); }
@inline export function idLeafKey(leaf: usize, slot: u32): usize {
  return leaf + ID_LEAF_KEYS + (slot << idKeyShift(leaf));
}
@inline export function idLeafPayload(t: usize, leaf: usize, slot: u32): usize {
  return leaf + ID_LEAF_KEYS + (idCapacity(leaf) << idKeyShift(leaf)) + slot * idPayloadBytes(t);
}

/** Makes `t` an empty tree, which needs no memory beyond. */
export function idInit(t: usize, payloadBytes: u32): void {
  store<u64>(t, 0);
  store<u32>(t, payloadBytes, 8);
  store<u32>(t, 0, 12);
}

/** Whether the first ID comes before the second. */
@inline export function idBelow(ms: u64, seq: u64, otherMs: u64, otherSeq: u64): bool {
  return ms < otherMs || (ms == otherMs && seq < otherSeq);
}

// ---- searching a node -----------------------------------------------------------------------------

/** How many of `count` ascending words are below a key; one step a bit, without branches. */
@inline function wordsBelow(keys: usize, count: u32, key: u64): u32 {
  let at = keys;
  while (count > 1) {
    const half = count >> 1;
    at += select<usize>(half << 3, 0, load<u64>(at + (half << 3) - 8) < key);
    count -= half;
  }
  return <u32> ((at - keys) >> 3) + u32(count != 0 && load<u64>(at) < key);
}

/** How many of `count` ascending {ms, seq} are below an ID, or with `orSame` the same. */
function pairsBelow(keys: usize, count: u32, ms: u64, seq: u64, orSame: bool): u32 {
  let low: u32 = 0;
  while (low < count) {
    const middle = (low + count) >> 1;
    const at = keys + (middle << 4);
    const keyMs = load<u64>(at);
    const keySeq = load<u64>(at, 8);
    if (idBelow(keyMs, keySeq, ms, seq) || (orSame && keyMs == ms && keySeq == seq)) low = middle + 1;
    else count = middle;
  }
  return low;
}

/** How many of a leaf's items are below an ID. */
function leafBelow(leaf: usize, ms: u64, seq: u64): u32 {
  const count = idNodeCount(leaf);
  const keys = leaf + ID_LEAF_KEYS;
  if (idIsWide(leaf)) return pairsBelow(keys, count, ms, seq, false);
  const base = idBase(leaf);
  if (ms < base) return 0;
  const offset = ms - base;
  if (offset > U32_MAX) return count;
  if (seq <= U32_MAX) return wordsBelow(keys, count, offset << 32 | seq);
  // All that share the ms come before so large a seq.
  return offset == U32_MAX ? count : wordsBelow(keys, count, (offset + 1) << 32);
}

// ---- descending -----------------------------------------------------------------------------------

/** The way down that was taken last: per inner level, counted from the leaves, {node u32, slot u32}. */
const PATH = memory.data(16 * 8);
/** The leaf and the slot that the last search or step came to. */
@inline export function idLeaf(): usize { return load<u32>(READ_ID_LEAF); }
@inline export function idSlot(): u32 { return load<u32>(READ_ID_SLOT); }
@inline function setLeaf(leaf: usize): void { store<u32>(READ_ID_LEAF, <u32> leaf); }
@inline function setSlot(slot: u32): void { store<u32>(READ_ID_SLOT, slot); }
@inline function stepSlot(by: i32): u32 {
  const slot = idSlot() + by;
  setSlot(slot);
  return slot;
}

@inline export function idPathNode(level: u32): usize { return load<u32>(PATH + (level << 3)); }
@inline export function idPathSlot(level: u32): u32 { return load<u32>(PATH + (level << 3), 4); }
@inline export function idSetPath(level: u32, node: usize, slot: u32): void {
  store<u32>(PATH + (level << 3), <u32> node);
  store<u32>(PATH + (level << 3), slot, 4);
}

/** Goes down to an ID's place in a tree that is not empty: idSlot is the first slot of idLeaf not below it. */
export function idDescend(t: usize, ms: u64, seq: u64): void {
  let node = idRoot(t);
  for (let level = idLevels(t); level; level--) {
    const slot = pairsBelow(idInnerKey(node, 1), idNodeCount(node) - 1, ms, seq, true);
    idSetPath(level, node, slot);
    node = load<u32>(idInnerChild(node, slot));
  }
  setLeaf(node);
  setSlot(leafBelow(node, ms, seq));
}

/** The ID under the cursor. */
@inline export function idMs(): u64 {
  const key = load<u64>(idLeafKey(idLeaf(), idSlot()));
  return idIsWide(idLeaf()) ? key : idBase(idLeaf()) + (key >> 32);
}
@inline export function idSeq(): u64 {
  const at = idLeafKey(idLeaf(), idSlot());
  return idIsWide(idLeaf()) ? load<u64>(at, 8) : load<u64>(at) & U32_MAX;
}
/** Where the payload of the item under the cursor is. */
@inline export function idPayload(t: usize): usize {
  return idLeafPayload(t, idLeaf(), idSlot());
}

/** Goes to the item of an ID. @returns whether there is one */
export function idFind(t: usize, ms: u64, seq: u64): bool {
  if (!idRoot(t)) return false;
  idDescend(t, ms, seq);
  return idSlot() < idNodeCount(idLeaf()) && idMs() == ms && idSeq() == seq;
}

/** Goes to the first item that is not below an ID. @returns whether there is one */
export function idSeek(t: usize, ms: u64, seq: u64): bool {
  if (!idRoot(t)) return false;
  idDescend(t, ms, seq);
  if (idSlot() < idNodeCount(idLeaf())) return true;
  setLeaf(idLeafNext(idLeaf()));
  setSlot(0);
  return idLeaf() != 0;
}

/** Goes to the last item that is not above an ID. @returns whether there is one */
export function idSeekBack(t: usize, ms: u64, seq: u64): bool {
  if (!idRoot(t)) return false;
  idDescend(t, ms, seq);
  if (idSlot() < idNodeCount(idLeaf()) && idMs() == ms && idSeq() == seq) return true;
  return idPrevious();
}

/** Goes to the first item. @returns whether there is one */
export function idFirst(t: usize): bool {
  return idSeek(t, 0, 0);
}

/** Goes to the last item. @returns whether there is one */
export function idLast(t: usize): bool {
  return idSeekBack(t, u64.MAX_VALUE, u64.MAX_VALUE);
}

/** Goes to the next item. @returns false at the end */
@inline export function idNext(): bool {
  if (stepSlot(1) < idNodeCount(idLeaf())) return true;
  setLeaf(idLeafNext(idLeaf()));
  setSlot(0);
  return idLeaf() != 0;
}

/** Goes to the item before. @returns false at the start */
export function idPrevious(): bool {
  if (idSlot()) {
    stepSlot(-1);
    return true;
  }
  setLeaf(idLeafPrevious(idLeaf()));
  if (!idLeaf()) return false;
  setSlot(idNodeCount(idLeaf()) - 1);
  return true;
}

/** Goes back to where idLeaf and idSlot have been, in a tree that has not changed. */
@inline export function idGo(leaf: usize, slot: u32): void {
  setLeaf(leaf);
  setSlot(slot);
}

/** Items from the cursor on, not counted beyond `limit`. */
export function idCountOn(limit: u32): u32 {
  let count = idNodeCount(idLeaf()) - idSlot();
  for (let leaf = idLeafNext(idLeaf()); leaf && count < limit; leaf = idLeafNext(leaf)) count += idNodeCount(leaf);
  return min(count, limit);
}
