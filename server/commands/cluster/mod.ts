/** CLUSTER, and what goes with it, on a server that is in no cluster. */

import type { CommandSpec } from "../define.ts";
import { cluster } from "./cluster.ts";
import { asking, readonly, readwrite } from "./modes.ts";

export const clusterCommands: readonly CommandSpec[] = [cluster, readonly, readwrite, asking];
