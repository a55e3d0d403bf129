/** The sorted-set type: see object.ts for what every type provides. The commands' own files stand beside. */
import { pairJoin, pairMix, pairStart } from "../../hashing/digest_mix";
import { LISTPACK } from "../../keyspace/entry";
import { tableBytes, tableCount } from "../../structures/keytable";
import { blockBytes } from "../../base/memory";
import { lpDup } from "../../structures/listpack";
import { treeItem, treeNext, treeSeek } from "../../structures/btree";
import { treeBytes } from "../../structures/btree_change";
import {
  copyValue, freeStep, lengthOf, member, memberLen, memberScore, readHere, seekFirst, spellFully, stepForward, tableOf,
  textPtr, treeOf,
} from "./zset_value";

export * from "./zset_read";
export * from "./zset_update";
export * from "./zset_range";
export * from "./zset_pop";
export * from "./zset_combine";
export {
  ZSET_CHANGED, ZSET_CREATED, ZSET_EMPTIED, ZSET_NO_MEMORY,
} from "./zset_run";

/** Frees up to `budget` elements of a value. @returns whether it is gone */
export function zsetFreeStep(encoding: u32, value: usize, budget: u32): bool {
  return freeStep(encoding, value, budget);
}

/** A copy of a value with the same encoding. @returns 0 when memory is out */
export function zsetCopy(encoding: u32, value: usize): usize {
  return encoding == LISTPACK ? lpDup(value) : copyValue(value);
}

/** Elements of a value. */
export function zsetLength(encoding: u32, value: usize): u32 {
  return lengthOf(encoding, value);
}

/** Bytes of a value, estimated from `samples` elements where they differ (0: all). */
export function zsetBytes(encoding: u32, value: usize, samples: u32): f64 {
  if (encoding == LISTPACK) return blockBytes(value);
  const count = tableCount(tableOf(value));
  const seen = samples ? min(samples, count) : count;
  let bytes: f64 = 0;
  if (seen) treeSeek(treeOf(value), 0);
  for (let left = seen; left; left--) {
    bytes += blockBytes(treeItem());
    treeNext();
  }
  if (seen) bytes *= <f64> count / seen;
  return bytes + blockBytes(value) + tableBytes(tableOf(value)) + treeBytes(count);
}

/** Tells digest.ts of the members of a value, and of their scores. */
export function zsetDigest(encoding: u32, value: usize): void {
  seekFirst(encoding, value);
  do {
    readHere();
    pairStart();
    pairMix(member, memberLen);
    pairMix(textPtr, spellFully(memberScore));
    pairJoin();
  } while (stepForward());
}
