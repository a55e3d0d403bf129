/** INFO clients. */

import type { Services } from "../../context.ts";
import type { Row } from "./format.ts";

export function clientsSection(server: Services): Row[] {
  const { clients, clientMemory, blocked, watches } = server;
  let subscribers = 0;
  for (const connection of clients.all.values()) {
    // What the last seconds left in the samples, and what is there now.
    clientMemory.note(connection);
    if (connection.subscribed) subscribers++;
  }
  const largest = clientMemory.recentMaxima();
  const watched = watches.counts;
  return [
    ["connected_clients", clients.all.size],
    ["cluster_connections", 0],
    ["maxclients", server.config.values.maxclients],
    ["client_recent_max_input_buffer", largest.input],
    ["client_recent_max_output_buffer", largest.output],
    ["blocked_clients", blocked.count + server.pause.heldCount],
    ["tracking_clients", server.tracking.clientCount],
    ["pubsub_clients", subscribers],
    ["watching_clients", watched.clients],
    ["clients_in_timeout_table", blocked.timedCount],
    ["total_watched_keys", watched.keys],
    ["total_blocking_keys", blocked.keyCount],
    ["total_blocking_keys_on_nokey", blocked.lossKeyCount],
  ];
}
