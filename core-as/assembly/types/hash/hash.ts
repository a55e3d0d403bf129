/**
 * The hash type: see object.ts for what every type provides. What the commands call lies in
 * hash_read.ts, hash_write.ts, hash_walk.ts and hash_expiry.ts.
 */
import { SCRATCH, SCRATCH_BYTES } from "../../base/layout";
import { pairJoin, pairMark, pairMix, pairStart } from "../../hashing/digest_mix";
import { LISTPACK } from "../../keyspace/entry";
import { blockBytes } from "../../base/memory";
import { lpDup, lpFirst, lpFree, lpGetString, lpLen, lpLength, lpNext, lpPtr } from "../../structures/listpack";
import { tableCount } from "../../structures/keytable";
import { WALK_BYTES, walkNext, walkStart } from "../../structures/tablewalk";
import {
  fieldsBytes, fieldsCopy, fieldsForget, fieldsFreeStep, fieldsPlaced, itemExpires, itemField, itemFieldLen,
  itemValue, itemValueLen,
} from "./hash_table";
import { isHidden } from "./hash_value";

export * from "./hash_read";
export * from "./hash_write";
export * from "./hash_walk";
export * from "./hash_due";
export * from "./hash_expiry";

/**
 * Where the fields of a bucket are noted while they are freed: at the end of SCRATCH, as who frees a key
 * may be walking through a list of keys at its start.
 */
const FREE_SCRATCH: usize = SCRATCH + SCRATCH_BYTES - 16384;

const WALK = memory.data(WALK_BYTES);
const EXPIRES = memory.data<u8>([33, 33, 104, 101, 120, 112, 105, 114, 101, 33, 33]); // !!hexpire!!
const EXPIRES_BYTES: u32 = 11;

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
export function hashPlaced(encoding: u32, value: usize, e: usize): void {
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

/** Tells digest.ts of the fields of a value. */
export function hashDigest(encoding: u32, value: usize): void {
  if (encoding == LISTPACK) {
    for (let at = lpFirst(value); at; at = lpNext(value, at)) {
      pairStart();
      digestPacked(value, at);
      at = lpNext(value, at);
      digestPacked(value, at);
      pairJoin();
    }
    return;
  }
  walkStart(WALK, value);
  for (let item = walkNext(WALK); item; item = walkNext(WALK)) {
    if (isHidden(item)) continue;
    pairStart();
    pairMix(itemField(item), itemFieldLen(item));
    pairMix(itemValue(item), itemValueLen(item));
    if (itemExpires(item)) pairMark(EXPIRES, EXPIRES_BYTES);
    pairJoin();
  }
}

function digestPacked(lp: usize, at: u32): void {
  lpGetString(lp, at, SCRATCH);
  pairMix(lpPtr(), lpLen());
}
