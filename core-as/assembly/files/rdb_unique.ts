/**
 * Whether a member stands twice in a listpack: by a table of the members' places, at most half full.
 *
 * ```
 *  table   u32[2^n] offsets of entries, 0 = free; a member's place is the low bits of its hash or behind
 * ```
 *
 * Costs: a hash and a look a member. The table lies in SCRATCH up to 2^16 members, then in a block.
 */
import { OUT_OF_MEMORY, SCRATCH } from "../base/layout";
import { equalBytes } from "../base/bytes";
import { hashBytes } from "../hashing/hash";
import { lpFirst, lpGetString, lpLen, lpLength, lpNext, lpPtr } from "../structures/listpack";
import { allocate, free } from "../base/memory";
import { fail, RDB_BAD } from "./rdb_source";

const TABLE: usize = SCRATCH + 0x10000;
const TABLE_BYTES: u32 = 0x80000;
const TEXT = memory.data(24);

/**
 * Looks at every member of a listpack that has been found valid, and fails as RDB_BAD where one stands twice.
 *
 * @param skip entries to pass over after each one
 */
export function checkUnique(lp: usize, skip: u32): void {
  const count = lpLength(lp);
  const bits = 33 - clz(count | 1);
  const bytes: u64 = <u64> 4 << bits;
  if (bytes > 0x40000000) return fail(RDB_BAD);
  const inScratch = bytes <= TABLE_BYTES;
  const table = inScratch ? TABLE : allocate(<u32> bytes);
  if (!table) return fail(OUT_OF_MEMORY);
  memory.fill(table, 0, <u32> bytes);
  const mask = (1 << bits) - 1;
  for (let at = lpFirst(lp); at; at = lpNext(lp, at)) {
    if (!place(lp, at, table, mask)) {
      fail(RDB_BAD);
      break;
    }
    for (let left = skip; left && at; left--) at = lpNext(lp, at);
    if (!at) break;
  }
  if (!inScratch) free(table);
}

/** Gives the entry at `at` its place. @returns false when another one reads the same */
function place(lp: usize, at: u32, table: usize, mask: u32): bool {
  lpGetString(lp, at, TEXT);
  const ptr = lpPtr();
  const len = lpLen();
  let slot = <u32> hashBytes(ptr, len) & mask;
  while (true) {
    const cell = table + (slot << 2);
    const other = load<u32>(cell);
    if (!other) {
      store<u32>(cell, at);
      return true;
    }
    if (reads(lp, other, ptr, len)) return false;
    slot = (slot + 1) & mask;
  }
}

/** Whether an entry reads as these bytes, however either is kept. */
function reads(lp: usize, at: u32, ptr: usize, len: u32): bool {
  lpGetString(lp, at, OTHER);
  return lpLen() == len && equalBytes(lpPtr(), ptr, len);
}
const OTHER = memory.data(24);
