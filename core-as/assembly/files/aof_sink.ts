/**
 * Commands into the bytes of a file, through the sink of rdb_sink.ts:
 *
 * ```
 *  command  *words CR LF, word ...
 *  word     $length CR LF, bytes, CR LF
 * ```
 *
 * All text is made in places of its own: whoever writes may be in the middle of somebody's command.
 */
import { writeDouble17 } from "../text/double";
import { writeI64, writeU64 } from "../text/number";
import { putBytes } from "./rdb_sink";

/** Longest line, and longest number or ID with the line before it. */
const TEXT = memory.data(96);
const WORD = memory.data(64);
const DOUBLE_SCRATCH = memory.data(1024); // DOUBLE_SCRATCH_BYTES, which may be declared later

const CRLF: u16 = 0x0a0d;

/** Writes a line of a mark and a number to `at`. @returns where it ends */
function writeLine(at: usize, mark: u32, value: u32): usize {
  store<u8>(at, <u8> mark);
  at += 1 + writeU64(at + 1, value);
  store<u16>(at, CRLF);
  return at + 2;
}

/** Begins a command of so many words. */
export function putCommand(words: u32): void {
  putBytes(TEXT, <u32> (writeLine(TEXT, 0x2a, words) - TEXT));
}

export function putWord(ptr: usize, len: u32): void {
  let at = writeLine(TEXT, 0x24, len);
  if (len <= 48) {
    memory.copy(at, ptr, len);
    at += len;
  } else {
    putBytes(TEXT, <u32> (at - TEXT));
    putBytes(ptr, len);
    at = TEXT;
  }
  store<u16>(at, CRLF);
  putBytes(TEXT, <u32> (at + 2 - TEXT));
}

/** Begins and ends a word whose bytes are put by somebody else. */
export function startWord(len: u32): void {
  putBytes(TEXT, <u32> (writeLine(TEXT, 0x24, len) - TEXT));
}
export function endWord(): void {
  store<u16>(TEXT, CRLF);
  putBytes(TEXT, 2);
}

export function putInteger(value: i64): void {
  putWord(WORD, writeI64(WORD, value));
}

/** A score, with all its digits. */
export function putDouble(value: f64): void {
  putWord(WORD, writeDouble17(WORD, value, DOUBLE_SCRATCH));
}

/** The ID of a stream's entry. */
export function putIdWord(ms: u64, seq: u64): void {
  let end = WORD + writeU64(WORD, ms);
  store<u8>(end++, 0x2d);
  end += writeU64(end, seq);
  putWord(WORD, <u32> (end - WORD));
}
