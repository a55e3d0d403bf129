/**
 * The value of a stream: entries with IDs that only grow, in listpacks of a hundred or so, and the groups
 * of consumers that read them.
 *
 * ```
 *  stream (96 bytes)                                    names: blocks in the order of their names
 *    +0  u64 entries                                      +0 u32 count
 *    +8  u64 ms, +16 u64 seq   last ID                    +4 u32[] groups or consumers
 *    +24 u64 ms, +32 u64 seq   first ID, 0-0 if empty
 *    +40 u64 ms, +48 u64 seq   highest deleted ID       group                       consumer
 *    +56 u64 entries ever added                           +0  u32 length of name      +0  u32 length of name
 *    +64 idtree nodes: ID -> u32 listpack                 +4  u32 names consumers     +4  u32 (a copy is being made)
 *    +80 u32 names groups, 0 = none                       +8  u64 ms, +16 u64 seq     +8  i64 seen, ms
 *                                                             last delivered ID       +16 i64 active, ms; -1 never
 *  pending (18 bytes), by ID in a group                   +24 idtree pending          +24 idtree pending
 *    +0  u32 consumer                                     +40 i64 entries read, -1    +48 name
 *    +4  u48 delivered, ms                                    where it is not known
 *    +10 u64 deliveries                                   +48 name
 * ```
 *
 * A node's place in the index is the ID of its first entry, from which the others' are counted; see
 * stream_node.ts for what is inside. What a consumer has not acknowledged stands in its group's tree with
 * all there is to say, and in its own by ID alone: 36 bytes together, for a million of them in order
 * (Redis 7.0.15: 85).
 *
 * Names lie in sorted arrays: O(log n) to find; a new one moves 4 bytes for each behind it.
 */
import { MISSING, STREAM_CONSUMERS, WRONG_TYPE } from "../../base/layout";
import { allocate, blockBytes, free } from "../../base/memory";
import { compareBytes } from "../../base/bytes";
import {
  entryType, freeEntry, newEntry, setAccess, setValuePtr, STREAM, TYPE_STREAM, valuePtr,
} from "../../keyspace/entry";
import { freshAccess, insert, lastHash, lookup } from "../../keyspace/keyspace";
import { growBlock } from "../../base/growth";
import { ID_TREE_BYTES, idBelow, idInit } from "../../structures/idtree";
import { argLen, argPtr } from "../../protocol/resp";

const STREAM_BYTES: u32 = 96;
const NAMED_BYTES: u32 = 48;
const PENDING_BYTES: u32 = 18;

// ---- fields ---------------------------------------------------------------------------------------

@inline export function entriesOf(s: usize): u64 { return load<u64>(s); }
@inline export function setEntries(s: usize, count: u64): void { store<u64>(s, count); }
/** Addresses of IDs: {ms u64, seq u64}. */
@inline export function lastIdOf(s: usize): usize { return s + 8; }
@inline export function firstIdOf(s: usize): usize { return s + 24; }
@inline export function deletedIdOf(s: usize): usize { return s + 40; }
@inline export function addedOf(s: usize): u64 { return load<u64>(s, 56); }
@inline export function setAdded(s: usize, count: u64): void { store<u64>(s, count, 56); }
@inline export function nodesOf(s: usize): usize { return s + 64; }
/** Cells of names: of a stream's groups, of a group's consumers. */
@inline export function groupsOf(s: usize): usize { return s + 80; }
@inline export function consumersOf(group: usize): usize { return group + 4; }

@inline export function nameOf(named: usize): usize { return named + NAMED_BYTES; }
@inline export function nameLenOf(named: usize): u32 { return load<u32>(named); }
@inline export function deliveredIdOf(group: usize): usize { return group + 8; }
@inline export function pendingOf(named: usize): usize { return named + 24; }
@inline export function entriesReadOf(group: usize): i64 { return load<i64>(group, 40); }
@inline export function setEntriesRead(group: usize, count: i64): void { store<i64>(group, count, 40); }
@inline export function seenMsOf(consumer: usize): i64 { return load<i64>(consumer, 8); }
@inline export function setSeenMs(consumer: usize, ms: i64): void { store<i64>(consumer, ms, 8); }
@inline export function activeMsOf(consumer: usize): i64 { return load<i64>(consumer, 16); }
@inline export function setActiveMs(consumer: usize, ms: i64): void { store<i64>(consumer, ms, 16); }

@inline export function ownerOf(item: usize): usize { return load<u32>(item); }
@inline export function setOwner(item: usize, consumer: usize): void { store<u32>(item, <u32> consumer); }
@inline export function deliveredMsOf(item: usize): i64 {
  return <i64> load<u16>(item, 8) << 32 | <i64> load<u32>(item, 4);
}
@inline export function setDeliveredMs(item: usize, ms: i64): void {
  store<u32>(item, <u32> ms, 4);
  store<u16>(item, <u16> (ms >> 32), 8);
}
@inline export function deliveriesOf(item: usize): i64 { return load<i64>(item, 10); }
@inline export function setDeliveries(item: usize, count: i64): void { store<i64>(item, count, 10); }

@inline export function msOf(id: usize): u64 { return load<u64>(id); }
@inline export function seqOf(id: usize): u64 { return load<u64>(id, 8); }
@inline export function setId(id: usize, ms: u64, seq: u64): void {
  store<u64>(id, ms);
  store<u64>(id, seq, 8);
}
/** Whether an ID comes before the one at an address. */
@inline export function isBelow(ms: u64, seq: u64, id: usize): bool {
  return idBelow(ms, seq, msOf(id), seqOf(id));
}
@inline export function isAbove(ms: u64, seq: u64, id: usize): bool {
  return idBelow(msOf(id), seqOf(id), ms, seq);
}
@inline export function isSame(ms: u64, seq: u64, id: usize): bool {
  return msOf(id) == ms && seqOf(id) == seq;
}

// ---- keys -----------------------------------------------------------------------------------------

/** Why {@link streamAt} gave 0: MISSING or WRONG_TYPE. */
export let streamStatus: i32 = 0;

/** The stream of an argument; 0 with {@link streamStatus}. */
export function streamAt(db: u32, karg: u32): usize {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (e && entryType(e) == TYPE_STREAM) return valuePtr(e);
  streamStatus = e ? WRONG_TYPE : MISSING;
  return 0;
}

/** An empty stream. @returns 0 when memory is out */
export function newStream(): usize {
  const s = allocate(STREAM_BYTES);
  if (!s) return 0;
  memory.fill(s, 0, STREAM_BYTES);
  idInit(nodesOf(s), 4);
  return s;
}

/** Puts an empty stream at the key of an argument, which a lookup has just found absent. @returns 0 when memory is out */
export function createStream(db: u32, karg: u32): usize {
  const s = newStream();
  if (!s) return 0;
  const e = newEntry(TYPE_STREAM, STREAM, argPtr(karg), argLen(karg), false, false, 4);
  if (!e) {
    free(s);
    return 0;
  }
  setAccess(e, freshAccess());
  setValuePtr(e, s);
  if (insert(db, lastHash, e)) return s;
  freeEntry(e);
  return 0;
}

// ---- names ----------------------------------------------------------------------------------------

@inline export function namesCount(cell: usize): u32 {
  const names: usize = load<u32>(cell);
  return names ? load<u32>(names) : 0;
}
@inline export function namedAt(cell: usize, index: u32): usize {
  return load<u32>(<usize> load<u32>(cell) + 4 + (index << 2));
}

/** Where the last {@link findName} has found the name, or would put it. */
let namePlace: u32 = 0;

/** What has a name; 0 where there is none. */
export function findName(cell: usize, ptr: usize, len: u32): usize {
  let low: u32 = 0;
  let high = namesCount(cell);
  while (low < high) {
    const middle = (low + high) >> 1;
    const named = namedAt(cell, middle);
    const order = compareBytes(nameOf(named), nameLenOf(named), ptr, len);
    if (!order) {
      namePlace = middle;
      return named;
    }
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  namePlace = low;
  return 0;
}

/** Adds a name that {@link findName} has just not found, all else 0. @returns 0 when memory is out */
function addName(cell: usize, ptr: usize, len: u32, payloadBytes: u32): usize {
  const named = allocate(NAMED_BYTES + len);
  if (!named) return 0;
  const names: usize = load<u32>(cell);
  const count = namesCount(cell);
  const bytes = 8 + (count << 2);
  const grown = names ? growBlock(names, bytes, bytes - 4) : allocate(bytes);
  if (!grown) {
    free(named);
    return 0;
  }
  const place = grown + 4 + (namePlace << 2);
  memory.copy(place + 4, place, (count - namePlace) << 2);
  store<u32>(place, <u32> named);
  store<u32>(grown, count + 1);
  store<u32>(cell, <u32> grown);
  memory.fill(named, 0, NAMED_BYTES);
  store<u32>(named, len);
  memory.copy(nameOf(named), ptr, len);
  idInit(pendingOf(named), payloadBytes);
  return named;
}

/** Takes the name that {@link findName} has just found out of its list; the block is the caller's. */
export function dropName(cell: usize): void {
  const names: usize = load<u32>(cell);
  const left = load<u32>(names) - 1;
  if (!left) {
    free(names);
    store<u32>(cell, 0);
    return;
  }
  const place = names + 4 + (namePlace << 2);
  memory.copy(place, place + 4, (left - namePlace) << 2);
  store<u32>(names, left);
}

/** Shortens a list by its last name, whose block is the caller's. */
export function takeLastName(cell: usize): void {
  namePlace = namesCount(cell) - 1;
  dropName(cell);
}

/** A new group, whose name {@link findName} has just not found. @returns 0 when memory is out */
export function addGroup(s: usize, ptr: usize, len: u32): usize {
  return addName(groupsOf(s), ptr, len, PENDING_BYTES);
}

/** A new consumer, whose name {@link findName} has just not found. @returns 0 when memory is out */
export function addConsumer(group: usize, ptr: usize, len: u32, nowMs: i64): usize {
  const consumer = addName(consumersOf(group), ptr, len, 0);
  if (!consumer) return 0;
  setSeenMs(consumer, nowMs);
  setActiveMs(consumer, -1);
  store<u32>(STREAM_CONSUMERS, load<u32>(STREAM_CONSUMERS) + 1);
  return consumer;
}

/** Frees a consumer that is in no list any more, and has nothing pending. */
export function freeConsumer(consumer: usize): void {
  free(consumer);
  store<u32>(STREAM_CONSUMERS, load<u32>(STREAM_CONSUMERS) - 1);
}

/** Whether any group of a stream has consumers. */
export function hasConsumers(s: usize): bool {
  const groups = groupsOf(s);
  for (let i = namesCount(groups); i; i--) if (namesCount(consumersOf(namedAt(groups, i - 1)))) return true;
  return false;
}

/** Bytes of the blocks of names. */
export function namesBytes(cell: usize): f64 {
  return load<u32>(cell) ? blockBytes(load<u32>(cell)) : 0;
}
