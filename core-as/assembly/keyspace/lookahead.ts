/**
 * Looks ahead in a pipeline, so that the cache misses of several commands overlap.
 *
 * In a large data set a lookup is two or three cache misses and little else, and one command's misses
 * wait for the other's to be over. The commands of a pipeline, however, lie in the input together. As
 * soon as the first of them is taken, this reads the keys of the next WINDOW, hashes them, and touches
 * first all their buckets, then all their entries, then what these point at: independent loads, which an
 * out-of-order processor has in flight at once. (The idea is group prefetching: Chen, Ailamaki, Gibbons
 * and Mowry, "Improving hash join performance through prefetching", 2004; WASM has no prefetch
 * instruction, so the loads are real ones and their sum is kept, lest the compiler drop them.)
 *
 * Where the value is a large table of members, the argument that is likely a member is hashed and the
 * table touched for it in the same way: in a data set of one large collection that is all there is to
 * miss. Such a collection met (LOOK_DEEP) makes looking ahead worth while however few the keys are.
 *
 * ```
 *  note (56 bytes), one per command looked at
 *    +0  u32 key            address in the input
 *    +4  u32 key length
 *    +8  u64 hash
 *    +16 u32 x 2            the next argument: address and length; 0 when there is none
 *    +24 u32 x 2            the one after it, when it is the last of the command
 *    +32 u32 member         address of the one of the two that was taken for a member, 0 = none
 *    +36 u32 entry          of the key, as far as a tag tells, 0 = none
 *    +40 u64 member's hash
 *    +48 u32 member's length
 * ```
 *
 * Nothing is decided here: a command that is not `*n $name $key ...`, a key that is none, a table that
 * changes meanwhile only make the work useless. The hashes are kept for the lookups that follow, which
 * take them by the key's, or the member's, address.
 */
import {
  DATABASES, DATABASE_BYTES, IN_DATABASE, IN_END, IN_LOOKED, IN_POS, LOOK_COUNT, LOOK_DEEP, LOOK_NEXT, LOOK_NOTES,
  LOOK_SINK,
} from "../base/layout";
import {
  entryEncoding, entryType, HASHTABLE, INT, isInline, SKIPLIST, TYPE_STRING, TYPE_ZSET, valuePtr,
} from "./entry";
import { hashBytes } from "../hashing/hash";
import { tableCount, tableProbe } from "../structures/keytable";

/** Commands looked at together: about as many misses as a core keeps in flight, times two. */
const WINDOW: u32 = 16;
/** Below this, a table lies in the caches anyway. */
const MIN_KEYS: u32 = 4096;
/** The same of members: to look ahead at a collection of 100,000 costs what it gains. */
const MIN_MEMBERS: u32 = 1 << 18;
const NOTE_BYTES: u32 = 56;

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
  const deep = load<u32>(LOOK_DEEP) != 0;
  store<u32>(LOOK_NEXT, 0);
  store<u32>(LOOK_DEEP, 0);
  if (tableCount(table) < MIN_KEYS && !deep) {
    store<u32>(IN_LOOKED, <u32> end);
    store<u32>(LOOK_COUNT, 0);
    return;
  }
  const count = readKeys(load<u32>(IN_POS), end);
  store<u32>(LOOK_COUNT, count);
  touchEntries(table, count);
  touchValues(count);
  if (deep) touchMembers(count);
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
    store<u64>(note, 0, 16);
    store<u64>(note, 0, 24);
    store<u64>(note, 0, 32);
    count++;
    let next = headerEnd + keyLen + 2;
    // The two behind the key are noted: of the second only whether it is the last.
    let place = note + 16;
    for (left -= 2; left; left--) {
      const len = header(next, end, 0x24);
      if (!headerEnd) break;
      if (place == note + 16 || (place == note + 24 && left == 1)) {
        store<u32>(place, <u32> headerEnd);
        store<u32>(place, len, 4);
      }
      place += 8;
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
    store<u32>(note, <u32> entry, 36);
    if (entry) sum += load<u32>(entry, 4) + load<u32>(entry, 64);
  }
  store<u32>(LOOK_SINK, sum);
}

/** Whether an entry points at its value. */
@inline function pointsAway(entry: usize): bool {
  return !isInline(entry) && (entryType(entry) != TYPE_STRING || entryEncoding(entry) != INT);
}

/** Touches what the entries point at: of a listpack, the first lines. */
function touchValues(count: u32): void {
  const stop = LOOK_NOTES + count * NOTE_BYTES;
  let sum: u32 = 0;
  for (let note = LOOK_NOTES; note < stop; note += NOTE_BYTES) {
    const entry: usize = load<u32>(note, 36);
    if (!entry || !pointsAway(entry)) continue;
    const value = valuePtr(entry);
    // Past the end of a short one is somebody else's block, or the heap's last page: never outside.
    sum += load<u32>(value) + load<u32>(value, 64) + load<u32>(value, 128);
  }
  store<u32>(LOOK_SINK, sum);
}

/** The table of a note's value that is worth a look, 0 when there is none. */
@inline function membersOf(note: usize): usize {
  const entry: usize = load<u32>(note, 36);
  if (!entry || entryType(entry) == TYPE_STRING) return 0;
  const encoding = entryEncoding(entry);
  if (encoding != HASHTABLE && encoding != SKIPLIST) return 0;
  const table = valuePtr(entry);
  return tableCount(table) >= MIN_MEMBERS ? table : 0;
}

/** Touches what a search for the commands' members will read. */
function touchMembers(count: u32): void {
  const stop = LOOK_NOTES + count * NOTE_BYTES;
  let sum: u32 = 0;
  for (let note = LOOK_NOTES; note < stop; note += NOTE_BYTES) {
    const table = membersOf(note);
    if (!table) continue;
    // A score comes before its member.
    const isScored = entryType(load<u32>(note, 36)) == TYPE_ZSET && load<u32>(note, 24) != 0;
    const place = note + (isScored ? 24 : 16);
    const member = load<u32>(place);
    if (!member) continue;
    const len = load<u32>(place, 4);
    const hash = hashBytes(member, len);
    store<u32>(note, member, 32);
    store<u32>(note, len, 48);
    store<u64>(note, hash, 40);
    sum += <u32> tableProbe(table, hash);
  }
  for (let note = LOOK_NOTES; note < stop; note += NOTE_BYTES) {
    if (!load<u32>(note, 32)) continue;
    const item = tableProbe(membersOf(note), load<u64>(note, 40));
    if (item) sum += load<u32>(item) + load<u32>(item, 28);
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

/** The hash of a member that is looked for in a collection's table: the one noted for the command under way, else computed. */
export function hashMember(table: usize, member: usize, len: u32): u64 {
  if (tableCount(table) >= MIN_MEMBERS) {
    store<u32>(LOOK_DEEP, 1);
    const current = load<u32>(LOOK_NEXT) - 1;
    if (current < load<u32>(LOOK_COUNT)) {
      const note = LOOK_NOTES + current * NOTE_BYTES;
      if (load<u32>(note, 32) == <u32> member && load<u32>(note, 48) == len) return load<u64>(note, 40);
    }
  }
  return hashBytes(member, len);
}
