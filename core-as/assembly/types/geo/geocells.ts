/**
 * Which cells a search looks into: the cell of the middle of a size that fits the shape, and its eight
 * neighbours, each of them one range of scores; those that the shape cannot reach are left out.
 *
 * The step is estimated from the shape's reach, smaller towards the poles, and made smaller by one
 * where the ring of neighbours turns out to be too narrow. The bounding box takes a degree of
 * longitude as long as it is at the edge that is nearer to a pole. Near the poles, at the date line and
 * with reaches of thousands of km this can miss places; it misses those that Redis misses.
 *
 * Columns and rows wrap around, so with a step of 1 neighbours are the same cell and only looked into once.
 */
import { cosine } from "./geotrig";
import { degrees, EARTH_RADIUS, radians } from "./geodistance";
import { cellOf, cellX, cellY, columnStart, encode, rowStart, STEP_MAX } from "./geohash";

/** Half the equator, on the map of Mercator, in m. */
const MAP_REACH: f64 = 20037726.37;

/** Cells that a search looks into, at most. */
export const CELLS: u32 = 9;

/** dx and dy + 1 of each cell: the middle, N, S, E, W, NE, NW, SE, SW. */
const RING = memory.data<u8>([1, 1, 1, 2, 1, 0, 2, 1, 0, 1, 2, 2, 0, 2, 2, 0, 0, 0]);

// What is at an edge of the ring, as bits of RING's order.
const NORTH: u32 = 1 << 1 | 1 << 5 | 1 << 6;
const SOUTH: u32 = 1 << 2 | 1 << 7 | 1 << 8;
const EAST: u32 = 1 << 3 | 1 << 5 | 1 << 7;
const WEST: u32 = 1 << 4 | 1 << 6 | 1 << 8;

/** The middle cell, and the cells left out as bits. */
let step: u32 = 0;
let middleX: u32 = 0;
let middleY: u32 = 0;
let leftOut: u32 = 0;

/** Bounding box of the shape, in degrees. */
let minX: f64 = 0;
let minY: f64 = 0;
let maxX: f64 = 0;
let maxY: f64 = 0;

function estimateStep(reach: f64, latitude: f64): u32 {
  let estimate: i32 = STEP_MAX;
  if (reach != 0) {
    // Twice as small as would do in the best case.
    estimate = -1;
    for (; reach < MAP_REACH; reach *= 2) estimate++;
    if (abs(latitude) > 66) estimate--;
    if (abs(latitude) > 80) estimate--;
  }
  return <u32> min(max(estimate, 1), <i32> STEP_MAX);
}

function setMiddle(longitude: f64, latitude: f64): void {
  const cell = encode(longitude, latitude, step);
  middleX = cellX(cell);
  middleY = cellY(cell);
}

function setBounds(longitude: f64, latitude: f64, halfWidth: f64, halfHeight: f64): void {
  const deltaY = degrees(halfHeight / EARTH_RADIUS);
  const edge = latitude < 0 ? latitude - deltaY : latitude + deltaY;
  const deltaX = degrees(halfWidth / EARTH_RADIUS / cosine(radians(edge)));
  minX = longitude - deltaX;
  maxX = longitude + deltaX;
  minY = latitude - deltaY;
  maxY = latitude + deltaY;
}

/** Whether the ring ends within the bounding box on some side. */
function isNarrow(): bool {
  const cells = <f64> (1 << step);
  const mask: u32 = (1 << step) - 1;
  const north = (middleY + 1) & mask;
  const south = (middleY - 1) & mask;
  const east = (middleX + 1) & mask;
  const west = (middleX - 1) & mask;
  return rowStart(north + 1, cells) < maxY || rowStart(south, cells) > minY ||
    columnStart(east + 1, cells) < maxX || columnStart(west, cells) > minX;
}

/**
 * Finds the cells for a shape around a place.
 *
 * @param reach from the middle to what is furthest from it, in m
 */
export function findCells(longitude: f64, latitude: f64, halfWidth: f64, halfHeight: f64, reach: f64): void {
  setBounds(longitude, latitude, halfWidth, halfHeight);
  step = estimateStep(reach, latitude);
  setMiddle(longitude, latitude);
  if (step > 1 && isNarrow()) {
    step--;
    setMiddle(longitude, latitude);
  }
  leftOut = 0;
  // With larger cells what is north of one may be south of it, too.
  if (step < 2) return;
  const cells = <f64> (1 << step);
  if (rowStart(middleY, cells) < minY) leftOut |= SOUTH;
  if (rowStart(middleY + 1, cells) > maxY) leftOut |= NORTH;
  if (columnStart(middleX, cells) < minX) leftOut |= WEST;
  if (columnStart(middleX + 1, cells) > maxX) leftOut |= EAST;
}

/** The scores of a cell: from one on, and all below another one. */
export let firstScore: f64 = 0;
export let endScore: f64 = 0;
/** The cell looked into last; ~0 while there is none beyond the middle. */
let previous: u64 = 0;

/** Sets the range of scores of cell `index`, in ascending order. @returns false when it is not to be looked into */
export function openCell(index: u32): bool {
  if (!index) previous = ~0;
  else if (leftOut >> index & 1) return false;
  const mask: u32 = (1 << step) - 1;
  const dx: u32 = load<u8>(RING + (index << 1)) - 1;
  const dy: u32 = load<u8>(RING + (index << 1), 1) - 1;
  // Only what moves wraps around: at a longitude of 180 a column lies beyond the others.
  const cell = cellOf(dx ? (middleX + dx) & mask : middleX, dy ? (middleY + dy) & mask : middleY);
  if (index && cell == previous) return false;
  if (index) previous = cell;
  const shift = <u64> (2 * (STEP_MAX - step));
  firstScore = <f64> (cell << shift);
  endScore = <f64> ((cell + 1) << shift);
  return true;
}
