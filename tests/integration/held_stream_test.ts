/**
 * A replica that saves while its primary changes large values: the primary's stream waits until the one it is
 * about to change is written, the replica's own clients do not. ETNA_SEED repeats a run.
 */

import { assert, assertEquals } from "@std/assert";
import { Node } from "../support/nodes.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";

const COUNT = 60_000;
const FILL = `for i = 1, ${COUNT} do
  redis.call('RPUSH', 'list', 'element ' .. i)
  redis.call('HSET', 'hash', 'f' .. i, 'value ' .. i * 7)
  redis.call('ZADD', 'zset', i / 3, 'm' .. i)
end`;
const seed = seedFromEnv("ETNA_SEED");

function changes(random: SeededRandom): string[][] {
  const single = random.pick([
    ["LSET", "list", `${random.below(1000)}`, `new ${random.below(1000)}`],
    ["HINCRBY", "hash", `n${random.below(COUNT)}`, "1"],
    ["ZINCRBY", "zset", "1", `m${random.below(COUNT)}`],
    ["SET", `small:${random.below(4000)}`, `${random.below(1000)}`],
  ]);
  if (random.below(4) !== 0) return [single];
  return [["MULTI"], single, ["ZADD", "zset", "7", `m${random.below(COUNT)}`], ["EXEC"]];
}

Deno.test(`a replica's snapshot holds the stream of its primary, seed ${seed}`, async () => {
  const random = new SeededRandom(seed);
  await using primary = await Node.start("etna");
  await using replica = await Node.start("etna");
  await using follower = await Node.start("etna");
  await primary.say("EVAL", FILL, "0");
  for (let i = 0; i < 4000; i++) await primary.say("SET", `small:${i}`, "v");
  await replica.follow(primary);
  await follower.follow(replica);
  await follower.equals(primary);
  let held = 0;
  for (let saves = 0; saves < 3 || held === 0; saves++) {
    assert(saves < 40, "nothing was held in 40 snapshots");
    await replica.say("BGSAVE");
    while (await replica.row("rdb_bgsave_in_progress", "persistence") === "1") {
      await primary.client.pipeline(Array.from({ length: 20 }, () => changes(random)).flat());
      if (await replica.row("blocked_clients", "clients") !== "0") held++;
    }
    assertEquals(await replica.row("rdb_last_bgsave_status", "persistence"), "ok");
  }
  await replica.equals(primary);
  await follower.equals(primary);
  assertEquals(await replica.row("blocked_clients", "clients"), "0");
  // What it has saved is whole.
  assertEquals(await replica.say("DEBUG", "RELOAD"), "OK");
  await replica.equals(primary);
});
