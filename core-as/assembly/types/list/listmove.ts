/**
 * LMOVEM: several elements from an end of one list to an end of another.
 *
 * They are copied into a block, laid out as an argument table, in the order in which they are to be pushed:
 *
 * ```
 *  block   {u32 address, u32 length} of each element     then their bytes
 * ```
 *
 * Pushed before the source gives them up, they are in one of the lists whatever memory runs out for.
 */
import { ARGC, ARGV, countChanges, OUT_OF_MEMORY, RESULT_LEN, RESULT_PTR, SCRATCH, WRONG_TYPE } from "../../base/layout";
import { allocate, free } from "../../base/memory";
import { cursorLen, cursorPtr, cursorRead, cursorStep } from "../../structures/quicklist";
import { lastHash, remove } from "../../keyspace/keyspace";
import { replyArray, replyBulk, replyLost } from "../../protocol/reply";
import { isQuick, lengthOf, listAt, listStatus, seekIndex } from "./listvalue";
import { LIST_ADDED, newList, openRange, pushArguments, removeRange, settle, tighten } from "./listwrite";

/** @returns how many elements a list has, MISSING or WRONG_TYPE */
export function listCount(db: u32, karg: u32): i32 {
  const e = listAt(db, karg);
  return e ? <i32> lengthOf(e) : listStatus;
}

/** A block that a table of 32-bit sizes can describe. */
const BLOCK_MAX: u64 = 0xf0000000;

/** Bytes of `count` elements from an index on. */
function bytesOfRange(e: usize, index: u32, count: u32): u64 {
  let bytes: u64 = 0;
  seekIndex(e, index);
  for (let i: u32 = 0; i < count; i++) {
    if (i) cursorStep(false);
    cursorRead(SCRATCH);
    bytes += cursorLen;
  }
  return bytes;
}

/** Copies `count` elements into a block, last one first where `reversed`. @returns 0 when memory is out */
function gather(e: usize, index: u32, count: u32, bytes: u64, reversed: bool): usize {
  const whole = (<u64> count << 3) + bytes;
  const block = whole <= BLOCK_MAX ? allocate(<u32> whole) : 0;
  if (!block) return 0;
  let to = block + (<usize> count << 3);
  seekIndex(e, index);
  for (let i: u32 = 0; i < count; i++) {
    if (i) cursorStep(false);
    cursorRead(SCRATCH);
    memory.copy(to, cursorPtr, cursorLen);
    const slot = block + (<usize> (reversed ? count - 1 - i : i) << 3);
    store<u32>(slot, <u32> to);
    store<u32>(slot, cursorLen, 4);
    to += cursorLen;
  }
  return block;
}

/** Pushes what a block has to the list at a key, which may have to be made. @returns LIST_ADDED, 0 or OUT_OF_MEMORY */
function pushBlock(db: u32, hash: u64, darg: u32, target: usize, bytes: u64, count: u32, block: usize, left: bool): i32 {
  const added = !target;
  if (added) target = newList(db, hash, darg, bytes, count, 0);
  if (!target) return OUT_OF_MEMORY;
  const argv = load<u32>(ARGV);
  const argc = load<u32>(ARGC);
  store<u32>(ARGV, <u32> block);
  store<u32>(ARGC, count);
  const pushed = pushArguments(target, 0, left);
  store<u32>(ARGV, argv);
  store<u32>(ARGC, argc);
  if (pushed) return added ? LIST_ADDED : 0;
  if (added) remove(db, target);
  return OUT_OF_MEMORY;
}

/**
 * Moves `count` elements, as many as the source has or fewer, and replies with them in the order in which they
 * are in the destination then. RESULT_PTR is a block with a table of them in the order of pushing, RESULT_LEN
 * how many they are: the caller frees it.
 *
 * @param keepsOrder they stay in the order that they have in the source; otherwise each is pushed as it is taken
 * @returns bits LIST_EMPTIED and LIST_ADDED, MISSING, WRONG_TYPE or OUT_OF_MEMORY
 */
export function listMoveMany(
  db: u32,
  sarg: u32,
  darg: u32,
  fromLeft: bool,
  toLeft: bool,
  count: u32,
  keepsOrder: bool,
): i32 {
  store<u32>(RESULT_PTR, 0);
  const source = listAt(db, sarg);
  if (!source) return listStatus;
  const target = listAt(db, darg);
  if (!target && listStatus == WRONG_TYPE) return WRONG_TYPE;
  const hash = lastHash;
  const length = lengthOf(source);
  const first = fromLeft ? 0 : length - count;
  const bytes = bytesOfRange(source, first, count);
  // As they lie in the destination, first to last, they are in the source's order or the other way round.
  const sourceOrder = keepsOrder || fromLeft != toLeft;
  // The last one pushed to the left comes first.
  const block = gather(source, first, count, bytes, sourceOrder == toLeft);
  if (!block) return OUT_OF_MEMORY;
  replyArray(count);
  for (let i: u32 = 0; i < count; i++) {
    const slot = block + (<usize> (toLeft ? count - 1 - i : i) << 3);
    replyBulk(load<u32>(slot), load<u32>(slot, 4));
  }
  let status: i32 = replyLost() ? OUT_OF_MEMORY : moveBlock(db, hash, source, target, darg, first, bytes, count, block, toLeft);
  if (status < 0) {
    free(block);
    return status;
  }
  countChanges(count);
  store<u32>(RESULT_PTR, <u32> block);
  store<u32>(RESULT_LEN, count);
  return status;
}

function moveBlock(
  db: u32, hash: u64, source: usize, target: usize, darg: u32, first: u32, bytes: u64, count: u32, block: usize, toLeft: bool,
): i32 {
  if (!openRange(source, first, count)) return OUT_OF_MEMORY;
  const same = source == target;
  const added = pushBlock(db, hash, darg, target, bytes, count, block, toLeft);
  if (added < 0) return added;
  // Pushed before them within one list, they have moved on.
  const at = same && toLeft ? first + count : first;
  if (same && !openRange(source, at, count)) {
    removeRange(source, toLeft ? 0 : lengthOf(source) - count, count);
    return OUT_OF_MEMORY;
  }
  removeRange(source, at, count);
  if (isQuick(source)) tighten(source, false);
  return settle(db, source) | added;
}
