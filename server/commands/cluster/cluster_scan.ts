/** CLUSTERSCAN: SCAN over all slots of a cluster, one after the other, wherever each is served. */

import { SLOT_COUNT } from "../../cluster/cluster.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";
import { readOptions } from "../generic/iterate.ts";
import { noCluster } from "./disabled.ts";

/** Names the layout that a cursor is of: another run of the server has another, and begins the slot anew. */
const FINGERPRINT_DIGITS = 6;
/** Of a cursor that stands before a slot, whoever serves it. */
const ANY_LAYOUT = "0";

/** Where a cursor stands: `fingerprint-{tag}-local`. */
interface Cursor {
  readonly slot: number;
  readonly local: number;
}

function fingerprint({ server }: Context): string {
  return server.runId.slice(0, FINGERPRINT_DIGITS);
}

function textOf(c: Context, { slot, local }: Cursor): string {
  const layout = local === 0 ? ANY_LAYOUT : fingerprint(c);
  return `${layout}-{${c.server.slotKeys.tags.of(slot)}}-${local}`;
}

/** @returns null when it is none */
function readCursor(c: Context): Cursor | null {
  const [, layout, local] = /^([^-{}]+)-\{[^{}]+\}-(\d{1,10})$/.exec(c.arg(1)) ?? [];
  if (layout === undefined) return null;
  const slot = c.x.argumentsSlot(1, 1, 1);
  const value = layout === fingerprint(c) ? Number(local) : 0;
  return { slot, local: value < c.core.at.SLOT_END ? value : 0 };
}

/** Reads SLOT. @returns the slot, -1 = it is not given; null when it was answered as wrong */
function readSlot(c: Context, index: number, before: number): number | null {
  if (before < 0) {
    return c.integerWithin(index, 0, SLOT_COUNT - 1, "ERR Invalid or out of range slot");
  }
  c.reply.error("ERR SLOT option can only be specified once");
  return null;
}

/** The next slot that is another node's or has keys: what is empty here need not be asked about. */
function nextSlot(c: Context, slot: number): number {
  do slot++; while (
    slot < SLOT_COUNT && c.server.cluster?.ownerOf(slot)?.isSelf && c.x.slotKeys(c.db, slot) === 0
  );
  return slot;
}

function run(c: Context): void {
  const { server, reply, x } = c;
  if (!server.config.values["cluster-enabled"]) return noCluster(c);
  let wanted = -1;
  const options = readOptions(c, (option, index) => {
    if (option !== "slot") return null;
    const slot = readSlot(c, index, wanted);
    if (slot !== null) wanted = slot;
    return slot === null ? "answered" : "read";
  });
  if (options === null) return;
  if (c.arg(1) === "0") {
    reply.array(2);
    reply.bulk(textOf(c, { slot: Math.max(0, wanted), local: 0 }));
    return reply.array(0);
  }
  const cursor = readCursor(c);
  if (cursor === null) return reply.error("ERR Invalid cursor");
  const { slot, local } = cursor;
  if (wanted >= 0 && wanted !== slot) return reply.error("ERR Cursor slot mismatch");
  const refusal = server.routing.whyNotWait(c.connection, slot, true);
  if (refusal !== null) return reply.error(refusal);
  const next = x.slotScanKeep(c.db, slot, local, options.count, options.pattern, options.type);
  reply.array(2);
  if (next !== c.core.at.SLOT_END) reply.bulk(textOf(c, { slot, local: next }));
  else {
    const following = wanted >= 0 ? SLOT_COUNT : nextSlot(c, slot);
    reply.bulk(following === SLOT_COUNT ? "0" : textOf(c, { slot: following, local: 0 }));
  }
  x.slotScanReply();
}

export const clusterScan = command({
  name: "CLUSTERSCAN",
  summary: "Returns some of the keys of a cluster and the cursor that asks for the next ones.",
  since: "9.1.0",
  group: "generic",
  complexity: "O(N) where N is the number of keys returned",
  arity: -2,
  flags: ["readonly"],
  arguments: [
    { name: "cursor", type: "string" },
    { name: "pattern", type: "pattern", token: "MATCH", optional: true },
    { name: "count", type: "integer", token: "COUNT", optional: true },
    { name: "type", type: "string", token: "TYPE", optional: true },
    { name: "slot", type: "integer", token: "SLOT", optional: true },
  ],
  tips: ["nondeterministic_output"],
  run,
});
