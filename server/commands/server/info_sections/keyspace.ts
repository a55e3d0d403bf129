/** INFO keyspace and cluster. */

import type { Services } from "../../context.ts";
import { bit, type Row } from "./format.ts";

export function keyspaceSection(server: Services): Row[] {
  const { core, expiry } = server;
  const rows: Row[] = [];
  for (let db = 0; db < core.u32[core.at.DATABASE_COUNT]; db++) {
    const keys = core.x.databaseSize(db);
    const expires = core.x.expiresSize(db);
    if (keys === 0) continue;
    const ttlMs = Math.floor(expiry.averageTtlMs(db));
    rows.push([`db${db}`, `keys=${keys},expires=${expires},avg_ttl=${ttlMs}`]);
  }
  const expiring = core.x.hashExpiringCount();
  if (expiring === 0) return rows;
  // As 7.4 tells of hashes whose fields expire; where there are none it is the line of 7.2.
  return rows.map(([name, figures]) => {
    const own = rows.length === 1 ? expiring : core.x.hashExpiringIn(Number(name.slice(2)));
    return [name, own === 0 ? figures : `${figures},subexpiry=${own}`];
  });
}

export function clusterSection(server: Services): Row[] {
  return [["cluster_enabled", bit(server.config.values["cluster-enabled"])]];
}
