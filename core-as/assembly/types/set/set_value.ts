/**
 * The value of a set, whichever encoding it has: finding, adding and removing a member.
 *
 * - INTSET: integers only, at most SET_INTSET_ENTRIES (intset.ts);
 * - LISTPACK: at most SET_LISTPACK_ENTRIES members of at most SET_LISTPACK_VALUE bytes (listpack.ts);
 * - HASHTABLE: a table (keytable.ts) of items, one block a member:
 *
 * ```
 *  item     +0  u32 MARK << 31 | member length
 *           +4  member bytes
 * ```
 *
 * What a set becomes when a member is added is what Redis 7.2 makes of it; a removal converts nothing.
 * Functions take the key's entry, since a conversion is written there. An entry may be one that no
 * database has yet. Members given to be stored must not lie in the value itself, but for items.
 *
 * Costs: a member of n bytes in a table takes n + 4 bytes rounded up to a size class, and 10 in the
 * table.
 */
import {
  MISSING, OUT_OF_MEMORY, SET_INTSET_ENTRIES, SET_LISTPACK_ENTRIES, SET_LISTPACK_VALUE, WRONG_TYPE,
} from "../../base/layout";
import { copyBytes } from "../../base/bytes";
import { allocate, free } from "../../base/memory";
import {
  entryEncoding, entryType, HASHTABLE, INTSET, LISTPACK, newEntry, setAccess, setEncoding, setValuePtr, TYPE_SET,
  valuePtr,
} from "../../keyspace/entry";
import { hashBytes } from "../../hashing/hash";
import {
  intsetAdd, intsetBytes, intsetChanged, intsetGet, intsetHas, intsetLength, intsetNew, intsetRemove,
} from "../../structures/intset";
import { freshAccess, lookup } from "../../keyspace/keyspace";
import { TABLE_BYTES, tableCount, tableFind, tableInit, tableInsert, tableRemove } from "../../structures/keytable";
import {
  LP_ENTRY_OVERHEAD, lpAppend, lpAppendInt, lpDelete, lpFind, lpFirst, lpGetString, lpLen, lpLength, lpNew,
  lpNext, lpPtr, lpSafeToAdd,
} from "../../structures/listpack";
import { hashMember } from "../../keyspace/lookahead";
import { i64Length, parseI64, parsedI64, writeI64 } from "../../text/number";
import { argLen, argPtr } from "../../protocol/resp";
import { tablePop } from "../../structures/tablewalk";

const ITEM_MEMBER: u32 = 4;
/** Set for the length of one call on members that are not to be met again. */
const MARK: u32 = 1 << 31;
const LENGTH: u32 = 0x3fffffff;
/** Bytes of a new intset and of a new listpack: some small members fit. */
const SMALL_BYTES: u32 = 16;

/** Where an integer is spelt that {@link readMember} or a conversion reads. */
const TEXT = memory.data(32);

// ---- items ----------------------------------------------------------------------------------------

@inline export function itemMember(item: usize): usize { return item + ITEM_MEMBER; }
@inline export function itemLen(item: usize): u32 { return load<u32>(item) & LENGTH; }
@inline export function itemMarked(item: usize): bool { return <i32> load<u32>(item) < 0; }
@inline export function setMark(item: usize): void { store<u32>(item, load<u32>(item) | MARK); }
@inline export function clearMark(item: usize): void { store<u32>(item, load<u32>(item) & ~MARK); }

/** Adds a member that a table lacks. @returns false when memory is out */
export function tableAdd(t: usize, hash: u64, member: usize, len: u32): bool {
  const item = allocate(ITEM_MEMBER + len);
  if (!item) return false;
  store<u32>(item, len);
  copyBytes(item + ITEM_MEMBER, member, len);
  if (tableInsert(t, hash, item)) return true;
  free(item);
  return false;
}

// ---- making and freeing ---------------------------------------------------------------------------

/** Why {@link setAt} gave 0: MISSING or WRONG_TYPE. */
export let setStatus: i32 = 0;

/** The entry of an argument that is a set; 0 with {@link setStatus}. */
export function setAt(db: u32, karg: u32): usize {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (e && entryType(e) == TYPE_SET) return e;
  setStatus = e ? WRONG_TYPE : MISSING;
  return 0;
}

/** An empty value. @returns 0 when memory is out */
export function newValue(encoding: u32): usize {
  if (encoding == INTSET) return intsetNew(SMALL_BYTES);
  if (encoding == LISTPACK) return lpNew(SMALL_BYTES);
  const t = allocate(TABLE_BYTES);
  if (!t || tableInit(t, ITEM_MEMBER)) return t;
  free(t);
  return 0;
}

/** Frees up to `budget` members of a value. @returns whether it is gone */
export function freeStep(encoding: u32, value: usize, budget: u32): bool {
  if (encoding == HASHTABLE) {
    while (budget--) {
      const item = tablePop(value);
      if (!item) {
        free(value);
        return true;
      }
      free(item);
    }
    return false;
  }
  free(value);
  return true;
}

export function freeValue(encoding: u32, value: usize): void {
  while (!freeStep(encoding, value, 0x10000)) continue;
}

/** The entry of a key with a value, in no database; without memory the value is freed, and 0 returned. */
export function newSet(key: usize, keyLen: u32, encoding: u32, value: usize): usize {
  if (!value) return 0;
  const e = newEntry(TYPE_SET, encoding, key, keyLen, false, false, 4);
  if (!e) {
    freeValue(encoding, value);
    return 0;
  }
  setAccess(e, freshAccess());
  setValuePtr(e, value);
  return e;
}

/** Frees an entry that no database has. */
export function dropSet(e: usize): void {
  freeValue(entryEncoding(e), valuePtr(e));
  free(e);
}

/** Encoding of a new set whose first member is given, and which is to take `hint` of them. */
export function firstEncoding(member: usize, len: u32, hint: u32): u32 {
  if (hint <= load<u32>(SET_INTSET_ENTRIES) && parseI64(member, len)) return INTSET;
  return hint <= load<u32>(SET_LISTPACK_ENTRIES) ? LISTPACK : HASHTABLE;
}

/** Encoding of a set of so many members, whose longest is of so many bytes. */
export function encodingFor(count: u32, integers: bool, longest: u32): u32 {
  if (integers) return count <= load<u32>(SET_INTSET_ENTRIES) ? INTSET : HASHTABLE;
  const small = count <= load<u32>(SET_LISTPACK_ENTRIES) && longest <= load<u32>(SET_LISTPACK_VALUE);
  return small ? LISTPACK : HASHTABLE;
}

/** Members of a value. */
export function lengthOf(encoding: u32, value: usize): u32 {
  if (encoding == INTSET) return intsetLength(value);
  return encoding == LISTPACK ? lpLength(value) : tableCount(value);
}
@inline export function lengthAt(e: usize): u32 {
  return lengthOf(entryEncoding(e), valuePtr(e));
}

// ---- converting -----------------------------------------------------------------------------------

/** Makes a hash table of a set. @returns false when memory is out, and then nothing has changed */
export function toTable(e: usize): bool {
  const old = valuePtr(e);
  const t = newValue(HASHTABLE);
  if (!t) return false;
  const packed = entryEncoding(e) == LISTPACK;
  const count: u32 = packed ? 0 : intsetLength(old);
  let at: u32 = packed ? lpFirst(old) : 0;
  while (packed ? at != 0 : at < count) {
    let len: u32;
    let member: usize = TEXT;
    if (packed) {
      lpGetString(old, at, TEXT);
      member = lpPtr();
      len = lpLen();
      at = lpNext(old, at);
    } else len = writeI64(TEXT, intsetGet(old, at++));
    if (!tableAdd(t, hashBytes(member, len), member, len)) {
      freeValue(HASHTABLE, t);
      return false;
    }
  }
  free(old);
  setValuePtr(e, t);
  setEncoding(e, HASHTABLE);
  return true;
}

/** Makes a listpack of an intset. @returns false when memory is out, and then nothing has changed */
function toListpack(e: usize): bool {
  const old = valuePtr(e);
  const count = intsetLength(old);
  let lp = lpNew(intsetBytes(old) + count * 2);
  for (let i: u32 = 0; i < count && lp; i++) {
    const grown = lpAppendInt(lp, intsetGet(old, i));
    if (!grown) free(lp);
    lp = grown;
  }
  if (!lp) return false;
  free(old);
  setValuePtr(e, lp);
  setEncoding(e, LISTPACK);
  return true;
}

/** Whether an intset may become a listpack that takes one more member of so many bytes. */
function fitsListpack(set: usize, len: u32): bool {
  const count = intsetLength(set);
  const limit = load<u32>(SET_LISTPACK_VALUE);
  if (count >= load<u32>(SET_LISTPACK_ENTRIES) || len > limit) return false;
  if (!count) return true;
  // The widest numbers are at the ends.
  const widest = max(i64Length(intsetGet(set, 0)), i64Length(intsetGet(set, count - 1)));
  return widest <= limit && <u64> count * (widest + LP_ENTRY_OVERHEAD) + len < 1 << 30;
}

/** Prepares a set for `hint` members at once: so many go into a table. @returns false when memory is out */
export function prepare(e: usize, hint: u32): bool {
  const encoding = entryEncoding(e);
  const crowded = encoding == INTSET
    ? hint > load<u32>(SET_INTSET_ENTRIES)
    : encoding == LISTPACK && hint > load<u32>(SET_LISTPACK_ENTRIES);
  return !crowded || toTable(e);
}

// ---- members --------------------------------------------------------------------------------------

/** Adds a member. @returns 1 when it is new, 0 when it was there, OUT_OF_MEMORY with nothing changed */
export function addMember(e: usize, member: usize, len: u32): i32 {
  const encoding = entryEncoding(e);
  if (encoding == HASHTABLE) return addToTable(valuePtr(e), hashMember(valuePtr(e), member, len), member, len);
  return encoding == INTSET ? addToIntset(e, member, len) : addToListpack(e, member, len);
}

/** {@link addMember} to a table, with the member's hash. */
@inline export function addToTable(t: usize, hash: u64, member: usize, len: u32): i32 {
  if (tableFind(t, hash, member, len)) return 0;
  return tableAdd(t, hash, member, len) ? 1 : OUT_OF_MEMORY;
}

function addToIntset(e: usize, member: usize, len: u32): i32 {
  const set = valuePtr(e);
  if (parseI64(member, len)) {
    const grown = intsetAdd(set, parsedI64());
    if (!grown) return OUT_OF_MEMORY;
    setValuePtr(e, grown);
    if (!intsetChanged()) return 0;
    // Without memory for the table it stays an intset, a little too long, until the next member comes.
    if (intsetLength(grown) > load<u32>(SET_INTSET_ENTRIES)) toTable(e);
    return 1;
  }
  if (!(fitsListpack(set, len) ? toListpack(e) : toTable(e))) return OUT_OF_MEMORY;
  return addMember(e, member, len);
}

function addToListpack(e: usize, member: usize, len: u32): i32 {
  const lp = valuePtr(e);
  if (lpFind(lp, lpFirst(lp), member, len, 0)) return 0;
  const fits = lpLength(lp) < load<u32>(SET_LISTPACK_ENTRIES) && len <= load<u32>(SET_LISTPACK_VALUE) &&
    lpSafeToAdd(lp, len);
  if (!fits) return toTable(e) ? addMember(e, member, len) : OUT_OF_MEMORY;
  const grown = lpAppend(lp, member, len);
  if (!grown) return OUT_OF_MEMORY;
  setValuePtr(e, grown);
  return 1;
}

/** Whether a value has a member. */
export function hasMember(encoding: u32, value: usize, member: usize, len: u32): bool {
  if (encoding == HASHTABLE) return tableFind(value, hashMember(value, member, len), member, len) != 0;
  if (encoding == INTSET) return parseI64(member, len) && intsetHas(value, parsedI64());
  return lpFind(value, lpFirst(value), member, len, 0) != 0;
}

/** Removes a member. @returns whether it was there */
export function removeMember(e: usize, member: usize, len: u32): bool {
  const encoding = entryEncoding(e);
  const value = valuePtr(e);
  if (encoding == HASHTABLE) {
    const hash = hashMember(value, member, len);
    const item = tableFind(value, hash, member, len);
    if (!item) return false;
    tableRemove(value, hash, item);
    free(item);
    return true;
  }
  if (encoding == INTSET) {
    if (!parseI64(member, len)) return false;
    setValuePtr(e, intsetRemove(value, parsedI64()));
    return intsetChanged();
  }
  const at = lpFind(value, lpFirst(value), member, len, 0);
  if (at) setValuePtr(e, lpDelete(value, at));
  return at != 0;
}

// ---- handles --------------------------------------------------------------------------------------

// A handle names a member within its set: an item, an offset of the listpack or an index of the intset.

/** The member that {@link readMember} has read; the bytes stay until its next call or a change. */
export let memberPtr: usize = 0;
export let memberLen: u32 = 0;

/** Reads the member of a handle; an integer is spelt in `text`, 20 bytes. */
export function readMember(encoding: u32, value: usize, handle: u32, text: usize = TEXT): void {
  if (encoding == HASHTABLE) {
    memberPtr = itemMember(handle);
    memberLen = itemLen(handle);
  } else if (encoding == INTSET) {
    memberPtr = text;
    memberLen = writeI64(text, intsetGet(value, handle));
  } else {
    lpGetString(value, handle, text);
    memberPtr = lpPtr();
    memberLen = lpLen();
  }
}
