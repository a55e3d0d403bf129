/** In what the loop waits: in its sockets by itself, or in the process's own loop. */

import { assert, assertEquals } from "@std/assert";
import type { Poller } from "../env/network.ts";
import { Loop } from "./loop.ts";

/** A world whose time passes only where the loop waits. */
class World {
  nowUs = 1_000_000;
  quietUs = Infinity;
  /** Ms after which background work is due, each time. */
  dueMs = 800;
  /** What the poller finds, one wait after the other; nothing then. */
  found: number[] = [];
  /** What the loop did, in order: `wait` and `idle` with ms, `yield`. */
  readonly done: string[] = [];
  readonly #loop: Loop;
  #endUs = 0;
  readonly #ended = Promise.withResolvers<void>();

  constructor(embedded = false) {
    const poller = {
      wait: (ms: number) => {
        const found = this.found.shift() ?? 0;
        this.#pass("wait", found === 0 ? ms : 0);
        return found;
      },
      idle: (ms: number) => Promise.resolve(this.#pass("idle", ms)),
      handle() {},
      interrupt() {},
    } as unknown as Poller;
    const handler = {
      beginTurn() {},
      endTurn() {},
      serveReady: () => false,
      cron: () => this.dueMs,
      failed(error: unknown) {
        throw error;
      },
    };
    const timers = {
      yield: () => Promise.resolve(void this.done.push("yield")),
      sleep: () => Promise.resolve(),
      after: () => () => {},
      hold() {},
    };
    const clock = { nowMs: () => 0, monotonicUs: () => this.nowUs };
    const quietUs = () => this.quietUs;
    this.#loop = new Loop(handler, clock, timers, poller, embedded, () => false, quietUs);
  }

  #pass(what: string, ms: number): void {
    this.done.push(`${what} ${ms}`);
    this.nowUs += Math.max(ms * 1000, 1);
    if (this.nowUs >= this.#endUs) this.#loop.stop().then(this.#ended.resolve);
  }

  /** Runs the loop for so long, once. @returns what it did */
  async run(ms: number): Promise<string[]> {
    this.#endUs = this.nowUs + ms * 1000;
    this.#loop.start();
    await this.#ended.promise;
    return this.done;
  }
}

const waits = (done: string[]) => done.filter((what) => what !== "yield");

Deno.test("loop: while nothing is to come by the process's loop it waits by itself until work is due", async () => {
  const done = await new World().run(4800);
  assertEquals(waits(done).slice(1), Array(6).fill("wait 800"));
  // That loop gets its chance before the first such wait, and now and then.
  assertEquals(done[1], "yield");
  assertEquals(done.filter((what) => what === "yield").length, 4);
});

Deno.test("loop: for what is to come later it waits no longer than until then", async () => {
  const world = new World();
  world.quietUs = 300_900;
  assertEquals(waits(await world.run(900)).slice(1), ["wait 300", "wait 300", "wait 300"]);
});

Deno.test("loop: requests now and then find it waiting by itself, each", async () => {
  const world = new World();
  world.found = [0, 1, 0, 1, 0, 1, 1, 0, 1];
  const done = await world.run(4000);
  assert(!done.some((what) => what.startsWith("idle") || what === "wait 2"), done.join());
});

Deno.test("loop: where something may come at once, or inside a program, the process's loop is free", async () => {
  const [busy, embedded] = [new World(), new World(true)];
  busy.quietUs = 0;
  for (const world of [busy, embedded]) {
    const done = await world.run(4000);
    assert(done.includes("idle 800"), done.join());
    assert(!done.includes("wait 800"), done.join());
  }
});

Deno.test("loop: a signal is brought by the process's loop, at once", async () => {
  const world = new World();
  world.found = [0, 0, -1];
  const done = await world.run(4000);
  assertEquals(done.slice(done.indexOf("idle 20") - 1).slice(0, 4), [
    "wait 0",
    "idle 20",
    "yield",
    "wait 800",
  ]);
});
