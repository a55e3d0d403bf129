/** CLUSTER, and what goes with it, on a server that is in no cluster. */

import type { CommandSpec } from "../define.ts";
import { cluster } from "./cluster.ts";
import { clusterScan } from "./cluster_scan.ts";
import { asking, readonly, readwrite } from "./modes.ts";

export const clusterCommands: readonly CommandSpec[] = [
  cluster,
  clusterScan,
  readonly,
  readwrite,
  asking,
];
