/**
 * What expires at a replica that takes writes of its own (`replica-read-only no`). Its primary says what has gone of
 * the keys that came from there; of keys that were given their expiry here nobody would, so they are kept in mind,
 * and looked at in turn. A write, too, deletes what it finds expired.
 */

import type { Core } from "../../core-as/host/core.ts";

/** What it needs of the server. */
export interface OwnExpiryNeeds {
  readonly core: Core;
  readonly role: { readonly isReplica: boolean };
  readonly config: { readonly values: { readonly "replica-read-only": boolean } };
  readonly changes: { observe(): void };
}

/** What gives a key an expiry, as the events are called that tell of it. */
const GIVING = new Set(["expire", "restore", "rename_to", "copy_to", "move_to"]);
/** Keys that are looked at between two looks at the clock. */
const KEYS_PER_STEP = 16;

export class OwnExpiry {
  /** Clients may write to this replica. */
  active = false;
  /** Keys that were given an expiry here, by database. */
  readonly #keys: Set<string>[] = [];
  #count = 0;
  /** Keys that the round under way has not come to yet, and where it is. */
  #left = 0;
  #db = 0;
  #walk: Iterator<string, undefined> | null = null;

  constructor(readonly server: OwnExpiryNeeds) {}

  /** Keys kept in mind: `slave_expires_tracked_keys`. */
  get count(): number {
    return this.#count;
  }

  /** To be called when the role, or whether a replica takes writes, may have changed. */
  update(): void {
    const { role, config, changes } = this.server;
    const active = role.isReplica && !config.values["replica-read-only"];
    if (active === this.active) return;
    this.active = active;
    changes.observe();
  }

  /** Does what a command writes: what its look-ups find expired is deleted, if a client has sent it. */
  writing(act: () => void): void {
    const { u32, at } = this.server.core;
    const mode = u32[at.EXPIRED_MODE];
    if (mode !== at.EXPIRED_HIDE) return act();
    u32[at.EXPIRED_MODE] = at.EXPIRED_OWN;
    try {
      act();
    } finally {
      u32[at.EXPIRED_MODE] = mode;
    }
  }

  /** Something happened to a key. */
  happened(db: number, key: string, event: string): void {
    const { u32, at } = this.server.core;
    if (u32[at.EXPIRED_MODE] !== at.EXPIRED_OWN || !GIVING.has(event)) return;
    const keys = this.#keys[db] ??= new Set();
    const before = keys.size;
    this.#count += keys.add(key).size - before;
  }

  /** A database was emptied. */
  emptied(db: number): void {
    this.#count -= this.#keys[db]?.size ?? 0;
    this.#keys[db]?.clear();
  }

  /** Two databases were exchanged. */
  swapped(first: number, second: number): void {
    const keys = this.#keys;
    [keys[first], keys[second]] = [keys[second] ?? new Set(), keys[first] ?? new Set()];
    this.#walk = null;
  }

  /** Begins a round. */
  begin(): void {
    this.#left = this.#count;
  }

  /** Goes on with the round. @returns whether some of it is left */
  run(inTime: () => boolean): boolean {
    while (this.#left > 0 && inTime()) {
      for (let i = Math.min(KEYS_PER_STEP, this.#left); i > 0; i--) this.#look();
    }
    return this.#left > 0;
  }

  /** Looks at the next key, and forgets it where it is gone or has no expiry any more. */
  #look(): void {
    this.#left--;
    const key = this.#next();
    if (key === null) return;
    const { core } = this.server;
    const db = this.#db;
    // Without memory for its name it is looked at again.
    const found = core.withArguments([key], () => core.x.expireKey(db, 0)) ?? 0;
    if (found !== 0 && this.#keys[db].delete(key)) this.#count--;
  }

  /** The key behind the last one; null when there is none. */
  #next(): string | null {
    for (let tries = 0; tries <= this.#keys.length; tries++) {
      const next = this.#walk?.next();
      if (next?.done === false) return next.value;
      this.#db = (this.#db + 1) % Math.max(1, this.#keys.length);
      this.#walk = this.#keys[this.#db]?.values() ?? null;
    }
    return null;
  }
}
