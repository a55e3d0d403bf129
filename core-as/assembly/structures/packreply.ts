/** Listpacks on their way into replies. */
import { lpFirst, lpGet, lpHere, lpI64, lpLen, lpLength, lpNext, lpPtr } from "./listpack";
import { replyBulk, replyBulkI64, replyShortRun } from "../protocol/reply";

/** Replies with an entry of a listpack. */
@inline export function replyEntry(lp: usize, at: u32): void {
  if (lpGet(lp, at)) replyBulkI64(lpI64());
  else replyBulk(lpPtr(), lpLen());
}

/** Replies with all entries of a listpack. */
export function replyEntries(lp: usize): void {
  const count = lpLength(lp);
  for (let at = lpFirst(lp); at; at = lpNext(lp, at)) {
    at = lpHere(lp, <u32> (replyShortRun(lp + at, count) - lp));
    // An integer, or a long string.
    if (!at) return;
    replyEntry(lp, at);
  }
}
