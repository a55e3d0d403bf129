/**
 * The keys of slots: how many there are, and their end when a slot has gone to another node.
 *
 * Keys of a slot that this node has lost are deleted in slices between commands; clients are sent elsewhere
 * meanwhile, and nobody sees them. A slot that comes back before that is over keeps what is left of it, as Redis keeps what is there
 * when it claims a slot.
 */

import { type Core, STRING_MAX } from "../../core-as/host/core.ts";
import { Paced, type PacedNeeds } from "../loop/paced.ts";
import { HiddenSlots } from "./hidden_slots.ts";
import { SlotTags } from "./slot_tags.ts";
import type { Routing } from "./routing.ts";

/** What this needs of the server. */
export interface SlotKeysNeeds extends PacedNeeds {
  readonly core: Core;
  readonly routing: Routing;
  readonly pause: { readonly active: boolean };
  readonly changes: {
    readonly observed: boolean;
    changed(db: number, key: string, type: "g", event: string): void;
  };
  readonly propagation: { readonly active: boolean; deleted(db: number, key: string): void };
  dirty: number;
}

/** Keys deleted between looks at the clock. */
const AT_ONCE = 32;

export class SlotKeys {
  readonly hidden: HiddenSlots;
  readonly tags = new SlotTags();
  readonly #dropping = new Set<number>();
  readonly #slices: Paced;

  constructor(readonly server: SlotKeysNeeds) {
    this.hidden = new HiddenSlots(server);
    this.#slices = new Paced(server, (endUs) => this.#slice(endUs));
  }

  get #databases(): number {
    const { core } = this.server;
    return core.u32[core.at.DATABASE_COUNT];
  }

  /** Keys of a slot in all databases. */
  count(slot: number): number {
    let keys = 0;
    for (let db = 0; db < this.#databases; db++) keys += this.server.core.x.slotKeys(db, slot);
    return keys;
  }

  /** Bytes of a slot's keys in all databases. */
  bytes(slot: number): number {
    let bytes = 0;
    for (let db = 0; db < this.#databases; db++) bytes += this.server.core.x.slotBytes(db, slot, 5);
    return bytes;
  }

  /** Slots whose keys are being deleted. */
  get dropping(): number {
    return this.#dropping.size;
  }
  isDropping(slot: number): boolean {
    return this.#dropping.has(slot);
  }

  /** Deletes all keys of slots, from the next turn on. */
  drop(slots: readonly number[]): void {
    const full = slots.filter((slot) => this.count(slot) !== 0);
    for (const slot of full) this.#dropping.add(slot);
    this.hidden.add(full);
    this.hidden.remove(slots.filter((slot) => !this.#dropping.has(slot)));
    this.run();
  }

  /** Goes on with what is left. While the data set stands still the cron asks again. */
  readonly run = (): void => {
    if (this.#dropping.size !== 0 && !this.server.pause.active) this.#slices.wake();
  };

  /** @returns whether there is more to do at once */
  #slice(endUs: number): boolean {
    const { clock, pause } = this.server;
    if (pause.active) return false;
    for (const slot of this.#dropping) {
      while (!this.#isBack(slot) && this.#dropSome(slot)) {
        if (clock.monotonicUs() >= endUs) return true;
      }
      this.#dropping.delete(slot);
      this.hidden.remove([slot]);
    }
    return false;
  }

  /** Whether a slot is this node's again, or about to be. */
  #isBack(slot: number): boolean {
    const { view } = this.server.routing;
    return view === null || (view.ownerOf(slot)?.isSelf ?? false) ||
      view.importingFrom(slot) !== null;
  }

  /** @returns whether there were keys */
  #dropSome(slot: number): boolean {
    const { core: { x, u32, at } } = this.server;
    for (let db = 0; db < this.#databases; db++) {
      if (x.slotKeys(db, slot) === 0) continue;
      x.slotScan(db, slot, 0, AT_ONCE);
      const count = Math.min(u32[at.RESULT_LEN], AT_ONCE);
      // Copied: what is told of each may write over it.
      for (const entry of u32.slice(at.SCRATCH >>> 2, (at.SCRATCH >>> 2) + count)) {
        this.#delete(db, entry);
      }
      return true;
    }
    return false;
  }

  #delete(db: number, entry: number): void {
    const { server } = this;
    const { core, changes, propagation } = server;
    server.dirty++;
    if (!changes.observed && !propagation.active) return core.x.entryDelete(db, entry);
    core.x.keyOf(entry);
    const [name, len] = [core.u32[core.at.RESULT_PTR], core.u32[core.at.RESULT_LEN]];
    // Who follows and cannot be told of a name that no string can hold begins anew.
    const key = len <= STRING_MAX ? core.binary(name, len) : null;
    core.x.entryDelete(db, entry);
    if (key === null) {
      if (propagation.active) core.u32[core.at.EFFECTS_LOST] = 1;
      return;
    }
    if (propagation.active) propagation.deleted(db, key);
    if (changes.observed) changes.changed(db, key, "g", "del");
  }
}
