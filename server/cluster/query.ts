/** What a command, or a whole transaction, asks a cluster for: the slot of its keys, and which of them are here. */

import type { Arguments, CommandFacts } from "../commands/facts.ts";
import { keysOf } from "../commands/keys.ts";
import type { ClusterView } from "./cluster.ts";

export class Query {
  /** The slot of the keys, -1 = there are none. */
  slot = -1;
  /** Nobody serves it: no further key was looked at. */
  isUnowned = false;
  /** There are keys of other slots: no further key was looked at. */
  isCrossing = false;
  /** It is on its way from here, or to here. */
  isMigrating = false;
  isImporting = false;
  /** It takes keys from one database to another. */
  isBetweenDatabases = false;
  /** Different keys. */
  isMultiple = false;
  /** Whether some keys are here, and some not: found out only while the slot is on its way. */
  hasExisting = false;
  hasMissing = false;
  #firstKey = "";

  reset(): void {
    this.slot = -1;
    this.isUnowned =
      this.isCrossing =
      this.isMigrating =
      this.isImporting =
      this.isBetweenDatabases =
        false;
    this.isMultiple = this.hasExisting = this.hasMissing = false;
    this.#firstKey = "";
  }

  /** Adds the keys of a command whose arguments are under way. */
  add(c: Arguments, command: CommandFacts, view: ClusterView, db: number): void {
    for (const { index } of keysOf(c, command, true) ?? []) {
      if (this.isUnowned || this.isCrossing) return;
      this.#addKey(c, index, view);
      const isMoving = this.isMigrating || this.isImporting;
      if (isMoving && isBetweenDatabases(c, command)) this.isBetweenDatabases = true;
      if (!isMoving || this.isCrossing || command.spec.group === "pubsub") continue;
      if (c.x.keyPeek(db, index) !== 0) this.hasExisting = true;
      else this.hasMissing = true;
    }
  }

  #addKey(c: Arguments, index: number, view: ClusterView): void {
    const slot = c.x.argumentsSlot(index, index, 1);
    if (this.slot !== -1) {
      if (slot !== this.slot) this.isCrossing = true;
      else if (this.isImporting && c.arg(index) !== this.#firstKey) this.isMultiple = true;
      return;
    }
    this.slot = slot;
    this.isUnowned = view.ownerOf(slot) === null;
    this.isMigrating = view.migratingTo(slot) !== null;
    this.isImporting = view.importingFrom(slot) !== null;
    if (this.isImporting) this.#firstKey = c.arg(index);
  }
}

/** Whether a command is MOVE, or COPY to a database that it names; never where there is but one. */
function isBetweenDatabases(c: Arguments, { name }: CommandFacts): boolean {
  const { core } = c;
  if (core.u32[core.at.DATABASE_COUNT] === 1) return false;
  if (name === "move") return true;
  if (name !== "copy") return false;
  for (let i = 3; i < c.argc; i++) if (c.option(i) === "db") return true;
  return false;
}
