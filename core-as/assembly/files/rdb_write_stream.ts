/**
 * Streams into RDB bytes (types 19 and 21): nodes as they are, then counts and IDs, then groups.
 *
 * ```
 *  stream    nodes, {string: ID, string: listpack} ...
 *            entries, last ID, first ID, highest deleted ID, entries added
 *            groups, group ...
 *  group     name string, last ID, entries read, pending, {ID raw, delivered u64 ms, deliveries} ...
 *            consumers, {name string, seen u64 ms, [active i64 ms], pending, ID raw ...} ...
 * ```
 *
 * Only type 21 has when a consumer was last active, -1 for never. Numbers are lengths (rdb_sink.ts), an ID is two of them; where it says raw, or is a string, it is its 16
 * bytes, high bits first.
 */
import {
  idCount, idFirst, idGo, idLeaf, idMs, idNext, idPayload, idSeq, idSlot,
} from "../structures/idtree";
import { lpBytes } from "../structures/listpack";
import { putByte, putId, putLength, putString, putU64 } from "./rdb_sink";
import { RDB_VERSION_ACTIVE } from "./rdb_types";
import { isEnough, phaseOf, setPhase, versionOf } from "./rdb_writer";
import {
  activeMsOf, addedOf, consumersOf, deletedIdOf, deliveredIdOf, deliveredMsOf, deliveriesOf, entriesOf, entriesReadOf, firstIdOf,
  groupsOf, lastIdOf, msOf, namedAt, nameLenOf, nameOf, namesCount, nodesOf, pendingOf, seenMsOf, seqOf,
} from "../types/stream/stream_value";

const HEAD: u32 = 0;
const NODES: u32 = 1;
const COUNTS: u32 = 2;
const GROUP: u32 = 3;
const PENDING: u32 = 4;
const CONSUMER: u32 = 5;
const OWNED: u32 = 6;
const END: u32 = 7;

/** The group that is being written. */
@inline export function groupAt(w: usize, s: usize): usize { return namedAt(groupsOf(s), load<u32>(w, 24)); }
@inline function consumerOf(w: usize, group: usize): usize { return namedAt(consumersOf(group), load<u32>(w, 28)); }

/** @returns whether the stream is written */
export function writeStreamStep(w: usize, s: usize, limit: u32): bool {
  while (phaseOf(w) != END) {
    if (isEnough(limit)) return false;
    switch (phaseOf(w)) {
      case HEAD: writeHead(w, s); break;
      case NODES: writeNodes(w, s, limit); break;
      case COUNTS: writeCounts(w, s); break;
      case GROUP: writeGroup(w, s); break;
      case PENDING: writePending(w, s, groupAt(w, s), limit); break;
      case CONSUMER: writeConsumer(w, s, groupAt(w, s)); break;
      default: writeOwned(w, s, groupAt(w, s), limit); break;
    }
  }
  return true;
}

/** Puts the writer before the first item of a tree that has some, to be written in a phase. */
export function startTree(w: usize, t: usize, phase: u32): void {
  idFirst(t);
  keepPlace(w);
  setPhase(w, phase);
}
export function keepPlace(w: usize): void {
  store<u32>(w, <u32> idLeaf(), 8);
  store<u32>(w, idSlot(), 12);
}

function putIdLengths(id: usize): void {
  putLength(msOf(id));
  putLength(seqOf(id));
}

function writeHead(w: usize, s: usize): void {
  putLength(idCount(nodesOf(s)));
  if (idCount(nodesOf(s))) startTree(w, nodesOf(s), NODES);
  else setPhase(w, COUNTS);
}

function writeNodes(w: usize, s: usize, limit: u32): void {
  idGo(load<u32>(w, 8), load<u32>(w, 12));
  while (!isEnough(limit)) {
    putByte(16);
    putId(idMs(), idSeq());
    const lp: usize = load<u32>(idPayload(nodesOf(s)));
    putString(lp, lpBytes(lp));
    if (!idNext()) {
      setPhase(w, COUNTS);
      return;
    }
  }
  keepPlace(w);
}

function writeCounts(w: usize, s: usize): void {
  putLength(entriesOf(s));
  putIdLengths(lastIdOf(s));
  putIdLengths(firstIdOf(s));
  putIdLengths(deletedIdOf(s));
  putLength(addedOf(s));
  putLength(namesCount(groupsOf(s)));
  store<u32>(w, 0, 24);
  setPhase(w, namesCount(groupsOf(s)) ? GROUP : END);
}

// ---- groups ---------------------------------------------------------------------------------------

function writeGroup(w: usize, s: usize): void {
  const group = groupAt(w, s);
  putString(nameOf(group), nameLenOf(group));
  putIdLengths(deliveredIdOf(group));
  putLength(entriesReadOf(group));
  putLength(idCount(pendingOf(group)));
  store<u32>(w, 0, 28);
  if (idCount(pendingOf(group))) startTree(w, pendingOf(group), PENDING);
  else startConsumers(w, s, group);
}

/** Writes how many consumers a group has, and goes to the first one or past the group. */
function startConsumers(w: usize, s: usize, group: usize): void {
  putLength(namesCount(consumersOf(group)));
  if (namesCount(consumersOf(group))) setPhase(w, CONSUMER);
  else nextGroup(w, s);
}

function nextGroup(w: usize, s: usize): void {
  const next = load<u32>(w, 24) + 1;
  store<u32>(w, next, 24);
  setPhase(w, next < namesCount(groupsOf(s)) ? GROUP : END);
}

function writePending(w: usize, s: usize, group: usize, limit: u32): void {
  idGo(load<u32>(w, 8), load<u32>(w, 12));
  while (!isEnough(limit)) {
    const item = idPayload(pendingOf(group));
    putId(idMs(), idSeq());
    putU64(deliveredMsOf(item));
    putLength(deliveriesOf(item));
    if (!idNext()) return startConsumers(w, s, group);
  }
  keepPlace(w);
}

function writeConsumer(w: usize, s: usize, group: usize): void {
  const consumer = consumerOf(w, group);
  putString(nameOf(consumer), nameLenOf(consumer));
  putU64(seenMsOf(consumer));
  if (versionOf(w) >= RDB_VERSION_ACTIVE) putU64(activeMsOf(consumer));
  putLength(idCount(pendingOf(consumer)));
  if (idCount(pendingOf(consumer))) startTree(w, pendingOf(consumer), OWNED);
  else nextConsumer(w, s, group);
}

function nextConsumer(w: usize, s: usize, group: usize): void {
  const next = load<u32>(w, 28) + 1;
  store<u32>(w, next, 28);
  if (next < namesCount(consumersOf(group))) setPhase(w, CONSUMER);
  else nextGroup(w, s);
}

function writeOwned(w: usize, s: usize, group: usize, limit: u32): void {
  idGo(load<u32>(w, 8), load<u32>(w, 12));
  while (!isEnough(limit)) {
    putId(idMs(), idSeq());
    if (!idNext()) return nextConsumer(w, s, group);
  }
  keepPlace(w);
}
