/**
 * A node of a quicklist (quicklist.ts): a run of elements as a listpack, or one large element.
 *
 * ```
 *  node (24 bytes)
 *    +0   u32 prev           neighbours, 0 at the ends
 *    +4   u32 next
 *    +8   u32 block          what holds the elements
 *    +12  u32 start          where in the block the listpack begins
 *                            PLAIN: bytes of the element, which begins at 0
 *    +16  u32 count          elements
 *    +20  u32 kind           bits PLAIN, COMPRESSED (quickcompress.ts), TRIED
 *
 *  block of a node with a listpack
 *    |  gap  | listpack                  |  room  |
 *    0       start             start + lpBytes    blockBytes
 * ```
 *
 * Room at either end makes a push and a pop there cost what the element costs, not what the node holds:
 * a listpack's header is six bytes, so it is written anew wherever the first entry now begins. (Redis
 * moves the whole listpack for each push at the head.) Blocks grow twofold up to a node's limit; room at
 * the wrong end is won by sliding. What works in the middle first slides the listpack to the block's
 * start, and then is listpack.ts's business.
 *
 * Limits: LIST_NODE_BYTES and LIST_NODE_ENTRIES, from list-max-listpack-size. An element too large to
 * share a node lies PLAIN, without the listpack around it.
 */
import { LIST_NODE_BYTES, LIST_NODE_ENTRIES, LIST_PLAIN_BYTES } from "../base/layout";
import {
  lpBytes, lpDelete, lpDeleteRangeAt, lpEntryBytes, lpInsert, lpLast, lpLength, lpNew, lpNext,
  lpSeek, lpWriteEntry,
} from "./listpack";
import { allocate, blockBytes, free, roundedBytes } from "../base/memory";

/** The node is one element, without a listpack. */
export const PLAIN: u32 = 1;
export const COMPRESSED: u32 = 2;
/** Since it was last changed, it was tried to compress it. */
export const TRIED: u32 = 4;

const NODE_BYTES: u32 = 24;
/** Header and terminator of a listpack. */
const LP_EMPTY: u32 = 7;
const LP_HEADER: u32 = 6;
const LP_END: u32 = 0xff;
/** What an entry may take beside its string, when it is asked whether it still fits. */
const ENTRY_ESTIMATE: u32 = 8;
/** First size of a block that is going to grow. */
const FIRST_BYTES: u32 = 512;

@inline export function prevOf(node: usize): usize { return load<u32>(node); }
@inline export function nextOf(node: usize): usize { return load<u32>(node, 4); }
@inline export function setPrev(node: usize, prev: usize): void { store<u32>(node, <u32> prev); }
@inline export function setNext(node: usize, next: usize): void { store<u32>(node, <u32> next, 4); }
@inline export function blockOf(node: usize): usize { return load<u32>(node, 8); }
@inline export function nodeCount(node: usize): u32 { return load<u32>(node, 16); }
@inline export function kindOf(node: usize): u32 { return load<u32>(node, 20); }
@inline export function isPlain(node: usize): bool { return (kindOf(node) & PLAIN) != 0; }
@inline export function isCompressed(node: usize): bool { return (kindOf(node) & COMPRESSED) != 0; }
/** Whether it is a listpack that can be changed. */
@inline export function isPacked(node: usize): bool { return !(kindOf(node) & (PLAIN | COMPRESSED)); }
/** Bytes of a PLAIN node's element, or of what is compressed. */
@inline export function plainLen(node: usize): u32 { return load<u32>(node, 12); }
/** The listpack of a node that has one and is not compressed: here, a packed node. */
@inline export function nodeLp(node: usize): usize {
  return <usize> load<u32>(node, 8) + load<u32>(node, 12);
}

/** Whether an element of so many bytes lies in a node of its own. */
@inline export function isLarge(len: u32): bool {
  return <u64> len + LP_EMPTY + ENTRY_ESTIMATE > load<u32>(LIST_NODE_BYTES) || len >= load<u32>(LIST_PLAIN_BYTES);
}

/** Whether a node has room for an element of so many bytes, which is not large. */
export function nodeAllows(node: usize, len: u32): bool {
  if (!node || !isPacked(node)) return false;
  return lpBytes(nodeLp(node)) + len + ENTRY_ESTIMATE <= load<u32>(LIST_NODE_BYTES) &&
    nodeCount(node) < load<u32>(LIST_NODE_ENTRIES);
}

// ---- made and freed -------------------------------------------------------------------------------

function newNode(block: usize, start: u32, count: u32, kind: u32): usize {
  const node = allocate(NODE_BYTES);
  if (!node) return 0;
  store<u64>(node, 0);
  store<u32>(node, <u32> block, 8);
  store<u32>(node, start, 12);
  store<u32>(node, count, 16);
  store<u32>(node, kind, 20);
  return node;
}

/** A node around a listpack that is a block; 0 when memory is out, and then the listpack is the caller's. */
export function nodeOfListpack(lp: usize): usize {
  return newNode(lp, 0, lpLength(lp), 0);
}

/** A node of one element; 0 when memory is out. */
export function nodeOfElement(left: bool, ptr: usize, len: u32): usize {
  if (isLarge(len)) return newPlain(ptr, len);
  const lp = lpNew(min(max(FIRST_BYTES, (len + LP_EMPTY + ENTRY_ESTIMATE) << 1), load<u32>(LIST_NODE_BYTES)));
  if (!lp) return 0;
  const node = newNode(lp, 0, 0, 0);
  if (node && nodePush(node, left, ptr, len)) return node;
  free(node ? blockOf(node) : lp);
  free(node);
  return 0;
}

function newPlain(ptr: usize, len: u32): usize {
  const block = allocate(len);
  if (!block) return 0;
  memory.copy(block, ptr, len);
  const node = newNode(block, len, 1, PLAIN);
  if (!node) free(block);
  return node;
}

/** A copy of a node without neighbours; 0 when memory is out. */
export function nodeDup(node: usize): usize {
  const packed = isPacked(node);
  const from = packed ? nodeLp(node) : blockOf(node);
  const bytes = packed ? lpBytes(from) : isCompressed(node) ? load<u32>(from) + 4 : plainLen(node);
  const block = allocate(bytes);
  if (!block) return 0;
  memory.copy(block, from, bytes);
  const made = newNode(block, packed ? 0 : plainLen(node), nodeCount(node), kindOf(node));
  if (!made) free(block);
  return made;
}

export function nodeFree(node: usize): void {
  free(blockOf(node));
  free(node);
}

/** Bytes that a node occupies. */
export function nodeBytes(node: usize): u32 {
  return NODE_BYTES + blockBytes(blockOf(node));
}

// ---- room -----------------------------------------------------------------------------------------

/** Moves the listpack to `start` of a block, another one or its own. */
function moveTo(node: usize, block: usize, start: u32): void {
  const old = blockOf(node);
  const lp = nodeLp(node);
  memory.copy(block + start, lp, lpBytes(lp));
  store<u32>(node, <u32> block, 8);
  store<u32>(node, start, 12);
  if (old != block) free(old);
}

/** Makes room for `bytes` at one end of the listpack. @returns false when memory is out */
function makeRoom(node: usize, left: bool, bytes: u32): bool {
  const start = load<u32>(node, 12);
  if (left && bytes <= start) return true;
  const total = lpBytes(nodeLp(node));
  let block = blockOf(node);
  let size = blockBytes(block);
  const need = total + bytes;
  if (!left && start + need <= size) return true;
  if (need > size) {
    block = allocate(max(need, min(need << 1, load<u32>(LIST_NODE_BYTES))));
    if (!block) block = allocate(need);
    if (!block) return false;
    size = blockBytes(block);
  }
  moveTo(node, block, left ? size - total : 0);
  return true;
}

/** Gives back the room of a node that is no end any more. Never fails. */
export function nodeFit(node: usize): void {
  if (!isPacked(node)) return;
  const total = lpBytes(nodeLp(node));
  if (roundedBytes(total) >= blockBytes(blockOf(node))) return;
  const block = allocate(total);
  if (block) moveTo(node, block, 0);
}

/** The listpack of a packed node at the start of its block, as what modifies listpacks needs it. */
export function nodeSlide(node: usize): usize {
  if (load<u32>(node, 12)) moveTo(node, blockOf(node), 0);
  return blockOf(node);
}

/** Notes that a packed node has changed. */
@inline function setCount(node: usize, count: u32): void {
  store<u32>(node, count, 16);
  store<u32>(node, 0, 20);
}

/** Notes what a modification has made of the listpack of {@link nodeSlide}. */
@inline function settle(node: usize, lp: usize, count: u32): void {
  store<u32>(node, <u32> lp, 8);
  setCount(node, count);
}

// ---- the ends -------------------------------------------------------------------------------------

/** Adds an element at an end of a packed node. @returns false when memory is out */
export function nodePush(node: usize, left: bool, ptr: usize, len: u32): bool {
  const bytes = lpEntryBytes(ptr, len);
  if (!makeRoom(node, left, bytes)) return false;
  const start = load<u32>(node, 12);
  let lp = blockOf(node) + start;
  const total = lpBytes(lp);
  const count = nodeCount(node) + 1;
  if (left) {
    lp -= bytes;
    store<u32>(node, start - bytes, 12);
    lpWriteEntry(lp + LP_HEADER, ptr, len);
  } else {
    lpWriteEntry(lp + total - 1, ptr, len);
    store<u8>(lp + total + bytes - 1, <u8> LP_END);
  }
  setHeader(lp, total + bytes, count);
  setCount(node, count);
  return true;
}

@inline function setHeader(lp: usize, bytes: u32, count: u32): void {
  store<u32>(lp, bytes);
  store<u16>(lp, <u16> min<u32>(count, 65535), 4);
}

/** Removes elements from an end of a packed node that has more of them. Never fails. */
export function nodeDrop(node: usize, left: bool, dropped: u32): void {
  const lp = nodeLp(node);
  const total = lpBytes(lp);
  const count = nodeCount(node) - dropped;
  setCount(node, count);
  let rest: u32;
  if (left) {
    const first = dropped == 1 ? lpNext(lp, LP_HEADER) : lpSeek(lp, dropped);
    const gone = first - LP_HEADER;
    rest = total - gone;
    store<u32>(node, load<u32>(node, 12) + gone, 12);
    setHeader(lp + gone, rest, count);
  } else {
    const end = dropped == 1 ? lpLast(lp) : lpSeek(lp, count);
    rest = end + 1;
    store<u8>(lp + end, <u8> LP_END);
    setHeader(lp, rest, count);
  }
  const size = blockBytes(blockOf(node));
  if (size <= FIRST_BYTES || rest > size >> 2) return;
  const block = allocate(rest << 1);
  if (block) moveTo(node, block, 0);
}

// ---- the middle -----------------------------------------------------------------------------------

/** Puts an element before, after or in the place of entry `at` (LP_*). @returns false when memory is out */
export function nodeInsert(node: usize, at: u32, where: u32, ptr: usize, len: u32): bool {
  const lp = lpInsert(nodeSlide(node), at, where, ptr, len);
  if (!lp) return false;
  settle(node, lp, lpLength(lp));
  return true;
}

/** Whether {@link nodeReplace} would keep the node within its limit. */
export function nodeAllowsInPlace(node: usize, at: u32, len: u32): bool {
  const lp = nodeLp(node);
  const next = lpNext(lp, at);
  const old = (next ? next : lpBytes(lp) - 1) - at;
  return lpBytes(lp) - old + len + ENTRY_ESTIMATE <= load<u32>(LIST_NODE_BYTES);
}

/** Puts other bytes into a PLAIN node that is not compressed. @returns false when memory is out */
export function plainReplace(node: usize, ptr: usize, len: u32): bool {
  const block = allocate(len);
  if (!block) return false;
  memory.copy(block, ptr, len);
  free(blockOf(node));
  store<u32>(node, <u32> block, 8);
  store<u32>(node, len, 12);
  store<u32>(node, PLAIN, 20);
  return true;
}

/** Removes `count` entries from `at` on, of a packed node that has more. Never fails. */
export function nodeDelete(node: usize, at: u32, count: u32): void {
  const lp = nodeSlide(node);
  settle(node, count == 1 ? lpDelete(lp, at) : lpDeleteRangeAt(lp, at, count), nodeCount(node) - count);
}

/**
 * Moves the entries from `at` on, not the first one, into a node of their own.
 *
 * @returns that node; 0 when memory is out, and then nothing has changed
 */
export function nodeSplit(node: usize, at: u32): usize {
  const lp = nodeLp(node);
  const moved = lpBytes(lp) - at;
  const right = lpNew(LP_HEADER + moved);
  if (!right) return 0;
  memory.copy(right + LP_HEADER, lp + at, moved);
  store<u32>(right, LP_HEADER + moved);
  store<u16>(right, 65535, 4);
  const made = nodeOfListpack(right);
  if (made) nodeDrop(node, false, nodeCount(made));
  else free(right);
  return made;
}

/** The entry of an element of a packed node. */
@inline export function nodeSeek(node: usize, index: u32): u32 {
  return lpSeek(nodeLp(node), index);
}
