/**
 * The wiring: the only place that makes the real clock, random source, network and disk, and joins
 * the rooms.
 */

import { loadCore } from "../core-as/host/core.ts";
import { families } from "./commands/families.ts";
import { Registry } from "./commands/registry.ts";
import type { LoadedConfig } from "./config/command_line.ts";
import type { Config } from "./config/config.ts";
import { realEnvironment } from "./env/real.ts";
import { applyEncodings } from "./keyspace/encodings.ts";
import { Loop } from "./loop/loop.ts";
import { openTransports, type Transports } from "./net/listen.ts";
import { Server } from "./server.ts";
import { Log } from "./stats/log.ts";

export interface StartOptions {
  config: Config;
  /** What the configuration file held beside options. */
  loaded?: LoadedConfig;
  /** Inside another program, whose event loop the server must not hold up. */
  embedded: boolean;
  /** Listen on a free TCP port, whatever the option `port` says. */
  anyPort?: boolean;
  /** Called when all is made and nothing listens yet. */
  beforeListening?: (log: Log) => void;
  /** False for a server that is only called within its process. */
  listens?: boolean;
}

/** A server that runs. */
export interface Running {
  readonly server: Server;
  /** The TCP port listened on, 0 where there is none. */
  readonly port: number;
  /** Closes every connection, stops listening, ends the loop. */
  close(): Promise<void>;
}

let instances = 0;

/** Starts a server as configured. @throws Error in the words of Redis's log */
export async function startServer(options: StartOptions): Promise<Running> {
  const { config } = options;
  const environment = realEnvironment();
  const log = new Log(`server-${++instances}`);
  const core = await loadCore({
    seed: environment.random.bytes(24),
    databases: config.values.databases,
  });
  const registry = new Registry(families);
  const renames = options.loaded?.kept.renames ?? [];
  registry.install(core, new Map(renames.map(({ words }) => [words[0].toLowerCase(), words[1]])));
  const server = new Server({ core, config, registry, environment, log });
  applyEncodings(server);
  options.beforeListening?.(log);
  let transports: Transports;
  try {
    transports = await openTransports(server, {
      anyPort: options.anyPort ?? false,
      listens: options.listens ?? true,
    });
  } catch (error) {
    environment.close();
    throw error;
  }
  const { poller } = transports;
  const loop = new Loop(server, environment.clock, poller, options.embedded, () => {
    return transports.others();
  });
  server.onWake = () => loop.wake();
  loop.start();
  return {
    server,
    port: transports.port,
    async close() {
      await loop.stop();
      server.closeAll();
      await transports.close();
      environment.close();
    },
  };
}
