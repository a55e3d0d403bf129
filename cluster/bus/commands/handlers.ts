/** CLUSTER's subcommands about nodes, where the server is in a cluster: what runs, by the subcommand's name. */

import type { CommandSpec } from "../../../server/commands/define.ts";
import type { ClusterBus } from "../bus.ts";
import { changes } from "./changes.ts";
import { replyHelp } from "../../../server/commands/help.ts";
import { help } from "./help.ts";
import { nodes } from "./nodes.ts";
import type { Handlers } from "./parts.ts";
import { ownership } from "./ownership.ts";
import { views } from "./views.ts";
import { slotMigrations } from "../../slot_migration/commands.ts";

const all: Handlers = {
  HELP: (c) => replyHelp(c, help),
  ...views,
  ...nodes,
  ...ownership,
  ...changes,
  ...slotMigrations,
};

/** The families of commands, with CLUSTER as a node of a cluster has it. `bus` is made later than they are. */
export function withCluster(
  families: readonly (readonly CommandSpec[])[],
  bus: () => ClusterBus,
): readonly (readonly CommandSpec[])[] {
  const acting = (sub: CommandSpec): CommandSpec => {
    const handler = all[sub.name];
    if (handler === undefined) return sub;
    return {
      ...sub,
      run(c) {
        bus().look();
        handler(c, bus());
        bus().settle();
      },
    };
  };
  return families.map((family) =>
    family.map((spec) =>
      spec.name === "CLUSTER"
        ? { ...spec, subcommands: spec.subcommands!.map((sub) => acting(sub)) }
        : spec
    )
  );
}
