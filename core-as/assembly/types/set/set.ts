/** The set type: see object.ts for what every type provides. The commands' own files stand beside. */
import { digestJoin } from "../../hashing/digest_mix";
import { HASHTABLE, INTSET, LISTPACK } from "../../keyspace/entry";
import { intsetDup } from "../../structures/intset";
import { TABLE_BYTES, tableBytes, tableCount } from "../../structures/keytable";
import { lpDup, lpFirst, lpNext } from "../../structures/listpack";
import { allocate, blockBytes, free } from "../../base/memory";
import { tableCopy, walkNext, walkStart, WALK_BYTES } from "../../structures/tablewalk";
import { freeStep, lengthOf, memberLen, memberPtr, readMember } from "./set_value";

export {
  SET_GONE, SET_MOVED, SET_MOVED_LAST, SET_MOVED_NEW, SET_MOVED_NEW_KEY, setAdd, setAddedCount, setCount, setHas,
  setHasMany, setMadeKey, setMembers, setMove, setRemove,
} from "./set_member";
export { SET_POPPED_ALL, setPop, setPopMany, setRandom, setRandomDistinct, setRandomRepeated } from "./set_random";
export { setCheck, setCursorLength, setCursorMember, setCursorNext, setCursorStart, setHasMember, setScan } from "./set_scan";
export {
  setDifference, setIntersection, setIntersectionCount, setSource, setSourcesEnd, setSourcesStart,
} from "./set_algebra";
export {
  SET_STORED, SET_STORED_NEW, SET_STORED_NOTHING, setStoreDifference, setStoreIntersection, setStoreUnion, setUnion,
} from "./set_store";

const WALK = memory.data(WALK_BYTES);

/** Frees up to `budget` elements of a value. @returns whether it is gone */
export function setFreeStep(encoding: u32, value: usize, budget: u32): bool {
  return freeStep(encoding, value, budget);
}

/** A copy of a value with the same encoding. @returns 0 when memory is out */
export function setCopy(encoding: u32, value: usize): usize {
  if (encoding != HASHTABLE) return encoding == LISTPACK ? lpDup(value) : intsetDup(value);
  const t = allocate(TABLE_BYTES);
  if (!t || tableCopy(t, value)) return t;
  free(t);
  return 0;
}

/** Elements of a value. */
export function setLength(encoding: u32, value: usize): u32 {
  return lengthOf(encoding, value);
}

/** Bytes of a value, estimated from `samples` elements where they differ (0: all). */
export function setBytes(encoding: u32, value: usize, samples: u32): f64 {
  if (encoding != HASHTABLE) return blockBytes(value);
  const count = tableCount(value);
  const seen = samples ? min(samples, count) : count;
  let bytes: f64 = 0;
  walkStart(WALK, value);
  for (let left = seen; left; left--) bytes += blockBytes(walkNext(WALK));
  if (seen) bytes *= <f64> count / seen;
  return bytes + blockBytes(value) + tableBytes(value);
}

/** Tells digest.ts of the members of a value. */
export function setDigest(encoding: u32, value: usize): void {
  if (encoding == HASHTABLE) {
    walkStart(WALK, value);
    for (let item = walkNext(WALK); item; item = walkNext(WALK)) digestMember(encoding, value, <u32> item);
  } else if (encoding == INTSET) {
    for (let i: u32 = 0, count = lengthOf(encoding, value); i < count; i++) digestMember(encoding, value, i);
  } else for (let at = lpFirst(value); at; at = lpNext(value, at)) digestMember(encoding, value, at);
}

@inline function digestMember(encoding: u32, value: usize, handle: u32): void {
  readMember(encoding, value, handle);
  digestJoin(memberPtr, memberLen);
}
