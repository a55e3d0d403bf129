/** Reading the IDs of arguments: `ms-seq`, `ms`, and what stands for the ends of a range. */
import { findByte } from "../../base/bytes";
import { parsedU64, parseU64Loose } from "../../text/number";
import { argLen, argPtr } from "../../protocol/resp";

/** An ID that is none. */
export const BAD_ID: i32 = -210;
/** An exclusive bound that no ID is left behind. */
export const BAD_START: i32 = -211;
export const BAD_END: i32 = -212;

/** Longest text of an ID. */
const ID_TEXT_MAX: u32 = 127;

/** What was read last. */
export let parsedMs: u64 = 0;
export let parsedSeq: u64 = 0;
/** The seq is to be found by the stream: `ms-*`. */
export let isSeqOpen: bool = false;

@inline export function setParsed(ms: u64, seq: u64): void {
  parsedMs = ms;
  parsedSeq = seq;
}

/** Whether an argument is one byte, and this: a zero byte ends it, too. */
@inline export function isByte(index: u32, byte: u32): bool {
  const len = argLen(index);
  const ptr = argPtr(index);
  return len > 0 && <u32> load<u8>(ptr) == byte && (len == 1 || !load<u8>(ptr, 1));
}

/** Reads the text of an ID, which a zero byte ends. */
function parseText(ptr: usize, given: u32, missingSeq: u64, open: bool): bool {
  isSeqOpen = false;
  if (given > ID_TEXT_MAX) return false;
  const zero = findByte(ptr, given, 0);
  const len: u32 = zero < 0 ? given : zero;
  const dash = findByte(ptr, len, 0x2d);
  if (!parseU64Loose(ptr, dash < 0 ? len : dash)) return false;
  parsedMs = parsedU64();
  parsedSeq = missingSeq;
  if (dash < 0) return true;
  const seq = ptr + dash + 1;
  const seqLen = len - dash - 1;
  if (open && seqLen == 1 && load<u8>(seq) == 0x2a) {
    isSeqOpen = true;
    return true;
  }
  if (!parseU64Loose(seq, seqLen)) return false;
  parsedSeq = parsedU64();
  return true;
}

/** Reads an ID, with `missingSeq` where it has no second half. @returns whether it is one */
export function parseId(index: u32, missingSeq: u64): bool {
  return parseText(argPtr(index), argLen(index), missingSeq, false);
}

/** Reads the ID of an entry to add, which may leave its seq open. @returns whether it is one */
export function parseNewId(index: u32): bool {
  return parseText(argPtr(index), argLen(index), 0, true);
}

/** Reads a bound of a range: `-`, `+`, an ID, or `(` and one to leave out. @returns 0 or an error */
export function parseBound(index: u32, isStart: bool): i32 {
  let ptr = argPtr(index);
  let len = argLen(index);
  const exclusive = len > 1 && load<u8>(ptr) == 0x28;
  if (exclusive) {
    ptr++;
    len--;
  } else if (isByte(index, 0x2d)) {
    setParsed(0, 0);
    return 0;
  } else if (isByte(index, 0x2b)) {
    setParsed(u64.MAX_VALUE, u64.MAX_VALUE);
    return 0;
  }
  if (!parseText(ptr, len, isStart ? 0 : u64.MAX_VALUE, false)) return BAD_ID;
  if (!exclusive) return 0;
  return isStart ? (advance() ? 0 : BAD_START) : retreat() ? 0 : BAD_END;
}

/** Goes to the ID after the one read. @returns false where there is none */
export function advance(): bool {
  if (++parsedSeq) return true;
  if (++parsedMs) return true;
  setParsed(u64.MAX_VALUE, u64.MAX_VALUE);
  return false;
}

/** Goes to the ID before the one read. @returns false where there is none */
function retreat(): bool {
  if (parsedSeq--) return true;
  if (parsedMs--) return true;
  setParsed(0, 0);
  return false;
}
