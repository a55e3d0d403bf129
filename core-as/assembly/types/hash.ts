/**
 * The hash type: see object.ts for what every type provides. What the commands call lies in
 * hash_read.ts, hash_write.ts, hash_walk.ts and hash_expiry.ts.
 */
import { SCRATCH, SCRATCH_BYTES } from "../layout";
import { LISTPACK } from "../entry";
import { blockBytes } from "../memory";
import { lpDup, lpFree, lpLength } from "../listpack";
import { tableCount } from "../keytable";
import { fieldsBytes, fieldsCopy, fieldsForget, fieldsFreeStep, fieldsPlaced } from "./hash_table";

export * from "./hash_read";
export * from "./hash_write";
export * from "./hash_walk";
export * from "./hash_expiry";

/**
 * Where the fields of a bucket are noted while they are freed: at the end of SCRATCH, as who frees a key
 * may be walking through a list of keys at its start.
 */
const FREE_SCRATCH: usize = SCRATCH + SCRATCH_BYTES - 16384;

/** Frees up to `budget` elements of a value. @returns whether it is gone */
export function hashFreeStep(encoding: u32, value: usize, budget: u32): bool {
  if (encoding != LISTPACK) return fieldsFreeStep(value, budget, FREE_SCRATCH);
  lpFree(value);
  return true;
}

/** A value is about to be freed, now or in slices: from here on no cycle may find it. */
export function hashDropped(encoding: u32, value: usize): void {
  if (encoding != LISTPACK) fieldsForget(value);
}

/** An entry with this value has got its place in a database. */
@inline export function hashPlaced(encoding: u32, value: usize, e: usize): void {
  if (encoding != LISTPACK) fieldsPlaced(value, e);
}

/** A copy of a value with the same encoding. @returns 0 when memory is out */
export function hashCopy(encoding: u32, value: usize): usize {
  return encoding == LISTPACK ? lpDup(value) : fieldsCopy(value, SCRATCH);
}

/** Elements of a value. */
export function hashLength(encoding: u32, value: usize): u32 {
  return encoding == LISTPACK ? lpLength(value) >> 1 : tableCount(value);
}

/** Bytes of a value, estimated from `samples` elements where they differ (0: all). */
export function hashBytesOf(encoding: u32, value: usize, samples: u32): f64 {
  return encoding == LISTPACK ? <f64> blockBytes(value) : fieldsBytes(value, samples, SCRATCH);
}
