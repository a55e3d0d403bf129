/** Sorted-set commands that take or draw members: ZPOPMIN, ZPOPMAX, ZMPOP, ZRANDMEMBER and ZSCAN. */
import { MISSING, OUT_FAILED, OUT_MUTED, OUT_OF_MEMORY, WRONG_TYPE } from "../../base/layout";
import { allocate, free } from "../../base/memory";
import { itemLen, itemMember, itemScore } from "../../structures/btree";
import { valuePtr } from "../../keyspace/entry";
import { globMatch } from "../../text/glob";
import { randomBelow } from "../../hashing/hash";
import { foundEnd, foundStart, nextCursor, scanDone, scanStep } from "../../structures/tablescan";
import { argLen, argPtr } from "../../protocol/resp";
import {
  bulkBytes, replyArgument, replyArray, replyBulk, replyBulkI64, replyFits, replyNull, replyLost,
} from "../../protocol/reply";
import {
  isTree, lengthAt, member, memberLen, memberScore, readHere, seekEnd, seekRank, spell, spellFully, stepForward, tableOf, textPtr,
  zsetAt, zsetStatus,
} from "./zset_value";
import {
  replyMember, replyMembers, replyRun, SHOW_FLAT, SHOW_PAIRS, showScores,
} from "./zset_reply";
import { removeRun } from "./zset_run";

// ---- taking ---------------------------------------------------------------------------------------

// How taken members are shown.
/** ZPOPMIN without a count: one member and its score. */
export const ZPOP_ONE: u32 = 0;
/** ZPOPMIN with a count. */
export const ZPOP_COUNT: u32 = 1;
/** ZMPOP: the key, and an array of pairs. Nothing is replied where there is no such key. */
export const ZPOP_KEY: u32 = 2;
/** BZPOPMIN: the key, one member and its score; nothing where there is no such key. */
export const ZPOP_NAMED: u32 = 3;

/**
 * Takes up to `count` members from one end.
 *
 * @param highest whether from the end of the highest scores
 * @returns ZSET_* bits, MISSING, WRONG_TYPE or OUT_OF_MEMORY, and then all are still there
 */
export function zsetPop(db: u32, karg: u32, count: f64, highest: bool, form: u32): i32 {
  const e = zsetAt(db, karg);
  if (!e) {
    if (zsetStatus == MISSING && form < ZPOP_KEY) replyArray(0);
    return zsetStatus;
  }
  const length = lengthAt(e);
  const taken = count < length ? <u32> count : length;
  const flat = form == ZPOP_ONE || form == ZPOP_NAMED;
  const show = flat ? SHOW_FLAT : form == ZPOP_KEY ? SHOW_PAIRS : showScores(true);
  if (form == ZPOP_KEY) {
    replyArray(2);
    replyArgument(karg);
  }
  if (form == ZPOP_NAMED) {
    replyArray(3);
    replyArgument(karg);
  } else replyMembers(taken, show);
  if (!taken) return 0;
  replyRun(e, highest ? length - 1 : 0, taken, highest, show);
  if (replyLost()) return OUT_OF_MEMORY;
  return removeRun(db, e, highest ? length - taken : 0, taken);
}

/** From so many members on it is asked whether the reply fits, by the shortest of a few. */
const MANY: f64 = 65536;
const LOOKED_AT: u32 = 16;
/** A score takes at least this much of a reply. */
const SCORE_BYTES: u32 = 4;

// ---- drawing --------------------------------------------------------------------------------------

/** ZRANDMEMBER without a count. @returns 0, MISSING or WRONG_TYPE */
export function zsetRandom(db: u32, karg: u32): i32 {
  const e = zsetAt(db, karg);
  if (!e) {
    if (zsetStatus == MISSING) replyNull();
    return zsetStatus;
  }
  seekRank(e, randomBelow(lengthAt(e)));
  readHere();
  replyBulk(member, memberLen);
  return 0;
}

/**
 * ZRANDMEMBER with a count.
 *
 * @param repeats whether members may come more than once; else there are as many as the set has, at most
 * @returns 0, MISSING, WRONG_TYPE or OUT_OF_MEMORY
 */
export function zsetRandoms(db: u32, karg: u32, wanted: f64, repeats: bool, withScores: bool): i32 {
  const e = zsetAt(db, karg);
  if (!e) {
    if (zsetStatus == MISSING) replyArray(0);
    return zsetStatus;
  }
  const length = lengthAt(e);
  const show = showScores(withScores);
  if (repeats) {
    if (wanted >= MANY && !fits(e, length, wanted, withScores)) return OUT_OF_MEMORY;
    let left = <u32> wanted;
    replyMembers(left, show);
    // A reply that outgrows memory has failed, one that is dropped is wanted by nobody.
    for (; left && !(load<u32>(OUT_FAILED) | load<u32>(OUT_MUTED)); left--) replyRank(e, randomBelow(length), show);
    return 0;
  }
  const count = <u32> Math.min(wanted, <f64> length);
  if (count >= length) {
    replyMembers(length, show);
    replyRun(e, 0, length, false, show);
    return 0;
  }
  // Of many, those that stay out are passed over in order; few are drawn one by one.
  if (count > length / 4) {
    replyMembers(count, show);
    replySelected(e, length, count, show);
    return 0;
  }
  return replyDrawn(e, length, count, show);
}

/** Whether so many members can fit into a reply, those drawn being no shorter than the shortest of a few. */
function fits(e: usize, length: u32, count: f64, withScores: bool): bool {
  let shortest: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; i < LOOKED_AT; i++) {
    seekRank(e, randomBelow(length));
    readHere();
    shortest = min(shortest, memberLen);
  }
  return replyFits(count, bulkBytes(shortest) + (withScores ? SCORE_BYTES : 0));
}

@inline function replyRank(e: usize, rank: u32, show: u32): void {
  seekRank(e, rank);
  readHere();
  replyMember(show);
}

/** `count` members, each subset as likely, in order (Knuth, vol. 2, 3.4.2, algorithm S). */
function replySelected(e: usize, length: u32, count: u32, show: u32): void {
  seekRank(e, 0);
  for (let left = length; count; left--) {
    if (randomBelow(left) < count) {
      readHere();
      replyMember(show);
      count--;
    }
    stepForward();
  }
}

/** The same for few of many (R. Floyd, "A sample of brilliance", 1987), the ranks drawn in a small table. */
function replyDrawn(e: usize, length: u32, count: u32, show: u32): i32 {
  const mask: u32 = (1 << (33 - clz(count | 1))) - 1;
  const drawn = allocate((mask + 1) << 2);
  if (!drawn) return OUT_OF_MEMORY;
  memory.fill(drawn, 0, (mask + 1) << 2);
  replyMembers(count, show);
  for (let last = length - count; last < length; last++) {
    let rank = randomBelow(last + 1);
    if (!draw(drawn, mask, rank)) {
      rank = last;
      draw(drawn, mask, rank);
    }
    replyRank(e, rank, show);
  }
  free(drawn);
  return 0;
}

/** Notes a rank as drawn. @returns false when it was before */
function draw(drawn: usize, mask: u32, rank: u32): bool {
  let place = rank * 0x9e3779b1 & mask;
  while (true) {
    const cell = drawn + (<usize> place << 2);
    const there = load<u32>(cell);
    if (there == rank + 1) return false;
    if (!there) {
      store<u32>(cell, rank + 1);
      return true;
    }
    place = place + 1 & mask;
  }
}

// ---- scanning -------------------------------------------------------------------------------------

/**
 * ZSCAN: replies with the next cursor and the members found with their scores.
 *
 * @param count members wanted, about
 * @param parg argument with the pattern, 0 for none
 * @returns 0, MISSING or WRONG_TYPE
 */
export function zsetScan(db: u32, karg: u32, cursor: u32, count: u32, parg: u32): i32 {
  const e = zsetAt(db, karg);
  if (!e && zsetStatus == WRONG_TYPE) return WRONG_TYPE;
  replyArray(2);
  if (!e) {
    replyBulkI64(0);
    replyArray(0);
    return MISSING;
  }
  if (isTree(e)) scanTable(tableOf(valuePtr(e)), cursor, count, parg);
  else scanListpack(valuePtr(e), parg);
  return 0;
}

@inline function matches(parg: u32, ptr: usize, len: u32): bool {
  // A star alone lets even the empty one pass, which globMatch does not.
  if (!parg || (argLen(parg) == 1 && load<u8>(argPtr(parg)) == 0x2a)) return true;
  return globMatch(argPtr(parg), argLen(parg), ptr, len, false);
}

function scanTable(table: usize, cursor: u32, count: u32, parg: u32): void {
  scanStep(table, cursor, count);
  let kept = foundStart;
  for (let at = foundStart; at < foundEnd; at += 4) {
    const item: usize = load<u32>(at);
    if (!matches(parg, itemMember(item), itemLen(item))) continue;
    store<u32>(kept, <u32> item);
    kept += 4;
  }
  replyBulkI64(nextCursor);
  replyArray(<u32> (kept - foundStart) >> 1);
  for (let at = foundStart; at < kept; at += 4) {
    const item: usize = load<u32>(at);
    replyBulk(itemMember(item), itemLen(item));
    // A scan of a tree shows all digits, in Redis too.
    replyBulk(textPtr, spellFully(itemScore(item)));
  }
  scanDone();
}

/** A listpack is shown whole: twice over, as the array's length comes first. */
function scanListpack(lp: usize, parg: u32): void {
  let count: u32 = 0;
  for (let more = seekEnd(lp, false); more; more = stepForward()) {
    readHere();
    if (matches(parg, member, memberLen)) count++;
  }
  replyBulkI64(0);
  replyArray(count << 1);
  for (let more = seekEnd(lp, false); more; more = stepForward()) {
    readHere();
    if (!matches(parg, member, memberLen)) continue;
    replyBulk(member, memberLen);
    replyBulk(textPtr, spell(memberScore));
  }
}
