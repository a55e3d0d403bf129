/**
 * What SORT sorts: the elements of a list, a set or a sorted set as records (ranking.ts).
 *
 * Elements stay where they are, in the value that is sorted, which nothing changes meanwhile. Only what has
 * no lasting place, as integers that are spelt out and elements of compressed nodes, is copied, into chunks that
 * are freed together:
 *
 * ```
 *  chunk:  u32 next | bytes
 * ```
 */
import { HEAP } from "../base/layout";
import { allocate, blockBytes, free } from "../base/memory";
import { treeItem, treeNext, treePrevious, itemLen, itemMember, treeSeek } from "../structures/btree";
import { entryEncoding, entryType, TYPE_LIST, TYPE_SET, valuePtr } from "../keyspace/entry";
import { cursorLen, cursorPtr, cursorRead, cursorStep } from "../structures/quicklist";
import { RECORD_BYTES } from "../structures/ranking";
import { lengthOf as listLength, seekIndex } from "../types/list/listvalue";
import { setCursorLength, setCursorMember, setCursorNext, setCursorStart, setLength } from "../types/set/set";
import { lengthAt, treeOf } from "../types/zset/zset_value";

const CHUNK_BYTES: u32 = 0x8000;

let chunks: usize = 0;
let chunkNext: usize = 0;
let chunkEnd: usize = 0;

/** Where {@link keep} has left the bytes. */
export let kept: usize = 0;

/** Bytes that may be written behind what is kept: copies go by 16 bytes, and integers are spelt there. */
const OVERSHOOT: u32 = 24;

/** Makes room for `len` more bytes in the chunk. @returns false when memory is out */
@inline function reserve(len: u32): bool {
  return len + OVERSHOOT <= chunkEnd - chunkNext || nextChunk(len);
}
function nextChunk(len: u32): bool {
  const chunk = allocate(max(len + OVERSHOOT + 4, CHUNK_BYTES));
  if (!chunk) return false;
  store<u32>(chunk, <u32> chunks);
  chunks = chunk;
  chunkNext = chunk + 4;
  chunkEnd = chunk + blockBytes(chunk);
  return true;
}

/** Makes sure that bytes stay until {@link dropElements}. @returns false when memory is out */
export function keep(ptr: usize, len: u32): bool {
  kept = ptr;
  // Spelt where it is to stay.
  if (ptr == chunkNext) chunkNext += len;
  else if (ptr < HEAP) {
    if (!reserve(len)) return false;
    kept = chunkNext;
    if (len > 64) memory.copy(kept, ptr, len);
    else for (let at: u32 = 0; at < len; at += 16) v128.store(kept + at, v128.load(ptr + at));
    chunkNext += len;
  }
  return true;
}

/** The records, and how many. */
export let elements: usize = 0;
export let elementCount: u32 = 0;

@inline export function elementAt(index: u32): usize {
  return elements + <usize> index * RECORD_BYTES;
}
@inline export function elementPtr(record: usize): usize { return load<u32>(record, 8); }
@inline export function elementLen(record: usize): u32 { return load<u32>(record, 12); }

/** Frees all that was loaded and kept. */
export function dropElements(): void {
  free(elements);
  elements = 0;
  while (chunks) {
    const next: usize = load<u32>(chunks);
    free(chunks);
    chunks = next;
  }
  chunkNext = chunkEnd = 0;
}

/** Elements of a value. */
export function sortableLength(e: usize): u32 {
  if (entryType(e) == TYPE_LIST) return listLength(e);
  return entryType(e) == TYPE_SET ? setLength(entryEncoding(e), valuePtr(e)) : lengthAt(e);
}

@inline function put(index: u32, ptr: usize, len: u32): bool {
  if (!keep(ptr, len)) return false;
  const record = elementAt(index);
  store<f64>(record, 0);
  store<u32>(record, <u32> kept, 8);
  store<u32>(record, len, 12);
  return true;
}

/**
 * Loads `count` elements of a value from an index on, or with `back` so many from its end, the last one
 * first; of a set always all. A sorted set must be a tree.
 *
 * @returns false when memory is out; dropElements() must follow in any case
 */
export function loadElements(e: usize, from: u32, count: u32, back: bool): bool {
  elementCount = count;
  if (!count) return true;
  if (count > 0xfffffff0 / RECORD_BYTES) return false;
  elements = allocate(count * RECORD_BYTES);
  if (!elements) return false;
  if (entryType(e) == TYPE_LIST) return loadList(e, from, back);
  return entryType(e) == TYPE_SET ? loadSet(e) : loadTree(e, from, back);
}

function loadList(e: usize, from: u32, back: bool): bool {
  seekIndex(e, back ? listLength(e) - 1 - from : from);
  for (let i: u32 = 0; i < elementCount; i++) {
    if (!reserve(0)) return false;
    cursorRead(chunkNext);
    if (!put(i, cursorPtr, cursorLen)) return false;
    cursorStep(back);
  }
  return true;
}

function loadSet(e: usize): bool {
  setCursorStart(entryEncoding(e), valuePtr(e));
  for (let i: u32 = 0; i < elementCount && setCursorNext(); i++) {
    if (!put(i, setCursorMember(), setCursorLength())) return false;
  }
  return true;
}

function loadTree(e: usize, from: u32, back: bool): bool {
  treeSeek(treeOf(valuePtr(e)), back ? lengthAt(e) - 1 - from : from);
  for (let i: u32 = 0; i < elementCount; i++) {
    const item = treeItem();
    if (!put(i, itemMember(item), itemLen(item))) return false;
    if (back) treePrevious();
    else treeNext();
  }
  return true;
}
