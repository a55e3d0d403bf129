/** The cluster slots of the keys of a command under way. */
import { keySlot } from "../hashing/crc16";
import { argLen, argPtr } from "../protocol/resp";

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
