/** Counters behind INFO: since the start, or since CONFIG RESETSTAT. */

import { EventLoopStats } from "./event_loop.ts";
import { Latencies } from "./latency/latencies.ts";
import type { SlotStats } from "./slot_stats.ts";

/** Per command, by registry id. */
export class CommandStats {
  calls: Float64Array;
  usec: Float64Array;
  rejected: Float64Array;
  failed: Float64Array;

  constructor(commands: number) {
    this.calls = new Float64Array(commands);
    this.usec = new Float64Array(commands);
    this.rejected = new Float64Array(commands);
    this.failed = new Float64Array(commands);
  }
}

export class Stats {
  hits = 0;
  misses = 0;
  connections = 0;
  rejectedConnections = 0;
  inputBytes = 0;
  outputBytes = 0;
  expiredKeys = 0;
  /** Estimate of expired keys not yet deleted, in percent. */
  expiredStalePercent = 0;
  /** Active expiry cycles that ran out of time. */
  expiredTimeCapReached = 0;
  evictedKeys = 0;
  evictedClients = 0;
  /** Time for which memory was over maxmemory, up to when it last got back below. */
  evictionExceededMs = 0;
  /** Microseconds spent in active expiry. */
  expireCycleUs = 0;
  readEvents = 0;
  writeEvents = 0;
  errorReplies = 0;
  queryBufferLimitDisconnections = 0;
  outputBufferLimitDisconnections = 0;
  /** Error replies by their code. */
  readonly errors = new Map<string, number>();
  commands: CommandStats;
  readonly loop = new EventLoopStats();
  latencies: Latencies;
  /** Whether {@link latencies} are counted: `latency-tracking`. */
  timesCommands = true;
  /** Where slots are counted: `cluster-slot-stats-enabled`. */
  slots: SlotStats | null = null;

  // Rates, sampled ten times a second.
  opsPerSecond = 0;
  inputBytesPerSecond = 0;
  outputBytesPerSecond = 0;
  cyclesPerSecond = 0;
  /** Mean over the cycles sampled. */
  cycleUs = 0;

  constructor(commands: number) {
    this.commands = new CommandStats(commands);
    this.latencies = new Latencies(commands);
  }

  /** Starts counting anew: CONFIG RESETSTAT. */
  reset(): void {
    const { timesCommands, slots } = this;
    slots?.reset();
    Object.assign(this, new Stats(this.commands.calls.length), { timesCommands, slots });
  }

  called(id: number, usec: number, failed: boolean): void {
    const { commands } = this;
    commands.calls[id]++;
    commands.usec[id] += usec;
    if (failed) commands.failed[id]++;
  }
  /** Counts in {@link latencies} how long a command took from its beginning to its reply. */
  timed(id: number, usec: number): void {
    if (this.timesCommands) this.latencies.record(id, usec);
  }
  rejected(id: number): void {
    this.commands.rejected[id]++;
  }
  /** Counts an error reply under its first word. */
  errored(text: string): void {
    this.errorReplies++;
    const space = text.indexOf(" ");
    const code = space < 0 ? text : text.slice(0, space);
    // A client can make up codes by scripts and modules only; still, the table is bounded.
    if (this.errors.size >= 128 && !this.errors.has(code)) return;
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }
  /** All commands executed. */
  totalCalls(): number {
    const { calls } = this.commands;
    let sum = 0;
    for (let id = 0; id < calls.length; id++) sum += calls[id];
    return sum;
  }
}
