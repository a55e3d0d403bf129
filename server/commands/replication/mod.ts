/** The commands of replication. Handlers write the replies. */

import type { CommandSpec } from "../define.ts";
import { failover } from "./failover.ts";
import { replicaof, role, slaveof } from "./role.ts";
import { psync, replconf, sync } from "./sync.ts";
import { wait, waitAof } from "./wait.ts";

export const replicationCommands: readonly CommandSpec[] = [
  failover,
  psync,
  replconf,
  replicaof,
  role,
  slaveof,
  sync,
  wait,
  waitAof,
];
