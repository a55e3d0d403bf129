/** The wiring: makes the parts of a server and joins them. */

import { loadCore } from "../core-as/host/core.ts";
import { families } from "./commands/families.ts";
import { Registry } from "./commands/registry.ts";
import { Config } from "./config/config.ts";
import { realEnvironment } from "./env/real.ts";
import { Loop } from "./loop/loop.ts";
import { EpollTransport } from "./net/epoll.ts";
import { Server } from "./server.ts";
import { Log } from "./stats/log.ts";

/** A server that runs. */
export interface Running {
  server: Server;
  port: number;
  close(): Promise<void>;
}

/** Starts a server as configured. `embedded`: inside another program, whose event loop it must not hold. */
export async function startServer(config: Config, embedded: boolean): Promise<Running> {
  const environment = realEnvironment();
  const core = await loadCore({
    seed: environment.random.bytes(24),
    databases: config.values.databases,
  });
  const registry = new Registry(families);
  registry.install(core);
  const log = new Log("server");
  const server = new Server({ core, config, registry, environment, log });
  core.u32[core.at.IN_MAX_BULK] = config.values["proto-max-bulk-len"];
  const transport = new EpollTransport(core, server.output, server, {
    keepaliveS: () => config.values["tcp-keepalive"],
  });
  const port = await transport.listen({
    kind: "tcp",
    host: "127.0.0.1",
    port: config.values.port,
    backlog: config.values["tcp-backlog"],
  });
  const loop = new Loop(server, environment.clock, transport, embedded);
  server.onWake = () => loop.wake();
  loop.start();
  return {
    server,
    port,
    async close() {
      await loop.stop();
      await transport.close();
    },
  };
}
