/**
 * Values that are no strings: what each type can be asked, whatever is inside.
 *
 * An entry points at its value; what lies there is the business of the type and its encoding. A type
 * provides five functions, named after it:
 *
 * - `xFreeStep(encoding, value, budget)` frees up to `budget` elements, and says whether all is gone;
 * - `xCopy(encoding, value)` gives a copy, 0 when memory is out;
 * - `xLength(encoding, value)`, the number of elements;
 * - `xBytes(encoding, value, samples)`, what they occupy;
 * - `xDigest(encoding, value)`, which tells digest.ts of them.
 *
 * A value of more than SLICE elements is never freed at once, whoever drops it: it is put on a list,
 * from which the host's turns free some at a time (lazyfree.ts). So no DEL, expiry, overwrite or flush
 * makes anybody wait for a million elements.
 *
 * ```
 *  pending value (16 bytes):  u32 next | u32 type << 8 | encoding | u32 value | u32 elements
 * ```
 *
 * One such record lies ready for the value that is dropped when memory is out, which is when most is.
 */
import { FREED_VALUES, PENDING_COUNT, PENDING_SPARE, PENDING_VALUES } from "../base/layout";
import { allocate, free } from "../base/memory";
import { INTSET, LISTPACK, TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_ZSET } from "./entry";
import { hashBytesOf, hashCopy, hashDigest, hashDropped, hashFreeStep, hashLength } from "../types/hash/hash";
import { listBytes, listCopy, listDigest, listFreeStep, listLength } from "../types/list/list";
import { setBytes, setCopy, setDigest, setFreeStep, setLength } from "../types/set/set";
import { streamBytes, streamCopy, streamDigest, streamFreeStep, streamWork } from "../types/stream/stream";
import { zsetBytes, zsetCopy, zsetDigest, zsetFreeStep, zsetLength } from "../types/zset/zset";

/** Elements that are freed without a second thought. */
const SLICE: u32 = 64;

export function objectLength(type: u32, encoding: u32, value: usize): u32 {
  switch (type) {
    case TYPE_LIST: return listLength(encoding, value);
    case TYPE_SET: return setLength(encoding, value);
    case TYPE_ZSET: return zsetLength(encoding, value);
    case TYPE_HASH: return hashLength(encoding, value);
    case TYPE_STREAM: return streamWork(value);
    default: return 1;
  }
}

/** @returns a copy of a value, 0 when memory is out */
export function objectCopy(type: u32, encoding: u32, value: usize): usize {
  switch (type) {
    case TYPE_LIST: return listCopy(encoding, value);
    case TYPE_SET: return setCopy(encoding, value);
    case TYPE_ZSET: return zsetCopy(encoding, value);
    case TYPE_HASH: return hashCopy(encoding, value);
    case TYPE_STREAM: return streamCopy(encoding, value);
    default: return 0;
  }
}

/** Bytes of a value, estimated from `samples` elements (0: all of them). */
export function objectBytes(type: u32, encoding: u32, value: usize, samples: u32): f64 {
  switch (type) {
    case TYPE_LIST: return listBytes(encoding, value, samples);
    case TYPE_SET: return setBytes(encoding, value, samples);
    case TYPE_ZSET: return zsetBytes(encoding, value, samples);
    case TYPE_HASH: return hashBytesOf(encoding, value, samples);
    case TYPE_STREAM: return streamBytes(encoding, value, samples);
    default: return 0;
  }
}

/** Tells digest.ts of all that a value holds. */
export function objectDigest(type: u32, encoding: u32, value: usize): void {
  switch (type) {
    case TYPE_LIST: listDigest(encoding, value); break;
    case TYPE_SET: setDigest(encoding, value); break;
    case TYPE_ZSET: zsetDigest(encoding, value); break;
    case TYPE_HASH: hashDigest(encoding, value); break;
    case TYPE_STREAM: streamDigest(value); break;
    default: break;
  }
}

function freeStep(type: u32, encoding: u32, value: usize, budget: u32): bool {
  switch (type) {
    case TYPE_LIST: return listFreeStep(encoding, value, budget);
    case TYPE_SET: return setFreeStep(encoding, value, budget);
    case TYPE_ZSET: return zsetFreeStep(encoding, value, budget);
    case TYPE_HASH: return hashFreeStep(encoding, value, budget);
    case TYPE_STREAM: return streamFreeStep(encoding, value, budget);
    default: return true;
  }
}

/** Frees a value: a small one now, a large one in the turns to come. */
export function objectFree(type: u32, encoding: u32, value: usize): void {
  if (type == TYPE_HASH) hashDropped(encoding, value);
  // One block, whatever it holds.
  const single = encoding == LISTPACK || encoding == INTSET;
  const elements: u32 = single ? 1 : objectLength(type, encoding, value);
  if (elements > SLICE) objectFreeLater(type, encoding, value, elements);
  else while (!freeStep(type, encoding, value, 0x10000)) continue;
}

/** Frees what is left of a value in the turns to come, however few elements it says that it has; at once without memory. */
export function objectFreeLater(type: u32, encoding: u32, value: usize, elements: u32): void {
  const pending = pendingRecord();
  if (!pending) {
    while (!freeStep(type, encoding, value, 0x10000)) continue;
    return;
  }
  store<u32>(pending, load<u32>(PENDING_VALUES));
  store<u32>(pending, type << 8 | encoding, 4);
  store<u32>(pending, <u32> value, 8);
  store<u32>(pending, elements, 12);
  store<u32>(PENDING_VALUES, <u32> pending);
  store<u32>(PENDING_COUNT, load<u32>(PENDING_COUNT) + 1);
}

const RECORD_BYTES: u32 = 16;

/** Keeps a record ready. @returns false when memory is out */
export function pendingInit(): bool {
  store<u32>(PENDING_SPARE, <u32> allocate(RECORD_BYTES));
  return load<u32>(PENDING_SPARE) != 0;
}

/** A new record, or the one that is kept ready; 0 when that is in use and memory out. */
function pendingRecord(): usize {
  const record = allocate(RECORD_BYTES);
  if (record) return record;
  const spare = load<u32>(PENDING_SPARE);
  store<u32>(PENDING_SPARE, 0);
  return spare;
}

/** Frees up to `budget` elements of pending values. @returns whether some are left */
export function pendingFreeStep(budget: u32): bool {
  const pending: usize = load<u32>(PENDING_VALUES);
  if (!pending) return false;
  const what = load<u32>(pending, 4);
  if (freeStep(what >> 8, what & 0xff, load<u32>(pending, 8), budget)) {
    store<u32>(PENDING_VALUES, load<u32>(pending));
    store<u32>(PENDING_COUNT, load<u32>(PENDING_COUNT) - 1);
    store<u32>(FREED_VALUES, load<u32>(FREED_VALUES) + 1);
    if (load<u32>(PENDING_SPARE)) free(pending);
    else store<u32>(PENDING_SPARE, <u32> pending);
  }
  return load<u32>(PENDING_VALUES) != 0;
}
