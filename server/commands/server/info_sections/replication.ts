/** INFO replication. Redis counts bytes of the stream from 1: its first byte has that offset. */

import type { Services } from "../../context.ts";
import type { Row } from "./format.ts";

export function replicationSection(server: Services): Row[] {
  const { role, propagation: { stream: { backlog, firstOffset } } } = server;
  return [
    ["role", role.word],
    ["connected_slaves", 0],
    ["master_failover_state", "no-failover"],
    ["master_replid", role.id],
    ["master_replid2", role.secondId],
    ["master_repl_offset", role.offset],
    ["second_repl_offset", role.secondOffset],
    ["repl_backlog_active", backlog.active ? 1 : 0],
    ["repl_backlog_size", server.config.values["repl-backlog-size"]],
    ["repl_backlog_first_byte_offset", backlog.active ? firstOffset + 1 : 0],
    ["repl_backlog_histlen", backlog.length],
  ];
}
