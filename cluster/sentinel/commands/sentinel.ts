/** SENTINEL and its subcommands. */

import { command, type CommandSpec } from "../../../server/commands/define.ts";
import { replyHelp } from "../../../server/commands/help.ts";
import type { Sentinel } from "../sentinel.ts";
import { configuration } from "./configuration.ts";
import { failures } from "./failures.ts";
import { help } from "./help.ts";
import { subcommand } from "./parts.ts";
import { questions } from "./questions.ts";
import { watching } from "./watching.ts";

export function sentinelCommand(sentinel: Sentinel): CommandSpec {
  return command({
    name: "SENTINEL",
    summary: "Asks and tells a Sentinel.",
    since: "2.8.4",
    group: "sentinel",
    complexity: "Depends on subcommand.",
    arity: -2,
    flags: ["admin"],
    subcommands: [
      ...questions(sentinel),
      ...watching(sentinel),
      ...configuration(sentinel),
      ...failures(sentinel),
      subcommand(
        sentinel,
        {
          name: "HELP",
          summary: "Describes the subcommands.",
          since: "6.2.0",
          arity: 2,
          flags: ["loading", "stale"],
        },
        ({ c }) => replyHelp(c, help),
      ),
    ],
  });
}
