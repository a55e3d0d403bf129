import { assertEquals, assertMatch } from "@std/assert";
import { latencyReport } from "./doctor.ts";
import type { LatencyEvent } from "./events.ts";

const facts = { thresholdMs: 10, slowlogUs: 10_000, tenacity: 10, hz: 10 };
const event = (...ms: number[]): LatencyEvent => ({
  samples: ms.map((ms, i) => ({ timeS: 100 + i * 2, ms })),
  maxMs: Math.max(...ms),
});
/** How many pieces of advice a report on these events has. */
const advices = (names: string[], changed = {}) =>
  latencyReport(new Map(names.map((name) => [name, event(20)])), { ...facts, ...changed })
    .split("\n").filter((line) => line.startsWith("- "));

Deno.test("latencyReport: the figures of each event", () => {
  const report = latencyReport(new Map([["command", event(20, 40, 60)]]), facts);
  assertMatch(
    report,
    /1\. command: 3 latency spikes \(average 40 ms, mean deviation 13 ms, every 2\.00 s\)\. Worst of all: 60 ms\.\n/,
  );
});

Deno.test("latencyReport: advice that fits what happened", () => {
  assertEquals(advices(["command"]).length, 2);
  assertMatch(advices(["command"])[0], /SLOWLOG GET/);
  assertMatch(advices(["command"], { slowlogUs: -1 })[0], /slowlog-log-slower-than 10000/);
  assertMatch(advices(["command"], { slowlogUs: 20_000 })[0], /slowlog-log-slower-than 10000/);
  assertMatch(advices(["expire-cycle"]).join(), /^- Many keys expire/);
  assertMatch(advices(["eviction-cycle"], { tenacity: 50 }).join(), /\(now 50\)/);
  assertEquals(advices(["command", "fast-command", "expire-cycle", "eviction-cycle"]).length, 5);
});

Deno.test("latencyReport: nothing measured, nothing slow", () => {
  assertMatch(latencyReport(new Map(), { ...facts, thresholdMs: 0 }), /is off/);
  assertMatch(latencyReport(new Map(), facts), /Nothing has taken 10 ms/);
});
