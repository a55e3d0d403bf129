/**
 * Deleting entries: one by one, and from the oldest on (XTRIM, and XADD with its words).
 *
 * What is trimmed is told by the options of a command, read here for both: how far, whether whole nodes
 * only, and what becomes of the entries' places in pending lists.
 */
import { NOT_AN_INTEGER, STREAM_NODE_ENTRIES } from "../../base/layout";
import { free } from "../../base/memory";
import { idBelow, idFind, idFirst, idMs, idPayload, idSeq } from "../../structures/idtree";
import { idRemove, idRemoveHere } from "../../structures/idtree_change";
import { parseI64, parsedI64 } from "../../text/number";
import { argLen, argPtr, wordLen } from "../../protocol/resp";
import { BAD_ID, parsedMs, parsedSeq, parseId } from "./stream_id";
import {
  DELETED, enterNode, entryBefore, entryEnd, entryFlags, entryMs, entrySeq, isNodeEnd, nodeDelete, nodeEnd,
  nodeEntries, nodeLp, nodeMs, nodeSeq, nodeStart, readEntry,
} from "./stream_node";
import { seekEdge, seekEntry, seekForward } from "./stream_range";
import {
  deletedIdOf, deliveredIdOf, entriesOf, firstIdOf, groupsOf, isAbove, isSame, namedAt, namesCount, nodesOf, ownerOf, pendingOf,
  setEntries, setId,
} from "./stream_value";

// What is wrong with trimming options.
export const STREAM_SYNTAX: i32 = -200;
export const STREAM_TWO_STRATEGIES: i32 = -201;
export const STREAM_NEGATIVE_MAXLEN: i32 = -202;
export const STREAM_NEGATIVE_LIMIT: i32 = -203;
export const STREAM_LIMIT_ALONE: i32 = -204;
export const STREAM_LIMIT_EXACT: i32 = -205;
export const STREAM_NO_STRATEGY: i32 = -206;

// What becomes of an entry's places in pending lists.
/** They stay, and point to nothing. */
export const REFS_KEEP: u32 = 0;
/** They go with it. */
export const REFS_DELETE: u32 = 1;
/** Only what every group has been given and has acknowledged is deleted. */
export const REFS_ACKED: u32 = 2;

/** Words in lower case, their first letter in the lowest byte. */
const MAXLEN: u64 = 0x6e656c78616d;
const MINID: u64 = 0x64696e696d;
const LIMIT: u64 = 0x74696d696c;
const NOMKSTRE: u64 = 0x657274736b6d6f6e;
const AM: u16 = 0x6d61;
const KEEPREF: u64 = 0x6665727065656b;
const DELREF: u64 = 0x6665726c6564;
const ACKED: u64 = 0x64656b6361;

const LETTERS: u64 = 0x2020202020202020;

/** An argument of up to eight letters as a word in lower case; 0 when it is longer. */
export function wordAt(index: u32): u64 {
  const len = wordLen(index);
  if (len - 1 > 7) return 0;
  return (load<u64>(argPtr(index)) | LETTERS) & (<u64> -1 >> (64 - (len << 3)));
}

function isNoMkStream(index: u32): bool {
  const ptr = argPtr(index);
  return wordLen(index) == 10 && (load<u64>(ptr) | LETTERS) == NOMKSTRE && (load<u16>(ptr, 8) | 0x2020) == AM;
}

/** REFS_* of an argument, -1 when it is no such word. */
export function refsWord(word: u64): i32 {
  return word == KEEPREF ? REFS_KEEP : word == DELREF ? REFS_DELETE : word == ACKED ? REFS_ACKED : -1;
}

// ---- options --------------------------------------------------------------------------------------

/** How far to trim: not at all, to a number of entries, or up to an ID. */
const BY_NOTHING: u32 = 0;
const BY_LENGTH: u32 = 1;
const BY_ID: u32 = 2;

let trimBy: u32 = BY_NOTHING;
let trimNodes: bool = false;
let trimLength: u64 = 0;
let trimMs: u64 = 0;
let trimSeq: u64 = 0;
/** Entries at most; 0 = no limit. */
let trimLimit: u64 = 0;
export let trimRefs: u32 = REFS_KEEP;
/** NOMKSTREAM was given. */
export let mustExist: bool = false;

/** Whether the options say to trim. */
@inline export function trims(): bool {
  return trimBy != BY_NOTHING;
}

/** Whether they say it by an ID, and not by a number of entries. */
@inline export function trimIsById(): bool {
  return trimBy == BY_ID;
}
/** Whether only nodes go that go whole. */
@inline export function trimIsLoose(): bool {
  return trimNodes;
}

/** Whether the limit was given, and to what. */
let limitGiven: bool = false;

/**
 * Reads options from argument `at` on: up to XADD's ID, or XTRIM's to the end.
 *
 * @returns the argument behind them, or an error
 */
export function readTrim(at: u32, argc: u32, adding: bool): i32 {
  trimBy = BY_NOTHING;
  trimNodes = false;
  trimRefs = REFS_KEEP;
  mustExist = false;
  limitGiven = false;
  trimLimit = 0;
  for (; at < argc; at++) {
    const more = argc - 1 - at;
    const word = wordAt(at);
    if ((word == MAXLEN || word == MINID) && more) {
      if (trimBy) return STREAM_TWO_STRATEGIES;
      const threshold = readThreshold(at + 1, more, word == MAXLEN);
      if (threshold < 0) return threshold;
      at = threshold;
    } else if (word == LIMIT && more) {
      if (!parseI64(argPtr(++at), argLen(at))) return NOT_AN_INTEGER;
      if (parsedI64() < 0) return STREAM_NEGATIVE_LIMIT;
      trimLimit = parsedI64();
      limitGiven = true;
    } else if (adding && isNoMkStream(at)) mustExist = true;
    else if (refsWord(word) >= 0) trimRefs = refsWord(word);
    else if (adding) break;
    else return STREAM_SYNTAX;
  }
  return at;
}

/** Reads `[=|~] threshold`. @returns the last argument of it, or an error */
function readThreshold(at: u32, more: u32, isLength: bool): i32 {
  const sign: u32 = wordLen(at) == 1 ? load<u8>(argPtr(at)) : 0;
  if (more > 1 && (sign == 0x7e || sign == 0x3d)) {
    trimNodes = sign == 0x7e;
    at++;
  }
  if (isLength) {
    if (!parseI64(argPtr(at), argLen(at))) return NOT_AN_INTEGER;
    if (parsedI64() < 0) return STREAM_NEGATIVE_MAXLEN;
    trimLength = parsedI64();
    trimBy = BY_LENGTH;
  } else {
    if (!parseId(at, 0)) return BAD_ID;
    trimMs = parsedMs;
    trimSeq = parsedSeq;
    trimBy = BY_ID;
  }
  return at;
}

/** Checks how options go together. @returns 0 or an error */
export function checkTrim(adding: bool): i32 {
  if (limitGiven && trimLimit && !trimBy) return STREAM_LIMIT_ALONE;
  if (!adding && !trimBy) return STREAM_NO_STRATEGY;
  if (trimNodes && !limitGiven) {
    // Enough for any length that was kept up by trimming, short enough for nobody to notice.
    trimLimit = min<u64>(<u64> load<u32>(STREAM_NODE_ENTRIES) * 100, 1000000);
  }
  return limitGiven && !trimNodes ? STREAM_LIMIT_EXACT : 0;
}

// ---- references -----------------------------------------------------------------------------------

/** Takes an ID out of all pending lists of a stream. @returns whether it was in one */
export function dropReferences(s: usize, ms: u64, seq: u64): bool {
  const groups = groupsOf(s);
  let found = false;
  for (let i: u32 = 0; i < namesCount(groups); i++) {
    const pending = pendingOf(namedAt(groups, i));
    if (!idFind(pending, ms, seq)) continue;
    const consumer = ownerOf(idPayload(pending));
    idRemoveHere(pending);
    idRemove(pendingOf(consumer), ms, seq);
    found = true;
  }
  return found;
}

/** Whether a group has still to be given an ID, or to acknowledge it. */
export function isReferenced(s: usize, ms: u64, seq: u64): bool {
  const groups = groupsOf(s);
  for (let i: u32 = 0; i < namesCount(groups); i++) {
    const group = namedAt(groups, i);
    if (isAbove(ms, seq, deliveredIdOf(group)) || idFind(pendingOf(group), ms, seq)) return true;
  }
  return false;
}

// ---- deleting -------------------------------------------------------------------------------------

/** Deletes the entry under the cursor; its node goes with the last one. */
function deleteHere(s: usize): void {
  setEntries(s, entriesOf(s) - 1);
  if (nodeEntries(nodeLp) > 1) {
    nodeDelete();
    return;
  }
  idRemove(nodesOf(s), nodeMs, nodeSeq);
  free(nodeLp);
}

/** Makes the first ID right after entries at the front have gone. */
export function settleFirst(s: usize): void {
  if (seekEdge(s, false)) setId(firstIdOf(s), entryMs, entrySeq);
  else setId(firstIdOf(s), 0, 0);
}

/** Deletes the entry of an ID. @returns whether there was one */
export function deleteEntry(s: usize, ms: u64, seq: u64): bool {
  if (!seekEntry(s, ms, seq)) return false;
  deleteHere(s);
  if (isAbove(ms, seq, deletedIdOf(s))) setId(deletedIdOf(s), ms, seq);
  if (isSame(ms, seq, firstIdOf(s))) settleFirst(s);
  return true;
}

/** Whether there is nothing more to trim before the entry under the cursor. */
@inline function isEnough(s: usize): bool {
  return trimBy == BY_LENGTH ? entriesOf(s) <= trimLength : !idBelow(entryMs, entrySeq, trimMs, trimSeq);
}

/** Whether all of the entered node, which has so many entries, is to go. */
function goesWhole(s: usize, entries: u64): bool {
  if (trimBy == BY_LENGTH) return entriesOf(s) - entries >= trimLength;
  readEntry(entryBefore(nodeEnd(nodeLp)));
  return idBelow(entryMs, entrySeq, trimMs, trimSeq);
}

/** Trims a stream as the options say. @returns how many entries were deleted */
export function trimStream(s: usize): u64 {
  const before = entriesOf(s);
  if (trimRefs == REFS_KEEP) trimNodesOf(s);
  else trimReferenced(s);
  const deleted = before - entriesOf(s);
  if (deleted) settleFirst(s);
  return deleted;
}

function trimNodesOf(s: usize): void {
  const nodes = nodesOf(s);
  let deleted: u64 = 0;
  while (idFirst(nodes)) {
    if (trimBy == BY_LENGTH && entriesOf(s) <= trimLength) break;
    const lp: usize = load<u32>(idPayload(nodes));
    const entries = nodeEntries(lp);
    if (trimLimit && deleted + entries > trimLimit) break;
    enterNode(lp, idMs(), idSeq());
    if (!goesWhole(s, entries)) {
      if (!trimNodes) trimInside(s);
      break;
    }
    idRemove(nodes, nodeMs, nodeSeq);
    free(lp);
    setEntries(s, entriesOf(s) - entries);
    deleted += entries;
  }
}

/**
 * Deletes from the start of the entered node what is to go. A node whose last entry had been deleted before,
 * and is not to go, stays without a living one, as in Redis.
 */
function trimInside(s: usize): void {
  for (let p = nodeStart; !isNodeEnd(p); p = entryEnd()) {
    readEntry(p);
    // A deleted one ends it, too, as in Redis.
    if (isEnough(s)) return;
    if (entryFlags & DELETED) continue;
    setEntries(s, entriesOf(s) - 1);
    nodeDelete();
  }
}

/** The same entry by entry, where pending lists have a say. With `~` still only nodes that go whole are looked at. */
function trimReferenced(s: usize): void {
  let ms: u64 = 0;
  let seq: u64 = 0;
  let seen: u64 = 0;
  let node: usize = 0;
  let more = seekEdge(s, false);
  while (more && !isEnough(s)) {
    if (trimLimit && seen++ == trimLimit) break;
    ms = entryMs;
    seq = entrySeq;
    if (trimNodes && nodeLp != node) {
      node = nodeLp;
      if (!goesWhole(s, nodeEntries(node))) break;
    }
    if (trimRefs != REFS_ACKED || !isReferenced(s, ms, seq)) {
      dropReferences(s, ms, seq);
      seekEntry(s, ms, seq);
      deleteHere(s);
    }
    if (seq++ == u64.MAX_VALUE && ms++ == u64.MAX_VALUE) break;
    more = seekForward(s, ms, seq);
  }
}
