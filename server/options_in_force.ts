/** Options that do not act by being read: what CONFIG SET of them does. */

import type { Core } from "../core-as/host/core.ts";
import type { Config } from "./config/config.ts";
import type { ConfigFiles } from "./commands/services.ts";
import type { Log } from "./stats/log.ts";

/** What the options act on. */
export interface OptionsNeeds {
  readonly core: Core;
  readonly config: Config;
  readonly configFiles: ConfigFiles;
  readonly log: Log;
  readonly eviction: { start(): void };
  updateGate(): void;
  updateAccessClock(): void;
}

/** What the tokenizer can count; Redis's limit may be set higher. */
const MAX_BULK_BYTES = 2 ** 31 - 1;

/** Brings the options into force, and follows their changes. */
export function followOptions(server: OptionsNeeds): void {
  const { core, config, log } = server;
  const setBulkLimit = () => {
    const bytes = Math.min(config.values["proto-max-bulk-len"], MAX_BULK_BYTES);
    core.u32[core.at.IN_MAX_BULK] = bytes;
  };
  setBulkLimit();
  config.onChange("proto-max-bulk-len", setBulkLimit);
  config.onChange("maxmemory", () => limitMemory(server));
  config.onChange(
    ["maxmemory-policy", "lfu-log-factor", "lfu-decay-time"],
    () => server.updateAccessClock(),
  );
  config.onChange("dir", () => enterDirectory(server));
  const setLogLevel = () => {
    log.level = config.values.loglevel;
  };
  setLogLevel();
  config.onChange("loglevel", setLogLevel);
}

function limitMemory(server: OptionsNeeds): void {
  const { core, config, log } = server;
  server.updateGate();
  server.eviction.start();
  const { maxmemory } = config.values;
  if (maxmemory === 0 || maxmemory >= core.usedBytes) return;
  log.warning(
    `maxmemory (${maxmemory}) is now below what is in use (${core.usedBytes}): keys will be ` +
      "evicted, or writes refused, as maxmemory-policy says.",
  );
}

/** @returns what forbids it */
function enterDirectory({ config, configFiles }: OptionsNeeds): string | void {
  try {
    config.assign("dir", configFiles.enterDirectory(config.values.dir));
  } catch (error) {
    return (error as Error).message;
  }
}
