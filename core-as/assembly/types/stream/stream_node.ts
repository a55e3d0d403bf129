/**
 * A stream's node: a listpack of entries, byte for byte as Redis writes it to RDB files.
 *
 * ```
 *  master  | entries | deleted | num-fields | field ... | 0 |
 *  entry   | flags | ms - node's | seq - node's | [num-fields] | value ... or field value ... | lp-count |
 * ```
 *
 * The node's ID is that of its first entry when it was made, whose fields the master has. An entry of the same fields
 * (SAMEFIELDS) has neither their number nor their names. `lp-count` is how many elements of the listpack
 * come before it in its entry: the way back to the flags. A deleted entry stays with its flag set, until
 * none is alive and the node goes.
 *
 * The cursor of this file is on one entry: {@link entryMs}, {@link entrySeq} and what follows. It is lost
 * when the node changes.
 */
import { allocate } from "../../base/memory";
import { equalBytes } from "../../base/bytes";
import { fitBlock, growBlock } from "../../base/growth";
import { idBelow } from "../../structures/idtree";
import {
  lpBack, lpBytes, lpEntryBytes, lpI64, lpIntAt, lpIntBytes, lpLen, lpNew, lpPtr, lpRead, lpSkip, lpValidate,
  lpWriteEntry, lpWriteIntEntry, lpWrittenBytes,
} from "../../structures/listpack";
import { parsedI64, parseI64 } from "../../text/number";
import { argLen, argPtr } from "../../protocol/resp";

export const DELETED: u32 = 1;
export const SAMEFIELDS: u32 = 2;

/** Offset of a listpack's first element. */
const FIRST: u32 = 6;
const END: u32 = 0xff;
/** Most bytes of an element beyond its string's, and of one of the entry's own numbers. */
const ELEMENT_OVERHEAD: u32 = 10;
/** Bytes that a node's block has to spare. */
const SLACK: u32 = 8;

// ---- the master entry -----------------------------------------------------------------------------

@inline export function nodeEntries(lp: usize): u32 { return <u32> lpIntAt(lp + FIRST); }
@inline export function nodeDeleted(lp: usize): u32 { return <u32> lpIntAt(lpSkip(lp + FIRST)); }

/**
 * Writes one of the first two numbers of the master entry. The block has room for a wider one: SLACK bytes
 * are left in it whenever it is made, and no more are ever needed.
 */
function setCount(lp: usize, at: usize, value: u32): void {
  if (value < 128 && load<u8>(at) < 128) {
    store<u8>(at, <u8> value);
    return;
  }
  const old = lpSkip(at) - at;
  const fresh: usize = lpIntBytes(value);
  if (old != fresh) {
    const total = lpBytes(lp);
    memory.copy(at + fresh, at + old, lp + total - at - old);
    store<u32>(lp, total + <u32> fresh - <u32> old);
  }
  lpWriteIntEntry(at, value);
}

// ---- the cursor -----------------------------------------------------------------------------------

/** The node that the cursor is in, its ID, the fields of its master entry and where its entries begin. */
export let nodeLp: usize = 0;
export let nodeMs: u64 = 0;
export let nodeSeq: u64 = 0;
let masterFields: u32 = 0;
let masterNames: usize = 0;
export let nodeStart: usize = 0;

/** Puts the cursor before the first entry of a node. */
export function enterNode(lp: usize, ms: u64, seq: u64): void {
  nodeLp = lp;
  nodeMs = ms;
  nodeSeq = seq;
  let p = lpSkip(lpSkip(lp + FIRST));
  masterFields = <u32> lpIntAt(p);
  p = lpSkip(p);
  masterNames = p;
  for (let left = masterFields; left; left--) p = lpSkip(p);
  nodeStart = lpSkip(p);
}

/** The entry that was read last. */
export let entryAt: usize = 0;
export let entryMs: u64 = 0;
export let entrySeq: u64 = 0;
export let entryFlags: u32 = 0;
/** Its fields: how many, and where their names (of the master, or between the values) and values are. */
export let entryFields: u32 = 0;
export let entryNames: usize = 0;
export let entryValues: usize = 0;

/** Reads the entry at `p` of the node that was entered. */
export function readEntry(p: usize): void {
  entryAt = p;
  entryFlags = <u32> lpIntAt(p);
  p = lpSkip(p);
  entryMs = nodeMs + lpIntAt(p);
  p = lpSkip(p);
  entrySeq = nodeSeq + lpIntAt(p);
  p = lpSkip(p);
  if (entryFlags & SAMEFIELDS) {
    entryFields = masterFields;
    entryNames = masterNames;
    entryValues = p;
  } else {
    entryFields = <u32> lpIntAt(p);
    entryNames = lpSkip(p);
    entryValues = entryNames;
  }
}

/** Bytes that {@link keepCursor} takes. */
export const CURSOR_BYTES: u32 = 72;

/** Keeps the cursor for {@link returnCursor}: who is called in the middle of something leaves it as it was. */
export function keepCursor(to: usize): void {
  store<u64>(to, nodeMs);
  store<u64>(to, nodeSeq, 8);
  store<u64>(to, entryMs, 16);
  store<u64>(to, entrySeq, 24);
  store<u32>(to, <u32> nodeLp, 32);
  store<u32>(to, masterFields, 36);
  store<u32>(to, <u32> masterNames, 40);
  store<u32>(to, <u32> nodeStart, 44);
  store<u32>(to, <u32> entryAt, 48);
  store<u32>(to, entryFlags, 52);
  store<u32>(to, entryFields, 56);
  store<u32>(to, <u32> entryNames, 60);
  store<u32>(to, <u32> entryValues, 64);
}

export function returnCursor(from: usize): void {
  nodeMs = load<u64>(from);
  nodeSeq = load<u64>(from, 8);
  entryMs = load<u64>(from, 16);
  entrySeq = load<u64>(from, 24);
  nodeLp = load<u32>(from, 32);
  masterFields = load<u32>(from, 36);
  masterNames = load<u32>(from, 40);
  nodeStart = load<u32>(from, 44);
  entryAt = load<u32>(from, 48);
  entryFlags = load<u32>(from, 52);
  entryFields = load<u32>(from, 56);
  entryNames = load<u32>(from, 60);
  entryValues = load<u32>(from, 64);
}

/** Where the entry after the one read last begins. */
export function entryEnd(): usize {
  let p = entryValues;
  let left = (entryFlags & SAMEFIELDS ? entryFields : entryFields << 1) + 1;
  while (left--) p = lpSkip(p);
  return p;
}

/** Whether the listpack ends at `p`. */
@inline export function isNodeEnd(p: usize): bool {
  return load<u8>(p) == END;
}

/** Where the entry begins that ends before `p`; 0 where the master entry comes before it. */
export function entryBefore(p: usize): usize {
  p = lpBack(p);
  let left = <u32> lpIntAt(p);
  if (!left) return 0;
  while (left--) p = lpBack(p);
  return p;
}

/** Where a node's listpack ends. */
@inline export function nodeEnd(lp: usize): usize {
  return lp + lpBytes(lp) - 1;
}

// ---- adding ---------------------------------------------------------------------------------------

/** Bytes of an entry's fields and values. */
export function argumentBytes(first: u32, fields: u32): u64 {
  let bytes: u64 = 0;
  for (let i = first, end = first + (fields << 1); i < end; i++) bytes += argLen(i);
  return bytes;
}

/** Writes an argument as an element. @returns where it ends */
@inline function writeArgument(p: usize, index: u32): usize {
  const ptr = argPtr(index);
  const len = argLen(index);
  lpEntryBytes(ptr, len);
  lpWriteEntry(p, ptr, len);
  return p + lpWrittenBytes();
}

/** Ends a listpack at `p`, which has so many elements more. */
@inline function endAt(lp: usize, p: usize, added: u32): void {
  store<u8>(p, <u8> END);
  store<u32>(lp, <u32> (p - lp) + 1);
  const count: u32 = load<u16>(lp, 4);
  store<u16>(lp, <u16> min(count + added, 65535), 4);
}

/**
 * A node without entries whose master has the fields of arguments `first`, `first + 2` ...
 *
 * @param room bytes that the block is to have at least
 * @returns 0 when memory is out
 */
export function newNode(first: u32, fields: u32, room: u32): usize {
  let bytes: u32 = FIRST + 1 + ELEMENT_OVERHEAD * 4;
  for (let i: u32 = 0; i < fields; i++) bytes += argLen(first + (i << 1)) + ELEMENT_OVERHEAD;
  const lp = lpNew(max(bytes, room));
  if (!lp) return 0;
  let p = lpWriteIntEntry(lp + FIRST, 0);
  p = lpWriteIntEntry(p, 0);
  p = lpWriteIntEntry(p, fields);
  for (let i: u32 = 0; i < fields; i++) p = writeArgument(p, first + (i << 1));
  endAt(lp, lpWriteIntEntry(p, 0), 4 + fields);
  return lp;
}

/** Whether the fields of arguments `first`, `first + 2` ... are those of the node's master. */
function sameFields(lp: usize, first: u32, fields: u32): bool {
  let p = lpSkip(lpSkip(lp + FIRST));
  if (<u32> lpIntAt(p) != fields) return false;
  for (let i = first, end = first + (fields << 1); i < end; i += 2) {
    p = lpSkip(p);
    const len = argLen(i);
    if (lpRead(p)) {
      if (len > 20 || !parseI64(argPtr(i), len) || parsedI64() != lpI64()) return false;
    } else if (lpLen() != len || !equalBytes(lpPtr(), argPtr(i), len)) return false;
  }
  return true;
}

/**
 * Adds an entry of the fields and values in arguments `first` and up.
 *
 * @param ms, seq its ID less the node's
 * @param bytes what {@link argumentBytes} says
 * @returns the node, perhaps moved; 0 when memory is out, and then it is as it was
 */
export function nodeAdd(lp: usize, ms: u64, seq: u64, first: u32, fields: u32, bytes: u32): usize {
  const total = lpBytes(lp);
  // A moment's surplus: the node gives it back when the next one begins.
  const most = <u64> total + bytes + <u64> fields * (2 * ELEMENT_OVERHEAD) + 5 * ELEMENT_OVERHEAD;
  if (most > u32.MAX_VALUE) return 0;
  lp = growBlock(lp, <u32> most, total);
  if (!lp) return 0;
  const same = sameFields(lp, first, fields);
  let p = nodeEnd(lp);
  p = lpWriteIntEntry(p, same ? SAMEFIELDS : 0);
  p = lpWriteIntEntry(p, ms);
  p = lpWriteIntEntry(p, seq);
  const end = first + (fields << 1);
  if (same) for (let i = first; i < end; i += 2) p = writeArgument(p, i + 1);
  else {
    p = lpWriteIntEntry(p, fields);
    for (let i = first; i < end; i++) p = writeArgument(p, i);
  }
  const elements = same ? fields + 3 : (fields << 1) + 4;
  endAt(lp, lpWriteIntEntry(p, elements), elements + 1);
  setCount(lp, lp + FIRST, nodeEntries(lp) + 1);
  return lp;
}

/** Gives back the room that a node has been given to grow into. @returns the node, perhaps moved */
export function nodeFinish(lp: usize): usize {
  return fitBlock(lp, lpBytes(lp) + SLACK);
}

/** A copy of a node, or one of bytes that {@link streamNodeValid} has found good. @returns 0 when memory is out */
export function nodeCopy(lp: usize): usize {
  const bytes = lpBytes(lp);
  const copy = allocate(bytes + SLACK);
  if (copy) memory.copy(copy, lp, bytes);
  return copy;
}

// ---- deleting -------------------------------------------------------------------------------------

/** Marks the entry read last as deleted; it may be elsewhere then, {@link entryAt} and the cursor follow. */
export function nodeDelete(): void {
  store<u8>(entryAt, <u8> (load<u8>(entryAt) | DELETED));
  const lp = nodeLp;
  const fromEnd = nodeEnd(lp) - entryAt;
  setCount(lp, lp + FIRST, nodeEntries(lp) - 1);
  setCount(lp, lpSkip(lp + FIRST), nodeDeleted(lp) + 1);
  enterNode(lp, nodeMs, nodeSeq);
  readEntry(nodeEnd(lp) - fromEnd);
}

// ---- checking -------------------------------------------------------------------------------------

/** The integer at `p`, of an entry of so many bytes left; 0 and `checkFailed` where there is none. */
let checkAt: usize = 0;
let checkFailed: bool = false;

@inline function checkInt(): i64 {
  const byte: u32 = load<u8>(checkAt);
  if (byte == END || !(byte < 0x80 || byte - 0xc0 < 0x20 || byte > 0xf0)) {
    checkFailed = true;
    return 0;
  }
  const value = lpIntAt(checkAt);
  checkAt = lpSkip(checkAt);
  return value;
}

/** Passes over elements of any kind. */
function checkSkip(count: u64): void {
  for (; count && !checkFailed; count--) {
    if (load<u8>(checkAt) == END) checkFailed = true;
    else checkAt = lpSkip(checkAt);
  }
}

/** IDs of the first and the last living entry of the node that was last found valid. */
export let checkedFirstMs: u64 = 0;
export let checkedFirstSeq: u64 = 0;
export let checkedLastMs: u64 = 0;
export let checkedLastSeq: u64 = 0;

/**
 * Whether untrusted bytes are a node that every function here may be used on: a listpack of a master entry
 * and of one or more entries, the IDs of the living ones rising.
 */
export function streamNodeValid(ptr: usize, len: u32, ofMs: u64, ofSeq: u64): bool {
  if (!lpValidate(ptr, len, true)) return false;
  checkAt = ptr + FIRST;
  checkFailed = false;
  const entries = checkInt();
  const deleted = checkInt();
  const fields = checkInt();
  if (checkFailed || entries < 0 || deleted < 0 || fields < 0) return false;
  checkSkip(fields);
  if (checkInt() || checkFailed) return false;
  let alive: i64 = 0;
  let dead: i64 = 0;
  let ms: u64 = 0;
  let seq: u64 = 0;
  while (load<u8>(checkAt) != END) {
    // The flags are changed in place: they are one byte, as everybody writes them.
    if (load<u8>(checkAt) > <u8> (DELETED | SAMEFIELDS)) return false;
    const flags = checkInt();
    const atMs = ofMs + checkInt();
    const atSeq = ofSeq + checkInt();
    if (checkFailed) return false;
    if (!(flags & DELETED)) {
      if (alive && !idBelow(ms, seq, atMs, atSeq)) return false;
      ms = atMs;
      seq = atSeq;
      if (!alive) {
        checkedFirstMs = ms;
        checkedFirstSeq = seq;
      }
    }
    let elements = fields + 3;
    if (flags & SAMEFIELDS) checkSkip(fields);
    else {
      const own = checkInt();
      if (own < 0 || own > <i64> len) return false;
      checkSkip(own << 1);
      elements = (own << 1) + 4;
    }
    if (checkInt() != elements || checkFailed) return false;
    if (flags & DELETED) dead++;
    else alive++;
  }
  checkedLastMs = ms;
  checkedLastSeq = seq;
  return alive == entries && dead == deleted && alive + dead > 0;
}
