/**
 * Those who look at commands once they have run: the slow log, the latency monitor and MONITOR. A command
 * that none of them cares for costs one comparison with {@link Inspectors.fromUs}.
 */

import type { Connection } from "../net/connection.ts";
import { type Arguments, type CommandFacts, flagBits } from "../commands/facts.ts";
import type { Config } from "../config/config.ts";
import { type EventName, LatencyMonitor } from "./latency/events.ts";
import { Monitors, type MonitorsNeeds } from "./monitors.ts";
import { shortArguments, SlowLog } from "./slowlog.ts";
import type { Stats } from "./stats.ts";

/** What inspectors need of the server. */
export interface InspectorsNeeds extends MonitorsNeeds {
  readonly config: Config;
  readonly stats: Stats;
}

/** A command that has run. */
interface Seen extends Arguments {
  readonly connection: Connection;
  readonly command: CommandFacts;
}

const NONE: readonly number[] = [];
const UNSEEN = flagBits.admin | flagBits.skip_monitor;

export class Inspectors {
  readonly slowLog = new SlowLog();
  readonly latency = new LatencyMonitor();
  readonly monitors: Monitors;
  /** Commands are looked at that took at least so long; Infinity while nobody looks at any. */
  fromUs = Infinity;
  /** Thresholds in us, Infinity where there is none. */
  #slowUs = Infinity;
  #latencyUs = Infinity;

  constructor(readonly server: InspectorsNeeds) {
    this.monitors = new Monitors(server, () => this.#update());
    server.config.onChange(
      ["slowlog-log-slower-than", "latency-monitor-threshold", "latency-tracking"],
      () => this.#update(),
    );
    this.#update();
  }

  #update(): void {
    const { values } = this.server.config;
    this.server.stats.timesCommands = values["latency-tracking"];
    const slowUs = values["slowlog-log-slower-than"];
    const latencyMs = values["latency-monitor-threshold"];
    this.#slowUs = slowUs < 0 ? Infinity : slowUs;
    this.#latencyUs = latencyMs === 0 ? Infinity : latencyMs * 1000;
    this.fromUs = this.monitors.any ? -1 : Math.min(this.#slowUs, this.#latencyUs);
  }

  /** Looks at the command under way, which has run for `us`. */
  look(c: Seen, us: number): void {
    if (this.monitors.any) this.show(c);
    // One that waits is not over.
    if (c.connection.wait === null) this.#finished(c, us);
  }

  /** A client that has waited was served, by the command under way, which has run for `us` in all. */
  served(c: Seen, us: number): void {
    this.server.stats.timed(c.command.id, us);
    if (us >= this.fromUs) this.#finished(c, us);
  }

  #finished(c: Seen, us: number): void {
    const { bits } = c.command;
    if (us >= this.#latencyUs) {
      this.held((bits & flagBits.fast) !== 0 ? "fast-command" : "command", us);
    }
    if (us >= this.#slowUs && (bits & flagBits.skip_slowlog) === 0) this.#note(c, us);
  }

  /** Shows the command under way to the monitors. */
  show(c: Seen): void {
    if ((c.command.bits & UNSEEN) === 0) this.monitors.tell(c.connection, secretsOf(c));
  }

  /** Notes what has held the server up for `us`, if that is long enough. */
  held(event: EventName, us: number): void {
    if (us < this.#latencyUs) return;
    this.latency.add(event, this.#nowS(), Math.floor(us / 1000));
  }

  #note(c: Seen, us: number): void {
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
function secretsOf(c: Seen): readonly number[] {
  return c.command.spec.secrets?.(c) ?? NONE;
}
