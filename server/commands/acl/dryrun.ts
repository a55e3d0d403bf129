/** ACL DRYRUN. */

import { denialText } from "../../acl/access.ts";
import { wrongArity } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";
import type { CommandFacts } from "../facts.ts";
import { withInnerCommand } from "../keys.ts";
import { argumentsFrom, ofAdministrators } from "./shared.ts";

/** The command that the arguments from 3 on are. */
function innerCommand(c: Context): CommandFacts | undefined {
  const container = c.server.registry.find(c.option(3));
  if (container === undefined || container.subcommands === null || c.argc < 5) return container;
  const sub = container.subcommands.get(c.option(4));
  return sub;
}

export const dryrun = command({
  ...ofAdministrators,
  name: "DRYRUN",
  summary: "Tells whether a user may run a command, without running it.",
  since: "7.0.0",
  complexity: "O(1).",
  arity: -4,
  arguments: [
    { name: "username", type: "string" },
    { name: "command", type: "string" },
    { name: "arg", type: "string", optional: true, multiple: true },
  ],
  // Of the command that is asked about, which may be AUTH.
  secrets: argumentsFrom(4),
  run(c) {
    const { reply } = c;
    const user = c.server.users.find(c.arg(2));
    if (user === undefined) return reply.error(`ERR User '${c.shown(2)}' not found`);
    const inner = innerCommand(c);
    if (inner === undefined) return reply.error(`ERR Command '${c.shown(3)}' not found`);
    const argc = c.argc - 3;
    if (inner.arity > 0 ? argc !== inner.arity : argc < -inner.arity) {
      return reply.error(wrongArity(inner.name));
    }
    const text = withInnerCommand(c, 3, () => {
      const denial = user.judge(c, inner);
      return denial === null ? null : denialText(c, inner, user, denial, true);
    });
    if (text === null) reply.ok();
    else reply.binary(text);
  },
});
