/**
 * The invalidation table: which clients have read a key since it last changed. Keys are known by their
 * names alone, whatever their database, as clients know them. A client stands here by its id, which
 * says nothing once it is gone: entries are not looked through for it.
 */

import { LongNames } from "../keyspace/long_names.ts";
import type { Random } from "../env/env.ts";

/** Clients that may have read a key: mostly one, or a few, for which a list is smaller and faster than a set. */
type Readers = number | number[] | Set<number>;

/** A longer list becomes a set. */
const LIST_MAX = 16;

/** At most so many entries are passed over on the way to one that must go. */
const PASSED_OVER = 8;

export class InvalidationTable {
  readonly #readers = new Map<string, Readers>();
  #items = 0;
  /** Where the way to the next entry that must go goes on. */
  #walk: Iterator<string, undefined> = this.#readers.keys();

  constructor(readonly random: Random, readonly longNames = new LongNames()) {}

  /** Keys in the table, and pairs of a key and a client. */
  get keys(): number {
    return this.#readers.size;
  }
  get items(): number {
    return this.#items;
  }

  /** Notes that a client has read a key. @returns false when there is no room for its name */
  add(key: string, client: number): boolean {
    const readers = this.#readers.get(key);
    if (readers === undefined) {
      if (!this.longNames.take(key.length)) return false;
      this.#readers.set(key, client);
    } else if (typeof readers === "number") {
      if (readers === client) return true;
      this.#readers.set(key, [readers, client]);
    } else if (!Array.isArray(readers)) {
      if (readers.has(client)) return true;
      readers.add(client);
    } else {
      if (readers.includes(client)) return true;
      if (readers.length < LIST_MAX) readers.push(client);
      else this.#readers.set(key, new Set(readers).add(client));
    }
    this.#items++;
    return true;
  }

  /** Forgets a key. @returns who had read it */
  take(key: string): Iterable<number> {
    const readers = this.#readers.get(key);
    if (readers === undefined) return [];
    this.#readers.delete(key);
    this.longNames.give(key.length);
    if (typeof readers === "number") {
      this.#items--;
      return [readers];
    }
    this.#items -= Array.isArray(readers) ? readers.length : readers.size;
    return readers;
  }

  /**
   * A key to be forgotten for want of room, chosen by chance: a walk through the table that passes over
   * some keys each time. Undefined when the table is empty.
   */
  victim(): string | undefined {
    if (this.#readers.size === 0) return undefined;
    let skip = this.random.bytes(1)[0] % Math.min(PASSED_OVER, this.#readers.size);
    for (;;) {
      const next = this.#walk.next();
      if (next.done) this.#walk = this.#readers.keys();
      else if (skip-- === 0) return next.value;
    }
  }

  clear(): void {
    for (const key of this.#readers.keys()) this.longNames.give(key.length);
    this.#readers.clear();
    this.#items = 0;
  }
}
