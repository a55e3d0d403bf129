/** Entry of the core: what the host calls. */
import { memoryInit } from "./memory";
import { ARGV, ARGV_CAP, ARGV_FIXED, ARGV_FIXED_CAP } from "./layout";
import { arenaReset } from "./reply";
import { sharedReset } from "./pubsub";

/** Sets up an empty core in zeroed memory, whose blocks end below `limitBytes`. */
export function coreInit(limitBytes: u32): void {
  memoryInit(limitBytes);
  store<u32>(ARGV, <u32> ARGV_FIXED);
  store<u32>(ARGV_CAP, ARGV_FIXED_CAP);
  arenaReset();
  sharedReset();
}

export * from "./layout";
export { allocate, blockBytes, free, freeRunPages, nextFreeRun, reallocate } from "./memory";
export {
  INPUT_OUT_OF_MEMORY, NEED_MORE, PROTOCOL_BIG_BULK_COUNT, PROTOCOL_BIG_COUNT, PROTOCOL_BIG_INLINE, PROTOCOL_BULK,
  PROTOCOL_ERROR, PROTOCOL_EXPECTED_DOLLAR, PROTOCOL_MULTIBULK, PROTOCOL_QUOTES, PROTOCOL_UNAUTH_BULK,
  PROTOCOL_UNAUTH_MULTIBULK,
  argLen, argPtr, inputAbort, inputFresh, inputResume, inputRewind, inputRoom, inputSuspend, inputTail, nextCommand, partialBytes,
  partialCapacity, partialFree,
} from "./resp";
export { UNKNOWN_COMMAND, commandId, registerCommand } from "./names";
export { commandBytes, commandLoad, commandSave } from "./saved";
export {
  arenaReset, chainFree, chunkAppend, chunkFree, chunkOf, outSettle, outToArena, outToChain, replyArgument, replyArray,
  replyAttribute, replyBool, replyBulk, replyBulkI64, replyI64, replyMap, replyNull, replyNullArray, replyNumber,
  replyOk, replyPush, replyRaw, replySet,
} from "./reply";
export {
  clearExpiredLog, databaseSize, detach, dismantle, expireSample, expiresSize, flush, keyspaceInit, lfuCounter,
  keysSampled, swapDatabases, ttlSampled,
} from "./keyspace";
export * from "./generic";
export {
  EVICT_LFU, EVICT_LRU, EVICT_TTL, evictionBest, evictionDatabase, evictionRandom, evictionReset, evictionSample,
  expiresTableBytes, keysTableBytes,
} from "./eviction";
export {
  EXPIRY_MS, EXPIRY_POSITIVE, EXPIRY_RELATIVE, EXPIRY_SECONDS, GETEX_DELETED, GETEX_PERSISTED, GETEX_READ, GETEX_SET,
  doubleArgument, expiryArgument, integerArgument, stringAppend, stringGet, stringGetExpire, stringGetRange, stringIncrement,
  stringIncrementFloat, stringLength, stringPut, stringRead, stringSet, stringSetRange, stringTake,
} from "./string";
export {
  MATCH_DIGEST, MATCH_OTHER_DIGEST, MATCH_OTHER_TEXT, MATCH_TEXT, stringDigest, stringMatches,
} from "./stringmatch";
export { SET_EXPIRY, SET_GET, SET_KEEP_TTL, SET_NX, SET_TEXT, SET_XX } from "./stringvalue";
export * from "./bitmap";
export { digestAll, digestKeys } from "./digest";
export { LCS_LENGTH, LCS_RANGES, LCS_TEXT, replyLcs } from "./lcsreply";
export { parsedI64, parseI64 } from "./number";
export { pendingFreeStep } from "./object";
export {
  CHANNELS, messageMake, PATTERNS, patternNext, replySubject, SHARD_CHANNELS, sharedReset, subjectAdd,
  subjectFind, subjectMatches, subjectRemove,
} from "./pubsub";
export * from "./types/list";
export * from "./types/set";
export * from "./types/hash";
export * from "./types/zset";
export * from "./types/stream";
export {
  GEO_BAD_PLACE, GEO_BAD_UNIT, geoAdd, geoDistance, geoHashes, geoPlaces,
} from "./geo";
