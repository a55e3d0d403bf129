/** All command families, in the order of COMMAND's groups. */

import type { CommandSpec } from "./define.ts";
import { bitmapCommands } from "./bitmap/mod.ts";
import { connectionCommands } from "./connection/mod.ts";
import { genericCommands } from "./generic/mod.ts";
import { hashCommands } from "./hash/mod.ts";
import { hyperloglogCommands } from "./hyperloglog/mod.ts";
import { listCommands } from "./list/mod.ts";
import { serverCommands } from "./server/mod.ts";
import { setCommands } from "./set/mod.ts";
import { stringCommands } from "./string/mod.ts";
import { zsetCommands } from "./zset/mod.ts";

export const families: readonly (readonly CommandSpec[])[] = [
  stringCommands,
  bitmapCommands,
  hyperloglogCommands,
  hashCommands,
  setCommands,
  zsetCommands,
  listCommands,
  genericCommands,
  connectionCommands,
  serverCommands,
];
