/**
 * A step of a client's scan through a table of members (keytable.ts): what it finds is gathered first, as a
 * reply says how many there are before it names them.
 */
import { SCRATCH, SCRATCH_BYTES } from "../base/layout";
import { allocate, free } from "../base/memory";
import { scanEnd, tableCount, tableScan } from "./keytable";

/** Bytes of SCRATCH that a step fills; the rest leaves room for the last bucket's whole chain. */
export const SCAN_BYTES: u32 = SCRATCH_BYTES / 2;

/** What the last step found, 4 bytes an item, and where the next one goes on. */
export let foundStart: usize = 0;
export let foundEnd: usize = 0;
export let nextCursor: u32 = 0;
let block: usize = 0;

/** Gathers about `count` items from a cursor on; {@link scanDone} gives back what holds them. */
export function scanStep(t: usize, cursor: u32, count: u32): void {
  const wanted = min(count, tableCount(t)) << 2;
  // A large count is served whole where memory allows, as clients hope; else in more steps.
  block = wanted > SCAN_BYTES ? allocate(wanted + SCAN_BYTES) : 0;
  scanInto(t, cursor, count, block ? block : SCRATCH, block ? wanted : SCAN_BYTES);
}

/** The same to where there is room, ending as well after the bucket that has filled `bytes` or more. */
export function scanInto(t: usize, cursor: u32, count: u32, out: usize, bytes: u32): void {
  foundStart = out;
  // Ten empty buckets an item asked for, then the client gets a turn.
  let buckets: u64 = <u64> count * 10;
  do {
    cursor = tableScan(t, cursor, out);
    out = scanEnd;
  } while (cursor && <u32> (out - foundStart) >> 2 < count && --buckets && <u32> (out - foundStart) < bytes);
  foundEnd = out;
  nextCursor = cursor;
}

export function scanDone(): void {
  free(block);
}
