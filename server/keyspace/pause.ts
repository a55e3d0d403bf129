/**
 * Pauses: for a time the data set stands still, for a client that asked (CLIENT PAUSE), for a failover, for slots
 * that another node takes over, or for an end that waits for replicas. Each purpose has a pause of its own; together they hold what the strictest holds.
 *
 * In mode "write" every command is held that may change it or tell others of a change (flags write and
 * may_replicate); in mode "all" every command is, CLIENT UNPAUSE included. Keys do not expire and are not
 * evicted meanwhile: lookups hide what has expired and leave it there.
 *
 * A held client's command stays unparsed in its buffer and is parsed again when the pause is over;
 * clients go on in the order in which they were held.
 */

import { ANY_COMMAND, flagBits } from "../commands/facts.ts";
import { type GateRow, HOLD } from "../gates/gates.ts";
import type { Connection } from "../net/connection.ts";

/** What pauses need of the server. */
export interface PauseNeeds {
  readonly nowMs: number;
  updateGate(): void;
  defer(serve: () => void): void;
  resume(connection: Connection): void;
  readonly blocked: { pauseEnded(): void };
}

export type PauseMode = "write" | "all";
/** What for; a client's is that of CLIENT PAUSE. */
export type PausePurpose = "client" | "failover" | "shutdown" | "migration";

/** The real server adds the duration to its clock in 64 bits: what overflows lies in the past. */
const LATEST_MS = 2 ** 63;

interface Reason {
  mode: PauseMode;
  endMs: number;
}

export class Pause {
  /** The pauses under way. */
  readonly #reasons = new Map<PausePurpose, Reason>();
  /** The strictest of their modes. */
  #mode: PauseMode | null = null;
  #held: Connection[] = [];

  constructor(readonly server: PauseNeeds) {}

  /** What a pause holds is left for its end. */
  readonly gate: GateRow = {
    name: "pause",
    connections: 0,
    commands: () => this.#heldBits,
    refuse: ({ bits }) => {
      this.check();
      return (bits & this.#heldBits) !== 0 ? HOLD : null;
    },
  };

  /** Flags of the commands that are held. */
  get #heldBits(): number {
    if (this.#mode === null) return 0;
    return this.#mode === "all" ? ANY_COMMAND : flagBits.write | flagBits.may_replicate;
  }

  /** Whether a command of these flags is held. */
  holds(bits: number): boolean {
    return (bits & this.#heldBits) !== 0;
  }

  /** Whether the data set must stand still: nothing expires, nothing is evicted. */
  get active(): boolean {
    return this.#mode !== null;
  }

  /** Which commands are held, null without a pause. */
  get mode(): PauseMode | null {
    return this.#mode;
  }

  /** Whether there is a pause for somebody who follows the stream: nothing may be added to it meanwhile. */
  get holdsStream(): boolean {
    return ["failover", "shutdown", "migration"].some((purpose) =>
      this.#reasons.has(purpose as PausePurpose)
    );
  }

  /** Clients that are held. */
  get heldCount(): number {
    return this.#held.reduce((count, { closed }) => closed ? count : count + 1, 0);
  }

  /**
   * Begins a pause, or makes the one for that purpose longer or stricter; never shorter or laxer.
   *
   * @param durationMs Infinity: until {@link end}
   */
  begin(mode: PauseMode, durationMs: number, purpose: PausePurpose = "client"): void {
    const endMs = this.server.nowMs + durationMs;
    if (purpose === "client" && endMs >= LATEST_MS) return;
    const reason = this.#reasons.get(purpose);
    if (reason === undefined) this.#reasons.set(purpose, { mode, endMs });
    else {
      reason.endMs = Math.max(reason.endMs, endMs);
      if (reason.mode !== "all") reason.mode = mode;
    }
    this.#update();
  }

  /** Ends the pause for a purpose; those who are held by no other are served within the turn. */
  end(purpose: PausePurpose = "client"): void {
    if (this.#reasons.delete(purpose)) this.#update();
  }

  #update(): void {
    const { server } = this;
    const before = this.#mode;
    this.#mode = null;
    for (const { mode } of this.#reasons.values()) if (this.#mode !== "all") this.#mode = mode;
    if (this.#mode === before) return;
    server.updateGate();
    if (before === null || this.#mode === "all") return;
    this.releaseHeld();
  }

  /** Lets all go on who are held; whoever still has to be is held once more. */
  releaseHeld(): void {
    const { server } = this;
    server.blocked.pauseEnded();
    const held = this.#held;
    this.#held = [];
    if (held.length !== 0) {
      server.defer(() => held.forEach((connection) => this.#release(connection)));
    }
  }

  #release(connection: Connection): void {
    connection.paused = false;
    this.server.resume(connection);
  }

  /** Ends pauses whose time is up. @returns ms until the next one's is, Infinity without one */
  check(): number {
    if (this.#mode === null) return Infinity;
    let leastMs = Infinity;
    for (const [purpose, { endMs }] of this.#reasons) {
      const leftMs = endMs - this.server.nowMs;
      if (leftMs > 0) leastMs = Math.min(leastMs, leftMs);
      else this.end(purpose);
    }
    return leastMs === Infinity && this.#reasons.size === 0 ? 0 : leastMs;
  }

  /** Notes a client whose command is left for later. */
  hold(connection: Connection): void {
    connection.paused = true;
    this.#held.push(connection);
  }
}
