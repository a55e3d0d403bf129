/** Opens what the configuration asks to listen on. */

import type { Server } from "../server.ts";
import { EpollTransport } from "./epoll.ts";
import type { Poller } from "./transport.ts";

export interface ListenOptions {
  /** Listen on a free TCP port, whatever `port` says. */
  anyPort: boolean;
  /** Listen at all; false for a server that is only called within its process. */
  listens: boolean;
}

export interface Transports {
  readonly poller: Poller | null;
  /** The TCP port, 0 where there is none. */
  readonly port: number;
  close(): Promise<void>;
}

export async function openTransports(server: Server, options: ListenOptions): Promise<Transports> {
  const { values } = server.config;
  const transport = new EpollTransport(server.core, server.output, server, {
    keepaliveS: () => values["tcp-keepalive"],
  });
  let port = options.anyPort ? 0 : values.port;
  if (options.listens) {
    port = await transport.listen({
      kind: "tcp",
      host: "127.0.0.1",
      port,
      backlog: values["tcp-backlog"],
    });
  }
  return { poller: transport, port: options.listens ? port : 0, close: () => transport.close() };
}
