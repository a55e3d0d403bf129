/** SENTINEL SIMULATE-FAILURE: this Sentinel dies in the middle of its next failover. */

import type { CommandSpec } from "../../../server/commands/define.ts";
import type { Sentinel } from "../sentinel.ts";
import { SIMULATED } from "../state.ts";
import { type Asked, subcommand } from "./parts.ts";

function simulate({ c, state }: Asked): void {
  // What was asked for before is over, whatever is asked for now.
  state.simulatedFailures = 0;
  for (let i = 2; i < c.argc; i++) {
    const name = c.option(i);
    if (name === "help") return c.reply.bulks(Object.keys(SIMULATED));
    if (!(name in SIMULATED)) return c.reply.error("ERR Unknown failure simulation specified");
    state.simulatedFailures |= SIMULATED[name as keyof typeof SIMULATED];
  }
  c.reply.ok();
}

export function failures(sentinel: Sentinel): CommandSpec[] {
  return [
    subcommand(sentinel, {
      name: "SIMULATE-FAILURE",
      since: "3.2.0",
      arity: -3,
      summary: "Has the Sentinel crash in its next failover.",
    }, simulate),
  ];
}
