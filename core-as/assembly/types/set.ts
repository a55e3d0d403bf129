/** The set type: see object.ts for what every type provides. */

/** Frees up to `budget` elements of a value. @returns whether it is gone */
export function setFreeStep(encoding: u32, value: usize, budget: u32): bool {
  return true;
}

/** A copy of a value with the same encoding. @returns 0 when memory is out */
export function setCopy(encoding: u32, value: usize): usize {
  return 0;
}

/** Elements of a value. */
export function setLength(encoding: u32, value: usize): u32 {
  return 0;
}

/** Bytes of a value, estimated from `samples` elements where they differ (0: all). */
export function setBytes(encoding: u32, value: usize, samples: u32): f64 {
  return 0;
}
