/**
 * The scenarios: measurements that are not a plain run of redis-benchmark. To add one, write a file
 * that exports a {@link Scenario} and list it here.
 */

import { blocked } from "./blocked.ts";
import { clusters } from "./clusters.ts";
import { collections } from "./collections.ts";
import { durable } from "./durable.ts";
import { failovers } from "./failovers.ts";
import { files } from "./files.ts";
import { free } from "./free.ts";
import { http } from "./http.ts";
import { idleConnections } from "./idle_connections.ts";
import { idleCpu } from "./idle_cpu.ts";
import { large } from "./large.ts";
import { largeValues } from "./large_values.ts";
import { limits } from "./limits.ts";
import { memory } from "./memory.ts";
import { observed } from "./observed.ts";
import { pending } from "./pending.ts";
import { publish } from "./publish.ts";
import { replicas } from "./replicas.ts";
import { slotMigration } from "./slot_migration.ts";
import { stall } from "./stall.ts";
import type { Scenario } from "./scenario.ts";
import { startUp } from "./start_up.ts";

export const scenarios: readonly Scenario[] = [
  startUp,
  idleCpu,
  memory,
  collections,
  idleConnections,
  publish,
  blocked,
  stall,
  free,
  large,
  limits,
  observed,
  http,
  pending,
  durable,
  files,
  largeValues,
  replicas,
  failovers,
  clusters,
  slotMigration,
];
