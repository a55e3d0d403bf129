/** The commands that a Sentinel has: those of connections and Pub/Sub that make sense without data, and its own. */

import { aclCommands } from "../../../server/commands/acl/mod.ts";
import { connectionCommands } from "../../../server/commands/connection/mod.ts";
import type { CommandSpec } from "../../../server/commands/define.ts";
import { pubsubCommands } from "../../../server/commands/pubsub/mod.ts";
import { serverCommands } from "../../../server/commands/server/mod.ts";
import type { Sentinel } from "../sentinel.ts";
import { infoOf, publishOf, roleOf } from "./general.ts";
import { sentinelCommand } from "./sentinel.ts";

/** Commands of a server that a Sentinel has, too. */
const SHARED = [
  "ACL",
  "AUTH",
  "CLIENT",
  "COMMAND",
  "HELLO",
  "PING",
  "PSUBSCRIBE",
  "PUNSUBSCRIBE",
  "SHUTDOWN",
  "SUBSCRIBE",
  "UNSUBSCRIBE",
];

export function sentinelFamilies(sentinel: Sentinel): readonly (readonly CommandSpec[])[] {
  const shared = [aclCommands, connectionCommands, pubsubCommands, serverCommands].flat();
  return [
    shared.filter(({ name }) => SHARED.includes(name)),
    [infoOf(sentinel), publishOf(sentinel), roleOf(sentinel), sentinelCommand(sentinel)],
  ];
}
