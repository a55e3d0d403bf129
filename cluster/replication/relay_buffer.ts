/**
 * What came from the primary and has not been passed on yet: bytes up to the end of a unit that is whole, which
 * those who follow this replica get once it has been done here.
 */

import type { Server } from "../../server/server.ts";

const FIRST_BYTES = 64 * 1024;

export class RelayBuffer {
  /** A block of core memory, 0 = none yet. */
  #block = 0;
  #capacity = 0;
  #held = 0;
  /** Bytes of the link's stream that were passed on. */
  #relayed = 0;
  /** There was no memory for some of it. */
  #lost = false;

  constructor(readonly server: Server) {}

  get relayedBytes(): number {
    return this.#relayed;
  }

  /** Another stream begins. */
  begin(): void {
    this.#held = this.#relayed = 0;
    this.#lost = false;
    if (this.#block !== 0) this.server.core.x.free(this.#block);
    this.#block = this.#capacity = 0;
  }

  /** Keeps bytes that are about to be read. */
  keep(ptr: number, bytes: number): void {
    if (this.#lost) return;
    const { core } = this.server;
    const need = this.#held + bytes;
    if (need > this.#capacity) {
      const capacity = Math.max(need, this.#capacity * 2, FIRST_BYTES);
      const grown = this.#block === 0
        ? core.x.allocate(capacity)
        : core.x.reallocate(this.#block, capacity, this.#held);
      if (grown === 0) {
        this.#lost = true;
        return;
      }
      this.#block = grown;
      this.#capacity = capacity;
    }
    core.u8.copyWithin(this.#block + this.#held, ptr, ptr + bytes);
    this.#held += bytes;
  }

  /** So many bytes of the stream are done as a whole. @returns false when they could not be passed on */
  relay(wholeBytes: number, database: number): boolean {
    const count = wholeBytes - this.#relayed;
    if (count === 0) return true;
    const { core, propagation } = this.server;
    this.#relayed = wholeBytes;
    if (this.#lost) {
      propagation.skipRelayed(count, database);
      this.#lost = false;
      this.#held = 0;
      return false;
    }
    const whole = propagation.relay(this.#block, count, database);
    this.#held -= count;
    if (this.#held !== 0) {
      core.u8.copyWithin(this.#block, this.#block + count, this.#block + count + this.#held);
    } else if (this.#capacity > FIRST_BYTES * 4) {
      core.x.free(this.#block);
      this.#block = this.#capacity = 0;
    }
    return whole;
  }
}
