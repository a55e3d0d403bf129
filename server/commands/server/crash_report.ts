/** What the log keeps of a crash: where the program was, and what the server was like. */

import type { Services } from "../context.ts";
import { infoText } from "./info_sections/mod.ts";

/** A signal that ends the process. */
export interface FatalSignal {
  readonly name: "SIGABRT" | "SIGSEGV";
  readonly number: number;
}

export const ABORTED: FatalSignal = { name: "SIGABRT", number: 6 };
export const SEGMENT_FAULT: FatalSignal = { name: "SIGSEGV", number: 11 };

/** Writes the report of a crash to the log, unless `crash-log-enabled` says otherwise. */
export function reportCrash(server: Services, signal: FatalSignal): void {
  const { log, config, version } = server;
  if (!config.values["crash-log-enabled"]) return;
  const section = (title: string, text: string) => `\n------ ${title} ------\n${text}`;
  log.warning([
    "\n\n=== BUG REPORT START: Cut & paste starting from here ===",
    `Etna ${version} crashed by signal: ${signal.number}, ${signal.name}`,
    section("STACK TRACE", new Error("crash").stack ?? ""),
    section("INFO OUTPUT", infoText(server, ["everything"])),
    section("CLIENT LIST OUTPUT", clientLines(server)),
    "\n=== BUG REPORT END. Make sure to include from START to END. ===\n",
  ].join("\n"));
}

function clientLines({ clients, registry }: Services): string {
  return [...clients.all.values()].map(({ id, peer, name, db, lastCommand }) => {
    const command = registry.all[lastCommand]?.name ?? "NULL";
    return `id=${id} addr=${peer} name=${name} db=${db} cmd=${command}`;
  }).join("\n");
}
