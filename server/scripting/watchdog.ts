/**
 * Looks after a script that takes long: after `busy-reply-threshold` others are served meanwhile, who are told that
 * the server is busy, and may have it killed as long as it has not written.
 *
 * What is killed gets an error at each instruction from then on: a script that catches it gets the next one.
 */

import { ANY_COMMAND, flagBits } from "../commands/facts.ts";
import type { Clock } from "../env/clock.ts";
import type { GateRow } from "../gates/gates.ts";
import type { Log } from "../stats/log.ts";
import type { Run } from "./run.ts";

/** What looking after scripts needs of the server. */
export interface WatchdogNeeds {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: { readonly values: { readonly "busy-reply-threshold": number } };
  readonly within: { begin(): boolean; turn(): void };
  updateGate(): void;
}

const UNKILLABLE =
  "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the " +
  "script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.";
const NOT_BUSY = "NOTBUSY No scripts in execution right now.";

export class Watchdog {
  /** Nobody can be served while this script runs. */
  #alone = false;

  constructor(readonly server: WatchdogNeeds, readonly run: Run) {}

  /** While a script takes long, everybody else may only have it ended. */
  readonly gate: GateRow = {
    name: "busy",
    connections: 0,
    commands: () => this.run.timedOut ? ANY_COMMAND : 0,
    refuse: ({ bits }) => (bits & flagBits.allow_busy) !== 0 ? null : this.busyText,
  };

  get busyText(): string {
    const kill = this.run.isFunction ? "FUNCTION" : "SCRIPT";
    return `BUSY Redis is busy running a script. You can only call ${kill} KILL or SHUTDOWN NOSAVE.`;
  }

  /** A script begins. */
  begin(): void {
    const { run } = this;
    run.wrote = run.killed = run.timedOut = false;
    run.propagates = true;
    this.#alone = false;
  }

  /** It is over. */
  end(): void {
    if (!this.run.timedOut) return;
    this.run.timedOut = false;
    this.server.updateGate();
  }

  /** Some time has passed. @returns whether the script is to go on */
  look(): boolean {
    const { server, run } = this;
    if (run.killed) return false;
    const thresholdMs = server.config.values["busy-reply-threshold"];
    const tookMs = (server.clock.monotonicUs() - run.startUs) / 1000;
    if (thresholdMs === 0 || tookMs < thresholdMs) return true;
    if (!run.timedOut) this.#becomeBusy(tookMs);
    if (!this.#alone) server.within.turn();
    // Nobody could ever end it: this is its end, if nothing is left half done.
    else if (!run.wrote) run.killed = true;
    return !run.killed;
  }

  #becomeBusy(tookMs: number): void {
    const { server, run } = this;
    run.timedOut = true;
    server.log.warning(
      `Slow script detected: still in execution after ${
        Math.floor(tookMs)
      } milliseconds. You can try ` +
        `killing the script using the ${run.isFunction ? "FUNCTION" : "SCRIPT"} KILL command. ` +
        `Script name is: ${run.name}.`,
    );
    this.#alone = run.caller.exempt || !server.within.begin();
    server.updateGate();
  }

  /** Has the script that runs ended. @returns the error, null when it will be */
  kill(function_: boolean, active: boolean): string | null {
    const { run } = this;
    if (!active) return NOT_BUSY;
    if (run.isFunction !== function_) return this.busyText;
    if (run.wrote) return UNKILLABLE;
    run.killed = true;
    return null;
  }
}
