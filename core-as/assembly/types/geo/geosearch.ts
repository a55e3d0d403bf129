/**
 * Searches for the members around a place: GEOSEARCH, GEORADIUS and their relatives.
 *
 * Nine cells (geocells.ts) are looked into as ranges of the sorted set. In a tree the places are
 * computed from the scores in its leaves; a member's item is only read when it is replied. What is found is
 * kept as records (ranking.ts): the distance, and the item, or the offset in a listpack.
 */
import { countChanges, HEAP, OUT_OF_MEMORY, SCRATCH, SCRATCH_BYTES } from "../../base/layout";
import { allocate, free, reallocate } from "../../base/memory";
import { freeEntry, LISTPACK, valuePtr } from "../../keyspace/entry";
import { hashBytes } from "../../hashing/hash";
import {
  leafItem, leafNext, nodeCount, nodeScore, SCORE_BELOW, treeLeaf, treeScoresBefore, treeSlot,
} from "../../structures/btree";
import { argLen, argPtr } from "../../protocol/resp";
import { replyArray, replyBulk, replyI64 } from "../../protocol/reply";
import { CELLS, endScore, findCells, firstScore, openCell } from "./geocells";
import { decode, placeLatitude, placeLongitude, scoreBits } from "./geohash";
import { replyDistance, replyPlace } from "./georeply";
import { halfHeight, halfWidth, isWithin, middleLatitude, middleLongitude, placeMeters, reach } from "./geoshape";
import {
  GEO_ANY, GEO_ASCENDING, GEO_DESCENDING, GEO_STORE_DISTANCE, GEO_WITH_DISTANCE, GEO_WITH_HASH, GEO_WITH_PLACE,
  geoCheck, lengthUnit, wanted,
} from "./geoquery";
import { RANK_DOWN, RANK_NUMBER, rankAll, rankSome, RECORD_BYTES } from "../../structures/ranking";
import { storeReplying } from "../zset/zset_run";
import {
  add, addUnordered, encodingFor, freeUnordered, isTree, member, memberHandle, memberLen, memberScore, newZset, orderAll,
  readHandle, readHere, seekEnd, stepForward, treeOf, zsetAt, zsetStatus,
} from "../zset/zset_value";

// ---- what is found --------------------------------------------------------------------------------

/** Where records lie for which no block is needed, above what replies borrow; as much room to sort them follows. */
const SCRATCH_AREA: usize = SCRATCH + 1024;
const SCRATCH_RECORDS: u32 = SCRATCH_BYTES / 6 / RECORD_BYTES;

let records: usize = 0;
let count: u32 = 0;
let capacity: u32 = 0;

function openRecords(): void {
  records = SCRATCH_AREA;
  capacity = SCRATCH_RECORDS;
  count = 0;
}
function closeRecords(): void {
  if (records != SCRATCH_AREA) free(records);
}

/** Makes room for as many records again. @returns false when memory is out */
function growRecords(): bool {
  const bytes = capacity * RECORD_BYTES;
  if (bytes >= 0x40000000) return false;
  const isFirst = records == SCRATCH_AREA;
  const block = isFirst ? allocate(bytes << 1) : reallocate(records, bytes << 1, bytes);
  if (!block) return false;
  if (isFirst) memory.copy(block, records, bytes);
  records = block;
  capacity <<= 1;
  return true;
}

/** Adds a record. @returns false when memory is out */
@inline function found(key: f64, what: u32): bool {
  if (count == capacity && !growRecords()) return false;
  const record = records + <usize> count * RECORD_BYTES;
  count++;
  store<f64>(record, key);
  store<u32>(record, what, 8);
  return true;
}

// ---- looking --------------------------------------------------------------------------------------

/** Looks into the open cell in a tree, until `most` are found. @returns false when memory is out */
function lookInTree(tree: usize, most: u32, measured: bool): bool {
  treeScoresBefore(tree, SCORE_BELOW, firstScore);
  let leaf = treeLeaf();
  for (let slot = treeSlot(); leaf; slot = 0) {
    for (const end = nodeCount(leaf); slot < end; slot++) {
      const score = load<f64>(nodeScore(leaf, slot));
      if (score >= endScore) return true;
      if (!isWithin(score, measured)) continue;
      if (!found(placeMeters, load<u32>(leafItem(leaf, slot)))) return false;
      if (count >= most) return true;
    }
    leaf = leafNext(leaf);
  }
  return true;
}

/** The same in a listpack. */
function lookInListpack(lp: usize, most: u32, measured: bool): bool {
  for (let more = seekEnd(lp, false); more; more = stepForward()) {
    readHere();
    if (memberScore < firstScore) continue;
    if (memberScore >= endScore) return true;
    if (!isWithin(memberScore, measured)) continue;
    if (!found(placeMeters, memberHandle())) return false;
    if (count >= most) return true;
  }
  return true;
}

/** Finds members within the shape. @returns false when memory is out */
function look(e: usize, most: u32, measured: bool): bool {
  findCells(middleLongitude, middleLatitude, halfWidth, halfHeight, reach);
  for (let cell: u32 = 0; cell < CELLS; cell++) {
    if (!openCell(cell)) continue;
    const isWhole = isTree(e) ? lookInTree(treeOf(valuePtr(e)), most, measured)
      : lookInListpack(valuePtr(e), most, measured);
    if (!isWhole) return false;
    if (count >= most) break;
  }
  return true;
}

/** Sorts what was found, as far as the first `shown` need it. @returns false when memory is out */
function sort(flags: u32, shown: u32): bool {
  const by = flags & GEO_DESCENDING ? RANK_NUMBER | RANK_DOWN : RANK_NUMBER;
  if (shown < count) {
    rankSome(records, count, by, 0, shown - 1);
    return true;
  }
  const inScratch = records == SCRATCH_AREA;
  const room = inScratch ? records + SCRATCH_RECORDS * RECORD_BYTES : allocate(count * RECORD_BYTES);
  if (!room) return false;
  rankAll(records, count, by, room);
  if (!inScratch) free(room);
  return true;
}

// ---- replying -------------------------------------------------------------------------------------

/** Reads the member of a record into zset_value's member, memberLen and memberScore. */
@inline function readRecord(e: usize, index: u32): void {
  readHandle(e, load<u32>(records + <usize> index * RECORD_BYTES, 8));
}
@inline function metersAt(index: u32): f64 {
  return load<f64>(records + <usize> index * RECORD_BYTES);
}

function replyFound(e: usize, shown: u32, flags: u32): void {
  const extras = popcnt(flags & (GEO_WITH_DISTANCE | GEO_WITH_HASH | GEO_WITH_PLACE));
  replyArray(shown);
  for (let i: u32 = 0; i < shown; i++) {
    readRecord(e, i);
    if (extras) replyArray(extras + 1);
    replyBulk(member, memberLen);
    if (flags & GEO_WITH_DISTANCE) replyDistance(metersAt(i) / lengthUnit);
    if (flags & GEO_WITH_HASH) replyI64(<i64> scoreBits(memberScore));
    if (flags & GEO_WITH_PLACE) {
      decode(memberScore);
      replyPlace(placeLongitude, placeLatitude);
    }
  }
}

/** Where a member that is an integer is spelt while another set is changed. */
const SPELT = memory.data(32);

/** Adds the member last read to a new listpack. @returns false when memory is out */
function addKept(made: usize, score: f64): bool {
  let ptr = member;
  if (ptr < HEAP) {
    ptr = SPELT;
    memory.copy(SPELT, member, memberLen);
  }
  return add(made, score, ptr, memberLen);
}

/** A new set of the first `shown` found, in no database; 0 when memory is out. */
function copyFound(e: usize, darg: u32, shown: u32, flags: u32): usize {
  let longest: u32 = 0;
  for (let i: u32 = 0; i < shown; i++) {
    readRecord(e, i);
    longest = max(longest, memberLen);
  }
  const encoding = encodingFor(shown, longest);
  const made = newZset(argPtr(darg), argLen(darg), encoding);
  if (!made) return 0;
  let i: u32 = 0;
  for (; i < shown; i++) {
    readRecord(e, i);
    const score = flags & GEO_STORE_DISTANCE ? metersAt(i) / lengthUnit : memberScore;
    const added = encoding == LISTPACK ? addKept(made, score)
      : addUnordered(valuePtr(made), hashBytes(member, memberLen), score, member, memberLen);
    if (!added) break;
  }
  if (encoding == LISTPACK) {
    if (i == shown) return made;
    freeEntry(made);
    return 0;
  }
  if (i == shown && orderAll(valuePtr(made))) return made;
  freeUnordered(valuePtr(made));
  free(made);
  return 0;
}

/** Replies with what was found, or stores it at the key of argument `darg` (0: replies). */
function show(db: u32, e: usize, darg: u32, flags: u32): i32 {
  const shown = <u32> min<f64>(wanted, count);
  const sorted = flags & (GEO_ASCENDING | GEO_DESCENDING);
  if (sorted && shown && !sort(flags, shown)) return OUT_OF_MEMORY;
  if (!darg) {
    replyFound(e, shown, flags);
    return 0;
  }
  const made = shown ? copyFound(e, darg, shown, flags) : 0;
  if (shown && !made) return OUT_OF_MEMORY;
  const status = storeReplying(db, darg, made);
  countChanges(max(shown, 1));
  return status;
}

/** The key searched was there, where something was to be stored; goes with ZSET_*. */
export const GEO_FOUND: i32 = 16;

/**
 * GEOSEARCH and its relatives; see geoquery.ts for `parg`, `sarg` and `narg`.
 *
 * @param darg argument of the key to store at, 0 to reply
 * @param flags GEO_*
 * @returns 0 or an error; MISSING after an empty reply for a key that is not there; with `darg` ZSET_* bits and
 *   GEO_FOUND
 */
export function geoSearch(db: u32, karg: u32, darg: u32, parg: u32, sarg: u32, narg: u32, flags: u32): i32 {
  const status = geoCheck(db, karg, parg, sarg, narg, flags);
  if (status) return status;
  const e = zsetAt(db, karg);
  if (!e) {
    if (darg) return storeReplying(db, darg, 0);
    replyArray(0);
    return zsetStatus;
  }
  const isAny = (flags & GEO_ANY) != 0;
  // Only the nearest make sense as the first ones.
  if (narg && !isAny && !(flags & GEO_DESCENDING)) flags |= GEO_ASCENDING;
  const measured = (flags & (GEO_ASCENDING | GEO_DESCENDING | GEO_WITH_DISTANCE | GEO_STORE_DISTANCE)) != 0;
  openRecords();
  const most = isAny && wanted < <f64> u32.MAX_VALUE ? <u32> wanted : u32.MAX_VALUE;
  const done = look(e, most, measured) ? show(db, e, darg, flags) : OUT_OF_MEMORY;
  closeRecords();
  return darg && done >= 0 ? done | GEO_FOUND : done;
}
