/** How often the cron ticks: `hz` times a second while anything happens, once a second else. */

import { assert, assertEquals } from "@std/assert";
import { Cron, type CronNeeds } from "./cron.ts";

/** A server of which the tests decide all that the cron looks at, and whose clock stands still. */
class Still {
  readonly values = { hz: 10, "dynamic-hz": true, timeout: 0 };
  nowUs = 1;
  calls = 0;
  hasKeys = false;
  restMs = Infinity;
  ticks = 0;
  readonly cron: Cron;

  constructor() {
    const nothing = { run: () => false, look: () => {}, check: () => Infinity };
    const now = () => this.nowUs;
    const [calls, hasKeys] = [() => this.calls, () => this.hasKeys];
    const needs = {
      core: { usedBytes: 0, at: {}, u64: () => 0 },
      clock: { monotonicUs: now },
      config: { values: this.values },
      clients: { all: new Set() },
      limits: {},
      stats: { totalCalls: calls, loop: { cronUs: 0, cycles: 0, durationUs: 0 } },
      lazyFree: nothing,
      fieldExpiry: nothing,
      eviction: { slice: () => false },
      snapshots: { run: () => Infinity },
      tracking: { limit() {}, isOverLimit: false },
      idlePages: nothing,
      defrag: { look() {}, run: () => Infinity },
      loading: { active: false },
      pause: { active: false, check: () => Infinity },
      blocked: nothing,
      expiry: {
        run: () => false,
        begin() {},
        get hasKeys() {
          return hasKeys();
        },
      },
      get nowMs() {
        return now() / 1000;
      },
    };
    this.cron = new Cron(needs as unknown as CronNeeds);
    this.cron.every(() => void this.ticks++, () => this.restMs);
  }

  /** Runs it as a loop does that sleeps as long as it may. @returns how often it ticked */
  sleep(ms: number): number {
    const [endUs, before] = [this.nowUs + ms * 1000, this.ticks];
    while (this.nowUs < endUs) {
      const waitMs = this.cron.run(this.nowUs);
      this.nowUs = Math.min(endUs, this.nowUs + waitMs * 1000);
    }
    return this.ticks - before;
  }
  /** Something else wakes it. @returns ms for which it would sleep then */
  wake(): number {
    return this.cron.run(this.nowUs);
  }
}

Deno.test("cron: a server of which nothing is asked ticks once a second", () => {
  const still = new Still();
  still.sleep(1000);
  assertEquals(still.sleep(10_000), 10);
});

Deno.test("cron: a command has it tick as soon as by hz, and once more for what it has left", () => {
  const still = new Still();
  still.sleep(5500);
  still.calls++;
  const { ticks } = still;
  still.wake();
  assertEquals(still.ticks, ticks + 1);
  for (let i = 0; i < 20; i++) {
    still.calls++;
    still.wake();
    still.nowUs += 100_000;
  }
  assert(still.ticks >= ticks + 20);
});

Deno.test("cron: what has an expiry, a room that needs ticks, and dynamic-hz no: hz", () => {
  for (
    const make of [
      (still: Still) => still.hasKeys = true,
      (still: Still) => still.restMs = 0,
      (still: Still) => still.values["dynamic-hz"] = false,
    ]
  ) {
    const still = new Still();
    still.sleep(3000);
    make(still);
    still.wake();
    still.sleep(1000);
    const ticks = still.sleep(1000);
    assert(ticks >= 9 && ticks <= 11, `${ticks}`);
  }
});

Deno.test("cron: a room says when it needs the next one, and what wakes the loop may change that", () => {
  const still = new Still();
  still.sleep(3000);
  still.restMs = 400;
  assertEquals(still.wake(), 400);
  still.nowUs += 399_000;
  still.restMs = 1;
  const { ticks } = still;
  assertEquals(still.wake(), 1);
  assertEquals(still.ticks, ticks);
  still.restMs = 0;
  still.wake();
  assertEquals(still.ticks, ticks + 1);
  still.restMs = Infinity;
  assertEquals(still.sleep(999), 0);
});
