/**
 * Ranges of a sorted set: by rank, by score or by member, forwards or backwards, cut by LIMIT.
 *
 * Every kind becomes a run of ranks first; counting, replying, storing and removing then know no kinds.
 */
import { MISSING, NOT_AN_INTEGER, OUT_OF_MEMORY } from "../../base/layout";
import { compareBytes } from "../../base/bytes";
import { valuePtr } from "../../keyspace/entry";
import { parsedDouble } from "../../text/double";
import { MEMBER_AT_MOST, MEMBER_BELOW, SCORE_AT_MOST, SCORE_BELOW, treeMembersBefore, treeScoresBefore } from "../../structures/btree";
import { parsedI64, parseI64 } from "../../text/number";
import { argLen, argPtr, wordLen } from "../../protocol/resp";
import { replyI64 } from "../../protocol/reply";
import {
  isTree, lengthAt, member, memberLen, memberScore, readHere, readLoose, seekEnd, stepBack, stepForward, treeOf, zsetAt, zsetStatus,
} from "./zset_value";
import { replyMembers, replyRun, showScores } from "./zset_reply";
import { copyRun, removeRun, storeReplying } from "./zset_run";

// What a range goes by, and how it is shown.
export const RANGE_BY_RANK: u32 = 0;
export const RANGE_BY_SCORE: u32 = 1;
export const RANGE_BY_LEX: u32 = 2;
const RANGE_KIND: u32 = 3;
/** From the highest down; `min` and `max` are then given the other way round. */
export const RANGE_REVERSE: u32 = 4;
export const RANGE_WITH_SCORES: u32 = 8;

/** A bound of RANGE_BY_LEX that is none of "-", "+", "[..." and "(..."; of RANGE_BY_SCORE no number. */
export const ZSET_BAD_LEX: i32 = -101;
export const ZSET_BAD_SCORE: i32 = -102;

// ---- bounds ---------------------------------------------------------------------------------------

/** Bounds of the range under way, the lower and the upper one. */
let lowRank: i64 = 0;
let highRank: i64 = 0;
let lowScore: f64 = 0;
let highScore: f64 = 0;
let lowMember: usize = 0;
let lowLen: u32 = 0;
let highMember: usize = 0;
let highLen: u32 = 0;
let lowOpen: bool = false;
let highOpen: bool = false;

/** Whether the last bound read excludes itself. */
let isOpen: bool = false;

function readScoreBound(arg: u32): bool {
  let ptr = argPtr(arg);
  let len = argLen(arg);
  isOpen = len != 0 && load<u8>(ptr) == 0x28;
  if (isOpen) {
    ptr++;
    len--;
  }
  return readLoose(ptr, len) && !isNaN(parsedDouble());
}

/** Members below and above all others: addresses that no bytes have. */
const LEAST: usize = 0;
const GREATEST: usize = 1;

/** Where the last lexicographic bound's bytes are, or LEAST or GREATEST. */
let boundMember: usize = 0;
let boundLen: u32 = 0;

function readLexBound(arg: u32): bool {
  const ptr = argPtr(arg);
  const len = argLen(arg);
  if (!len) return false;
  const first: u32 = load<u8>(ptr);
  isOpen = first == 0x28;
  boundMember = ptr + 1;
  boundLen = len - 1;
  if (isOpen || first == 0x5b) return true;
  boundMember = first == 0x2d ? LEAST : GREATEST;
  return wordLen(arg) == 1 && (first == 0x2d || first == 0x2b);
}

/** Reads two arguments as bounds. @returns 0 or what is wrong with them */
function readBounds(minArg: u32, maxArg: u32, kind: u32): i32 {
  if (kind == RANGE_BY_RANK) {
    if (!parseI64(argPtr(minArg), argLen(minArg))) return NOT_AN_INTEGER;
    lowRank = parsedI64();
    if (!parseI64(argPtr(maxArg), argLen(maxArg))) return NOT_AN_INTEGER;
    highRank = parsedI64();
  } else if (kind == RANGE_BY_SCORE) {
    if (!readScoreBound(minArg)) return ZSET_BAD_SCORE;
    lowScore = parsedDouble();
    lowOpen = isOpen;
    if (!readScoreBound(maxArg)) return ZSET_BAD_SCORE;
    highScore = parsedDouble();
    highOpen = isOpen;
  } else {
    if (!readLexBound(minArg)) return ZSET_BAD_LEX;
    lowMember = boundMember;
    lowLen = boundLen;
    lowOpen = isOpen;
    if (!readLexBound(maxArg)) return ZSET_BAD_LEX;
    highMember = boundMember;
    highLen = boundLen;
    highOpen = isOpen;
  }
  return 0;
}

// ---- runs of ranks --------------------------------------------------------------------------------

/** The range under way, found in a set: its first rank in order, and how many follow. */
let runRank: u32 = 0;
let runCount: u32 = 0;

@inline function setRun(from: u32, end: u32): void {
  runRank = from;
  runCount = end > from ? end - from : 0;
}

/** Finds the bounds read in a set; those of ranks count from the end that `reverse` says. */
function findRun(e: usize, kind: u32, reverse: bool): void {
  if (kind == RANGE_BY_SCORE) {
    if (lowScore > highScore) setRun(0, 0);
    else setRun(scoresBefore(e, lowScore, lowOpen), scoresBefore(e, highScore, !highOpen));
  } else if (kind == RANGE_BY_LEX) findLexRun(e, reverse);
  else {
    const length = <i64> lengthAt(e);
    // Below the least of all there is no sum to wrap.
    const low = max(lowRank < 0 ? lowRank + length : lowRank, 0);
    const high = min(highRank < 0 ? highRank + length : highRank, length - 1);
    if (low > high) setRun(0, 0);
    else if (reverse) setRun(<u32> (length - 1 - high), <u32> (length - low));
    else setRun(<u32> low, <u32> (high + 1));
  }
}

/** Members with a score below, or with `orSame` at most, another one. */
function scoresBefore(e: usize, score: f64, orSame: bool): u32 {
  if (isTree(e)) return treeScoresBefore(treeOf(valuePtr(e)), orSame ? SCORE_AT_MOST : SCORE_BELOW, score);
  let count: u32 = 0;
  for (let more = seekEnd(valuePtr(e), false); more; more = stepForward()) {
    readHere();
    if (orSame ? memberScore > score : memberScore >= score) break;
    count++;
  }
  return count;
}

function findLexRun(e: usize, reverse: bool): void {
  if (lowMember == GREATEST || highMember == LEAST) setRun(0, 0);
  else if (isTree(e)) {
    const tree = treeOf(valuePtr(e));
    const from = lowMember == LEAST ? 0
      : treeMembersBefore(tree, lowOpen ? MEMBER_AT_MOST : MEMBER_BELOW, lowMember, lowLen);
    const end = highMember == GREATEST ? lengthAt(e)
      : treeMembersBefore(tree, highOpen ? MEMBER_BELOW : MEMBER_AT_MOST, highMember, highLen);
    setRun(from, end);
  } else findListpackLexRun(e, reverse);
}

/** Whether the member last read is below the lower, or above the upper bound. */
@inline function isBelow(): bool {
  return lowMember != LEAST && compareBytes(member, memberLen, lowMember, lowLen) < i32(lowOpen);
}
@inline function isAbove(): bool {
  return highMember != GREATEST && compareBytes(highMember, highLen, member, memberLen) < i32(highOpen);
}

/**
 * The same in a listpack. Where scores are not all equal the bounds make little sense, but what comes
 * out is Redis's: a run from the first member within them, at the end that the range begins with.
 */
function findListpackLexRun(e: usize, reverse: bool): void {
  const length = lengthAt(e);
  let passed: u32 = 0;
  let count: u32 = 0;
  let more = seekEnd(valuePtr(e), reverse);
  for (; more; more = reverse ? stepBack() : stepForward()) {
    readHere();
    if (reverse ? !isAbove() : !isBelow()) break;
    passed++;
  }
  for (; more; more = reverse ? stepBack() : stepForward()) {
    readHere();
    if (reverse ? isBelow() : isAbove()) break;
    count++;
  }
  const from = reverse ? length - passed - count : passed;
  setRun(from, from + count);
}

/** Cuts the run as LIMIT says, from the end that the reply begins with; a negative count means all. */
function limitRun(offset: f64, count: f64, reverse: bool): void {
  if (offset < 0 || offset >= runCount) {
    runCount = 0;
    return;
  }
  const skipped = <u32> offset;
  if (!reverse) runRank += skipped;
  let left = runCount - skipped;
  const kept = count < 0 || count > left ? left : <u32> count;
  if (reverse) runRank += left - kept;
  runCount = kept;
}

// ---- commands -------------------------------------------------------------------------------------

/** The set whose range was looked for; 0 with {@link zsetStatus} as why. */
let ranged: usize = 0;

/** Finds the range that two arguments give of a key's set. @returns 0, MISSING or an error */
function rangeOf(db: u32, karg: u32, first: u32, second: u32, flags: u32): i32 {
  const kind = flags & RANGE_KIND;
  const reverse = (flags & RANGE_REVERSE) != 0;
  const swapped = reverse && kind != RANGE_BY_RANK;
  const wrong = readBounds(swapped ? second : first, swapped ? first : second, kind);
  if (wrong) return wrong;
  ranged = zsetAt(db, karg);
  runCount = 0;
  if (!ranged) return zsetStatus;
  findRun(ranged, kind, reverse);
  return 0;
}

/**
 * ZRANGE and its relatives: replies with the members between two bounds.
 *
 * @param flags RANGE_*
 * @param offset members left out at the beginning, and how many are shown, a negative count all
 * @returns 0, MISSING or an error
 */
export function zsetRange(db: u32, karg: u32, first: u32, second: u32, flags: u32, offset: f64, count: f64): i32 {
  const status = rangeOf(db, karg, first, second, flags);
  if (status < 0 && status != MISSING) return status;
  const reverse = (flags & RANGE_REVERSE) != 0;
  const show = showScores((flags & RANGE_WITH_SCORES) != 0);
  limitRun(offset, count, reverse);
  replyMembers(runCount, show);
  replyRun(ranged, reverse ? runRank + runCount - 1 : runRank, runCount, reverse, show);
  return status;
}

/** Whether the source of the last {@link zsetRangeStore} was absent. */
let rangeMissed: bool = false;
export function zsetRangeMissed(): bool {
  return rangeMissed;
}

/**
 * ZRANGESTORE: makes another key's set of the members between two bounds; parameters as {@link zsetRange}.
 *
 * @returns ZSET_* bits of what has happened to the destination, or an error
 */
export function zsetRangeStore(
  db: u32, darg: u32, karg: u32, first: u32, second: u32, flags: u32, offset: f64, count: f64,
): i32 {
  const status = rangeOf(db, karg, first, second, flags);
  rangeMissed = status == MISSING;
  if (status < 0 && status != MISSING) return status;
  limitRun(offset, count, (flags & RANGE_REVERSE) != 0);
  // Redis does not know how many there will be between scores or members, and prepares for many.
  const small = (flags & RANGE_KIND) == RANGE_BY_RANK;
  const made = runCount ? copyRun(argPtr(darg), argLen(darg), ranged, runRank, runCount, small) : 0;
  if (runCount && !made) return OUT_OF_MEMORY;
  return storeReplying(db, darg, made);
}

/** ZREMRANGEBYRANK, BYSCORE and BYLEX. @returns ZSET_* bits or an error */
export function zsetRemoveRange(db: u32, karg: u32, first: u32, second: u32, kind: u32): i32 {
  const status = rangeOf(db, karg, first, second, kind);
  if (status < 0 && status != MISSING) return status;
  replyI64(runCount);
  return runCount ? removeRun(db, ranged, runRank, runCount) : 0;
}

/** ZCOUNT and ZLEXCOUNT. @returns 0, MISSING or an error */
export function zsetCount(db: u32, karg: u32, first: u32, second: u32, kind: u32): i32 {
  const status = rangeOf(db, karg, first, second, kind);
  if (status < 0 && status != MISSING) return status;
  replyI64(runCount);
  return status;
}
