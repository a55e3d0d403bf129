/** CLUSTER SLOT-STATS: how much there is in the slots that this node's shard serves. */

import { SLOT_COUNT } from "../../cluster/cluster.ts";
import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { noCluster } from "./disabled.ts";

interface Metric {
  readonly name: string;
  of(c: Context, slot: number): number;
}

/** What is counted; what takes time to find out only where it was asked for. */
const KEY_COUNT: Metric = { name: "key-count", of: (c, slot) => c.server.slotKeys.count(slot) };
const METRICS: readonly Metric[] = [
  KEY_COUNT,
  { name: "cpu-usec", of: (c, slot) => Math.round(c.server.stats.slots!.cpuUs[slot]) },
  { name: "memory-bytes", of: (c, slot) => c.server.slotKeys.bytes(slot) },
  { name: "network-bytes-in", of: (c, slot) => c.server.stats.slots!.inputBytes[slot] },
  { name: "network-bytes-out", of: (c, slot) => c.server.stats.slots!.outputBytes[slot] },
];

function metricsOf(c: Context): readonly Metric[] {
  return c.server.stats.slots === null ? [KEY_COUNT] : METRICS;
}

/** Slots of a range that this node, or the one whose replica it is, serves. */
function* ownSlots(c: Context, first: number, last: number): Iterable<number> {
  const { cluster } = c.server;
  if (cluster === null) return;
  const primary = cluster.self.primary ?? cluster.self;
  for (let slot = first; slot <= last; slot++) if (cluster.ownerOf(slot) === primary) yield slot;
}

function replyStats(c: Context, slots: readonly number[]): void {
  const metrics = metricsOf(c);
  c.reply.array(slots.length);
  for (const slot of slots) {
    c.reply.array(2);
    c.reply.number(slot);
    c.reply.map(metrics.length);
    for (const { name, of } of metrics) {
      c.reply.binary(name);
      c.reply.number(of(c, slot));
    }
  }
}

function slotAt(c: Context, index: number): number | null {
  return c.integerWithin(index, 0, SLOT_COUNT - 1, "ERR Invalid or out of range slot");
}

function ofRange(c: Context): void {
  if (c.argc !== 5) return c.reply.error(errors.syntax);
  const first = slotAt(c, 3);
  if (first === null) return;
  const last = slotAt(c, 4);
  if (last === null) return;
  if (first > last) {
    return c.reply.error(`ERR Start slot number ${first} is greater than end slot number ${last}`);
  }
  replyStats(c, [...ownSlots(c, first, last)]);
}

function ordered(c: Context): void {
  if (c.argc < 4) return c.reply.error(errors.syntax);
  const metric = metricsOf(c).find(({ name }) => name === c.option(3));
  if (metric === undefined) return c.reply.error("ERR Unrecognized sort metric for ORDERBY.");
  let limit = SLOT_COUNT;
  let sign = -1;
  for (let i = 4; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "asc") sign = 1;
    else if (option === "desc") sign = -1;
    else if (option === "limit" && i + 1 < c.argc) {
      const words = "ERR Limit has to lie in between 1 and 16384 (maximum number of slots)";
      const wanted = c.integerWithin(++i, 1, SLOT_COUNT, words);
      if (wanted === null) return;
      limit = wanted;
    } else return c.reply.error(errors.syntax);
  }
  const rows = Array.from(
    ownSlots(c, 0, SLOT_COUNT - 1),
    (slot) => ({ slot, value: metric.of(c, slot) }),
  );
  rows.sort((a, b) => (a.value - b.value) * sign || a.slot - b.slot);
  replyStats(c, rows.slice(0, limit).map(({ slot }) => slot));
}

export function slotStats(c: Context): void {
  if (!c.server.config.values["cluster-enabled"]) return noCluster(c);
  const option = c.option(2);
  if (option === "slotsrange") ofRange(c);
  else if (option === "orderby") ordered(c);
  else c.reply.error(errors.syntax);
}
