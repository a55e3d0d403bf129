/**
 * How a tree of idtree.ts grows and shrinks.
 *
 * A leaf is written anew, in the narrow form if its IDs allow it, whenever it is split, joined or made
 * larger; its items are spread out in a buffer meanwhile. Where IDs come in order, the full leaf stays full
 * and the new one starts empty.
 *
 * An insertion that needs memory asks for one block at a time, leaves a correct tree behind if it gets
 * none, and begins anew after each. A removal needs none.
 */
import { allocate, blockBytes, free } from "../base/memory";
import {
  ID_INNER_BYTES, ID_INNER_SLOTS, ID_LEAF_BYTES, ID_LEAF_KEYS, idBase, idCapacity, idCount, idDescend, idFind, idFirst,
  idGo, idInnerChild, idInnerKey, idIsWide, idKeyShift, idLeaf, idLeafKey, idLeafNext, idLeafPayload, idLeafPrevious,
  idLevels, idMs, idNext, idNodeCount, idPathNode, idPathSlot, idPayload, idPayloadBytes, idRoot, idSeek, idSeq,
  idSetPath, idSlot,
} from "./idtree";

const U32_MAX: u64 = 0xffffffff;

/** Items spread out: {ms, seq} and payloads. Two leaves of 125 items without payload need most. */
const KEYS = memory.data(256 * 16);
const PAYLOADS = memory.data(2048);
/** How many there are. */
let spread: u32 = 0;

// ---- writing leaves -------------------------------------------------------------------------------

/** Items that a leaf of so many bytes holds. */
@inline function room(bytes: u32, wide: bool, payload: u32): u32 {
  return (bytes - ID_LEAF_KEYS) / ((wide ? 16 : 8) + payload);
}

/** Adds a leaf's items to those spread out. */
function spreadLeaf(t: usize, leaf: usize): void {
  const count = idNodeCount(leaf);
  const payload = idPayloadBytes(t);
  memory.copy(PAYLOADS + spread * payload, idLeafPayload(t, leaf, 0), count * payload);
  for (let slot: u32 = 0; slot < count; slot++) {
    const to = KEYS + (spread++ << 4);
    const at = idLeafKey(leaf, slot);
    if (idIsWide(leaf)) v128.store(to, v128.load(at));
    else {
      const key = load<u64>(at);
      store<u64>(to, idBase(leaf) + (key >> 32));
      store<u64>(to, key & U32_MAX, 8);
    }
  }
}

/** Whether the items from one slot on are narrow together, for which their first ms is the base. */
function areNarrow(from: u32, count: u32): bool {
  if (!count) return true;
  const first = KEYS + (from << 4);
  const last = first + ((count - 1) << 4);
  if (load<u64>(last) - load<u64>(first) > U32_MAX) return false;
  for (let at = first; at <= last; at += 16) if (load<u64>(at, 8) > U32_MAX) return false;
  return true;
}

/** Writes `count` of the items spread out, from one on, into a leaf that has room for them. */
function writeLeaf(t: usize, leaf: usize, bytes: u32, from: u32, count: u32, wide: bool): void {
  const payload = idPayloadBytes(t);
  const base = count ? load<u64>(KEYS + (from << 4)) : 0;
  store<u32>(leaf, count);
  store<u16>(leaf, <u16> room(bytes, wide, payload), 12);
  store<u16>(leaf, <u16> wide, 14);
  store<u64>(leaf, base, 16);
  for (let slot: u32 = 0; slot < count; slot++) {
    const at = KEYS + ((from + slot) << 4);
    const to = idLeafKey(leaf, slot);
    if (wide) v128.store(to, v128.load(at));
    else store<u64>(to, (load<u64>(at) - base) << 32 | load<u64>(at, 8));
  }
  memory.copy(idLeafPayload(t, leaf, 0), PAYLOADS + from * payload, count * payload);
}

// ---- growing --------------------------------------------------------------------------------------

/** Bytes that the block of a leaf is used with: the only leaf may be small. */
@inline function leafBytes(leaf: usize): u32 {
  return min(blockBytes(leaf), ID_LEAF_BYTES);
}

/** Whether the last {@link idInsert} has found the ID in the tree. */
export let idFound: bool = false;

/**
 * Puts an ID into the tree, if it is not there.
 *
 * @returns where its payload is, or is to be written; 0 when memory is out
 */
export function idInsert(t: usize, ms: u64, seq: u64): usize {
  if (!idRoot(t) && !firstLeaf(t)) return 0;
  idFound = false;
  let leaf: usize;
  while (true) {
    idDescend(t, ms, seq);
    leaf = idLeaf();
    if (!idNodeCount(leaf)) store<u64>(leaf, ms, 16);
    else if (idSlot() < idNodeCount(leaf) && idMs() == ms && idSeq() == seq) {
      idFound = true;
      return idPayload(t);
    }
    if (fits(leaf, ms, seq)) {
      if (idNodeCount(leaf) < idCapacity(leaf)) break;
      if (!makeRoom(t, ms, seq)) return 0;
    } else if (!widen(t, ms, seq)) return 0;
  }
  const slot = idSlot();
  const moved = idNodeCount(leaf) - slot;
  const key = idLeafKey(leaf, slot);
  const payload = idLeafPayload(t, leaf, slot);
  const bytes = idPayloadBytes(t);
  if (moved) {
    memory.copy(key + (<usize> 1 << idKeyShift(leaf)), key, moved << idKeyShift(leaf));
    if (bytes) memory.copy(payload + bytes, payload, moved * bytes);
  }
  if (idIsWide(leaf)) {
    store<u64>(key, ms);
    store<u64>(key, seq, 8);
  } else store<u64>(key, (ms - idBase(leaf)) << 32 | seq);
  store<u32>(leaf, idNodeCount(leaf) + 1);
  store<u32>(t, idCount(t) + 1, 12);
  return payload;
}

/** Gives an empty tree a leaf with room for one item or two. */
function firstLeaf(t: usize): bool {
  const leaf = allocate(ID_LEAF_KEYS + 16 + idPayloadBytes(t));
  if (!leaf) return false;
  store<u32>(leaf, 0, 4);
  store<u32>(leaf, 0, 8);
  writeLeaf(t, leaf, leafBytes(leaf), 0, 0, false);
  store<u32>(t, <u32> leaf);
  store<u32>(t, 0, 4);
  return true;
}

@inline function fits(leaf: usize, ms: u64, seq: u64): bool {
  return idIsWide(leaf) || (ms >= idBase(leaf) && ms - idBase(leaf) <= U32_MAX && seq <= U32_MAX);
}

/** One step towards a form of the path's leaf that the ID fits into. @returns false when memory is out */
function widen(t: usize, ms: u64, seq: u64): bool {
  const leaf = idLeaf();
  const bytes = leafBytes(leaf);
  const count = idNodeCount(leaf);
  spread = 0;
  spreadLeaf(t, leaf);
  // Whether a lower base is all that it takes: the new ID would be the first one.
  const last = count ? load<u64>(KEYS + ((count - 1) << 4)) : ms;
  if (seq <= U32_MAX && ms < idBase(leaf) && last - ms <= U32_MAX) {
    writeLeaf(t, leaf, bytes, 0, count, false);
    const raised = idBase(leaf) - ms;
    for (let slot: u32 = 0; slot < count; slot++) {
      const at = idLeafKey(leaf, slot);
      store<u64>(at, load<u64>(at) + (raised << 32));
    }
    store<u64>(leaf, ms, 16);
    return true;
  }
  if (count > room(bytes, true, idPayloadBytes(t))) return makeRoom(t, ms, seq);
  writeLeaf(t, leaf, bytes, 0, count, true);
  return true;
}

/** One step towards room in the leaf at the path's end. @returns false when memory is out */
function makeRoom(t: usize, ms: u64, seq: u64): bool {
  const height = idLevels(t);
  if (!height && leafBytes(idLeaf()) < ID_LEAF_BYTES) return enlarge(t);
  // What is split is the highest full node whose parent has room for one child more.
  let level: u32 = 0;
  while (level < height && idNodeCount(idPathNode(level + 1)) == ID_INNER_SLOTS) level++;
  if (level == height) return addRoot(t);
  return level ? splitInner(level) : splitLeaf(t, ms, seq);
}

/** Gives the only leaf twice its bytes. */
function enlarge(t: usize): bool {
  const old = idLeaf();
  const leaf = allocate(min(leafBytes(old) << 1, ID_LEAF_BYTES));
  if (!leaf) return false;
  spread = 0;
  spreadLeaf(t, old);
  store<u32>(leaf, 0, 4);
  store<u32>(leaf, 0, 8);
  writeLeaf(t, leaf, leafBytes(leaf), 0, spread, idIsWide(old));
  store<u32>(t, <u32> leaf);
  free(old);
  return true;
}

/** A root above the one there is, with that as its only child. */
function addRoot(t: usize): bool {
  const node = allocate(ID_INNER_BYTES);
  if (!node) return false;
  store<u32>(node, 1);
  store<u32>(idInnerChild(node, 0), <u32> idRoot(t));
  store<u32>(t, <u32> node);
  store<u32>(t, idLevels(t) + 1, 4);
  return true;
}

function splitLeaf(t: usize, ms: u64, seq: u64): bool {
  const leaf = idLeaf();
  const right = allocate(ID_LEAF_BYTES);
  if (!right) return false;
  const next = idLeafNext(leaf);
  spread = 0;
  spreadLeaf(t, leaf);
  const inOrder = idSlot() == spread && !next;
  const kept = inOrder ? spread : spread >> 1;
  // The new leaf may be empty for the moment: the ID that it is made for comes next.
  const keyMs = inOrder ? ms : load<u64>(KEYS + (kept << 4));
  const keySeq = inOrder ? seq : load<u64>(KEYS + (kept << 4), 8);
  writeLeaf(t, right, ID_LEAF_BYTES, kept, spread - kept, !areNarrow(kept, spread - kept));
  if (!inOrder) writeLeaf(t, leaf, ID_LEAF_BYTES, 0, kept, !areNarrow(0, kept));
  store<u32>(right, <u32> next, 4);
  store<u32>(right, <u32> leaf, 8);
  store<u32>(leaf, <u32> right, 4);
  if (next) store<u32>(next, <u32> right, 8);
  addChild(1, keyMs, keySeq, right);
  return true;
}

/** Splits the full inner node at a level of the path; the last one of its level keeps most. */
function splitInner(level: u32): bool {
  const node = idPathNode(level);
  const right = allocate(ID_INNER_BYTES);
  if (!right) return false;
  const kept = idPathSlot(level) == ID_INNER_SLOTS - 1 ? ID_INNER_SLOTS - 1 : ID_INNER_SLOTS >> 1;
  const moved = ID_INNER_SLOTS - kept;
  copyChildren(right, 0, node, kept, moved);
  store<u32>(right, moved);
  store<u32>(node, kept);
  const key = idInnerKey(right, 0);
  addChild(level + 1, load<u64>(key), load<u64>(key, 8), right);
  return true;
}

/** Copies `count` slots from one inner node to another, or within one. */
function copyChildren(to: usize, toSlot: u32, from: usize, fromSlot: u32, count: u32): void {
  memory.copy(idInnerKey(to, toSlot), idInnerKey(from, fromSlot), count << 4);
  memory.copy(idInnerChild(to, toSlot), idInnerChild(from, fromSlot), count << 2);
}

/** Adds a child behind that of the path. */
function addChild(level: u32, ms: u64, seq: u64, child: usize): void {
  const node = idPathNode(level);
  const slot = idPathSlot(level) + 1;
  copyChildren(node, slot + 1, node, slot, idNodeCount(node) - slot);
  store<u64>(idInnerKey(node, slot), ms);
  store<u64>(idInnerKey(node, slot), seq, 8);
  store<u32>(idInnerChild(node, slot), <u32> child);
  store<u32>(node, idNodeCount(node) + 1);
}

// ---- shrinking ------------------------------------------------------------------------------------

/** Takes an ID out. @returns whether it was there */
export function idRemove(t: usize, ms: u64, seq: u64): bool {
  if (!idFind(t, ms, seq)) return false;
  idRemoveHere(t);
  return true;
}

/** Takes out the item under the cursor, to which {@link idFind} has just led. */
export function idRemoveHere(t: usize): void {
  const leaf = idLeaf();
  const left = idNodeCount(leaf) - 1;
  const moved = left - idSlot();
  store<u32>(t, idCount(t) - 1, 12);
  if (!left) {
    dropLeaf(t, leaf);
    return;
  }
  if (moved) {
    const key = idLeafKey(leaf, idSlot());
    const payload = idPayload(t);
    const bytes = idPayloadBytes(t);
    memory.copy(key, key + (<usize> 1 << idKeyShift(leaf)), moved << idKeyShift(leaf));
    if (bytes) memory.copy(payload, payload + bytes, moved * bytes);
  }
  store<u32>(leaf, left);
  if (idLevels(t) && left < idCapacity(leaf) >> 2) joinLeaf(t);
}

/** Takes out all items whose payload begins with a word: one way through the leaves, however many they are. */
export function idRemoveMarked(t: usize, word: u32): void {
  let more = idFirst(t);
  while (more) {
    const leaf = idLeaf();
    idGo(leaf, 0);
    const ms = idMs();
    const seq = idSeq();
    const isChanged = dropMarked(t, leaf, word);
    const left = idNodeCount(leaf);
    const next = idLeafNext(leaf);
    more = next != 0;
    idGo(next, 0);
    if (!isChanged || (left && (!idLevels(t) || left >= idCapacity(leaf) >> 2))) continue;
    // The nodes above change: down again for the way to this leaf, and then to where the next one begins.
    const nextMs = more ? idMs() : 0;
    const nextSeq = more ? idSeq() : 0;
    idDescend(t, ms, seq);
    if (left) joinLeaf(t);
    else dropLeaf(t, leaf);
    more = more && idSeek(t, nextMs, nextSeq);
  }
}

/** Takes those items out of one leaf. @returns whether there were any */
function dropMarked(t: usize, leaf: usize, word: u32): bool {
  const count = idNodeCount(leaf);
  const bytes = idPayloadBytes(t);
  let kept: u32 = 0;
  let slot: u32 = 0;
  while (slot < count) {
    if (load<u32>(idLeafPayload(t, leaf, slot)) == word) {
      slot++;
      continue;
    }
    const from = slot++;
    while (slot < count && load<u32>(idLeafPayload(t, leaf, slot)) != word) slot++;
    if (kept != from) {
      memory.copy(idLeafKey(leaf, kept), idLeafKey(leaf, from), (slot - from) << idKeyShift(leaf));
      memory.copy(idLeafPayload(t, leaf, kept), idLeafPayload(t, leaf, from), (slot - from) * bytes);
    }
    kept += slot - from;
  }
  store<u32>(leaf, kept);
  store<u32>(t, idCount(t) - (count - kept), 12);
  return kept != count;
}

/** Takes out the path's leaf, whose last item is gone. */
function dropLeaf(t: usize, leaf: usize): void {
  const next = idLeafNext(leaf);
  const previous = idLeafPrevious(leaf);
  if (next) store<u32>(next, <u32> previous, 8);
  if (previous) store<u32>(previous, <u32> next, 4);
  free(leaf);
  if (idLevels(t)) removeChild(t, 1);
  else store<u32>(t, 0);
}

/** Takes the path's child, which is freed already, out of the node at a level. */
function removeChild(t: usize, level: u32): void {
  const node = idPathNode(level);
  const slot = idPathSlot(level);
  const left = idNodeCount(node) - 1;
  copyChildren(node, slot, node, slot + 1, left - slot);
  store<u32>(node, left);
  if (level == idLevels(t)) {
    dropRoots(t);
    return;
  }
  if (!left) {
    free(node);
    removeChild(t, level + 1);
    return;
  }
  if (left < ID_INNER_SLOTS / 4) joinInner(t, level);
}

function dropRoots(t: usize): void {
  while (idLevels(t) && idNodeCount(idRoot(t)) <= 1) {
    const old = idRoot(t);
    store<u32>(t, idNodeCount(old) ? load<u32>(idInnerChild(old, 0)) : 0);
    store<u32>(t, idNodeCount(old) ? idLevels(t) - 1 : 0, 4);
    free(old);
  }
}

/** Joins the path's leaf with a neighbour of the same parent, where both fit well into one. */
function joinLeaf(t: usize): void {
  const parent = idPathNode(1);
  const slot = idPathSlot(1);
  if (slot + 1 < idNodeCount(parent) && joinPair(t, slot + 1)) return;
  if (slot) joinPair(t, slot);
}

/** Joins a leaf with the one to its left. @returns false where they do not fit */
function joinPair(t: usize, slot: u32): bool {
  const parent = idPathNode(1);
  const left: usize = load<u32>(idInnerChild(parent, slot - 1));
  const right: usize = load<u32>(idInnerChild(parent, slot));
  const count = idNodeCount(left) + idNodeCount(right);
  if (count > room(ID_LEAF_BYTES, false, idPayloadBytes(t)) / 4 * 3) return false;
  spread = 0;
  spreadLeaf(t, left);
  spreadLeaf(t, right);
  const wide = !areNarrow(0, count);
  if (wide && count > room(ID_LEAF_BYTES, true, idPayloadBytes(t)) / 4 * 3) return false;
  writeLeaf(t, left, ID_LEAF_BYTES, 0, count, wide);
  const next = idLeafNext(right);
  store<u32>(left, <u32> next, 4);
  if (next) store<u32>(next, <u32> left, 8);
  free(right);
  idSetPath(1, parent, slot);
  removeChild(t, 1);
  return true;
}

/** The same for the inner node at a level of the path. */
function joinInner(t: usize, level: u32): void {
  const parent = idPathNode(level + 1);
  let slot = idPathSlot(level + 1);
  const count = idNodeCount(idPathNode(level));
  const most = ID_INNER_SLOTS / 4 * 3;
  if (slot + 1 < idNodeCount(parent) && count + idNodeCount(load<u32>(idInnerChild(parent, slot + 1))) <= most) slot++;
  else if (!slot || count + idNodeCount(load<u32>(idInnerChild(parent, slot - 1))) > most) return;
  const left: usize = load<u32>(idInnerChild(parent, slot - 1));
  const right: usize = load<u32>(idInnerChild(parent, slot));
  // A node does not keep what is first below it: its parent knows.
  v128.store(idInnerKey(right, 0), v128.load(idInnerKey(parent, slot)));
  copyChildren(left, idNodeCount(left), right, 0, idNodeCount(right));
  store<u32>(left, idNodeCount(left) + idNodeCount(right));
  free(right);
  idSetPath(level + 1, parent, slot);
  removeChild(t, level + 1);
}

// ---- the whole ------------------------------------------------------------------------------------

/**
 * Frees about `budget` items' nodes from the end, and `withBlocks` the blocks that payloads begin with;
 * nothing else may be done with the tree once this has begun.
 *
 * @returns whether all are gone
 */
export function idFreeStep(t: usize, budget: u32, withBlocks: bool): bool {
  while (idRoot(t)) {
    let node = idRoot(t);
    for (let level = idLevels(t); level; level--) {
      idSetPath(level, node, 0);
      node = load<u32>(idInnerChild(node, idNodeCount(node) - 1));
    }
    const count = idNodeCount(node);
    for (let slot: u32 = 0; withBlocks && slot < count; slot++) free(load<u32>(idLeafPayload(t, node, slot)));
    free(node);
    let level: u32 = 1;
    for (; level <= idLevels(t); level++) {
      const parent = idPathNode(level);
      const left = idNodeCount(parent) - 1;
      store<u32>(parent, left);
      if (left) break;
      free(parent);
    }
    if (level > idLevels(t)) store<u32>(t, 0);
    if (count >= budget) break;
    budget -= count;
  }
  if (idRoot(t)) return false;
  store<u32>(t, 0, 12);
  return true;
}

/** Makes the empty tree `t` a copy of another, payloads as they are. @returns false when memory is out: it is then empty */
export function idCopy(t: usize, source: usize): bool {
  let more = idFirst(source);
  while (more) {
    const leaf = idLeaf();
    const slot = idSlot();
    const from = idPayload(source);
    const to = idInsert(t, idMs(), idSeq());
    if (!to) {
      while (!idFreeStep(t, 0x10000, false)) continue;
      return false;
    }
    memory.copy(to, from, idPayloadBytes(t));
    idGo(leaf, slot);
    more = idNext();
  }
  return true;
}

/** Leaves that an estimate looks at. */
const SAMPLED_LEAVES: u32 = 16;

/** Bytes of the nodes, as full as the first ones are. */
export function idTreeBytes(t: usize): f64 {
  const root = idRoot(t);
  if (!root) return 0;
  if (!idLevels(t)) return blockBytes(root);
  idFirst(t);
  let leaves: u32 = 0;
  let items: u32 = 0;
  for (let leaf = idLeaf(); leaf && leaves < SAMPLED_LEAVES; leaf = idLeafNext(leaf)) {
    leaves++;
    items += idNodeCount(leaf);
  }
  const all = <f64> idCount(t) * leaves / items;
  return all * ID_LEAF_BYTES + Math.ceil(all / ID_INNER_SLOTS) * 1024;
}
