/**
 * A simulated world: virtual time that jumps to the next event, and chance from a seed. Whatever happens in it
 * happens in an order that the seed decides, as often as it is run.
 *
 * Everything that runs in it waits for nothing but events of this world: timers, deliveries of bytes, syncs of
 * disks. After each event the promises that it fulfilled run to where they wait again.
 */

import type { Clock, Random, Timers } from "../../server/env/env.ts";
import { SeededRandom } from "../support/random.ts";

interface Event {
  readonly atUs: number;
  /** Events of one moment happen in the order in which they were made. */
  readonly number: number;
  readonly act: () => void;
  cancelled: boolean;
}

/** Where wall clocks begin: 2026-01-01, in ms. */
const EPOCH_MS = 1767225600000;

export class World {
  readonly random: SeededRandom;
  /** Time since the beginning. */
  nowUs = 0;
  /** How long a look at the clock takes at most: what runs takes time. */
  lookUs = 20;
  events = 0;
  /** What went wrong where nobody could be told. */
  readonly failures: unknown[] = [];
  readonly #queue = new Heap();
  #made = 0;

  constructor(readonly seed: number) {
    this.random = new SeededRandom(seed);
  }

  /** Has something happen after so long. @returns what takes that back */
  after(us: number, act: () => void): () => void {
    const atUs = this.nowUs + Math.max(0, us);
    const event: Event = { atUs, number: this.#made++, act, cancelled: false };
    this.#queue.push(event);
    return () => event.cancelled = true;
  }

  /** Lets the world go on until something holds. @throws Error when it does not within `limitUs` */
  async until(holds: () => boolean, limitUs: number, what = "something"): Promise<void> {
    const endUs = this.nowUs + limitUs;
    await settle();
    while (!holds()) {
      if (!(await this.#step(endUs))) {
        throw new Error(`seed ${this.seed}: not within ${limitUs / 1e6} s of its time: ${what}`);
      }
    }
  }

  /** Lets the world go on for so long. */
  async run(us: number): Promise<void> {
    const endUs = this.nowUs + us;
    await settle();
    while (await this.#step(endUs));
    this.nowUs = Math.max(this.nowUs, endUs);
  }

  async #step(endUs: number): Promise<boolean> {
    if (!this.#happen(endUs)) return false;
    await settle();
    return true;
  }

  /** The same as {@link run} where nothing waits for promises, many times as fast. */
  advance(us: number): void {
    const endUs = this.nowUs + us;
    while (this.#happen(endUs));
    this.nowUs = Math.max(this.nowUs, endUs);
  }

  /** Lets the next event happen, if it is due by then. */
  #happen(endUs: number): boolean {
    let event = this.#queue.first;
    while (event?.cancelled) {
      this.#queue.pop();
      event = this.#queue.first;
    }
    if (event === undefined || event.atUs > endUs) return false;
    this.#queue.pop();
    this.nowUs = Math.max(this.nowUs, event.atUs);
    this.events++;
    try {
      event.act();
    } catch (error) {
      this.failures.push(error);
    }
    return true;
  }

  /** A node's clock, whose hands are so far ahead. */
  clock(aheadMs: () => number = () => 0): Clock {
    return {
      nowMs: () => EPOCH_MS + aheadMs() + this.#look() / 1000,
      monotonicUs: () => this.#look(),
    };
  }

  #look(): number {
    this.nowUs += this.random.below(this.lookUs) + 1;
    return this.nowUs;
  }

  /** Timers of a node, as long as it lives. */
  timers(isAlive: () => boolean): Timers {
    const after = (us: number, act: () => void) => this.after(us, () => isAlive() && act());
    return {
      after: (ms, act) => after(ms * 1000, act),
      sleep: (ms) => new Promise((resolve) => after(ms * 1000, resolve)),
      yield: () => new Promise((resolve) => after(5, resolve)),
      hold: (ms) => void (this.nowUs += ms * 1000),
    };
  }

  randomBytes(): Random {
    return {
      bytes: (count) => Uint8Array.from({ length: count }, () => this.random.below(256)),
    };
  }
}

/** More than any chain of promises in a server has. */
const HOPS = 32;

/**
 * Lets all promises that can go on do so. They wait for nothing but each other, so a few rounds of the engine's
 * own queue are enough: a look at Deno's loop would cost ten times as much.
 */
async function settle(): Promise<void> {
  for (let i = 0; i < HOPS; i++) await null;
}

/** The events to come, the next one first. */
class Heap {
  readonly #items: Event[] = [];

  get first(): Event | undefined {
    return this.#items[0];
  }

  push(event: Event): void {
    const items = this.#items;
    let at = items.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, items[parent])) break;
      items[at] = items[parent];
      at = parent;
    }
    items[at] = event;
  }

  pop(): void {
    const items = this.#items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && isBefore(items[child + 1], items[child])) child++;
      if (!isBefore(items[child], last)) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = last;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atUs !== other.atUs ? one.atUs < other.atUs : one.number < other.number;
}
