/**
 * SORT and SORT_RO: elements of a list, a set or a sorted set in the order of numbers or of bytes, their
 * own or those of other keys, and replied or stored as they are or as what other keys hold for them.
 *
 * Elements become records (sortelements.ts), weights are looked up (sortpattern.ts), records are sorted
 * (ranking.ts). Without anything to sort by, BY a pattern without a star, only those wanted are loaded.
 */
import { ARGC, countChanges, LIST_NODE_BYTES, LIST_NODE_ENTRIES, OUT_OF_MEMORY, WRONG_TYPE } from "../base/layout";
import { allocate, free } from "../base/memory";
import { parseDoubleNormal, parsedDouble } from "../text/double";
import {
  entryEncoding, entryType, freeEntry, LISTPACK, newEntry, QUICKLIST, setAccess, setValuePtr, SKIPLIST, TYPE_LIST, TYPE_SET,
  TYPE_ZSET,
} from "../keyspace/entry";
import { destination, freshAccess, insert, lastHash, lookup, remove, replace } from "../keyspace/keyspace";
import { LP_ENTRY_OVERHEAD, lpAppend, lpNew } from "../structures/listpack";
import { MAX_DECIMAL_BYTES, parseI64, parsedI64 } from "../text/number";
import { objectFree } from "../keyspace/object";
import { qlNew, qlPush } from "../structures/quicklist";
import {
  RANK_BYTES, RANK_DOWN, RANK_NUMBER_BYTES, rankAll, rankSome, RECORD_BYTES,
} from "../structures/ranking";
import { argLen, argPtr, wordLen } from "../protocol/resp";
import { replyArray, replyBulk, replyI64, replyNull } from "../protocol/reply";
import {
  dropElements, elementAt, elementCount, elementLen, elementPtr, elements, keep, kept, loadElements, sortableLength,
} from "./sortelements";
import { clearLooked, foundLen, foundPtr, hasStar, hits, lookUp, misses, openPattern } from "./sortpattern";
import { convert, doubleScratch } from "../types/zset/zset_value";

// What SORT may be asked for.
export const SORT_DOWN: u32 = 1;
export const SORT_ALPHA: u32 = 2;
/** Keys of patterns that are not there are logged (keyspace.ts). */
export const SORT_TELLS_MISSES: u32 = 4;

/** An element, or its weight, is no number. */
export const SORT_NO_NUMBER: i32 = -120;

// What has happened to the destination.
export const SORT_CREATED: i32 = 1;
export const SORT_STORED: i32 = 2;
export const SORT_REMOVED: i32 = 4;
/** The key sorted was there. */
export const SORT_FOUND: i32 = 8;

/** Keys that BY and GET have found, and not found, in the last command. */
export function sortHits(): u32 {
  return hits;
}
export function sortMisses(): u32 {
  return misses;
}

// ---- which elements -------------------------------------------------------------------------------

/** The places of the result that are wanted: none when the last is before the first. */
let firstPlace: i64 = 0;
let lastPlace: i64 = 0;

/** Finds them from LIMIT, in `length` elements. */
function setPlaces(length: i64, offset: f64, limit: f64): void {
  const most = <i64> min<f64>(max<f64>(limit, -1), <f64> length);
  firstPlace = <i64> min<f64>(max<f64>(offset, 0), <f64> length);
  lastPlace = most < 0 ? length - 1 : min(firstPlace + most - 1, length - 1);
}

// ---- weights --------------------------------------------------------------------------------------

/** What {@link readNumber} has read. */
let number: f64 = 0;

@inline function readNumber(ptr: usize, len: u32): bool {
  // Most are integers, the digits of which need no rounding.
  if (len <= MAX_DECIMAL_BYTES && parseI64(ptr, len)) {
    number = <f64> parsedI64();
    return true;
  }
  if (!parseDoubleNormal(ptr, len, doubleScratch())) return false;
  number = parsedDouble();
  return true;
}

/** Bytes up to the first NUL. */
function textLength(ptr: usize, len: u32): u32 {
  let end: u32 = 0;
  while (end < len && load<u8>(ptr + end)) end++;
  return end;
}

/**
 * Gives records the numbers or bytes that they are sorted by.
 *
 * @param asText whether bytes end at a NUL, as C compares strings
 * @returns 0, SORT_NO_NUMBER or OUT_OF_MEMORY
 */
function weigh(db: u32, barg: u32, alpha: bool, asText: bool): i32 {
  if (barg) openPattern(barg);
  let status: i32 = 0;
  for (let i: u32 = 0; i < elementCount; i++) {
    const record = elementAt(i);
    let ptr = elementPtr(record);
    let len = elementLen(record);
    if (barg) {
      if (!lookUp(db, ptr, len)) return OUT_OF_MEMORY;
      // Without a weight it counts as 0, or comes before all bytes: what its record says already.
      if (!foundPtr) continue;
      ptr = foundPtr;
      len = foundLen;
    }
    if (!alpha) {
      if (!readNumber(ptr, len)) status = SORT_NO_NUMBER;
      else store<f64>(record, number);
    } else {
      if (!keep(ptr, len)) return OUT_OF_MEMORY;
      store<u32>(record, <u32> kept);
      store<u32>(record, asText ? textLength(kept, len) : len, 4);
    }
  }
  return status;
}

/**
 * Sorts the records, as far as is wanted.
 *
 * @param keepsTies whether records that compare equal stay in their order
 * @returns false when memory is out
 */
function rank(by: u32, keepsTies: bool): bool {
  const count = elementCount;
  if (lastPlace < firstPlace || count < 2) return true;
  const isPart = firstPlace != 0 || lastPlace != <i64> count - 1;
  if (isPart && !keepsTies) {
    rankSome(elements, count, by, <u32> firstPlace, <u32> lastPlace);
    return true;
  }
  const room = allocate(count * RECORD_BYTES);
  if (!room) return false;
  rankAll(elements, count, by, room);
  free(room);
  return true;
}

// ---- results --------------------------------------------------------------------------------------

/** The argument behind the next GET from argument `at` on, 0 when there is none; the host has checked the words. */
function nextGet(at: u32): u32 {
  for (const argc = load<u32>(ARGC); at + 1 < argc; at++) {
    const first = load<u8>(argPtr(at)) | 0x20;
    switch (wordLen(at)) {
      case 2: // BY
        at++;
        break;
      case 3: // ASC, GET
        if (first == 0x67) return at + 1;
        break;
      case 5: // ALPHA, LIMIT, STORE
        if (first == 0x6c) at += 2;
        else if (first == 0x73) at++;
        break;
    }
  }
  return 0;
}

function countGets(): u32 {
  let gets: u32 = 0;
  for (let at = nextGet(2); at; at = nextGet(at + 1)) gets++;
  return gets;
}

/** How many elements are wanted. */
@inline function wantedCount(): u32 {
  return lastPlace < firstPlace ? 0 : <u32> (lastPlace - firstPlace + 1);
}

/** What GET has found: {u32 address, 0 for nothing; u32 length} for each pattern of each element. */
let results: usize = 0;
/** How many results there are: elements, or what GET has found for them. */
let resultCount: u32 = 0;
let hasGets: bool = false;

@inline function resultPtr(index: u32): usize {
  return hasGets ? load<u32>(results + (<usize> index << 3)) : elementPtr(elementAt(<u32> firstPlace + index));
}
@inline function resultLen(index: u32): u32 {
  return hasGets ? load<u32>(results + (<usize> index << 3), 4) : elementLen(elementAt(<u32> firstPlace + index));
}

/** Makes results of the elements that are wanted. @returns false when memory is out */
function makeResults(db: u32): bool {
  const count = wantedCount();
  const gets = countGets();
  hasGets = gets != 0;
  resultCount = count;
  if (!gets || !count) return true;
  if (<u64> gets * count > 0x0fffffff) return false;
  resultCount = count * gets;
  results = allocate(resultCount << 3);
  if (!results) return false;
  // Element by element, as what is not there or has expired is told of in that order.
  let result = results;
  const onlyGet = gets == 1 ? nextGet(2) : 0;
  if (onlyGet) openPattern(onlyGet);
  for (let i: u32 = 0; i < count; i++) {
    const record = elementAt(<u32> firstPlace + i);
    for (let arg = onlyGet ? onlyGet : nextGet(2); arg; arg = onlyGet ? 0 : nextGet(arg + 1)) {
      if (!onlyGet) openPattern(arg);
      if (!lookUp(db, elementPtr(record), elementLen(record))) return false;
      if (foundPtr && !keep(foundPtr, foundLen)) return false;
      store<u32>(result, foundPtr ? <u32> kept : 0);
      store<u32>(result, foundPtr ? foundLen : 0, 4);
      result += 8;
    }
  }
  return true;
}

function replyResults(): void {
  replyArray(resultCount);
  for (let i: u32 = 0; i < resultCount; i++) {
    if (resultPtr(i)) replyBulk(resultPtr(i), resultLen(i));
    else replyNull();
  }
}

/** Header and terminator of a listpack. */
const LP_EMPTY: u32 = 7;

/** A list of the results, of which there are some, in no database; what was not found is empty. @returns 0 when memory is out */
function listOfResults(darg: u32): usize {
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < resultCount; i++) bytes += resultLen(i);
  const isSmall = bytes + LP_EMPTY <= load<u32>(LIST_NODE_BYTES) && resultCount <= load<u32>(LIST_NODE_ENTRIES);
  let value = isSmall ? lpNew(LP_EMPTY + <u32> bytes + resultCount * LP_ENTRY_OVERHEAD) : qlNew();
  if (!value) return 0;
  let i: u32 = 0;
  for (; i < resultCount; i++) {
    if (isSmall) {
      const grown = lpAppend(value, resultPtr(i), resultLen(i));
      if (!grown) break;
      value = grown;
    } else if (!qlPush(value, false, resultPtr(i), resultLen(i))) break;
  }
  const encoding = isSmall ? LISTPACK : QUICKLIST;
  const e = i < resultCount ? 0 : newEntry(TYPE_LIST, encoding, argPtr(darg), argLen(darg), false, false, 4);
  if (!e) {
    objectFree(TYPE_LIST, encoding, value);
    return 0;
  }
  setAccess(e, freshAccess());
  setValuePtr(e, value);
  return e;
}

/** Stores the results at a key and replies with how many there are: so many changes. @returns SORT_* bits or OUT_OF_MEMORY */
function storeResults(db: u32, darg: u32): i32 {
  const made = resultCount ? listOfResults(darg) : 0;
  if (resultCount && !made) return OUT_OF_MEMORY;
  const old = destination(db, argPtr(darg), argLen(darg), !made);
  if (made) {
    if (!(old ? replace(db, lastHash, old, made) : insert(db, lastHash, made))) {
      freeEntry(made);
      return OUT_OF_MEMORY;
    }
    if (old) freeEntry(old);
  } else if (old) remove(db, old);
  replyI64(resultCount);
  countChanges(resultCount);
  if (!made) return old ? SORT_REMOVED : 0;
  return old ? SORT_STORED : SORT_STORED | SORT_CREATED;
}

// ---- the command ----------------------------------------------------------------------------------

/** Loads and sorts the elements. @returns 0 or an error */
function arrange(db: u32, e: usize, barg: u32, flags: u32, stores: bool, offset: f64, limit: f64): i32 {
  if (!e) {
    setPlaces(0, 0, 0);
    return 0;
  }
  // What reads by rank wants a tree, and so do clients who ask for the encoding afterwards.
  if (entryType(e) == TYPE_ZSET && entryEncoding(e) != SKIPLIST && !convert(e)) return OUT_OF_MEMORY;
  const isSet = entryType(e) == TYPE_SET;
  let alpha = (flags & SORT_ALPHA) != 0;
  let sorts = !barg || hasStar(barg);
  // A set has no order that could be stored: it gets one.
  if (!sorts && isSet && stores) {
    sorts = alpha = true;
    barg = 0;
  }
  const down = (flags & SORT_DOWN) != 0;
  const length = sortableLength(e);
  setPlaces(length, offset, limit);
  if (!sorts && !isSet) {
    const count = wantedCount();
    const from = <u32> firstPlace;
    firstPlace = 0;
    lastPlace = <i64> count - 1;
    return loadElements(e, from, count, down) ? 0 : OUT_OF_MEMORY;
  }
  if (!loadElements(e, 0, length, false)) return OUT_OF_MEMORY;
  if (!sorts) return 0;
  const wrong = weigh(db, barg, alpha, !stores);
  if (wrong) return wrong;
  const by = alpha ? RANK_BYTES : RANK_NUMBER_BYTES;
  // Elements that are different but for what follows a NUL stay in their order, unless they have weights.
  return rank(down ? by | RANK_DOWN : by, !barg && alpha && !stores) ? 0 : OUT_OF_MEMORY;
}

/**
 * SORT and SORT_RO.
 *
 * @param darg argument of the key to store at, 0 to reply
 * @param barg argument of BY's pattern, 0 without
 * @param flags SORT_DOWN, SORT_ALPHA, SORT_TELLS_MISSES
 * @param offset and limit as of LIMIT, 0 and -1 without
 * @returns SORT_* bits, or an error
 */
export function sortKey(db: u32, karg: u32, darg: u32, barg: u32, flags: u32, offset: f64, limit: f64): i32 {
  clearLooked((flags & SORT_TELLS_MISSES) != 0);
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (e && entryType(e) != TYPE_LIST && entryType(e) != TYPE_SET && entryType(e) != TYPE_ZSET) return WRONG_TYPE;
  let status = arrange(db, e, barg, flags, darg != 0, offset, limit);
  if (!status && !makeResults(db)) status = OUT_OF_MEMORY;
  if (!status) {
    if (darg) status = storeResults(db, darg);
    else replyResults();
    if (status >= 0 && e) status |= SORT_FOUND;
  }
  free(results);
  results = 0;
  dropElements();
  return status;
}
