/** What unions and their like read: sorted sets, and sets, whose members all have the score 1. */
import { find, foundScore, lengthAt, readHere, seekRank, stepForward } from "./zset_value";

/** Score of the member that {@link sourceFind} has found. */
export let sourceValue: f64 = 0;

/** Members of a source. */
export function sourceLength(e: usize): u32 {
  return lengthAt(e);
}

/** Reads the first member of a source that is not empty into zset_value's member, memberLen and memberScore. */
export function sourceStart(e: usize): bool {
  seekRank(e, 0);
  readHere();
  return true;
}

/** Reads the next one. @returns false when there is none */
export function sourceNext(): bool {
  if (!stepForward()) return false;
  readHere();
  return true;
}

/** Looks for a member, without moving the cursor. @returns whether it is there, with {@link sourceValue} */
export function sourceFind(e: usize, ptr: usize, len: u32): bool {
  if (!find(e, ptr, len)) return false;
  sourceValue = foundScore;
  return true;
}
