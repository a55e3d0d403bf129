/**
 * Walking the living entries of a stream, counting and showing them. One cursor serves all; it is lost when
 * the stream changes, but for the deletion of what it is on.
 */
import { OUT_FAILED } from "../../base/layout";
import { digestMix } from "../../hashing/digest_mix";
import { idBelow, idFirst, idGo, idLast, idLeaf, idMs, idNext, idPayload, idPrevious, idSeekBack, idSeq, idSlot } from "../../structures/idtree";
import { lpI64, lpLen, lpPtr, lpRead, lpSkip } from "../../structures/listpack";
import { writeI64, writeU64 } from "../../text/number";
import { bulkBytes, replyArray, replyBulk, replyBulkI64 } from "../../protocol/reply";
import {
  DELETED, enterNode, entryAt, entryBefore, entryEnd, entryFields, entryFlags, entryMs, entryNames, entrySeq,
  entryValues, isNodeEnd, nodeEnd, nodeEntries, nodeLp, nodeStart, readEntry, SAMEFIELDS,
} from "./stream_node";
import { isBelow, lastIdOf, nodesOf } from "./stream_value";

// ---- the cursor -----------------------------------------------------------------------------------

/** Where the cursor's node stands in the index. */
let placeLeaf: usize = 0;
let placeSlot: u32 = 0;

/** Enters the node under the index's cursor. */
function enterHere(s: usize): void {
  placeLeaf = idLeaf();
  placeSlot = idSlot();
  enterNode(load<u32>(idPayload(nodesOf(s))), idMs(), idSeq());
}

/** Goes to the first living entry at `p` or after it. @returns false at the stream's end */
function settleForward(s: usize, p: usize): bool {
  while (true) {
    while (!isNodeEnd(p)) {
      readEntry(p);
      if (!(entryFlags & DELETED)) return true;
      p = entryEnd();
    }
    if (!enterNext(s)) return false;
    p = nodeStart;
  }
}

/** Enters the node after the cursor's. @returns false where there is none */
function enterNext(s: usize): bool {
  idGo(placeLeaf, placeSlot);
  if (!idNext()) return false;
  enterHere(s);
  return true;
}

/** Goes to the first living entry that is not below an ID. @returns whether there is one */
export function seekForward(s: usize, ms: u64, seq: u64): bool {
  const nodes = nodesOf(s);
  if (!idSeekBack(nodes, ms, seq) && !idFirst(nodes)) return false;
  enterHere(s);
  if (!settleForward(s, nodeStart)) return false;
  while (idBelow(entryMs, entrySeq, ms, seq)) if (!stepForward(s)) return false;
  return true;
}

/** Goes to the next living entry. @returns false at the end */
export function stepForward(s: usize): bool {
  return settleForward(s, entryEnd());
}

/** Goes to the last living entry that ends at `p` or before it. @returns false at the stream's start */
function settleBack(s: usize, p: usize): bool {
  while (true) {
    while ((p = entryBefore(p))) {
      readEntry(p);
      if (!(entryFlags & DELETED)) return true;
    }
    idGo(placeLeaf, placeSlot);
    if (!idPrevious()) return false;
    enterHere(s);
    p = nodeEnd(nodeLp);
  }
}

/** Goes to the last living entry that is not above an ID. @returns whether there is one */
export function seekBack(s: usize, ms: u64, seq: u64): bool {
  if (!idSeekBack(nodesOf(s), ms, seq)) return false;
  enterHere(s);
  if (!settleBack(s, nodeEnd(nodeLp))) return false;
  while (idBelow(ms, seq, entryMs, entrySeq)) if (!stepBack(s)) return false;
  return true;
}

/** Goes to the living entry before. @returns false at the start */
export function stepBack(s: usize): bool {
  return settleBack(s, entryAt);
}

/** Goes to the living entry of an ID. @returns whether there is one */
export function seekEntry(s: usize, ms: u64, seq: u64): bool {
  if (!idSeekBack(nodesOf(s), ms, seq)) return false;
  enterHere(s);
  for (let p = nodeStart; !isNodeEnd(p); p = entryEnd()) {
    readEntry(p);
    // A deleted one says nothing: XSETID may have led back behind it.
    if (entryFlags & DELETED || idBelow(entryMs, entrySeq, ms, seq)) continue;
    return entryMs == ms && entrySeq == seq;
  }
  return false;
}

/** Goes to the first living entry, or the last one. @returns whether there is one */
export function seekEdge(s: usize, last: bool): bool {
  if (!(last ? idLast(nodesOf(s)) : idFirst(nodesOf(s)))) return false;
  enterHere(s);
  return last ? settleBack(s, nodeEnd(nodeLp)) : settleForward(s, nodeStart);
}

// ---- counting -------------------------------------------------------------------------------------

/** Entries between two IDs, both included; not counted beyond `limit`. Nodes that lie inside are not looked into. */
export function countRange(s: usize, ms: u64, seq: u64, endMs: u64, endSeq: u64, limit: u64): u64 {
  if (!seekForward(s, ms, seq)) return 0;
  let count: u64 = 0;
  let from: usize = 0;
  const toEnd = !isBelow(endMs, endSeq, lastIdOf(s));
  while (count < limit) {
    if (nodeLp != from) {
      from = nodeLp;
      // Whole from its first living entry on, if the next node begins inside, or all that comes does.
      const entries = isFirstAlive() ? nodeEntries(from) : 0;
      if (entries && endsInside(endMs, endSeq, toEnd)) {
        count += entries;
        if (!enterNext(s) || !settleForward(s, nodeStart)) break;
        continue;
      }
    }
    if (idBelow(endMs, endSeq, entryMs, entrySeq)) break;
    count++;
    if (!stepForward(s)) break;
  }
  return min(count, limit);
}

/** Whether no living entry comes before the cursor in its node. */
function isFirstAlive(): bool {
  const at = entryAt;
  let p = nodeStart;
  while (p != at) {
    readEntry(p);
    if (!(entryFlags & DELETED)) break;
    p = entryEnd();
  }
  readEntry(at);
  return p == at;
}

/** Whether all of the cursor's node lies at or before an ID. */
function endsInside(endMs: u64, endSeq: u64, toEnd: bool): bool {
  if (toEnd) return true;
  idGo(placeLeaf, placeSlot);
  return idNext() && !idBelow(endMs, endSeq, idMs(), idSeq());
}

// ---- showing --------------------------------------------------------------------------------------

export const ID_TEXT = memory.data(48);

/** Writes an ID as text to ID_TEXT, its halves with a mark between them. @returns its length */
export function spellId(ms: u64, seq: u64, mark: u32): u32 {
  let end = ID_TEXT + writeU64(ID_TEXT, ms);
  store<u8>(end++, <u8> mark);
  end += writeU64(end, seq);
  return <u32> (end - ID_TEXT);
}

/** Replies with an ID as a bulk. */
export function replyId(ms: u64, seq: u64): void {
  replyBulk(ID_TEXT, spellId(ms, seq, 0x2d));
}

/** The field of the entry under the cursor that has been gone to. */
let fieldName: usize = 0;
let fieldValue: usize = 0;

@inline function firstField(): void {
  fieldName = entryNames;
  fieldValue = entryFlags & SAMEFIELDS ? entryValues : lpSkip(fieldName);
}
@inline function nextField(): void {
  fieldName = lpSkip(entryFlags & SAMEFIELDS ? fieldName : fieldValue);
  fieldValue = lpSkip(entryFlags & SAMEFIELDS ? fieldValue : fieldName);
}

@inline function replyElement(p: usize): void {
  if (lpRead(p)) replyBulkI64(lpI64());
  else replyBulk(lpPtr(), lpLen());
}

/** Replies with the entry under the cursor: its ID, and its fields and values. */
export function replyEntry(): void {
  replyEntryWith(0);
}

/** The same of one that so many more elements are to follow. */
export function replyEntryWith(more: u32): void {
  replyArray(2 + more);
  replyId(entryMs, entrySeq);
  replyArray(entryFields << 1);
  firstField();
  for (let left = entryFields; left; left--) {
    replyElement(fieldName);
    replyElement(fieldValue);
    nextField();
  }
}

/** Bytes of a line with the longest integer, and of a bulk string's line with one. */
const LINE_BYTES: u32 = 23;
const INTEGER_BYTES: u32 = 27;
/** Bytes of both array lines and of the longest ID. */
const HEAD_BYTES: u32 = 4 + 13 + 48;

@inline function elementReplyBytes(p: usize): u64 {
  return lpRead(p) ? INTEGER_BYTES : bulkBytes(lpLen());
}

/** What the reply of the entry under the cursor takes at most, with so many numbers after it. */
export function entryReplyBytes(more: u32): u64 {
  let bytes: u64 = HEAD_BYTES + LINE_BYTES * more;
  firstField();
  for (let left = entryFields; left; left--) {
    bytes += elementReplyBytes(fieldName) + elementReplyBytes(fieldValue);
    nextField();
  }
  return bytes;
}

function digestElement(p: usize): void {
  if (lpRead(p)) digestMix(ID_TEXT, writeI64(ID_TEXT, lpI64()));
  else digestMix(lpPtr(), lpLen());
}

/** Tells digest.ts of all entries; IDs have a dot there. */
export function streamDigest(s: usize): void {
  for (let more = seekEdge(s, false); more; more = stepForward(s)) {
    digestMix(ID_TEXT, spellId(entryMs, entrySeq, 0x2e));
    firstField();
    for (let left = entryFields; left; left--) {
      digestElement(fieldName);
      digestElement(fieldValue);
      nextField();
    }
  }
}

/** Replies with `count` entries from the cursor's on, more than 0. */
export function replyForward(s: usize, count: u64): void {
  replyEntry();
  while (--count && !load<u32>(OUT_FAILED) && stepForward(s)) replyEntry();
}

/** The same backwards. */
export function replyBack(s: usize, count: u64): void {
  replyEntry();
  while (--count && !load<u32>(OUT_FAILED) && stepBack(s)) replyEntry();
}
