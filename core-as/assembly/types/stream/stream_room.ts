/**
 * How much room the replies of XREADGROUP, XCLAIM and XAUTOCLAIM take, which deliver what they tell of: it is
 * found out and set aside first, so that where memory has none an error is answered and nothing has been
 * delivered. Each answers with at least what is needed; what turns out not to be delivered takes none of it.
 */
import { NOW_MS } from "../../base/layout";
import { idMs, idPayload, idSeek, idSeq } from "../../structures/idtree";
import { RESERVED_BYTES } from "../../protocol/reply";
import { advance, parsedMs, parsedSeq, parseId, setParsed } from "./stream_id";
import { entryReplyBytes, seekEntry, seekForward, stepForward } from "./stream_range";
import { deliveredMsOf } from "./stream_value";

/** Of the entries whose IDs are the arguments from `first` to before `end`; `justIds`: of the IDs alone. */
export function roomOfArguments(s: usize, first: u32, end: u32, justIds: bool): u64 {
  let bytes: u64 = RESERVED_BYTES * (end - first + 1);
  for (let i = first; i < end && !justIds; i++) {
    parseId(i, 0);
    if (seekEntry(s, parsedMs, parsedSeq)) bytes += entryReplyBytes(0);
  }
  return bytes;
}

/** How many entries {@link roomOfPending} has found. */
export let foundPending: u64 = 0;

/**
 * Of entries in a list of what is pending, from an ID on: `limit` of them at most, among as many as `attempts`.
 *
 * @param minIdle for how many ms they have been pending at least; negative for all
 * @param numbers after each entry
 */
export function roomOfPending(
  s: usize, pending: usize, ms: u64, seq: u64, minIdle: i64, limit: u64, attempts: f64, justIds: bool, numbers: u32,
): u64 {
  let bytes: u64 = RESERVED_BYTES * 4;
  foundPending = 0;
  let goesOn = idSeek(pending, ms, seq);
  while (goesOn && foundPending < limit && attempts-- > 0) {
    const atMs = idMs();
    const atSeq = idSeq();
    const old = minIdle <= 0 || load<i64>(NOW_MS) - deliveredMsOf(idPayload(pending)) >= minIdle;
    // The ID of one that was deleted is told as well.
    const exists = seekEntry(s, atMs, atSeq);
    if (old || !exists) {
      bytes += exists && !justIds ? entryReplyBytes(numbers) : RESERVED_BYTES;
      foundPending++;
    }
    setParsed(atMs, atSeq);
    goesOn = advance() && idSeek(pending, parsedMs, parsedSeq);
  }
  return bytes;
}

/** Of up to `limit` entries behind an ID, each with so many numbers after it. */
export function roomOfNews(s: usize, ms: u64, seq: u64, limit: u64, numbers: u32): u64 {
  let bytes: u64 = 0;
  setParsed(ms, seq);
  if (!limit || !advance()) return bytes;
  for (let more = seekForward(s, parsedMs, parsedSeq); more && limit; more = --limit != 0 && stepForward(s)) {
    bytes += entryReplyBytes(numbers);
  }
  return bytes;
}
