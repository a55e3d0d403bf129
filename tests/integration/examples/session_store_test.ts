/**
 * Sessions: a hash for each, which lives as long as it is used, and a set of each user's sessions, so that all of them
 * can be ended at once.
 *
 * A session that has gone by itself stays in its user's set until that is next looked at: the set is an index, the hash
 * is what counts.
 */

import { assert, assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { start } from "../../../mod.ts";

/** Reads a session (KEYS[1]) and lets it live for another ARGV[1] ms: one step, or it could go in between. */
const TOUCH = `
local fields = redis.call("HGETALL", KEYS[1])
if #fields > 0 then redis.call("PEXPIRE", KEYS[1], ARGV[1]) end
return fields`;

class Sessions {
  constructor(readonly redis: Redis, readonly idleMs: number) {}

  async begin(user: string, data: Record<string, string>): Promise<string> {
    const id = crypto.randomUUID();
    await this.redis.multi()
      .hset(`session:${id}`, { user, ...data })
      .pexpire(`session:${id}`, this.idleMs)
      .sadd(`sessions:${user}`, id)
      .exec();
    return id;
  }

  /** What a session holds, null when there is none any more. */
  async read(id: string): Promise<Record<string, string> | null> {
    const fields = await this.redis.eval(TOUCH, 1, `session:${id}`, this.idleMs) as string[];
    if (fields.length === 0) return null;
    return Object.fromEntries(
      fields.flatMap((name, i) => i % 2 === 0 ? [[name, fields[i + 1]]] : []),
    );
  }

  async end(id: string): Promise<void> {
    const user = await this.redis.hget(`session:${id}`, "user");
    await this.redis.del(`session:${id}`);
    if (user !== null) await this.redis.srem(`sessions:${user}`, id);
  }

  /** Ends all sessions of a user, after a change of password. @returns how many there were */
  async endAll(user: string): Promise<number> {
    const ids = await this.redis.smembers(`sessions:${user}`);
    if (ids.length === 0) return 0;
    const ended = await this.redis.del(ids.map((id) => `session:${id}`));
    await this.redis.srem(`sessions:${user}`, ids);
    return ended;
  }
}

Deno.test("example: a session store", async () => {
  const etna = await start({ port: 0 });
  const redis = new Redis(etna.port, "127.0.0.1");
  try {
    const sessions = new Sessions(redis, 300);
    const id = await sessions.begin("ada", { theme: "dark" });
    assertEquals(await sessions.read(id), { user: "ada", theme: "dark" });

    // What is read goes on living, well past the time that it would have had.
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert(await sessions.read(id) !== null);
    }
    await new Promise((resolve) => setTimeout(resolve, 350));
    assertEquals(await sessions.read(id), null);

    const [phone, laptop] = [await sessions.begin("ada", {}), await sessions.begin("ada", {})];
    await sessions.end(phone);
    assertEquals(await sessions.read(phone), null);
    assertEquals(await sessions.endAll("ada"), 1);
    assertEquals(await sessions.read(laptop), null);
  } finally {
    redis.disconnect();
    await etna.close();
  }
});
