/**
 * The gates between a command and its execution: an ordered table. Each row is owned by the room that knows
 * its reason, and registered by it; the order is that of Redis, so that a command that several would refuse
 * gets the same error.
 *
 * A gate costs nothing while it is open: {@link Gates.mask} has the flag bits of commands that any shut gate
 * concerns, and a connection's own bits ({@link Gate}) say what holds of it alone.
 */

import type { Connection } from "../net/connection.ts";

/** The gates, in the order in which a command meets them. */
const ORDER = [
  "authentication",
  "transaction",
  "permission",
  "cluster",
  "memory",
  "append-only file",
  "snapshot",
  "replicas",
  "read-only",
  "subscriber",
  "stale",
  "loading",
  "busy",
  "monitor",
  "pause",
  "moving",
  "large value",
] as const;
export type GateName = typeof ORDER[number];

/** Instead of a refusal: the command is left for later. */
export const HOLD = Symbol("hold");

/** A command at the gates. */
export interface Candidate {
  readonly connection: Connection;
  /** Lower-case full name, and registry id. */
  readonly name: string;
  readonly id: number;
  /** Its flags; EXEC's are those of the commands that it runs, too. */
  readonly bits: number;
  /** It is not to run now but to be kept for EXEC. */
  readonly queues: boolean;
}

export interface GateRow {
  readonly name: GateName;
  /** Bits of connections that it looks at. */
  readonly connections: number;
  /** Flag bits of commands that it looks at now, 0 = it is open. */
  commands(): number;
  /** @returns the error, in Redis's words; {@link HOLD}; null when the command may pass */
  refuse(candidate: Candidate): string | typeof HOLD | null;
}

/** A row, and the flag bits of commands that it looks at now. */
interface Entry {
  readonly row: GateRow;
  commands: number;
}

export class Gates {
  /** Flag bits of commands that some gate concerns now. */
  mask = 0;
  /** The row of the last {@link refusal}. */
  refusedBy: GateName | null = null;
  readonly #rows: Entry[] = [];
  /** The rows that look at connections with such bits: few, where no gate concerns the command. */
  readonly #byConnection = new Map<number, readonly Entry[]>();

  register(row: GateRow): void {
    if (this.#rows.some((other) => other.row.name === row.name)) {
      throw new Error(`there is a gate "${row.name}" already`);
    }
    this.#rows.push({ row, commands: row.commands() });
    this.#byConnection.clear();
    this.#rows.sort((a, b) => ORDER.indexOf(a.row.name) - ORDER.indexOf(b.row.name));
    this.update();
  }

  /** To be called when any gate may have opened or shut. */
  update(): void {
    this.mask = 0;
    for (const entry of this.#rows) {
      entry.commands = entry.row.commands();
      this.mask |= entry.commands;
    }
  }

  /** The same of those gates alone. */
  refusalOf(names: ReadonlySet<GateName>, candidate: Candidate): string | null {
    const { bits, connection } = candidate;
    const rows = (bits & this.mask) === 0 ? this.#rowsOf(connection.gate) : this.#rows;
    for (let i = 0; i < rows.length; i++) {
      const { row, commands } = rows[i];
      if (!names.has(row.name)) continue;
      if ((commands & bits) === 0 && (row.connections & connection.gate) === 0) continue;
      const refused = row.refuse(candidate);
      if (typeof refused === "string") return refused;
    }
    return null;
  }

  /** @returns the first refusal, null when the command may pass all gates */
  refusal(candidate: Candidate): string | typeof HOLD | null {
    const { bits, connection } = candidate;
    this.refusedBy = null;
    for (const { row, commands } of this.#rows) {
      if ((commands & bits) === 0 && (row.connections & connection.gate) === 0) continue;
      const refused = row.refuse(candidate);
      if (refused === null) continue;
      this.refusedBy = row.name;
      return refused;
    }
    return null;
  }

  #rowsOf(gate: number): readonly Entry[] {
    let rows = this.#byConnection.get(gate);
    if (rows === undefined) {
      rows = this.#rows.filter(({ row }) => (row.connections & gate) !== 0);
      this.#byConnection.set(gate, rows);
    }
    return rows;
  }
}
