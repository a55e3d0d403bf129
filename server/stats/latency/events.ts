/**
 * The latency monitor: what has held the server up for `latency-monitor-threshold` ms or longer, by the
 * name of the event. Of each the last 160 seconds in which it happened are kept, with the longest time of
 * each.
 */

/** Samples kept of an event. */
const SAMPLES = 160;

export interface Sample {
  /** Seconds since the epoch. */
  timeS: number;
  ms: number;
}

/** Samples of one event, oldest first, and the longest time since LATENCY RESET. */
export interface LatencyEvent {
  samples: Sample[];
  maxMs: number;
}

/** Names of the events that Etna knows: commands of the flag fast, other commands, background work. */
export type EventName =
  | "command"
  | "fast-command"
  | "expire-cycle"
  | "eviction-cycle";

export class LatencyMonitor {
  readonly events = new Map<string, LatencyEvent>();

  /** Notes that an event took so long, in whole ms. */
  add(name: EventName, timeS: number, ms: number): void {
    let event = this.events.get(name);
    if (event === undefined) this.events.set(name, event = { samples: [], maxMs: 0 });
    event.maxMs = Math.max(event.maxMs, ms);
    const last = event.samples.at(-1);
    if (last?.timeS === timeS) last.ms = Math.max(last.ms, ms);
    else event.samples.push({ timeS, ms });
    if (event.samples.length > SAMPLES) event.samples.shift();
  }

  /** Forgets an event. @returns whether there was anything to forget */
  reset(name: string): boolean {
    return this.events.delete(name);
  }
}
