/** INFO persistence. */

import type { AppendOnlyFile } from "../../../propagation/append_only_file.ts";
import type { Loading } from "../../../saving/loading.ts";
import type { Services } from "../../context.ts";
import { bit, type Row } from "./format.ts";

function appendOnlyRows(appendOnlyFile: AppendOnlyFile): Row[] {
  return [
    ["aof_current_size", appendOnlyFile.bytes],
    ["aof_base_size", appendOnlyFile.baseBytes],
    ["aof_pending_rewrite", bit(appendOnlyFile.scheduled)],
    ["aof_buffer_length", appendOnlyFile.waitingBytes],
    ["aof_pending_bio_fsync", bit(appendOnlyFile.syncing)],
    ["aof_delayed_fsync", appendOnlyFile.delayedSyncs],
  ];
}

function loadingRows(loading: Loading): Row[] {
  const { totalBytes, loadedBytes } = loading;
  return [
    ["loading_start_time", Math.floor(loading.startedMs / 1000)],
    ["loading_total_bytes", totalBytes],
    ["loading_rdb_used_mem", loading.usedMemoryBytes],
    ["loading_loaded_bytes", loadedBytes],
    ["loading_loaded_perc", (loadedBytes / Math.max(1, totalBytes) * 100).toFixed(2)],
    ["loading_eta_seconds", loading.etaS],
  ];
}

export function persistenceSection(server: Services): Row[] {
  const { snapshots } = server;
  const { progress } = snapshots;
  const { appendOnlyFile } = server;
  const { loading } = server;
  return [
    ["loading", bit(loading.alone)],
    ["async_loading", bit(loading.serves)],
    ["current_cow_peak", 0],
    ["current_cow_size", 0],
    ["current_cow_size_age", 0],
    ["current_fork_perc", "0.00"],
    ["current_save_keys_processed", progress?.keys ?? 0],
    ["current_save_keys_total", progress?.total ?? 0],
    ["rdb_changes_since_last_save", server.dirty],
    ["rdb_bgsave_in_progress", bit(snapshots.savesInBackground)],
    ["rdb_last_save_time", Math.floor(snapshots.savedMs / 1000)],
    ["rdb_last_bgsave_status", snapshots.lastFailed ? "err" : "ok"],
    ["rdb_last_bgsave_time_sec", snapshots.lastTookS],
    ["rdb_current_bgsave_time_sec", snapshots.savesInBackground ? progress!.seconds : -1],
    ["rdb_saves", snapshots.saves],
    ["rdb_last_cow_size", 0],
    ["rdb_last_load_keys_expired", snapshots.loaded.expired],
    ["rdb_last_load_keys_loaded", snapshots.loaded.keys],
    ["aof_enabled", bit(server.config.values.appendonly)],
    ["aof_rewrite_in_progress", bit(appendOnlyFile?.rewriting ?? false)],
    ["aof_rewrite_scheduled", bit(appendOnlyFile?.scheduled ?? false)],
    ["aof_last_rewrite_time_sec", appendOnlyFile?.lastTookS ?? -1],
    ["aof_current_rewrite_time_sec", appendOnlyFile?.currentTookS ?? -1],
    ["aof_last_bgrewrite_status", appendOnlyFile?.failures ? "err" : "ok"],
    ["aof_rewrites", appendOnlyFile?.rewrites ?? 0],
    ["aof_rewrites_consecutive_failures", appendOnlyFile?.failures ?? 0],
    ["aof_last_write_status", appendOnlyFile?.trouble == null ? "ok" : "err"],
    ["aof_last_cow_size", 0],
    ["module_fork_in_progress", 0],
    ["module_fork_last_cow_size", 0],
    ...appendOnlyFile?.isOpen ? appendOnlyRows(appendOnlyFile) : [],
    ...loading.active ? loadingRows(loading) : [],
  ];
}
