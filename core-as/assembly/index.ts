/** Entry of the core: what the host calls. */
import { memoryInit } from "./base/memory";
import { ARGV, ARGV_CAP, ARGV_FIXED, ARGV_FIXED_CAP } from "./base/layout";
import { arenaReset } from "./protocol/reply";
import { sharedReset } from "./generic/pubsub";
import { wire } from "./wiring";

/** Sets up an empty core in zeroed memory, whose blocks end below `limitBytes`. */
export function coreInit(limitBytes: u32): void {
  wire();
  memoryInit(limitBytes);
  store<u32>(ARGV, <u32> ARGV_FIXED);
  store<u32>(ARGV_CAP, ARGV_FIXED_CAP);
  arenaReset();
  sharedReset();
}

export * from "./base/layout";
export { allocate, blockBytes, free, freeRunPages, nextDirtyStretch, nextFreeRun, reallocate } from "./base/memory";
export {
  COMMAND_LOST, INPUT_OUT_OF_MEMORY, NEED_MORE, PROTOCOL_BIG_BULK_COUNT, PROTOCOL_BIG_COUNT, PROTOCOL_BIG_INLINE, PROTOCOL_BULK,
  PROTOCOL_ERROR, PROTOCOL_EXPECTED_DOLLAR, PROTOCOL_MULTIBULK, PROTOCOL_QUOTES, PROTOCOL_UNAUTH_BULK,
  PROTOCOL_UNAUTH_MULTIBULK,
  argLen, argPtr, nextCommand,
} from "./protocol/resp";
export {
  inputAbort, inputFresh, inputResume, inputRewind, inputRoom, inputSuspend, inputTail, partialBytes, partialCapacity,
  partialFree,
} from "./protocol/partial";
export { UNKNOWN_COMMAND, commandId, registerCommand } from "./protocol/names";
export {
  effectArgument, effectBegin, effectCommand, effectI64, effectPut, effectsClose, effectsEndUnit, effectsExpired,
  effectsForget, effectsOpen, effectsRelay, effectsReserve, effectsReserveFor, effectsTaken,
} from "./keyspace/effects";
export { commandBytes, commandLoad, commandSave } from "./protocol/saved";
export {
  arenaReset, chainFree, chunkAppend, chunkFree, chunkOf, outGoOn, outSettle, outToArena, outToChain, replyArgument, replyArray,
  replyAttribute, replyBool, replyBulk, replyBulkI64, replyI64, replyMap, replyNull, replyNullArray, replyNumber,
  replyBegin, replyOk, replyPush, replyRaw, replySet, replyTakeBack,
} from "./protocol/reply";
export {
  clearExpiredLog, databaseSize, detach, dismantle, expireKey, expireSample, expiresSize, flush, keyspaceInit, lfuCounter,
  keysSampled, slotsInit, swapDatabases, ttlSampled,
} from "./keyspace/keyspace";
export { SLOT_END, slotHide, slotsShow } from "./keyspace/slot_index";
export { stagedBegin, stagedEnd, stagedSwap } from "./keyspace/staged";
export {
  argumentsSlot, slotBytes, slotKeys, slotOfBytes, slotReplyKeys, slotScan, SLOTS_DIFFER,
} from "./keyspace/slots";
export {
  operationArgc, operationArgument, operationEnd, operationPassed, operationRead, operationSlot,
} from "./keyspace/operations";
export { keyExport, slotExport } from "./files/slot_export";
export * from "./generic/generic";
export { defragStart, defragStep, defragStop } from "./generic/defrag";
export {
  EVICT_LFU, EVICT_LRU, EVICT_TTL, evictionBest, evictionDatabase, evictionRandom, evictionReset, evictionSample,
  expiresTableBytes, keysTableBytes, valueTableBytes,
} from "./generic/eviction";
export {
  EXPIRY_MS, EXPIRY_POSITIVE, EXPIRY_RELATIVE, EXPIRY_SECONDS, GETEX_DELETED, GETEX_PERSISTED, GETEX_READ, GETEX_SET,
  doubleArgument, expiryArgument, integerArgument, stringAppend, stringGet, stringGetExpire, stringGetRange, stringIncrement,
  stringIncrementFloat, stringLength, stringPut, stringRead, stringSet, stringSetRange, stringTake,
} from "./types/string/string";
export {
  MATCH_DIGEST, MATCH_OTHER_DIGEST, MATCH_OTHER_TEXT, MATCH_TEXT, stringDigest, stringMatches,
} from "./types/string/stringmatch";
export { SET_ADOPT, SET_EXPIRY, SET_GET, SET_KEEP_TTL, SET_NX, SET_TEXT, SET_XX } from "./types/string/stringvalue";
export {
  BIT_NOT_INTEGER, BIT_OFFSET_WRONG, BIT_SYNTAX, BIT_VALUE_WRONG, bitmapCount, bitmapGet, bitmapPosition, bitmapSet,
} from "./types/bitmap/bitmap";
export {
  FIELD_ADDED, FIELD_OVERFLOW_WRONG, FIELD_READ, FIELD_READ_MISSING, FIELD_READ_WRONG_TYPE, FIELD_TYPE_WRONG,
  FIELD_WRITES, FIELD_WRITTEN, bitfield,
} from "./types/bitmap/bitfield";
export {
  BITOP_ADDED, BITOP_AND, BITOP_ANDOR, BITOP_CHANGED, BITOP_DELETED, BITOP_DIFF, BITOP_DIFF1, BITOP_NOT,
  BITOP_NOTHING, BITOP_ONE, BITOP_OR, BITOP_XOR, bitopEnd, bitopSource, bitopStart, bitopStore,
} from "./types/bitmap/bitop";
export {
  HLL_CORRUPT, HLL_WRONG_STRING, hllAdd, hllCount, hllInspect, hllMakeDense, hllMergeCount, hllMergeKey, hllMergeStart,
  hllMergeStore, hllReplyRegisters, hllReplyRuns,
} from "./types/hyperloglog/hyperloglog_command";
export { DENSE as HLL_DENSE, SPARSE as HLL_SPARSE } from "./types/hyperloglog/hyperloglog";
export { hllSelfTest, SELFTEST_ESTIMATE, SELFTEST_REGISTERS, SELFTEST_SPARSE } from "./types/hyperloglog/hyperloglog_check";
export { digestAll, digestKeys } from "./generic/digest";
export { SHA1_STATE_BYTES, sha1Hex } from "./hashing/sha1";
export {
  DUMP_WRONG, keyDump, keyRestore, RESTORE_DELETED, RESTORE_FRESH, RESTORE_MADE, RESTORE_PAST, serializedBytes,
} from "./files/dump";
export { RDB_BAD } from "./files/rdb_source";
export {
  SAVE_COMMANDS, SAVE_DONE, SAVE_FAILED, SAVE_FREQ, SAVE_IDLE, SAVE_MORE, SAVE_NO_USE, SAVE_RDB, saveAux, savedKeys,
  saveAwaits, saveEnd, saveFunction, saveIsAwaited, saveSnapshot, saveStart, saveStep,
} from "./files/rdb_save";
export {
  LOAD_AUX, LOAD_BAD_CHECKSUM, LOAD_BAD_DATABASE, LOAD_BAD_TYPE, LOAD_BAD_VERSION, LOAD_BESIDE, LOAD_CHECKS, LOAD_DUPLICATE,
  LOAD_END, LOAD_FUNCTION, LOAD_KEEPS_EXPIRED, LOAD_MERGES, LOAD_MODULE, LOAD_MORE, LOAD_NO_CHECKSUM, LOAD_NO_SIGNATURE,
  LOAD_SKIPPED, LOAD_TRUSTS, loadChecksum, loadedKeys, loadEmptyKeys, loadExpiredKeys, loadFinish, loadFlags,
  loadKeepsExpired, loadStart, loadStep,
  loadedDatabase, loadedElements, loadedKind, loadedType, loadedVersion, KEY_EXPIRED, KEY_EXPIRES, LOAD_KEY, LOAD_TELLS,
} from "./files/rdb_load";
export { LCS_LENGTH, LCS_RANGES, LCS_TEXT, replyLcs } from "./types/string/lcsreply";
export { parsedI64, parseI64 } from "./text/number";
export { pendingFreeStep } from "./keyspace/object";
export {
  CHANNELS, messageMake, messageRoom, PATTERNS, patternNext, replySubject, SHARD_CHANNELS, sharedReset, subjectAdd,
  subjectFind, subjectMatches, subjectRemove, subjectText,
} from "./generic/pubsub";
export * from "./types/list/list";
export * from "./types/set/set";
export * from "./types/hash/hash";
export * from "./types/zset/zset";
export * from "./types/stream/stream";
export {
  GEO_BAD_PLACE, GEO_BAD_UNIT, geoAdd, geoDistance, geoHashes, geoPlaces,
} from "./types/geo/geo";
export {
  GEO_ANY, GEO_ASCENDING, GEO_BAD_COUNT, GEO_BAD_HEIGHT, GEO_BAD_RADIUS, GEO_BAD_WIDTH, GEO_BOX, GEO_BY_MEMBER,
  GEO_DESCENDING, GEO_LENIENT, GEO_NEGATIVE_RADIUS, GEO_NEGATIVE_SIDE, GEO_NO_MEMBER, GEO_STORE_DISTANCE,
  GEO_WITH_DISTANCE, GEO_WITH_HASH, GEO_WITH_PLACE, geoCheck,
} from "./types/geo/geoquery";
export { GEO_FOUND, geoSearch } from "./types/geo/geosearch";
export {
  SORT_ALPHA, SORT_CREATED, SORT_DOWN, SORT_FOUND, SORT_NO_NUMBER, SORT_REMOVED, SORT_STORED, SORT_TELLS_MISSES, sortHits, sortKey,
  sortMisses,
} from "./generic/sort";
export { imageCells, imagePrepare, imageStretch, imageSum, imageTaken } from "./files/image";
