/**
 * What MONITOR and SLOWLOG tell of random commands, beside real Redis. ETNA_SEED repeats a run,
 * ETNA_RANDOM_COUNT sets the number of commands (default 4000).
 */

import { assertEquals } from "@std/assert";
import { findOracle } from "../../../tests/support/oracle.ts";
import { SeededRandom, seedFromEnv } from "../../../tests/support/random.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";
import { itemsOf, textOf } from "../../../tests/support/resp_reply.ts";
import type { ServerHandle } from "../../../tests/support/server_process.ts";
import { startPair } from "../../../tests/compat/harness.ts";
import { randomCommands } from "../../../tests/compat/random_commands.ts";

const DEFAULT_COUNT = 4000;
const BATCH = 100;

const seed = seedFromEnv("ETNA_SEED");
const count = Number(Deno.env.get("ETNA_RANDOM_COUNT") ?? DEFAULT_COUNT);

/** Commands that differ in what these two see of them: long, many, secret, wrong, of every byte. */
function oddCommand(random: SeededRandom): string[] {
  const bytes = (length: number) =>
    Array.from({ length }, () => String.fromCharCode(random.below(256))).join("");
  switch (random.below(9)) {
    case 0:
      return ["ECHO", bytes(random.between(0, 300))];
    case 1:
      return ["DEL", ...Array.from({ length: random.between(1, 40) }, () => bytes(3))];
    case 2:
      return ["AUTH", ...Array.from({ length: random.between(1, 3) }, () => bytes(5))];
    case 3:
      return ["CONFIG", "SET", "masterauth", bytes(5), "hz", "10"];
    case 4:
      return ["HELLO", random.pick(["2", "3"]), "AUTH", "user", "secret"];
    case 5:
      return [bytes(4), bytes(4)];
    case 6:
      return ["MULTI"];
    case 7:
      return ["EXEC"];
    default:
      return ["CLIENT", random.pick(["GETNAME", "NO-EVICT", "INFO"]), "OFF"];
  }
}

/** What both commands told: lines of MONITOR without their times, arguments of the slow log. */
async function observe(server: ServerHandle, commands: string[][]) {
  using client = await RespClient.connect(server, 10_000);
  using monitor = await RespClient.connect(server, 10_000);
  const { localAddress } = client;
  const told = { lines: [] as string[], slow: [] as string[] };
  const settings = ["slowlog-log-slower-than", "0", "slowlog-max-len", "1000"];
  await monitor.command("CONFIG", "SET", ...settings);
  await monitor.command("MONITOR");
  await client.command("FLUSHALL");
  for (let from = 0; from < commands.length; from += BATCH) {
    await client.command("SLOWLOG", "RESET");
    await client.pipeline(commands.slice(from, from + BATCH));
    await client.command("RESET");
    for (;;) {
      const line = textOf((await monitor.read()).reply).replace(/^\d+\.\d{6}/, "");
      told.lines.push(line.replaceAll(localAddress, "client"));
      if (line.endsWith('"RESET"')) break;
    }
    for (const entry of itemsOf((await client.command("SLOWLOG", "GET", "-1")).reply)) {
      told.slow.push(itemsOf(itemsOf(entry)[3]).map(textOf).join(" "));
    }
  }
  return told;
}

Deno.test({
  name: `observed / ${count} random commands from seed ${seed}`,
  ignore: findOracle() === undefined,
  async fn() {
    await using pair = await startPair();
    const random = new SeededRandom(seed);
    const commands = randomCommands(seed, count).map(({ args }) =>
      random.chance(0.2) ? oddCommand(random) : args
    );
    const [expected, got] = await Promise.all([
      observe(pair.oracle, commands),
      observe(pair.subject, commands),
    ]);
    const repeat = `repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${count}`;
    for (const kind of ["lines", "slow"] as const) {
      const at = expected[kind].findIndex((line, i) => line !== got[kind][i]);
      assertEquals(got[kind].slice(at, at + 3), expected[kind].slice(at, at + 3), repeat);
      assertEquals(got[kind].length, expected[kind].length, repeat);
    }
  },
});
