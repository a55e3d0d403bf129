/**
 * LOLWUT: a volcano at work, another one every time; for those who ask for Redis 5's picture squares that
 * lose their order, after Georg Nees. Drawn in dots, eight to a braille character.
 */

/** The picture with its last line, or the error reply (without the leading `-`). */
export type Lolwut = { readonly text: string } | { readonly error: string };

const DEFAULT_COLUMNS = 66;
const DEFAULT_ROWS = 22;
const MAX_COLUMNS = 400;
const MAX_ROWS = 200;

/** Dots in one character. */
const CELL_WIDTH = 2;
const CELL_HEIGHT = 4;

/** Bits of the dots of a braille character, row by row. */
const DOT_BITS = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
const BRAILLE_START = 0x2800;

/** A grid of dots. Dots outside of it are ignored. */
class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #cells: Uint8Array;

  constructor(readonly columns: number, rows: number) {
    this.width = columns * CELL_WIDTH;
    this.height = rows * CELL_HEIGHT;
    this.#cells = new Uint8Array(columns * rows);
  }

  dot(x: number, y: number): void {
    const [left, top] = [Math.round(x), Math.round(y)];
    if (left < 0 || top < 0 || left >= this.width || top >= this.height) return;
    const cell = Math.floor(top / CELL_HEIGHT) * this.columns + Math.floor(left / CELL_WIDTH);
    this.#cells[cell] |= DOT_BITS[(top % CELL_HEIGHT) * CELL_WIDTH + left % CELL_WIDTH];
  }

  toString(): string {
    let text = "";
    for (let start = 0; start < this.#cells.length; start += this.columns) {
      const row = this.#cells.subarray(start, start + this.columns);
      text += String.fromCharCode(...Array.from(row, (bits) => BRAILLE_START + bits)) + "\n";
    }
    return text;
  }
}

/**
 * Heights of a ridge between two ends by midpoint displacement (Fournier, Fussell and Carpenter,
 * 1982): every half is bent by a random amount that shrinks with its length.
 */
function ridge(from: number, to: number, length: number, random: () => number): Float64Array {
  const heights = new Float64Array(length + 1);
  heights[0] = from;
  heights[length] = to;
  const bend = (start: number, end: number) => {
    if (end - start < 2) return;
    const middle = (start + end) >> 1;
    const shift = (random() - 0.5) * (end - start) * 0.18;
    heights[middle] = (heights[start] + heights[end]) / 2 + shift;
    bend(start, middle);
    bend(middle, end);
  };
  bend(0, length);
  return heights;
}

function drawMountain(canvas: Canvas, craterX: number, craterY: number, random: () => number) {
  const left = ridge(canvas.height * 0.95, craterY, craterX, random);
  const right = ridge(craterY, canvas.height * 0.92, canvas.width - craterX, random);
  for (let x = 0; x < canvas.width; x++) {
    const top = x <= craterX ? left[x] : right[x - craterX];
    canvas.dot(x, top);
    // The side away from the light is dark; the other one only below.
    for (let y = top + 1; y < canvas.height; y++) {
      const depth = (y - top) / canvas.height;
      if (random() < (x > craterX ? 0.45 : 0.08) + depth * 0.25) canvas.dot(x, y);
    }
  }
}

function drawPlume(canvas: Canvas, craterX: number, craterY: number, random: () => number) {
  const wind = (random() - 0.5) * 1.6;
  for (let rise = 0; rise < craterY; rise += 0.5) {
    const age = rise / craterY;
    const center = craterX + wind * rise * age + Math.sin(rise / 5) * age * 4;
    const spread = 1.5 + age * canvas.width * 0.12;
    for (let puffs = 8 * (1 - age * 0.7); puffs > 0; puffs--) {
      const offset = (random() + random() + random() - 1.5) * spread;
      canvas.dot(center + offset, craterY - rise);
    }
  }
}

function drawLavaBombs(canvas: Canvas, craterX: number, craterY: number, random: () => number) {
  for (let bombs = 3 + Math.floor(random() * 5); bombs > 0; bombs--) {
    const speedX = (random() - 0.5) * 2.4;
    const speedY = 1 + random();
    const flightSteps = Math.floor(20 + random() * 30);
    for (let step = 0; step < flightSteps; step += 2) {
      canvas.dot(craterX + speedX * step, craterY - speedY * step + 0.035 * step * step);
    }
  }
}

/** A number of an argument between 1 and `max`; `standard` where it is none. */
function within(value: number | undefined, standard: number, max: number): number {
  return value === undefined || Number.isNaN(value) ? standard : Math.min(Math.max(value, 1), max);
}

function drawSquare(canvas: Canvas, x: number, y: number, size: number, angle: number): void {
  // Corners lie on a circle around the middle.
  const corner = (i: number) => {
    const at = (i * 2 + 1) * Math.PI / 4 + angle;
    return [x + Math.sin(at) * size / Math.SQRT2, y + Math.cos(at) * size / Math.SQRT2];
  };
  for (let i = 0; i < 4; i++) {
    const [[fromX, fromY], [toX, toY]] = [corner(i), corner(i + 1)];
    for (let step = 0, steps = Math.ceil(size); step <= steps; step++) {
      const part = step / Math.max(steps, 1);
      canvas.dot(fromX + (toX - fromX) * part, fromY + (toY - fromY) * part);
    }
  }
}

/** Rows of squares that turn and stray the more the lower they stand. */
function schotter(columns: number, perRow: number, rows: number, random: () => number): Canvas {
  const padding = columns * CELL_WIDTH > 4 ? 2 : 0;
  const side = (columns * CELL_WIDTH - padding * 2) / perRow;
  const height = Math.floor(side * rows + padding * 2);
  const canvas = new Canvas(columns, Math.max(1, Math.round(height / CELL_HEIGHT)));
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < perRow; x++) {
      const disorder = y < 2 ? 0 : y / rows;
      const stray = () => (random() - 0.5) * disorder * side * 0.7;
      const [left, top] = [(x + 0.5) * side + padding, (y + 0.5) * side + padding];
      drawSquare(canvas, left + stray(), top + stray(), side, (random() - 0.5) * disorder * 2);
    }
  }
  return canvas;
}

const VOLCANO = 0;

/** Reads `[VERSION <n>]` and numbers; without VERSION, words that are no numbers are passed. */
function readArguments(args: readonly string[]): { picture: number; sizes: number[] } | undefined {
  const versioned = args.length >= 2 && args[0].toUpperCase() === "VERSION";
  const numbers = (versioned ? args.slice(1) : args).map((word) =>
    /^(0|-?[1-9][0-9]{0,17})$/.test(word) ? Number(word) : NaN
  );
  if (!versioned) return { picture: VOLCANO, sizes: numbers };
  if (numbers.some(Number.isNaN)) return undefined;
  return { picture: numbers[0], sizes: numbers.slice(1) };
}

function volcano([columns, rows]: readonly number[], random: () => number): Canvas {
  const canvas = new Canvas(
    within(columns, DEFAULT_COLUMNS, MAX_COLUMNS),
    within(rows, DEFAULT_ROWS, MAX_ROWS),
  );
  const craterX = Math.floor(canvas.width * (0.35 + random() * 0.3));
  const craterY = Math.floor(canvas.height * (0.42 + random() * 0.12));
  drawPlume(canvas, craterX, craterY, random);
  drawLavaBombs(canvas, craterX, craterY, random);
  drawMountain(canvas, craterX, craterY, random);
  return canvas;
}

/**
 * Draws. `version` is the one that clients look for in the last line; `args` are the words after
 * LOLWUT; `random` gives numbers from 0 up to 1.
 */
export function lolwut(version: string, args: readonly string[], random: () => number): Lolwut {
  const read = readArguments(args);
  if (read === undefined) return { error: "ERR value is not an integer or out of range" };
  const { picture, sizes } = read;
  const signed = `Redis ver. ${version}\n`;
  if (picture === VOLCANO || picture === 6) {
    return { text: `${volcano(sizes, random)}\nEtna, awake again. ${signed}` };
  }
  if (picture !== 5) return { text: signed };
  const [columns, perRow, rows] = sizes;
  const canvas = schotter(
    within(columns, DEFAULT_COLUMNS, 1000),
    within(perRow, 8, 200),
    within(rows, 12, 200),
    random,
  );
  return { text: `${canvas}\nAfter Georg Nees' Schotter, 1968. ${signed}` };
}
