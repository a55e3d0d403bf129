/** Stream commands that read between two IDs: XRANGE, XREVRANGE; and XLEN. XREAD is in stream_reading.ts. */
import { MISSING, WRONG_TYPE } from "../../base/layout";
import { replyArray, replyI64, replyNullArray } from "../../protocol/reply";
import { parseBound, parsedMs, parsedSeq } from "./stream_id";
import { countRange, replyBack, replyForward, seekBack, seekForward } from "./stream_range";
import { entriesOf, streamAt, streamStatus } from "./stream_value";

/** XLEN. @returns 0, MISSING or WRONG_TYPE */
export function streamLength(db: u32, karg: u32): i32 {
  const s = streamAt(db, karg);
  if (!s && streamStatus == WRONG_TYPE) return WRONG_TYPE;
  replyI64(s ? entriesOf(s) : 0);
  return s ? 0 : MISSING;
}

/** Whether two arguments are the bounds of a range, for options to be read between. @returns 0 or an error */
export function streamBounds(start: u32, end: u32): i32 {
  const wrong = parseBound(start, true);
  return wrong ? wrong : parseBound(end, false);
}

/** Whether an argument is the lower bound of a range. @returns 0 or an error */
export function streamStart(start: u32): i32 {
  return parseBound(start, true);
}

/**
 * XRANGE and XREVRANGE between two arguments that are bounds.
 *
 * @param count entries at most, negative for all; 0 has a reply of its own
 * @returns 0, MISSING or WRONG_TYPE
 */
export function streamRange(db: u32, karg: u32, start: u32, end: u32, count: f64, reverse: bool): i32 {
  const s = streamAt(db, karg);
  if (!s) {
    if (streamStatus == MISSING) replyArray(0);
    return streamStatus;
  }
  if (count == 0) {
    replyNullArray();
    return 0;
  }
  parseBound(start, true);
  const ms = parsedMs;
  const seq = parsedSeq;
  parseBound(end, false);
  const endMs = parsedMs;
  const endSeq = parsedSeq;
  const limit = count < 0 || count > 9e18 ? u64.MAX_VALUE : <u64> count;
  const found = countRange(s, ms, seq, endMs, endSeq, limit);
  replyArray(<u32> found);
  if (!found) return 0;
  if (reverse) {
    seekBack(s, endMs, endSeq);
    replyBack(s, found);
  } else {
    seekForward(s, ms, seq);
    replyForward(s, found);
  }
  return 0;
}
