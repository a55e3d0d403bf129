/**
 * What lower rooms do by functions of higher ones: handed in here, once an instance, when it is set up. A function
 * is a number in the module's table, the same in every instance of it.
 */
import { crc16Init } from "./hashing/crc16";
import { snapshotBucket, snapshotSpares } from "./files/rdb_save";
import { QUICKLIST, TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_ZSET } from "./keyspace/kinds";
import { lookAhead } from "./keyspace/lookahead";
import { objectFree, registerPlaces, registerType } from "./keyspace/object";
import { onPipeline } from "./protocol/resp";
import { onBucketChange } from "./structures/keytable";
import { onChainDropped } from "./structures/quicklist";
import {
  hashBytesOf, hashCopy, hashDigest, hashDropped, hashFreeStep, hashLength, hashPlaced,
} from "./types/hash/hash";
import { listBytes, listCopy, listDigest, listFreeStep, listLength } from "./types/list/list";
import { setBytes, setCopy, setDigest, setFreeStep, setLength } from "./types/set/set";
import { streamBytes, streamCopy, streamDigest, streamFreeStep, streamWork } from "./types/stream/stream";
import { zsetBytes, zsetCopy, zsetDigest, zsetFreeStep, zsetLength } from "./types/zset/zset";

export function wire(): void {
  crc16Init();
  registerType(TYPE_LIST, listFreeStep, listCopy, listLength, listBytes, listDigest);
  registerType(TYPE_SET, setFreeStep, setCopy, setLength, setBytes, setDigest);
  registerType(TYPE_ZSET, zsetFreeStep, zsetCopy, zsetLength, zsetBytes, zsetDigest);
  registerType(TYPE_HASH, hashFreeStep, hashCopy, hashLength, hashBytesOf, hashDigest);
  registerType(
    TYPE_STREAM,
    streamFreeStep,
    streamCopy,
    (_encoding: u32, value: usize): u32 => streamWork(value),
    streamBytes,
    (_encoding: u32, value: usize): void => streamDigest(value),
  );
  registerPlaces(TYPE_HASH, hashDropped, hashPlaced);
  onBucketChange(snapshotBucket, snapshotSpares);
  onChainDropped((ql: usize): void => objectFree(TYPE_LIST, QUICKLIST, ql));
  onPipeline(lookAhead);
}
