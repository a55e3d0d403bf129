/**
 * What Pub/Sub keeps in the core: the names that have subscribers, and the messages of a turn.
 *
 * ```
 *  subjects (112 bytes, at SUBJECTS once there is a first one)
 *    +0   table of channels          (keytable.ts)
 *    +32  table of shard channels
 *    +64  table of patterns
 *    +96  u32 list of the patterns' entries, in order of their first subscription
 *    +100 u32 entries that it can hold     +104 u32 entries in it
 * ```
 *
 * A name is an entry (entry.ts) whose integer is the id that the host knows its subscribers by; who they
 * are is the host's affair.
 *
 * A message is composed once for each protocol, behind the one before it in that protocol's half of the
 * SHARED area, which is empty again when the turn ends. All subscribers of a turn's messages send the
 * same bytes: where one gets the messages that lie behind each other its output is two addresses,
 * and nothing is copied. What does not fit there is made in a block of its own.
 */
import {
  MISSING, RESULT_LEN, RESULT_PTR, SCRATCH, SHARED, SHARED_BYTES, SHARED_POS_2, SHARED_POS_3, SUBJECTS,
} from "../base/layout";
import { allocate, blockBytes, free, reallocate } from "../base/memory";
import { entryHash, entryKey, entryKeyLen, entryValue, INT, newEntry, TYPE_STRING } from "../keyspace/entry";
import {
  TABLE_BYTES, tableCount, tableDismantle, tableFind, tableInit, tableInsert, tableRemove,
} from "../structures/keytable";
import { hashBytes } from "../hashing/hash";
import { globMatch } from "../text/glob";
import { replyBulk } from "../protocol/reply";
import { u64Length, writeU64 } from "../text/number";

/** Kinds of subjects. */
export const CHANNELS: u32 = 0;
export const SHARD_CHANNELS: u32 = 1;
export const PATTERNS: u32 = 2;

const SUBJECTS_BYTES: u32 = 112;
const LIST: u32 = 96;
const LIST_CAP: u32 = 100;
const LIST_COUNT: u32 = 104;

@inline function subjects(): usize { return load<u32>(SUBJECTS); }
@inline function tableOf(kind: u32): usize { return subjects() + kind * TABLE_BYTES; }

/** Makes the tables. @returns false when memory is out */
function subjectsInit(): bool {
  const block = allocate(SUBJECTS_BYTES);
  if (!block) return false;
  memory.fill(block, 0, SUBJECTS_BYTES);
  for (let kind: u32 = CHANNELS; kind <= PATTERNS; kind++) {
    // A core without memory for three empty tables has none for anything: what was made stays unused.
    if (!tableInit(block + kind * TABLE_BYTES)) return false;
  }
  store<u32>(SUBJECTS, <u32> block);
  return true;
}

/** Gives the tables back, once nobody is subscribed to anything. */
export function subjectsEnd(): void {
  if (!subjects()) return;
  for (let kind: u32 = CHANNELS; kind <= PATTERNS; kind++) if (tableCount(tableOf(kind))) return;
  for (let kind: u32 = CHANNELS; kind <= PATTERNS; kind++) tableDismantle(tableOf(kind), u32.MAX_VALUE, SCRATCH);
  free(load<u32>(subjects(), LIST));
  free(subjects());
  store<u32>(SUBJECTS, 0);
}

/** The id of a subject, MISSING where nobody is subscribed to it. */
export function subjectFind(kind: u32, name: usize, len: u32): i32 {
  if (!subjects()) return MISSING;
  const e = tableFind(tableOf(kind), hashBytes(name, len), name, len);
  return e ? load<i32>(entryValue(e)) : MISSING;
}

/** Adds a subject that is not there. @returns what names it in the calls below, 0 when memory is out */
export function subjectAdd(kind: u32, name: usize, len: u32, id: u32): usize {
  // More than an entry's key can be.
  if (len >= 1 << 30) return 0;
  if (!subjects() && !subjectsInit()) return 0;
  if (kind == PATTERNS && !reservePattern()) return 0;
  const e = newEntry(TYPE_STRING, INT, name, len, false, false, 8);
  if (!e) return 0;
  store<i64>(entryValue(e), id);
  if (!tableInsert(tableOf(kind), hashBytes(name, len), e)) {
    free(e);
    return 0;
  }
  if (kind == PATTERNS) {
    const count = load<u32>(subjects(), LIST_COUNT);
    store<u32>(<usize> load<u32>(subjects(), LIST) + (count << 2), <u32> e);
    store<u32>(subjects(), count + 1, LIST_COUNT);
  }
  return e;
}

/** Makes room for one more pattern in the list. @returns false when memory is out */
function reservePattern(): bool {
  const count = load<u32>(subjects(), LIST_COUNT);
  if (count < load<u32>(subjects(), LIST_CAP)) return true;
  const list = load<u32>(subjects(), LIST);
  const bytes = max<u32>(count << 3, 64);
  const grown = list ? reallocate(list, bytes, count << 2) : allocate(bytes);
  if (!grown) return false;
  store<u32>(subjects(), <u32> grown, LIST);
  store<u32>(subjects(), blockBytes(grown) >> 2, LIST_CAP);
  return true;
}

export function subjectRemove(kind: u32, e: usize): void {
  tableRemove(tableOf(kind), entryHash(e), e);
  if (kind == PATTERNS) {
    const list = <usize> load<u32>(subjects(), LIST);
    const count = load<u32>(subjects(), LIST_COUNT) - 1;
    let at: u32 = 0;
    while (load<u32>(list + (at << 2)) != <u32> e) at++;
    memory.copy(list + (at << 2), list + (at << 2) + 4, (count - at) << 2);
    store<u32>(subjects(), count, LIST_COUNT);
  }
  free(e);
}

/** A subject's name as a bulk string. */
export function replySubject(e: usize): void {
  replyBulk(entryKey(e), entryKeyLen(e));
}

/** A subject's name as the result's text. */
export function subjectText(e: usize): void {
  store<u32>(RESULT_PTR, <u32> entryKey(e));
  store<u32>(RESULT_LEN, entryKeyLen(e));
}

/** Whether a subject's name matches a pattern. */
export function subjectMatches(e: usize, pattern: usize, len: u32): bool {
  return globMatch(pattern, len, entryKey(e), entryKeyLen(e), false);
}

/** The first pattern, from index `from` on, that a channel's name matches: its index, or MISSING. */
export function patternNext(from: u32, name: usize, len: u32): i32 {
  if (!subjects()) return MISSING;
  const list = <usize> load<u32>(subjects(), LIST);
  const count = load<u32>(subjects(), LIST_COUNT);
  for (let i = from; i < count; i++) {
    const e = <usize> load<u32>(list + (i << 2));
    if (globMatch(entryKey(e), entryKeyLen(e), name, len, false)) return i;
  }
  return MISSING;
}

// ---- messages -------------------------------------------------------------------------------------

/** Empties the SHARED area: nothing in it is to be sent any more. */
export function sharedReset(): void {
  store<u32>(SHARED_POS_2, <u32> SHARED);
  store<u32>(SHARED_POS_3, <u32> SHARED + SHARED_BYTES / 2);
}

/** Where `need` bytes of protocol `resp` can be written: SHARED, or a block; 0 when memory is out. */
function room(resp: u32, need: u32): usize {
  const cell = resp == 3 ? SHARED_POS_3 : SHARED_POS_2;
  const end = <u32> SHARED + (resp == 3 ? SHARED_BYTES : SHARED_BYTES / 2);
  const pos = load<u32>(cell);
  if (need > end - pos) return allocate(need);
  store<u32>(cell, pos + need);
  return pos;
}

/** Room for a message of the host's, as {@link messageMake} finds it. @returns its address; 0 when memory is out */
export function messageRoom(resp: u32, len: u32): usize {
  return room(resp, len);
}

@inline function bulkBytes(len: u32): u32 { return u64Length(len) + len + 5; }

function bulk(at: usize, ptr: usize, len: u32): usize {
  store<u8>(at, 0x24);
  at += 1 + writeU64(at + 1, len);
  store<u16>(at, 0x0a0d);
  memory.copy(at + 2, ptr, len);
  at += 2 + len;
  store<u16>(at, 0x0a0d);
  return at + 2;
}

const MESSAGE: usize = memory.data<u8>([
  0x24, 0x37, 0x0d, 0x0a, 0x6d, 0x65, 0x73, 0x73, 0x61, 0x67, 0x65, 0x0d, 0x0a, // $7 message
]);
const MESSAGE_BYTES: u32 = 13;
const SHARD_MESSAGE: usize = memory.data<u8>([
  0x24, 0x38, 0x0d, 0x0a, 0x73, 0x6d, 0x65, 0x73, 0x73, 0x61, 0x67, 0x65, 0x0d, 0x0a, // $8 smessage
]);
const PATTERN_MESSAGE: usize = memory.data<u8>([
  0x24, 0x38, 0x0d, 0x0a, 0x70, 0x6d, 0x65, 0x73, 0x73, 0x61, 0x67, 0x65, 0x0d, 0x0a, // $8 pmessage
]);

/**
 * Composes a message for the subscribers of a subject.
 *
 * @param resp the protocol
 * @param kind the subject's, one of CHANNELS, SHARD_CHANNELS and PATTERNS
 * @param subject a pattern's entry
 * @returns its address, in the SHARED area or (at HEAP or above) a block for the caller to free; 0 when
 * memory is out. RESULT_LEN has its length.
 */
export function messageMake(
  resp: u32, kind: u32, subject: usize, channel: usize, channelLen: u32, text: usize, textLen: u32,
): usize {
  const isPattern = kind == PATTERNS;
  const word = isPattern ? PATTERN_MESSAGE : kind == CHANNELS ? MESSAGE : SHARD_MESSAGE;
  const wordBytes = kind == CHANNELS ? MESSAGE_BYTES : MESSAGE_BYTES + 1;
  let need = 4 + wordBytes + bulkBytes(channelLen) + bulkBytes(textLen);
  if (isPattern) need += bulkBytes(entryKeyLen(subject));
  const start = room(resp, need);
  if (!start) return 0;
  store<u32>(start, (isPattern ? 0x0a0d3400 : 0x0a0d3300) | (resp == 3 ? 0x3e : 0x2a)); // >3 or *3
  memory.copy(start + 4, word, wordBytes);
  let at = start + 4 + wordBytes;
  if (isPattern) at = bulk(at, entryKey(subject), entryKeyLen(subject));
  at = bulk(at, channel, channelLen);
  bulk(at, text, textLen);
  store<u32>(RESULT_LEN, need);
  return start;
}
