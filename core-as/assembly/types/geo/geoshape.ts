/**
 * What a search looks for: a circle or a box around a place, and whether a score's place is within it.
 *
 * A circle's test is "distance <= radius", a box's that the distances along the member's parallel and
 * along its meridian are at most half the width and half the height. Both compare rough haversines first,
 * with what belongs to the bounds; only where the two are within MARGIN, far more than all rounding, the
 * distances themselves decide.
 */
import { cosine, roughCosine, roughSine, sine } from "./geotrig";
import { EARTH_RADIUS, haversine, metersOf, radians } from "./geodistance";
import { decode, placeLatitude, placeLongitude } from "./geohash";

const MARGIN: f64 = 1e-11;

/** The middle, in degrees and in radians. */
export let middleLongitude: f64 = 0;
export let middleLatitude: f64 = 0;
let middleX: f64 = 0;
let middleY: f64 = 0;
let middleCosine: f64 = 0;

/** Radius, half the width and half the height in m; a circle has the radius in all three. */
export let reach: f64 = 0;
export let halfWidth: f64 = 0;
export let halfHeight: f64 = 0;
let isBox: bool = false;

/** A bound as haversines that are surely within it, and beyond which all are outside. */
let surely: f64 = 0;
let atMost: f64 = 0;
let surelyWide: f64 = 0;
let atMostWide: f64 = 0;
/** The same as differences of latitudes, in radians. */
let surelyHigh: f64 = 0;
let atMostHigh: f64 = 0;

/** Meters from the middle to the place tested last, if it was asked for and the place is within. */
export let placeMeters: f64 = 0;

export function setMiddle(longitude: f64, latitude: f64): void {
  middleLongitude = longitude;
  middleLatitude = latitude;
  middleX = radians(longitude);
  middleY = radians(latitude);
  middleCosine = cosine(middleY);
}

/** The haversine of a distance; Infinity when all places of the globe are nearer. */
function boundOf(meters: f64): f64 {
  const half = meters / (2 * EARTH_RADIUS);
  if (!(half < 1.57)) return Infinity;
  const root = sine(half);
  return root * root;
}

export function setCircle(radius: f64): void {
  isBox = false;
  reach = halfWidth = halfHeight = radius;
  const bound = boundOf(radius);
  // What is all but half around the globe is always measured.
  surely = bound < Infinity ? bound * (1 - MARGIN) : 0;
  atMost = bound * (1 + MARGIN);
  atMostHigh = radius / EARTH_RADIUS * (1 + MARGIN);
}

/** @param unit what a length of 1 is in m */
export function setBox(width: f64, height: f64, unit: f64): void {
  isBox = true;
  halfWidth = unit * (width / 2);
  halfHeight = unit * (height / 2);
  reach = sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2)) * unit;
  const wide = boundOf(width * unit / 2);
  surelyWide = wide < Infinity ? wide * (1 - MARGIN) : 0;
  atMostWide = wide * (1 + MARGIN);
  const high = height * unit / 2 / EARTH_RADIUS;
  surelyHigh = high * (1 - MARGIN);
  atMostHigh = high * (1 + MARGIN);
}

/** The place tested: latitude in radians, and half the differences from the middle. */
let placeY: f64 = 0;
let halfX: f64 = 0;
let halfY: f64 = 0;

/** Whether the place of a score is within the shape. @param measured whether {@link placeMeters} is asked for */
export function isWithin(score: f64, measured: bool): bool {
  decode(score);
  placeY = radians(placeLatitude);
  if (abs(placeY - middleY) > atMostHigh) return false;
  halfX = (radians(placeLongitude) - middleX) / 2;
  halfY = (placeY - middleY) / 2;
  return isBox ? isInBox(measured) : isInCircle(measured);
}

/** Measures the place. @returns whether it is no further than the radius */
function measure(): bool {
  placeMeters = metersOf(haversine(sine(halfY), sine(halfX), middleCosine * cosine(placeY)));
  return !(placeMeters > reach);
}

@inline function isInCircle(measured: bool): bool {
  const square = haversine(roughSine(halfY), roughSine(halfX), middleCosine * roughCosine(placeY));
  if (square > atMost) return false;
  return square < surely && !measured ? true : measure();
}

function isInBox(measured: bool): bool {
  const rough = roughCosine(placeY);
  const wide = haversine(0, roughSine(halfX), rough * rough);
  if (wide > atMostWide) return false;
  if (wide >= surelyWide) {
    const own = cosine(placeY);
    if (metersOf(haversine(0, sine(halfX), own * own)) > halfWidth) return false;
  }
  if (abs(placeY - middleY) >= surelyHigh) {
    const u = sine(halfY);
    if (metersOf(u * u) > halfHeight) return false;
  }
  if (measured) measure();
  return true;
}
