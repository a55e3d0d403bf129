/** INFO memory. */

import type { Services } from "../../context.ts";
import { memoryFigures } from "../../../stats/memory.ts";
import { humanBytes, percent, ratio, type Row } from "./format.ts";

export function memorySection(server: Services): Row[] {
  const figures = memoryFigures(server);
  const { used, peak, resident, startup, overhead, dataset, active, mapped } = figures;
  const { maxmemory, "maxmemory-policy": policy } = server.config.values;
  const total = server.process.totalMemoryBytes;
  return [
    ["used_memory", used],
    ["used_memory_human", humanBytes(used)],
    ["used_memory_rss", resident],
    ["used_memory_rss_human", humanBytes(resident)],
    ["used_memory_peak", peak],
    ["used_memory_peak_human", humanBytes(peak)],
    ["used_memory_peak_perc", percent(used, peak)],
    ["used_memory_overhead", overhead],
    ["used_memory_startup", startup],
    ["used_memory_dataset", dataset],
    ["used_memory_dataset_perc", percent(dataset, used - startup)],
    ["allocator_allocated", used],
    ["allocator_active", active],
    ["allocator_resident", mapped],
    ["total_system_memory", total],
    ["total_system_memory_human", humanBytes(total)],
    ...scriptRows(server),
    ["maxmemory", maxmemory],
    ["maxmemory_human", humanBytes(maxmemory)],
    ["maxmemory_policy", policy],
    ["addressable_memory", figures.addressable],
    ["addressable_memory_human", humanBytes(figures.addressable)],
    ["addressable_memory_left", figures.addressableLeft],
    ["allocator_frag_ratio", ratio(active, used)],
    ["allocator_frag_bytes", active - used],
    ["allocator_rss_ratio", ratio(mapped, active)],
    ["allocator_rss_bytes", mapped - active],
    ["rss_overhead_ratio", ratio(resident, mapped)],
    ["rss_overhead_bytes", resident - mapped],
    ["mem_fragmentation_ratio", ratio(resident, used)],
    ["mem_fragmentation_bytes", resident - used],
    ["mem_not_counted_for_evict", 0],
    ["mem_replication_backlog", server.propagation.stream.backlog.heldBytes],
    ["mem_total_replication_buffers", server.propagation.stream.backlog.heldBytes],
    ["mem_clients_slaves", 0],
    ["mem_clients_normal", figures.clients],
    ["mem_cluster_links", server.cluster?.linkBytes ?? 0],
    ["mem_aof_buffer", server.core.u32[server.core.at.EFFECTS_CAP]],
    ["mem_allocator", "etna"],
    ["active_defrag_running", server.defrag.effort],
    ["lazyfree_pending_objects", server.lazyFree.pending],
    ["lazyfreed_objects", server.lazyFree.freed],
  ];
}

/** Memory of scripts and functions; one Lua serves both. */
function scriptRows({ scripting }: Services): Row[] {
  const { luaBytes, scriptBytes, functions, scripts } = scripting;
  const total = scriptBytes + functions.bytes;
  return [
    ["used_memory_lua", luaBytes],
    ["used_memory_vm_eval", luaBytes],
    ["used_memory_lua_human", humanBytes(luaBytes)],
    ["used_memory_scripts_eval", scriptBytes],
    ["number_of_cached_scripts", scripts.size],
    ["number_of_functions", functions.count],
    ["number_of_libraries", functions.libraries.size],
    ["used_memory_vm_functions", 0],
    ["used_memory_vm_total", luaBytes],
    ["used_memory_vm_total_human", humanBytes(luaBytes)],
    ["used_memory_functions", functions.bytes],
    ["used_memory_scripts", total],
    ["used_memory_scripts_human", humanBytes(total)],
  ];
}
