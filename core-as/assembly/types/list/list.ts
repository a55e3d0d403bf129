/**
 * The list type: the commands that read, and what every type provides (object.ts). What a list is made
 * of is in listvalue.ts, the commands that write are in listwrite.ts.
 */
import { MISSING, NOT_AN_INTEGER, OUT_OF_MEMORY, SCRATCH, WRONG_TYPE } from "../../base/layout";
import { digestMix } from "../../hashing/digest_mix";
import { QUICKLIST, valuePtr } from "../../keyspace/entry";
import { lpDup, lpFirst, lpFree, lpLength } from "../../structures/listpack";
import { allocate, blockBytes, free, reallocate } from "../../base/memory";
import { parseI64, parsedI64 } from "../../text/number";
import {
  cursorEnd, cursorEqual, cursorLen, cursorPtr, cursorRead, cursorReply, cursorSet, cursorStep, qlBytes, qlDup,
  qlFreeStep, qlLength, qlNodes,
} from "../../structures/quicklist";
import { argLen, argPtr } from "../../protocol/resp";
import { replyArray, replyI64, replyNull } from "../../protocol/reply";
import {
  fitRange, lengthOf, listAt, listStatus, rangeCount, rangeStart, readRange, replyRange, seekEnd, seekIndex, seekSigned,
} from "./listvalue";

export * from "./listmove";
export * from "./listwrite";

// ---- what every type provides ---------------------------------------------------------------------

/** Frees up to `budget` nodes of a value. @returns whether it is gone */
export function listFreeStep(encoding: u32, value: usize, budget: u32): bool {
  if (encoding == QUICKLIST) return qlFreeStep(value, budget);
  lpFree(value);
  return true;
}

/** A copy of a value with the same encoding. @returns 0 when memory is out */
export function listCopy(encoding: u32, value: usize): usize {
  return encoding == QUICKLIST ? qlDup(value) : lpDup(value);
}

/** Elements of a value. */
export function listLength(encoding: u32, value: usize): u32 {
  return encoding == QUICKLIST ? qlLength(value) : lpLength(value);
}

/** Bytes of a value, estimated from `samples` nodes (0: all). */
export function listBytes(encoding: u32, value: usize, samples: u32): f64 {
  return encoding == QUICKLIST ? qlBytes(value, samples) : blockBytes(value);
}

/** Tells digest.ts of the elements of a value. */
export function listDigest(encoding: u32, value: usize): void {
  if (encoding == QUICKLIST) cursorEnd(value, true);
  else cursorSet(value, lpFirst(value));
  do {
    cursorRead(SCRATCH);
    digestMix(cursorPtr, cursorLen);
  } while (cursorStep(false));
}

/** Nodes of an entry's quicklist and what they hold, as {@link qlNodes} tells; for DEBUG. */
export function listNodes(e: u32): u32 {
  return qlNodes(valuePtr(e));
}
/** Elements of an entry's quicklist. */
export function listElements(e: u32): u32 {
  return qlLength(valuePtr(e));
}

// ---- commands that read ---------------------------------------------------------------------------

/** LLEN: replies with the length. @returns 0, MISSING or WRONG_TYPE */
export function listSize(db: u32, karg: u32): i32 {
  const e = listAt(db, karg);
  if (!e && listStatus == WRONG_TYPE) return WRONG_TYPE;
  replyI64(e ? lengthOf(e) : 0);
  return e ? 0 : MISSING;
}

/** LRANGE: replies with the elements between two indices. @returns 0, MISSING, WRONG_TYPE or NOT_AN_INTEGER */
export function listRange(db: u32, karg: u32, sarg: u32): i32 {
  if (!readRange(sarg)) return NOT_AN_INTEGER;
  const e = listAt(db, karg);
  if (!e) {
    if (listStatus == MISSING) replyArray(0);
    return listStatus;
  }
  fitRange(lengthOf(e));
  replyArray(rangeCount);
  if (!rangeCount) return 0;
  seekIndex(e, rangeStart);
  replyRange(rangeCount, false);
  return 0;
}

/** LINDEX: replies with an element or null. @returns 0, MISSING, WRONG_TYPE or NOT_AN_INTEGER */
export function listIndex(db: u32, karg: u32, iarg: u32): i32 {
  const e = listAt(db, karg);
  if (!e) {
    if (listStatus == MISSING) replyNull();
    return listStatus;
  }
  if (!parseI64(argPtr(iarg), argLen(iarg))) return NOT_AN_INTEGER;
  if (seekSigned(e, parsedI64())) cursorReply();
  else replyNull();
  return 0;
}

// Indices that LPOS has found: in SCRATCH, and when there are more of them in a block.
const FOUND_ROOM: u32 = 0x10000;
let found: usize = 0;
let foundRoom: u32 = 0;

/** Adds an index. @returns false when memory is out */
function addFound(count: u32, index: u32): bool {
  if (count << 2 == foundRoom) {
    const block = found == SCRATCH ? allocate(foundRoom << 1) : reallocate(found, foundRoom << 1, foundRoom);
    if (!block) return false;
    if (found == SCRATCH) memory.copy(block, SCRATCH, foundRoom);
    found = block;
    foundRoom <<= 1;
  }
  store<u32>(found + (count << 2), index);
  return true;
}

/**
 * LPOS.
 *
 * @param rank 1 for the first match, -1 for the last one, and so on; not 0
 * @param wanted how many matches, 0 for all; -1 for one that is replied alone
 * @param maxCompared how many elements are looked at, 0 for all
 */
export function listPosition(db: u32, karg: u32, varg: u32, rank: f64, wanted: f64, maxCompared: f64): i32 {
  const e = listAt(db, karg);
  if (!e) {
    if (listStatus == MISSING) {
      if (wanted < 0) replyNull();
      else replyArray(0);
    }
    return listStatus;
  }
  const back = rank < 0;
  let skip = Math.abs(rank) - 1;
  const length = lengthOf(e);
  let left = maxCompared > 0 && maxCompared < <f64> length ? <u32> maxCompared : length;
  let index = back ? length - 1 : 0;
  let count: u32 = 0;
  found = SCRATCH;
  foundRoom = FOUND_ROOM;
  let done = true;
  for (seekEnd(e, !back); left; left--) {
    if (cursorEqual(argPtr(varg), argLen(varg))) {
      if (skip > 0) skip--;
      else {
        done = addFound(count, index);
        if (!done) break;
        count++;
        if (wanted != 0 && <f64> count >= Math.abs(wanted)) break;
      }
    }
    index += back ? -1 : 1;
    cursorStep(back);
  }
  if (done) replyFound(count, wanted < 0);
  if (found != SCRATCH) free(found);
  return done ? 0 : OUT_OF_MEMORY;
}

function replyFound(count: u32, alone: bool): void {
  if (alone) {
    if (count) replyI64(load<u32>(found));
    else replyNull();
    return;
  }
  replyArray(count);
  for (let i: u32 = 0; i < count; i++) replyI64(load<u32>(found + (i << 2)));
}
