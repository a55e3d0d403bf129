/** The gates of users: who has not said who it is, and who may not do what it asks for. */

import type { CommandFacts } from "../commands/facts.ts";
import { flagBits } from "../commands/facts.ts";
import type { GateRow } from "../gates/gates.ts";
import { Gate } from "../net/connection.ts";
import { errors } from "../resp/errors.ts";

export const authenticationGate: GateRow = {
  name: "authentication",
  connections: Gate.AUTH,
  commands: () => 0,
  refuse: ({ connection, bits }) => {
    if ((connection.gate & Gate.AUTH) === 0) return null;
    return (bits & flagBits.no_auth) !== 0 ? null : errors.noAuth;
  },
};

/** @param commands all there are, by id */
export function permissionGate(commands: readonly CommandFacts[]): GateRow {
  return {
    name: "permission",
    connections: Gate.RESTRICTED,
    commands: () => 0,
    refuse: ({ connection, id }) => {
      const { user } = connection;
      if (user.unrestricted || user.mayRun(commands[id])) return null;
      return `NOPERM User ${user.name} has no permissions to run the '${
        commands[id].name
      }' command`;
    },
  };
}
