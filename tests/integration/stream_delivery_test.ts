/**
 * Consumers of a group that crash at random: every entry is delivered to one that acknowledges it, and none
 * is delivered again once it has been acknowledged.
 */

import { assertEquals } from "@std/assert";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { RespClient } from "../support/resp_client.ts";
import { itemsOf, type Reply, textOf } from "../support/resp_reply.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { startSubject } from "../support/subject.ts";

const ENTRIES = 2000;
const CONSUMERS = 5;
const BATCH = 10;
/** Usually longer than a consumer takes between delivery and acknowledgement. */
const ABANDONED_MS = 1000;

/** What has become of the entries. */
class Ledger {
  /** The moment at which each entry's acknowledgement was known; moments are numbered. */
  readonly acknowledged = new Map<string, number>();
  readonly again: string[] = [];
  #moment = 0;

  now(): number {
    return ++this.#moment;
  }

  acknowledge(ids: readonly string[]): void {
    for (const id of ids) this.acknowledged.set(id, this.now());
  }

  /** @param askedAt when they were asked for: what was acknowledged later may have been on its way */
  delivered(ids: readonly string[], askedAt: number): void {
    for (const id of ids) if (this.acknowledged.get(id)! < askedAt) this.again.push(id);
  }
}

const idsOf = (entries: Reply): string[] =>
  itemsOf(entries).map((entry) => textOf(itemsOf(entry)[0]));

/** Reads and acknowledges until all is done; now and then forgets what it has read and begins anew. */
async function consume(server: ServerHandle, name: string, random: SeededRandom, ledger: Ledger) {
  while (ledger.acknowledged.size < ENTRIES) {
    using client = await RespClient.connect(server);
    let crashes = false;
    while (!crashes && ledger.acknowledged.size < ENTRIES) {
      const claims = random.chance(0.3);
      const words = claims
        ? ["XAUTOCLAIM", "s", "g", name, `${ABANDONED_MS}`, "0", "COUNT", `${BATCH}`]
        : [
          "XREADGROUP",
          "GROUP",
          "g",
          name,
          "COUNT",
          `${BATCH}`,
          "BLOCK",
          "20",
          "STREAMS",
          "s",
          ">",
        ];
      const askedAt = ledger.now();
      const { reply } = await client.command(...words);
      if (reply.kind === "null") continue;
      const ids = idsOf(claims ? itemsOf(reply)[1] : itemsOf(itemsOf(reply)[0])[1]);
      ledger.delivered(ids, askedAt);
      crashes = random.chance(0.1);
      if (crashes || ids.length === 0) continue;
      await client.command("XACK", "s", "g", ...ids);
      ledger.acknowledge(ids);
    }
  }
}

Deno.test("every entry is acknowledged, and none is delivered after that", async () => {
  const seed = seedFromEnv("ETNA_SEED");
  const random = new SeededRandom(seed);
  await using server = await startSubject();
  using producer = await RespClient.connect(server);
  await producer.command("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
  const ledger = new Ledger();
  const consumers = Array.from(
    { length: CONSUMERS },
    (_, i) => consume(server, `c${i}`, new SeededRandom(random.nextUint32()), ledger),
  );
  for (let i = 0; i < ENTRIES; i++) await producer.command("XADD", "s", "*", "n", String(i));
  await Promise.all(consumers);
  assertEquals(ledger.again, [], `repeat with ETNA_SEED=${seed}`);
  const { reply } = await producer.command("XPENDING", "s", "g");
  assertEquals(textOf(itemsOf(reply)[0]), "0");
  const entries = await producer.command("XRANGE", "s", "-", "+");
  assertEquals(new Set(idsOf(entries.reply)), new Set(ledger.acknowledged.keys()));
});
