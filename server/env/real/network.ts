/** The transports over the system's own sockets. */

import { lookup } from "node:dns/promises";
import type { Network } from "../network.ts";
import { EpollTransport } from "./epoll.ts";
import { PortableTransport } from "./portable.ts";

const BACKLOG_PATH = "/proc/sys/net/core/somaxconn";

export function realNetwork(): Network {
  return {
    openPoller: (host) => new EpollTransport(host),
    openTransport: (host) => new PortableTransport(host),
    lookup: async (host) => {
      try {
        return (await lookup(host)).address;
      } catch {
        return null;
      }
    },
    hasIpv6: () => {
      try {
        Deno.listen({ hostname: "::", port: 0 }).close();
        return true;
      } catch {
        return false;
      }
    },
    backlogLimit: () => {
      try {
        return { path: BACKLOG_PATH, connections: Number(Deno.readTextFileSync(BACKLOG_PATH)) };
      } catch {
        return null; // no Linux, or not allowed to look
      }
    },
  };
}
