/**
 * LOLWUT: a volcano at work, another one every time. Drawn in dots, eight to a braille character.
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

/** Reads `[VERSION <n>] [columns] [rows]`; without VERSION, words that are no numbers are passed. */
function readSize(args: readonly string[]): { columns: number; rows: number } | undefined {
  const versioned = args.length >= 2 && args[0].toUpperCase() === "VERSION";
  const numbers = (versioned ? args.slice(1) : args).map((word) =>
    /^(0|-?[1-9][0-9]{0,17})$/.test(word) ? Number(word) : NaN
  );
  if (versioned && numbers.some(Number.isNaN)) return undefined;
  const [columns = DEFAULT_COLUMNS, rows = DEFAULT_ROWS] = versioned ? numbers.slice(1) : numbers;
  const within = (value: number, standard: number, max: number) =>
    Number.isNaN(value) ? standard : Math.min(Math.max(value, 1), max);
  return {
    columns: within(columns, DEFAULT_COLUMNS, MAX_COLUMNS),
    rows: within(rows, DEFAULT_ROWS, MAX_ROWS),
  };
}

/**
 * Draws. `version` is the one that clients look for in the last line; `args` are the words after
 * LOLWUT; `random` gives numbers from 0 up to 1.
 */
export function lolwut(version: string, args: readonly string[], random: () => number): Lolwut {
  const size = readSize(args);
  if (size === undefined) return { error: "ERR value is not an integer or out of range" };
  const canvas = new Canvas(size.columns, size.rows);
  const craterX = Math.floor(canvas.width * (0.35 + random() * 0.3));
  const craterY = Math.floor(canvas.height * (0.42 + random() * 0.12));
  drawPlume(canvas, craterX, craterY, random);
  drawLavaBombs(canvas, craterX, craterY, random);
  drawMountain(canvas, craterX, craterY, random);
  return { text: `${canvas}\nEtna, awake again. Redis ver. ${version}\n` };
}
