/**
 * The request tokenizer: finds commands in the bytes of a connection and resolves their names.
 *
 * Input is parsed where it was read: in the shared INPUT area, or, when a command did not come whole,
 * in the connection's own block (partial.ts), to which the rest is then read directly. Nothing is copied
 * for a command that arrives whole.
 */
import {
  ARGC, ARGV, ARGV_CAP, ARGV_FIXED, ARGV_FIXED_CAP, INLINE, INLINE_BYTES, IN_BULK, IN_COMMAND, IN_END, IN_ERROR,
  IN_ERROR_BYTE, IN_MAX_BULK, IN_LOOKED, IN_LOST, IN_POS, IN_REMAINING, IN_UNAUTHENTICATED,
} from "../base/layout";
import { releaseHeld } from "./held";
import { allocate, blockBytes, free, reallocate } from "../base/memory";
import { hexValue, isSpace, parseI64, parsedI64 } from "../text/number";
import { findByte } from "../base/bytes";
import { commandId } from "./names";
import { replyBegin } from "./reply";

// Statuses of nextCommand, beside UNKNOWN_COMMAND (names.ts); 0 and more are command ids.
export const NEED_MORE: i32 = -1;
export const PROTOCOL_ERROR: i32 = -2;
/** The argument table cannot grow: the connection must be closed. */
export const INPUT_OUT_OF_MEMORY: i32 = -4;
/** A command came whole, but there was no memory for a large argument of it: it can only be refused. */
export const COMMAND_LOST: i32 = -5;

// What IN_ERROR says.
export const PROTOCOL_MULTIBULK: u32 = 1;
export const PROTOCOL_BULK: u32 = 2;
export const PROTOCOL_EXPECTED_DOLLAR: u32 = 3;
export const PROTOCOL_QUOTES: u32 = 4;
export const PROTOCOL_BIG_INLINE: u32 = 5;
export const PROTOCOL_BIG_COUNT: u32 = 6;
export const PROTOCOL_BIG_BULK_COUNT: u32 = 7;
export const PROTOCOL_UNAUTH_MULTIBULK: u32 = 8;
export const PROTOCOL_UNAUTH_BULK: u32 = 9;

/** Longest header or inline line. */
const LINE_MAX: u32 = 65536;
const CR: u32 = 0x0d;
const LF: u32 = 0x0a;

// ---- arguments ------------------------------------------------------------------------------------

@inline export function argPtr(index: u32): usize {
  return load<u32>(<usize> load<u32>(ARGV) + (index << 3));
}
@inline export function argLen(index: u32): u32 {
  return load<u32>(<usize> load<u32>(ARGV) + (index << 3), 4);
}
/** Bytes of an argument that is an option's word, which ends at a zero byte, too. */
export function wordLen(index: u32): u32 {
  const len = argLen(index);
  const zero = findByte(argPtr(index), len, 0);
  return zero < 0 ? len : zero;
}

/** Adds an argument to the table, which moves to a larger block where it must. */
@inline function pushArgument(ptr: usize, len: u32): bool {
  const argc = load<u32>(ARGC);
  if (argc == load<u32>(ARGV_CAP) && !moveArguments(argc << 1)) return false;
  const slot = <usize> load<u32>(ARGV) + (argc << 3);
  store<u32>(slot, <u32> ptr);
  store<u32>(slot, len, 4);
  store<u32>(ARGC, argc + 1);
  return true;
}

/** More arguments than the memory has room for, few enough for 32-bit sizes. */
const ARGUMENTS_MAX: u32 = 1 << 28;

/** Moves the arguments to a block of their own, or enlarges that. */
export function moveArguments(capacity: u32): bool {
  if (capacity > ARGUMENTS_MAX) return false;
  const bytes = load<u32>(ARGC) << 3;
  const table: usize = load<u32>(ARGV);
  const own = table != ARGV_FIXED;
  const moved = own ? reallocate(table, capacity << 3, bytes) : allocate(capacity << 3);
  if (!moved) return false;
  if (!own) memory.copy(moved, table, bytes);
  store<u32>(ARGV, <u32> moved);
  store<u32>(ARGV_CAP, blockBytes(moved) >> 3);
  return true;
}

/** Ends a command whose arguments needed a table, or places, of their own. */
export function resetArguments(): void {
  releaseHeld();
  store<u32>(IN_LOST, 0);
  const table: usize = load<u32>(ARGV);
  if (table != ARGV_FIXED) {
    free(table);
    store<u32>(ARGV, <u32> ARGV_FIXED);
    store<u32>(ARGV_CAP, ARGV_FIXED_CAP);
  }
  store<u32>(ARGC, 0);
}

// ---- looking ahead --------------------------------------------------------------------------------

/** What is done when a command of a pipeline is taken and others lie behind it; handed in by the key space. */
let lookAhead: () => void = (): void => {};
export function onPipeline(hook: () => void): void {
  lookAhead = hook;
}

// ---- parsing --------------------------------------------------------------------------------------

function fail(error: u32): i32 {
  store<u32>(IN_ERROR, error);
  return PROTOCOL_ERROR;
}

/**
 * Takes the next command from [IN_POS, IN_END).
 *
 * @returns its id with ARGC and ARGV set, or one of the statuses above; after UNKNOWN_COMMAND ARGC and
 * ARGV are set as well. The arguments point into the input and are valid until the next call.
 */
export function nextCommand(): i32 {
  while (true) {
    if (!load<i32>(IN_REMAINING)) {
      resetArguments();
      const pos: usize = load<u32>(IN_POS);
      if (pos >= <usize> load<u32>(IN_END)) return NEED_MORE;
      store<u32>(IN_COMMAND, <u32> pos);
      if (load<u8>(pos) != 0x2a) {
        const status = inlineCommand(pos);
        if (status) return status;
      } else {
        const status = multibulkHeader(pos);
        if (status) return status;
        if (!load<i32>(IN_REMAINING)) continue; // "*0" and "*-1" are no commands
      }
    }
    if (load<i32>(IN_REMAINING)) {
      const status = bulks();
      if (status) return status;
    }
    if (load<u32>(ARGC)) {
      const pos = load<u32>(IN_POS);
      if (pos < load<u32>(IN_END) && pos >= load<u32>(IN_LOOKED)) lookAhead();
      replyBegin();
      if (load<u32>(IN_LOST)) return COMMAND_LOST;
      return commandId(argPtr(0), argLen(0));
    }
  }
}

/** Value of the digits at `at`, which end where {@link digitsEnd} says; at most 9 of them. */
let digitsEnd: usize = 0;
@inline function digits(at: usize, end: usize): i32 {
  let value: i32 = 0;
  const stop = min(end, at + 9);
  while (at < stop) {
    const digit = <u32> load<u8>(at) - 0x30;
    if (digit > 9) break;
    value = value * 10 + digit;
    at++;
  }
  digitsEnd = at;
  return value;
}

/** Whether there are digits behind the type byte at `pos`, without a leading zero. */
@inline function plain(pos: usize, after: usize): bool {
  return after > pos + 1 && (load<u8>(pos + 1) != 0x30 || after == pos + 2);
}

/**
 * Index of the byte that ends a line, -1 when it has not come. A NUL before it hides it for good, as in
 * Redis, which looks for it with C's string functions: such a line only ends by getting too long.
 */
function lineEnd(pos: usize, room: u32, byte: u32): i32 {
  const at = findByte(pos, room, byte);
  return at > 0 && findByte(pos, at, 0) >= 0 ? -1 : at;
}

/** "*<count>\r\n". @returns 0 when IN_REMAINING is set */
function multibulkHeader(pos: usize): i32 {
  const end: usize = load<u32>(IN_END);
  let count: i64 = digits(pos + 1, end);
  let after = digitsEnd;
  if (!plain(pos, after) || after + 1 >= end || load<u8>(after) != CR) {
    const cr = lineEnd(pos, <u32> (end - pos), CR);
    if (cr < 0) return <u32> (end - pos) > LINE_MAX ? fail(PROTOCOL_BIG_COUNT) : NEED_MORE;
    after = pos + cr;
    if (after + 1 >= end) return NEED_MORE;
    if (!parseI64(pos + 1, cr - 1)) return fail(PROTOCOL_MULTIBULK);
    count = parsedI64();
    if (count > 0x7fffffff) return fail(PROTOCOL_MULTIBULK);
  }
  store<u32>(IN_POS, <u32> (after + 2));
  if (count > 10 && load<u32>(IN_UNAUTHENTICATED)) return fail(PROTOCOL_UNAUTH_MULTIBULK);
  store<i32>(IN_REMAINING, count > 0 ? <i32> count : 0);
  store<i32>(IN_BULK, -1);
  return 0;
}

/** The arguments still to come. @returns 0 when the command is whole */
function bulks(): i32 {
  const end: usize = load<u32>(IN_END);
  let pos: usize = load<u32>(IN_POS);
  let remaining = load<i32>(IN_REMAINING);
  let len = load<i32>(IN_BULK);
  let status: i32 = 0;
  while (remaining) {
    if (len < 0) {
      status = bulkHeader(pos, end);
      if (status) break;
      pos = load<u32>(IN_POS);
      len = load<i32>(IN_BULK);
    }
    if (<u32> (end - pos) < <u32> len + 2) {
      status = NEED_MORE;
      break;
    }
    if (!pushArgument(pos, len)) {
      status = INPUT_OUT_OF_MEMORY;
      break;
    }
    pos += len + 2;
    len = -1;
    remaining--;
  }
  store<u32>(IN_POS, <u32> pos);
  store<i32>(IN_REMAINING, remaining);
  store<i32>(IN_BULK, len);
  return status;
}

/** "$<length>\r\n". @returns 0 when IN_BULK and IN_POS are set */
@inline function bulkHeader(pos: usize, end: usize): i32 {
  if (pos < end && load<u8>(pos) == 0x24) {
    const len = digits(pos + 1, end);
    const after = digitsEnd;
    if (plain(pos, after) && after + 1 < end && load<u8>(after) == CR && <u32> len <= 16384) {
      store<u32>(IN_POS, <u32> (after + 2));
      store<i32>(IN_BULK, len);
      return 0;
    }
  }
  return bulkHeaderSlow(pos, end);
}

/** The same for what is long, unusual or wrong. */
function bulkHeaderSlow(pos: usize, end: usize): i32 {
  const cr = lineEnd(pos, <u32> (end - pos), CR);
  if (cr < 0) return <u32> (end - pos) > LINE_MAX ? fail(PROTOCOL_BIG_BULK_COUNT) : NEED_MORE;
  if (pos + cr + 1 >= end) return NEED_MORE;
  if (load<u8>(pos) != 0x24) {
    store<u32>(IN_ERROR_BYTE, load<u8>(pos));
    return fail(PROTOCOL_EXPECTED_DOLLAR);
  }
  if (!parseI64(pos + 1, cr - 1)) return fail(PROTOCOL_BULK);
  const len = parsedI64();
  if (len < 0 || len > <i64> load<u32>(IN_MAX_BULK)) return fail(PROTOCOL_BULK);
  if (len > 16384 && load<u32>(IN_UNAUTHENTICATED)) return fail(PROTOCOL_UNAUTH_BULK);
  store<u32>(IN_POS, <u32> (pos + cr + 2));
  store<i32>(IN_BULK, <i32> len);
  return 0;
}

// ---- inline commands ------------------------------------------------------------------------------

/** A line of words, quoted as in a shell. @returns 0 when its words, maybe none, are in the table */
function inlineCommand(pos: usize): i32 {
  const room = <u32> (<usize> load<u32>(IN_END) - pos);
  const lf = lineEnd(pos, room, LF);
  if (lf < 0) return room > LINE_MAX ? fail(PROTOCOL_BIG_INLINE) : NEED_MORE;
  let end = pos + lf;
  store<u32>(IN_POS, <u32> (end + 1));
  if (lf && load<u8>(end - 1) == CR) end--;
  if (end - pos > INLINE_BYTES) return fail(PROTOCOL_BIG_INLINE);
  wordOut = INLINE;
  while (pos < end) {
    if (isSpace(load<u8>(pos))) {
      pos++;
      continue;
    }
    pos = word(pos, end);
    if (!pos) return fail(PROTOCOL_QUOTES);
    if (pos == 1) return INPUT_OUT_OF_MEMORY;
  }
  return 0;
}

/** What ends a word without quotes: less than what may stand between words, as in Redis. */
@inline function endsWord(byte: u32): bool {
  return byte == 0x20 || byte == 0x09 || byte == LF || byte == CR;
}

/** Where the next word goes: the input itself stays as it was, for a command may be parsed again. */
let wordOut: usize = 0;

/** Takes a word, unquoted. @returns what follows it; 0: bad quotes, 1: no memory */
function word(pos: usize, end: usize): usize {
  const start = wordOut;
  let out = start;
  let quote: u32 = 0;
  while (true) {
    if (pos == end) {
      if (quote) return 0;
      break;
    }
    let byte: u32 = load<u8>(pos++);
    if (quote) {
      if (byte == quote) {
        // A closing quote must be followed by a space or the end.
        if (pos < end && !isSpace(load<u8>(pos))) return 0;
        break;
      }
      if (byte == 0x5c && pos < end) {
        if (quote == 0x27) {
          if (load<u8>(pos) == 0x27) byte = load<u8>(pos++);
        } else if (
          load<u8>(pos) == 0x78 && pos + 2 < end && hexValue(load<u8>(pos + 1)) < 16 &&
          hexValue(load<u8>(pos + 2)) < 16
        ) {
          byte = hexValue(load<u8>(pos + 1)) << 4 | hexValue(load<u8>(pos + 2));
          pos += 3;
        } else byte = escaped(load<u8>(pos++));
      }
    } else {
      if (endsWord(byte)) break;
      if (byte == 0x22 || byte == 0x27) {
        quote = byte;
        continue;
      }
    }
    store<u8>(out++, <u8> byte);
  }
  wordOut = out;
  return pushArgument(start, <u32> (out - start)) ? pos : 1;
}

function escaped(byte: u32): u32 {
  switch (byte) {
    case 0x6e: return 0x0a; // n
    case 0x72: return 0x0d; // r
    case 0x74: return 0x09; // t
    case 0x62: return 0x08; // b
    case 0x61: return 0x07; // a
    default: return byte;
  }
}
