/** Distances on the globe, and their units. */
import { cosine, arcSine, sine } from "./geotrig";
import { argPtr, wordLen } from "../../protocol/resp";

/** Radius of the earth in m, as Redis has it. */
export const EARTH_RADIUS: f64 = 6372797.560856;
const RADIAN: f64 = 0.017453292519943295;

@inline export function radians(degrees: f64): f64 {
  return degrees * RADIAN;
}
@inline export function degrees(radians: f64): f64 {
  return radians / RADIAN;
}

/**
 * The square of half the chord between two places of a globe of radius 1, by the haversine formula.
 *
 * @param u sine of half the difference of their latitudes
 * @param v the same of their longitudes
 * @param cosines of both latitudes, multiplied
 */
@inline export function haversine(u: f64, v: f64, cosines: f64): f64 {
  return u * u + cosines * v * v;
}

/** The distance in m that belongs to a {@link haversine}. */
@inline export function metersOf(square: f64): f64 {
  return 2.0 * EARTH_RADIUS * arcSine(sqrt(square));
}

/** Distance in m between two places given in degrees. */
export function distance(longitude1: f64, latitude1: f64, longitude2: f64, latitude2: f64): f64 {
  const y1 = radians(latitude1);
  const y2 = radians(latitude2);
  const v = sine((radians(longitude2) - radians(longitude1)) / 2);
  return metersOf(haversine(sine((y2 - y1) / 2), v, cosine(y1) * cosine(y2)));
}

/** Meters of the unit that an argument names; 0 when it names none. */
export function unitMeters(arg: u32): f64 {
  const ptr = argPtr(arg);
  const first = load<u8>(ptr) | 0x20;
  const len = wordLen(arg);
  if (len == 1) return first == 0x6d ? 1 : 0; // m
  if (len != 2) return 0;
  switch (<u32> first << 8 | load<u8>(ptr, 1) | 0x20) {
    case 0x6b6d: return 1000; // km
    case 0x6674: return 0.3048; // ft
    case 0x6d69: return 1609.34; // mi
    default: return 0;
  }
}
