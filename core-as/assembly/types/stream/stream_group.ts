/**
 * Groups of consumers: XGROUP, and how far a group has come.
 *
 * Each command replies and returns a negative status, for which the host replies, or what has happened as
 * bits of STREAM_*.
 */
import { NOW_MS, OUT_OF_MEMORY, RESULT_I64, WRONG_TYPE } from "../../base/layout";
import { STREAM, TYPE_STREAM } from "../../keyspace/entry";
import { keyDelete } from "../../keyspace/keyspace";
import { free } from "../../base/memory";
import { objectFree } from "../../keyspace/object";
import {
  ID_TREE_BYTES, idCount, idFirst, idGo, idInit, idLeaf, idMs, idNext, idPayloadBytes, idSeq, idSlot,
} from "../../structures/idtree";
import { idFreeStep, idRemove, idRemoveMarked } from "../../structures/idtree_change";
import { replyI64, replyOk } from "../../protocol/reply";
import { argLen, argPtr } from "../../protocol/resp";
import { STREAM_CREATED } from "./stream_add";
import { BAD_ID, isByte, parsedMs, parsedSeq, parseId, setParsed } from "./stream_id";
import {
  freeConsumer, addConsumer, addedOf, addGroup, consumersOf, createStream, deletedIdOf, deliveredIdOf, dropName, entriesOf, entriesReadOf,
  findName, firstIdOf, groupsOf, isAbove, isBelow, isSame, lastIdOf, msOf, namedAt, namesCount, newStream, pendingOf, seqOf,
  setEntriesRead, setId, streamAt, streamStatus, takeLastName,
} from "./stream_value";

/** A group was made, changed or removed. */
export const STREAM_GROUP_CHANGED: i32 = 16;
/** A consumer was made. */
export const STREAM_CONSUMER_CREATED: i32 = 32;
/** Something about what is pending has changed. */
export const STREAM_PENDING_CHANGED: i32 = 64;

/** There is no such group; the group is there already. */
export const STREAM_NO_GROUP: i32 = -230;
export const STREAM_BUSY_GROUP: i32 = -231;

// ---- finding --------------------------------------------------------------------------------------

/** Why {@link openGroup} gave 0: MISSING, WRONG_TYPE or STREAM_NO_GROUP. */
export let groupStatus: i32 = 0;
/** The stream that {@link openGroup} has found. */
export let groupStream: usize = 0;

/** The group that two arguments name; 0 with {@link groupStatus}. */
export function openGroup(db: u32, karg: u32, garg: u32): usize {
  groupStream = streamAt(db, karg);
  if (!groupStream) {
    groupStatus = streamStatus;
    return 0;
  }
  const group = findName(groupsOf(groupStream), argPtr(garg), argLen(garg));
  if (!group) groupStatus = STREAM_NO_GROUP;
  return group;
}

/** The consumer of a group that an argument names, 0 where there is none. */
export function consumerAt(group: usize, carg: u32): usize {
  return findName(consumersOf(group), argPtr(carg), argLen(carg));
}

/** Whether {@link openConsumer} has made a consumer. */
export let isNewConsumer: bool = false;

/** The same, made where there is none. @returns 0 when memory is out */
export function openConsumer(group: usize, carg: u32): usize {
  const found = consumerAt(group, carg);
  isNewConsumer = !found;
  return found ? found : addConsumer(group, argPtr(carg), argLen(carg), load<i64>(NOW_MS));
}

// ---- how far a group has come ---------------------------------------------------------------------

/** Whether an entry that may have been deleted lies at or behind an ID. */
function hasTombstones(s: usize, ms: u64, seq: u64): bool {
  const deleted = deletedIdOf(s);
  if (!entriesOf(s) || isBelow(msOf(deleted), seqOf(deleted), firstIdOf(s))) return false;
  return !isAbove(ms, seq, deleted);
}

/**
 * How many entries had been added when the one of an ID was, -1 where it cannot be told: at either end of
 * the stream the counts say it, unless an entry has gone from within.
 */
export function entriesUpTo(s: usize, ms: u64, seq: u64): i64 {
  const added = <i64> addedOf(s);
  if (!added) return 0;
  if (!entriesOf(s) && !isAbove(ms, seq, lastIdOf(s))) return added;
  if (isSame(ms, seq, lastIdOf(s))) return added;
  if (isAbove(ms, seq, lastIdOf(s))) return -1;
  const deleted = deletedIdOf(s);
  const first = firstIdOf(s);
  if (!(msOf(deleted) | seqOf(deleted)) || isBelow(msOf(deleted), seqOf(deleted), first)) {
    if (isBelow(ms, seq, first)) return added - <i64> entriesOf(s);
    if (isSame(ms, seq, first)) return added - <i64> entriesOf(s) + 1;
  }
  return -1;
}

/** Tells a group that an entry, the next one behind its last, has been delivered. */
export function advanceGroup(s: usize, group: usize, ms: u64, seq: u64): void {
  const read = entriesReadOf(group);
  if (read != -1 && !hasTombstones(s, ms, seq)) setEntriesRead(group, read + 1);
  else if (addedOf(s)) setEntriesRead(group, entriesUpTo(s, ms, seq));
  setId(deliveredIdOf(group), ms, seq);
}

/** A lag that cannot be told: one that can is negative where a group claims to have read more than there was. */
export const NO_LAG: i64 = i64.MIN_VALUE;

/** Entries that a group has still to be given. */
export function groupLag(s: usize, group: usize): i64 {
  const added = <i64> addedOf(s);
  if (!added) return 0;
  const ms = msOf(deliveredIdOf(group));
  const seq = seqOf(deliveredIdOf(group));
  const known = entriesReadOf(group);
  if (known != -1 && !hasTombstones(s, ms, seq)) return added - known;
  const read = entriesUpTo(s, ms, seq);
  return read == -1 ? NO_LAG : added - read;
}

// ---- XGROUP ---------------------------------------------------------------------------------------

/** Reads where a group is to begin: an ID, or `$` for the last one of a stream (0: an empty one). */
function readStart(arg: u32, s: usize, loose: bool): bool {
  if (isByte(arg, 0x24)) {
    if (s) setParsed(msOf(lastIdOf(s)), seqOf(lastIdOf(s)));
    else setParsed(0, 0);
    return true;
  }
  if (loose && isByte(arg, 0x2d)) {
    setParsed(0, 0);
    return true;
  }
  if (loose && isByte(arg, 0x2b)) {
    setParsed(u64.MAX_VALUE, u64.MAX_VALUE);
    return true;
  }
  return parseId(arg, 0);
}

/** XGROUP CREATE: key, group and ID from argument 2 on; the entries read are in RESULT_I64. */
export function streamGroupCreate(db: u32, makeStream: bool): i32 {
  let s = streamAt(db, 2);
  if (!s && (streamStatus == WRONG_TYPE || !makeStream)) return streamStatus;
  if (!readStart(4, s, false)) return BAD_ID;
  const ms = parsedMs;
  const seq = parsedSeq;
  let done = STREAM_GROUP_CHANGED;
  if (!s) {
    s = createStream(db, 2);
    if (!s) return OUT_OF_MEMORY;
    done |= STREAM_CREATED;
  }
  if (findName(groupsOf(s), argPtr(3), argLen(3))) return STREAM_BUSY_GROUP;
  const group = addGroup(s, argPtr(3), argLen(3));
  if (!group) {
    if (done & STREAM_CREATED) keyDelete(db, 2);
    return OUT_OF_MEMORY;
  }
  setId(deliveredIdOf(group), ms, seq);
  setEntriesRead(group, load<i64>(RESULT_I64));
  replyOk();
  return done;
}

/** XGROUP SETID, its arguments as of CREATE. */
export function streamGroupSetId(db: u32): i32 {
  const group = openGroup(db, 2, 3);
  if (!group) return groupStatus;
  if (!readStart(4, groupStream, true)) return BAD_ID;
  setId(deliveredIdOf(group), parsedMs, parsedSeq);
  setEntriesRead(group, load<i64>(RESULT_I64));
  replyOk();
  return STREAM_GROUP_CHANGED;
}

/** XGROUP DESTROY. */
export function streamGroupDestroy(db: u32): i32 {
  const group = openGroup(db, 2, 3);
  if (!group) {
    if (groupStatus != STREAM_NO_GROUP) return groupStatus;
    replyI64(0);
    return 0;
  }
  dropName(groupsOf(groupStream));
  freePending(pendingOf(group));
  const consumers = consumersOf(group);
  while (namesCount(consumers)) {
    const consumer = namedAt(consumers, namesCount(consumers) - 1);
    takeLastName(consumers);
    freePending(pendingOf(consumer));
    freeConsumer(consumer);
  }
  free(group);
  replyI64(1);
  return STREAM_GROUP_CHANGED;
}

/** Pending entries that are freed without a second thought. */
const SLICE: u32 = 64;

/**
 * Frees a list of what was pending, which is empty then: a long one piece by piece, as that of a group of a
 * stream that nobody has.
 */
function freePending(pending: usize): void {
  const orphan = idCount(pending) > SLICE ? newStream() : 0;
  if (orphan) {
    findName(groupsOf(orphan), pending, 0);
    const group = addGroup(orphan, pending, 0);
    if (group) {
      memory.copy(pendingOf(group), pending, ID_TREE_BYTES);
      idInit(pending, idPayloadBytes(pending));
    }
    objectFree(TYPE_STREAM, STREAM, orphan);
    if (group) return;
  }
  while (!idFreeStep(pending, 0x10000, false)) continue;
}

/** XGROUP CREATECONSUMER: key, group and consumer from argument 2 on. */
export function streamConsumerCreate(db: u32): i32 {
  const group = openGroup(db, 2, 3);
  if (!group) return groupStatus;
  if (!openConsumer(group, 4)) return OUT_OF_MEMORY;
  replyI64(isNewConsumer ? 1 : 0);
  return isNewConsumer ? STREAM_CONSUMER_CREATED : 0;
}

/** XGROUP DELCONSUMER: replies with how many entries were pending for it. */
export function streamConsumerDelete(db: u32): i32 {
  const group = openGroup(db, 2, 3);
  if (!group) return groupStatus;
  const consumer = consumerAt(group, 4);
  if (!consumer) {
    replyI64(0);
    return 0;
  }
  dropName(consumersOf(group));
  const pending = pendingOf(consumer);
  replyI64(idCount(pending));
  forgetAll(pendingOf(group), consumer);
  freePending(pending);
  freeConsumer(consumer);
  return STREAM_GROUP_CHANGED;
}

/** From such a part of a group's entries on, going through all of them is quicker than looking each up. */
const SEARCHED_PART: u32 = 16;

/** Takes all that is pending for a consumer out of its group's list. */
function forgetAll(all: usize, consumer: usize): void {
  const pending = pendingOf(consumer);
  // Who has all there is leaves nothing to look for.
  if (idCount(pending) == idCount(all)) {
    freePending(all);
    return;
  }
  if (idCount(pending) >= idCount(all) / SEARCHED_PART) {
    idRemoveMarked(all, <u32> consumer);
    return;
  }
  let more = idFirst(pending);
  while (more) {
    const leaf = idLeaf();
    const slot = idSlot();
    idRemove(all, idMs(), idSeq());
    idGo(leaf, slot);
    more = idNext();
  }
}
