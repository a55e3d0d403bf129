/**
 * Which values take so long to write that nobody should have to wait for it: some milliseconds and more. It is
 * judged by counts and a few samples, as all of a value cannot be looked at.
 */
import {
  entryEncoding, entryType, HASHTABLE, INT, isInline, QUICKLIST, SKIPLIST, TYPE_HASH, TYPE_LIST, TYPE_SET,
  TYPE_STREAM, TYPE_STRING, TYPE_ZSET, valuePtr,
} from "../keyspace/entry";
import { bucketAt, matches, overflowOf, SLOT_MASK, slotAddress, tableCount } from "../structures/keytable";
import { lpBytes } from "../structures/listpack";
import { headOf } from "../structures/quicklist";
import { isPacked, nextOf, nodeLp, plainLen } from "../structures/quicknode";
import { walkNext, walkStart } from "../structures/tablewalk";
import { itemFieldLen, itemValueLen } from "../types/hash/hash_table";
import { itemLen } from "../types/set/set_value";
import { streamWork } from "../types/stream/stream";
import { tableOf } from "../types/zset/zset_value";

/** Some half a millisecond's work, with compression a millisecond's. */
export const LARGE_BYTES: u32 = 0x40000;
const LARGE_COUNT: u32 = 2048;
const LARGE_STREAM_WORK: u32 = 64;
const SAMPLES: u32 = 8;

const WALK = memory.data(16); // WALK_BYTES, which may be declared later

/** Whether a bucket of a database's table has an entry whose value is large. */
export function bucketIsLarge(t: usize, index: u32): bool {
  let bucket = bucketAt(t, index);
  do {
    for (let taken = ~matches(bucket, 0) & SLOT_MASK; taken; taken &= taken - 1) {
      if (isLarge(load<u32>(slotAddress(bucket, ctz(taken))))) return true;
    }
    bucket = overflowOf(bucket);
  } while (bucket);
  return false;
}

function isLarge(e: usize): bool {
  const encoding = entryEncoding(e);
  switch (entryType(e)) {
    case TYPE_STRING: return !isInline(e) && encoding != INT && load<u32>(valuePtr(e)) > LARGE_BYTES;
    case TYPE_LIST: return encoding == QUICKLIST && listIsLarge(valuePtr(e));
    case TYPE_SET: return encoding == HASHTABLE && tableIsLarge(valuePtr(e), false);
    case TYPE_HASH: return encoding == HASHTABLE && tableIsLarge(valuePtr(e), true);
    case TYPE_ZSET: return encoding == SKIPLIST && tableCount(tableOf(valuePtr(e))) > LARGE_COUNT;
    case TYPE_STREAM: return streamWork(valuePtr(e)) > LARGE_STREAM_WORK;
    default: return false;
  }
}

function listIsLarge(ql: usize): bool {
  let bytes: u32 = 0;
  for (let node = headOf(ql); node && bytes <= LARGE_BYTES; node = nextOf(node)) {
    bytes += 64 + (isPacked(node) ? lpBytes(nodeLp(node)) : plainLen(node));
  }
  return bytes > LARGE_BYTES;
}

function tableIsLarge(t: usize, isHash: bool): bool {
  const count = tableCount(t);
  if (count > LARGE_COUNT) return true;
  walkStart(WALK, t);
  let bytes: u64 = 0;
  let seen: u32 = 0;
  for (; seen < SAMPLES; seen++) {
    const item = walkNext(WALK);
    if (!item) break;
    bytes += isHash ? itemFieldLen(item) + itemValueLen(item) : itemLen(item);
  }
  return seen != 0 && bytes * count / seen > LARGE_BYTES;
}
