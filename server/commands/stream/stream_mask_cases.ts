/**
 * What of a reply about consumers may differ: the moment that a command ran at, and what 7.2 added to
 * tell of them, since Etna reports itself as 7.2 and the oracle is older.
 */

import { itemsOf, type Reply, textOf } from "../../../tests/support/resp_reply.ts";

/** Names in XINFO CONSUMERS and XINFO STREAM FULL that came with 7.2. */
const NEWER_NAMES = new Set(["active-time", "inactive"]);
/** From here on a number of ms is a time of day, below it what has passed. */
const TIME_OF_DAY_MS = 10n ** 12n;
/** Times passed that are this far apart must not look alike. */
const PASSED_GRAIN_MS = 10_000n;

function momentOf(ms: bigint): string {
  if (ms > TIME_OF_DAY_MS) return "time";
  return ms < TIME_OF_DAY_MS / 1000n ? `passed ${(ms + 5000n) / PASSED_GRAIN_MS}` : `${ms}`;
}

/** Whether replies are of these kinds, one letter each: `b`ulk, `i`nteger. */
function are(items: readonly Reply[], kinds: string): boolean {
  return items.length === kinds.length && items.every(({ kind }, i) => kind[0] === kinds[i]);
}

/** Text of a reply with times rounded and newer fields left out. */
export function withoutMoments(reply: Reply): string {
  if (reply.kind === "integer") return `:${reply.value}`;
  if (!("items" in reply) && reply.kind !== "map") {
    return JSON.stringify([reply.kind, textOf(reply), "form" in reply ? reply.form : ""]);
  }
  const items = itemsOf(reply);
  // Pending entries: {ID, consumer, ms, deliveries}, and of one consumer without it.
  const msIndex = are(items, "bbii") ? 2 : are(items, "bii") ? 1 : -1;
  const parts: string[] = [];
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    const name = i > 0 && items[i - 1].kind === "bulk" ? textOf(items[i - 1]) : "";
    const isMoment = item.kind === "integer" && (i === msIndex || /^(idle|seen-time)$/.test(name));
    if (item.kind === "bulk" && NEWER_NAMES.has(textOf(item)) && i + 1 < items.length) i++;
    else parts.push(isMoment ? momentOf(item.value) : withoutMoments(item));
  }
  return `${reply.kind}[${parts.join()}]`;
}
