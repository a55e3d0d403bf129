/** The slow log: the last commands that took long, with their arguments cut short. */

import type { Core } from "../../core-as/host/core.ts";

const MAX_ARGUMENTS = 32;
const MAX_ARGUMENT_BYTES = 128;
/** What stands for an argument that must not be shown. */
export const REDACTED = "(redacted)";

/** Strings have one character a byte. */
export interface SlowCommand {
  id: number;
  /** When it ended, in seconds since the epoch. */
  timeS: number;
  durationUs: number;
  args: string[];
  /** Address and name of the client that sent it. */
  peer: string;
  name: string;
}

export class SlowLog {
  /** Oldest first, from {@link #first} on: what lies before has been dropped. */
  #entries: SlowCommand[] = [];
  #first = 0;
  #nextId = 0;

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** Adds a command and drops the oldest beyond `maxLength`, which may be 0. */
  add(command: Omit<SlowCommand, "id">, maxLength: number): void {
    this.#entries.push({ id: this.#nextId++, ...command });
    this.#first = Math.max(this.#first, this.#entries.length - maxLength);
    // Dropping one by one would move all the others each time.
    if (this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The latest ones, newest first. */
  latest(count: number): SlowCommand[] {
    const from = Math.max(this.#first, this.#entries.length - count);
    return this.#entries.slice(from).reverse();
  }

  reset(): void {
    this.#entries = [];
    this.#first = 0;
  }
}

/** The arguments of the command under way as the slow log keeps them. `secrets`: those not to be shown. */
export function shortArguments(core: Core, secrets: readonly number[]): string[] {
  const { argc } = core;
  const shown = argc > MAX_ARGUMENTS ? MAX_ARGUMENTS - 1 : argc;
  const args: string[] = [];
  for (let i = 0; i < shown; i++) {
    const len = core.argLen(i);
    if (secrets.includes(i)) args.push(REDACTED);
    else if (len <= MAX_ARGUMENT_BYTES) args.push(core.arg(i));
    else {
      const left = len - MAX_ARGUMENT_BYTES;
      args.push(`${core.binary(core.argPtr(i), MAX_ARGUMENT_BYTES)}... (${left} more bytes)`);
    }
  }
  if (shown < argc) args.push(`... (${argc - shown} more arguments)`);
  return args;
}
