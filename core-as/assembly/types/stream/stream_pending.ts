/**
 * What has been delivered and not acknowledged: XACK, XACKDEL, XPENDING, XCLAIM, XAUTOCLAIM.
 *
 * An entry stands in two lists, its group's and its consumer's, or in neither. Whoever puts it there
 * does so in that order and takes it back when memory is out for the second. What a command has already
 * done then stays done and is replied: an entry that is pending is never unheard of.
 */
import { ARGC, countChanges, MISSING, NOW_MS, OUT_OF_MEMORY, STREAM_ARGUMENT, WRONG_TYPE } from "../../base/layout";
import { allocate, free } from "../../base/memory";
import {
  idCount, idCountOn, idFind, idFirst, idGo, idLast, idLeaf, idMs, idNext, idPayload, idSeek, idSeq, idSlot,
} from "../../structures/idtree";
import { idFound, idInsert, idRemove, idRemoveHere } from "../../structures/idtree_change";
import { parseI64, parsedI64 } from "../../text/number";
import { argLen, argPtr, wordLen } from "../../protocol/resp";
import { replyArray, replyBulk, replyBulkI64, replyI64, replyNull, replyNullArray, replyReserve } from "../../protocol/reply";
import { areIds, deleteReferenced, STREAM_DELETED } from "./stream_add";
import {
  consumerAt, groupStatus, groupStream, isNewConsumer, openConsumer, openGroup, STREAM_CONSUMER_CREATED,
  STREAM_PENDING_CHANGED,
} from "./stream_group";
import { effectClaimed, effectConsumer, effectGone, effectGroup, propagates } from "./stream_effects";
import { advance, BAD_ID, parseBound, parsedMs, parsedSeq, parseId, setParsed } from "./stream_id";
import { replyEntry, replyId, seekEntry } from "./stream_range";
import { roomOfArguments, roomOfPending } from "./stream_room";
import { wordAt } from "./stream_trim";
import {
  consumersOf, deliveredIdOf, deliveredMsOf, deliveriesOf, isAbove, msOf, namedAt, nameLenOf, nameOf, namesCount, ownerOf,
  pendingOf, seqOf, setActiveMs, setDeliveredMs, setDeliveries, setId, setOwner, setSeenMs,
} from "./stream_value";

// What is wrong with the arguments of XCLAIM and XAUTOCLAIM; STREAM_ARGUMENT is which.
export const STREAM_BAD_IDLE: i32 = -240;
export const STREAM_BAD_OPTION: i32 = -241;
export const STREAM_BAD_OPTION_VALUE: i32 = -242;

const IDLE: u64 = 0x656c6469;
const TIME: u64 = 0x656d6974;
const RETRYCOU: u64 = 0x756f637972746572;
const NT: u16 = 0x746e;
const FORCE: u64 = 0x6563726f66;
const JUSTID: u64 = 0x64697473756a;
const LASTID: u64 = 0x64697473616c;

// ---- both lists -----------------------------------------------------------------------------------

/** Gives an entry that is pending in a group to a consumer. @returns false when memory is out: nothing has changed */
export function giveTo(consumer: usize, item: usize, ms: u64, seq: u64): bool {
  const old = ownerOf(item);
  if (old == consumer) return true;
  if (!idInsert(pendingOf(consumer), ms, seq)) return false;
  idRemove(pendingOf(old), ms, seq);
  setOwner(item, consumer);
  return true;
}

/** Makes an entry pending for a consumer, delivered now and once. @returns false when memory is out: nothing has changed */
export function makePending(group: usize, consumer: usize, ms: u64, seq: u64): bool {
  const item = idInsert(pendingOf(group), ms, seq);
  if (!item) return false;
  if (idFound) {
    if (!giveTo(consumer, item, ms, seq)) return false;
  } else if (idInsert(pendingOf(consumer), ms, seq)) setOwner(item, consumer);
  else {
    idRemove(pendingOf(group), ms, seq);
    return false;
  }
  setDeliveredMs(item, load<i64>(NOW_MS));
  setDeliveries(item, 1);
  return true;
}

/** Takes an entry out of both lists. @returns whether it was pending */
export function acknowledge(group: usize, ms: u64, seq: u64): bool {
  const pending = pendingOf(group);
  if (!idFind(pending, ms, seq)) return false;
  const consumer = ownerOf(idPayload(pending));
  idRemoveHere(pending);
  idRemove(pendingOf(consumer), ms, seq);
  return true;
}

// ---- XACK -----------------------------------------------------------------------------------------

/** XACK: the IDs from argument 3 on. */
export function streamAck(db: u32): i32 {
  const group = openGroup(db, 1, 2);
  if (!group) {
    if (groupStatus == WRONG_TYPE) return WRONG_TYPE;
    replyI64(0);
    return groupStatus == MISSING ? MISSING : 0;
  }
  const argc = load<u32>(ARGC);
  if (!areIds(3, argc - 3)) return BAD_ID;
  let count: u32 = 0;
  for (let i: u32 = 3; i < argc; i++) {
    parseId(i, 0);
    if (acknowledge(group, parsedMs, parsedSeq)) count++;
  }
  replyI64(count);
  countChanges(count);
  return count ? STREAM_PENDING_CHANGED : 0;
}

/**
 * XACKDEL: `count` IDs from argument `first` on; replies with 1 for each that was acknowledged and deleted,
 * 2 where references forbid the deletion, -1 where it was not pending.
 */
export function streamAckDelete(db: u32, first: u32, count: u32, refs: u32): i32 {
  const group = openGroup(db, 1, 2);
  if (!group && groupStatus == WRONG_TYPE) return WRONG_TYPE;
  if (!areIds(first, count)) return BAD_ID;
  const s = groupStream;
  let done: i32 = 0;
  let acknowledged: u32 = 0;
  replyArray(count);
  for (let i = first; i < first + count; i++) {
    parseId(i, 0);
    const ms = parsedMs;
    const seq = parsedSeq;
    if (!group || !acknowledge(group, ms, seq)) {
      replyI64(-1);
      continue;
    }
    acknowledged++;
    const outcome = deleteReferenced(s, ms, seq, refs);
    if (outcome == 1) done |= STREAM_DELETED;
    // One that had been deleted before is gone as well.
    replyI64(outcome == 2 ? 2 : 1);
  }
  countChanges(acknowledged);
  return acknowledged ? done | STREAM_PENDING_CHANGED : 0;
}

// ---- XPENDING -------------------------------------------------------------------------------------

/** XPENDING of a group: how much is pending, from where to where, and for whom. */
export function streamPendingSummary(db: u32): i32 {
  const group = openGroup(db, 1, 2);
  if (!group) return groupStatus;
  const pending = pendingOf(group);
  replyArray(4);
  replyI64(idCount(pending));
  if (!idFirst(pending)) {
    replyNull();
    replyNull();
    replyNullArray();
    return 0;
  }
  replyId(idMs(), idSeq());
  idLast(pending);
  replyId(idMs(), idSeq());
  const consumers = consumersOf(group);
  let busy: u32 = 0;
  for (let i: u32 = 0; i < namesCount(consumers); i++) if (idCount(pendingOf(namedAt(consumers, i)))) busy++;
  replyArray(busy);
  for (let i: u32 = 0; i < namesCount(consumers); i++) {
    const consumer = namedAt(consumers, i);
    const count = idCount(pendingOf(consumer));
    if (!count) continue;
    replyArray(2);
    replyBulk(nameOf(consumer), nameLenOf(consumer));
    replyBulkI64(count);
  }
  return 0;
}

/** Milliseconds since an entry was delivered. */
@inline export function idleMs(item: usize): i64 {
  return max<i64>(load<i64>(NOW_MS) - deliveredMsOf(item), 0);
}

/**
 * XPENDING of the IDs between arguments `sarg` and `sarg` + 1, checked bounds.
 *
 * @param carg argument of the consumer, 0 for all of them
 * @param idle how many ms ago they were delivered at least
 */
export function streamPendingRange(db: u32, sarg: u32, count: f64, carg: u32, idle: f64): i32 {
  const group = openGroup(db, 1, 2);
  if (!group) return groupStatus;
  const consumer = carg ? consumerAt(group, carg) : 0;
  if (count <= 0 || (carg && !consumer)) {
    replyArray(0);
    return 0;
  }
  const limit = count < <f64> u32.MAX_VALUE ? <u32> count : u32.MAX_VALUE;
  // The number of elements comes first.
  replyArray(walkPending(group, consumer, sarg, limit, <i64> idle, false));
  walkPending(group, consumer, sarg, limit, <i64> idle, true);
  return 0;
}

function walkPending(group: usize, consumer: usize, sarg: u32, limit: u32, idle: i64, shows: bool): u32 {
  parseBound(sarg + 1, false);
  const endMs = parsedMs;
  const endSeq = parsedSeq;
  parseBound(sarg, true);
  const pending = pendingOf(group);
  const walked = consumer ? pendingOf(consumer) : pending;
  let count: u32 = 0;
  let more = idSeek(walked, parsedMs, parsedSeq);
  while (more && count < limit) {
    const ms = idMs();
    const seq = idSeq();
    if (ms > endMs || (ms == endMs && seq > endSeq)) break;
    const leaf = idLeaf();
    const slot = idSlot();
    if (consumer) idFind(pending, ms, seq);
    const item = idPayload(pending);
    if (idle <= 0 || idleMs(item) >= idle) {
      count++;
      if (shows) replyPending(ms, seq, item);
    }
    idGo(leaf, slot);
    more = idNext();
  }
  return count;
}

function replyPending(ms: u64, seq: u64, item: usize): void {
  const owner = ownerOf(item);
  replyArray(4);
  replyId(ms, seq);
  replyBulk(nameOf(owner), nameLenOf(owner));
  replyI64(idleMs(item));
  replyI64(deliveriesOf(item));
}

// ---- claiming -------------------------------------------------------------------------------------

/** What XCLAIM and XAUTOCLAIM are to do. */
let minIdle: i64 = 0;
let claimMs: i64 = 0;
let claimDb: u32 = 0;
/** Deliveries to set, negative where they are to be counted. */
let retries: i64 = -1;
let justIds: bool = false;
let forces: bool = false;
let claimer: usize = 0;
let isNewClaimer: bool = false;

/** IDs claimed from the start on, and from the end those that were found deleted: {ms u64, seq u64}. */
let claims: usize = 0;
let claimed: u32 = 0;
let gone: u32 = 0;
let claimRoom: u32 = 0;

// What became of an ID.
const SKIPPED: u32 = 0;
const CLAIMED: u32 = 1;
const GONE: u32 = 2;
const FAILED: u32 = 3;

/** Claims one ID for the claimer, if it is pending and was so long enough. */
function claimOne(group: usize, ms: u64, seq: u64): u32 {
  const pending = pendingOf(group);
  const exists = seekEntry(groupStream, ms, seq);
  const known = idFind(pending, ms, seq);
  if (!exists) {
    if (!known) return SKIPPED;
    acknowledge(group, ms, seq);
    if (propagates()) effectGone(claimDb, 1, 2, ms, seq);
    return GONE;
  }
  if (!known && !forces) return SKIPPED;
  if (known && minIdle > 0 && idleMs(idPayload(pending)) < minIdle) return SKIPPED;
  if (known) {
    idFind(pending, ms, seq);
    if (!giveTo(claimer, idPayload(pending), ms, seq)) return FAILED;
  } else if (!makePending(group, claimer, ms, seq)) return FAILED;
  idFind(pending, ms, seq);
  const item = idPayload(pending);
  setDeliveredMs(item, claimMs);
  if (retries >= 0) setDeliveries(item, retries);
  else if (!justIds) setDeliveries(item, deliveriesOf(item) + 1);
  if (propagates()) effectClaimed(claimDb, 1, 2, ms, seq, claimMs, deliveriesOf(item));
  return CLAIMED;
}

/**
 * Makes room for `count` IDs, and the consumer of argument `carg` where there is none: it is there even if it gets
 * nothing. @returns false when memory is out
 */
function openClaims(count: u32, group: usize, carg: u32): bool {
  claimed = 0;
  gone = 0;
  claimRoom = count;
  claims = count < 0x8000000 ? allocate(count << 4) : 0;
  if (!claims) return false;
  claimer = openConsumer(group, carg);
  isNewClaimer = isNewConsumer;
  if (!claimer) free(claims);
  return claimer != 0;
}

@inline function keepClaimed(ms: u64, seq: u64): void {
  setId(claims + (claimed++ << 4), ms, seq);
}
@inline function keepGone(ms: u64, seq: u64): void {
  setId(claims + ((claimRoom - ++gone) << 4), ms, seq);
}

/** Replies with what was claimed. */
function replyClaimed(): void {
  replyArray(claimed);
  for (let i: u32 = 0; i < claimed; i++) {
    const id = claims + (i << 4);
    if (justIds) replyId(load<u64>(id), load<u64>(id, 8));
    else {
      seekEntry(groupStream, load<u64>(id), load<u64>(id, 8));
      replyEntry();
    }
  }
}

/** Notes that the consumer has been heard of. @returns STREAM_* bits */
function endClaims(): i32 {
  countChanges(claimed + gone);
  setSeenMs(claimer, load<i64>(NOW_MS));
  if (claimed) setActiveMs(claimer, load<i64>(NOW_MS));
  if (isNewClaimer && !claimed && propagates()) effectConsumer(claimDb, 1, 2);
  return (isNewClaimer ? STREAM_CONSUMER_CREATED : 0) | (claimed + gone ? STREAM_PENDING_CHANGED : 0);
}

// ---- XCLAIM ---------------------------------------------------------------------------------------

let lastMs: u64 = 0;
let lastSeq: u64 = 0;

function isRetryCount(index: u32): bool {
  const ptr = argPtr(index);
  return wordLen(index) == 10 && (load<u64>(ptr) | 0x2020202020202020) == RETRYCOU && (load<u16>(ptr, 8) | 0x2020) == NT;
}

function wrongArgument(index: u32, status: i32): i32 {
  store<u32>(STREAM_ARGUMENT, index);
  return status;
}

/** Reads XCLAIM's options from argument `at` on. @returns 0 or an error */
function readClaim(at: u32, argc: u32): i32 {
  const now = load<i64>(NOW_MS);
  claimMs = -1;
  retries = -1;
  justIds = false;
  forces = false;
  lastMs = 0;
  lastSeq = 0;
  for (; at < argc; at++) {
    const word = wordAt(at);
    const more = at + 1 < argc;
    const isNumber = word == IDLE || word == TIME || isRetryCount(at);
    if (word == FORCE) forces = true;
    else if (word == JUSTID) justIds = true;
    else if (more && isNumber) {
      if (!parseI64(argPtr(at + 1), argLen(at + 1))) return wrongArgument(at, STREAM_BAD_OPTION_VALUE);
      const value = parsedI64();
      if (word == IDLE) claimMs = now - value;
      else if (word == TIME) claimMs = value;
      else retries = value;
      at++;
    } else if (more && word == LASTID) {
      if (!parseId(++at, 0)) return BAD_ID;
      lastMs = parsedMs;
      lastSeq = parsedSeq;
    } else return wrongArgument(at, STREAM_BAD_OPTION);
  }
  // Neither the future nor what lies before all time.
  if (claimMs < 0 || claimMs > now) claimMs = now;
  return 0;
}

/** XCLAIM: key, group, consumer, least idle time, IDs, options. */
export function streamClaim(db: u32): i32 {
  const argc = load<u32>(ARGC);
  const group = openGroup(db, 1, 2);
  if (!group) return groupStatus;
  claimDb = db;
  if (!parseI64(argPtr(4), argLen(4))) return STREAM_BAD_IDLE;
  minIdle = parsedI64();
  let end: u32 = 5;
  while (end < argc && parseId(end, 0)) end++;
  const wrong = readClaim(end, argc);
  if (wrong) return wrong;
  if (!replyReserve(roomOfArguments(groupStream, 5, end, justIds)) || !openClaims(end - 5, group, 3)) return OUT_OF_MEMORY;
  const advances = isAbove(lastMs, lastSeq, deliveredIdOf(group));
  let done = advances ? STREAM_PENDING_CHANGED : 0;
  if (advances) {
    setId(deliveredIdOf(group), lastMs, lastSeq);
    if (propagates()) effectGroup(db, 1, 2, group);
  }
  let failed = false;
  for (let i: u32 = 5; i < end && !failed; i++) {
    parseId(i, 0);
    const ms = parsedMs;
    const seq = parsedSeq;
    const outcome = claimOne(group, ms, seq);
    if (outcome == CLAIMED) keepClaimed(ms, seq);
    else if (outcome == GONE) keepGone(ms, seq);
    else failed = outcome == FAILED;
  }
  if (failed && !claimed) done = OUT_OF_MEMORY;
  else {
    replyClaimed();
    done |= endClaims();
    // What is claimed carries the new last ID with it.
    if (advances && !(claimed + gone)) countChanges(1);
  }
  free(claims);
  return done;
}

// ---- XAUTOCLAIM -----------------------------------------------------------------------------------

/** Pending entries looked at for each one wanted. */
const ATTEMPTS: f64 = 10;

/**
 * XAUTOCLAIM from the bound in argument 5 on: replies with where to go on, what was claimed, and what was
 * found deleted.
 *
 * @param idle least idle time in ms
 */
export function streamAutoClaim(db: u32, idle: f64, count: f64, ids: bool): i32 {
  const group = openGroup(db, 1, 2);
  if (!group) return groupStatus;
  claimDb = db;
  const pending = pendingOf(group);
  parseBound(5, true);
  minIdle = <i64> idle;
  claimMs = load<i64>(NOW_MS);
  retries = -1;
  justIds = ids;
  forces = false;
  let ms = parsedMs;
  let seq = parsedSeq;
  const most = <u32> min<f64>(count, idCount(pending));
  const room = roomOfPending(groupStream, pending, ms, seq, minIdle, most, count * ATTEMPTS, ids, 0);
  if (!replyReserve(room) || !openClaims(most, group, 3)) return OUT_OF_MEMORY;
  let failed = false;
  let attempts = count * ATTEMPTS;
  let more = idSeek(pending, ms, seq);
  while (more && attempts-- > 0 && claimed + gone < claimRoom) {
    ms = idMs();
    seq = idSeq();
    const outcome = claimOne(group, ms, seq);
    failed = outcome == FAILED;
    if (failed) break;
    if (outcome == CLAIMED) keepClaimed(ms, seq);
    else if (outcome == GONE) keepGone(ms, seq);
    setParsed(ms, seq);
    more = advance() && idSeek(pending, parsedMs, parsedSeq);
  }
  let done = OUT_OF_MEMORY;
  if (!failed || claimed + gone) {
    replyArray(3);
    if (failed) replyId(ms, seq);
    else if (more) replyId(idMs(), idSeq());
    else replyId(0, 0);
    replyClaimed();
    replyArray(gone);
    for (let i: u32 = 1; i <= gone; i++) {
      const id = claims + ((claimRoom - i) << 4);
      replyId(load<u64>(id), load<u64>(id, 8));
    }
    done = endClaims();
  }
  free(claims);
  return done;
}

// ---- what XREADGROUP and XINFO ask -----------------------------------------------------------------

/** Pending entries of a consumer from an ID on, not counted beyond `limit`. */
export function countHistory(consumer: usize, ms: u64, seq: u64, limit: u32): u32 {
  return idSeek(pendingOf(consumer), ms, seq) ? idCountOn(limit) : 0;
}

/**
 * Delivers `count` pending entries of a consumer from an ID on once more; those that are gone stay as they are.
 *
 * @param ids room for the IDs, 0 where they can be read from the consumer's list later
 */
export function deliverHistory(
  s: usize, group: usize, consumer: usize, ms: u64, seq: u64, count: u32, ids: usize,
): void {
  const pending = pendingOf(group);
  let more = idSeek(pendingOf(consumer), ms, seq);
  for (; more && count; count--) {
    const leaf = idLeaf();
    const slot = idSlot();
    const atMs = idMs();
    const atSeq = idSeq();
    if (ids) {
      setId(ids, atMs, atSeq);
      ids += 16;
    }
    if (seekEntry(s, atMs, atSeq)) {
      idFind(pending, atMs, atSeq);
      const item = idPayload(pending);
      setDeliveredMs(item, load<i64>(NOW_MS));
      setDeliveries(item, deliveriesOf(item) + 1);
    }
    idGo(leaf, slot);
    more = idNext();
  }
}

/** Replies with what {@link deliverHistory} has delivered. */
export function replyHistory(s: usize, consumer: usize, ms: u64, seq: u64, count: u32, ids: usize): void {
  replyArray(count);
  if (!ids) idSeek(pendingOf(consumer), ms, seq);
  for (; count; count--) {
    const leaf = idLeaf();
    const slot = idSlot();
    const atMs = ids ? msOf(ids) : idMs();
    const atSeq = ids ? seqOf(ids) : idSeq();
    if (seekEntry(s, atMs, atSeq)) replyEntry();
    else {
      replyArray(2);
      replyId(atMs, atSeq);
      replyNullArray();
    }
    if (ids) ids += 16;
    else {
      idGo(leaf, slot);
      idNext();
    }
  }
}
