/** INFO replication. Redis counts bytes of the stream from 1: its first byte has that offset. */

import { goodReplicas, type LinkFacts } from "../../../propagation/replication.ts";
import type { Services } from "../../context.ts";
import type { Row } from "./format.ts";

export function replicationSection(server: Services): Row[] {
  const { role, replication, propagation: { stream: { backlog, firstOffset } }, config } = server;
  const replicas = replication?.replicas ?? [];
  const link = replication?.link ?? null;
  return [
    ["role", role.word],
    ...link === null ? [] : linkRows(server, link),
    ["connected_slaves", replicas.length],
    ...config.values["min-replicas-to-write"] > 0 && config.values["min-replicas-max-lag"] > 0
      ? [["min_slaves_good_slaves", goodReplicas(server)] as Row]
      : [],
    ...replicas.map(({ host, port, state, offset, ackMs }, i): Row => {
      const lagS = state === "online" ? Math.floor((server.nowMs - ackMs) / 1000) : 0;
      return [`slave${i}`, `ip=${host},port=${port},state=${state},offset=${offset},lag=${lagS}`];
    }),
    ["master_failover_state", replication?.failoverState ?? "no-failover"],
    ["master_replid", role.id],
    ["master_replid2", role.secondId],
    ["master_repl_offset", server.propagation.reached],
    ["second_repl_offset", role.secondOffset],
    ["repl_backlog_active", backlog.active ? 1 : 0],
    ["repl_backlog_size", config.values["repl-backlog-size"]],
    ["repl_backlog_first_byte_offset", backlog.active ? firstOffset + 1 : 0],
    ["repl_backlog_histlen", backlog.length],
  ];
}

/** What a replica tells of its primary. */
function linkRows(server: Services, link: LinkFacts): Row[] {
  const { role, config: { values }, nowMs } = server;
  const isUp = link.state === "connected";
  const secondsSince = (ms: number) => ms === 0 ? -1 : Math.max(0, Math.floor((nowMs - ms) / 1000));
  const { transfer } = link;
  const rows: Row[] = [
    ["master_host", link.host],
    ["master_port", link.port],
    ["master_link_status", isUp ? "up" : "down"],
    ["master_last_io_seconds_ago", isUp ? secondsSince(link.heardMs) : -1],
    ["master_sync_in_progress", transfer === null ? 0 : 1],
    ...link.refusedEmpty ? [["master_refused_as_empty", 1] as Row] : [],
    ["slave_read_repl_offset", role.offset],
    ["slave_repl_offset", role.offset],
  ];
  if (transfer !== null) {
    const { bytes, totalBytes } = transfer;
    rows.push(
      ["master_sync_total_bytes", Math.max(0, totalBytes)],
      ["master_sync_read_bytes", bytes],
      ["master_sync_left_bytes", totalBytes < 0 ? -bytes : totalBytes - bytes],
      ["master_sync_perc", totalBytes > 0 ? (bytes * 100 / totalBytes).toFixed(2) : "0.00"],
      ["master_sync_last_io_seconds_ago", secondsSince(link.heardMs)],
    );
  }
  if (!isUp) rows.push(["master_link_down_since_seconds", secondsSince(link.downSinceMs)]);
  rows.push(
    ["slave_priority", values["replica-priority"]],
    ["slave_read_only", values["replica-read-only"] ? 1 : 0],
    ["replica_announced", values["replica-announced"] ? 1 : 0],
  );
  return rows;
}
