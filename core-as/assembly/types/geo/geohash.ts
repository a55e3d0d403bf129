/**
 * Places on the earth as integers: the cells of a grid that halves longitude and latitude in turn
 * (G. Niemeyer's geohash, 2008, over the square of the Mercator projection as Redis has it).
 *
 * ```
 *  cell of step s:  2 s bits,  x[s-1] y[s-1] ... x[0] y[0]
 *    x = (longitude + 180) / 360 * 2^s           whole part
 *    y = (latitude + 85.05...) / 170.1... * 2^s
 * ```
 *
 * Step 26 is the score of a member, 52 bits that a double holds. A cell of a smaller step is the
 * beginning of those within it: what lies in it is one range of scores. At a longitude of 180, or the
 * highest latitude, x or y is 2^s itself, one bit more than it should have; scores keep it.
 */

export const STEP_MAX: u32 = 26;
export const LONGITUDE_MIN: f64 = -180;
export const LONGITUDE_MAX: f64 = 180;
export const LATITUDE_MIN: f64 = -85.05112878;
export const LATITUDE_MAX: f64 = 85.05112878;

/** Puts a 0 bit before each bit. */
@inline function spread(value: u32): u64 {
  let x = <u64> value;
  x = (x | x << 16) & 0x0000ffff0000ffff;
  x = (x | x << 8) & 0x00ff00ff00ff00ff;
  x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
  x = (x | x << 2) & 0x3333333333333333;
  return (x | x << 1) & 0x5555555555555555;
}

/** Takes every other bit, from the lowest on. */
@inline function squash(bits: u64): u32 {
  let x = bits & 0x5555555555555555;
  x = (x | x >> 1) & 0x3333333333333333;
  x = (x | x >> 2) & 0x0f0f0f0f0f0f0f0f;
  x = (x | x >> 4) & 0x00ff00ff00ff00ff;
  x = (x | x >> 8) & 0x0000ffff0000ffff;
  return <u32> (x | x >> 16);
}

/** The cell of column x and row y. */
@inline export function cellOf(x: u32, y: u32): u64 {
  return spread(y) | spread(x) << 1;
}
@inline export function cellX(cell: u64): u32 {
  return squash(cell >> 1);
}
@inline export function cellY(cell: u64): u32 {
  return squash(cell);
}

/** The cell of a place, of a step, in a grid of other latitudes where they are given. */
export function encode(
  longitude: f64, latitude: f64, step: u32, latitudeMin: f64 = LATITUDE_MIN, latitudeMax: f64 = LATITUDE_MAX,
): u64 {
  const cells = <f64> (<u64> 1 << step);
  const x = (longitude - LONGITUDE_MIN) / (LONGITUDE_MAX - LONGITUDE_MIN) * cells;
  const y = (latitude - latitudeMin) / (latitudeMax - latitudeMin) * cells;
  return cellOf(<u32> x, <u32> y);
}

/** West and south end of a column or row; its other end is that of the next one. */
@inline export function columnStart(x: u32, cells: f64): f64 {
  return LONGITUDE_MIN + <f64> x / cells * (LONGITUDE_MAX - LONGITUDE_MIN);
}
@inline export function rowStart(y: u32, cells: f64): f64 {
  return LATITUDE_MIN + <f64> y / cells * (LATITUDE_MAX - LATITUDE_MIN);
}

/** The bits of a score; what no geo command has stored goes the way of x86-64's conversions. */
export function scoreBits(score: f64): u64 {
  if (score < 9223372036854775808.0) return <u64> <i64> score;
  const above = score - 9223372036854775808.0;
  return above < 9223372036854775808.0 ? <u64> <i64> above ^ (<u64> 1 << 63) : 0;
}

/** Where {@link decode} has found a score's place, the middle of its cell. */
export let placeLongitude: f64 = 0;
export let placeLatitude: f64 = 0;

const FINEST: f64 = 67108864; // 2^STEP_MAX

@inline export function decode(score: f64): void {
  const bits = scoreBits(score);
  const x = cellX(bits);
  const y = cellY(bits);
  const longitude = (columnStart(x, FINEST) + columnStart(x + 1, FINEST)) / 2;
  const latitude = (rowStart(y, FINEST) + rowStart(y + 1, FINEST)) / 2;
  placeLongitude = min(max(longitude, LONGITUDE_MIN), LONGITUDE_MAX);
  placeLatitude = min(max(latitude, LATITUDE_MIN), LATITUDE_MAX);
}

const ALPHABET = memory.data<u8>([
  // 0123456789bcdefghjkmnpqrstuvwxyz
  48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 98, 99, 100, 101, 102, 103, 104, 106, 107, 109, 110, 112, 113, 114, 115, 116,
  117, 118, 119, 120, 121, 122,
]);
/** Characters of a geohash. */
export const GEOHASH_BYTES: u32 = 11;

/** Writes the geohash of a score's place as other systems spell it: over all latitudes, its last character "0". */
export function writeGeohash(out: usize, score: f64): void {
  decode(score);
  const bits = encode(placeLongitude, placeLatitude, STEP_MAX, -90, 90);
  for (let i: u32 = 0; i < 10; i++) {
    store<u8>(out + i, load<u8>(ALPHABET + <usize> (bits >> (47 - i * 5) & 31)));
  }
  store<u8>(out, 48, 10);
}
