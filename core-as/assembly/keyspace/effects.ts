/**
 * Effects: what commands have done, as commands in RESP, on their way to the append-only file and to replicas.
 *
 * ```
 *  EFFECTS_BUFFER
 *    [ whole units ... | operations of the unit under way | room ]
 *    0                 EFFECTS_UNIT                       EFFECTS_LEN   EFFECTS_CAP
 * ```
 *
 * A unit is what happens at once: a command, a transaction, or what is served to one who waited. One of
 * several operations stands between MULTI and EXEC, so that whoever follows sees all of it or nothing;
 * MULTI is put in front when the second operation comes. SELECT precedes an operation in another database
 * than the one before it.
 *
 * The buffer is EFFECTS_AREA, or a block while a turn has more. The host takes the bytes at the end of a turn,
 * and by then no reply has left. Room for a command's own arguments is made before it runs, so that memory
 * running out refuses the command and loses nothing.
 */
import {
  ARGC, EFFECTS_AREA, EFFECTS_AREA_BYTES, EFFECTS_BUFFER, EFFECTS_CAP, EFFECTS_DATABASE, EFFECTS_FIELDS, EFFECTS_KEYS,
  EFFECTS_LEN, EFFECTS_LOST, EFFECTS_ON, EFFECTS_OPERATIONS, EFFECTS_UNIT, EFFECTS_UNLINKS, EXPIRED_LOG,
  EXPIRED_LOG_LEN, EXPIRED_MISS, HASH_EXPIRED_LOG, HASH_EXPIRED_LOG_LEN,
} from "../base/layout";
import { allocate, blockBytes, free, reallocate } from "../base/memory";
import { i64Length, writeI64, writeU64 } from "../text/number";
import { argLen, argPtr } from "../protocol/resp";

/** Most that MULTI, EXEC, a SELECT and the header of an operation take together. */
const AROUND: u32 = 96;
/** Most that is around an argument: `$`, ten digits, two line ends. */
const AROUND_ARGUMENT: u32 = 15;

/** Begins to propagate. */
export function effectsOpen(): void {
  store<u32>(EFFECTS_ON, 1);
  effectsTaken();
  effectsForget();
}

/** Ends it. */
export function effectsClose(): void {
  freeBlock();
  memory.fill(EFFECTS_ON, 0, EFFECTS_FIELDS + 4 - EFFECTS_ON);
}

/** Whoever follows begins anew: the next operation names its database. */
export function effectsForget(): void {
  store<i32>(EFFECTS_DATABASE, -1);
  store<u32>(EFFECTS_LOST, 0);
}

/** The host has taken all bytes. */
export function effectsTaken(): void {
  store<u32>(EFFECTS_LEN, 0);
  store<u32>(EFFECTS_UNIT, 0);
  store<u32>(EFFECTS_OPERATIONS, 0);
  if (load<u32>(EFFECTS_BUFFER) == <u32> EFFECTS_AREA) return;
  freeBlock();
  store<u32>(EFFECTS_BUFFER, <u32> EFFECTS_AREA);
  store<u32>(EFFECTS_CAP, EFFECTS_AREA_BYTES);
}

/** Gives the buffer back where it is a block. */
function freeBlock(): void {
  if (load<u32>(EFFECTS_BUFFER) != <u32> EFFECTS_AREA) free(load<u32>(EFFECTS_BUFFER));
}

/** A buffer of `bytes` with what this one holds. @returns 0 when memory is out */
function grow(bytes: u32): usize {
  if (load<u32>(EFFECTS_BUFFER) != <u32> EFFECTS_AREA) return reallocate(load<u32>(EFFECTS_BUFFER), bytes, load<u32>(EFFECTS_LEN));
  const grown = allocate(bytes);
  if (grown) memory.copy(grown, EFFECTS_AREA, load<u32>(EFFECTS_LEN));
  return grown;
}

/** Makes room. @returns false when memory is out */
function reserve(bytes: u64): bool {
  const need = bytes + load<u32>(EFFECTS_LEN);
  const cap = load<u32>(EFFECTS_CAP);
  if (need <= cap) return true;
  const room = max<u64>(need, (<u64> cap) << 1);
  if (room > 0xfff00000) return false;
  let grown = grow(<u32> room);
  if (!grown) grown = grow(<u32> need);
  if (!grown) return false;
  store<u32>(EFFECTS_BUFFER, <u32> grown);
  store<u32>(EFFECTS_CAP, blockBytes(grown));
  return true;
}

/** Makes room for the command under way. @returns false when memory is out */
export function effectsReserve(): bool {
  let bytes: u64 = AROUND;
  for (let i: u32 = 0, argc = load<u32>(ARGC); i < argc; i++) bytes += argLen(i) + AROUND_ARGUMENT;
  return reserve(bytes);
}

/** Makes room for an effect of `operations` operations, whose arguments have `bytes` bytes in all. */
export function effectsReserveFor(operations: u32, args: u32, bytes: f64): bool {
  return reserve(<u64> operations * AROUND + <u64> args * AROUND_ARGUMENT + <u64> bytes);
}

@inline function end(): usize { return <usize> load<u32>(EFFECTS_BUFFER) + load<u32>(EFFECTS_LEN); }
@inline function advance(bytes: u32): void { store<u32>(EFFECTS_LEN, load<u32>(EFFECTS_LEN) + bytes); }

/** Writes `*3\r\n` or `$3\r\n` where there is room. */
@inline function putHeader(kind: u8, count: u32): void {
  const at = end();
  store<u8>(at, kind);
  const len = writeU64(at + 1, count);
  store<u16>(at + 1 + len, 0x0a0d);
  advance(len + 3);
}

/** Writes an argument where there is room. */
@inline function putArgument(ptr: usize, len: u32): void {
  putHeader(0x24, len);
  const at = end();
  memory.copy(at, ptr, len);
  store<u16>(at + len, 0x0a0d);
  advance(len + 2);
}

/** Writes an argument in digits where there is room. */
function putNumber(value: i64): void {
  putHeader(0x24, i64Length(value));
  const at = end();
  const len = writeI64(at, value);
  store<u16>(at + len, 0x0a0d);
  advance(len + 2);
}

const MULTI = memory.data<u8>([
  0x2a, 0x31, 0x0d, 0x0a, 0x24, 0x35, 0x0d, 0x0a, 0x4d, 0x55, 0x4c, 0x54, 0x49, 0x0d, 0x0a,
]);
const MULTI_BYTES: u32 = 15;
const EXEC = memory.data<u8>([
  0x2a, 0x31, 0x0d, 0x0a, 0x24, 0x34, 0x0d, 0x0a, 0x45, 0x58, 0x45, 0x43, 0x0d, 0x0a,
]);
const EXEC_BYTES: u32 = 14;
const SELECT = memory.data<u8>([0x53, 0x45, 0x4c, 0x45, 0x43, 0x54]);

/** Begins an operation where there is room. */
function putOperation(db: u32, argc: u32): void {
  const operations = load<u32>(EFFECTS_OPERATIONS) + 1;
  store<u32>(EFFECTS_OPERATIONS, operations);
  if (operations == 2) {
    const unit = <usize> load<u32>(EFFECTS_BUFFER) + load<u32>(EFFECTS_UNIT);
    memory.copy(unit + MULTI_BYTES, unit, end() - unit);
    memory.copy(unit, MULTI, MULTI_BYTES);
    advance(MULTI_BYTES);
  }
  if (load<i32>(EFFECTS_DATABASE) != <i32> db) {
    store<i32>(EFFECTS_DATABASE, <i32> db);
    putHeader(0x2a, 2);
    putArgument(SELECT, 6);
    putNumber(db);
    // It may stand before MULTI, and does in Redis.
    if (operations == 1) store<u32>(EFFECTS_UNIT, load<u32>(EFFECTS_LEN));
  }
  putHeader(0x2a, argc);
}

/** Propagates the command under way as it came; there is room for it. */
export function effectCommand(db: u32): void {
  if (hasExpired()) {
    effectsExpired(false);
    if (!effectsReserve()) {
      store<u32>(EFFECTS_LOST, 1);
      return;
    }
  }
  const argc = load<u32>(ARGC);
  putOperation(db, argc);
  for (let i: u32 = 0; i < argc; i++) putArgument(argPtr(i), argLen(i));
}

/** Begins an operation of `argc` arguments, which the calls that follow give. */
export function effectBegin(db: u32, argc: u32): void {
  if (hasExpired()) effectsExpired(false);
  begin(db, argc);
}

function begin(db: u32, argc: u32): void {
  if (reserve(AROUND)) putOperation(db, argc);
  else store<u32>(EFFECTS_LOST, 1);
}

/** Its next argument. */
export function effectPut(ptr: usize, len: u32): void {
  if (reserve(<u64> len + AROUND_ARGUMENT)) putArgument(ptr, len);
  else store<u32>(EFFECTS_LOST, 1);
}

/** Its next argument, one of the command under way. */
export function effectArgument(index: u32): void {
  effectPut(argPtr(index), argLen(index));
}

/** Its next argument, a number in digits. */
export function effectI64(value: i64): void {
  if (reserve(AROUND_ARGUMENT + 20)) putNumber(value);
  else store<u32>(EFFECTS_LOST, 1);
}

// ---- what expires -------------------------------------------------------------------------------

/** Words of up to eight letters, their first letter in the lowest byte. */
const DEL: u64 = 0x4c4544;
const UNLINK: u64 = 0x4b4e494c4e55;
const HDEL: u64 = 0x4c454448;

/** The next argument of the operation, a word. */
export function effectWord(word: u64): void {
  store<u64>(WORD, word);
  effectPut(WORD, 8 - (<u32> clz(word) >> 3));
}
const WORD = memory.data(8);

@inline function hasExpired(): bool {
  return load<u32>(EXPIRED_LOG_LEN) > load<u32>(EFFECTS_KEYS) || load<u32>(HASH_EXPIRED_LOG_LEN) > load<u32>(EFFECTS_FIELDS);
}

/**
 * Propagates what the logs say has expired and has not been propagated: it went before what follows.
 *
 * @param alone whether each is a unit of its own
 */
export function effectsExpired(alone: bool): void {
  const keys = load<u32>(EXPIRED_LOG);
  while (load<u32>(EFFECTS_KEYS) < load<u32>(EXPIRED_LOG_LEN)) {
    const record = keys + load<u32>(EFFECTS_KEYS);
    const len = load<u32>(record, 4);
    // Before the operation: beginning one looks here.
    store<u32>(EFFECTS_KEYS, load<u32>(EFFECTS_KEYS) + 8 + len);
    if (load<u32>(record) & EXPIRED_MISS) continue;
    begin(load<u32>(record), 2);
    effectWord(load<u32>(EFFECTS_UNLINKS) ? UNLINK : DEL);
    effectPut(record + 8, len);
    if (alone) effectsEndUnit();
  }
  const fields = load<u32>(HASH_EXPIRED_LOG);
  while (load<u32>(EFFECTS_FIELDS) < load<u32>(HASH_EXPIRED_LOG_LEN)) {
    const record = fields + load<u32>(EFFECTS_FIELDS);
    // The highest bit says that the key went, too.
    const len = load<u32>(record, 4) & 0x7fffffff;
    const fieldLen = load<u32>(record, 8);
    store<u32>(EFFECTS_FIELDS, load<u32>(EFFECTS_FIELDS) + 12 + len + fieldLen);
    begin(load<u32>(record), 3);
    effectWord(HDEL);
    effectPut(record + 12, len);
    effectPut(record + 12 + len, fieldLen);
    if (alone) effectsEndUnit();
  }
}

/** Takes whole units as they are, from a primary's stream. @returns false when memory is out: they are lost */
export function effectsRelay(ptr: usize, len: u32): bool {
  if (!reserve(len)) {
    store<u32>(EFFECTS_LOST, 1);
    return false;
  }
  memory.copy(end(), ptr, len);
  advance(len);
  store<u32>(EFFECTS_UNIT, load<u32>(EFFECTS_LEN));
  return true;
}

/** Ends the unit under way; one that did not fit as a whole is dropped. */
export function effectsEndUnit(): void {
  if (load<u32>(EFFECTS_LOST)) store<u32>(EFFECTS_LEN, load<u32>(EFFECTS_UNIT));
  else if (load<u32>(EFFECTS_OPERATIONS) > 1) {
    if (reserve(EXEC_BYTES)) {
      memory.copy(end(), EXEC, EXEC_BYTES);
      advance(EXEC_BYTES);
    } else store<u32>(EFFECTS_LOST, 1);
  }
  store<u32>(EFFECTS_UNIT, load<u32>(EFFECTS_LEN));
  store<u32>(EFFECTS_OPERATIONS, 0);
}
