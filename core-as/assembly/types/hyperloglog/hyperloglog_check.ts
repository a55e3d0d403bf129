/** PFSELFTEST: that registers keep what they are given, and that estimates are as near as they should be. */
import {
  DENSE, DENSE_BYTES, denseGet, denseRaise, hashElement, HEADER, rank, register, REGISTERS, startHeader,
} from "./hyperloglog";
import { denseEstimate, estimateValid, sparseEstimate } from "./hyperloglog_count";
import { sparseEmpty, sparseRaise, SPARSE_FULL, SPARSE_GROWTH } from "./hyperloglog_sparse";
import { allocate, free } from "../../base/memory";
import { random64 } from "../../hashing/hash";
import { OUT_OF_MEMORY } from "../../base/layout";

// What the self-test may find wrong, beside OUT_OF_MEMORY.
export const SELFTEST_REGISTERS: i32 = 1;
export const SELFTEST_ESTIMATE: i32 = 2;
export const SELFTEST_SPARSE: i32 = 3;

const ROUNDS: u32 = 100;
const ELEMENTS: u32 = 1_000_000;
/** Expected relative error: 1.04 / sqrt(16384). Six times that does not happen. */
const ERROR: f64 = 0.008125;
const ELEMENT = memory.data(8);

/** @returns 0, SELFTEST_* or OUT_OF_MEMORY */
export function hllSelfTest(): i32 {
  const dense = allocate(DENSE_BYTES + 8);
  const sparse = allocate(DENSE_BYTES + 8);
  const values = allocate(REGISTERS);
  let status: i32 = OUT_OF_MEMORY;
  if (dense && sparse && values) {
    status = registersKeep(dense, values) ? estimatesHold(dense, sparse) : SELFTEST_REGISTERS;
  }
  free(dense);
  free(sparse);
  free(values);
  return status;
}

function registersKeep(dense: usize, values: usize): bool {
  for (let round: u32 = 0; round < ROUNDS; round++) {
    memory.fill(dense, 0, DENSE_BYTES);
    for (let i: u32 = 0; i < REGISTERS; i++) {
      const value = <u32> random64() & 63;
      store<u8>(values + i, value);
      denseRaise(dense + HEADER, i, value);
    }
    for (let i: u32 = 0; i < REGISTERS; i++) {
      if (denseGet(dense + HEADER, i) != load<u8>(values + i)) return false;
    }
  }
  return true;
}

/** Adds elements to a dense and, as long as it lasts, to a sparse one. */
function estimatesHold(dense: usize, sparse: usize): i32 {
  memory.fill(dense, 0, DENSE_BYTES);
  startHeader(dense, DENSE);
  store<u32>(sparse, sparseEmpty(sparse + 4));
  let isSparse = true;
  const seed = random64();
  let due: u32 = 1;
  for (let i: u32 = 1; i <= ELEMENTS; i++) {
    store<u64>(ELEMENT, seed ^ i);
    hashElement(ELEMENT, 8);
    denseRaise(dense + HEADER, register, rank);
    if (isSparse) {
      isSparse = load<u32>(sparse) + SPARSE_GROWTH < DENSE_BYTES && sparseRaise(sparse, register, rank) != SPARSE_FULL;
    }
    if (i != due) continue;
    due *= 10;
    const estimate = denseEstimate(dense);
    const tolerated = <i64> ceil<f64>(<f64> i * ERROR * 6);
    if (abs(<i64> estimate - i) > tolerated) return SELFTEST_ESTIMATE;
    if (isSparse && (sparseEstimate(sparse + 4, load<u32>(sparse)) != estimate || !estimateValid)) return SELFTEST_SPARSE;
  }
  return 0;
}
