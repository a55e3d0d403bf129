/**
 * Large values beside a snapshot. What is about to change is written before, and no value by halves: one of a million
 * elements would hold up everybody for a tenth of a second. So whoever wants to change it waits until the snapshot,
 * which takes it next, has written it in slices; all others are served meanwhile.
 *
 * Held are commands of clients that name their keys, those of a transaction when they are queued, and a primary's
 * stream before such a command. What changes keys otherwise (a script that does not declare them, expiry, eviction)
 * has them written at once.
 */

import { type Arguments, type CommandFacts, flagBits } from "../commands/facts.ts";
import { eachKey } from "../commands/keys.ts";
import { type GateRow, HOLD } from "../gates/gates.ts";

/** What this needs of the server. */
export interface LargeValuesNeeds {
  readonly registry: { readonly all: readonly CommandFacts[] };
  readonly execution: { readonly context: Arguments & { readonly db: number } };
  readonly pause: { releaseHeld(): void };
}

export class LargeValues {
  /** Somebody waits for one to be written. */
  awaited = false;
  #found = false;
  #db = 0;

  /** @param isAtWork whether a snapshot has something left to write */
  constructor(readonly server: LargeValuesNeeds, readonly isAtWork: () => boolean) {}

  readonly gate: GateRow = {
    name: "large value",
    connections: 0,
    commands: () => this.isAtWork() ? flagBits.write : 0,
    refuse: ({ id, bits, name }) => {
      const concerns = (bits & flagBits.write) !== 0 && name !== "exec" && this.isAtWork();
      return concerns && this.#awaits(id, this.server.execution.context.db) ? HOLD : null;
    },
  };

  /**
   * Whether a command that writes, whose words have been read, has to wait for a value to be written. Whoever is
   * told so is to be held until the pause is over (`pause.hold`).
   */
  holds(id: number, db: number): boolean {
    return this.isAtWork() && (this.server.registry.all[id].bits & flagBits.write) !== 0 &&
      this.#awaits(id, db);
  }

  #awaits(id: number, db: number): boolean {
    this.#found = false;
    this.#db = db;
    eachKey(this.server.execution.context, this.server.registry.all[id], this.#look);
    if (this.#found) this.awaited = true;
    return this.#found;
  }

  readonly #look = (index: number): void => {
    const { context } = this.server.execution;
    if (!this.#found && context.x.saveAwaits(this.#db, index)) this.#found = true;
  };

  /** Lets those go on whose value is written, or need not be any more. */
  look(): void {
    if (!this.awaited) return;
    const { x } = this.server.execution.context;
    if (this.isAtWork() && x.saveIsAwaited()) return;
    this.awaited = false;
    this.server.pause.releaseHeld();
  }
}
