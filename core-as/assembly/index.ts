/** Entry of the core: what the host calls. */
import { memoryInit } from "./memory";
import { ARGV, ARGV_CAP, ARGV_FIXED, ARGV_FIXED_CAP } from "./layout";
import { arenaReset } from "./reply";

/** Sets up an empty core in zeroed memory, whose blocks end below `limitBytes`. */
export function coreInit(limitBytes: u32): void {
  memoryInit(limitBytes);
  store<u32>(ARGV, <u32> ARGV_FIXED);
  store<u32>(ARGV_CAP, ARGV_FIXED_CAP);
  arenaReset();
}

export * from "./layout";
export { allocate, blockBytes, free, freeRunPages, nextFreeRun, reallocate } from "./memory";
export {
  argLen, argPtr, commandId, inputAbort, inputFresh, inputResume, inputRewind, inputRoom, inputSuspend, inputTail, nextCommand, partialBytes,
  partialCapacity, partialFree, registerCommand,
} from "./resp";
export {
  arenaReset, chainFree, chunkFree, chunkOf, outSettle, outToArena, outToChain, replyArgument, replyArray,
  replyAttribute, replyBool, replyBulk, replyBulkI64, replyI64, replyMap, replyNull, replyNullArray, replyNumber,
  replyOk, replyPush, replyRaw, replySet,
} from "./reply";
export {
  clearExpiredLog, databaseSize, detach, dismantle, expireSample, expiresSize, flush, keyspaceInit, lfuCounter,
  sampledKeys, sampledTtlMs, swapDatabases,
} from "./keyspace";
export * from "./generic";
export {
  expiryArgument, integerArgument, stringAppend, stringGet, stringGetRange, stringIncrement, stringLength,
  stringPut, stringRead, stringSet, stringSetRange,
} from "./string";
export { parsedI64, parseI64 } from "./number";
