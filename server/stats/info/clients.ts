/** INFO clients. */

import type { Server } from "../../server.ts";
import type { Row } from "./format.ts";

export function clientsSection(server: Server): Row[] {
  // What the last seconds left in the samples, and what is there now.
  for (const connection of server.clients.all.values()) server.clientMemory.note(connection);
  const largest = server.clientMemory.recentMaxima();
  return [
    ["connected_clients", server.clients.all.size],
    ["cluster_connections", 0],
    ["maxclients", server.config.values.maxclients],
    ["client_recent_max_input_buffer", largest.input],
    ["client_recent_max_output_buffer", largest.output],
    ["blocked_clients", server.blocked.count],
    ["tracking_clients", 0],
    ["clients_in_timeout_table", server.blocked.timedCount],
  ];
}
