/** What unions and their like read: sorted sets, and sets, whose members all have the score 1. */
import { entryEncoding, entryType, TYPE_SET, valuePtr } from "../../keyspace/entry";
import { setCursorLength, setCursorMember, setCursorNext, setCursorStart, setHasMember, setLength } from "../set/set";
import { find, foundScore, lengthAt, readHere, seekRank, setMember, stepForward } from "./zset_value";

/** Score of the member that {@link sourceFind} has found. */
export let sourceValue: f64 = 0;

/** Whether the source under the cursor is a set. */
let isSet: bool = false;

/** Members of a source. */
export function sourceLength(e: usize): u32 {
  return entryType(e) == TYPE_SET ? setLength(entryEncoding(e), valuePtr(e)) : lengthAt(e);
}

/** Reads the first member of a source that is not empty into zset_value's member, memberLen and memberScore. */
export function sourceStart(e: usize): bool {
  isSet = entryType(e) == TYPE_SET;
  if (isSet) {
    setCursorStart(entryEncoding(e), valuePtr(e));
    return readSet();
  }
  seekRank(e, 0);
  readHere();
  return true;
}

/** Reads the next one. @returns false when there is none */
export function sourceNext(): bool {
  if (isSet) return readSet();
  if (!stepForward()) return false;
  readHere();
  return true;
}

function readSet(): bool {
  if (!setCursorNext()) return false;
  setMember(setCursorMember(), setCursorLength(), 1);
  return true;
}

/** Looks for a member, without moving the cursor. @returns whether it is there, with {@link sourceValue} */
export function sourceFind(e: usize, ptr: usize, len: u32): bool {
  if (entryType(e) == TYPE_SET) {
    sourceValue = 1;
    return setHasMember(entryEncoding(e), valuePtr(e), ptr, len);
  }
  if (!find(e, ptr, len)) return false;
  sourceValue = foundScore;
  return true;
}
