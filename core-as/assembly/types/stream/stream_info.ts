/**
 * What XINFO tells, value by value: the host names them. Streams, groups and consumers are handed out as
 * numbers that are good until the next change.
 */
import { NOW_MS, RESULT_PTR } from "../../base/layout";
import { idBelow, idCount, idFirst, idGo, idLeaf, idMs, idNext, idPayload, idSeq, idSlot, idFind } from "../../structures/idtree";
import { replyArray, replyBulk, replyI64, replyNull } from "../../protocol/reply";
import { groupLag, groupStatus, NO_LAG, openGroup } from "./stream_group";
import { replyEntry, replyForward, replyId, seekEdge } from "./stream_range";
import {
  activeMsOf, addedOf, consumersOf, deletedIdOf, deliveredIdOf, deliveredMsOf, deliveriesOf, entriesOf, entriesReadOf,
  firstIdOf, groupsOf, lastIdOf, msOf, namedAt, nameLenOf, nameOf, namesCount, nodesOf, ownerOf, pendingOf, seenMsOf,
  seqOf, streamAt, streamStatus,
} from "./stream_value";

// Of a stream.
export const STREAM_INFO_LENGTH: u32 = 0;
export const STREAM_INFO_NODES: u32 = 1;
export const STREAM_INFO_RADIX_NODES: u32 = 2;
export const STREAM_INFO_LAST_ID: u32 = 3;
export const STREAM_INFO_DELETED_ID: u32 = 4;
export const STREAM_INFO_ADDED: u32 = 5;
export const STREAM_INFO_FIRST_ID: u32 = 6;
export const STREAM_INFO_GROUPS: u32 = 7;
export const STREAM_INFO_FIRST_ENTRY: u32 = 8;
export const STREAM_INFO_LAST_ENTRY: u32 = 9;
// Of a group or a consumer.
export const STREAM_INFO_NAME: u32 = 20;
export const STREAM_INFO_PENDING: u32 = 21;
// Of a group.
export const STREAM_INFO_CONSUMERS: u32 = 22;
export const STREAM_INFO_DELIVERED_ID: u32 = 23;
export const STREAM_INFO_READ: u32 = 24;
export const STREAM_INFO_LAG: u32 = 25;
// Of a consumer.
export const STREAM_INFO_SEEN: u32 = 26;
export const STREAM_INFO_ACTIVE: u32 = 27;
export const STREAM_INFO_IDLE: u32 = 28;
export const STREAM_INFO_INACTIVE: u32 = 29;

/** Puts the stream of an argument into RESULT_PTR. @returns 0, MISSING or WRONG_TYPE */
export function streamOpen(db: u32, karg: u32): i32 {
  const s = streamAt(db, karg);
  store<u32>(RESULT_PTR, <u32> s);
  return s ? 0 : streamStatus;
}

/** Puts the group of two arguments into RESULT_PTR. @returns 0, MISSING, WRONG_TYPE or STREAM_NO_GROUP */
export function streamGroupOpen(db: u32, karg: u32, garg: u32): i32 {
  const group = openGroup(db, karg, garg);
  store<u32>(RESULT_PTR, <u32> group);
  return group ? 0 : groupStatus;
}

export function streamGroups(s: u32): u32 {
  return namesCount(groupsOf(s));
}
export function streamGroup(s: u32, index: u32): u32 {
  return <u32> namedAt(groupsOf(s), index);
}
export function groupConsumers(group: u32): u32 {
  return namesCount(consumersOf(group));
}
export function groupConsumer(group: u32, index: u32): u32 {
  return <u32> namedAt(consumersOf(group), index);
}

@inline function replyIdAt(id: usize): void {
  replyId(msOf(id), seqOf(id));
}

/** Replies with a number, or null where it is the one that stands for none. */
function replyKnown(value: i64, none: i64): void {
  if (value == none) replyNull();
  else replyI64(value);
}

function replyEdge(s: usize, last: bool): void {
  if (seekEdge(s, last)) replyEntry();
  else replyNull();
}

/** Replies with one value of a stream. */
export function streamInfo(s: u32, what: u32): void {
  switch (what) {
    case STREAM_INFO_LENGTH: replyI64(entriesOf(s)); break;
    case STREAM_INFO_NODES: replyI64(idCount(nodesOf(s))); break;
    case STREAM_INFO_RADIX_NODES: replyI64(radixNodes(nodesOf(s))); break;
    case STREAM_INFO_LAST_ID: replyIdAt(lastIdOf(s)); break;
    case STREAM_INFO_DELETED_ID: replyIdAt(deletedIdOf(s)); break;
    case STREAM_INFO_ADDED: replyI64(addedOf(s)); break;
    case STREAM_INFO_FIRST_ID: replyIdAt(firstIdOf(s)); break;
    case STREAM_INFO_GROUPS: replyI64(namesCount(groupsOf(s))); break;
    case STREAM_INFO_FIRST_ENTRY: replyEdge(s, false); break;
    default: replyEdge(s, true);
  }
}

/** Replies with one value of a group. */
export function groupInfo(s: u32, group: u32, what: u32): void {
  switch (what) {
    case STREAM_INFO_NAME: replyBulk(nameOf(group), nameLenOf(group)); break;
    case STREAM_INFO_PENDING: replyI64(idCount(pendingOf(group))); break;
    case STREAM_INFO_CONSUMERS: replyI64(namesCount(consumersOf(group))); break;
    case STREAM_INFO_DELIVERED_ID: replyIdAt(deliveredIdOf(group)); break;
    case STREAM_INFO_READ: replyKnown(entriesReadOf(group), -1); break;
    default: replyKnown(groupLag(s, group), NO_LAG);
  }
}

/** Replies with one value of a consumer. */
export function consumerInfo(consumer: u32, what: u32): void {
  const now = load<i64>(NOW_MS);
  const active = activeMsOf(consumer);
  switch (what) {
    case STREAM_INFO_NAME: replyBulk(nameOf(consumer), nameLenOf(consumer)); break;
    case STREAM_INFO_PENDING: replyI64(idCount(pendingOf(consumer))); break;
    case STREAM_INFO_SEEN: replyI64(seenMsOf(consumer)); break;
    case STREAM_INFO_ACTIVE: replyI64(active); break;
    case STREAM_INFO_IDLE: replyI64(max<i64>(now - seenMsOf(consumer), 0)); break;
    default: replyI64(active == -1 ? -1 : max<i64>(now - active, 0));
  }
}

/** Replies with the first `count` entries, with all for 0. */
export function streamInfoEntries(s: u32, count: f64): void {
  const entries = entriesOf(s);
  const shown = count > 0 && count < <f64> entries ? <u64> count : entries;
  replyArray(<u32> shown);
  if (!shown) return;
  seekEdge(s, false);
  replyForward(s, shown);
}

/**
 * Replies with the first `count` pending entries, all for 0: of a consumer, or for 0 of the group, and then
 * with whose they are.
 */
export function streamInfoPending(group: u32, consumer: u32, count: f64): void {
  const pending = pendingOf(group);
  const walked = consumer ? pendingOf(consumer) : pending;
  let left = idCount(walked);
  if (count > 0 && count < <f64> left) left = <u32> count;
  replyArray(left);
  for (let more = idFirst(walked); more && left; left--) {
    const leaf = idLeaf();
    const slot = idSlot();
    const ms = idMs();
    const seq = idSeq();
    if (consumer) idFind(pending, ms, seq);
    const item = idPayload(pending);
    replyArray(consumer ? 3 : 4);
    replyId(ms, seq);
    if (!consumer) replyBulk(nameOf(ownerOf(item)), nameLenOf(ownerOf(item)));
    replyI64(deliveredMsOf(item));
    replyI64(deliveriesOf(item));
    idGo(leaf, slot);
    more = idNext();
  }
}

// ---- the radix tree that is not there ---------------------------------------------------------------

const ID_BYTES: i32 = 16;
/** Depths of the branches above the ID last seen, ascending. */
const BRANCHES = memory.data(16 * 4);
let branches: u32 = 0;

/** Bytes that two IDs, high bits first, have in common. */
@inline function commonBytes(ms: u64, seq: u64, otherMs: u64, otherSeq: u64): i32 {
  return ms != otherMs ? <i32> clz(ms ^ otherMs) >> 3 : 8 + (<i32> clz(seq ^ otherSeq) >> 3);
}

/** The node at a depth, and the run of bytes before it, if there is one below the branch above; -1: none above. */
@inline function nodeAndRun(depth: i32, above: i32): u64 {
  return 1 + u64(depth > above + 1);
}

@inline function deepest(): i32 {
  return branches ? load<i32>(BRANCHES + ((branches - 1) << 2)) : -1;
}

/** Counts the branches that no ID from here on is below: those deeper than what it has in common with the last. */
function closeBranches(common: i32): u64 {
  let count: u64 = 0;
  while (branches && deepest() > common) {
    const depth = deepest();
    branches--;
    count += nodeAndRun(depth, max(deepest(), common));
  }
  return count;
}

/**
 * Nodes that a radix tree of compressed runs would have for a stream's IDs, which tools expect to see: a leaf
 * for each ID, a node for each branch, and one for each run of bytes before them.
 */
function radixNodes(nodes: usize): u64 {
  if (!idFirst(nodes)) return 1;
  branches = 0;
  let count: u64 = 0;
  let before: i32 = -1;
  let more = true;
  while (more) {
    const ms = idMs();
    const seq = idSeq();
    more = idNext();
    const common = more ? commonBytes(ms, seq, idMs(), idSeq()) : -1;
    count += nodeAndRun(ID_BYTES, max(before, common)) + closeBranches(common);
    if (more && deepest() < common) store<i32>(BRANCHES + (branches++ << 2), common);
    before = common;
  }
  return count;
}
