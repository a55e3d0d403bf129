/**
 * A quicklist: a doubly linked list of nodes (quicknode.ts), each with a run of elements.
 *
 * ```
 *  quicklist (16 bytes)
 *    +0   u32 head           nodes, 0 when empty
 *    +4   u32 tail
 *    +8   u32 count          elements
 *    +12  u32 compresses     non-zero when a node may be compressed
 * ```
 *
 * Invariants: no node is empty; the counts of the nodes add up to `count`.
 *
 * Costs: O(1) at the ends. An index is found in as many steps as there are nodes up to the nearer end,
 * and then in half a node. A range is cut out by its two ends: what lies between is taken out as one
 * chain, whatever its length, and freed later (object.ts). An insertion into a full node splits it.
 *
 * The cursor stands at an element, of a quicklist or of a listpack on its own (node 0), so that what
 * walks a list need not know which of the two it is. A change moves elements: it says where the cursor
 * is afterwards.
 *
 * Compression (quickcompress.ts): what changes a node wants it open; the functions called `qlOpen...`
 * see to that, and qlTighten compresses again what should be. Ends are open, as far as there is memory.
 */
import { LIST_COMPRESS_DEPTH, RESULT_I64 } from "../base/layout";
import {
  LP_AFTER, LP_BEFORE, LP_REPLACE, lpBytes, lpEqualAt, lpFirst, lpGet, lpGetString, lpHere, lpI64, lpLast, lpLen,
  lpNext, lpPrev, lpPtr, lpSeek,
} from "./listpack";
import { allocate, free } from "../base/memory";
import { equalBytes } from "../base/bytes";
import {
  isCompressed, isLarge, isPacked, isPlain, nextOf, nodeAllows, nodeAllowsInPlace, nodeBytes, nodeCount, nodeDelete, nodeDrop,
  nodeDup, nodeFit, nodeFree, nodeInsert, nodeLp, nodeOfElement, nodeOfListpack, nodePush, nodeSeek, nodeSlide,
  nodeSplit, plainLen, plainReplace, prevOf, setNext, setPrev,
} from "./quicknode";
import { nodeCompress, nodeOpen, nodeView } from "./quickcompress";
import { replyBulk, replyBulkI64, replyShortRun, runWritten } from "../protocol/reply";

const QUICKLIST_BYTES: u32 = 16;

@inline export function headOf(ql: usize): usize { return load<u32>(ql); }
@inline export function tailOf(ql: usize): usize { return load<u32>(ql, 4); }
/** Number of elements. */
@inline export function qlLength(ql: usize): u32 { return load<u32>(ql, 8); }
@inline function addCount(ql: usize, added: i32): void {
  store<u32>(ql, load<u32>(ql, 8) + added, 8);
}

// ---- the whole ------------------------------------------------------------------------------------

/** An empty quicklist; 0 when memory is out. */
export function qlNew(): usize {
  const ql = allocate(QUICKLIST_BYTES);
  if (ql) memory.fill(ql, 0, QUICKLIST_BYTES);
  return ql;
}

/** A quicklist that takes over a listpack with elements; 0 when memory is out, and then it does not. */
export function qlOfListpack(lp: usize): usize {
  const node = nodeOfListpack(lp);
  if (!node) return 0;
  const ql = qlNew();
  if (!ql) {
    free(node);
    return 0;
  }
  link(ql, 0, node);
  addCount(ql, nodeCount(node));
  return ql;
}

/** The listpack of the only node, PACKED, as a block of its own; the quicklist around it is freed. */
export function qlIntoListpack(ql: usize): usize {
  const node = headOf(ql);
  const lp = nodeSlide(node);
  free(node);
  free(ql);
  return lp;
}

/** Frees up to `budget` nodes. @returns whether all is gone */
export function qlFreeStep(ql: usize, budget: u32): bool {
  let node = headOf(ql);
  while (node && budget--) {
    const next = nextOf(node);
    addCount(ql, -(<i32> nodeCount(node)));
    nodeFree(node);
    node = next;
  }
  store<u32>(ql, <u32> node);
  if (node) return false;
  free(ql);
  return true;
}

/** A copy; 0 when memory is out. */
export function qlDup(ql: usize): usize {
  const copy = qlNew();
  if (!copy) return 0;
  store<u32>(copy, load<u32>(ql, 12), 12);
  for (let node = headOf(ql); node; node = nextOf(node)) {
    const made = nodeDup(node);
    if (!made) {
      while (!qlFreeStep(copy, 0x10000)) continue;
      return 0;
    }
    link(copy, tailOf(copy), made);
    addCount(copy, nodeCount(made));
  }
  return copy;
}

/** Bytes it occupies, estimated from the first `samples` nodes (0: all). */
export function qlBytes(ql: usize, samples: u32): f64 {
  let bytes: f64 = 0;
  let nodes: u32 = 0;
  let elements: u32 = 0;
  for (let node = headOf(ql); node && (!samples || nodes < samples); node = nextOf(node)) {
    bytes += nodeBytes(node);
    elements += nodeCount(node);
    nodes++;
  }
  if (elements) bytes *= <f64> qlLength(ql) / <f64> elements;
  return bytes + QUICKLIST_BYTES;
}

/** Its nodes; RESULT_I64 then has the bytes of their listpacks and large elements, not compressed. */
export function qlNodes(ql: usize): u32 {
  let nodes: u32 = 0;
  let bytes: i64 = 0;
  for (let node = headOf(ql); node; node = nextOf(node)) {
    bytes += isPacked(node) ? lpBytes(nodeLp(node)) : plainLen(node);
    nodes++;
  }
  store<i64>(RESULT_I64, bytes);
  return nodes;
}

// ---- nodes ----------------------------------------------------------------------------------------

/** Puts a node after another one, 0 for the front. */
function link(ql: usize, prev: usize, node: usize): void {
  const next = prev ? nextOf(prev) : headOf(ql);
  setPrev(node, prev);
  setNext(node, next);
  if (prev) setNext(prev, node);
  else store<u32>(ql, <u32> node);
  if (next) setPrev(next, node);
  else store<u32>(ql, <u32> node, 4);
}

/** Takes the nodes from `first` to `last` out. */
function unlink(ql: usize, first: usize, last: usize): void {
  const prev = prevOf(first);
  const next = nextOf(last);
  if (prev) setNext(prev, next);
  else store<u32>(ql, <u32> next);
  if (next) setPrev(next, prev);
  else store<u32>(ql, <u32> prev, 4);
}

function removeNode(ql: usize, node: usize): void {
  unlink(ql, node, node);
  nodeFree(node);
}

/** Frees a whole list, at once or in turns to come; handed in by the type. */
let freeLater: (ql: usize) => void = (_ql: usize): void => {};
export function onChainDropped(hook: (ql: usize) => void): void {
  freeLater = hook;
}

/** Frees the chain from `first` to `last`, which holds so many elements: now, or in turns to come. */
function freeChain(first: usize, last: usize, elements: u32): void {
  setNext(last, 0);
  const chain = qlNew();
  if (chain) {
    store<u32>(chain, <u32> first);
    store<u32>(chain, elements, 8);
    freeLater(chain);
    return;
  }
  while (first) {
    const next = nextOf(first);
    nodeFree(first);
    first = next;
  }
}

// ---- the ends -------------------------------------------------------------------------------------

/** Adds an element at an end. @returns false when memory is out */
export function qlPush(ql: usize, left: bool, ptr: usize, len: u32): bool {
  const end = left ? headOf(ql) : tailOf(ql);
  if (nodeAllows(end, len) && !isLarge(len)) {
    if (!nodePush(end, left, ptr, len)) return false;
  } else {
    const node = nodeOfElement(left, ptr, len);
    if (!node) return false;
    link(ql, left ? 0 : end, node);
    if (end) nodeFit(end);
    qlTighten(ql, false);
  }
  addCount(ql, 1);
  return true;
}

/** Removes the element at an end, where the node is open. Never fails. */
export function qlDrop(ql: usize, left: bool): void {
  const end = left ? headOf(ql) : tailOf(ql);
  addCount(ql, -1);
  if (nodeCount(end) > 1) nodeDrop(end, left, 1);
  else {
    removeNode(ql, end);
    qlTighten(ql, false);
  }
}

/** Adds a node that takes over a listpack with elements. @returns false when memory is out, and then it does not */
export function qlAppendListpack(ql: usize, lp: usize): bool {
  const node = nodeOfListpack(lp);
  if (!node) return false;
  link(ql, tailOf(ql), node);
  addCount(ql, nodeCount(node));
  qlTighten(ql, false);
  return true;
}

// ---- compression ----------------------------------------------------------------------------------

/** Opens the node at an end. @returns false when memory is out */
@inline export function qlOpenEnd(ql: usize, left: bool): bool {
  return !load<u32>(ql, 12) || nodeOpen(left ? headOf(ql) : tailOf(ql));
}

/** Opens the node of the element of an index. @returns false when memory is out */
export function qlOpen(ql: usize, index: u32): bool {
  return !load<u32>(ql, 12) || nodeOpen(findNode(ql, index));
}

/** Opens the cursor's node. @returns false when memory is out, and then the cursor is where it was */
export function qlOpenCursor(): bool {
  if (!isCompressed(cursorNode)) return true;
  if (!nodeOpen(cursorNode)) return false;
  stand(cursorNode);
  return true;
}

/** Whether a node may be compressed: what walks a list to change it must open it. */
@inline export function qlCompresses(ql: usize): bool {
  return load<u32>(ql, 12) != 0;
}

/**
 * Opens the nodes that list-compress-depth wants open, and compresses the others: the outermost of them,
 * or the `whole` of them after a change in the middle. Never fails: without memory they stay as they are.
 */
export function qlTighten(ql: usize, whole: bool): void {
  const depth = load<u32>(LIST_COMPRESS_DEPTH);
  let first = headOf(ql);
  let last = tailOf(ql);
  if (!depth || !first) return;
  for (let left = depth; left; left--) {
    nodeOpen(first);
    nodeOpen(last);
    if (first == last || nextOf(first) == last) return;
    first = nextOf(first);
    last = prevOf(last);
  }
  let compressed = false;
  for (let node = first; ; node = whole ? nextOf(node) : last) {
    if (nodeCompress(node)) compressed = true;
    if (node == last) break;
  }
  if (compressed) store<u32>(ql, 1, 12);
}

// ---- the cursor -----------------------------------------------------------------------------------

/** Its node, 0 in a listpack on its own; the node's content; the listpack that this is, 0 in a PLAIN node; the entry. */
let cursorNode: usize = 0;
let cursorData: usize = 0;
let cursorLp: usize = 0;
let cursorAt: u32 = 0;

/** What {@link cursorRead} has read. */
export let cursorPtr: usize = 0;
export let cursorLen: u32 = 0;

/** Sets the cursor to an entry of a listpack on its own. */
@inline export function cursorSet(lp: usize, at: u32): void {
  cursorNode = 0;
  cursorLp = lp;
  cursorAt = at;
}
/** The entry in that listpack. */
@inline export function cursorEntry(): u32 {
  return cursorAt;
}

/** Sets the cursor to a node, and leaves it to the caller to name the entry. */
@inline function stand(node: usize): void {
  cursorNode = node;
  cursorData = nodeView(node);
  cursorLp = isPlain(node) ? 0 : cursorData;
}

@inline function enter(node: usize, left: bool): void {
  stand(node);
  if (cursorLp) cursorAt = left ? lpFirst(cursorLp) : lpLast(cursorLp);
}

/** Sets the cursor to the element at an end. */
export function cursorEnd(ql: usize, left: bool): void {
  enter(left ? headOf(ql) : tailOf(ql), left);
}

/** How far into its node {@link cursorSeek} has found the element. */
let seekOffset: u32 = 0;

/** Sets the cursor to the element of an index below the length. */
export function cursorSeek(ql: usize, index: u32): void {
  stand(findNode(ql, index));
  if (cursorLp) cursorAt = lpSeek(cursorLp, seekOffset);
}

function findNode(ql: usize, index: u32): usize {
  const count = qlLength(ql);
  let node: usize;
  if (index <= count >> 1) {
    node = headOf(ql);
    while (index >= nodeCount(node)) {
      index -= nodeCount(node);
      node = nextOf(node);
    }
    seekOffset = index;
  } else {
    node = tailOf(ql);
    let after = count - index;
    while (after > nodeCount(node)) {
      after -= nodeCount(node);
      node = prevOf(node);
    }
    seekOffset = nodeCount(node) - after;
  }
  return node;
}

/** Moves to the next element or to the one before. @returns false at the end, where the cursor stays */
export function cursorStep(back: bool): bool {
  if (cursorLp) {
    const at = back ? lpPrev(cursorLp, cursorAt) : lpNext(cursorLp, cursorAt);
    if (at) {
      cursorAt = at;
      return true;
    }
  }
  if (!cursorNode) return false;
  const node = back ? prevOf(cursorNode) : nextOf(cursorNode);
  if (node) enter(node, !back);
  return node != 0;
}

/** Replies with the element. */
export function cursorReply(): void {
  if (!cursorLp) replyBulk(cursorData, plainLen(cursorNode));
  else if (lpGet(cursorLp, cursorAt)) replyBulkI64(lpI64());
  else replyBulk(lpPtr(), lpLen());
}

/** Replies with `count` elements, all of which are there, from the cursor on; it then stands at the last. */
export function cursorReplyRun(count: u32): void {
  while (true) {
    if (cursorLp) {
      const at = <u32> (replyShortRun(cursorLp + cursorAt, count) - cursorLp);
      count -= runWritten;
      if (!count) return;
      // An integer, a long string, or the end of the node.
      if (lpHere(cursorLp, at)) cursorAt = at;
      else {
        enter(nextOf(cursorNode), true);
        continue;
      }
    }
    cursorReply();
    if (!--count) return;
    cursorStep(false);
  }
}

/**
 * Points cursorPtr and cursorLen at the element's bytes; they are gone when the list changes.
 *
 * @param scratch 20 bytes, where an integer is spelt
 */
export function cursorRead(scratch: usize): void {
  if (cursorLp) {
    lpGetString(cursorLp, cursorAt, scratch);
    cursorPtr = lpPtr();
    cursorLen = lpLen();
  } else {
    cursorPtr = cursorData;
    cursorLen = plainLen(cursorNode);
  }
}

/** Whether the element is these bytes. */
export function cursorEqual(ptr: usize, len: u32): bool {
  if (cursorLp) return lpEqualAt(cursorLp, cursorAt, ptr, len);
  return plainLen(cursorNode) == len && equalBytes(cursorData, ptr, len);
}

// ---- changes at the cursor ------------------------------------------------------------------------

/** Puts an element before or after the cursor's, which then stands nowhere. @returns false when memory is out */
export function qlInsert(ql: usize, after: bool, ptr: usize, len: u32): bool {
  if (!qlOpenCursor()) return false;
  const node = cursorNode;
  const done = !isLarge(len) && nodeAllows(node, len)
    ? nodeInsert(node, cursorAt, after ? LP_AFTER : LP_BEFORE, ptr, len)
    : insertBeside(ql, node, after, ptr, len);
  if (done) addCount(ql, 1);
  qlTighten(ql, true);
  return done;
}

/** The same where the cursor's node has no room: in a neighbour, or between two nodes, or parts of one. */
function insertBeside(ql: usize, node: usize, after: bool, ptr: usize, len: u32): bool {
  const large = isLarge(len);
  const isEdge = !cursorLp ||
    (after ? !lpNext(cursorLp, cursorAt) : !lpPrev(cursorLp, cursorAt));
  let left = after ? node : prevOf(node);
  let right = after ? nextOf(node) : node;
  if (!isEdge) {
    right = nodeSplit(node, after ? lpNext(cursorLp, cursorAt) : cursorAt);
    if (!right) return false;
    link(ql, node, right);
    left = node;
  }
  if (!large && nodeAllows(left, len)) return nodePush(left, false, ptr, len);
  if (!large && nodeAllows(right, len)) return nodePush(right, true, ptr, len);
  const made = nodeOfElement(false, ptr, len);
  if (!made) return false;
  link(ql, left, made);
  nodeFit(made);
  return true;
}

/** Puts other bytes in the place of the cursor's element. @returns false when memory is out */
export function qlReplace(ql: usize, ptr: usize, len: u32): bool {
  if (!qlOpenCursor()) return false;
  const done = replaceOpen(ql, ptr, len);
  qlTighten(ql, true);
  return done;
}

function replaceOpen(ql: usize, ptr: usize, len: u32): bool {
  const node = cursorNode;
  const at = cursorAt;
  const large = isLarge(len);
  if (large ? isPlain(node) : !isPlain(node) && nodeAllowsInPlace(node, at, len)) {
    return large ? plainReplace(node, ptr, len) : nodeInsert(node, at, LP_REPLACE, ptr, len);
  }
  // The new one goes behind the old one, and then nothing can fail any more. A split leaves the old one
  // where it was: last in its node.
  if (!insertBeside(ql, node, true, ptr, len)) return false;
  if (nodeCount(node) == 1) removeNode(ql, node);
  else nodeDelete(node, at, 1);
  return true;
}

/**
 * Removes the cursor's element, whose node is open; the cursor moves to the next one, or to the one
 * before. qlTighten is left to the caller, who may have more to remove.
 *
 * @returns false when there is none
 */
export function qlDelete(ql: usize, back: bool): bool {
  const node = cursorNode;
  addCount(ql, -1);
  if (nodeCount(node) == 1) {
    const beside = back ? prevOf(node) : nextOf(node);
    removeNode(ql, node);
    if (beside) enter(beside, !back);
    return beside != 0;
  }
  nodeDelete(node, cursorAt, 1);
  cursorData = nodeLp(node);
  cursorLp = cursorData;
  const at = back ? lpPrev(cursorLp, cursorAt) : lpHere(cursorLp, cursorAt);
  if (at) {
    cursorAt = at;
    return true;
  }
  const beside = back ? prevOf(node) : nextOf(node);
  if (beside) enter(beside, !back);
  return beside != 0;
}

/**
 * Removes `count` elements, more than 0, from an index on; the nodes of the first and the last one are
 * open. qlTighten is left to the caller. Never fails.
 */
export function qlDeleteRange(ql: usize, index: u32, count: u32): void {
  let first = findNode(ql, index);
  const skipped = seekOffset;
  let last = findNode(ql, index + count - 1);
  const kept = nodeCount(last) - seekOffset - 1;
  addCount(ql, -(<i32> count));
  if (first == last && (skipped || kept)) {
    if (!skipped) nodeDrop(first, true, count);
    else if (!kept) nodeDrop(first, false, count);
    else nodeDelete(first, nodeSeek(first, skipped), count);
    return;
  }
  const before = skipped ? first : prevOf(first);
  if (skipped) {
    const dropped = nodeCount(first) - skipped;
    nodeDrop(first, false, dropped);
    count -= dropped;
    first = nextOf(first);
  }
  if (kept) {
    const dropped = nodeCount(last) - kept;
    nodeDrop(last, true, dropped);
    count -= dropped;
    last = prevOf(last);
  }
  // Only the two ends' nodes were touched when these have passed each other.
  if (last == before) return;
  unlink(ql, first, last);
  freeChain(first, last, count);
}
