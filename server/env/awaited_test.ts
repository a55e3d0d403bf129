import { assertEquals } from "@std/assert";
import { Awaited } from "./awaited.ts";

Deno.test("awaited: nothing is quiet while a promise is not settled, whichever way", async () => {
  const awaited = new Awaited();
  assertEquals(awaited.quietUs(0), Infinity);
  const [kept, broken] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()];
  const both = [awaited.of(kept.promise), awaited.of(broken.promise).catch(() => 2)];
  assertEquals(awaited.quietUs(0), 0);
  kept.resolve(1);
  assertEquals(await both[0], 1);
  assertEquals(awaited.quietUs(0), 0);
  broken.reject(new Error("broken"));
  assertEquals(await both[1], 2);
  assertEquals(awaited.quietUs(0), Infinity);
});

Deno.test("awaited: it is quiet until the next timer that is not over", () => {
  const awaited = new Awaited();
  const late = awaited.timer(5000);
  const early = awaited.timer(2000);
  assertEquals(awaited.quietUs(500), 1500);
  // One that is late is still to come.
  assertEquals(awaited.quietUs(2500), 0);
  early();
  assertEquals(awaited.quietUs(2500), 2500);
  late();
  assertEquals(awaited.quietUs(6000), Infinity);
});
