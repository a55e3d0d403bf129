/**
 * Places of large arguments. An argument above LARGE_BULK that does not come in one read is read into a
 * block of its own, which is laid out as the value of a string: SET makes it the value, and not a byte is
 * copied or kept twice.
 *
 * ```
 *  block     u32 (length, once it is a value), the argument's bytes, CR LF, nothing
 *  node      u32 next, u32 buffer         a list at IN_HELD, kept in the partial block between reads
 * ```
 *
 * The list has what the command's other arguments lie in: the buffers that were read into before, ordinary
 * ones and places. What is being read into is the partial block's own buffer.
 */
import { IN_HELD, IN_PARTIAL } from "../base/layout";
import { allocate, blockBytes, bytesLeft, free } from "../base/memory";

/** An argument above this that does not come whole gets a place. */
export const LARGE_BULK: i32 = 32768;
/** Until half of this much has come nobody has more. */
const FIRST_BYTES: u32 = 1 << 20;
/** More than was received is reserved up to this much where memory is short. */
const AHEAD_MAX: u32 = 1 << 24;
/** Before the bytes in a place. */
export const PLACE_HEADER: u32 = 4;

/** Bytes of a place that holds the whole of an argument, and its line end. */
@inline export function placeBytes(bulk: i32): u64 {
  return <u64> bulk + PLACE_HEADER + 2;
}

/**
 * How much of a place to take when `end` bytes of it are filled. Memory that is promised to one client's
 * word is missing to all others: at first it is little, then all where that leaves plenty, so that a place
 * moves once at most and while it is small; else not much more than has come.
 */
export function placeRoom(bulk: i32, end: u32): u64 {
  const whole = placeBytes(bulk);
  if (end < FIRST_BYTES >> 1) return min(whole, <u64> FIRST_BYTES);
  return whole <= bytesLeft() >> 2 ? whole : min(whole, <u64> end + max(end, AHEAD_MAX));
}

/** @returns a place with the first bytes of an argument of `bulk` in it; 0 when memory is out */
export function newPlace(bulk: i32, from: usize, bytes: u32): usize {
  const room = placeRoom(bulk, bytes + PLACE_HEADER);
  const place = room <= 0xf0000000 ? allocate(<u32> room) : 0;
  if (place) memory.copy(place + PLACE_HEADER, from, bytes);
  return place;
}

/** Bytes of a place that may be read into: nothing behind its argument belongs there. */
export function placeCapacity(place: usize, bulk: i32): u32 {
  return <u32> min(<u64> blockBytes(place), placeBytes(bulk));
}

/** Keeps a buffer until the command under way ends. @returns false when memory is out */
export function hold(buffer: usize): bool {
  const node = allocate(8);
  if (!node) return false;
  store<u32>(node, load<u32>(IN_HELD));
  store<u32>(node, <u32> buffer, 4);
  store<u32>(IN_HELD, <u32> node);
  return true;
}

export function freeHeld(node: usize): void {
  while (node) {
    const next: usize = load<u32>(node);
    free(load<u32>(node, 4));
    free(node);
    node = next;
  }
}

/** Forgets what was held for the command that has ended. */
@inline export function releaseHeld(): void {
  const first: usize = load<u32>(IN_HELD);
  if (!first) return;
  store<u32>(IN_HELD, 0);
  freeHeld(first);
}

/** In the partial block (resp.ts): its buffer, that buffer's capacity, and whether it is a place. */
const BUFFER: usize = 0;
const CAPACITY: usize = 4;
export const IS_PLACE: usize = 44;
/** Instead of 1 there: no memory for the argument, whose bytes are read and dropped. */
export const DROPPED: u32 = 2;

/**
 * Takes an argument's place over as the block of a string. The argument stays readable as long as that is
 * not freed: whoever adopts it must not drop it within the same command.
 *
 * @returns the block {length, bytes}, 0 when the argument has no place of its own
 */
export function adoptPlace(ptr: usize, len: u32): usize {
  if (len <= <u32> LARGE_BULK) return 0;
  const place = <u32> (ptr - PLACE_HEADER);
  const partial: usize = load<u32>(IN_PARTIAL);
  if (!partial) return 0;
  let cell: usize = 0;
  if (load<u32>(partial, IS_PLACE) == 1 && load<u32>(partial, BUFFER) == place) {
    cell = partial + BUFFER;
    store<u32>(partial, 0, CAPACITY);
  } else {
    let node: usize = load<u32>(IN_HELD);
    while (node && load<u32>(node, 4) != place) node = load<u32>(node);
    if (!node) return 0;
    cell = node + 4;
  }
  store<u32>(cell, 0);
  store<u32>(place, len);
  return place;
}
