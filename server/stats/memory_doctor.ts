/** MEMORY DOCTOR: rules of thumb over the figures, in words. */

import type { MemoryFigures } from "./memory.ts";

const MEBIBYTE = 1048576;
/** Below this the ratios say nothing. */
const WORTH_A_LOOK_BYTES = 5 * MEBIBYTE;
const WASTE_BYTES = 10 * MEBIBYTE;
const CLIENT_BYTES = 200 * 1024;

interface Finding {
  holds: (figures: MemoryFigures, clients: number) => boolean;
  text: string;
}

const findings: readonly Finding[] = [
  {
    holds: ({ peak, used }) => peak > used * 1.5,
    text:
      "Peak: at some time this server held half as much again as now. Pages that are free since " +
      "may still be occupied; MEMORY PURGE gives them back to the system.",
  },
  {
    holds: ({ active, used }) => active > used * 1.4 && active - used > WASTE_BYTES,
    text:
      "Fragmentation: pages in use are far larger than what is kept in them. It happens after " +
      "many values were deleted or changed their size, and goes away as new values fill the gaps.",
  },
  {
    holds: ({ mapped, active }) => mapped > active * 1.1 && mapped - active > WASTE_BYTES,
    text: "Free pages: the core holds pages that it does not use. MEMORY PURGE gives them back.",
  },
  {
    holds: ({ clients }, count) => count > 0 && clients / count > CLIENT_BYTES,
    text: "Clients: their buffers are large. Either they read too slowly what they asked for, or " +
      "they send very large commands; see CLIENT LIST (omem, qbuf) and client-output-buffer-limit.",
  },
];

/** The report for a server with so many clients. */
export function doctorReport(figures: MemoryFigures, clients: number): string {
  if (figures.used < WORTH_A_LOOK_BYTES) {
    return "There is hardly any data in this server: too little to judge its memory by.\n";
  }
  const found = findings.filter(({ holds }) => holds(figures, clients));
  if (found.length === 0) return "Nothing looks wrong with the memory of this server.\n";
  return `What looks wrong with the memory of this server:\n\n${
    found.map(({ text }) => ` * ${text}\n`).join("\n")
  }`;
}
