/**
 * Sets: intersection, union and difference. The host names the sources one by one ({@link setSource}),
 * then asks for the result, as a reply, a number, or in a key (set_store.ts).
 *
 * A result is found before anything is written, since its size comes first in a reply and decides the
 * encoding in a key: as a list of handles, 4 bytes a member.
 *
 * - The intersection looks for the members of the smallest set in the others, the smaller ones first.
 * - The union takes the largest set whole, then of every other the members that none before has.
 * - The difference looks for the members of the first set in the others, or, where that is less work, for
 *   those of the others in the first, marking what it finds there.
 */
import {
  LOOK_SINK, MISSING, OUT_OF_MEMORY, SCRATCH, SCRATCH_BYTES, SET_SOURCE_COUNT, SET_SOURCES, SET_SOURCES_MISSING,
} from "../../base/layout";
import { entryEncoding, HASHTABLE, valuePtr } from "../../keyspace/entry";
import { tableFind } from "../../structures/keytable";
import { allocate, free } from "../../base/memory";
import { replyI64, replySet } from "../../protocol/reply";
import { walkNext, walkStart, WALK_BYTES } from "../../structures/tablewalk";
import {
  BATCH, keepRecords, NEEDS_HASH, needsOf, readBatch, readStart, record, recordHandle, recordHash, recordLen,
  recordMember, SOURCE_BYTES, sourceCount, sourceEncoding, sourceValue, touchTable,
} from "./set_batch";
import { replyAll, replyItems, replyMember } from "./set_reply";
import { clearMark, itemMarked, lengthAt, setAt, setMark, setStatus } from "./set_value";

// ---- sources --------------------------------------------------------------------------------------

/** Begins an operation on up to `count` sets. @returns false when memory is out */
export function setSourcesStart(count: u32): bool {
  store<u32>(SET_SOURCE_COUNT, 0);
  store<u32>(SET_SOURCES_MISSING, 0);
  const block = allocate(count * SOURCE_BYTES);
  store<u32>(SET_SOURCES, <u32> block);
  return block != 0;
}

/** Ends an operation, done or not. */
export function setSourcesEnd(): void {
  free(load<u32>(SET_SOURCES));
  store<u32>(SET_SOURCES, 0);
}

/** Adds the set of an argument. @returns 0, MISSING (it counts as an empty one) or WRONG_TYPE */
export function setSource(db: u32, karg: u32): i32 {
  const e = setAt(db, karg);
  if (!e && setStatus != MISSING) return setStatus;
  const index = load<u32>(SET_SOURCE_COUNT);
  const s = source(index);
  memory.fill(s, 0, SOURCE_BYTES);
  store<u32>(SET_SOURCE_COUNT, index + 1);
  if (!e) {
    store<u32>(SET_SOURCES_MISSING, load<u32>(SET_SOURCES_MISSING) + 1);
    return MISSING;
  }
  store<u32>(s, <u32> valuePtr(e));
  store<u32>(s, entryEncoding(e), 4);
  store<u32>(s, lengthAt(e), 8);
  return 0;
}

@inline export function source(index: u32): usize {
  return <usize> load<u32>(SET_SOURCES) + index * SOURCE_BYTES;
}
@inline export function sourceEnd(): usize {
  return source(load<u32>(SET_SOURCE_COUNT));
}

function swapSources(a: usize, b: usize): void {
  for (let at: u32 = 0; at < SOURCE_BYTES; at += 8) {
    const word = load<u64>(a + at);
    store<u64>(a + at, load<u64>(b + at));
    store<u64>(b + at, word);
  }
}

/** Most sources that are sorted; of more only the first place matters. */
const SORTED: u32 = 32;

/** Brings the smallest (with `descending` the largest) source to the front, and few ones into order. */
export function orderSources(descending: bool): void {
  const end = sourceEnd();
  const places = load<u32>(SET_SOURCE_COUNT) <= SORTED ? end : source(1);
  for (let place = source(0); place < places; place += SOURCE_BYTES) {
    let best = place;
    for (let s = place + SOURCE_BYTES; s < end; s += SOURCE_BYTES) {
      if (descending ? sourceCount(s) > sourceCount(best) : sourceCount(s) < sourceCount(best)) best = s;
    }
    if (best != place) swapSources(best, place);
  }
}

// ---- the list -------------------------------------------------------------------------------------

/** Handles of the result, in the first source (of a union: in one after the other). */
export let list: usize = 0;
export let listCount: u32 = 0;

/** Begins a list of at most `capacity` handles. @returns false when memory is out */
function startList(capacity: u32): bool {
  listCount = 0;
  list = capacity <= SCRATCH_BYTES >> 2 ? SCRATCH : allocate(capacity << 2);
  return list != 0;
}

export function freeList(): void {
  if (list != SCRATCH) free(list);
}

@inline function note(handle: u32): void {
  store<u32>(list + (listCount++ << 2), handle);
}

function noteRecords(count: u32): void {
  for (let i: u32 = 0; i < count; i++) note(recordHandle(record(i)));
}

// ---- intersection ---------------------------------------------------------------------------------

/**
 * The intersection.
 *
 * @param limit stop when so many members are found, 0 for none
 * @param noting whether the members are noted, or only counted
 * @returns false when memory is out
 */
export function intersect(limit: u32, noting: bool): bool {
  listCount = 0;
  list = SCRATCH;
  if (load<u32>(SET_SOURCES_MISSING)) return true;
  orderSources(false);
  const first = source(0);
  const others = source(1);
  const end = sourceEnd();
  if (noting && !startList(sourceCount(first))) return false;
  let needs: u32 = 0;
  for (let s = others; s < end; s += SOURCE_BYTES) needs |= needsOf(s);
  readStart(first, needs);
  for (let count = readBatch(); count; count = readBatch()) {
    for (let s = others; s < end && count; s += SOURCE_BYTES) {
      if (sourceValue(s) != sourceValue(first)) count = keepRecords(s, count, true);
    }
    if (noting) noteRecords(count);
    else listCount += count;
    if (limit && listCount >= limit) {
      listCount = limit;
      break;
    }
  }
  return true;
}

/** SINTER: replies. @returns 0 or OUT_OF_MEMORY (no reply) */
export function setIntersection(): i32 {
  if (!intersect(0, true)) return OUT_OF_MEMORY;
  replySet(listCount);
  replyList(source(0), list, listCount);
  freeList();
  return 0;
}

/** SINTERCARD: replies. */
export function setIntersectionCount(limit: u32): void {
  intersect(limit, false);
  replyI64(listCount);
}

function replyList(s: usize, handles: usize, count: u32): void {
  if (sourceEncoding(s) == HASHTABLE) replyItems(handles, count);
  else {
    for (let i: u32 = 0; i < count; i++) {
      replyMember(sourceEncoding(s), sourceValue(s), load<u32>(handles + (i << 2)));
    }
  }
}

// ---- union ----------------------------------------------------------------------------------------

/** SUNION of a few sets: replies. @returns 0 or OUT_OF_MEMORY (no reply) */
export function unionOfFew(): i32 {
  orderSources(true);
  const first = source(0);
  const end = sourceEnd();
  let members: u64 = 0;
  for (let s = source(1); s < end; s += SOURCE_BYTES) members += sourceCount(s);
  if (members > 0x3fffffff || !startList(<u32> members)) return OUT_OF_MEMORY;
  let needs = needsOf(first);
  for (let s = source(1); s < end; s += SOURCE_BYTES) {
    if (!sourceValue(s)) continue;
    const before = listCount;
    noteNew(s, needs);
    store<u32>(s, listCount - before, 16);
    needs |= needsOf(s);
  }
  replySet(sourceCount(first) + listCount);
  if (sourceValue(first)) replyAll(sourceEncoding(first), sourceValue(first));
  let handles = list;
  for (let s = source(1); s < end; s += SOURCE_BYTES) {
    const count = load<u32>(s, 16);
    replyList(s, handles, count);
    handles += count << 2;
  }
  freeList();
  return 0;
}

/** Notes the members of a source that none before it has. */
function noteNew(s: usize, needs: u32): void {
  const first = source(0);
  for (let other = first; other < s; other += SOURCE_BYTES) store<u32>(other, 0, 12);
  readStart(s, needs);
  for (let count = readBatch(); count; count = readBatch()) {
    for (let other = first; other < s && count; other += SOURCE_BYTES) {
      if (sourceValue(other)) count = keepRecords(other, count, false);
    }
    noteRecords(count);
  }
}

// ---- difference -----------------------------------------------------------------------------------

const WALK = memory.data(WALK_BYTES);

/** The difference: its members are noted. @returns false when memory is out */
export function subtract(): bool {
  listCount = 0;
  list = SCRATCH;
  const first = source(0);
  const end = sourceEnd();
  if (!sourceValue(first)) return true;
  let others: u64 = 0;
  let members: u64 = 0;
  for (let s = source(1); s < end; s += SOURCE_BYTES) {
    if (sourceValue(s) == sourceValue(first)) return true;
    if (!sourceValue(s)) continue;
    others++;
    members += sourceCount(s);
  }
  if (!startList(sourceCount(first))) return false;
  if (sourceEncoding(first) == HASHTABLE && members < others * sourceCount(first)) subtractMarked(first, end);
  else subtractProbing(first, end);
  return true;
}

function subtractProbing(first: usize, end: usize): void {
  let needs: u32 = 0;
  for (let s = source(1); s < end; s += SOURCE_BYTES) {
    if (sourceValue(s)) needs |= needsOf(s);
  }
  readStart(first, needs);
  for (let count = readBatch(); count; count = readBatch()) {
    for (let s = source(1); s < end && count; s += SOURCE_BYTES) {
      if (sourceValue(s)) count = keepRecords(s, count, false);
    }
    noteRecords(count);
  }
}

function subtractMarked(first: usize, end: usize): void {
  const t = sourceValue(first);
  for (let s = source(1); s < end; s += SOURCE_BYTES) {
    if (!sourceValue(s)) continue;
    readStart(s, NEEDS_HASH);
    for (let count = readBatch(); count; count = readBatch()) {
      touchTable(t, count);
      for (let i: u32 = 0; i < count; i++) {
        const r = record(i);
        const item = tableFind(t, recordHash(r), recordMember(r), recordLen(r));
        if (item) setMark(item);
      }
    }
  }
  noteUnmarked(t);
}

/** Notes the items without a mark and takes the marks away. */
function noteUnmarked(t: usize): void {
  walkStart(WALK, t);
  let more = true;
  while (more) {
    // The list has room for all: a batch is put behind its end, then those that stay are noted.
    const start = list + (listCount << 2);
    let sum: u32 = 0;
    let stop = start;
    for (; stop < start + (BATCH << 2); stop += 4) {
      const item = walkNext(WALK);
      more = item != 0;
      if (!more) break;
      store<u32>(stop, <u32> item);
    }
    for (let at = start; at < stop; at += 4) sum += load<u32>(load<u32>(at));
    store<u32>(LOOK_SINK, sum);
    for (let at = start; at < stop; at += 4) {
      const item = load<u32>(at);
      if (itemMarked(item)) clearMark(item);
      else note(item);
    }
  }
}

/** SDIFF: replies. @returns 0 or OUT_OF_MEMORY (no reply) */
export function setDifference(): i32 {
  if (!subtract()) return OUT_OF_MEMORY;
  replySet(listCount);
  replyList(source(0), list, listCount);
  freeList();
  return 0;
}
