/** The list type: see object.ts for what every type provides. */

/** Frees up to `budget` elements of a value. @returns whether it is gone */
export function listFreeStep(encoding: u32, value: usize, budget: u32): bool {
  return true;
}

/** A copy of a value with the same encoding. @returns 0 when memory is out */
export function listCopy(encoding: u32, value: usize): usize {
  return 0;
}

/** Elements of a value. */
export function listLength(encoding: u32, value: usize): u32 {
  return 0;
}

/** Bytes of a value, estimated from `samples` elements where they differ (0: all). */
export function listBytes(encoding: u32, value: usize, samples: u32): f64 {
  return 0;
}
