/** Sets: SSCAN, and the cursor that other types read a set with. */
import { entryEncoding, HASHTABLE, INTSET, LISTPACK, valuePtr } from "../../keyspace/entry";
import { globMatch } from "../../text/glob";
import { intsetLength } from "../../structures/intset";
import { lpFirst, lpNext } from "../../structures/listpack";
import { replyArray, replyBulkI64 } from "../../protocol/reply";
import { argLen, argPtr } from "../../protocol/resp";
import { foundEnd, foundStart, nextCursor, scanDone, scanStep } from "../../structures/tablescan";
import { walkNext, walkStart, WALK_BYTES } from "../../structures/tablewalk";
import { replyItems, replyMember } from "./set_reply";
import { hasMember, itemLen, itemMember, lengthOf, memberLen, memberPtr, readMember, setAt, setStatus } from "./set_value";

// ---- SSCAN ----------------------------------------------------------------------------------------

/** Whether the key of an argument can be scanned. @returns 0, MISSING or WRONG_TYPE */
export function setCheck(db: u32, karg: u32): i32 {
  return setAt(db, karg) ? 0 : setStatus;
}

/**
 * SSCAN of a key that {@link setCheck} has found: replies with the next cursor and the members found; what
 * is no table is served whole.
 *
 * @param parg argument with the pattern, 0 for none
 */
export function setScan(db: u32, karg: u32, cursor: u32, count: u32, parg: u32): void {
  const e = setAt(db, karg);
  // A lone star lets the empty member pass, which as a pattern it does not match.
  if (parg && argLen(parg) == 1 && load<u8>(argPtr(parg)) == 0x2a) parg = 0;
  if (entryEncoding(e) == HASHTABLE) scanTable(valuePtr(e), cursor, count, parg);
  else scanPacked(entryEncoding(e), valuePtr(e), parg);
}

function scanPacked(encoding: u32, value: usize, parg: u32): void {
  replyArray(2);
  replyBulkI64(0);
  // Twice over it: the array's length comes first.
  replyArray(parg ? walkPacked(encoding, value, parg, false) : lengthOf(encoding, value));
  walkPacked(encoding, value, parg, true);
}

function walkPacked(encoding: u32, value: usize, parg: u32, reply: bool): u32 {
  let found: u32 = 0;
  setCursorStart(encoding, value);
  while (setCursorNext()) {
    if (parg && !globMatch(argPtr(parg), argLen(parg), memberPtr, memberLen, false)) continue;
    found++;
    if (reply) replyMember(encoding, value, cursorHere);
  }
  return found;
}

function scanTable(t: usize, cursor: u32, count: u32, parg: u32): void {
  scanStep(t, cursor, count);
  let kept = foundStart;
  for (let at = foundStart; at < foundEnd; at += 4) {
    const item: usize = load<u32>(at);
    if (parg && !globMatch(argPtr(parg), argLen(parg), itemMember(item), itemLen(item), false)) continue;
    store<u32>(kept, <u32> item);
    kept += 4;
  }
  replyArray(2);
  replyBulkI64(nextCursor);
  const found = <u32> (kept - foundStart) >> 2;
  replyArray(found);
  replyItems(foundStart, found);
  scanDone();
}

// ---- cursor ---------------------------------------------------------------------------------------

let cursorEncoding: u32 = 0;
let cursorValue: usize = 0;
/** Handle of the member under the cursor, and of the next one in what is no table. */
let cursorHere: u32 = 0;
let cursorAt: u32 = 0;
const WALK = memory.data(WALK_BYTES);

/** Puts the one cursor there is before the first member of a set, which must not change meanwhile. */
export function setCursorStart(encoding: u32, value: usize): void {
  cursorEncoding = encoding;
  cursorValue = value;
  if (encoding == HASHTABLE) walkStart(WALK, value);
  else cursorAt = encoding == LISTPACK ? lpFirst(value) : 0;
}

/** Moves to the next member and reads it. @returns false at the end */
export function setCursorNext(): bool {
  if (cursorEncoding == HASHTABLE) {
    cursorHere = <u32> walkNext(WALK);
    if (!cursorHere) return false;
  } else {
    if (cursorEncoding == INTSET ? cursorAt == intsetLength(cursorValue) : !cursorAt) return false;
    cursorHere = cursorAt;
    cursorAt = cursorEncoding == INTSET ? cursorAt + 1 : lpNext(cursorValue, cursorAt);
  }
  readMember(cursorEncoding, cursorValue, cursorHere);
  return true;
}

/** Address of the member under the cursor, good until the cursor moves. */
export function setCursorMember(): usize {
  return memberPtr;
}

/** Length of the member under the cursor. */
export function setCursorLength(): u32 {
  return memberLen;
}

/** Whether a set has a member. */
export function setHasMember(encoding: u32, value: usize, member: usize, len: u32): bool {
  return hasMember(encoding, value, member, len);
}
