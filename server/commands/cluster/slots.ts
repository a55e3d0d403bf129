/** The subcommands of CLUSTER about the keys of slots. */

import { SLOT_COUNT } from "../../cluster/cluster.ts";
import type { Context } from "../context.ts";
import { noCluster } from "./disabled.ts";

/** What is run where there is a cluster. */
function inCluster(run: (c: Context) => void): (c: Context) => void {
  return (c) => c.server.config.values["cluster-enabled"] ? run(c) : noCluster(c);
}

const isSlot = (slot: number) => slot >= 0 && slot < SLOT_COUNT;

/** Keys of a slot that is neither on its way here nor being deleted. */
function seenKeys(c: Context, slot: number): number {
  return c.server.slotKeys.hidden.has(slot) ? 0 : c.x.slotKeys(c.db, slot);
}

export const keySlot = inCluster((c) => c.reply.number(c.x.argumentsSlot(2, 2, 1)));

export const countKeysInSlot = inCluster((c) => {
  const slot = c.integer(2);
  if (slot === null) return;
  if (!isSlot(slot)) return c.reply.error("ERR Invalid slot");
  c.reply.number(seenKeys(c, slot));
});

export const getKeysInSlot = inCluster((c) => {
  const slot = c.integer(2);
  if (slot === null) return;
  const most = c.integer(3);
  if (most === null) return;
  if (!isSlot(slot) || most < 0) return c.reply.error("ERR Invalid slot or number of keys");
  const count = Math.min(most, seenKeys(c, slot));
  c.reply.array(count);
  c.x.slotReplyKeys(c.db, slot, count);
});
