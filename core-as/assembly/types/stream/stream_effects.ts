/**
 * What stream commands propagate (effects.ts) where doing them again would not do the same: IDs that the clock
 * has chosen, trimming that stops where nodes end, entries delivered and claimed.
 *
 * What a group has been given goes as one XCLAIM of all IDs, and XGROUP SETID with how many entries have been
 * read, which XCLAIM does not carry.
 */
import { ARGC, EFFECTS_ON, NOW_MS } from "../../base/layout";
import { effectArgument, effectBegin, effectCommand, effectI64, effectPut, effectWord } from "../../keyspace/effects";
import { entriesReadOf, deliveredIdOf, entriesOf, firstIdOf, msOf, seqOf } from "./stream_value";
import { parsedMs, parsedSeq } from "./stream_id";
import { entryMs, entrySeq } from "./stream_node";
import { ID_TEXT, seekForward, spellId, stepForward } from "./stream_range";
import { REFS_ACKED, REFS_DELETE, trimIsById, trimIsLoose, trimRefs, trims } from "./stream_trim";

/** Words of up to eight letters, their first letter in the lowest byte. */
const XADD: u64 = 0x44444158;
const XTRIM: u64 = 0x4d49525458;
const XCLAIM: u64 = 0x4d49414c4358;
const XACK: u64 = 0x4b434158;
const XGROUP: u64 = 0x50554f524758;
const SETID: u64 = 0x4449544553;
const MAXLEN: u64 = 0x4e454c58414d;
const MINID: u64 = 0x44494e494d;
const EQUAL: u64 = 0x3d;
const DELREF: u64 = 0x4645524c4544;
const ACKED: u64 = 0x44454b4341;
const ZERO: u64 = 0x30;
const TIME: u64 = 0x454d4954;
const FORCE: u64 = 0x4543524f46;
const JUSTID: u64 = 0x44495453554a;

const RETRYCOUNT = memory.data<u8>([0x52, 0x45, 0x54, 0x52, 0x59, 0x43, 0x4f, 0x55, 0x4e, 0x54]);
const ENTRIESREAD = memory.data<u8>([0x45, 0x4e, 0x54, 0x52, 0x49, 0x45, 0x53, 0x52, 0x45, 0x41, 0x44]);
const CREATECONSUMER = memory.data<u8>([
  0x43, 0x52, 0x45, 0x41, 0x54, 0x45, 0x43, 0x4f, 0x4e, 0x53, 0x55, 0x4d, 0x45, 0x52,
]);

/** Whether anything is to be propagated. */
@inline export function propagates(): bool {
  return load<u32>(EFFECTS_ON) != 0;
}

function effectId(ms: u64, seq: u64): void {
  effectPut(ID_TEXT, spellId(ms, seq, 0x2d));
}

/** How many arguments say how an exact trimming trims. */
function trimWords(): u32 {
  return trims() ? (trimRefs == REFS_DELETE || trimRefs == REFS_ACKED ? 4 : 3) : 0;
}

/** Where whole nodes have gone, what is left is the threshold of an exact trimming that does the same. */
function effectTrimming(s: usize): void {
  if (!trims()) return;
  // A stream without entries has no first ID.
  const byId = trimIsById() && entriesOf(s) != 0;
  effectWord(byId ? MINID : MAXLEN);
  effectWord(EQUAL);
  if (byId) effectId(msOf(firstIdOf(s)), seqOf(firstIdOf(s)));
  else effectI64(entriesOf(s));
  if (trimRefs == REFS_DELETE) effectWord(DELREF);
  else if (trimRefs == REFS_ACKED) effectWord(ACKED);
}

/** XADD of the ID read last, which argument `at` says all or a part of. */
export function effectAdd(db: u32, s: usize, at: u32): void {
  const argc = load<u32>(ARGC);
  const ms = parsedMs;
  const seq = parsedSeq;
  if (trimIsLoose()) {
    effectBegin(db, 2 + trimWords() + argc - at);
    effectWord(XADD);
    effectArgument(1);
    effectTrimming(s);
  } else {
    effectBegin(db, argc);
    for (let i: u32 = 0; i < at; i++) effectArgument(i);
  }
  effectId(ms, seq);
  for (let i = at + 1; i < argc; i++) effectArgument(i);
}

/** XTRIM that has trimmed something. */
export function effectTrim(db: u32, s: usize): void {
  if (!trimIsLoose()) return effectCommand(db);
  effectBegin(db, 2 + trimWords());
  effectWord(XTRIM);
  effectArgument(1);
  effectTrimming(s);
}

/** Begins XCLAIM of `count` IDs for the consumer in the argument behind that of the group. */
function beginClaim(db: u32, karg: u32, garg: u32, count: u32): void {
  effectBegin(db, 11 + count);
  effectWord(XCLAIM);
  effectArgument(karg);
  effectArgument(garg);
  effectArgument(garg + 1);
  effectWord(ZERO);
}

function endClaim(ms: i64, deliveries: i64): void {
  effectWord(TIME);
  effectI64(ms);
  effectPut(RETRYCOUNT, 10);
  effectI64(deliveries);
  effectWord(FORCE);
  effectWord(JUSTID);
}

/** `count` new entries from an ID on have been delivered and are pending. */
export function effectDelivered(db: u32, karg: u32, garg: u32, s: usize, ms: u64, seq: u64, count: u32): void {
  beginClaim(db, karg, garg, count);
  let more = seekForward(s, ms, seq);
  for (; more && count; count--) {
    effectId(entryMs, entrySeq);
    more = stepForward(s);
  }
  endClaim(load<i64>(NOW_MS), 1);
}

/** An entry was claimed. */
export function effectClaimed(db: u32, karg: u32, garg: u32, ms: u64, seq: u64, deliveredMs: i64, deliveries: i64): void {
  beginClaim(db, karg, garg, 1);
  effectId(ms, seq);
  endClaim(deliveredMs, deliveries);
}

/** An entry that is no more has left what is pending. */
export function effectGone(db: u32, karg: u32, garg: u32, ms: u64, seq: u64): void {
  effectBegin(db, 4);
  effectWord(XACK);
  effectArgument(karg);
  effectArgument(garg);
  effectId(ms, seq);
}

/** A group has been given entries, or has been told how far it is. */
export function effectGroup(db: u32, karg: u32, garg: u32, group: usize): void {
  effectBegin(db, 7);
  effectWord(XGROUP);
  effectWord(SETID);
  effectArgument(karg);
  effectArgument(garg);
  effectId(msOf(deliveredIdOf(group)), seqOf(deliveredIdOf(group)));
  effectPut(ENTRIESREAD, 11);
  effectI64(entriesReadOf(group));
}

/** A consumer was made that nothing is pending for. */
export function effectConsumer(db: u32, karg: u32, garg: u32): void {
  effectBegin(db, 5);
  effectWord(XGROUP);
  effectPut(CREATECONSUMER, 14);
  effectArgument(karg);
  effectArgument(garg);
  effectArgument(garg + 1);
}
