/**
 * Streams into commands:
 *
 * ```
 *  XADD key ID field value ...                                   of each entry
 *  XADD key MAXLEN 0 0-1 x y                                     where there is none, so that there is a stream
 *  XSETID key ID ENTRIESADDED count MAXDELETEDID ID
 *  XGROUP CREATE key group ID ENTRIESREAD count
 *  XCLAIM key group consumer 0 ID TIME ms RETRYCOUNT count JUSTID FORCE        of each pending entry
 *  XGROUP CREATECONSUMER key group consumer                      of consumers that nothing is pending for
 * ```
 *
 * As in Redis, no command says when a consumer was last seen, nor that an entry is pending which has been deleted.
 */
import { entryKey, entryKeyLen, valuePtr } from "../keyspace/entry";
import { idCount, idGo, idMs, idNext, idPayload, idSeq } from "../structures/idtree";
import { lpI64, lpLen, lpPtr, lpRead, lpSkip } from "../structures/listpack";
import {
  DELETED, enterNode, entryEnd, entryFields, entryFlags, entryMs, entryNames, entrySeq, entryValues,
  isNodeEnd, keepCursor, nodeStart, readEntry, returnCursor, SAMEFIELDS,
} from "../types/stream/stream_node";
import {
  addedOf, consumersOf, deletedIdOf, deliveredIdOf, deliveredMsOf, deliveriesOf, entriesOf, entriesReadOf, groupsOf,
  lastIdOf, msOf, namedAt, nameLenOf, nameOf, namesCount, nodesOf, ownerOf, pendingOf, seqOf,
} from "../types/stream/stream_value";
import { putCommand, putIdWord, putInteger, putWord } from "./aof_sink";
import { groupAt, keepPlace, startTree } from "./rdb_write_stream";
import { HEAD, isEnough, phaseOf, setPhase } from "./rdb_writer";

const NODES: u32 = 1;
const COUNTS: u32 = 2;
const GROUP: u32 = 3;
const PENDING: u32 = 4;
const CONSUMER: u32 = 5;
const END: u32 = 6;

const XADD = memory.data<u8>([0x58, 0x41, 0x44, 0x44]);
const MAXLEN = memory.data<u8>([0x4d, 0x41, 0x58, 0x4c, 0x45, 0x4e]);
const X = memory.data<u8>([0x78]);
const Y = memory.data<u8>([0x79]);
const XSETID = memory.data<u8>([0x58, 0x53, 0x45, 0x54, 0x49, 0x44]);
const ENTRIESADDED = memory.data<u8>([0x45, 0x4e, 0x54, 0x52, 0x49, 0x45, 0x53, 0x41, 0x44, 0x44, 0x45, 0x44]);
const MAXDELETEDID = memory.data<u8>([0x4d, 0x41, 0x58, 0x44, 0x45, 0x4c, 0x45, 0x54, 0x45, 0x44, 0x49, 0x44]);
const XGROUP = memory.data<u8>([0x58, 0x47, 0x52, 0x4f, 0x55, 0x50]);
const CREATE = memory.data<u8>([0x43, 0x52, 0x45, 0x41, 0x54, 0x45]);
const ENTRIESREAD = memory.data<u8>([0x45, 0x4e, 0x54, 0x52, 0x49, 0x45, 0x53, 0x52, 0x45, 0x41, 0x44]);
const CREATECONSUMER = memory.data<u8>([0x43, 0x52, 0x45, 0x41, 0x54, 0x45, 0x43, 0x4f, 0x4e, 0x53, 0x55, 0x4d, 0x45, 0x52]);
const XCLAIM = memory.data<u8>([0x58, 0x43, 0x4c, 0x41, 0x49, 0x4d]);
const TIME = memory.data<u8>([0x54, 0x49, 0x4d, 0x45]);
const RETRYCOUNT = memory.data<u8>([0x52, 0x45, 0x54, 0x52, 0x59, 0x43, 0x4f, 0x55, 0x4e, 0x54]);
const JUSTID = memory.data<u8>([0x4a, 0x55, 0x53, 0x54, 0x49, 0x44]);
const FORCE = memory.data<u8>([0x46, 0x4f, 0x52, 0x43, 0x45]);

/** Where the cursor of stream_node.ts stood for whom this interrupts. */
const KEPT = memory.data(72); // CURSOR_BYTES of stream_node.ts, which may be declared later

@inline function putKey(e: usize): void { putWord(entryKey(e), entryKeyLen(e)); }
@inline function putName(named: usize): void { putWord(nameOf(named), nameLenOf(named)); }
@inline function putIdAt(id: usize): void { putIdWord(msOf(id), seqOf(id)); }

/** @returns whether the stream is written */
export function writeStreamCommands(w: usize, e: usize, limit: u32): bool {
  const s = valuePtr(e);
  while (phaseOf(w) != END) {
    if (isEnough(limit)) return false;
    switch (phaseOf(w)) {
      case HEAD: writeHead(w, e, s); break;
      case NODES: writeNodes(w, e, s, limit); break;
      case COUNTS: writeCounts(w, e, s); break;
      case GROUP: writeGroup(w, e, s); break;
      case PENDING: writePending(w, e, groupAt(w, s), limit); break;
      default: writeConsumers(w, e, s, limit); break;
    }
  }
  return true;
}

// ---- entries --------------------------------------------------------------------------------------

function writeHead(w: usize, e: usize, s: usize): void {
  if (entriesOf(s)) return startTree(w, nodesOf(s), NODES);
  putCommand(7);
  putWord(XADD, 4);
  putKey(e);
  putWord(MAXLEN, 6);
  putInteger(0);
  putIdWord(0, 1);
  putWord(X, 1);
  putWord(Y, 1);
  setPhase(w, COUNTS);
}

function writeNodes(w: usize, e: usize, s: usize, limit: u32): void {
  keepCursor(KEPT);
  idGo(load<u32>(w, 8), load<u32>(w, 12));
  while (!isEnough(limit)) {
    enterNode(load<u32>(idPayload(nodesOf(s))), idMs(), idSeq());
    for (let p = nodeStart; !isNodeEnd(p); p = entryEnd()) {
      readEntry(p);
      if (!(entryFlags & DELETED)) writeEntry(e);
    }
    if (!idNext()) {
      setPhase(w, COUNTS);
      break;
    }
  }
  keepPlace(w);
  returnCursor(KEPT);
}

function writeEntry(e: usize): void {
  putCommand(3 + (entryFields << 1));
  putWord(XADD, 4);
  putKey(e);
  putIdWord(entryMs, entrySeq);
  const isSame = (entryFlags & SAMEFIELDS) != 0;
  let name = entryNames;
  let value = isSame ? entryValues : lpSkip(name);
  for (let left = entryFields; left; left--) {
    putElement(name);
    putElement(value);
    name = lpSkip(isSame ? name : value);
    value = lpSkip(isSame ? value : name);
  }
}

function putElement(p: usize): void {
  if (lpRead(p)) putInteger(lpI64());
  else putWord(lpPtr(), lpLen());
}

function writeCounts(w: usize, e: usize, s: usize): void {
  putCommand(7);
  putWord(XSETID, 6);
  putKey(e);
  putIdAt(lastIdOf(s));
  putWord(ENTRIESADDED, 12);
  putInteger(addedOf(s));
  putWord(MAXDELETEDID, 12);
  putIdAt(deletedIdOf(s));
  store<u32>(w, 0, 24);
  setPhase(w, namesCount(groupsOf(s)) ? GROUP : END);
}

// ---- groups ---------------------------------------------------------------------------------------

function writeGroup(w: usize, e: usize, s: usize): void {
  const group = groupAt(w, s);
  putCommand(7);
  putWord(XGROUP, 6);
  putWord(CREATE, 6);
  putKey(e);
  putName(group);
  putIdAt(deliveredIdOf(group));
  putWord(ENTRIESREAD, 11);
  putInteger(entriesReadOf(group));
  store<u32>(w, 0, 28);
  if (idCount(pendingOf(group))) startTree(w, pendingOf(group), PENDING);
  else setPhase(w, CONSUMER);
}

function writePending(w: usize, e: usize, group: usize, limit: u32): void {
  idGo(load<u32>(w, 8), load<u32>(w, 12));
  while (!isEnough(limit)) {
    const item = idPayload(pendingOf(group));
    putCommand(12);
    putWord(XCLAIM, 6);
    putKey(e);
    putName(group);
    putName(ownerOf(item));
    putInteger(0);
    putIdWord(idMs(), idSeq());
    putWord(TIME, 4);
    putInteger(deliveredMsOf(item));
    putWord(RETRYCOUNT, 10);
    putInteger(deliveriesOf(item));
    putWord(JUSTID, 6);
    putWord(FORCE, 5);
    if (!idNext()) return setPhase(w, CONSUMER);
  }
  keepPlace(w);
}

/** The consumers that nothing is pending for, and on to the next group. */
function writeConsumers(w: usize, e: usize, s: usize, limit: u32): void {
  const group = groupAt(w, s);
  const consumers = consumersOf(group);
  let index = load<u32>(w, 28);
  for (; index < namesCount(consumers) && !isEnough(limit); index++) {
    const consumer = namedAt(consumers, index);
    if (idCount(pendingOf(consumer))) continue;
    putCommand(5);
    putWord(XGROUP, 6);
    putWord(CREATECONSUMER, 14);
    putKey(e);
    putName(group);
    putName(consumer);
  }
  store<u32>(w, index, 28);
  if (index < namesCount(consumers)) return;
  const next = load<u32>(w, 24) + 1;
  store<u32>(w, next, 24);
  setPhase(w, next < namesCount(groupsOf(s)) ? GROUP : END);
}
