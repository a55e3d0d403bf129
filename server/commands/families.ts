/** All command families, in the order of COMMAND's groups. */

import type { CommandSpec } from "./define.ts";
import { aclCommands } from "./acl/mod.ts";
import { bitmapCommands } from "./bitmap/mod.ts";
import { clusterCommands } from "./cluster/mod.ts";
import { connectionCommands } from "./connection/mod.ts";
import { geoCommands } from "./geo/mod.ts";
import { genericCommands } from "./generic/mod.ts";
import { hashCommands } from "./hash/mod.ts";
import { hyperloglogCommands } from "./hyperloglog/mod.ts";
import { listCommands } from "./list/mod.ts";
import { pubsubCommands } from "./pubsub/mod.ts";
import { replicationCommands } from "./replication/mod.ts";
import { scriptingCommands } from "./scripting/mod.ts";
import { serverCommands } from "./server/mod.ts";
import { setCommands } from "./set/mod.ts";
import { streamCommands } from "./stream/mod.ts";
import { stringCommands } from "./string/mod.ts";
import { transactionCommands } from "./transactions/mod.ts";
import { zsetCommands } from "./zset/mod.ts";

export const families: readonly (readonly CommandSpec[])[] = [
  stringCommands,
  bitmapCommands,
  hyperloglogCommands,
  hashCommands,
  setCommands,
  zsetCommands,
  listCommands,
  streamCommands,
  geoCommands,
  genericCommands,
  transactionCommands,
  scriptingCommands,
  connectionCommands,
  pubsubCommands,
  serverCommands,
  replicationCommands,
  aclCommands,
  clusterCommands,
];
