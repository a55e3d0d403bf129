/** CLUSTER BUMPEPOCH, SET-CONFIG-EPOCH, SAVECONFIG: epochs, and the table on the disk. */

import type { Handlers } from "./parts.ts";

export const changes: Handlers = {
  BUMPEPOCH: (c, { machine, self }) => {
    const bumped = machine.bumpEpoch();
    c.reply.simple(`${bumped ? "BUMPED" : "STILL"} ${self.configEpoch}`);
  },
  "SET-CONFIG-EPOCH": (c, { state }) => {
    const epoch = c.integer(2);
    if (epoch === null) return;
    const { self } = state;
    if (epoch < 0) return c.reply.error(`ERR Invalid config epoch specified: ${epoch}`);
    if (state.nodes.size > 1) {
      return c.reply.error(
        "ERR The user can assign a config epoch only when the node does not know any other node.",
      );
    }
    if (self.configEpoch !== 0) {
      return c.reply.error("ERR Node config epoch is already non-zero");
    }
    self.configEpoch = epoch;
    state.currentEpoch = Math.max(state.currentEpoch, epoch);
    state.save();
    c.reply.ok();
  },
  SAVECONFIG: (c, bus) => {
    if (bus.save()) c.reply.ok();
    else c.reply.error("ERR error saving the cluster node config: see the log");
  },
};
