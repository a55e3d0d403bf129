/** The LCS command over two entries; lcs.ts has the algorithm. */
import { OUT_OF_MEMORY, SCRATCH, TOO_LONG } from "../../base/layout";
import { allocate, free } from "../../base/memory";
import {
  lcsFill, lcsNext, lcsStart, lcsTableBytes, lcsWrite,
} from "./lcs";
import { MAX_DECIMAL_BYTES } from "../../text/number";
import { replyArray, replyBulk, replyI64, replyMap } from "../../protocol/reply";
import { readString, textLen, textPtr } from "./stringvalue";

// What LCS replies with.
export const LCS_TEXT: u32 = 0;
export const LCS_LENGTH: u32 = 1;
export const LCS_RANGES: u32 = 2;

/** "matches" and "len". */
const MATCHES: u64 = 0x7365686374616d;
const LEN: u32 = 0x6e656c;

/** Where the digits of the first value are kept while those of the second are written. */
const DIGITS: usize = SCRATCH + 64;
const CURSOR: usize = SCRATCH + 128;
const WORD: usize = SCRATCH + 192;

let aPtr: usize = 0;
let aLen: u32 = 0;
let bPtr: usize = 0;
let bLen: u32 = 0;

/** Points a and b at two string entries, of which 0 counts as empty. */
function readBoth(a: usize, b: usize): void {
  aLen = 0;
  bLen = 0;
  if (a) {
    readString(a);
    aPtr = textPtr;
    aLen = textLen;
    if (aPtr == SCRATCH) {
      memory.copy(DIGITS, SCRATCH, MAX_DECIMAL_BYTES);
      aPtr = DIGITS;
    }
  }
  if (b) {
    readString(b);
    bPtr = textPtr;
    bLen = textLen;
  }
}

/**
 * Replies with what two strings have in common.
 *
 * @param a string entry, 0 for an absent key; `b` likewise
 * @param what LCS_*
 * @param minLen shortest range told, in bytes
 * @param withLen whether ranges tell their lengths
 * @param limitBytes how large the table may be
 * @returns 0, TOO_LONG when the table would be larger, OUT_OF_MEMORY
 */
export function replyLcs(a: u32, b: u32, what: u32, minLen: u32, withLen: bool, limitBytes: f64): i32 {
  readBoth(a, b);
  const tableBytes = lcsTableBytes(aLen, bLen);
  if (tableBytes > limitBytes) return TOO_LONG;
  const textBytes = min(aLen, bLen);
  if (tableBytes + textBytes > 4294901760.0) return OUT_OF_MEMORY;
  const table = allocate(<u32> tableBytes + textBytes);
  if (!table) return OUT_OF_MEMORY;
  const len = lcsFill(aPtr, aLen, bPtr, bLen, table);
  if (what == LCS_TEXT) {
    const text = table + <u32> tableBytes;
    lcsWrite(text, len, aPtr, aLen, bPtr, bLen, table, CURSOR);
    replyBulk(text, len);
  } else if (what == LCS_LENGTH) replyI64(len);
  else {
    replyMap(2);
    store<u64>(WORD, MATCHES);
    replyBulk(WORD, 7);
    // An array's length comes first: the walk is made twice, it costs little beside the table.
    replyArray(walk(table, minLen, withLen, false));
    walk(table, minLen, withLen, true);
    store<u32>(WORD, LEN);
    replyBulk(WORD, 3);
    replyI64(len);
  }
  free(table);
  return 0;
}

/** Goes through the ranges of at least `minLen` bytes. @returns their number */
function walk(table: usize, minLen: u32, withLen: bool, reply: bool): u32 {
  let count: u32 = 0;
  lcsStart(CURSOR, aLen, bLen);
  while (lcsNext(CURSOR, aPtr, bPtr, bLen, table)) {
    const len = load<u32>(CURSOR, 12) - load<u32>(CURSOR, 8) + 1;
    if (len < minLen) continue;
    count++;
    if (!reply) continue;
    replyArray(withLen ? 3 : 2);
    replyArray(2);
    replyI64(load<u32>(CURSOR, 8));
    replyI64(load<u32>(CURSOR, 12));
    replyArray(2);
    replyI64(load<u32>(CURSOR, 16));
    replyI64(load<u32>(CURSOR, 20));
    if (withLen) replyI64(len);
  }
  return count;
}
