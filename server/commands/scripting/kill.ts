/** SCRIPT KILL and FUNCTION KILL: each ends what is its own. */

import type { Context } from "../context.ts";
import type { CommandSpec } from "../define.ts";

export function killing(what: "script" | "function") {
  return {
    name: "KILL",
    summary: `Ends the ${what} that runs, where it has not written yet.`,
    complexity: "O(1)",
    arity: 2,
    flags: ["noscript", "allow_busy"],
    tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
    run(c: Context) {
      const { watchdog, active } = c.server.scripting;
      const error = watchdog.kill(what === "function", active);
      if (error === null) c.reply.ok();
      else c.reply.error(error);
    },
  } satisfies Partial<CommandSpec>;
}
