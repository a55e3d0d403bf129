/**
 * Large values beside a snapshot. What is about to change is written before, and no value by halves: one of a million
 * elements would hold up everybody for a tenth of a second. So whoever wants to change it waits until the snapshot,
 * which takes it next, has written it in slices; all others are served meanwhile.
 *
 * Held are commands of clients that name their keys, those of a transaction when they are queued. What changes keys
 * otherwise (a script that does not declare them, a primary's stream, expiry, eviction) has them written at once.
 */

import { type Arguments, type CommandFacts, flagBits } from "../commands/facts.ts";
import { eachKey } from "../commands/keys.ts";
import { type Candidate, type GateRow, HOLD } from "../gates/gates.ts";

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

  /** @param isAtWork whether a snapshot has something left to write */
  constructor(readonly server: LargeValuesNeeds, readonly isAtWork: () => boolean) {}

  readonly gate: GateRow = {
    name: "large value",
    connections: 0,
    commands: () => this.isAtWork() ? flagBits.write : 0,
    refuse: (candidate) => this.#concerns(candidate) ? HOLD : null,
  };

  #concerns({ id, bits, name }: Candidate): boolean {
    if ((bits & flagBits.write) === 0 || name === "exec" || !this.isAtWork()) return false;
    this.#found = false;
    const { context } = this.server.execution;
    eachKey(context, this.server.registry.all[id], this.#look);
    if (this.#found) this.awaited = true;
    return this.#found;
  }

  readonly #look = (index: number): void => {
    const { context } = this.server.execution;
    if (!this.#found && context.x.saveAwaits(context.db, index)) this.#found = true;
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
