/**
 * Partial commands: what a connection keeps between reads.
 *
 * ```
 *  partial block (52 bytes), only while a connection has half a command
 *    +0  u32 buffer        +4  u32 capacity of the buffer
 *    +8  u32 end           bytes filled, from the buffer's start
 *    +12 u32 position      next byte to parse
 *    +16 u32 command       start of the command under way
 *    +20 i32 remaining     arguments still to come
 *    +24 i32 bulk          length of the bulk under way, -1
 *    +28 u32 argc          arguments found
 *    +32 u32 argv          argument table, 0 while there are none
 *    +36 u32 argv capacity
 *    +40 u32 held          buffers that the arguments found lie in beside this one (held.ts)
 *    +44 u32 is place      1: the buffer is the place of the large argument under way, from its byte 4 on
 *                          2: there is no buffer, as memory was out for the argument, of which position
 *                             is how much is still to come
 *    +48 u32 lost          an argument of the command was dropped so
 * ```
 *
 * Where the parse stands is kept, so a command of a million arguments is scanned once however small the
 * pieces it comes in. A large argument is read into a place of its own (held.ts).
 *
 * What is short is put before INPUT when more has been read there, so that whoever sends one command after the
 * other is read in large pieces however these cut them. Its block has room for all that may be left of such a
 * piece: without the memory for that, a piece is as small as what there is.
 */
import {
  ARGC, ARGV, ARGV_CAP, ARGV_FIXED, ARGV_FIXED_CAP, BEFORE_INPUT_BYTES, INPUT, IN_BULK, IN_COMMAND, IN_END, IN_HELD, IN_LOOKED, IN_LOST,
  IN_PARTIAL, IN_POS, IN_REMAINING, IN_SPARE, LOOK_COUNT,
} from "../base/layout";
import {
  DROPPED, freeHeld, hold, IS_PLACE, LARGE_BULK, newPlace, PLACE_HEADER, placeBytes, placeCapacity, placeRoom,
} from "./held";
import { allocate, blockBytes, free, reallocate } from "../base/memory";
import { writeI64 } from "../text/number";
import { argLen, argPtr, moveArguments, resetArguments } from "./resp";

const PARTIAL_BYTES: u32 = 52;
/** In the partial block. */
const HELD: usize = 40;
const LOST: usize = 48;
/** Read at once into INPUT: behind what is short, and of what is dropped. */
const READ_BYTES: u32 = 65536;
/** A buffer that is no place doubles, but grows by this much at most. */
const GROW_MAX: u32 = 1 << 26;
const BLOCK_MAX: u64 = 0xf0000000;
/** First buffer behind a large argument: what follows is mostly short. */
const BEHIND_BYTES: u32 = 1024;
/** A buffer above this is not kept for a remainder that needs a quarter of it. */
const BUFFER_KEPT_BYTES: u32 = 65536;

/** What was looked ahead at belongs to input that is gone. */
@inline function forgetLookahead(): void {
  store<u32>(IN_LOOKED, 0);
  store<u32>(LOOK_COUNT, 0);
}

/** Begins to parse bytes that were read into INPUT. */
export function inputFresh(bytes: u32): void {
  forgetLookahead();
  store<u32>(IN_PARTIAL, 0);
  store<u32>(IN_POS, <u32> INPUT);
  store<u32>(IN_END, <u32> INPUT + bytes);
  store<i32>(IN_REMAINING, 0);
}

/** Whether what is kept is short: what follows may be read into INPUT, as it goes before that. */
@inline function isShort(partial: u32): bool {
  return !load<u32>(partial, IS_PLACE) && !load<u32>(partial, HELD) && load<u32>(partial, 8) <= BEFORE_INPUT_BYTES;
}

/** The same, and there is room for what may be left. */
@inline function joins(partial: u32): bool {
  return isShort(partial) && load<u32>(partial, 4) >= load<u32>(partial, 8) + READ_BYTES;
}

/** Sees to that room. */
function makeJoin(partial: u32): bool {
  if (joins(partial)) return true;
  if (!isShort(partial)) return false;
  const end = load<u32>(partial, 8);
  return resize(partial, end + READ_BYTES, end);
}

/** Moves what is kept to a buffer of another size. @returns false where there is no memory */
function resize(partial: u32, wanted: u32, end: u32): bool {
  const from: usize = load<u32>(partial);
  const to = reallocate(from, wanted, end);
  if (!to) return false;
  // A place holds no other argument than the one under way.
  if (!load<u32>(partial, IS_PLACE)) moveAlong(load<u32>(partial, 32), load<u32>(partial, 28), from, end, to);
  store<u32>(partial, <u32> to);
  store<u32>(partial, blockBytes(to), 4);
  return true;
}

/** Where the connection's next bytes are to be read to: RESULT of {@link inputRoom}. */
export function inputTail(partial: u32): u32 {
  if (load<u32>(partial, IS_PLACE) == DROPPED || joins(partial)) return <u32> INPUT;
  return load<u32>(partial) + load<u32>(partial, 8);
}

/** Bytes that may be read to {@link inputTail}: makes room where the command under way needs it. */
export function inputRoom(partial: u32): u32 {
  if (makeJoin(partial)) return READ_BYTES;
  const capacity = load<u32>(partial, 4);
  const end = load<u32>(partial, 8);
  const bulk = load<i32>(partial, 24);
  const place = load<u32>(partial, IS_PLACE);
  if (place == DROPPED) return min(load<u32>(partial, 12), READ_BYTES);
  if (capacity - end >= 1024 || (place && capacity == placeBytes(bulk))) return capacity - end;
  const wanted: u64 = place ? placeRoom(bulk, end) : <u64> end + min(max(end, 1024), GROW_MAX);
  if (wanted > BLOCK_MAX || !resize(partial, <u32> wanted, end)) {
    if (!place) return 0;
    drop(partial, <u32> (placeBytes(bulk) - end));
    return READ_BYTES;
  }
  if (place) store<u32>(partial, placeCapacity(load<u32>(partial), bulk), 4);
  return load<u32>(partial, 4) - end;
}

/** Gives up the place of an argument: what is still to come of it is read and dropped. */
function drop(partial: u32, left: u32): void {
  free(load<u32>(partial));
  store<u32>(partial, 0);
  store<u32>(partial, 0, 4);
  store<u32>(partial, 0, 8);
  store<u32>(partial, left, 12);
  store<u32>(partial, DROPPED, IS_PLACE);
  store<u32>(partial, 1, LOST);
}

/** `bytes` of an argument were dropped. When that was all, there seems to be an empty one. */
function resumeDropping(partial: u32, bytes: u32): void {
  const left = load<u32>(partial, 12) - bytes;
  store<u32>(partial, left, 12);
  store<u32>(IN_POS, <u32> INPUT);
  store<u32>(IN_END, <u32> INPUT + (left ? 0 : 2));
  if (!left) store<i32>(IN_BULK, 0);
}

/**
 * Bytes have moved: those of the arguments found so far that lay in them move along. Others are held elsewhere.
 *
 * @param slot the first of `count` entries of an argument table
 */
function moveAlong(slot: usize, count: u32, from: usize, bytes: u32, to: usize): void {
  const delta = <u32> (to - from);
  for (; count; count--) {
    const ptr = load<u32>(slot);
    if (ptr - <u32> from <= bytes) store<u32>(slot, ptr + delta);
    slot += 8;
  }
}

/** What is short goes before what was read. Its block is kept for what will be left of that. */
function join(partial: u32, bytes: u32): void {
  const from: usize = load<u32>(partial);
  const kept = load<u32>(partial, 8);
  const to = INPUT - kept;
  memory.copy(to, from, kept);
  moveAlong(load<u32>(partial, 32), load<u32>(partial, 28), from, kept, to);
  store<u32>(IN_PARTIAL, 0);
  store<u32>(IN_END, <u32> INPUT + bytes);
  goOn(partial, <u32> to);
  store<u32>(IN_SPARE, partial);
}

/** Takes from a block where the parse stands, in what it holds or held, which begins at `buffer` now. */
function goOn(partial: u32, buffer: u32): void {
  store<u32>(IN_POS, buffer + load<u32>(partial, 12));
  store<u32>(IN_COMMAND, buffer + load<u32>(partial, 16));
  store<i32>(IN_REMAINING, load<i32>(partial, 20));
  store<i32>(IN_BULK, load<i32>(partial, 24));
  store<u32>(ARGC, load<u32>(partial, 28));
  store<u32>(IN_LOST, load<u32>(partial, LOST));
  store<u32>(partial, 0, LOST);
  store<u32>(IN_HELD, load<u32>(partial, HELD));
  store<u32>(partial, 0, HELD);
  const argv = load<u32>(partial, 32);
  if (!argv) return;
  store<u32>(ARGV, argv);
  store<u32>(ARGV_CAP, load<u32>(partial, 36));
  store<u32>(partial, 0, 32);
}

/** A block that nothing is left for. */
function freeSpare(): void {
  const spare = load<u32>(IN_SPARE);
  if (!spare) return;
  store<u32>(IN_SPARE, 0);
  partialFree(spare);
}

/**
 * Goes on parsing a partial command to whose {@link inputTail} `bytes` were read.
 *
 * @returns its block, 0 when it needs none any more
 */
export function inputResume(partial: u32, bytes: u32): u32 {
  forgetLookahead();
  if (joins(partial)) {
    join(partial, bytes);
    return 0;
  }
  const buffer = load<u32>(partial);
  const end = load<u32>(partial, 8) + bytes;
  store<u32>(partial, end, 8);
  store<u32>(IN_PARTIAL, partial);
  store<u32>(IN_END, buffer + end);
  goOn(partial, buffer);
  if (load<u32>(partial, IS_PLACE) == DROPPED) resumeDropping(partial, bytes);
  return partial;
}

/**
 * Ends the parsing of what has been read; what is left of a command is kept.
 *
 * @returns the connection's partial block, 0 when nothing is left, 1 when memory is out
 */
export function inputSuspend(): u32 {
  forgetLookahead();
  const partial = suspend();
  freeSpare();
  return partial;
}

function suspend(): u32 {
  let partial = load<u32>(IN_PARTIAL);
  const pos = load<u32>(IN_POS);
  const end = load<u32>(IN_END);
  const busy = load<i32>(IN_REMAINING) != 0;
  if (!busy) resetArguments();
  if (pos == end && !busy) {
    if (partial) partialFree(partial);
    store<u32>(IN_PARTIAL, 0);
    return 0;
  }
  if (busy) {
    const isPlace = partial != 0 && load<u32>(partial, IS_PLACE) != 0;
    const bulk = load<i32>(IN_BULK);
    if (isPlace && bulk >= 0 && load<u32>(partial, IS_PLACE) == DROPPED) {
      return suspendAt(partial, 0, load<u32>(partial, 12));
    }
    if (!isPlace && bulk > LARGE_BULK) return suspendInPlace(partial, pos, end - pos);
    if (isPlace && bulk < 0) return suspendBehindPlace(partial);
  }
  // A command's own bytes are kept from its start, for its arguments point there.
  const start = busy ? load<u32>(IN_COMMAND) : pos;
  const kept = end - start;
  if (!partial) {
    partial = newPartial(start, kept);
    if (!partial) return giveUp(0);
    shiftArguments(start, kept, load<u32>(partial));
  } else {
    if (start != load<u32>(partial)) {
      memory.copy(load<u32>(partial), start, kept);
      shiftArguments(start, kept, load<u32>(partial));
    }
    shrinkBuffer(partial, kept);
  }
  store<u32>(partial, kept, 8);
  store<u32>(partial, pos - start, 12);
  store<u32>(partial, 0, 16);
  store<i32>(partial, load<i32>(IN_REMAINING), 20);
  store<i32>(partial, busy ? load<i32>(IN_BULK) : -1, 24);
  return keepArguments(partial) ? partial : giveUp(partial);
}

/** The same where a large argument has begun: it gets its place. What came before it is held. */
function suspendInPlace(partial: u32, pos: usize, have: u32): u32 {
  const bulk = load<i32>(IN_BULK);
  if (!partial) {
    const start: usize = load<u32>(IN_COMMAND);
    partial = newPartial(start, <u32> (pos - start));
    if (!partial) return giveUp(0);
    shiftArguments(start, <u32> (pos - start), load<u32>(partial));
  }
  const place = newPlace(bulk, pos, have);
  if (!hold(load<u32>(partial))) {
    free(place);
    return giveUp(partial);
  }
  store<u32>(partial, <u32> place);
  if (!place) {
    store<u32>(IN_LOST, 1);
    drop(partial, <u32> bulk + 2 - have);
    return suspendAt(partial, 0, load<u32>(partial, 12));
  }
  store<u32>(partial, placeCapacity(place, bulk), 4);
  store<u32>(partial, 1, IS_PLACE);
  return suspendAt(partial, PLACE_HEADER + have, PLACE_HEADER);
}

/** The same where a place is full and more of the command is to come: into an ordinary buffer. */
function suspendBehindPlace(partial: u32): u32 {
  const buffer = allocate(BEHIND_BYTES);
  if (!buffer || (load<u32>(partial) && !hold(load<u32>(partial)))) {
    free(buffer);
    return giveUp(partial);
  }
  store<u32>(partial, <u32> buffer);
  store<u32>(partial, blockBytes(buffer), 4);
  store<u32>(partial, 0, IS_PLACE);
  return suspendAt(partial, 0, 0);
}

/** Notes where the parse of the command under way stands, in a buffer that begins with no part of it. */
function suspendAt(partial: u32, end: u32, pos: u32): u32 {
  store<u32>(partial, end, 8);
  store<u32>(partial, pos, 12);
  store<u32>(partial, 0, 16);
  store<i32>(partial, load<i32>(IN_REMAINING), 20);
  store<i32>(partial, load<i32>(IN_BULK), 24);
  return keepArguments(partial) ? partial : giveUp(partial);
}

/** Memory is out: nothing of the request is kept. */
function giveUp(partial: u32): u32 {
  resetArguments();
  if (partial) partialFree(partial);
  store<u32>(IN_PARTIAL, 0);
  return 1;
}

function newPartial(from: usize, bytes: u32): u32 {
  const spare = load<u32>(IN_SPARE);
  if (spare && load<u32>(spare, 4) >= bytes) {
    store<u32>(IN_SPARE, 0);
    const buffer: usize = load<u32>(spare);
    const capacity = load<u32>(spare, 4);
    memory.fill(spare, 0, PARTIAL_BYTES);
    store<u32>(spare, <u32> buffer);
    store<u32>(spare, capacity, 4);
    memory.copy(buffer, from, bytes);
    if (bytes <= capacity >> 2) resize(spare, bytes + 256, bytes);
    return spare;
  }
  const partial = allocate(PARTIAL_BYTES);
  const buffer = partial ? allocate(bytes + 256) : 0;
  if (!buffer) {
    free(partial);
    return 0;
  }
  memory.fill(partial, 0, PARTIAL_BYTES);
  store<u32>(partial, <u32> buffer);
  store<u32>(partial, blockBytes(buffer), 4);
  memory.copy(buffer, from, bytes);
  return <u32> partial;
}

function shrinkBuffer(partial: u32, kept: u32): void {
  const capacity = load<u32>(partial, 4);
  if (capacity <= BUFFER_KEPT_BYTES || kept > capacity >> 2 || load<i32>(IN_BULK) > LARGE_BULK) return;
  const from: usize = load<u32>(partial);
  const smaller = reallocate(from, kept + 256, kept);
  if (!smaller) return;
  store<u32>(partial, <u32> smaller);
  store<u32>(partial, blockBytes(smaller), 4);
  shiftArguments(from, kept, smaller);
}

/** The same of the arguments of the command under way. */
function shiftArguments(from: usize, bytes: u32, to: usize): void {
  moveAlong(load<u32>(ARGV), load<u32>(ARGC), from, bytes, to);
}

/** Hands the argument table over to the partial block. */
function keepArguments(partial: u32): bool {
  const argc = load<u32>(ARGC);
  store<u32>(partial, argc, 28);
  if (argc && load<u32>(ARGV) == <u32> ARGV_FIXED && !moveArguments(max(argc, 8))) {
    store<u32>(partial, 0, 32);
    return false;
  }
  if (!argc) resetArguments();
  else {
    store<u32>(partial, load<u32>(ARGV), 32);
    store<u32>(partial, load<u32>(ARGV_CAP), 36);
    store<u32>(ARGV, <u32> ARGV_FIXED);
    store<u32>(ARGV_CAP, ARGV_FIXED_CAP);
    store<u32>(ARGC, 0);
    store<u32>(partial, load<u32>(IN_HELD), HELD);
    store<u32>(IN_HELD, 0);
    store<u32>(partial, load<u32>(IN_LOST), LOST);
    store<u32>(IN_LOST, 0);
  }
  return true;
}

/**
 * Steps back to the start of the command just taken, so that it is taken again later.
 *
 * @returns false when there is no memory for that: its large arguments lie elsewhere
 */
export function inputRewind(): bool {
  const partial = load<u32>(IN_PARTIAL);
  if (partial && (load<u32>(IN_HELD) || load<u32>(partial, IS_PLACE)) && !writeAgain(partial)) return false;
  store<u32>(IN_POS, load<u32>(IN_COMMAND));
  store<i32>(IN_REMAINING, 0);
  return true;
}

/** Makes a buffer of the command just taken and of what follows it, in place of all others. */
function writeAgain(partial: u32): bool {
  const argc = load<u32>(ARGC);
  const pos: usize = load<u32>(IN_POS);
  const rest = load<u32>(IN_END) - <u32> pos;
  let bytes: u64 = <u64> rest + HEADER_BYTES;
  for (let i: u32 = 0; i < argc; i++) bytes += <u64> argLen(i) + HEADER_BYTES;
  const buffer = bytes <= BLOCK_MAX ? allocate(<u32> bytes) : 0;
  if (!buffer) return false;
  let to = writeHeader(buffer, 0x2a, argc);
  for (let i: u32 = 0; i < argc; i++) {
    const len = argLen(i);
    to = writeHeader(to, 0x24, len);
    memory.copy(to, argPtr(i), len);
    store<u16>(to + len, 0x0a0d);
    to += len + 2;
  }
  memory.copy(to, pos, rest);
  resetArguments();
  free(load<u32>(partial));
  store<u32>(partial, <u32> buffer);
  store<u32>(partial, blockBytes(buffer), 4);
  store<u32>(partial, 0, IS_PLACE);
  store<u32>(IN_COMMAND, <u32> buffer);
  store<u32>(IN_END, <u32> to + rest);
  return true;
}

/** A type byte, a number and two line ends at most. */
const HEADER_BYTES: u32 = 24;

function writeHeader(at: usize, type: u8, count: u32): usize {
  store<u8>(at, type);
  const end = at + 1 + writeI64(at + 1, count);
  store<u16>(end, 0x0a0d);
  return end + 2;
}

/** Drops what has been read and not parsed. */
export function inputAbort(): void {
  forgetLookahead();
  freeSpare();
  resetArguments();
  const partial = load<u32>(IN_PARTIAL);
  if (partial) partialFree(partial);
  store<u32>(IN_PARTIAL, 0);
}

/** Forgets a partial command. */
export function partialFree(partial: u32): void {
  freeHeld(load<u32>(partial, HELD));
  free(load<u32>(partial, 32));
  free(load<u32>(partial));
  free(partial);
}

/** Bytes that a partial command holds: the query buffer of CLIENT LIST. */
export function partialBytes(partial: u32): u32 {
  return load<u32>(partial, 8);
}
export function partialCapacity(partial: u32): u32 {
  return load<u32>(partial, 4);
}
