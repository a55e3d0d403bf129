/**
 * How far the keys of a migration have been sent: what tells of each change whether the target has to hear of it.
 *
 * Keys go in an order that their names alone decide: slot after slot as they were asked for, within a slot database
 * after database, there by the value under which the core's index of slots has them (16 bits of their hash). So nothing
 * is marked, and nothing is copied: a key before the cut has been sent, and the target is told what happens to it; one
 * behind it will be sent as it is then.
 */

import { SLOT_COUNT } from "../../server/cluster/cluster.ts";

export class Cut {
  /** By slot: its place in the order, -1 = it stays. */
  readonly #places = new Int32Array(SLOT_COUNT).fill(-1);
  #place = 0;
  db = 0;
  /** Values below it are through. */
  cursor = 0;

  constructor(readonly slots: readonly number[], readonly databases: number) {
    slots.forEach((slot, place) => this.#places[slot] = place);
  }

  has(slot: number): boolean {
    return this.#places[slot] >= 0;
  }
  get isAtEnd(): boolean {
    return this.#place === this.slots.length;
  }
  /** The slot whose keys are next. */
  get slot(): number {
    return this.slots[this.#place];
  }

  /** Goes on behind values of the slot, or to the next database or slot: `cursor` null. */
  advance(cursor: number | null): void {
    if (cursor !== null) {
      this.cursor = cursor;
      return;
    }
    this.cursor = 0;
    if (++this.db < this.databases) return;
    this.db = 0;
    this.#place++;
  }

  /** Whether all keys of a slot in a database were sent, none, or those below {@link cursor}. */
  within(slot: number, db: number): "sent" | "unsent" | "partly" {
    const place = this.#places[slot];
    if (place !== this.#place) return place < this.#place ? "sent" : "unsent";
    if (db !== this.db) return db < this.db ? "sent" : "unsent";
    return this.cursor === 0 ? "unsent" : "partly";
  }
}
