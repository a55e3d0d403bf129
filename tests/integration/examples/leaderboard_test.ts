/**
 * A leaderboard: one sorted set. The best scores, somebody's rank and who is around them take a few microseconds
 * each, however many players there are.
 *
 * Whoever got to a score first is ahead of others with the same: the score is followed, behind the point, by how
 * long before the end of the season it was made.
 */

import { assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { start } from "../../../mod.ts";

/** Seconds of a season, and more than that: the whole part of a score stays exact up to 2^53 / SEASON. */
const SEASON = 2 ** 24;

class Leaderboard {
  constructor(readonly redis: Redis, readonly key: string) {}

  /** Keeps a player's best. @param second of the season @returns whether it was one */
  async submit(player: string, points: number, second: number): Promise<boolean> {
    const score = points + (SEASON - 1 - second) / SEASON;
    const changed = await this.redis.zadd(this.key, "GT", "CH", score, player);
    return Number(changed) === 1;
  }

  top(count: number): Promise<[string, number][]> {
    return this.#range(0, count - 1);
  }

  /** From 1; null for somebody who has not played. */
  async rank(player: string): Promise<number | null> {
    const rank = await this.redis.zrevrank(this.key, player);
    return rank === null ? null : rank + 1;
  }

  /** A player, and as many on either side as asked for. */
  async around(player: string, distance: number): Promise<[string, number][]> {
    const rank = await this.rank(player);
    if (rank === null) return [];
    return this.#range(Math.max(0, rank - 1 - distance), rank - 1 + distance);
  }

  async #range(from: number, to: number): Promise<[string, number][]> {
    const flat = await this.redis.zrevrange(this.key, from, to, "WITHSCORES");
    return flat.flatMap((player, i): [string, number][] =>
      i % 2 === 0 ? [[player, Math.floor(Number(flat[i + 1]))]] : []
    );
  }
}

Deno.test("example: a leaderboard", async () => {
  const etna = await start({ port: 0 });
  const redis = new Redis(etna.port, "127.0.0.1");
  try {
    const board = new Leaderboard(redis, "board:autumn");
    assertEquals(await board.submit("ada", 700, 10), true);
    assertEquals(await board.submit("grace", 900, 11), true);
    assertEquals(await board.submit("alan", 700, 12), true);
    assertEquals(await board.submit("edsger", 300, 13), true);
    assertEquals(await board.submit("grace", 100, 14), false);

    assertEquals(await board.top(3), [["grace", 900], ["ada", 700], ["alan", 700]]);
    assertEquals(await board.rank("alan"), 3);
    assertEquals(await board.rank("nobody"), null);
    assertEquals(await board.around("alan", 1), [["ada", 700], ["alan", 700], ["edsger", 300]]);

    // Two weeks are one: the union takes the better score.
    await redis.zadd("board:winter", 1000, "edsger");
    await redis.zunionstore("board:year", 2, board.key, "board:winter", "AGGREGATE", "MAX");
    assertEquals((await new Leaderboard(redis, "board:year").top(1))[0], ["edsger", 1000]);
  } finally {
    redis.disconnect();
    await etna.close();
  }
});
