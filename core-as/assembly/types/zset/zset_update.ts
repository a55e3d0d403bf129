/**
 * Sorted-set commands that change single members: ZADD, ZINCRBY and ZREM.
 *
 * Each replies and returns a negative status, for which the host replies, or what has happened as
 * bits of ZSET_*; with ZSET_CHANGED, RESULT_I64 says how many changes it was.
 */
import { ARGC, countChanges, MISSING, NOT_A_FLOAT, OUT_OF_MEMORY, WRONG_TYPE } from "../../base/layout";
import { parseDouble, parsedDouble } from "../../text/double";
import { freeEntry } from "../../keyspace/entry";
import { insert, lastHash, remove } from "../../keyspace/keyspace";
import { argLen, argPtr } from "../../protocol/resp";
import { replyI64, replyNull } from "../../protocol/reply";
import { ZSET_CHANGED, ZSET_CREATED, ZSET_EMPTIED, ZSET_NO_MEMORY } from "./zset_run";
import {
  add, doubleScratch, encodingFor, find, foundScore, lengthAt, newZset, removeFound, rescore, zsetAt, zsetStatus,
} from "./zset_value";
import { replyScore } from "./zset_reply";

// What ZADD may ask for.
export const ZADD_NX: u32 = 1;
export const ZADD_XX: u32 = 2;
export const ZADD_GT: u32 = 4;
export const ZADD_LT: u32 = 8;
/** Replies with the members changed, not only those added. */
export const ZADD_CH: u32 = 16;
/** Adds to the score of the one member and replies with the sum. */
export const ZADD_INCR: u32 = 32;

/** ZADD INCR has come to infinity minus infinity. */
export const ZSET_NAN: i32 = -100;

// What zsetUpdate has done with a member.
export const UPDATE_LEFT: u32 = 0;
const SAME: u32 = 1;
export const UPDATE_ADDED: u32 = 2;
export const UPDATE_UPDATED: u32 = 3;
const NAN: u32 = 4;
export const UPDATE_FAILED: u32 = 5;

/** The score that {@link zsetUpdate} left. */
let newScore: f64 = 0;

/** Does with one member what ZADD's flags say. */
export function zsetUpdate(e: usize, score: f64, ptr: usize, len: u32, flags: u32): u32 {
  newScore = score;
  if (!find(e, ptr, len)) {
    if (flags & ZADD_XX) return UPDATE_LEFT;
    return add(e, score, ptr, len) ? UPDATE_ADDED : UPDATE_FAILED;
  }
  if (flags & ZADD_NX) return UPDATE_LEFT;
  if (flags & ZADD_INCR) {
    score += foundScore;
    if (isNaN(score)) return NAN;
    newScore = score;
  }
  if ((flags & ZADD_LT) && score >= foundScore) return UPDATE_LEFT;
  if ((flags & ZADD_GT) && score <= foundScore) return UPDATE_LEFT;
  if (score == foundScore) return SAME;
  return rescore(e, score, ptr, len) ? UPDATE_UPDATED : UPDATE_FAILED;
}

@inline function readScore(index: u32): bool {
  return parseDouble(argPtr(index), argLen(index), doubleScratch());
}

/** The sorted set to add to, made where the key is absent; 0 with `zsetStatus`, or MISSING when XX forbids it. */
let isNew: bool = false;
export function zsetToAdd(db: u32, karg: u32, firstLen: u32, flags: u32): usize {
  isNew = false;
  const e = zsetAt(db, karg);
  if (e || zsetStatus == WRONG_TYPE || (flags & ZADD_XX)) return e;
  const made = newZset(argPtr(karg), argLen(karg), encodingFor(1, firstLen));
  if (made) {
    isNew = true;
    if (insert(db, lastHash, made)) return made;
    freeEntry(made);
  }
  return 0;
}

/** Whether the last {@link zsetToAdd} has made the set. */
@inline export function zsetMade(): bool {
  return isNew;
}

/**
 * ZADD and ZINCRBY: pairs of score and member from argument `first` on.
 *
 * @param flags ZADD_*; with ZADD_INCR there is one pair
 */
export function zsetAdd(db: u32, karg: u32, first: u32, flags: u32): i32 {
  const argc = load<u32>(ARGC);
  const single = first + 2 == argc;
  // All scores are read before anything is done; one alone need not be read twice.
  for (let i = first; i < argc; i += 2) if (!readScore(i)) return NOT_A_FLOAT;
  const e = zsetToAdd(db, karg, argLen(first + 1), flags);
  if (!e) {
    if (zsetStatus == WRONG_TYPE) return WRONG_TYPE;
    if (!(flags & ZADD_XX)) return OUT_OF_MEMORY;
    if (flags & ZADD_INCR) replyNull();
    else replyI64(0);
    return 0;
  }
  const created = isNew ? ZSET_CREATED : 0;
  let added: u32 = 0;
  let updated: u32 = 0;
  let done = UPDATE_LEFT;
  for (let i = first; i < argc && done < NAN; i += 2) {
    if (!single) readScore(i);
    done = zsetUpdate(e, parsedDouble(), argPtr(i + 1), argLen(i + 1), flags);
    if (done == UPDATE_ADDED) added++;
    else if (done == UPDATE_UPDATED) updated++;
  }
  if (done == NAN) return ZSET_NAN;
  const changed = added + updated ? created | ZSET_CHANGED : 0;
  countChanges(added + updated);
  if (done == UPDATE_FAILED) {
    if (changed) return changed | ZSET_NO_MEMORY;
    if (created) remove(db, e);
    return OUT_OF_MEMORY;
  }
  if (!(flags & ZADD_INCR)) replyI64(flags & ZADD_CH ? added + updated : added);
  else if (done == UPDATE_LEFT) replyNull();
  else replyScore(newScore);
  return changed;
}

/** ZREM: the members from argument `first` on. */
export function zsetRemove(db: u32, karg: u32, first: u32): i32 {
  const e = zsetAt(db, karg);
  if (!e) {
    if (zsetStatus == WRONG_TYPE) return WRONG_TYPE;
    replyI64(0);
    return 0;
  }
  let removed: u32 = 0;
  let left = lengthAt(e);
  for (let i = first, argc = load<u32>(ARGC); i < argc && left; i++) {
    if (!find(e, argPtr(i), argLen(i))) continue;
    removed++;
    // The last one goes with the whole.
    if (--left) removeFound(e);
  }
  replyI64(removed);
  countChanges(removed);
  if (!left) remove(db, e);
  return left ? (removed ? ZSET_CHANGED : 0) : ZSET_CHANGED | ZSET_EMPTIED;
}
