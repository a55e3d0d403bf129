/**
 * Those who look at commands once they have run: the slow log, the latency monitor and MONITOR. A command
 * that none of them cares for costs one comparison with {@link Observers.fromUs}.
 */

import type { Connection } from "../net/connection.ts";
import type { Server } from "../server.ts";
import { type EventName, LatencyMonitor } from "../stats/latency/events.ts";
import { Monitors } from "../stats/monitors.ts";
import { shortArguments, SlowLog } from "../stats/slowlog.ts";
import type { Context } from "./context.ts";
import { flagBits } from "./define.ts";

const NONE: readonly number[] = [];
const UNSEEN = flagBits.admin | flagBits.skip_monitor;

export class Observers {
  readonly slowLog = new SlowLog();
  readonly latency = new LatencyMonitor();
  readonly monitors: Monitors;
  /** Commands are looked at that took at least so long; Infinity while nobody looks at any. */
  fromUs = Infinity;
  /** Thresholds in us, Infinity where there is none. */
  #slowUs = Infinity;
  #latencyUs = Infinity;

  constructor(readonly server: Server) {
    this.monitors = new Monitors(server, () => this.#update());
    server.config.onChange(
      ["slowlog-log-slower-than", "latency-monitor-threshold", "latency-tracking"],
      () => this.#update(),
    );
    this.#update();
  }

  #update(): void {
    const { values } = this.server.config;
    this.server.stats.tracking = values["latency-tracking"];
    const slowUs = values["slowlog-log-slower-than"];
    const latencyMs = values["latency-monitor-threshold"];
    this.#slowUs = slowUs < 0 ? Infinity : slowUs;
    this.#latencyUs = latencyMs === 0 ? Infinity : latencyMs * 1000;
    this.fromUs = this.monitors.any ? -1 : Math.min(this.#slowUs, this.#latencyUs);
  }

  /** Looks at the command under way, which has run for `us`. */
  look(c: Context, us: number): void {
    if (this.monitors.any) this.show(c);
    // One that waits is not over.
    if (c.connection.wait === null) this.#finished(c, us);
  }

  /** A client that has waited was served, by the command under way, which has run for `us` in all. */
  served(c: Context, us: number): void {
    this.server.stats.tracked(c.command.id, us);
    if (us >= this.fromUs) this.#finished(c, us);
  }

  #finished(c: Context, us: number): void {
    const { bits } = c.command;
    if (us >= this.#latencyUs) {
      this.held((bits & flagBits.fast) !== 0 ? "fast-command" : "command", us);
    }
    if (us >= this.#slowUs && (bits & flagBits.skip_slowlog) === 0) this.#note(c, us);
  }

  /** Shows the command under way to the monitors. */
  show(c: Context): void {
    if ((c.command.bits & UNSEEN) === 0) this.monitors.feed(c.connection, secretsOf(c));
  }

  /** Notes what has held the server up for `us`, if that is long enough. */
  held(event: EventName, us: number): void {
    if (us < this.#latencyUs) return;
    this.latency.add(event, this.#nowS(), Math.floor(us / 1000));
  }

  #note(c: Context, us: number): void {
    const { peer, name }: Connection = c.connection;
    this.slowLog.add({
      timeS: this.#nowS(),
      durationUs: Math.floor(us),
      args: shortArguments(c.core, secretsOf(c)),
      peer,
      name,
    }, this.server.config.values["slowlog-max-len"]);
  }

  #nowS(): number {
    return Math.floor(this.server.clock.nowMs() / 1000);
  }
}

/** Arguments of the command under way that nobody may see. */
function secretsOf(c: Context): readonly number[] {
  return c.command.spec.secrets?.(c) ?? NONE;
}
