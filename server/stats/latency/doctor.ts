/** LATENCY DOCTOR: what the samples of the latency monitor say, in words, and what may help. */

import type { LatencyEvent } from "./events.ts";

/** What a report is made of beside the events. */
export interface DoctorFacts {
  /** `latency-monitor-threshold`; 0: nothing is measured. */
  thresholdMs: number;
  /** `slowlog-log-slower-than`; negative: there is no slow log. */
  slowlogUs: number;
  /** `maxmemory-eviction-tenacity` and `hz`. */
  tenacity: number;
  hz: number;
}

interface Advice {
  events: readonly string[];
  text: (facts: DoctorFacts) => string;
}

const advices: readonly Advice[] = [
  {
    events: ["command"],
    text: ({ thresholdMs, slowlogUs }) =>
      slowlogUs < 0 || slowlogUs > thresholdMs * 1000
        ? "Commands of clients were slow, and the slow log does not note them all. See which they are " +
          `with CONFIG SET slowlog-log-slower-than ${thresholdMs * 1000}.`
        : "Commands of clients were slow. SLOWLOG GET tells which; look for those whose complexity " +
          "grows with the size of a value or of the data set, as COMMAND DOCS says.",
  },
  {
    events: ["command", "fast-command"],
    text: () =>
      "A command also takes long when it deletes a large value at once: UNLINK and the options " +
      "lazyfree-lazy-user-del and lazyfree-lazy-user-flush have that done little by little.",
  },
  {
    events: ["fast-command"],
    text: () =>
      "Commands were slow that take no time by themselves: the process did not get the processor, or " +
      "its memory was swapped out. Look at the machine's load, its memory, and what else runs there.",
  },
  {
    events: ["expire-cycle"],
    text: ({ hz }) =>
      "Many keys expire at the same time. Spread their times to live, or lower active-expire-effort; " +
      `a higher hz (now ${hz}) makes for more and shorter cycles.`,
  },
  {
    events: ["eviction-cycle"],
    text: ({ tenacity }) =>
      "Eviction takes long: memory runs out faster than it can be freed. Give more maxmemory, use " +
      `lazyfree-lazy-eviction, or lower maxmemory-eviction-tenacity (now ${tenacity}).`,
  },
];

/** One line of figures on an event. */
function describe(name: string, { samples, maxMs }: LatencyEvent): string {
  const mean = samples.reduce((sum, { ms }) => sum + ms, 0) / samples.length;
  const deviation = samples.reduce((sum, { ms }) => sum + Math.abs(ms - mean), 0) / samples.length;
  const spanS = samples[samples.length - 1].timeS - samples[0].timeS;
  const period = samples.length < 2 ? "" : `, every ${(spanS / (samples.length - 1)).toFixed(2)} s`;
  return `${name}: ${samples.length} latency spikes (average ${
    Math.floor(mean)
  } ms, mean deviation ` +
    `${Math.floor(deviation)} ms${period}). Worst of all: ${maxMs} ms.`;
}

/** The report. */
export function latencyReport(
  events: ReadonlyMap<string, LatencyEvent>,
  facts: DoctorFacts,
): string {
  if (facts.thresholdMs === 0) {
    return "The latency monitor is off: no event is measured. Turn it on with CONFIG SET " +
      "latency-monitor-threshold <milliseconds>; events that take as long or longer are noted then.\n";
  }
  if (events.size === 0) {
    return `Nothing has taken ${facts.thresholdMs} ms or longer since the latency monitor was turned on or ` +
      "reset.\n";
  }
  const found = [...events].map(([name, event], i) => `${i + 1}. ${describe(name, event)}\n`);
  const useful = advices.filter((advice) => advice.events.some((name) => events.has(name)));
  return `What has held this server up:\n\n${found.join("")}\nWhat may help:\n\n` +
    useful.map(({ text }) => `- ${text(facts)}\n`).join("");
}
