/**
 * The hash type: see object.ts for what every type provides. What the commands call lies in
 * hash_read.ts, hash_write.ts, hash_walk.ts and hash_expiry.ts.
 */
import { SCRATCH } from "../layout";
import { LISTPACK } from "../entry";
import { blockBytes } from "../memory";
import { lpDup, lpFree, lpLength } from "../listpack";
import { tableCount } from "../keytable";
import { fieldsBytes, fieldsCopy, fieldsFreeStep } from "./hash_table";

export * from "./hash_read";
export * from "./hash_write";

/** Frees up to `budget` elements of a value. @returns whether it is gone */
export function hashFreeStep(encoding: u32, value: usize, budget: u32): bool {
  if (encoding != LISTPACK) return fieldsFreeStep(value, budget, SCRATCH);
  lpFree(value);
  return true;
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
