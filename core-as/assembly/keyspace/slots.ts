/** Cluster slots: those of the keys of a command under way, and the keys of a slot. */
import { RESULT_LEN, SCRATCH } from "../base/layout";
import { keySlot } from "../hashing/crc16";
import { replyBulk } from "../protocol/reply";
import { argLen, argPtr } from "../protocol/resp";
import { entryKey, entryKeyLen } from "./entry";
import { keyBytes, keysOf, slotsOf } from "./keyspace";
import { SLOT_END, slotIndexCount, slotIndexScan, slotScanEnd } from "./slot_index";

/** Keys found before something is done with them. */
const AT_ONCE: u32 = 256;

/** Slot of a name. */
export function slotOfBytes(ptr: u32, len: u32): u32 {
  return keySlot(ptr, len);
}

/** Instead of a slot: the keys have several. */
export const SLOTS_DIFFER: i32 = -1;

/** Slot of the keys at the arguments from `first` to `last` in steps, {@link SLOTS_DIFFER} if they have not the same. */
export function argumentsSlot(first: u32, last: u32, step: u32): i32 {
  const slot = keySlot(argPtr(first), argLen(first));
  for (let i = first + step; i <= last; i += step) {
    if (keySlot(argPtr(i), argLen(i)) != slot) return SLOTS_DIFFER;
  }
  return <i32> slot;
}

/** Number of keys of a slot, expired ones that are there yet included. */
export function slotKeys(db: u32, slot: u32): u32 {
  return slotsOf(db) ? slotIndexCount(slotsOf(db), slot) : 0;
}

/**
 * Writes the addresses of at least `wanted` entries of a slot, or of all that are left, to SCRATCH.
 *
 * @returns the next cursor, SLOT_END at the end; RESULT_LEN says how many there are
 */
export function slotScan(db: u32, slot: u32, cursor: u32, wanted: u32): u32 {
  const next = slotIndexScan(slotsOf(db), keysOf(db), slot, cursor, wanted);
  store<u32>(RESULT_LEN, <u32> (slotScanEnd - SCRATCH) >> 2);
  return next;
}

/** Replies with the names of `wanted` keys of a slot, which has as many. */
export function slotReplyKeys(db: u32, slot: u32, wanted: u32): void {
  let cursor: u32 = 0;
  while (wanted && cursor != SLOT_END) {
    cursor = slotIndexScan(slotsOf(db), keysOf(db), slot, cursor, min(wanted, AT_ONCE));
    for (let at = SCRATCH, end = slotScanEnd; at < end && wanted; at += 4, wanted--) {
      const e: usize = load<u32>(at);
      replyBulk(entryKey(e), entryKeyLen(e));
    }
  }
}

/** Bytes that the keys of a slot occupy, large values estimated from `samples` elements. */
export function slotBytes(db: u32, slot: u32, samples: u32): f64 {
  let bytes: f64 = 0;
  for (let cursor: u32 = 0; cursor != SLOT_END;) {
    cursor = slotIndexScan(slotsOf(db), keysOf(db), slot, cursor, AT_ONCE);
    for (let at = SCRATCH, end = slotScanEnd; at < end; at += 4) bytes += keyBytes(load<u32>(at), samples);
  }
  return bytes;
}
