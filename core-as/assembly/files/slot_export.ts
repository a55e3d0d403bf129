/**
 * Keys as commands that make them elsewhere: what a slot that moves to another node is sent as.
 *
 * ```
 *  SET key value [PXAT ms]                              strings
 *  RESTORE key ms payload REPLACE ABSTTL                all else (dump.ts); 0 ms: it does not expire
 *  DEL key                                              a key that is not there
 * ```
 *
 * A string goes as it is: its payload would cost a checksum at each end, and a try to compress it.
 */
import { OUT_FAILED, OUT_LOST, RESULT_LEN, SCRATCH } from "../base/layout";
import {
  entryEncoding, entryExpiryMs, entryKey, entryKeyLen, entryType, entryValue, hasExpiry, INT, isInline, TYPE_STRING,
  valuePtr,
} from "../keyspace/entry";
import { find, keysOf, slotsOf } from "../keyspace/keyspace";
import { slotIndexScan, slotScanEnd } from "../keyspace/slot_index";
import { replyArray, replyArgument, replyBulk, replyBulkI64 } from "../protocol/reply";
import { argLen, argPtr } from "../protocol/resp";
import { replyDump } from "./dump";

const SET = memory.data<u8>([0x53, 0x45, 0x54]);
const PXAT = memory.data<u8>([0x50, 0x58, 0x41, 0x54]);
const RESTORE = memory.data<u8>([0x52, 0x45, 0x53, 0x54, 0x4f, 0x52, 0x45]);
const REPLACE = memory.data<u8>([0x52, 0x45, 0x50, 0x4c, 0x41, 0x43, 0x45]);
const ABSTTL = memory.data<u8>([0x41, 0x42, 0x53, 0x54, 0x54, 0x4c]);
const DEL = memory.data<u8>([0x44, 0x45, 0x4c]);

/**
 * Replies with the commands of at least `wanted` keys of a slot from a cursor on, or of all that are left. What has
 * expired goes along: the node that owns the slot says when it is gone.
 *
 * @returns the next cursor, SLOT_END at the end; RESULT_LEN says how many keys there were
 */
export function slotExport(db: u32, slot: u32, cursor: u32, wanted: u32): u32 {
  const next = slotIndexScan(slotsOf(db), keysOf(db), slot, cursor, wanted);
  const end = slotScanEnd;
  for (let at = SCRATCH; at < end; at += 4) exportEntry(load<u32>(at));
  store<u32>(RESULT_LEN, <u32> (end - SCRATCH) >> 2);
  return next;
}

/** Replies with the command that makes the key of an argument what it is here. */
export function keyExport(db: u32, karg: u32): void {
  const e = find(db, argPtr(karg), argLen(karg));
  if (e) return exportEntry(e);
  replyArray(2);
  replyBulk(DEL, 3);
  replyArgument(karg);
}

function exportEntry(e: usize): void {
  if (entryType(e) != TYPE_STRING) {
    replyArray(6);
    replyBulk(RESTORE, 7);
    replyBulk(entryKey(e), entryKeyLen(e));
    replyBulkI64(hasExpiry(e) ? entryExpiryMs(e) : 0);
    // Without its value the rest makes no sense: the connection is closed.
    if (!replyDump(e)) store<u32>(OUT_FAILED, OUT_LOST);
    replyBulk(REPLACE, 7);
    replyBulk(ABSTTL, 6);
    return;
  }
  replyArray(hasExpiry(e) ? 5 : 3);
  replyBulk(SET, 3);
  replyBulk(entryKey(e), entryKeyLen(e));
  const value = entryValue(e);
  if (isInline(e)) replyBulk(value + 4, load<u32>(value));
  else if (entryEncoding(e) == INT) replyBulkI64(load<i64>(value));
  else replyBulk(valuePtr(e) + 4, load<u32>(valuePtr(e)));
  if (!hasExpiry(e)) return;
  replyBulk(PXAT, 4);
  replyBulkI64(entryExpiryMs(e));
}
