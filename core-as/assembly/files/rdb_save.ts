/**
 * All databases into the bytes of a file, step by step: at once, or as a snapshot of the moment when it began,
 * while the data set changes. The file is an RDB file, or one of commands (aof_write.ts): the walk is the same.
 *
 * ```
 *  RDB       "REDIS" u32 version as 4 digits
 *            0xfa name string, value string ...                       what the host has to say
 *            0xf5 string ...                                          libraries of functions
 *            0xfe number, 0xfb keys, expiring keys, record ...        of each database with keys
 *            0xff, u64 CRC-64 of all before, 0 where there is none
 *  record    [0xfc i64 expiry, ms] [0xf8 idle seconds | 0xf9 u8 counter] u8 type, key string, value
 *
 *  commands  FUNCTION LOAD text ... SELECT number, commands of a key ...
 *
 *  saver (192 bytes, at SAVER)
 *    +0  u32 database walked through   +24 u32 a value is under way   +48 u32 what is said of a key's use
 *    +4  u32 phase                     +28 u32 its bucket of the      +56 u32 slot in that bucket
 *    +8  u32 next bucket                       chain                  +60 u32 database the file is in
 *    +12 u32 database and              +32 u64 keys written           +64 u32 format: SAVE_RDB or another
 *    +16 u32 bucket being written                                     +80 writer (rdb_write.ts, aof_write.ts)
 *    +20 u32 whether there is one      +68 u32 highest version allowed
 *    +160 what is beside the file (asideBegin) and +176 u32 how much of that has gone into it: see {@link writeNow}
 *    +72 u32 database and +76 u32 bucket that somebody waits for; the first is one more, 0 = nobody does
 * ```
 *
 * The unit is a bucket of a database's table. A walker writes one after the other and marks it; whoever is
 * about to change a bucket, or the value of a key in it, has it written first if it has no mark
 * ({@link snapshotBucket}), and the one under way before that: so each key is in the file as it was when the
 * snapshot began, once. A mark is the snapshot's generation, so that none need be taken away. A table may grow
 * and shrink meanwhile: halves of a bucket inherit its mark, and buckets that join are written before.
 *
 * The host writes what the sink holds after each step, and whenever it is full (rdb_sink.ts): no memory is
 * needed. A change costs what it takes to write a bucket, some seven
 * keys, and once; that of a large value its whole length, as no value is written by halves. So that nobody has to
 * wait for that but who wants to change it, the host asks before ({@link saveAwaits}).
 */
import {
  ACCESS_CLOCK, DATABASES, DATABASE_BYTES, DATABASE_COUNT, HASH_EXPIRING_COUNT, RDB_SINK_FAILED, RDB_SINK_PASSED,
  READ_PLACES, SAVER, SNAPSHOT, SNAPSHOT_GENERATION, STREAM_CONSUMERS,
} from "../base/layout";
import { checksumTables } from "./dump";
import { entryAccess, entryExpiryMs, entryKey, entryKeyLen, hasExpiry } from "../keyspace/entry";
import { hashBytes } from "../hashing/hash";
import { bucketIsLarge } from "./large";
import { databaseSize, expiresSize, keysOf, lfuCounter } from "../keyspace/keyspace";
import {
  bucketAt, bucketCount, bucketIndex, GENERATIONS, isMarked, mark, matches, overflowOf, SLOT_MASK, slotAddress,
  tableUnmark, unmark,
} from "../structures/keytable";
import { asideBegin, asideEnd, asideFree, fileClose, fileFlush, fileOpen, fileSum, putByte, putBytes, putLength, putString, putU64 } from "./rdb_sink";
import { rdbTypeOf, writeStart, writeStep } from "./rdb_write";
import { isEnough } from "./rdb_writer";
import { commandsStep, functionCommand, selectCommand } from "./aof_write";
import { RDB_VERSION, RDB_VERSION_ACTIVE, RDB_VERSION_EXPIRING } from "./rdb_types";
import { allocate, free } from "../base/memory";
import { argLen, argPtr } from "../protocol/resp";

// What a byte that is no type says.
/** How many keys a slot of a cluster has, so that its table may be sized; it is not written. */
export const OP_SLOT: u32 = 0xf4;
export const OP_FUNCTION: u32 = 0xf5;
export const OP_MODULE: u32 = 0xf7;
export const OP_IDLE: u32 = 0xf8;
export const OP_FREQ: u32 = 0xf9;
export const OP_AUX: u32 = 0xfa;
export const OP_RESIZE: u32 = 0xfb;
export const OP_EXPIRE_MS: u32 = 0xfc;
export const OP_EXPIRE: u32 = 0xfd;
export const OP_SELECT: u32 = 0xfe;
export const OP_END: u32 = 0xff;

// What is said of a key's use: nothing, how long it is idle, how often it is used.
export const SAVE_NO_USE: u32 = 0;
export const SAVE_IDLE: u32 = 1;
export const SAVE_FREQ: u32 = 2;

// What a file is made of.
export const SAVE_RDB: u32 = 0;
export const SAVE_COMMANDS: u32 = 1;

// What a step has come to.
export const SAVE_MORE: i32 = 0;
export const SAVE_DONE: i32 = 1;
export const SAVE_FAILED: i32 = -1;

const SAVER_BYTES: u32 = 192;
/** The part of it that says where the walk stands. */
const WALK_BYTES: u32 = 144;
const ASIDE: u32 = 160;
const ASIDE_PIECE: u32 = 0x8000;
/** What a request may take that is kept. */
const KEPT_BYTES: u32 = 0x10000;
const WRITER: u32 = 80;
const NO_DATABASE: u32 = 0xffffffff;

const NEXT_DATABASE: u32 = 0;
const KEYS: u32 = 1;
const TRAILER: u32 = 2;
const END: u32 = 3;

const MAGIC = memory.data<u8>([0x52, 0x45, 0x44, 0x49, 0x53, 0x30, 0x30, 0x31, 0x30]); // REDIS0010

@inline function phaseOf(s: usize): u32 { return load<u32>(s, 4); }
@inline function setPhase(s: usize, phase: u32): void { store<u32>(s, phase, 4); }
@inline function isCommands(s: usize): bool { return load<u32>(s, 64) == SAVE_COMMANDS; }
@inline function isInBucket(s: usize): bool { return load<u32>(s, 20) != 0; }

/**
 * Begins a file. One is written at a time.
 *
 * @param format SAVE_RDB or SAVE_COMMANDS
 * @param version the highest that an RDB file may be of; it is of the lowest that has all there is
 * @param use SAVE_NO_USE and others, of which commands tell nothing
 * @param checksum whether an RDB file has one
 * @returns the saver
 */
export function saveStart(format: u32, version: u32, use: u32, checksum: bool): u32 {
  const s = SAVER;
  memory.fill(s, 0, SAVER_BYTES);
  store<u32>(s, use, 48);
  store<u32>(s, NO_DATABASE, 60);
  store<u32>(s, format, 64);
  store<u32>(s, version, 68);
  beginGeneration();
  fileOpen(checksum && !isCommands(s) ? checksumTables() : 0);
  if (isCommands(s)) return <u32> s;
  store<u8>(MAGIC, <u8> (0x30 + leastVersion(version) % 10), 8);
  putBytes(MAGIC, 9);
  return <u32> s;
}

/** Has no bucket marked: but for each 63rd time by a mark that none bears, so that it takes no time. */
function beginGeneration(): void {
  let generation = load<u32>(SNAPSHOT_GENERATION) + 1;
  if (generation > GENERATIONS) {
    for (let db: u32 = 0; db < load<u32>(DATABASE_COUNT); db++) tableUnmark(keysOf(db));
    generation = 1;
  }
  store<u32>(SNAPSHOT_GENERATION, generation);
}

/** The lowest version that has all there is; fields that expire have no other. */
function leastVersion(allowed: u32): u32 {
  if (load<u32>(HASH_EXPIRING_COUNT)) return RDB_VERSION_EXPIRING;
  return allowed >= RDB_VERSION_ACTIVE && load<u32>(STREAM_CONSUMERS) ? RDB_VERSION_ACTIVE : RDB_VERSION;
}

/** From here on the data set may change between steps: the file will be of this moment. */
export function saveSnapshot(s: u32): void {
  store<u32>(SNAPSHOT, s);
}

/** Says something of an RDB file: arguments `index` and the one behind it. */
export function saveAux(index: u32): void {
  if (isCommands(SAVER)) return;
  putByte(OP_AUX);
  putString(argPtr(index), argLen(index));
  putString(argPtr(index + 1), argLen(index + 1));
}

/** A library of functions: an argument. */
export function saveFunction(index: u32): void {
  if (isCommands(SAVER)) return functionCommand(argPtr(index), argLen(index));
  putByte(OP_FUNCTION);
  putString(argPtr(index), argLen(index));
}

/** Writes about `limit` bytes of the file. @returns SAVE_* */
export function saveStep(s: u32, limit: u32): i32 {
  store<u32>(RDB_SINK_PASSED, 0);
  while (phaseOf(s) != END && !isEnough(limit) && !load<u32>(RDB_SINK_FAILED)) {
    switch (phaseOf(s)) {
      case NEXT_DATABASE: startDatabase(s); break;
      case KEYS: saveKeys(s, limit); break;
      default: saveTrailer(s); break;
    }
  }
  if (!fileFlush()) return SAVE_FAILED;
  return phaseOf(s) == END ? SAVE_DONE : SAVE_MORE;
}

/** Ends a file, whole or not. */
export function saveEnd(): void {
  store<u32>(SNAPSHOT, 0);
  asideFree(SAVER + ASIDE);
  fileClose();
}

/** Keys that are written. */
export function savedKeys(s: u32): f64 {
  return <f64> load<u64>(s, 32);
}

// ---- the walker -----------------------------------------------------------------------------------

function startDatabase(s: usize): void {
  let db = load<u32>(s);
  while (db < load<u32>(DATABASE_COUNT) && !databaseSize(db)) db++;
  store<u32>(s, db);
  store<u32>(s, 0, 8);
  if (db == load<u32>(DATABASE_COUNT)) {
    setPhase(s, TRAILER);
    return;
  }
  select(s, db);
  if (!isCommands(s)) {
    putByte(OP_RESIZE);
    putLength(databaseSize(db));
    putLength(expiresSize(db));
  }
  setPhase(s, KEYS);
}

/** Puts the file into a database. */
function select(s: usize, db: u32): void {
  if (load<u32>(s, 60) == db) return;
  if (isCommands(s)) selectCommand(db);
  else {
    putByte(OP_SELECT);
    putLength(db);
  }
  store<u32>(s, db, 60);
}

function saveKeys(s: usize, limit: u32): void {
  const t = keysOf(load<u32>(s));
  while (!isEnough(limit)) {
    if (isInBucket(s)) {
      if (!saveBucket(s, limit)) return;
      continue;
    }
    if (load<u32>(s, 72) && startAwaited(s)) continue;
    const index = load<u32>(s, 8);
    // Buckets that were joined away meanwhile have gone into marked ones.
    if (index >= bucketCount(t)) {
      store<u32>(s, load<u32>(s) + 1);
      setPhase(s, NEXT_DATABASE);
      return;
    }
    store<u32>(s, index + 1, 8);
    if (!isMarked(bucketAt(t, index))) startBucket(s, load<u32>(s), index);
  }
}

function saveTrailer(s: usize): void {
  if (!isCommands(s)) {
    putByte(OP_END);
    putU64(fileSum());
  }
  setPhase(s, END);
}

// ---- buckets --------------------------------------------------------------------------------------

function startBucket(s: usize, db: u32, index: u32): void {
  store<u32>(s, db, 12);
  store<u32>(s, index, 16);
  store<u32>(s, 1, 20);
  store<u32>(s, 0, 28);
  store<u32>(s, 0, 56);
}

/** Goes on writing a bucket. @returns whether it is written, and marked */
function saveBucket(s: usize, limit: u32): bool {
  const head = bucketAt(keysOf(load<u32>(s, 12)), load<u32>(s, 16));
  while (true) {
    if (!load<u32>(s, 24)) {
      if (isAside(s) && !writeAside(s, limit)) return false;
      const e = nextEntry(s, head);
      if (!e) {
        mark(head);
        store<u32>(s, 0, 20);
        return true;
      }
      select(s, load<u32>(s, 12));
      startRecord(s, e);
    }
    if (!goOn(s, limit)) return false;
    store<u32>(s, 0, 24);
    store<u64>(s, load<u64>(s, 32) + 1, 32);
    if (isEnough(limit)) return false;
  }
}

/** Goes on with the record under way. @returns whether it is written */
@inline function goOn(s: usize, limit: u32): bool {
  return isCommands(s) ? commandsStep(s + WRITER, limit) : writeStep(s + WRITER, limit);
}

/** The next entry of the bucket under way, whose chain is as it was; 0 at its end. */
function nextEntry(s: usize, head: usize): usize {
  let bucket = head;
  for (let depth = load<u32>(s, 28); depth; depth--) bucket = overflowOf(bucket);
  let slot = load<u32>(s, 56);
  while (true) {
    const taken = (~matches(bucket, 0) & SLOT_MASK) >> slot << slot;
    if (taken) {
      slot = ctz(taken);
      store<u32>(s, slot + 1, 56);
      return load<u32>(slotAddress(bucket, slot));
    }
    bucket = overflowOf(bucket);
    if (!bucket) return 0;
    slot = 0;
    store<u32>(s, 0, 56);
    store<u32>(s, load<u32>(s, 28) + 1, 28);
  }
}

function startRecord(s: usize, e: usize): void {
  writeStart(s + WRITER, e, load<u32>(s, 68));
  store<u32>(s, 1, 24);
  if (!isCommands(s)) putRecordHead(s, e);
}

/** What comes before a value in an RDB file. */
function putRecordHead(s: usize, e: usize): void {
  if (hasExpiry(e)) {
    putByte(OP_EXPIRE_MS);
    putU64(entryExpiryMs(e));
  }
  const use = load<u32>(s, 48);
  if (use == SAVE_IDLE) {
    putByte(OP_IDLE);
    putLength((load<u32>(ACCESS_CLOCK) - entryAccess(e)) & 0xffffff);
  } else if (use == SAVE_FREQ) {
    putByte(OP_FREQ);
    putByte(lfuCounter(e));
  }
  putByte(rdbTypeOf(e, load<u32>(s, 68)));
  putString(entryKey(e), entryKeyLen(e));
}

// ---- large values ---------------------------------------------------------------------------------

/**
 * Whether the key of an argument shares a bucket with a large value that is still to be written, which is written
 * next then: who waits for that changes it without having it written at once.
 */
export function saveAwaits(db: u32, karg: u32): bool {
  const s: usize = load<u32>(SNAPSHOT);
  if (!s || !awaits(s, db, bucketIndex(keysOf(db), hashBytes(argPtr(karg), argLen(karg))))) return false;
  return hasRoomToWait();
}

/** A request that waits has to be kept: where there is no memory for that it is better served, however long it takes. */
function hasRoomToWait(): bool {
  const block = allocate(KEPT_BYTES);
  free(block);
  return block != 0;
}

/** Whether somebody waits for a bucket. */
export function saveIsAwaited(): bool {
  return load<u32>(SNAPSHOT) != 0 && load<u32>(SAVER, 72) != 0;
}

function awaits(s: usize, db: u32, index: u32): bool {
  const t = keysOf(db);
  if (isMarked(bucketAt(t, index)) || !bucketIsLarge(t, index)) return false;
  // One after the other: whoever waits for another one asks again.
  if (!load<u32>(s, 72)) {
    store<u32>(s, db + 1, 72);
    store<u32>(s, index, 76);
  }
  return true;
}

/** Takes the bucket that somebody waits for as the next one, if it is still to be written. @returns whether it is */
function startAwaited(s: usize): bool {
  const db = load<u32>(s, 72) - 1;
  const index = load<u32>(s, 76);
  // It may have been joined to another one meanwhile, or written.
  if (index < bucketCount(keysOf(db)) && !isMarked(bucketAt(keysOf(db), index))) {
    startBucket(s, db, index);
    return true;
  }
  store<u32>(s, 0, 72);
  return false;
}

/** Whether a table should not split or join a bucket now: it has a large value that is still to be written. */
export function snapshotSpares(t: usize, index: u32): bool {
  const offset = t - <usize> load<u32>(DATABASES);
  const db = <u32> (offset / DATABASE_BYTES);
  if (db >= load<u32>(DATABASE_COUNT) || offset != db * DATABASE_BYTES) return false;
  return awaits(load<u32>(SNAPSHOT), db, index);
}

/** A bucket of a table is about to change: where that is a database's, it is written before. */
export function snapshotBucket(t: usize, index: u32): void {
  const offset = t - <usize> load<u32>(DATABASES);
  const db = <u32> (offset / DATABASE_BYTES);
  if (db >= load<u32>(DATABASE_COUNT) || offset != db * DATABASE_BYTES) return;
  if (!isMarked(bucketAt(t, index))) writeNow(load<u32>(SNAPSHOT), t, db, index);
}

/**
 * Writes a bucket. The one under way comes before it; where that has a large value, which would take long, this
 * one's bytes go beside the file until that value is written. Callers are in the middle of something: what was read
 * and found last, all of which is in READ_PLACES, stays.
 */
function writeNow(s: usize, t: usize, db: u32, index: u32): void {
  const first = v128.load(READ_PLACES);
  const second = v128.load(READ_PLACES, 16);
  const third = v128.load(READ_PLACES, 32);
  if (isInBucket(s) && !writeBeside(s, t, db, index)) saveBucket(s, u32.MAX_VALUE);
  if (!isMarked(bucketAt(t, index))) {
    startBucket(s, db, index);
    saveBucket(s, u32.MAX_VALUE);
  }
  v128.store(READ_PLACES, first);
  v128.store(READ_PLACES, second, 16);
  v128.store(READ_PLACES, third, 32);
}

// ---- beside a large value -------------------------------------------------------------------------

@inline function isAside(s: usize): bool { return load<u32>(s, ASIDE + 8) != 0; }

/** Where the walk stood that another bucket is written before. */
const KEPT = memory.data(144); // WALK_BYTES

/** Writes a bucket without ending the one under way. @returns false where that one is better ended: nothing was written */
function writeBeside(s: usize, t: usize, db: u32, index: u32): bool {
  const under = keysOf(load<u32>(s, 12));
  if (under == t && load<u32>(s, 16) == index) return false;
  if (!bucketIsLarge(under, load<u32>(s, 16)) || bucketIsLarge(t, index)) return false;
  // Between two records of the bucket under way there is room for others.
  const isWithin = load<u32>(s, 24) != 0 || isAside(s);
  memory.copy(KEPT, s, WALK_BYTES);
  if (isWithin) asideBegin(s + ASIDE);
  startBucket(s, db, index);
  store<u32>(s, 0, 24);
  putBucket(s);
  const whole = !isWithin || asideEnd(s + ASIDE);
  const keys = load<u64>(s, 32);
  const selected = load<u32>(s, 60);
  memory.copy(s, KEPT, WALK_BYTES);
  if (!whole) {
    unmark(bucketAt(t, index));
    return false;
  }
  store<u64>(s, keys, 32);
  store<u32>(s, selected, 60);
  return true;
}

/** Writes all of the bucket that was begun. */
function putBucket(s: usize): void {
  const head = bucketAt(keysOf(load<u32>(s, 12)), load<u32>(s, 16));
  for (let e = nextEntry(s, head); e; e = nextEntry(s, head)) {
    select(s, load<u32>(s, 12));
    startRecord(s, e);
    goOn(s, u32.MAX_VALUE);
    store<u64>(s, load<u64>(s, 32) + 1, 32);
  }
  mark(head);
}

/** Goes on with what is beside the file, whose place is reached. @returns whether all of it is in the file */
function writeAside(s: usize, limit: u32): bool {
  const len = load<u32>(s, ASIDE + 8);
  let at = load<u32>(s, 176);
  while (at < len && !isEnough(limit)) {
    const piece = min(len - at, ASIDE_PIECE);
    putBytes(<usize> load<u32>(s, ASIDE) + at, piece);
    at += piece;
  }
  store<u32>(s, at, 176);
  if (at < len) return false;
  asideFree(s + ASIDE);
  store<u32>(s, 0, 176);
  return true;
}
