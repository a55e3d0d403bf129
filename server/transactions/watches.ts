/**
 * Watched keys: optimistic locking. A connection that watches a key is marked as soon as the key
 * changes, whoever changes it, and its next EXEC does nothing.
 */

import type { Connection } from "../net/connection.ts";
import type { Core } from "../../core-as/host/core.ts";
import type { ExpiredKeys } from "../keyspace/events.ts";
import type { LongNames } from "../keyspace/long_names.ts";

/** What watching needs of the server. */
export interface WatchesNeeds {
  readonly core: Core;
  readonly pause: { readonly active: boolean };
  readonly changes: { observe(): void };
  readonly longNames: LongNames;
  readonly expiry: ExpiredKeys;
  hasKey(db: number, key: string): boolean;
}

/** A key that a connection watches. */
interface Watched {
  readonly db: number;
  readonly key: string;
  /** Its time was up when it was watched, and nothing could be deleted: its going later is no change. */
  wasHidden: boolean;
}

/** Of an entry in both tables, its key aside. */
const ENTRY_BYTES = 160;

export class Watches {
  /** By database and key: who watches. */
  readonly #watchers: Map<string, Set<Connection>>[] = [];
  readonly #watched = new Map<Connection, Watched[]>();
  /** Watched keys that were hidden then. */
  #hidden = 0;

  constructor(readonly server: WatchesNeeds) {}

  /** Whether anybody watches. */
  get active(): boolean {
    return this.#watched.size !== 0;
  }

  /** Connections that watch, and the keys that are watched. */
  get counts(): { clients: number; keys: number } {
    const keys = this.#watchers.reduce((sum, byKey) => sum + (byKey?.size ?? 0), 0);
    return { clients: this.#watched.size, keys };
  }

  /** @returns false when there is no room for the key's name */
  watch(connection: Connection, db: number, key: string): boolean {
    const byKey = this.#watchers[db] ??= new Map();
    let watchers = byKey.get(key);
    if (watchers?.has(connection)) return true;
    if (!this.server.longNames.take(key.length)) return false;
    if (watchers === undefined) byKey.set(key, watchers = new Set());
    watchers.add(connection);
    connection.watchedBytes += ENTRY_BYTES + key.length;
    const own = this.#watched.get(connection);
    const watched = { db, key, wasHidden: this.#isHidden(db, key) };
    if (watched.wasHidden) this.#hidden++;
    if (own !== undefined) own.push(watched);
    else {
      this.#watched.set(connection, [watched]);
      this.server.changes.observe();
    }
    return true;
  }

  /** Whether a key is kept though its time is up, while a pause forbids to delete it. */
  #isHidden(db: number, key: string): boolean {
    const { core, pause } = this.server;
    return pause.active && (core.withArguments([key], () => core.x.keyIsHidden(db, 0)) ?? false);
  }

  /** Forgets all that a connection watches, and that any of it has changed. */
  unwatch(connection: Connection): void {
    connection.watchedChanged = false;
    const own = this.#watched.get(connection);
    if (own === undefined) return;
    for (const { db, key, wasHidden } of own) {
      if (wasHidden) this.#hidden--;
      this.server.longNames.give(key.length);
      const watchers = this.#watchers[db].get(key);
      if (watchers?.delete(connection) && watchers.size === 0) this.#watchers[db].delete(key);
    }
    this.#watched.delete(connection);
    connection.watchedBytes = 0;
    this.server.changes.observe();
  }

  /** Whether what a connection watches has changed; a key whose time is up has. */
  changed(connection: Connection): boolean {
    // To look at a key deletes it where it has expired, and tells its watchers.
    for (const { db, key, wasHidden } of this.#watched.get(connection) ?? []) {
      if (this.server.hasKey(db, key) || wasHidden) continue;
      if (this.#isHidden(db, key)) connection.watchedChanged = true;
    }
    this.server.expiry.drain();
    return connection.watchedChanged;
  }

  /** A key was changed. */
  touched(db: number, key: string): void {
    const watchers = this.#watchers[db]?.get(key);
    if (watchers === undefined) return;
    for (const connection of watchers) {
      if (this.#hidden !== 0 && this.#wentLate(connection, db, key)) continue;
      connection.watchedChanged = true;
    }
  }

  /** Whether a key has only gone now that was hidden already when it was watched. */
  #wentLate(connection: Connection, db: number, key: string): boolean {
    const watched = this.#watched.get(connection)?.find((own) => own.db === db && own.key === key);
    if (!watched?.wasHidden || this.server.hasKey(db, key)) return false;
    watched.wasHidden = false;
    this.#hidden--;
    return true;
  }

  /** A database is about to lose all keys: those that are not there do not change. */
  flushed(db: number): void {
    for (const key of this.#watchers[db]?.keys() ?? []) {
      if (this.server.hasKey(db, key)) this.touched(db, key);
    }
  }

  /** Two databases have been exchanged: a key that is in neither has not changed. */
  swapped(first: number, second: number): void {
    for (const db of [first, second]) {
      for (const key of this.#watchers[db]?.keys() ?? []) {
        if (this.server.hasKey(first, key) || this.server.hasKey(second, key)) {
          this.touched(db, key);
        }
      }
    }
  }
}
