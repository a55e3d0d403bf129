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
import { INTSET, LISTPACK } from "./kinds";

/** Elements that are freed without a second thought. */
const SLICE: u32 = 64;

type FreeStep = (encoding: u32, value: usize, budget: u32) => bool;
type Copy = (encoding: u32, value: usize) => usize;
type Length = (encoding: u32, value: usize) => u32;
type Bytes = (encoding: u32, value: usize, samples: u32) => f64;
type Digest = (encoding: u32, value: usize) => void;
type Dropped = (encoding: u32, value: usize) => void;
type Placed = (encoding: u32, value: usize, e: usize) => void;

/** Functions of each type, in the order of the types above; 0 where it has none. */
const FUNCTIONS: u32 = 7;
const TYPES: u32 = 8;
const KINDS = memory.data(4 * 7 * 8);

@inline function slotOf(type: u32, index: u32): usize {
  return KINDS + <usize> ((type * FUNCTIONS + index) << 2);
}
@inline function functionOf(type: u32, index: u32): usize {
  return type < TYPES ? load<u32>(slotOf(type, index)) : 0;
}

/** Takes up a type: the types are above this room, and hand themselves in (wiring.ts). */
export function registerType(
  type: u32, freeStep: FreeStep, copy: Copy, length: Length, bytes: Bytes, digest: Digest,
): void {
  store<u32>(slotOf(type, 0), <u32> changetype<usize>(freeStep));
  store<u32>(slotOf(type, 1), <u32> changetype<usize>(copy));
  store<u32>(slotOf(type, 2), <u32> changetype<usize>(length));
  store<u32>(slotOf(type, 3), <u32> changetype<usize>(bytes));
  store<u32>(slotOf(type, 4), <u32> changetype<usize>(digest));
}
/** A type that keeps the addresses of its values' entries hears when a value is dropped or gets a place. */
export function registerPlaces(type: u32, dropped: Dropped, placed: Placed): void {
  store<u32>(slotOf(type, 5), <u32> changetype<usize>(dropped));
  store<u32>(slotOf(type, 6), <u32> changetype<usize>(placed));
}

export function objectLength(type: u32, encoding: u32, value: usize): u32 {
  const length = functionOf(type, 2);
  return length ? changetype<Length>(length)(encoding, value) : 1;
}

/** @returns a copy of a value, 0 when memory is out */
export function objectCopy(type: u32, encoding: u32, value: usize): usize {
  const copy = functionOf(type, 1);
  return copy ? changetype<Copy>(copy)(encoding, value) : 0;
}

/** Bytes of a value, estimated from `samples` elements (0: all of them). */
export function objectBytes(type: u32, encoding: u32, value: usize, samples: u32): f64 {
  const bytes = functionOf(type, 3);
  return bytes ? changetype<Bytes>(bytes)(encoding, value, samples) : 0;
}

/** Tells digest.ts of all that a value holds. */
export function objectDigest(type: u32, encoding: u32, value: usize): void {
  const digest = functionOf(type, 4);
  if (digest) changetype<Digest>(digest)(encoding, value);
}

/** An entry with a value has got its place in a database. */
export function objectPlaced(type: u32, encoding: u32, value: usize, e: usize): void {
  const placed = functionOf(type, 6);
  if (placed) changetype<Placed>(placed)(encoding, value, e);
}

function freeStep(type: u32, encoding: u32, value: usize, budget: u32): bool {
  const step = functionOf(type, 0);
  return step ? changetype<FreeStep>(step)(encoding, value, budget) : true;
}

/** Frees a value: a small one now, a large one in the turns to come. */
export function objectFree(type: u32, encoding: u32, value: usize): void {
  const dropped = functionOf(type, 5);
  if (dropped) changetype<Dropped>(dropped)(encoding, value);
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
