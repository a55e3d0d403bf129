/** INFO commandstats, errorstats and latencystats: a row for each command or error code met. */

import type { Services } from "../../context.ts";
import { percentileUs } from "../../../stats/latency/histogram.ts";
import type { Row } from "./format.ts";

export function commandstatsSection({ stats, registry }: Services): Row[] {
  const { calls, usec, rejected, failed } = stats.commands;
  const rows: Row[] = [];
  for (const { id, name } of registry.all) {
    if (calls[id] === 0 && rejected[id] === 0 && failed[id] === 0) continue;
    const perCall = (calls[id] === 0 ? 0 : usec[id] / calls[id]).toFixed(2);
    rows.push([
      `cmdstat_${name}`,
      `calls=${calls[id]},usec=${Math.round(usec[id])},usec_per_call=${perCall},` +
      `rejected_calls=${rejected[id]},failed_calls=${failed[id]}`,
    ]);
  }
  return rows;
}

export function errorstatsSection({ stats }: Services): Row[] {
  const codes = [...stats.errors].sort(([a], [b]) => a < b ? -1 : 1);
  return codes.map(([code, count]) => [`errorstat_${code}`, `count=${count}`]);
}

/** Empty while latencies are not tracked; what was counted before is kept. */
export function latencystatsSection({ stats, registry, config }: Services): Row[] {
  const percentiles = config.values["latency-tracking-info-percentiles"];
  const names = config.text("latency-tracking-info-percentiles").split(" ");
  const rows: Row[] = [];
  for (const { id, name } of registry.all) {
    const counts = stats.timesCommands ? stats.latencies.of(id) : null;
    if (counts === null) continue;
    const shown = percentiles.map((percentile, i) =>
      `p${names[i]}=${percentileUs(counts, percentile).toFixed(3)}`
    );
    rows.push([`latency_percentiles_usec_${name}`, shown.join(",")]);
  }
  return rows;
}
