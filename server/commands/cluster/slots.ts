/** The subcommands of CLUSTER about the keys of slots. */

import type { Context } from "../context.ts";
import { noCluster } from "./disabled.ts";

/** What is run where there is a cluster. */
function inCluster(run: (c: Context) => void): (c: Context) => void {
  return (c) => c.server.config.values["cluster-enabled"] ? run(c) : noCluster(c);
}

export const keySlot = inCluster((c) => c.reply.number(c.x.argumentsSlot(2, 2, 1)));
