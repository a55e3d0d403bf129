/**
 * The sparse registers of a HyperLogLog (hyperloglog.ts), as runs:
 *
 * ```
 *  00xxxxxx           ZERO   x + 1 registers of 0
 *  01xxxxxx yyyyyyyy  XZERO  (x << 8 | y) + 1 registers of 0
 *  1vvvvvxx           VALUE  x + 1 registers of v + 1
 * ```
 *
 * Which of the ways to write the same registers comes out depends on the order in which they were
 * raised; it is Redis's, so that two servers with the same history have the same bytes: a run that does
 * not fit any more is replaced by up to three, of zeros the shortest that holds them; then, from the run
 * before on and for five runs, equal neighbours with values are joined as far as one run holds them.
 *
 * A last XZERO without its second byte is read as if a zero followed. Costs: raising a register walks
 * over half of the runs, which are no more than hll-sparse-max-bytes, then moves half of the bytes.
 */
import { HLL_SPARSE_BYTES } from "../../base/layout";
import { writeU64 } from "../../text/number";
import { DENSE, DENSE_BYTES, denseRaise, HEADER, REGISTERS, SPARSE, startHeader } from "./hyperloglog";

/** Highest value and longest run of a VALUE, longest run of a ZERO. */
const VALUE_MAX: u32 = 32;
const VALUE_RUN_MAX: u32 = 4;
const ZERO_RUN_MAX: u32 = 64;
const RUNS_JOINED: u32 = 5;

/** Bytes that {@link sparseRaise} may need beyond the string: it grows by three, one is for reading. */
export const SPARSE_GROWTH: u32 = 4;

// What sparseRaise may do beside raising (1) or not (0).
export const SPARSE_CORRUPT: i32 = -1;
/** The registers must be made dense first. */
export const SPARSE_FULL: i32 = 2;

// ---- runs -----------------------------------------------------------------------------------------

@inline function isValue(op: u32): bool {
  return op >= 0x80;
}
@inline function isLongZero(op: u32): bool {
  return (op & 0xc0) == 0x40;
}
@inline function valueOf(op: u32): u32 {
  return (op >> 2 & 31) + 1;
}
@inline function valueRun(op: u32): u32 {
  return (op & 3) + 1;
}
@inline function valueOp(value: u32, run: u32): u32 {
  return 0x80 | (value - 1) << 2 | run - 1;
}

/** Length of the run at `p`, whose code begins with `op` in a string that ends at `end`. */
@inline function runAt(p: usize, op: u32, end: usize): u32 {
  if (isValue(op)) return valueRun(op);
  if (!isLongZero(op)) return op + 1;
  return ((op & 63) << 8 | (p + 1 < end ? load<u8>(p, 1) : 0)) + 1;
}

/** Bytes of a run's code. */
@inline function runBytes(op: u32): u32 {
  return isLongZero(op) ? 2 : 1;
}

/** Bytes of the shortest code for a run of zeros. */
@inline function zeroBytes(run: u32): u32 {
  return run == 0 ? 0 : run <= ZERO_RUN_MAX ? 1 : 2;
}
/** Writes that code. @returns the end of it */
function writeZeros(p: usize, run: u32): usize {
  if (!run) return p;
  if (run <= ZERO_RUN_MAX) {
    store<u8>(p, run - 1);
    return p + 1;
  }
  store<u8>(p, 0x40 | run - 1 >> 8);
  store<u8>(p, run - 1, 1);
  return p + 2;
}

// Where skipRuns has stopped, the run before that (0: none) and the registers of all runs before.
let stoppedAt: usize = 0;
let runBefore: usize = 0;
let registersBefore: u32 = 0;

/**
 * Goes over the runs at `p`, 16 bytes at a time, as long as register `index` lies behind them.
 *
 * Most runs are one byte with a length in it, which are added up together; the few XZEROs are then
 * taken for themselves. Of bytes that look like the first one of an XZERO, the first in a row is one,
 * the next is then its second, and so on.
 */
function skipRuns(p: usize, end: usize, index: u32): void {
  let before: usize = 0;
  let registers: u32 = 0;
  while (end - p >= 16) {
    const ops = v128.load(p);
    const masks = v128.bitselect(i8x16.splat(3), i8x16.splat(63), i8x16.lt_s(ops, i8x16.splat(0)));
    const pairs = i16x8.extadd_pairwise_i8x16_u(v128.and(ops, masks));
    const sums = i32x4.extadd_pairwise_i16x8_u(pairs);
    let total = 16 + i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
      i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
    let bytes: u32 = 16;
    let firsts: u32 = 0;
    let long = <u32> i8x16.bitmask(i8x16.eq(v128.and(ops, i8x16.splat(<i8> 0xc0)), i8x16.splat(0x40)));
    while (long) {
      const at = <u32> ctz(long);
      const high = <u32> load<u8>(p + at) & 63;
      if (at == 15) {
        // Its second byte lies beyond: it is left for the next round.
        total -= high + 1;
        bytes = 15;
        break;
      }
      const low = <u32> load<u8>(p + at, 1);
      total += high * 255 + low - (isValue(low) ? low & 3 : low & 63) - 1;
      firsts |= 1 << at;
      long &= ~(3 << at);
    }
    if (registers + total > index) break;
    registers += total;
    // The last run has two bytes when the one before the last is the first of an XZERO.
    before = p + bytes - 1 - (firsts >> (bytes - 2) & 1);
    p += bytes;
  }
  stoppedAt = p;
  runBefore = before;
  registersBefore = registers;
}

// ---- raising --------------------------------------------------------------------------------------

const REPLACEMENT = memory.data(8);

/**
 * Raises a register of the string in a block {u32 length, bytes} that has room for SPARSE_GROWTH more.
 *
 * @returns 1 when it was lower, 0 when not, SPARSE_CORRUPT or SPARSE_FULL
 */
export function sparseRaise(block: usize, index: u32, value: u32): i32 {
  if (value > VALUE_MAX) return SPARSE_FULL;
  const len = load<u32>(block);
  const start = block + 4 + HEADER;
  const end = block + 4 + len;
  // So that the search need not look where the string ends.
  store<u8>(end, 0);
  skipRuns(start, end, index);
  let p = stoppedAt;
  let previous = runBefore;
  let first = registersBefore;
  let op: u32 = 0;
  let run: u32 = 0;
  let bytes: u32 = 0;
  while (p < end) {
    op = load<u8>(p);
    bytes = 1;
    if (isValue(op)) run = valueRun(op);
    else if (isLongZero(op)) {
      run = ((op & 63) << 8 | load<u8>(p, 1)) + 1;
      bytes = 2;
    } else run = op + 1;
    if (index < first + run) break;
    previous = p;
    p += bytes;
    first += run;
  }
  if (p >= end) return SPARSE_CORRUPT;
  if (isValue(op) && valueOf(op) >= value) return 0;
  if (bytes == 1 && run == 1) store<u8>(p, valueOp(value, 1));
  else if (!divideRun(block, p, op, bytes, index - first, run, value)) return SPARSE_FULL;
  joinValues(block, previous ? previous : start);
  return 1;
}

/** Replaces a run by one for register `at` of it and what is left on both sides. @returns false when full */
function divideRun(block: usize, p: usize, op: u32, bytes: u32, at: u32, run: u32, value: u32): bool {
  let to = REPLACEMENT;
  const after = run - at - 1;
  if (isValue(op)) {
    if (at) store<u8>(to++, valueOp(valueOf(op), at));
    store<u8>(to++, valueOp(value, 1));
    if (after) store<u8>(to++, valueOp(valueOf(op), after));
  } else {
    to = writeZeros(to, at);
    store<u8>(to, valueOp(value, 1));
    to = writeZeros(to + 1, after);
  }
  const written = <u32> (to - REPLACEMENT);
  const len = load<u32>(block);
  const grown = len + written - bytes;
  if (written > bytes && grown > load<u32>(HLL_SPARSE_BYTES)) return false;
  const end = block + 4 + len;
  const next = p + bytes;
  if (next < end) memory.copy(p + written, next, end - next);
  // Where the second byte of a last run was missing, that of the new one is, too.
  memory.copy(p, REPLACEMENT, min<usize>(written, block + 4 + grown - p));
  store<u32>(block, grown);
  return true;
}

/** Joins equal neighbours with values among the runs from `p` on. */
function joinValues(block: usize, p: usize): void {
  let end = block + 4 + load<u32>(block);
  for (let left = RUNS_JOINED; left && p < end; left--) {
    const op = <u32> load<u8>(p);
    if (!isValue(op)) {
      p += runBytes(op);
      continue;
    }
    const other: u32 = p + 1 < end ? load<u8>(p, 1) : 0;
    // Equal values: the codes differ in the lengths of their runs only.
    if (isValue(other) && (op ^ other) < 4 && valueRun(op) + valueRun(other) <= VALUE_RUN_MAX) {
      store<u8>(p, valueOp(valueOf(op), valueRun(op) + valueRun(other)));
      memory.copy(p + 1, p + 2, end - p - 2);
      end--;
    } else p++;
  }
  store<u32>(block, <u32> (end - block - 4));
}

// ---- whole ----------------------------------------------------------------------------------------

/** Writes an empty sparse string. @returns its length */
export function sparseEmpty(ptr: usize): u32 {
  startHeader(ptr, SPARSE);
  return HEADER + <u32> (writeZeros(ptr + HEADER, REGISTERS) - ptr - HEADER);
}

/** Raises registers of a byte each to those of a sparse string. @returns whether it has as many as it should */
export function sparseRaiseBytes(to: usize, ptr: usize, len: u32): bool {
  const end = ptr + len;
  let index: u32 = 0;
  for (let p = ptr + HEADER, op: u32 = 0; p < end; p += runBytes(op)) {
    op = load<u8>(p);
    if (isValue(op)) {
      const value = valueOf(op);
      const stop = index + valueRun(op);
      if (stop > REGISTERS) return false;
      for (; index < stop; index++) if (load<u8>(to + index) < value) store<u8>(to + index, value);
    } else {
      index += runAt(p, op, end);
      if (index > REGISTERS) return false;
    }
  }
  return index == REGISTERS;
}

/** Counts the registers of each value, u32 counts at `counts`. @returns whether there are as many as should be */
export function sparseCount(counts: usize, ptr: usize, len: u32): bool {
  const end = ptr + len;
  let zeros: u64 = 0;
  let others: u64 = 0;
  for (let p = ptr + HEADER, op: u32 = 0; p < end; p += runBytes(op)) {
    op = load<u8>(p);
    if (isValue(op)) {
      const count = counts + (valueOf(op) << 2);
      store<u32>(count, load<u32>(count) + valueRun(op));
      others += valueRun(op);
    } else zeros += runAt(p, op, end);
  }
  store<u32>(counts, <u32> zeros);
  return zeros + others == REGISTERS;
}

/** Writes the dense form of a sparse string to `to`. @returns whether its runs were right */
export function sparseToDense(to: usize, ptr: usize, len: u32): bool {
  const registers = to + HEADER;
  memory.fill(registers, 0, DENSE_BYTES - HEADER);
  const end = ptr + len;
  let index: u64 = 0;
  for (let p = ptr + HEADER, op: u32 = 0; p < end; p += runBytes(op)) {
    op = load<u8>(p);
    const run = runAt(p, op, end);
    if (index + run > REGISTERS) return false;
    if (isValue(op)) {
      for (let i: u32 = 0; i < run; i++) denseRaise(registers, <u32> index + i, valueOf(op));
    }
    index += run;
  }
  if (index != REGISTERS) return false;
  memory.copy(to, ptr, HEADER);
  store<u8>(to, DENSE, 4);
  return true;
}

/**
 * Writes the sparse form of registers of a byte each, as raising them one by one from the first on in
 * an empty string makes it.
 *
 * @returns its length; 0 when it would have been made dense on the way
 */
export function sparsePack(ptr: usize, from: usize): u32 {
  const limit = load<u32>(HLL_SPARSE_BYTES);
  startHeader(ptr, SPARSE);
  let to = ptr + HEADER;
  // Up to `packed` all is written; the zeros behind it are counted in `len`, as they would be there.
  let packed: u32 = 0;
  let len: u32 = HEADER + zeroBytes(REGISTERS);
  for (let i: u32 = 0; i < REGISTERS; i++) {
    if ((i & 7) == 0 && !load<u64>(from + i)) {
      i += 7;
      continue;
    }
    const value = <u32> load<u8>(from + i);
    if (!value) continue;
    const had = zeroBytes(REGISTERS - packed);
    const needs = zeroBytes(i - packed) + 1 + zeroBytes(REGISTERS - i - 1);
    if (value > VALUE_MAX || (needs > had && len + needs - had > limit)) return 0;
    len += needs - had;
    const op: u32 = i == packed && to > ptr + HEADER ? load<u8>(to - 1) : 0;
    if (isValue(op) && valueOf(op) == value && valueRun(op) < VALUE_RUN_MAX) {
      store<u8>(to - 1, valueOp(value, valueRun(op) + 1));
      len--;
    } else {
      to = writeZeros(to, i - packed);
      store<u8>(to++, valueOp(value, 1));
    }
    packed = i + 1;
  }
  to = writeZeros(to, REGISTERS - packed);
  return <u32> (to - ptr);
}

// ---- shown ----------------------------------------------------------------------------------------

/** Bytes of {@link sparseShow} for each byte of runs, at most. */
export const SHOWN_BYTES: u32 = 8;

/** Writes the runs as text, "Z:16384 v:1,2 z:3". @returns the end of it */
export function sparseShow(to: usize, ptr: usize, len: u32): usize {
  const end = ptr + len;
  const start = to;
  for (let p = ptr + HEADER, op: u32 = 0; p < end; p += runBytes(op)) {
    op = load<u8>(p);
    const run = runAt(p, op, end);
    store<u16>(to, isValue(op) ? 0x3a76 : isLongZero(op) ? 0x3a5a : 0x3a7a);
    to += 2;
    if (isValue(op)) {
      to += writeU64(to, valueOf(op));
      store<u8>(to++, 0x2c);
    }
    to += writeU64(to, run);
    store<u8>(to++, 0x20);
  }
  return to > start ? to - 1 : to;
}
