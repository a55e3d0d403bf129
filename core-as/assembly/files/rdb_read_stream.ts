/**
 * Streams from RDB bytes, whose order is drawn in rdb_write_stream.ts. Older ones (type 15) tell neither of
 * the first and of deleted IDs nor of entries ever added and read; newer ones (21) when a consumer was last
 * active, behind when it was seen.
 *
 * ```
 *  reader, where a stream has its own
 *    +24 u32 group, +28 u32 consumer under way
 *    +32 u64 groups to come, this one included, +40 u64 its consumers
 *    +48 u64 entries alive in the nodes read
 *    +56 u64 ms, +64 u64 seq  of the last of them
 * ```
 *
 * Beyond what keeps every function of ours safe, the counts must be true and IDs rise from node to node. What
 * is pending has exactly one consumer.
 */
import { OUT_OF_MEMORY } from "../base/layout";
import { valuePtr } from "../keyspace/entry";
import { idBelow, idCount, idFind, idPayload } from "../structures/idtree";
import { idFound, idInsert } from "../structures/idtree_change";
import { free } from "../base/memory";
import { HEAD, leftOf, READ, readerEntry, readerPhase, readerType, setLeft, setReaderPhase } from "./rdb_reader";
import {
  fail, RDB_BAD, takeCount, takeId, takeLength, takenLen, takenMs, takenPtr, takenSeq, takeString, takeU64, trouble,
} from "./rdb_source";
import { RDB_STREAM, RDB_STREAM_3 } from "./rdb_types";
import { entriesUpTo } from "../types/stream/stream_group";
import {
  checkedFirstMs, checkedFirstSeq, checkedLastMs, checkedLastSeq, nodeCopy, nodeEntries, streamNodeValid,
} from "../types/stream/stream_node";
import {
  addConsumer, addGroup, consumersOf, deletedIdOf, deliveredIdOf, findName, firstIdOf, groupsOf, lastIdOf, namedAt,
  namesCount, newStream, nodesOf, ownerOf, pendingOf, setActiveMs, setAdded, setDeliveredMs, setDeliveries,
  setEntries, setEntriesRead, setId, setOwner,
} from "../types/stream/stream_value";

const NODES: u32 = 1;
const COUNTS: u32 = 2;
const GROUP: u32 = 3;
const PENDING: u32 = 4;
const CONSUMERS: u32 = 5;
const CONSUMER: u32 = 6;
const OWNED: u32 = 7;

/** Latest time of a delivery that is kept. */
const DELIVERED_MAX_MS: u64 = (1 << 48) - 1;

export function newStreamValue(): usize {
  return newStream();
}

@inline function groupOf(r: usize): usize { return load<u32>(r, 24); }
@inline function consumerOf(r: usize): usize { return load<u32>(r, 28); }

/** Reads the next part of a stream that has its value. */
export function readStreamPart(r: usize): void {
  const s = valuePtr(readerEntry(r));
  switch (readerPhase(r)) {
    case HEAD: startCounted(r, takeCount(), NODES, COUNTS); break;
    case NODES: readNode(r, s); break;
    case COUNTS: readCounts(r, s); break;
    case GROUP: readGroup(r, s); break;
    case PENDING: readPending(r, groupOf(r)); break;
    case CONSUMERS: readConsumerCount(r, groupOf(r)); break;
    case CONSUMER: readConsumer(r, groupOf(r)); break;
    default: readOwned(r, groupOf(r), consumerOf(r)); break;
  }
}

/** Goes to the phase of so many things, or past it. */
function startCounted(r: usize, count: u64, phase: u32, after: u32): void {
  if (trouble) return;
  setLeft(r, count);
  setReaderPhase(r, count ? phase : after);
}

/** One of them is read. */
function countDown(r: usize, after: u32): void {
  if (trouble) return;
  const left = leftOf(r) - 1;
  setLeft(r, left);
  if (!left) setReaderPhase(r, after);
}

// ---- entries --------------------------------------------------------------------------------------

function readNode(r: usize, s: usize): void {
  if (!takeString()) return;
  if (takenLen != 16) return fail(RDB_BAD);
  const ms = bswap(load<u64>(takenPtr));
  const seq = bswap(load<u64>(takenPtr, 8));
  if (!takeString()) return;
  if (!streamNodeValid(takenPtr, takenLen, ms, seq) || !nodeEntries(takenPtr)) return fail(RDB_BAD);
  const before = load<u64>(r, 48);
  if (before && !idBelow(load<u64>(r, 56), load<u64>(r, 64), checkedFirstMs, checkedFirstSeq)) return fail(RDB_BAD);
  if (before && !idBelow(load<u64>(r, 56), load<u64>(r, 64), ms, seq)) return fail(RDB_BAD);
  if (idBelow(checkedFirstMs, checkedFirstSeq, ms, seq)) return fail(RDB_BAD);
  const lp = nodeCopy(takenPtr);
  const cell = lp ? idInsert(nodesOf(s), ms, seq) : 0;
  if (!cell) {
    free(lp);
    return fail(OUT_OF_MEMORY);
  }
  store<u32>(cell, <u32> lp);
  if (!before) setId(firstIdOf(s), checkedFirstMs, checkedFirstSeq);
  store<u64>(r, before + nodeEntries(lp), 48);
  store<u64>(r, checkedLastMs, 56);
  store<u64>(r, checkedLastSeq, 64);
  countDown(r, COUNTS);
}

function readCounts(r: usize, s: usize): void {
  const entries = takeLength();
  const lastMs = takeLength();
  const lastSeq = takeLength();
  let deletedMs: u64 = 0;
  let deletedSeq: u64 = 0;
  let added = entries;
  if (readerType(r) != RDB_STREAM) {
    // The first ID is known from the nodes.
    takeLength();
    takeLength();
    deletedMs = takeLength();
    deletedSeq = takeLength();
    added = takeLength();
  }
  const groups = takeCount();
  if (trouble) return;
  if (entries != load<u64>(r, 48)) return fail(RDB_BAD);
  if (entries && idBelow(lastMs, lastSeq, load<u64>(r, 56), load<u64>(r, 64))) return fail(RDB_BAD);
  setEntries(s, entries);
  setId(lastIdOf(s), lastMs, lastSeq);
  setId(deletedIdOf(s), deletedMs, deletedSeq);
  setAdded(s, added);
  store<u64>(r, groups, 32);
  setReaderPhase(r, groups ? GROUP : READ);
}

// ---- groups ---------------------------------------------------------------------------------------

function readGroup(r: usize, s: usize): void {
  if (!takeString()) return;
  const name = takenPtr;
  const len = takenLen;
  const ms = takeLength();
  const seq = takeLength();
  const isOld = readerType(r) == RDB_STREAM;
  const read: i64 = isOld ? 0 : takeLength();
  const pending = takeLength();
  if (trouble) return;
  if (findName(groupsOf(s), name, len)) return fail(RDB_BAD);
  const group = addGroup(s, name, len);
  if (!group) return fail(OUT_OF_MEMORY);
  setId(deliveredIdOf(group), ms, seq);
  setEntriesRead(group, isOld ? entriesUpTo(s, ms, seq) : read);
  store<u32>(r, <u32> group, 24);
  startCounted(r, pending, PENDING, CONSUMERS);
}

function readPending(r: usize, group: usize): void {
  takeId();
  const ms = takenMs;
  const seq = takenSeq;
  const delivered = takeU64();
  const deliveries = takeLength();
  if (trouble) return;
  const item = idInsert(pendingOf(group), ms, seq);
  if (!item) return fail(OUT_OF_MEMORY);
  if (idFound) return fail(RDB_BAD);
  setOwner(item, 0);
  setDeliveredMs(item, min(delivered, DELIVERED_MAX_MS));
  setDeliveries(item, deliveries);
  countDown(r, CONSUMERS);
}

function readConsumerCount(r: usize, group: usize): void {
  const count = takeLength();
  if (trouble) return;
  store<u64>(r, count, 40);
  if (count) setReaderPhase(r, CONSUMER);
  else endGroup(r, group);
}

function readConsumer(r: usize, group: usize): void {
  if (!takeString()) return;
  const name = takenPtr;
  const len = takenLen;
  const seen: i64 = takeU64();
  const active: i64 = readerType(r) == RDB_STREAM_3 ? takeU64() : seen;
  const pending = takeLength();
  if (trouble) return;
  if (findName(consumersOf(group), name, len)) return fail(RDB_BAD);
  const consumer = addConsumer(group, name, len, seen);
  if (!consumer) return fail(OUT_OF_MEMORY);
  setActiveMs(consumer, active);
  store<u32>(r, <u32> consumer, 28);
  startCounted(r, pending, OWNED, OWNED);
  if (!pending) endConsumer(r, group);
}

function readOwned(r: usize, group: usize, consumer: usize): void {
  takeId();
  const ms = takenMs;
  const seq = takenSeq;
  if (trouble) return;
  if (!idFind(pendingOf(group), ms, seq)) return fail(RDB_BAD);
  const item = idPayload(pendingOf(group));
  if (ownerOf(item)) return fail(RDB_BAD);
  if (!idInsert(pendingOf(consumer), ms, seq)) return fail(OUT_OF_MEMORY);
  setOwner(item, consumer);
  countDown(r, OWNED);
  if (!leftOf(r)) endConsumer(r, group);
}

function endConsumer(r: usize, group: usize): void {
  const left = load<u64>(r, 40) - 1;
  store<u64>(r, left, 40);
  if (left) setReaderPhase(r, CONSUMER);
  else endGroup(r, group);
}

/** Every pending entry must have got a consumer. */
function endGroup(r: usize, group: usize): void {
  const consumers = consumersOf(group);
  let owned: u64 = 0;
  for (let i: u32 = 0; i < namesCount(consumers); i++) owned += idCount(pendingOf(namedAt(consumers, i)));
  if (owned != idCount(pendingOf(group))) return fail(RDB_BAD);
  const left = load<u64>(r, 32) - 1;
  store<u64>(r, left, 32);
  setReaderPhase(r, left ? GROUP : READ);
}
