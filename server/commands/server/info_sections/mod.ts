/** INFO: sections of rows. */

import type { Services } from "../../context.ts";
import { clientsSection } from "./clients.ts";
import { commandstatsSection, errorstatsSection, latencystatsSection } from "./commandstats.ts";
import { cpuSection } from "./cpu.ts";
import { debugSection } from "./debug.ts";
import type { Row } from "./format.ts";
import { clusterSection, keyspaceSection } from "./keyspace.ts";
import { memorySection } from "./memory.ts";
import { persistenceSection } from "./persistence.ts";
import { replicationSection } from "./replication.ts";
import { serverSection } from "./server.ts";
import { statsSection } from "./stats.ts";

export interface Section {
  title: string;
  /** Shown only when asked for by name, or with all. */
  onRequest?: boolean;
  /** Shown only when asked for by name. */
  byNameOnly?: boolean;
  rows: (server: Services) => Row[];
}

const dataSections: readonly Section[] = [
  { title: "Server", rows: serverSection },
  { title: "Clients", rows: clientsSection },
  { title: "Memory", rows: memorySection },
  { title: "Persistence", rows: persistenceSection },
  { title: "Stats", rows: statsSection },
  { title: "Replication", rows: replicationSection },
  { title: "CPU", rows: cpuSection },
  { title: "Modules", rows: () => [] },
  { title: "Commandstats", onRequest: true, rows: commandstatsSection },
  { title: "Errorstats", rows: errorstatsSection },
  { title: "Latencystats", onRequest: true, rows: latencystatsSection },
  { title: "Cluster", rows: clusterSection },
  { title: "Keyspace", rows: keyspaceSection },
  { title: "Debug", byNameOnly: true, rows: debugSection },
];

/**
 * The text of INFO.
 *
 * @param wanted lower-case names of sections, or `default`, `all`, `everything`; none: the default ones
 */
export function infoText(
  server: Services,
  wanted: readonly string[],
  sections: readonly Section[] = dataSections,
): string {
  const names = new Set(wanted.length === 0 ? ["default"] : wanted);
  const isAll = names.has("all") || names.has("everything");
  const shown = sections.filter(({ title, onRequest, byNameOnly }) =>
    names.has(title.toLowerCase()) ||
    (!byNameOnly && (isAll || (names.has("default") && !onRequest)))
  );
  return shown.map(({ title, rows }) => sectionText(title, rows(server))).join("\r\n");
}

function sectionText(title: string, rows: readonly Row[]): string {
  return [`# ${title}`, ...rows.map(([name, value]) => `${name}:${value}`), ""].join("\r\n");
}
