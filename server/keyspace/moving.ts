/**
 * Keys that are on their way to another server: from the moment when their values were read until it has answered,
 * nobody may write to them. Commands that would are held, all others go on; reads find the keys where they are.
 *
 * Who writes to keys that cannot be known beforehand (scripts, transactions, commands of all keys) is held, too.
 */

import { type Arguments, type CommandFacts, flagBits } from "../commands/facts.ts";
import { keysOf } from "../commands/keys.ts";
import { type Candidate, type GateRow, HOLD } from "../gates/gates.ts";

/** What this needs of the server. */
export interface MovingNeeds {
  readonly registry: { readonly all: readonly CommandFacts[] };
  readonly execution: { readonly context: Arguments & { arg(index: number): string; db: number } };
  readonly pause: { releaseHeld(): void };
  updateGate(): void;
}

const WRITES = flagBits.write | flagBits.may_replicate;
/** They change no key. */
const MESSAGES = new Set(["publish", "spublish"]);
const SCRIPTS = new Set(["eval", "evalsha", "fcall"]);

export class Moving {
  /** By database and name. */
  readonly #keys = new Set<string>();

  constructor(readonly server: MovingNeeds) {}

  readonly gate: GateRow = {
    name: "moving",
    connections: 0,
    commands: () => this.#keys.size === 0 ? 0 : WRITES,
    refuse: (candidate) => this.#concerns(candidate) ? HOLD : null,
  };

  /** Whether the command of one who waits, and is to be served, is held: it may write to any key. */
  holds(bits: number): boolean {
    return this.#keys.size !== 0 && (bits & WRITES) !== 0;
  }

  #concerns({ name, id, bits, queues }: Candidate): boolean {
    if (this.#keys.size === 0 || (bits & WRITES) === 0 || queues || MESSAGES.has(name)) {
      return false;
    }
    if (name === "exec" || SCRIPTS.has(name)) return true;
    const { context } = this.server.execution;
    const keys = keysOf(context, this.server.registry.all[id]);
    if (keys === null || keys.length === 0) return true;
    // Some move keys between databases.
    return keys.some(({ index }) => this.#has(context.arg(index)));
  }

  #has(key: string): boolean {
    for (const moving of this.#keys) if (moving.slice(moving.indexOf(" ") + 1) === key) return true;
    return false;
  }

  /** Keys' values are about to be read. @param keys names, one character a byte */
  begin(db: number, keys: readonly string[]): void {
    for (const key of keys) this.#keys.add(`${db} ${key}`);
    this.server.updateGate();
  }

  /** They have been moved, or not: who wanted to write to them goes on. */
  end(db: number, keys: readonly string[]): void {
    for (const key of keys) this.#keys.delete(`${db} ${key}`);
    this.server.updateGate();
    this.server.pause.releaseHeld();
  }
}
