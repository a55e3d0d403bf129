/** Requests of all sizes in pieces of any size: arguments above and below what gets a place of its own. */

import { assertEquals } from "@std/assert";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { start } from "../../mod.ts";
import { bytesOf, concat, request, Wire } from "./wire.ts";

const LENGTHS = [0, 10, 1000, 9000, 32_768, 32_769, 40_000, 66_000, 70_000, 150_000];
const ROUNDS = 80;

Deno.test("large and small arguments in one command, in pieces of any size", async () => {
  const seed = seedFromEnv("ETNA_SEED");
  const random = new SeededRandom(seed);
  const etna = await start({ port: 0 });
  try {
    for (let round = 0; round < ROUNDS; round++) {
      using wire = await Wire.connect({ kind: "tcp", port: etna.port });
      const [field, value, echo] = ["f", "v", "e"].map((letter) =>
        letter.repeat(random.pick(LENGTHS))
      );
      const bytes = concat([
        request("ECHO", "first"),
        request("HSET", "key", field, value, "other", echo),
        request("HMGET", "key", "other", field),
        request("ECHO", echo),
        request("DEL", "key"),
      ]);
      const expected = `$5\r\nfirst\r\n:${field === "other" ? 1 : 2}\r\n*2\r\n${bulk(echo)}` +
        `${bulk(value)}${bulk(echo)}:1\r\n`;
      for (let at = 0; at < bytes.length;) {
        const size = random.pick([bytes.length, random.between(1, 70_000), random.between(1, 200)]);
        await wire.send(bytes.subarray(at, at + size));
        at += size;
        if (random.chance(0.3)) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const got = await wire.readText(bytesOf(expected).length);
      assertEquals(got === expected, true, `seed ${seed}, round ${round}: ${got.slice(0, 80)}`);
    }
  } finally {
    await etna.close();
  }
});

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}
