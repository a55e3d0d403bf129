/**
 * CLIENT PAUSE: for a time the data set stands still. In mode "write" every command is held that may
 * change it or tell others of a change (flags write and may_replicate); in mode "all" every command is,
 * CLIENT UNPAUSE included. Keys do not expire and are not evicted meanwhile: lookups hide what has
 * expired and leave it there.
 *
 * A held client's command stays unparsed in its buffer and is parsed again when the pause is over;
 * clients go on in the order in which they were held.
 */

import { ANY_COMMAND, flagBits } from "../commands/facts.ts";
import { type GateRow, HOLD } from "../gates/gates.ts";
import type { Connection } from "../net/connection.ts";

/** What CLIENT PAUSE needs of the server. */
export interface PauseNeeds {
  readonly nowMs: number;
  updateGate(): void;
  defer(serve: () => void): void;
  resume(connection: Connection): void;
  readonly blocked: { pauseEnded(): void };
}

export type PauseMode = "write" | "all";

/** The real server adds the duration to its clock in 64 bits: what overflows lies in the past. */
const LATEST_MS = 2 ** 63;

export class Pause {
  #mode: PauseMode | null = null;
  #endMs = 0;
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

  /** Clients that are held. */
  get heldCount(): number {
    return this.#held.reduce((count, { closed }) => closed ? count : count + 1, 0);
  }

  /** Begins a pause, or makes the one under way longer or stricter; never shorter or laxer. */
  begin(mode: PauseMode, durationMs: number): void {
    const endMs = this.server.nowMs + durationMs;
    if (endMs >= LATEST_MS) return;
    this.#endMs = Math.max(this.#endMs, endMs);
    if (this.#mode !== "all") this.#mode = mode;
    this.server.updateGate();
  }

  /** Ends the pause; those who were held are served within the turn. */
  end(): void {
    if (this.#mode === null) return;
    this.#mode = null;
    this.#endMs = 0;
    const { server } = this;
    server.updateGate();
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

  /** Ends a pause whose time is up. @returns ms until the end, Infinity without a pause */
  check(): number {
    if (this.#mode === null) return Infinity;
    const leftMs = this.#endMs - this.server.nowMs;
    if (leftMs <= 0) this.end();
    return leftMs > 0 ? leftMs : 0;
  }

  /** Notes a client whose command is left for later. */
  hold(connection: Connection): void {
    connection.paused = true;
    this.#held.push(connection);
  }
}
