/**
 * XREAD and XREADGROUP.
 *
 * Two passes over the streams: the first finds what there is and, for a group, makes it pending; the
 * second replies. So nothing is replied that memory had no room to remember, and where it runs out after
 * some entries those are delivered and the others are still to come.
 *
 * ```
 *  find (48 bytes), one per stream with something to read
 *    +0 u32 argument of the key | +4 u32 stream | +8 u32 group | +12 u32 consumer, 0 = new entries
 *    +16 u32 entries | +20 u32 their IDs, 0 = not kept | +24 u64 ms, +32 u64 seq of the first
 *    +40 u32 entries claimed, before them | +44 u32 their claims (stream_claim.ts)
 * ```
 */
import {
  ARGC, ARGV, countChanges, MISSING, NOT_AN_INTEGER, NOW_MS, OUT_OF_MEMORY, OUT_RESP, SCRATCH, STREAM_ARGUMENT,
  STREAM_BLOCK_MS, STREAM_FIRST_KEY, STREAM_KEYS, STREAM_MADE, WRONG_TYPE,
} from "../../base/layout";
import { idBelow } from "../../structures/idtree";
import { allocate, free } from "../../base/memory";
import { writeU64, parseI64, parsedI64 } from "../../text/number";
import { replyArgument, replyArray, replyMap, replyReserve, RESERVED_BYTES } from "../../protocol/reply";
import { argLen, argPtr } from "../../protocol/resp";
import {
  advanceGroup, consumerAt, groupStatus, groupStream, isNewConsumer, openConsumer, openGroup, STREAM_CONSUMER_CREATED,
  STREAM_NO_GROUP, STREAM_PENDING_CHANGED,
} from "./stream_group";
import { effectConsumer, effectDelivered, effectGroup, propagates } from "./stream_effects";
import { advance, BAD_ID, isByte, parsedMs, parsedSeq, parseId, setParsed } from "./stream_id";
import { entryMs, entrySeq } from "./stream_node";
import { claimedCount, claimIdle, claimsRanOut, replyClaims, replyUnclaimed } from "./stream_claim";
import { countHistory, deliverHistory, makePending, replyHistory } from "./stream_pending";
import { countRange, replyForward, seekEdge, seekForward, stepForward } from "./stream_range";
import { foundPending, roomOfNews, roomOfPending } from "./stream_room";
import { STREAM_SYNTAX, wordAt } from "./stream_trim";
import {
  deliveredIdOf, entriesOf, isAbove, lastIdOf, msOf, pendingOf, seqOf, setActiveMs, setSeenMs, streamAt, streamStatus,
} from "./stream_value";

/** Words of XREADGROUP in XREAD, or the other way round. */
export const STREAM_GROUP_IN_XREAD: i32 = -250;
export const STREAM_NOACK_IN_XREAD: i32 = -251;
export const STREAM_NO_GROUP_OPTION: i32 = -252;
/** BLOCK's number. */
export const STREAM_BAD_TIMEOUT: i32 = -253;
export const STREAM_NEGATIVE_TIMEOUT: i32 = -254;
/** Not as many IDs as keys. */
export const STREAM_UNBALANCED: i32 = -255;
/** `>` in XREAD, `$` in XREADGROUP. */
export const STREAM_NEW_IN_XREAD: i32 = -256;
export const STREAM_LAST_IN_GROUP: i32 = -257;

/** CLAIM's number. */
export const STREAM_BAD_CLAIM: i32 = -258;

const COUNT: u64 = 0x746e756f63;
const BLOCK: u64 = 0x6b636f6c62;
const STREAMS: u64 = 0x736d6165727473;
const GROUP: u64 = 0x70756f7267;
const NOACK: u64 = 0x6b63616f6e;
const CLAIM: u64 = 0x6d69616c63;

const FIND_BYTES: u32 = 48;
const ID_TEXT_BYTES: u32 = 48;
/** How many IDs, or arguments of keys, find room in SCRATCH. */
const TEXTS_MAX: u32 = 4096;
const MADE_MAX: u32 = 0x10000;

let limit: u64 = 0;
let noAck: bool = false;
/** Least idle time of what is claimed, -1 for nothing. */
let claimMinIdle: i64 = -1;
let readDb: u32 = 0;
/** Argument of the group, with that of the consumer behind it; 0 in XREAD. */
let groupArg: u32 = 0;
let firstKey: u32 = 0;
let keys: u32 = 0;

/** Reads the options. @returns 0 or an error */
function readOptions(grouped: bool): i32 {
  const argc = load<u32>(ARGC);
  limit = u64.MAX_VALUE;
  noAck = false;
  claimMinIdle = -1;
  groupArg = 0;
  firstKey = 0;
  store<i64>(STREAM_BLOCK_MS, -1);
  store<u32>(STREAM_ARGUMENT, 0);
  for (let i: u32 = 1; i < argc; i++) {
    const more = argc - i - 1;
    const word = wordAt(i);
    if (word == BLOCK && more) {
      if (!parseI64(argPtr(++i), argLen(i))) return STREAM_BAD_TIMEOUT;
      if (parsedI64() < 0) return STREAM_NEGATIVE_TIMEOUT;
      store<i64>(STREAM_BLOCK_MS, parsedI64());
    } else if (word == COUNT && more) {
      if (!parseI64(argPtr(++i), argLen(i))) return NOT_AN_INTEGER;
      limit = parsedI64() > 0 ? parsedI64() : u64.MAX_VALUE;
    } else if (word == CLAIM && more && grouped) {
      if (!parseI64(argPtr(++i), argLen(i))) return STREAM_BAD_CLAIM;
      if (parsedI64() < 0) return STREAM_BAD_CLAIM;
      claimMinIdle = parsedI64();
    } else if (word == STREAMS && more) {
      if (more & 1) return STREAM_UNBALANCED;
      firstKey = i + 1;
      keys = more >> 1;
      break;
    } else if (word == GROUP && more >= 2) {
      if (!grouped) return STREAM_GROUP_IN_XREAD;
      groupArg = i + 1;
      i += 2;
    } else if (word == NOACK) {
      if (!grouped) return STREAM_NOACK_IN_XREAD;
      noAck = true;
    } else return STREAM_SYNTAX;
  }
  if (!firstKey) return STREAM_SYNTAX;
  if (grouped && !groupArg) return STREAM_NO_GROUP_OPTION;
  store<u32>(STREAM_FIRST_KEY, firstKey);
  store<u32>(STREAM_KEYS, keys);
  return 0;
}

// ---- IDs ------------------------------------------------------------------------------------------

/** Writes the ID read last in the place of an argument: `$` means what it meant when it was said. */
function fixId(index: u32, place: u32): void {
  const text = SCRATCH + place * ID_TEXT_BYTES;
  let end = text + writeU64(text, parsedMs);
  store<u8>(end++, 0x2d);
  end += writeU64(end, parsedSeq);
  const slot = <usize> load<u32>(ARGV) + (index << 3);
  store<u32>(slot, <u32> text);
  store<u32>(slot, <u32> (end - text), 4);
}

/** New entries of a group: `>`, or the highest ID. */
@inline function isNews(ms: u64, seq: u64): bool {
  return ms == u64.MAX_VALUE && seq == u64.MAX_VALUE;
}

/** Reads the ID of a key, whose stream `s` is (0: none). @returns 0 or an error */
function readId(place: u32, s: usize): i32 {
  const index = firstKey + keys + place;
  if (isByte(index, 0x24)) {
    if (groupArg) return STREAM_LAST_IN_GROUP;
    if (s) setParsed(msOf(lastIdOf(s)), seqOf(lastIdOf(s)));
    else setParsed(0, 0);
    if (place < TEXTS_MAX) fixId(index, place);
    return 0;
  }
  if (isByte(index, 0x3e)) {
    if (!groupArg) return STREAM_NEW_IN_XREAD;
    setParsed(u64.MAX_VALUE, u64.MAX_VALUE);
    return 0;
  }
  if (isByte(index, 0x2b) && !groupArg) {
    readLast(s);
    if (place < TEXTS_MAX) fixId(index, place);
    return 0;
  }
  return parseId(index, 0) ? 0 : BAD_ID;
}

/** `+`: the ID before that of the last entry; of an empty stream the last ID. */
function readLast(s: usize): void {
  setParsed(0, 0);
  if (!s) return;
  if (!seekEdge(s, true)) {
    setParsed(msOf(lastIdOf(s)), seqOf(lastIdOf(s)));
    return;
  }
  if (entrySeq) setParsed(entryMs, entrySeq - 1);
  else setParsed(entryMs - 1, u64.MAX_VALUE);
}

// ---- finding what there is ------------------------------------------------------------------------

let finds: usize = 0;
let findCount: u32 = 0;
/** Memory was out for something. */
let ranOut: bool = false;
/** STREAM_* bits of what has been done. */
let done: i32 = 0;
/** The group of the last {@link openStream}. */
let openedGroup: usize = 0;

function addFind(karg: u32, s: usize, group: usize, consumer: usize, count: u32, ms: u64, seq: u64): void {
  const find = finds + findCount++ * FIND_BYTES;
  store<u32>(find, karg);
  store<u32>(find, <u32> s, 4);
  store<u32>(find, <u32> group, 8);
  store<u32>(find, <u32> consumer, 12);
  store<u32>(find, count, 16);
  store<u32>(find, 0, 20);
  store<u64>(find, ms, 24);
  store<u64>(find, seq, 32);
  store<u64>(find, 0, 40);
}

/** Looks a key's stream up, and in XREADGROUP its group. @returns 0 or an error */
function openStream(db: u32, karg: u32): i32 {
  openedGroup = 0;
  if (!groupArg) {
    groupStream = streamAt(db, karg);
    return groupStream || streamStatus == MISSING ? 0 : WRONG_TYPE;
  }
  openedGroup = openGroup(db, karg, groupArg);
  if (openedGroup) return 0;
  return groupStatus == WRONG_TYPE ? WRONG_TYPE : STREAM_NO_GROUP;
}

/** Finds what the open stream has behind the ID read last. */
function findEntries(karg: u32): void {
  const s = groupStream;
  const group = openedGroup;
  if (group && isNews(parsedMs, parsedSeq)) findNews(karg, s, group);
  else if (group) {
    const consumer = openConsumer(group, groupArg + 1);
    if (!consumer) {
      ranOut = true;
      return;
    }
    noteConsumer(karg, consumer, false);
    if (isNewConsumer && propagates()) effectConsumer(readDb, karg, groupArg);
    const some = advance();
    historyIds = 0;
    const count = some ? countHistory(consumer, parsedMs, parsedSeq, <u32> min<u64>(limit, u32.MAX_VALUE)) : 0;
    if (count && !keepHistory(s, group, consumer, count)) return;
    addFind(karg, s, group, consumer, count, parsedMs, parsedSeq);
    store<u32>(finds + (findCount - 1) * FIND_BYTES, <u32> historyIds, 20);
  } else if (s && entriesOf(s) && !isAbove(parsedMs, parsedSeq, lastIdOf(s)) && advance()) {
    const ms = parsedMs;
    const seq = parsedSeq;
    const count = countRange(s, ms, seq, u64.MAX_VALUE, u64.MAX_VALUE, min<u64>(limit, u32.MAX_VALUE));
    if (count) addFind(karg, s, 0, 0, <u32> count, ms, seq);
  }
}

/** The IDs that {@link keepHistory} has kept, 0 for none. */
let historyIds: usize = 0;

/**
 * Delivers entries of a consumer's own, from the ID read last on, once more. Where other keys are to be read
 * from, too, their IDs are kept: one may be the same, and change what is pending before the reply.
 *
 * @returns false when memory is out
 */
function keepHistory(s: usize, group: usize, consumer: usize, count: u32): bool {
  historyIds = 0;
  if (keys > 1) {
    historyIds = count < 0x8000000 ? allocate(count << 4) : 0;
    ranOut = ranOut || !historyIds;
    if (!historyIds) return false;
  }
  deliverHistory(s, group, consumer, parsedMs, parsedSeq, count, historyIds);
  return true;
}

/** Notes that a consumer was heard of, or made. */
function noteConsumer(karg: u32, consumer: usize, active: bool): void {
  if (isNewConsumer) {
    done |= STREAM_CONSUMER_CREATED;
    const made = load<u32>(STREAM_MADE);
    if (made < MADE_MAX) {
      store<u32>(SCRATCH + (made << 2), karg);
      store<u32>(STREAM_MADE, made + 1);
    }
  }
  setSeenMs(consumer, load<i64>(NOW_MS));
  if (active) setActiveMs(consumer, load<i64>(NOW_MS));
}

/**
 * Gives a consumer the entries that its group has not seen, as many as are wanted and find memory. It is made
 * even where there are none.
 */
function findNews(karg: u32, s: usize, group: usize): void {
  const consumer = openConsumer(group, groupArg + 1);
  if (!consumer) {
    ranOut = true;
    return;
  }
  setParsed(msOf(deliveredIdOf(group)), seqOf(deliveredIdOf(group)));
  const claims = claimMinIdle < 0
    ? 0
    : claimIdle(readDb, karg, groupArg, s, group, consumer, claimMinIdle, limit);
  const claimed = claims ? claimedCount : 0;
  if (claims && !claimed) free(claims);
  ranOut = ranOut || (claimMinIdle >= 0 && claimsRanOut);
  const left = limit - claimed;
  setParsed(msOf(deliveredIdOf(group)), seqOf(deliveredIdOf(group)));
  const some = left != 0 && advance() && seekForward(s, parsedMs, parsedSeq);
  noteConsumer(karg, consumer, some || claimed != 0);
  if (claimed) {
    addFind(karg, s, group, 0, 0, 0, 0);
    store<u32>(finds + (findCount - 1) * FIND_BYTES, claimed, 40);
    store<u32>(finds + (findCount - 1) * FIND_BYTES, <u32> claims, 44);
  }
  if (!some && claimed) return;
  if (!some) {
    if (isNewConsumer && propagates()) effectConsumer(readDb, karg, groupArg);
    return;
  }
  const ms = entryMs;
  const seq = entrySeq;
  let count: u32 = 0;
  do {
    if (!noAck && !makePending(group, consumer, entryMs, entrySeq)) {
      ranOut = true;
      break;
    }
    advanceGroup(s, group, entryMs, entrySeq);
    count++;
  } while (count < left && stepForward(s));
  if (!count) {
    if (isNewConsumer && !claimed && propagates()) effectConsumer(readDb, karg, groupArg);
    return;
  }
  if (propagates()) {
    if (!noAck) effectDelivered(readDb, karg, groupArg, s, ms, seq, count);
    else if (isNewConsumer) effectConsumer(readDb, karg, groupArg);
    effectGroup(readDb, karg, groupArg, group);
  }
  if (!claimed) addFind(karg, s, group, 0, count, ms, seq);
  else {
    const find = finds + (findCount - 1) * FIND_BYTES;
    store<u32>(find, count, 16);
    store<u64>(find, ms, 24);
    store<u64>(find, seq, 32);
  }
}

// ---- replying -------------------------------------------------------------------------------------

function replyFinds(): void {
  const isMap = load<u32>(OUT_RESP) == 3;
  if (isMap) replyMap(findCount);
  else replyArray(findCount);
  for (let i: u32 = 0; i < findCount; i++) {
    const find = finds + i * FIND_BYTES;
    if (!isMap) replyArray(2);
    replyArgument(load<u32>(find));
    const s: usize = load<u32>(find, 4);
    const count = load<u32>(find, 16);
    const ms = load<u64>(find, 24);
    const seq = load<u64>(find, 32);
    const consumer: usize = load<u32>(find, 12);
    if (consumer) {
      replyHistory(s, consumer, ms, seq, count, load<u32>(find, 20));
      free(load<u32>(find, 20));
      continue;
    }
    const claimed = load<u32>(find, 40);
    replyArray(claimed + count);
    replyClaims(s, load<u32>(find, 44), claimed);
    free(load<u32>(find, 44));
    if (!count) continue;
    seekForward(s, ms, seq);
    if (claimMinIdle < 0 || !load<u32>(find, 8)) replyForward(s, count);
    else {
      replyUnclaimed();
      for (let left = count - 1; left && stepForward(s); left--) replyUnclaimed();
    }
  }
}

/** Replies with what was found. @returns STREAM_* bits, MISSING where there was nothing, OUT_OF_MEMORY */
function finish(): i32 {
  if (findCount) replyFinds();
  // Each stream that a group is read from counts as a change, even if it has had nothing to give.
  if (findCount && groupArg) done |= STREAM_PENDING_CHANGED;
  countChanges(findCount);
  free(finds);
  return findCount ? done : ranOut ? OUT_OF_MEMORY : MISSING;
}

/**
 * XREAD, and with `grouped` XREADGROUP.
 *
 * @returns STREAM_* bits of what has been done; MISSING where there is nothing and nothing was replied, though
 *   consumers may have been made, with what the command says about that in STREAM_BLOCK_MS, STREAM_FIRST_KEY and STREAM_KEYS; or an error.
 *   STREAM_ARGUMENT is the last key that was looked up to read its ID, 0 for none
 */
export function streamRead(db: u32, grouped: bool): i32 {
  const wrong = readOptions(grouped);
  if (wrong) return wrong;
  readDb = db;
  for (let i: u32 = 0; i < keys; i++) {
    store<u32>(STREAM_ARGUMENT, firstKey + i);
    const status = openStream(db, firstKey + i);
    if (status) return status;
    const bad = readId(i, groupStream);
    if (bad) return bad;
  }
  if (groupArg && !reserveFinds(db)) return OUT_OF_MEMORY;
  if (!openFinds(keys)) return OUT_OF_MEMORY;
  for (let i: u32 = 0; i < keys; i++) {
    openStream(db, firstKey + i);
    readId(i, groupStream);
    findEntries(firstKey + i);
  }
  return finish();
}

/** Makes sure that what a group will be read from can be told of. @returns false when memory is out */
function reserveFinds(db: u32): bool {
  let bytes: u64 = RESERVED_BYTES;
  for (let i: u32 = 0; i < keys; i++) {
    const karg = firstKey + i;
    openStream(db, karg);
    readId(i, groupStream);
    bytes += roomOfFind(groupStream, openedGroup) + argLen(karg) + 4 * RESERVED_BYTES;
  }
  return replyReserve(bytes);
}

/** Room for what a group's stream has behind the ID read last. */
function roomOfFind(s: usize, group: usize): u64 {
  if (!isNews(parsedMs, parsedSeq)) {
    const consumer = consumerAt(group, groupArg + 1);
    if (!consumer || !advance()) return 0;
    return roomOfPending(s, pendingOf(consumer), parsedMs, parsedSeq, -1, limit, Infinity, false, 0);
  }
  let claims: u64 = 0;
  let left = limit;
  if (claimMinIdle >= 0) {
    claims = roomOfPending(s, pendingOf(group), 0, 0, claimMinIdle, limit, Infinity, false, 2);
    // Those that were deleted are not claimed: there may be so many more that are new.
    left = foundPending < limit ? limit : 0;
  }
  return claims + roomOfNews(s, msOf(deliveredIdOf(group)), seqOf(deliveredIdOf(group)), left, claimMinIdle < 0 ? 0 : 2);
}

function openFinds(count: u32): bool {
  findCount = 0;
  ranOut = false;
  done = 0;
  store<u32>(STREAM_MADE, 0);
  finds = allocate(count * FIND_BYTES);
  return finds != 0;
}
