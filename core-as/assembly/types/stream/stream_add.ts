/**
 * Stream commands that add and delete entries: XADD, XTRIM, XDEL, XDELEX, XSETID.
 *
 * Each replies and returns a negative status, for which the host replies, or what has happened as
 * bits of STREAM_*; with STREAM_DELETED or STREAM_TRIMMED alone, RESULT_I64 says how many entries went.
 */
import {
  ARGC, countChanges, NOW_MS, OUT_OF_MEMORY, RESULT_I64, STREAM_NODE_BYTES, STREAM_NODE_ENTRIES, WRONG_TYPE,
} from "../../base/layout";
import { keyDelete } from "../../keyspace/keyspace";
import { free } from "../../base/memory";
import { idBelow, idLast, idMs, idPayload, idSeq } from "../../structures/idtree";
import { idFound, idInsert } from "../../structures/idtree_change";
import { lpBytes } from "../../structures/listpack";
import { replyArray, replyI64, replyNull, replyOk } from "../../protocol/reply";
import { BAD_ID, isByte, isSeqOpen, parsedMs, parsedSeq, parseId, parseNewId, setParsed } from "./stream_id";
import { effectAdd, propagates, effectTrim } from "./stream_effects";
import { argumentBytes, entryMs, entrySeq, newNode, nodeAdd, nodeDeleted, nodeEntries, nodeFinish } from "./stream_node";
import { replyId, seekEdge, seekEntry } from "./stream_range";
import {
  addedOf, createStream, deletedIdOf, entriesOf, firstIdOf, isAbove, lastIdOf, msOf, nodesOf, seqOf, setAdded, setEntries, setId,
  streamAt, streamStatus,
} from "./stream_value";
import {
  checkTrim, deleteEntry, dropReferences, isReferenced, mustExist, readTrim, REFS_ACKED, REFS_DELETE, trims, trimStream,
} from "./stream_trim";

// What a command has done to a key.
/** The key is new. */
export const STREAM_CREATED: i32 = 1;
export const STREAM_ADDED: i32 = 2;
export const STREAM_TRIMMED: i32 = 4;
export const STREAM_DELETED: i32 = 8;

/** The ID of XADD is 0-0; or not above the last one; or there is none above the last one. */
export const STREAM_ID_ZERO: i32 = -220;
export const STREAM_ID_SMALL: i32 = -221;
export const STREAM_ID_EXHAUSTED: i32 = -222;
/** The arguments are no pairs. */
export const STREAM_ARITY: i32 = -223;
/** An entry of more than 1 GiB. */
export const STREAM_TOO_LARGE: i32 = -224;

const ENTRY_MAX_BYTES: u64 = 1 << 30;

/** Finds the ID of an entry to add, of which argument `at` says all or a part. @returns 0 or an error */
function chooseId(s: usize, auto: bool): i32 {
  const lastMs = msOf(lastIdOf(s));
  const lastSeq = seqOf(lastIdOf(s));
  if (lastMs == u64.MAX_VALUE && lastSeq == u64.MAX_VALUE) return STREAM_ID_EXHAUSTED;
  if (auto) {
    const now = <u64> load<i64>(NOW_MS);
    if (now > lastMs) setParsed(now, 0);
    else if (lastSeq == u64.MAX_VALUE) setParsed(lastMs + 1, 0);
    else setParsed(lastMs, lastSeq + 1);
    return 0;
  }
  if (isSeqOpen) {
    if (parsedMs == lastMs && lastSeq == u64.MAX_VALUE) return STREAM_ID_SMALL;
    setParsed(parsedMs, parsedMs == lastMs ? lastSeq + 1 : 0);
  }
  return isAbove(parsedMs, parsedSeq, lastIdOf(s)) ? 0 : STREAM_ID_SMALL;
}

/** Adds an entry with the ID read last. @returns false when memory is out: nothing has changed */
function addEntry(s: usize, first: u32, fields: u32, bytes: u32): bool {
  const nodes = nodesOf(s);
  const ms = parsedMs;
  const seq = parsedSeq;
  let room: u32 = 0;
  if (idLast(nodes)) {
    const cell = idPayload(nodes);
    const lp: usize = load<u32>(cell);
    if (hasRoom(lp, bytes)) {
      const grown = nodeAdd(lp, ms - idMs(), seq - idSeq(), first, fields, bytes);
      if (!grown) return false;
      store<u32>(cell, <u32> grown);
      return true;
    }
    // The next node will likely be as large as this one, which gets no more.
    room = lpBytes(lp);
    store<u32>(cell, <u32> nodeFinish(lp));
  }
  const made = newNode(first, fields, room);
  if (!made) return false;
  const filled = nodeAdd(made, 0, 0, first, fields, bytes);
  const cell = filled ? idInsert(nodes, ms, seq) : 0;
  if (!cell) {
    free(filled ? filled : made);
    return false;
  }
  // A node of this ID has no living entry any more: XSETID has led back behind it.
  if (idFound) free(load<u32>(cell));
  store<u32>(cell, <u32> filled);
  return true;
}

/** Whether an entry of so many bytes may go into a node. */
@inline function hasRoom(lp: usize, bytes: u32): bool {
  if (<u64> lpBytes(lp) + bytes >= load<u32>(STREAM_NODE_BYTES)) return false;
  return nodeEntries(lp) + nodeDeleted(lp) < load<u32>(STREAM_NODE_ENTRIES);
}

/** XADD of the key in argument 1: options, an ID, and pairs of field and value. */
export function streamAdd(db: u32): i32 {
  const argc = load<u32>(ARGC);
  // Most commands have no options.
  const plain = isByte(2, 0x2a);
  const at = readTrim(2, plain ? 2 : argc, true);
  if (at < 0) return at;
  // Nothing behind the options counts like fields that are not pairs.
  const isBare = <u32> at == argc;
  const auto = plain || (!isBare && isByte(at, 0x2a));
  if (!auto && !isBare && !parseNewId(at)) return BAD_ID;
  const wrong = checkTrim(true);
  if (wrong) return wrong;
  const first = <u32> at + 1;
  if (isBare || argc - first < 2 || argc - first & 1) return STREAM_ARITY;
  if (!auto && !isSeqOpen && !(parsedMs | parsedSeq)) return STREAM_ID_ZERO;
  const fields = (argc - first) >> 1;
  const bytes = argumentBytes(first, fields);
  let s = streamAt(db, 1);
  let done = STREAM_ADDED;
  if (!s) {
    if (streamStatus == WRONG_TYPE) return WRONG_TYPE;
    if (mustExist) {
      replyNull();
      return 0;
    }
    if (bytes > ENTRY_MAX_BYTES) return STREAM_TOO_LARGE;
    s = createStream(db, 1);
    if (!s) return OUT_OF_MEMORY;
    done |= STREAM_CREATED;
  }
  const status = append(s, auto, first, fields, bytes);
  if (status) {
    if (done & STREAM_CREATED) keyDelete(db, 1);
    return status;
  }
  replyId(parsedMs, parsedSeq);
  const ms = parsedMs;
  const seq = parsedSeq;
  if (trims() && trimStream(s)) done |= STREAM_TRIMMED;
  if (propagates()) {
    setParsed(ms, seq);
    effectAdd(db, s, first - 1);
  }
  return done;
}

/** Adds an entry and counts it. @returns 0 or an error */
function append(s: usize, auto: bool, first: u32, fields: u32, bytes: u64): i32 {
  const status = chooseId(s, auto);
  if (status) return status;
  if (bytes > ENTRY_MAX_BYTES) return STREAM_TOO_LARGE;
  if (!addEntry(s, first, fields, <u32> bytes)) return OUT_OF_MEMORY;
  const entries = entriesOf(s);
  setEntries(s, entries + 1);
  setAdded(s, addedOf(s) + 1);
  setId(lastIdOf(s), parsedMs, parsedSeq);
  if (!entries) setId(firstIdOf(s), parsedMs, parsedSeq);
  return 0;
}

/** XTRIM of the key in argument 1. */
export function streamTrim(db: u32): i32 {
  const at = readTrim(2, load<u32>(ARGC), false);
  if (at < 0) return at;
  const wrong = checkTrim(false);
  if (wrong) return wrong;
  const s = streamAt(db, 1);
  if (!s && streamStatus == WRONG_TYPE) return WRONG_TYPE;
  const deleted = s ? trimStream(s) : 0;
  replyI64(deleted);
  if (deleted && propagates()) effectTrim(db, s);
  countChanges(deleted);
  return deleted ? STREAM_TRIMMED : 0;
}

/** What XSETID says is below what the stream holds. */
export const STREAM_SET_BELOW_LAST: i32 = -225;
export const STREAM_SET_BELOW_DELETED: i32 = -226;
export const STREAM_SET_TOO_FEW: i32 = -227;
/** Below what has been deleted. */
export const STREAM_SET_BEHIND_DELETED: i32 = -228;

/** Whether the ID of argument `arg` is one, and not below that of `darg` where that is not 0. @returns 0 or an error */
export function streamCheckSetId(arg: u32, darg: u32): i32 {
  let ms: u64 = 0;
  let seq: u64 = 0;
  if (darg) {
    if (!parseId(darg, 0)) return BAD_ID;
    ms = parsedMs;
    seq = parsedSeq;
  }
  if (!parseId(arg, 0)) return BAD_ID;
  return idBelow(parsedMs, parsedSeq, ms, seq) ? STREAM_SET_BELOW_DELETED : 0;
}

/**
 * XSETID to the checked ID of argument 2.
 *
 * @param darg argument of the highest deleted ID, 0 for none
 * @param counts whether RESULT_I64 is how many entries have ever been added
 */
export function streamSetId(db: u32, darg: u32, counts: bool): i32 {
  const s = streamAt(db, 1);
  if (!s) return streamStatus;
  parseId(2, 0);
  if (idBelow(parsedMs, parsedSeq, msOf(deletedIdOf(s)), seqOf(deletedIdOf(s)))) return STREAM_SET_BEHIND_DELETED;
  if (entriesOf(s)) {
    seekEdge(s, true);
    parseId(2, 0);
    if (idBelow(parsedMs, parsedSeq, entryMs, entrySeq)) return STREAM_SET_BELOW_LAST;
    if (counts && load<u64>(RESULT_I64) < entriesOf(s)) return STREAM_SET_TOO_FEW;
  }
  parseId(2, 0);
  setId(lastIdOf(s), parsedMs, parsedSeq);
  if (counts) setAdded(s, load<u64>(RESULT_I64));
  if (darg && parseId(darg, 0) && (parsedMs | parsedSeq)) setId(deletedIdOf(s), parsedMs, parsedSeq);
  replyOk();
  return 0;
}

/** Whether arguments from `first` on, `count` of them, are all IDs. */
export function areIds(first: u32, count: u32): bool {
  for (let i = first; i < first + count; i++) if (!parseId(i, 0)) return false;
  return true;
}

/** XDEL: the IDs from argument 2 on. */
export function streamDelete(db: u32): i32 {
  const argc = load<u32>(ARGC);
  const s = streamAt(db, 1);
  if (!s) {
    if (streamStatus == WRONG_TYPE) return WRONG_TYPE;
    replyI64(0);
    return 0;
  }
  if (!areIds(2, argc - 2)) return BAD_ID;
  let deleted: u32 = 0;
  for (let i: u32 = 2; i < argc; i++) {
    parseId(i, 0);
    if (deleteEntry(s, parsedMs, parsedSeq)) deleted++;
  }
  replyI64(deleted);
  countChanges(deleted);
  return deleted ? STREAM_DELETED : 0;
}

/**
 * XDELEX: `count` IDs from argument `first` on; replies with 1 for each that was deleted, 2 where
 * references forbid it, -1 where there is none.
 *
 * @param refs REFS_*
 */
export function streamDeleteWith(db: u32, first: u32, count: u32, refs: u32): i32 {
  const s = streamAt(db, 1);
  if (!s && streamStatus == WRONG_TYPE) return WRONG_TYPE;
  if (!areIds(first, count)) return BAD_ID;
  let deleted: u32 = 0;
  replyArray(count);
  for (let i = first; i < first + count; i++) {
    parseId(i, 0);
    const outcome = s ? deleteReferenced(s, parsedMs, parsedSeq, refs) : -1;
    if (outcome == 1) deleted++;
    replyI64(outcome);
  }
  countChanges(deleted);
  return deleted ? STREAM_DELETED : 0;
}

/** Deletes an entry as its references allow. @returns 1, 2 when they forbid it, -1 when it is not there */
export function deleteReferenced(s: usize, ms: u64, seq: u64, refs: u32): i32 {
  if (refs == REFS_DELETE) dropReferences(s, ms, seq);
  else if (refs == REFS_ACKED && isReferenced(s, ms, seq)) return seekEntry(s, ms, seq) ? 2 : -1;
  return deleteEntry(s, ms, seq) ? 1 : -1;
}
