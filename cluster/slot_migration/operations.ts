/**
 * The stream of effects, of which a migration passes on what concerns keys that were sent.
 *
 * An operation on several keys may concern some that were sent and some that will be (RENAME, LMOVE, MSET, within the
 * slot that the cut goes through). It cannot be done on the other side then: instead those that were sent are sent once
 * more, as they are after all that is in the bytes at hand; and so is whatever else later operations on them touch.
 */

import type { Command } from "../../server/commands/define.ts";
import { keyRow, keysOf } from "../../server/commands/keys.ts";
import type { Server } from "../../server/server.ts";
import type { Cut } from "./cut.ts";

/** Why a migration cannot go on with what happens. */
export class Untold extends Error {}

/** Where what is passed on goes to. */
export interface OperationOutlet {
  /** Bytes of the core's. */
  pass(ptr: number, len: number): void;
  /** What follows is in another database. */
  select(db: number): void;
  /** A key as it is now, or is no more. */
  image(db: number, key: string): void;
}

export class OperationFilter {
  /** The database that the operation under way is in, and the one that was passed on last. */
  #db = 0;
  #passedDb = 0;
  /** Keys that are sent once more when the bytes at hand are through: database and name. */
  readonly #images = new Map<string, readonly [number, string]>();

  constructor(readonly server: Server, readonly cut: Cut, readonly outlet: OperationOutlet) {}

  /** Takes whole operations. @throws Untold */
  take(ptr: number, len: number): void {
    const { x } = this.server.core;
    const end = ptr + len;
    let from = -1;
    for (let at = ptr; at < end;) {
      const id = x.operationRead(at);
      const next = x.operationEnd();
      const passes = id >= 0 && this.#passes(this.server.registry.all[id]);
      if (from >= 0 && (!passes || this.#db !== this.#passedDb)) {
        this.outlet.pass(from, at - from);
        from = -1;
      }
      if (passes && from < 0) {
        this.select(this.#db);
        from = at;
      }
      at = next;
    }
    if (from >= 0) this.outlet.pass(from, end - from);
  }

  /** Sends keys once more that could not be followed. To be called when all that has happened was taken. */
  settle(): void {
    for (const [db, key] of this.#images.values()) {
      this.select(db);
      this.outlet.image(db, key);
    }
    this.#images.clear();
  }

  /** What is passed on next is in a database. */
  select(db: number): void {
    if (db !== this.#passedDb) this.outlet.select(db);
    this.#passedDb = db;
  }

  /** Whether the target has to do the operation just read. */
  #passes(command: Command): boolean {
    if (command.name === "select") {
      this.#db = Number(this.#argument(1));
      return false;
    }
    const run = command.subcommands?.get(this.#argument(1).toLowerCase()) ?? command;
    const { core: { x } } = this.server;
    const row = run.subcommands === null ? keyRow(run) : null;
    if (row === null) return this.#passesOdd(run);
    const last = row.last < 0 ? x.operationArgc() + row.last : row.last;
    if (last < row.first || last >= x.operationArgc()) return false;
    const slot = x.operationSlot(row.first, last, row.step);
    if (slot < 0) return this.#passesOdd(run);
    if (!this.cut.has(slot)) return false;
    const indices = () =>
      Array.from(
        { length: Math.floor((last - row.first) / row.step) + 1 },
        (_, i) => row.first + i * row.step,
      );
    return this.#judge(run, slot, indices);
  }

  /** An operation whose keys are nowhere usual. */
  #passesOdd(command: Command): boolean {
    const { x } = this.server.core;
    const indices = this.#indicesOf(command);
    const slots = new Set(indices.map((index) => x.operationSlot(index, index, 1)));
    const ours = [...slots].filter((slot) => this.cut.has(slot));
    if (ours.length === 0) return false;
    if (slots.size > 1) throw new Untold(`${command.name} has keys of several slots`);
    return this.#judge(command, ours[0], () => indices);
  }

  #indicesOf(command: Command): number[] {
    const { core, execution: { context } } = this.server;
    const words = Array.from({ length: core.x.operationArgc() }, (_, i) => this.#argument(i));
    return core.withArguments(words, () => {
      const { argc } = context;
      context.argc = words.length;
      try {
        return (keysOf(context, command) ?? []).map(({ index }) => index);
      } finally {
        context.argc = argc;
      }
    }) ?? [];
  }

  #argument(index: number): string {
    const { core } = this.server;
    if (index >= core.x.operationArgc()) return "";
    core.x.operationArgument(index);
    return core.binary(core.u32[core.at.RESULT_PTR], core.u32[core.at.RESULT_LEN]);
  }

  #judge({ name }: Command, slot: number, indices: () => number[]): boolean {
    const db = this.#db;
    const other = this.#otherDatabase(name);
    if (other === db) {
      const where = this.cut.within(slot, db);
      if (where === "unsent") return false;
      if (where === "sent" && this.#images.size === 0) return true;
      return this.#judgeKeys(slot, indices().map((index) => [db, index]));
    }
    return this.#judgeKeys(slot, [[db, 1], [other, name === "move" ? 1 : 2]]);
  }

  /** Where MOVE and COPY put a key; the database under way of all others. */
  #otherDatabase(name: string): number {
    if (this.cut.databases > 1) {
      if (name === "move") return Number(this.#argument(2));
      if (name === "copy") {
        const argc = this.server.core.x.operationArgc();
        for (let i = 3; i < argc; i++) {
          if (this.#argument(i).toLowerCase() === "db") return Number(this.#argument(i + 1));
        }
      }
    }
    return this.#db;
  }

  /** @param keys databases, and arguments that are keys there */
  #judgeKeys(slot: number, keys: readonly (readonly [number, number])[]): boolean {
    const names = keys.map(([db, index]) => [db, this.#argument(index)] as const);
    const isSent = keys.map(([db, index]) => this.#isSent(index, this.cut.within(slot, db)));
    const isImaged = this.#images.size > 0 &&
      names.some(([db, name]) => this.#images.has(`${db} ${name}`));
    if (!isImaged && isSent.every((sent) => sent)) return true;
    for (const [i, [db, name]] of names.entries()) {
      if (isSent[i]) this.#images.set(`${db} ${name}`, [db, name]);
    }
    return false;
  }

  #isSent(index: number, where: "sent" | "partly" | "unsent"): boolean {
    if (where !== "partly") return where === "sent";
    return this.server.core.x.operationPassed(index, index, 1, this.cut.cursor) === 1;
  }
}
