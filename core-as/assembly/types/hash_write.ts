/** Hashes: the commands that change fields. Arguments are named by their index in the command under way. */
import { MISSING, NOT_A_FLOAT, NOT_AN_INTEGER, OUT_OF_MEMORY, OVERFLOW, SCRATCH, TOO_LONG, WRONG_TYPE } from "../layout";
import { lastHash } from "../keyspace";
import { argLen, argPtr } from "../resp";
import {
  countOf, deleteFound, findField, hashAt, newHash, prepare, removeEmpty, setField, status,
} from "./hash_value";

/** Added to a count of fields: the key was made. */
export const HASH_NEW_KEY: i32 = 1 << 30;
/** Added to a count of fields: the key went with its last field. */
export const HASH_KEY_GONE: i32 = 1 << 29;

/** Whether the hash of the last {@link writable} was made by it. */
let made: bool = false;

/** The hash of an argument to write arguments `first` to `end` - 1 to, made where absent; 0 with {@link status}. */
function writable(db: u32, karg: u32, first: u32, end: u32): usize {
  let e = hashAt(db, karg);
  made = false;
  if (!e) {
    if (status == WRONG_TYPE) return 0;
    e = newHash(db, lastHash, karg, first, end);
    made = true;
  } else if (!prepare(e, first, end)) e = 0;
  return e;
}

/**
 * HSET: the fields and values from argument `first` to the last one.
 *
 * @returns the number of fields added, HASH_NEW_KEY added; WRONG_TYPE, or OUT_OF_MEMORY, which may come
 * after some of them were set ({@link hashWasChanged})
 */
export function hashSet(db: u32, karg: u32, first: u32, argc: u32): i32 {
  changed = false;
  const e = writable(db, karg, first, argc);
  if (!e) return status == WRONG_TYPE ? WRONG_TYPE : OUT_OF_MEMORY;
  let added = made ? HASH_NEW_KEY : 0;
  for (let i = first; i < argc; i += 2) {
    const done = setField(e, argPtr(i), argLen(i), argPtr(i + 1), argLen(i + 1), false);
    if (done < 0) {
      removeEmpty(db, e);
      return done;
    }
    changed = true;
    added += done;
  }
  return added;
}
let changed: bool = false;
/** Whether the last {@link hashSet} set a field. */
export function hashWasChanged(): bool {
  return changed;
}

/** HSETNX. @returns 1 when it set the field, HASH_NEW_KEY added; 0, WRONG_TYPE or OUT_OF_MEMORY */
export function hashSetAbsent(db: u32, karg: u32, farg: u32): i32 {
  const e = hashAt(db, karg);
  if (e && findField(e, argPtr(farg), argLen(farg))) return 0;
  return hashSet(db, karg, farg, farg + 2);
}

/** HDEL: the fields from argument `first` on. @returns how many, HASH_KEY_GONE added; WRONG_TYPE */
export function hashDelete(db: u32, karg: u32, first: u32, argc: u32): i32 {
  const e = hashAt(db, karg);
  if (!e) return status == WRONG_TYPE ? WRONG_TYPE : 0;
  let deleted: i32 = 0;
  for (let i = first; i < argc; i++) {
    if (!findField(e, argPtr(i), argLen(i))) continue;
    deleteFound(e);
    deleted++;
    if (removeEmpty(db, e)) return deleted + HASH_KEY_GONE;
  }
  return deleted;
}
