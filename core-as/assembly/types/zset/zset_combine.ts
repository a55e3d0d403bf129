/**
 * Unions, intersections and differences of sorted sets, in which sets take part with scores of 1.
 *
 * The result is made in a new entry's table first; its tree is filled at the end, when no score
 * changes any more. Sums are rounded, so the order of addition matters: unions and intersections take
 * their sources from the smallest on, as Redis does.
 *
 * ```
 *  source (16 bytes), one per key:  f64 weight | u32 entry, 0 = absent | u32 length
 * ```
 */
import { NOT_A_FLOAT, OUT_OF_MEMORY, WRONG_TYPE } from "../../base/layout";
import { allocate, free } from "../../base/memory";
import { parsedDouble, parseDouble } from "../../text/double";
import { entryType, freeEntry, LISTPACK, SKIPLIST, TYPE_SET, TYPE_ZSET, valuePtr } from "../../keyspace/entry";
import { hashBytes } from "../../hashing/hash";
import { lookup } from "../../keyspace/keyspace";
import { tableFind } from "../../structures/keytable";
import { itemScore, setItemScore } from "../../structures/btree";
import { argLen, argPtr } from "../../protocol/resp";
import { replyI64 } from "../../protocol/reply";
import {
  addUnordered, doubleScratch, encodingFor, freeUnordered, lengthAt, member, memberLen, memberScore, newZset, orderAll,
  tableOf,
} from "./zset_value";
import { replyMembers, replyRun, showScores } from "./zset_reply";
import { copyRun, storeReplying } from "./zset_run";
import { sourceFind, sourceLength, sourceNext, sourceStart, sourceValue } from "./zset_source";

export const COMBINE_UNION: u32 = 0;
export const COMBINE_INTER: u32 = 1;
export const COMBINE_DIFF: u32 = 2;

export const AGGREGATE_SUM: u32 = 0;
export const AGGREGATE_MIN: u32 = 1;
export const AGGREGATE_MAX: u32 = 2;

const SOURCE_BYTES: u32 = 16;

/** The sources of the command under way. */
let sources: usize = 0;
let sourceCount: u32 = 0;

@inline function sourceAt(index: u32): usize { return sources + index * SOURCE_BYTES; }
@inline function weightOf(source: usize): f64 { return load<f64>(source); }
@inline function entryOf(source: usize): usize { return load<u32>(source, 8); }
@inline function lengthOf(source: usize): u32 { return load<u32>(source, 12); }

/**
 * Looks up the sources.
 *
 * @param warg argument of the first weight, 0 where there are none
 * @returns 0, WRONG_TYPE, NOT_A_FLOAT or OUT_OF_MEMORY; when it is 0 closeSources() must follow
 */
function openSources(db: u32, karg: u32, count: u32, warg: u32): i32 {
  sources = allocate(count * SOURCE_BYTES);
  if (!sources) return OUT_OF_MEMORY;
  sourceCount = count;
  sourcesFound = 0;
  sourcesLooked = 0;
  let status: i32 = 0;
  for (let i: u32 = 0; i < count && !status; i++) {
    const e = lookup(db, argPtr(karg + i), argLen(karg + i));
    sourcesLooked++;
    if (e) sourcesFound++;
    if (e && entryType(e) != TYPE_ZSET && entryType(e) != TYPE_SET) status = WRONG_TYPE;
    else {
      const source = sourceAt(i);
      store<f64>(source, 1);
      store<u32>(source, <u32> e, 8);
      store<u32>(source, e ? sourceLength(e) : 0, 12);
    }
  }
  for (let i: u32 = 0; warg && i < count && !status; i++) {
    if (!parseDouble(argPtr(warg + i), argLen(warg + i), doubleScratch())) status = NOT_A_FLOAT;
    else store<f64>(sourceAt(i), parsedDouble());
  }
  if (status) closeSources();
  return status;
}

function closeSources(): void {
  free(sources);
}

/** Sorts the sources by length, those of one length as they were (insertion: there are few). */
function sortSources(): void {
  for (let i: u32 = 1; i < sourceCount; i++) {
    const moved = v128.load(sourceAt(i));
    const length = lengthOf(sourceAt(i));
    let at = i;
    for (; at && lengthOf(sourceAt(at - 1)) > length; at--) v128.store(sourceAt(at), v128.load(sourceAt(at - 1)));
    v128.store(sourceAt(at), moved);
  }
}

// ---- combining ------------------------------------------------------------------------------------

/** A result that is no number, as of infinities of both signs, counts as 0. */
@inline function numberOr0(value: f64): f64 {
  return isNaN(value) ? 0 : value;
}

@inline function aggregated(a: f64, b: f64, aggregate: u32): f64 {
  if (aggregate == AGGREGATE_SUM) return numberOr0(a + b);
  if (aggregate == AGGREGATE_MIN) return b < a ? b : a;
  return b > a ? b : a;
}

/** Longest member of the result. */
let longest: u32 = 0;

/** Adds the source's member to the result, in which it is not. */
@inline function take(made: usize, hash: u64, score: f64): bool {
  longest = max(longest, memberLen);
  return addUnordered(valuePtr(made), hash, score, member, memberLen);
}

function unite(made: usize, aggregate: u32): bool {
  const table = tableOf(valuePtr(made));
  for (let i: u32 = 0; i < sourceCount; i++) {
    const source = sourceAt(i);
    if (!lengthOf(source)) continue;
    const weight = weightOf(source);
    for (let more = sourceStart(entryOf(source)); more; more = sourceNext()) {
      const score = numberOr0(weight * memberScore);
      const hash = hashBytes(member, memberLen);
      const item = tableFind(table, hash, member, memberLen);
      if (item) setItemScore(item, aggregated(itemScore(item), score, aggregate));
      else if (!take(made, hash, score)) return false;
    }
  }
  return true;
}

/** Whether a source has the member that another one's cursor is on, with its score in `sourceValue`. */
@inline function isIn(source: usize): bool {
  return lengthOf(source) != 0 && sourceFind(entryOf(source), member, memberLen);
}

function intersect(made: usize, aggregate: u32): bool {
  const first = sourceAt(0);
  if (!lengthOf(first)) return true;
  for (let more = sourceStart(entryOf(first)); more; more = sourceNext()) {
    let score = numberOr0(weightOf(first) * memberScore);
    let i: u32 = 1;
    for (; i < sourceCount && isIn(sourceAt(i)); i++) {
      score = aggregated(score, weightOf(sourceAt(i)) * sourceValue, aggregate);
    }
    if (i < sourceCount) continue;
    if (!take(made, hashBytes(member, memberLen), score)) return false;
  }
  return true;
}

function subtract(made: usize): bool {
  const first = sourceAt(0);
  if (!lengthOf(first)) return true;
  for (let more = sourceStart(entryOf(first)); more; more = sourceNext()) {
    let i: u32 = 1;
    while (i < sourceCount && !isIn(sourceAt(i))) i++;
    if (i < sourceCount) continue;
    if (!take(made, hashBytes(member, memberLen), memberScore)) return false;
  }
  return true;
}

/**
 * The combination of the sources that are open, as an entry in no database.
 *
 * @returns 0 when memory is out
 */
function combine(key: usize, keyLen: u32, op: u32, aggregate: u32): usize {
  const made = newZset(key, keyLen, SKIPLIST);
  if (!made) return 0;
  if (op != COMBINE_DIFF) sortSources();
  longest = 0;
  const taken = op == COMBINE_UNION ? unite(made, aggregate)
    : op == COMBINE_INTER ? intersect(made, aggregate)
    : subtract(made);
  if (taken && orderAll(valuePtr(made))) return made;
  freeUnordered(valuePtr(made));
  free(made);
  return 0;
}

// ---- commands -------------------------------------------------------------------------------------

/** How many sources of the last command were looked up, to one of a wrong type, and how many were there. */
let sourcesLooked: u32 = 0;
let sourcesFound: u32 = 0;
export function zsetSourcesLooked(): u32 {
  return sourcesLooked;
}
export function zsetSourcesFound(): u32 {
  return sourcesFound;
}

/** Whether an argument is a number that can be a weight. */
export function zsetIsWeight(arg: u32): bool {
  return parseDouble(argPtr(arg), argLen(arg), doubleScratch());
}

/**
 * ZUNION, ZINTER and ZDIFF of `count` keys from argument `karg` on.
 *
 * @param op COMBINE_*
 * @param warg argument of the first weight, 0 where there are none
 * @returns 0, WRONG_TYPE, NOT_A_FLOAT or OUT_OF_MEMORY
 */
export function zsetCombine(
  db: u32, karg: u32, count: u32, op: u32, aggregate: u32, warg: u32, withScores: bool,
): i32 {
  const status = openSources(db, karg, count, warg);
  if (status) return status;
  const made = combine(0, 0, op, aggregate);
  closeSources();
  if (!made) return OUT_OF_MEMORY;
  const length = lengthAt(made);
  const show = showScores(withScores);
  replyMembers(length, show);
  replyRun(made, 0, length, false, show);
  freeEntry(made);
  return 0;
}

/** ZUNIONSTORE, ZINTERSTORE and ZDIFFSTORE to the key of argument `darg`. @returns ZSET_* bits, or an error */
export function zsetCombineStore(
  db: u32, darg: u32, karg: u32, count: u32, op: u32, aggregate: u32, warg: u32,
): i32 {
  const status = openSources(db, karg, count, warg);
  if (status) return status;
  let made = combine(argPtr(darg), argLen(darg), op, aggregate);
  closeSources();
  if (!made) return OUT_OF_MEMORY;
  const length = lengthAt(made);
  if (!length) {
    freeEntry(made);
    return storeReplying(db, darg, 0);
  }
  if (encodingFor(length, longest) == LISTPACK) {
    const small = copyRun(argPtr(darg), argLen(darg), made, 0, length, true);
    freeEntry(made);
    if (!small) return OUT_OF_MEMORY;
    made = small;
  }
  return storeReplying(db, darg, made);
}

/** ZINTERCARD, counting no further than `limit` (0: to the end). @returns 0, WRONG_TYPE or OUT_OF_MEMORY */
export function zsetInterCount(db: u32, karg: u32, count: u32, limit: f64): i32 {
  const status = openSources(db, karg, count, 0);
  if (status) return status;
  sortSources();
  const first = sourceAt(0);
  let members: u32 = 0;
  for (let more = lengthOf(first) != 0 && sourceStart(entryOf(first)); more; more = sourceNext()) {
    let i: u32 = 1;
    while (i < sourceCount && isIn(sourceAt(i))) i++;
    if (i == sourceCount && ++members == limit) break;
  }
  closeSources();
  replyI64(members);
  return 0;
}
