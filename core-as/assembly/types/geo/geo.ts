/**
 * Geo commands on single members: GEOADD, GEOPOS, GEODIST and GEOHASH. A set of places is a sorted set
 * whose scores are cells of the finest grid (geohash.ts).
 */
import { ARGC, countChanges, GEO_LATITUDE, MISSING, NOT_A_FLOAT, OUT_OF_MEMORY, RESULT_F64, WRONG_TYPE } from "../../base/layout";
import { parseDouble, parsedDouble } from "../../text/double";
import { remove } from "../../keyspace/keyspace";
import { argLen, argPtr } from "../../protocol/resp";
import { replyArray, replyBulk, replyI64, replyNull, replyNullArray } from "../../protocol/reply";
import { distance, unitMeters } from "./geodistance";
import {
  decode, encode, GEOHASH_BYTES, LATITUDE_MAX, LATITUDE_MIN, LONGITUDE_MAX, LONGITUDE_MIN, placeLatitude, placeLongitude,
  STEP_MAX, writeGeohash,
} from "./geohash";
import { replyDistance, replyPlace } from "./georeply";
import {
  ZADD_CH, ZADD_XX, zsetMade, zsetToAdd, zsetUpdate, UPDATE_ADDED, UPDATE_FAILED, UPDATE_LEFT, UPDATE_UPDATED,
} from "../zset/zset_update";
import { ZSET_CHANGED, ZSET_CREATED, ZSET_NO_MEMORY } from "../zset/zset_run";
import { doubleScratch, find, foundScore, zsetAt, zsetStatus } from "../zset/zset_value";

/** A pair that is no place on the map: the pair is in RESULT_F64 and GEO_LATITUDE. */
export const GEO_BAD_PLACE: i32 = -110;
export const GEO_BAD_UNIT: i32 = -111;

/** The place that {@link readPlace} has read. */
export let longitude: f64 = 0;
export let latitude: f64 = 0;

export function readNumber(arg: u32): bool {
  return parseDouble(argPtr(arg), argLen(arg), doubleScratch());
}

/** Reads two arguments as a place. @returns 0, NOT_A_FLOAT or GEO_BAD_PLACE */
export function readPlace(arg: u32): i32 {
  if (!readNumber(arg)) return NOT_A_FLOAT;
  longitude = parsedDouble();
  if (!readNumber(arg + 1)) return NOT_A_FLOAT;
  latitude = parsedDouble();
  if (
    longitude >= LONGITUDE_MIN && longitude <= LONGITUDE_MAX && latitude >= LATITUDE_MIN && latitude <= LATITUDE_MAX
  ) return 0;
  store<f64>(RESULT_F64, longitude);
  store<f64>(GEO_LATITUDE, latitude);
  return GEO_BAD_PLACE;
}

/**
 * GEOADD: longitude, latitude and member, again and again from argument `first` on.
 *
 * @param flags ZADD_NX, ZADD_XX and ZADD_CH
 * @returns ZSET_* bits, or an error
 */
export function geoAdd(db: u32, karg: u32, first: u32, flags: u32): i32 {
  const argc = load<u32>(ARGC);
  // All places are read before anything is done; one alone need not be read twice.
  for (let i = first; i < argc; i += 3) {
    const wrong = readPlace(i);
    if (wrong) return wrong;
  }
  const e = zsetToAdd(db, karg, argLen(first + 2), flags);
  if (!e) {
    if (zsetStatus == WRONG_TYPE) return WRONG_TYPE;
    if (!(flags & ZADD_XX)) return OUT_OF_MEMORY;
    replyI64(0);
    return 0;
  }
  const created = zsetMade() ? ZSET_CREATED : 0;
  let added: u32 = 0;
  let updated: u32 = 0;
  let done = UPDATE_LEFT;
  for (let i = first; i < argc && done != UPDATE_FAILED; i += 3) {
    if (first + 3 != argc) readPlace(i);
    const score = <f64> encode(longitude, latitude, STEP_MAX);
    done = zsetUpdate(e, score, argPtr(i + 2), argLen(i + 2), flags);
    if (done == UPDATE_ADDED) added++;
    else if (done == UPDATE_UPDATED) updated++;
  }
  const changed = added + updated ? created | ZSET_CHANGED : 0;
  countChanges(added + updated);
  if (done == UPDATE_FAILED) {
    if (changed) return changed | ZSET_NO_MEMORY;
    if (created) remove(db, e);
    return OUT_OF_MEMORY;
  }
  replyI64(flags & ZADD_CH ? added + updated : added);
  return changed;
}

/** GEOPOS of the members from argument `first` on. @returns 0, MISSING or WRONG_TYPE */
export function geoPlaces(db: u32, karg: u32, first: u32): i32 {
  const e = zsetAt(db, karg);
  if (!e && zsetStatus == WRONG_TYPE) return WRONG_TYPE;
  const argc = load<u32>(ARGC);
  replyArray(argc - first);
  for (let i = first; i < argc; i++) {
    if (e && find(e, argPtr(i), argLen(i))) {
      decode(foundScore);
      replyPlace(placeLongitude, placeLatitude);
    } else replyNullArray();
  }
  return e ? 0 : MISSING;
}

const HASH_TEXT = memory.data(16);

/** GEOHASH of the members from argument `first` on. @returns 0, MISSING or WRONG_TYPE */
export function geoHashes(db: u32, karg: u32, first: u32): i32 {
  const e = zsetAt(db, karg);
  if (!e && zsetStatus == WRONG_TYPE) return WRONG_TYPE;
  const argc = load<u32>(ARGC);
  replyArray(argc - first);
  for (let i = first; i < argc; i++) {
    if (e && find(e, argPtr(i), argLen(i))) {
      writeGeohash(HASH_TEXT, foundScore);
      replyBulk(HASH_TEXT, GEOHASH_BYTES);
    } else replyNull();
  }
  return e ? 0 : MISSING;
}

/**
 * GEODIST of the members of two arguments.
 *
 * @param uarg argument of the unit, 0 for meters
 * @returns 0, MISSING or an error
 */
export function geoDistance(db: u32, karg: u32, marg: u32, uarg: u32): i32 {
  const unit = uarg ? unitMeters(uarg) : 1;
  if (!unit) return GEO_BAD_UNIT;
  const e = zsetAt(db, karg);
  if (!e) {
    if (zsetStatus == WRONG_TYPE) return WRONG_TYPE;
    replyNull();
    return MISSING;
  }
  if (find(e, argPtr(marg), argLen(marg))) {
    decode(foundScore);
    const fromLongitude = placeLongitude;
    const fromLatitude = placeLatitude;
    if (find(e, argPtr(marg + 1), argLen(marg + 1))) {
      decode(foundScore);
      replyDistance(distance(fromLongitude, fromLatitude, placeLongitude, placeLatitude) / unit);
      return 0;
    }
  }
  replyNull();
  return 0;
}
