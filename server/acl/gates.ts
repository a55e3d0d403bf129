/** The gates of users: who has not said who it is, and who may not do what it asks for. */

import type { CommandFacts } from "../commands/facts.ts";
import { flagBits } from "../commands/facts.ts";
import type { GateRow } from "../gates/gates.ts";
import { Gate } from "../net/connection.ts";
import { errors } from "../resp/errors.ts";
import { type Access, type Asking, denialText } from "./access.ts";

export const authenticationGate: GateRow = {
  name: "authentication",
  connections: Gate.AUTH,
  commands: () => 0,
  refuse: ({ connection, bits }) => {
    if ((connection.gate & Gate.AUTH) === 0) return null;
    return (bits & flagBits.no_auth) !== 0 ? null : errors.noAuth;
  },
};

/** What the gate of permissions needs of the server. */
export interface PermissionNeeds<Context extends Asking> {
  readonly registry: { readonly all: readonly CommandFacts[] };
  readonly execution: { readonly context: Context };
  readonly access: Access<Context>;
}

export function permissionGate<Context extends Asking>(
  { registry, execution, access }: PermissionNeeds<Context>,
): GateRow {
  return {
    name: "permission",
    connections: Gate.RESTRICTED,
    commands: () => 0,
    refuse: ({ connection, id }) => {
      if ((connection.gate & Gate.RESTRICTED) === 0) return null;
      const command = registry.all[id];
      const denial = access.denial(command, connection.transaction === null ? "toplevel" : "multi");
      if (denial === null) return null;
      return `NOPERM ${denialText(execution.context, command, connection.user, denial)}`;
    },
  };
}
