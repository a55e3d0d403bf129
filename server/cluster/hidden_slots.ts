/**
 * Slots whose keys nobody sees: those that are on their way here, of which a part is here, and those that are being
 * deleted. KEYS, SCAN, RANDOMKEY, DBSIZE and what counts a slot's keys leave them out; they neither expire nor are
 * evicted here. Keys are read by nobody anyway, as the slots are another node's.
 */

import type { Core } from "../../core-as/host/core.ts";

export class HiddenSlots {
  readonly #slots = new Set<number>();

  constructor(readonly server: { readonly core: Core }) {}

  get all(): Iterable<number> {
    return this.#slots;
  }
  has(slot: number): boolean {
    return this.#slots.has(slot);
  }

  /** @returns whether any was not hidden before */
  add(slots: Iterable<number>): boolean {
    const before = this.#slots.size;
    for (const slot of slots) {
      // Without memory they are seen, which harms nobody.
      if (!this.#slots.has(slot) && this.server.core.x.slotHide(slot, true)) this.#slots.add(slot);
    }
    return this.#slots.size !== before;
  }

  remove(slots: Iterable<number>): void {
    for (const slot of slots) {
      if (this.#slots.delete(slot)) this.server.core.x.slotHide(slot, false);
    }
    if (this.#slots.size === 0) this.server.core.x.slotsShow();
  }

  /** Keys of a database that are not seen. */
  keys(db: number): number {
    let keys = 0;
    for (const slot of this.#slots) keys += this.server.core.x.slotKeys(db, slot);
    return keys;
  }
}
