/** INFO stats. */

import type { Services } from "../../context.ts";
import type { Row } from "./format.ts";

export function statsSection(server: Services): Row[] {
  const { stats } = server;
  server.cronJobs.sampleRates();
  const exceededMs = server.eviction.exceededMs();
  return [
    ["total_connections_received", stats.connections],
    ["total_commands_processed", stats.totalCalls()],
    ["instantaneous_ops_per_sec", stats.opsPerSecond],
    ["total_net_input_bytes", stats.inputBytes],
    ["total_net_output_bytes", stats.outputBytes],
    ["total_net_repl_input_bytes", 0],
    ["total_net_repl_output_bytes", 0],
    ["instantaneous_input_kbps", (stats.inputBytesPerSecond / 1024).toFixed(2)],
    ["instantaneous_output_kbps", (stats.outputBytesPerSecond / 1024).toFixed(2)],
    ["instantaneous_input_repl_kbps", "0.00"],
    ["instantaneous_output_repl_kbps", "0.00"],
    ["rejected_connections", stats.rejectedConnections],
    ["sync_full", server.replication?.counts.full ?? 0],
    ["sync_partial_ok", server.replication?.counts.partial ?? 0],
    ["sync_partial_err", server.replication?.counts.refused ?? 0],
    ["expired_keys", stats.expiredKeys],
    ["expired_subkeys", server.fieldExpiry.expired],
    ["expired_stale_perc", stats.expiredStalePercent.toFixed(2)],
    ["expired_time_cap_reached_count", stats.expiredTimeCapReached],
    ["expire_cycle_cpu_milliseconds", Math.floor(stats.expireCycleUs / 1000)],
    ["evicted_keys", stats.evictedKeys],
    ["evicted_clients", stats.evictedClients],
    ["total_eviction_exceeded_time", Math.floor(stats.evictionExceededMs + exceededMs)],
    ["current_eviction_exceeded_time", Math.floor(exceededMs)],
    ["keyspace_hits", stats.hits],
    ["keyspace_misses", stats.misses],
    ...pubsubRows(server),
    ["latest_fork_usec", 0],
    ["total_forks", 0],
    ["migrate_cached_sockets", server.migrations?.cachedLinks ?? 0],
    ["slave_expires_tracked_keys", server.expiry.own.count],
    ...defragRows(server),
    ["tracking_total_keys", server.tracking.table.keys],
    ["tracking_total_items", server.tracking.table.items],
    ["tracking_total_prefixes", server.tracking.broadcasts.count],
    ["unexpected_error_replies", 0],
    ["total_error_replies", stats.errorReplies],
    ["dump_payload_sanitizations", 0],
    ["total_reads_processed", stats.readEvents],
    ["total_writes_processed", stats.writeEvents],
    ["io_threaded_reads_processed", 0],
    ["io_threaded_writes_processed", 0],
    ["reply_buffer_shrinks", 0],
    ["reply_buffer_expands", 0],
    ["eventloop_cycles", stats.loop.cycles],
    ["eventloop_duration_sum", Math.floor(stats.loop.durationUs)],
    ["eventloop_duration_cmd_sum", Math.floor(stats.loop.commandsUs)],
    ["instantaneous_eventloop_cycles_per_sec", stats.cyclesPerSecond],
    ["instantaneous_eventloop_duration_usec", stats.cycleUs],
    ["acl_access_denied_auth", server.access.log.counts.auth],
    ["acl_access_denied_cmd", server.access.log.counts.command],
    ["acl_access_denied_key", server.access.log.counts.key],
    ["acl_access_denied_channel", server.access.log.counts.channel],
    ["acl_access_denied_tls_cert", server.access.log.counts["tls-cert"]],
  ];
}

function defragRows({ defrag, core }: Services): Row[] {
  const { u32, at } = core;
  return [
    ["active_defrag_hits", u32[at.DEFRAG_HITS]],
    ["active_defrag_misses", u32[at.DEFRAG_MISSES]],
    ["active_defrag_key_hits", u32[at.DEFRAG_KEY_HITS]],
    ["active_defrag_key_misses", u32[at.DEFRAG_KEY_MISSES]],
    ["total_active_defrag_time", defrag.totalMs],
    ["current_active_defrag_time", defrag.currentMs],
  ];
}

function pubsubRows({ pubsub, core }: Services): Row[] {
  const { CHANNELS, PATTERNS, SHARD_CHANNELS } = core.at;
  const size = (kind: number) => pubsub.subjects[kind].size;
  return [
    ["pubsub_channels", size(CHANNELS)],
    ["pubsub_patterns", size(PATTERNS)],
    ["pubsubshard_channels", size(SHARD_CHANNELS)],
  ];
}
