/** INFO clients. */

import type { Server } from "../../server.ts";
import type { Row } from "./format.ts";

export function clientsSection(server: Server): Row[] {
  let largestInput = 0;
  let largestOutput = 0;
  for (const connection of server.clients.all.values()) {
    const { partial } = connection;
    if (partial !== 0) largestInput = Math.max(largestInput, server.core.x.partialBytes(partial));
    largestOutput = Math.max(largestOutput, server.output.pendingBytes(connection));
  }
  return [
    ["connected_clients", server.clients.all.size],
    ["cluster_connections", 0],
    ["maxclients", server.config.values.maxclients],
    ["client_recent_max_input_buffer", largestInput],
    ["client_recent_max_output_buffer", largestOutput],
    ["blocked_clients", server.blocked.count + server.pause.heldCount],
    ["tracking_clients", 0],
    ["clients_in_timeout_table", server.blocked.timedCount],
  ];
}
