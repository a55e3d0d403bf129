/**
 * Looks ahead in a pipeline, so that the cache misses of several commands overlap.
 *
 * In a large data set a lookup is two or three cache misses and little else, and one command's misses
 * wait for the other's to be over. The commands of a pipeline, however, lie in the input together. As
 * soon as the first of them is taken, this reads the keys of the next WINDOW, hashes them, and touches
 * first all their buckets, then all their entries: independent loads, which an out-of-order processor
 * has in flight at once. (The idea is group prefetching: Chen, Ailamaki, Gibbons and Mowry, "Improving
 * hash join performance through prefetching", 2004; WASM has no prefetch instruction, so the loads are
 * real ones and their sum is kept, lest the compiler drop them.)
 *
 * ```
 *  note (16 bytes), one per command looked at
 *    +0  u32 key            address in the input
 *    +4  u32 key length
 *    +8  u64 hash
 * ```
 *
 * Nothing is decided here: a command that is not `*n $name $key ...`, a key that is none, a table that
 * changes meanwhile only make the work useless. The hashes are kept for the lookups that follow, which
 * take them by the key's address.
 */
import {
  DATABASES, DATABASE_BYTES, IN_DATABASE, IN_END, IN_LOOKED, IN_POS, LOOK_COUNT, LOOK_NEXT, LOOK_NOTES, LOOK_SINK,
} from "./layout";
import { hashBytes } from "./hash";
import { tableCount, tableProbe } from "./keytable";

/** Commands looked at together: about as many misses as a core keeps in flight, times two. */
const WINDOW: u32 = 16;
/** Below this, a table lies in the caches anyway. */
const MIN_KEYS: u32 = 4096;
const NOTE_BYTES: u32 = 16;

/** End of the header line read by {@link header}; 0 when it is not a plain one. */
let headerEnd: usize = 0;

/** A number of up to six digits behind a type byte, with its CRLF. */
@inline function header(at: usize, end: usize, type: u32): u32 {
  headerEnd = 0;
  if (at + 10 > end || load<u8>(at) != type) return 0;
  at++;
  let value: u32 = 0;
  for (let i = 0; i < 6; i++) {
    const digit = <u32> load<u8>(at) - 0x30;
    if (digit > 9) break;
    value = value * 10 + digit;
    at++;
  }
  if (load<u8>(at) == 0x0d) headerEnd = at + 2;
  return value;
}

/** Looks at the commands from IN_POS on; called when a command was taken and more input follows. */
export function lookAhead(): void {
  const table = <usize> load<u32>(DATABASES) + load<u32>(IN_DATABASE) * DATABASE_BYTES;
  const end: usize = load<u32>(IN_END);
  store<u32>(LOOK_NEXT, 0);
  if (tableCount(table) < MIN_KEYS) {
    store<u32>(IN_LOOKED, <u32> end);
    store<u32>(LOOK_COUNT, 0);
    return;
  }
  const count = readKeys(load<u32>(IN_POS), end);
  store<u32>(LOOK_COUNT, count);
  touchEntries(table, count);
}

/** Notes the keys of the next commands. @returns how many */
function readKeys(at: usize, end: usize): u32 {
  let count: u32 = 0;
  while (count < WINDOW) {
    let left = header(at, end, 0x2a);
    if (!headerEnd || left < 2) break;
    const nameLen = header(headerEnd, end, 0x24);
    if (!headerEnd) break;
    const keyLen = header(headerEnd + nameLen + 2, end, 0x24);
    if (!headerEnd || headerEnd + keyLen > end) break;
    const note = LOOK_NOTES + count * NOTE_BYTES;
    store<u32>(note, <u32> headerEnd);
    store<u32>(note, keyLen, 4);
    store<u64>(note, hashBytes(headerEnd, keyLen), 8);
    count++;
    let next = headerEnd + keyLen + 2;
    for (left -= 2; left; left--) {
      const len = header(next, end, 0x24);
      if (!headerEnd) break;
      next = headerEnd + len + 2;
    }
    at = next;
    if (left) break;
  }
  store<u32>(IN_LOOKED, <u32> (count == WINDOW ? at : end));
  return count;
}

function touchEntries(table: usize, count: u32): void {
  const stop = LOOK_NOTES + count * NOTE_BYTES;
  let sum: u32 = 0;
  // Two passes: an entry's address is known only once its bucket has come.
  for (let note = LOOK_NOTES; note < stop; note += NOTE_BYTES) {
    sum += <u32> tableProbe(table, load<u64>(note, 8));
  }
  for (let note = LOOK_NOTES; note < stop; note += NOTE_BYTES) {
    const entry = tableProbe(table, load<u64>(note, 8));
    if (entry) sum += load<u32>(entry, 4) + load<u32>(entry, 64);
  }
  store<u32>(LOOK_SINK, sum);
}

/** The hash of a key: the one noted where this is the next key looked ahead at, else computed. */
@inline export function hashKey(key: usize, len: u32): u64 {
  const next = load<u32>(LOOK_NEXT);
  if (next < load<u32>(LOOK_COUNT)) {
    const note = LOOK_NOTES + next * NOTE_BYTES;
    if (load<u32>(note) == <u32> key && load<u32>(note, 4) == len) {
      store<u32>(LOOK_NEXT, next + 1);
      return load<u64>(note, 8);
    }
  }
  return hashBytes(key, len);
}
