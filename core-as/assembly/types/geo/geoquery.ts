/**
 * Reading what a search is asked for. The host has told words from values; values are checked here, in
 * the order in which they stand, as the first wrong one is what the error tells of.
 */
import { NOT_A_FLOAT, NOT_AN_INTEGER, WRONG_TYPE } from "../../base/layout";
import { parsedDouble } from "../../text/double";
import { GEO_BAD_UNIT, latitude, longitude, readNumber, readPlace } from "./geo";
import { unitMeters } from "./geodistance";
import { decode, placeLatitude, placeLongitude } from "./geohash";
import { setBox, setCircle, setMiddle } from "./geoshape";
import { parseI64, parsedI64 } from "../../text/number";
import { argLen, argPtr } from "../../protocol/resp";
import { find, foundScore, zsetAt, zsetStatus } from "../zset/zset_value";

// What a search may be asked for.
/** The middle is a member's place. */
export const GEO_BY_MEMBER: u32 = 1;
/** The shape is a box. */
export const GEO_BOX: u32 = 2;
/** Nearest or furthest first. */
export const GEO_ASCENDING: u32 = 4;
export const GEO_DESCENDING: u32 = 8;
/** The count is of any members, not of the nearest. */
export const GEO_ANY: u32 = 16;
/** Shows places, distances and scores. */
export const GEO_WITH_PLACE: u32 = 32;
export const GEO_WITH_DISTANCE: u32 = 64;
export const GEO_WITH_HASH: u32 = 128;
/** Stores distances as scores. */
export const GEO_STORE_DISTANCE: u32 = 256;
/** Where the key is not there middle and shape are not looked at: GEORADIUSBYMEMBER. */
export const GEO_LENIENT: u32 = 512;

export const GEO_BAD_RADIUS: i32 = -112;
export const GEO_BAD_WIDTH: i32 = -113;
export const GEO_BAD_HEIGHT: i32 = -114;
export const GEO_NEGATIVE_RADIUS: i32 = -115;
export const GEO_NEGATIVE_SIDE: i32 = -116;
export const GEO_NO_MEMBER: i32 = -117;
export const GEO_BAD_COUNT: i32 = -118;

/** Meters of the unit that the shape is given in. */
export let lengthUnit: f64 = 1;
/** How many members are wanted. */
export let wanted: f64 = 0;

function readMiddle(e: usize, arg: u32, flags: u32): i32 {
  if (!(flags & GEO_BY_MEMBER)) {
    const wrong = readPlace(arg);
    if (!wrong) setMiddle(longitude, latitude);
    return wrong;
  }
  if (!e) return 0;
  if (!find(e, argPtr(arg), argLen(arg))) return GEO_NO_MEMBER;
  decode(foundScore);
  setMiddle(placeLongitude, placeLatitude);
  return 0;
}

function readShape(arg: u32, flags: u32): i32 {
  const isBox = (flags & GEO_BOX) != 0;
  if (!readNumber(arg)) return isBox ? GEO_BAD_WIDTH : GEO_BAD_RADIUS;
  const first = parsedDouble();
  if (isBox && !readNumber(++arg)) return GEO_BAD_HEIGHT;
  const second = parsedDouble();
  if (first < 0 || second < 0) return isBox ? GEO_NEGATIVE_SIDE : GEO_NEGATIVE_RADIUS;
  lengthUnit = unitMeters(arg + 1);
  if (!lengthUnit) return GEO_BAD_UNIT;
  if (isBox) setBox(first, second, lengthUnit);
  else setCircle(first * lengthUnit);
  return 0;
}

function readCount(arg: u32): i32 {
  if (!parseI64(argPtr(arg), argLen(arg))) return NOT_AN_INTEGER;
  wanted = <f64> parsedI64();
  return wanted > 0 ? 0 : GEO_BAD_COUNT;
}

/**
 * Checks the key and reads middle, shape and count, as far as there are any (argument 0: none).
 *
 * @param parg argument of the longitude, or of the member
 * @param sarg argument of the radius, or of the width; the unit stands at the end of the shape
 * @param narg argument of the count
 * @returns 0, or what is wrong first
 */
export function geoCheck(db: u32, karg: u32, parg: u32, sarg: u32, narg: u32, flags: u32): i32 {
  const e = zsetAt(db, karg);
  if (!e) {
    if (zsetStatus == WRONG_TYPE) return WRONG_TYPE;
    if (flags & GEO_LENIENT) parg = sarg = 0;
  }
  wanted = Infinity;
  let wrong: i32 = 0;
  // At most three, each after the one before.
  for (let done: u32 = 0; !wrong;) {
    let next = u32.MAX_VALUE;
    if (parg > done) next = min(next, parg);
    if (sarg > done) next = min(next, sarg);
    if (narg > done) next = min(next, narg);
    if (next == u32.MAX_VALUE) break;
    wrong = next == parg ? readMiddle(e, parg, flags) : next == sarg ? readShape(sarg, flags) : readCount(narg);
    done = next;
  }
  return wrong;
}
