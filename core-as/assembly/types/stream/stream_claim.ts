/**
 * XREADGROUP with CLAIM: what has been pending for long, for whomever, is given to the consumer that reads, before
 * what is new. With either come how long it had been pending and how often it had been delivered.
 *
 * ```
 *  claims, as many as were found
 *    +0 u64 ms | +8 u64 seq | +16 i64 ms since the last delivery | +24 i64 deliveries before this one
 * ```
 */
import { NOW_MS } from "../../base/layout";
import { allocate } from "../../base/memory";
import { idCount, idMs, idPayload, idSeek, idSeq } from "../../structures/idtree";
import { replyI64 } from "../../protocol/reply";
import { effectClaimed, propagates } from "./stream_effects";
import { advance, parsedMs, parsedSeq, setParsed } from "./stream_id";
import { giveTo, idleMs } from "./stream_pending";
import { replyEntryWith, seekEntry } from "./stream_range";
import { deliveriesOf, pendingOf, setDeliveredMs, setDeliveries } from "./stream_value";

const CLAIM_BYTES: u32 = 32;

/** How many entries the last {@link claimIdle} claimed, and whether memory ran out before it had all. */
export let claimedCount: u32 = 0;
export let claimsRanOut: bool = false;

/**
 * Claims entries of a group that have been pending for `minIdle` ms, `limit` of them at most, in the order of their
 * IDs. Those that are deleted stay as they are.
 *
 * @param karg @param garg arguments of the key and of the group, for what is propagated
 * @returns their claims, to be freed; 0 for none
 */
export function claimIdle(
  db: u32, karg: u32, garg: u32, s: usize, group: usize, consumer: usize, minIdle: i64, limit: u64,
): usize {
  const pending = pendingOf(group);
  claimedCount = 0;
  claimsRanOut = false;
  const room = <u32> min<u64>(limit, idCount(pending));
  if (!room || !idSeek(pending, 0, 0)) return 0;
  const claims = room < 0x4000000 ? allocate(room * CLAIM_BYTES) : 0;
  claimsRanOut = !claims;
  for (let more = claims != 0; more && claimedCount < room; more = advance() && idSeek(pending, parsedMs, parsedSeq)) {
    const ms = idMs();
    const seq = idSeq();
    const item = idPayload(pending);
    const idle = idleMs(item);
    setParsed(ms, seq);
    if (idle < minIdle || !seekEntry(s, ms, seq)) continue;
    if (!giveTo(consumer, item, ms, seq)) {
      claimsRanOut = true;
      break;
    }
    const claim = claims + claimedCount++ * CLAIM_BYTES;
    store<u64>(claim, ms);
    store<u64>(claim, seq, 8);
    store<i64>(claim, idle, 16);
    store<i64>(claim, deliveriesOf(item), 24);
    setDeliveredMs(item, load<i64>(NOW_MS));
    setDeliveries(item, deliveriesOf(item) + 1);
    if (propagates()) effectClaimed(db, karg, garg, ms, seq, load<i64>(NOW_MS), deliveriesOf(item));
  }
  return claims;
}

/** Replies with claimed entries. */
export function replyClaims(s: usize, claims: usize, count: u32): void {
  for (; count; count--) {
    seekEntry(s, load<u64>(claims), load<u64>(claims, 8));
    replyEntryWith(2);
    replyI64(load<i64>(claims, 16));
    replyI64(load<i64>(claims, 24));
    claims += CLAIM_BYTES;
  }
}

/** Replies with the entry that is read, new to its group. */
export function replyUnclaimed(): void {
  replyEntryWith(2);
  replyI64(0);
  replyI64(0);
}
