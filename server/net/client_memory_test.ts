import { assertEquals } from "@std/assert";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";
import { Config } from "../config/config.ts";
import { startServer } from "../main.ts";
import { LoopbackClient } from "./loopback.ts";
import { testEnvironment } from "../../tests/support/environment.ts";

Deno.test("the sum of clients' memory: what was counted of each, and of each what it has", async () => {
  const seed = seedFromEnv("ETNA_SEED");
  console.log(`ETNA_SEED=${seed}`);
  const random = new SeededRandom(seed);
  const running = await startServer(
    { config: new Config(), embedded: true, listens: false },
    testEnvironment(),
  );
  const { server } = running;
  const { clientMemory, clients } = server;
  const sum = (of: (connection: Parameters<typeof clientMemory.note>[0]) => number) =>
    [...clients.all.values()].reduce((total, connection) => total + of(connection), 0);
  let all: LoopbackClient[] = [];
  const steps: ((word: string) => string[])[] = [
    () => ["MULTI"],
    (word) => ["SET", "k", word],
    () => ["EXEC"],
    () => ["DISCARD"],
    (word) => ["WATCH", word, "k"],
    () => ["UNWATCH"],
    (word) => ["SUBSCRIBE", word],
    (word) => ["PSUBSCRIBE", word],
    () => ["RESET"],
    () => ["CLIENT", "NO-EVICT", random.pick(["on", "off"])],
    (word) => ["BLPOP", word, "0"],
    () => ["INFO", "clients"],
  ];
  for (let step = 0; step < 1500; step++) {
    if (all.length < 5 || random.chance(0.05)) all.push(new LoopbackClient(server));
    const client = random.pick(all);
    if (random.chance(0.03)) client.end();
    else client.call(random.pick(steps)("w".repeat(random.below(300))), false).catch(() => {});
    if (random.chance(0.3)) await new Promise((resolve) => setTimeout(resolve));
    all = all.filter(({ closed }) => !closed);
    assertEquals(clientMemory.evictableBytes, sum((one) => one.countedBytes), `seed ${seed}`);
    if (!random.chance(0.05)) continue;
    for (const connection of clients.all.values()) clientMemory.note(connection);
    const held = sum((one) => one.noEvict ? 0 : clientMemory.bytesOf(one));
    assertEquals(clientMemory.evictableBytes, held, `seed ${seed}`);
  }
  for (const client of all) client.end();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(clientMemory.evictableBytes, 0, `seed ${seed}`);
  await running.close();
});
