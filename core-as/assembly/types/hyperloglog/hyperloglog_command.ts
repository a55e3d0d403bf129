/**
 * The HyperLogLog commands: PFADD, PFCOUNT, PFMERGE, PFDEBUG and PFSELFTEST. What the string looks like
 * is in hyperloglog.ts. Arguments are named by their index in the command under way.
 *
 * A string that is written to lies in a block of its own, which grows by an eighth to a quarter at a
 * time: there may be millions of small ones.
 */
import {
  ARGC, HLL_MERGES_DENSE, MISSING, OUT_OF_MEMORY, RESULT_I64, WRONG_TYPE,
} from "../../base/layout";
import { entryType, isInline, RAW, setEncoding, setValuePtr, TYPE_STRING } from "../../keyspace/entry";
import { growBlock } from "../../base/growth";
import {
  DENSE, DENSE_BYTES, denseGet, densePack, denseRaise, denseRaiseBytes, encodingAt, hashElement, HEADER, isHyperLogLog,
  isStale, keepEstimate, keptEstimate, markStale, rank, register, REGISTERS, SPARSE, startHeader,
} from "./hyperloglog";
import { bytesEstimate, denseEstimate, estimateValid, sparseEstimate } from "./hyperloglog_count";
import {
  sparseEmpty, sparsePack, sparseRaise, sparseRaiseBytes, sparseShow, sparseToDense, SHOWN_BYTES, SPARSE_CORRUPT,
  SPARSE_FULL, SPARSE_GROWTH,
} from "./hyperloglog_sparse";
import { find, lastHash, lookup } from "../../keyspace/keyspace";
import { allocate, free } from "../../base/memory";
import { argLen, argPtr } from "../../protocol/resp";
import { replyArray, replyBulk, replyI64 } from "../../protocol/reply";
import { ensureBlock, newRaw, readString, textLen, textPtr } from "../string/stringvalue";

/** A string that is no HyperLogLog. */
export const HLL_WRONG_STRING: i32 = -40;
/** One whose runs make no sense. */
export const HLL_CORRUPT: i32 = -41;

// ---- the key --------------------------------------------------------------------------------------

/** The entry that {@link hllAt} or {@link hllWritable} has found. */
let entry: usize = 0;
/** The block of {@link hllWritable}'s, {u32 length, bytes}. */
let block: usize = 0;

/** Finds a key's HyperLogLog; textPtr and textLen are its bytes then. @returns 0 or an error */
function hllAt(db: u32, karg: u32): i32 {
  entry = lookup(db, argPtr(karg), argLen(karg));
  if (!entry) return MISSING;
  if (entryType(entry) != TYPE_STRING) return WRONG_TYPE;
  readString(entry);
  return isHyperLogLog(textPtr, textLen) ? 0 : HLL_WRONG_STRING;
}

/** The same, to be changed: raw, in a block with room for a sparse one to grow by one register. */
function hllWritable(db: u32, karg: u32): i32 {
  const status = hllAt(db, karg);
  if (status) return status;
  if (isInline(entry)) {
    const hash = lastHash;
    block = ensureBlock(db, entry, hash, textLen + SPARSE_GROWTH);
    if (!block) return OUT_OF_MEMORY;
    // The entry has moved.
    entry = find(db, argPtr(karg), argLen(karg));
    return 0;
  }
  setEncoding(entry, RAW);
  block = textPtr - 4;
  return encodingAt(textPtr) == DENSE || hasRoom() ? 0 : OUT_OF_MEMORY;
}

/** Makes room for a sparse one to grow by one register. @returns false when memory is out */
function hasRoom(): bool {
  const used = load<u32>(block) + 4;
  const grown = growBlock(block, used + SPARSE_GROWTH, used);
  if (!grown) return false;
  block = grown;
  setValuePtr(entry, grown);
  return true;
}

/** A new key with a HyperLogLog of that many bytes to come. @returns false when memory is out */
function hllNew(db: u32, hash: u64, karg: u32, bytes: u32): bool {
  block = newRaw(db, hash, argPtr(karg), argLen(karg), bytes);
  if (!block) return false;
  entry = find(db, argPtr(karg), argLen(karg));
  return true;
}

/** Gives the key another block in the place of the one it has. */
function takeBlock(made: usize): void {
  free(block);
  block = made;
  setValuePtr(entry, made);
}

/** Makes a sparse one dense. @returns 0, HLL_CORRUPT or OUT_OF_MEMORY */
function makeDense(): i32 {
  const made = allocate(DENSE_BYTES + 4);
  if (!made) return OUT_OF_MEMORY;
  if (!sparseToDense(made + 4, block + 4, load<u32>(block))) {
    free(made);
    return HLL_CORRUPT;
  }
  store<u32>(made, DENSE_BYTES);
  takeBlock(made);
  return 0;
}

// ---- PFADD ----------------------------------------------------------------------------------------

/** Raises a register. @returns 1 when it was lower, 0 when not, or an error */
function raise(index: u32, value: u32): i32 {
  if (encodingAt(block + 4) == SPARSE) {
    if (!hasRoom()) return OUT_OF_MEMORY;
    const status = sparseRaise(block, index, value);
    if (status == SPARSE_CORRUPT) return HLL_CORRUPT;
    if (status != SPARSE_FULL) {
      if (status) markStale(block + 4);
      return status;
    }
    const failed = makeDense();
    if (failed) return failed;
  }
  if (!denseRaise(block + 4 + HEADER, index, value)) return 0;
  markStale(block + 4);
  return 1;
}

/**
 * PFADD of the arguments from `first` on.
 *
 * @returns 0 or an error; RESULT_I64 holds twice the number of changes, a key that was added one of
 * them, and 1 more when it was. With OUT_OF_MEMORY those before are done.
 */
export function hllAdd(db: u32, karg: u32, first: u32): i32 {
  store<i64>(RESULT_I64, 0);
  let status = hllWritable(db, karg);
  let changes: i64 = 0;
  if (status == MISSING) {
    if (!hllNew(db, lastHash, karg, HEADER + 8 + SPARSE_GROWTH)) return OUT_OF_MEMORY;
    store<u32>(block, sparseEmpty(block + 4));
    markStale(block + 4);
    changes = 3;
    status = 0;
  }
  const argc = load<u32>(ARGC);
  for (let i = first; i < argc && status >= 0; i++) {
    hashElement(argPtr(i), argLen(i));
    status = raise(register, rank);
    if (status > 0) changes += 2;
  }
  if (status == HLL_CORRUPT) return status;
  store<i64>(RESULT_I64, changes);
  return min(status, 0);
}

// ---- PFCOUNT --------------------------------------------------------------------------------------

/** PFCOUNT of one key: replies. @returns 1 when it has kept a new estimate, 0, MISSING or an error */
export function hllCount(db: u32, karg: u32): i32 {
  const status = hllAt(db, karg);
  if (status) {
    if (status == MISSING) replyI64(0);
    return status;
  }
  setEncoding(entry, RAW);
  const ptr = textPtr;
  if (!isStale(ptr)) {
    replyI64(keptEstimate(ptr));
    return 0;
  }
  let estimate: u64;
  if (encodingAt(ptr) == DENSE) estimate = denseEstimate(ptr);
  else {
    estimate = sparseEstimate(ptr, textLen);
    if (!estimateValid) return HLL_CORRUPT;
  }
  keepEstimate(ptr, estimate);
  replyI64(estimate);
  return 1;
}

// ---- PFMERGE, and PFCOUNT of several keys ---------------------------------------------------------

/** The registers of the union under way, a byte each. */
const UNION = memory.data(16384);
/** Those of the key that it goes to; or a sparse string, which is no longer than they are and its header. */
const OWN = memory.data(16448);

export function hllMergeStart(): void {
  memory.fill(UNION, 0, REGISTERS);
  store<u32>(HLL_MERGES_DENSE, 0);
}

/** Adds a key to the union. @returns 0, MISSING or an error */
export function hllMergeKey(db: u32, karg: u32): i32 {
  const status = hllAt(db, karg);
  if (status) return status;
  if (encodingAt(textPtr) == DENSE) {
    denseRaiseBytes(UNION, textPtr + HEADER);
    store<u32>(HLL_MERGES_DENSE, 1);
    return 0;
  }
  return sparseRaiseBytes(UNION, textPtr, textLen) ? 0 : HLL_CORRUPT;
}

/** Replies with the estimate of the union. */
export function hllMergeCount(): void {
  replyI64(bytesEstimate(UNION));
}

/** Puts the union, of which the key is a part, into a key. @returns 1 when it added it, 0 or an error */
export function hllMergeStore(db: u32, karg: u32): i32 {
  let status = hllWritable(db, karg);
  const added = status == MISSING;
  if (added) status = mergeIntoNew(db, lastHash, karg);
  else if (!status) status = mergeIntoOld();
  if (status) return status;
  markStale(block + 4);
  return added ? 1 : 0;
}

/** Makes the block's bytes dense registers of the union. */
function packDense(): void {
  store<u32>(block, DENSE_BYTES);
  densePack(block + 4 + HEADER, UNION);
}

function mergeIntoNew(db: u32, hash: u64, karg: u32): i32 {
  const len = load<u32>(HLL_MERGES_DENSE) ? 0 : sparsePack(OWN, UNION);
  if (!hllNew(db, hash, karg, len ? len + SPARSE_GROWTH : DENSE_BYTES)) return OUT_OF_MEMORY;
  if (len) {
    memory.copy(block + 4, OWN, len);
    store<u32>(block, len);
  } else {
    startHeader(block + 4, DENSE);
    packDense();
  }
  return 0;
}

function mergeIntoOld(): i32 {
  const ptr = block + 4;
  if (encodingAt(ptr) == SPARSE) {
    memory.fill(OWN, 0, REGISTERS);
    sparseRaiseBytes(OWN, ptr, load<u32>(block));
    let status = load<u32>(HLL_MERGES_DENSE) ? makeDense() : 0;
    for (let i: u32 = 0; i < REGISTERS && status >= 0; i++) {
      const value = <u32> load<u8>(UNION + i);
      if (value > <u32> load<u8>(OWN + i)) status = raise(i, value);
      if (encodingAt(block + 4) == DENSE) break;
    }
    if (status < 0) return status;
  }
  if (encodingAt(block + 4) == DENSE) packDense();
  return 0;
}

// ---- PFDEBUG --------------------------------------------------------------------------------------

/** Looks at a key, as a write does. @returns its encoding or an error */
export function hllInspect(db: u32, karg: u32): i32 {
  const status = hllWritable(db, karg);
  return status ? status : <i32> encodingAt(block + 4);
}

/** Makes a key's dense. @returns 1, 0 when it was so before, or an error */
export function hllMakeDense(db: u32, karg: u32): i32 {
  const encoding = hllInspect(db, karg);
  if (encoding < 0 || encoding == <i32> DENSE) return encoding;
  const status = makeDense();
  return status ? status : 1;
}

/** Replies with every register of a key; it becomes dense. @returns as {@link hllMakeDense} */
export function hllReplyRegisters(db: u32, karg: u32): i32 {
  const status = hllMakeDense(db, karg);
  if (status < 0) return status;
  replyArray(REGISTERS);
  for (let i: u32 = 0; i < REGISTERS; i++) replyI64(denseGet(block + 4 + HEADER, i));
  return status;
}

/** Replies with the runs of a sparse one. @returns its encoding or an error */
export function hllReplyRuns(db: u32, karg: u32): i32 {
  const encoding = hllInspect(db, karg);
  if (encoding != <i32> SPARSE) return encoding;
  const len = load<u32>(block);
  const text = allocate((len - HEADER) * SHOWN_BYTES + 8);
  if (!text) return OUT_OF_MEMORY;
  replyBulk(text, <u32> (sparseShow(text, block + 4, len) - text));
  free(text);
  return encoding;
}
