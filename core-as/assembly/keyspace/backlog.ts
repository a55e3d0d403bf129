/**
 * The backlog: the last bytes of the stream of effects (effects.ts), for followers that read at their own pace
 * and for those who come back.
 *
 * ```
 *  BACKLOG     a block of BACKLOG_BYTES, 0 = there is none
 *    [ newer ... newest | oldest ... ]          once it is full
 *                       BACKLOG_AT              where the next byte goes
 *  BACKLOG_LEN bytes are in it, the newest of the stream.
 * ```
 *
 * Which offsets they have is known to the host, who counts in 64 bits. A turn's bytes are copied once, however
 * many follow.
 */
import { BACKLOG, BACKLOG_AT, BACKLOG_BYTES, BACKLOG_LEN } from "../base/layout";
import { allocate, free } from "../base/memory";

/**
 * Makes the backlog, or another of another size that has the newest bytes of it.
 *
 * @returns false when memory is out: then all is as it was
 */
export function backlogOpen(bytes: u32): bool {
  const ring = allocate(bytes);
  if (!ring) return false;
  const kept = min(load<u32>(BACKLOG_LEN), bytes);
  // The newest lie before BACKLOG_AT, and what is missing there at the end.
  const at = load<u32>(BACKLOG_AT);
  const before = min(at, kept);
  const old: usize = load<u32>(BACKLOG);
  memory.copy(ring, old + load<u32>(BACKLOG_BYTES) - (kept - before), kept - before);
  memory.copy(ring + kept - before, old + at - before, before);
  free(old);
  store<u32>(BACKLOG, <u32> ring);
  store<u32>(BACKLOG_BYTES, bytes);
  store<u32>(BACKLOG_LEN, kept);
  store<u32>(BACKLOG_AT, kept == bytes ? 0 : kept);
  return true;
}

export function backlogClose(): void {
  free(load<u32>(BACKLOG));
  memory.fill(BACKLOG, 0, BACKLOG_LEN + 4 - BACKLOG);
}

/** What is in it is of another history. */
export function backlogClear(): void {
  store<u32>(BACKLOG_AT, 0);
  store<u32>(BACKLOG_LEN, 0);
}

/** Adds bytes of the stream. */
export function backlogPut(ptr: usize, len: u32): void {
  const bytes = load<u32>(BACKLOG_BYTES);
  // Of more than it holds the last.
  const skipped = len > bytes ? len - bytes : 0;
  const from = ptr + skipped;
  const count = len - skipped;
  const at = load<u32>(BACKLOG_AT);
  const first = min(count, bytes - at);
  const ring: usize = load<u32>(BACKLOG);
  memory.copy(ring + at, from, first);
  memory.copy(ring, from + first, count - first);
  store<u32>(BACKLOG_AT, count == first && at + count < bytes ? at + count : count - first);
  store<u32>(BACKLOG_LEN, <u32> min<u64>(<u64> load<u32>(BACKLOG_LEN) + count, bytes));
}
