/** The transports over the system's own sockets. */

import type * as dns from "node:dns/promises";
import type { Awaited } from "../awaited.ts";
import type { Network } from "../network.ts";
import { EpollTransport } from "./epoll.ts";
import { systemErrorOf } from "../system_error.ts";
import { PortableTransport, type SocketSystem } from "./portable.ts";
import { removeFile } from "./sockets.ts";

const BACKLOG_PATH = "/proc/sys/net/core/somaxconn";

/** The address of a host, null where there is none. */
export async function lookUp(host: string): Promise<string | null> {
  try {
    // deno-lint-ignore no-process-global -- importing it would load it, and a start need not wait for that
    const { lookup } = process.getBuiltinModule("node:dns/promises") as typeof dns;
    return (await lookup(host)).address;
  } catch {
    return null;
  }
}

const system: SocketSystem = {
  probe: (endpoint, host) => {
    try {
      const listener = endpoint.kind === "unix"
        ? Deno.listen({ transport: "unix", path: endpoint.path })
        : Deno.listen({ hostname: host, port: endpoint.port });
      listener.close();
      return "port" in listener.addr ? listener.addr.port : 0;
    } catch (error) {
      throw systemErrorOf(error, "bind");
    }
  },
  removeFile,
  setPermissions: (path, permissions) => Deno.chmodSync(path, permissions),
};

/** @param awaited is told of names that are looked up */
export function realNetwork(awaited: Awaited): Network {
  return {
    openPoller: (host) => new EpollTransport(host, awaited),
    openTransport: (host) => new PortableTransport(host, system),
    lookup: (host) => awaited.of(lookUp(host)),
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
