/** The commands on the server as a whole. */

import type { CommandSpec } from "../define.ts";
import { backup } from "./backup.ts";
import { commandCommand } from "./command.ts";
import { config } from "./config.ts";
import { dbsize, flushall, flushdb, swapdb } from "./database.ts";
import { debug } from "./debug.ts";
import { info } from "./info.ts";
import { memory } from "./memory.ts";
import { latency } from "./latency.ts";
import { lolwut, shutdown, time } from "./misc.ts";
import { moduleCommand } from "./module.ts";
import { monitor } from "./monitor.ts";
import { bgrewriteaof, bgsave, lastsave, save } from "./save.ts";
import { slowlog } from "./slowlog.ts";

export const serverCommands: readonly CommandSpec[] = [
  info,
  config,
  commandCommand,
  dbsize,
  flushdb,
  flushall,
  swapdb,
  time,
  lolwut,
  shutdown,
  save,
  bgrewriteaof,
  bgsave,
  lastsave,
  backup,
  memory,
  slowlog,
  latency,
  monitor,
  debug,
  moduleCommand,
];
