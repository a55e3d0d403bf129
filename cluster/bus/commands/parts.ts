/** What the handlers of CLUSTER's subcommands have in common. */

import { SLOT_COUNT } from "../../../server/cluster/cluster.ts";
import type { Context } from "../../../server/commands/context.ts";
import type { ClusterBus } from "../bus.ts";
import type { Node } from "../node.ts";

/** What runs, by the subcommand's name. */
export type Handlers = Record<string, (c: Context, bus: ClusterBus) => void>;

/** The node that an argument names; an error is sent where there is none. */
export function nodeNamed(c: Context, bus: ClusterBus, index: number): Node | null {
  const name = c.word(index).toLowerCase();
  const node = bus.state.find(name);
  if (node !== undefined && !node.isInHandshake) return node;
  c.reply.error(`ERR Unknown node ${c.shown(index)}`);
  return null;
}

/** A slot; an error is sent where an argument is none. */
export function slotAt(c: Context, index: number): number | null {
  const text = c.word(index);
  const slot = /^-?\d{1,18}$/.test(text) ? Number(text) : -1;
  if (slot >= 0 && slot < SLOT_COUNT) return slot;
  c.reply.error("ERR Invalid or out of range slot");
  return null;
}
