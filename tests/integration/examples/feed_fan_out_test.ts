/**
 * Feeds: what somebody posts is put into the feeds of those who follow them, so that to read a feed is to read one
 * stream.
 *
 * A feed keeps the last posts only, and only their numbers: the post itself is stored once, and may be changed or
 * deleted. Whoever has more followers than it is worth to write to is not fanned out: their posts are merged when a feed
 * is read.
 */

import { assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { start } from "../../../mod.ts";

/** Posts that a feed keeps, and followers up to which a post is written to each feed. */
const FEED_POSTS = 100;
const FAN_OUT_MAX = 1000;

interface Post {
  id: string;
  author: string;
  text: string;
}

class Feeds {
  constructor(readonly redis: Redis) {}

  async follow(follower: string, author: string): Promise<void> {
    await this.redis.multi()
      .sadd(`followers:${author}`, follower)
      .sadd(`following:${follower}`, author)
      .exec();
  }

  async post(author: string, text: string): Promise<string> {
    const id = String(await this.redis.incr("posts"));
    const followers = await this.redis.scard(`followers:${author}`);
    const writes = this.redis.pipeline()
      .hset(`post:${id}`, { author, text })
      .lpush(`posts:${author}`, id)
      .ltrim(`posts:${author}`, 0, FEED_POSTS - 1);
    if (followers > FAN_OUT_MAX) writes.sadd("read-when-asked", author);
    else {
      for (const follower of await this.redis.smembers(`followers:${author}`)) {
        writes.lpush(`feed:${follower}`, id).ltrim(`feed:${follower}`, 0, FEED_POSTS - 1);
      }
    }
    await writes.exec();
    return id;
  }

  /** The newest posts of those whom somebody follows. */
  async read(reader: string, count: number): Promise<Post[]> {
    const celebrities = await this.redis.sinter(`following:${reader}`, "read-when-asked");
    const lists = [`feed:${reader}`, ...celebrities.map((author) => `posts:${author}`)];
    const reads = this.redis.pipeline();
    for (const list of lists) reads.lrange(list, 0, count - 1);
    const found = (await reads.exec())!.flatMap(([, ids]) => ids as string[]);
    const newest = [...new Set(found)].sort((a, b) => Number(b) - Number(a)).slice(0, count);
    const bodies = this.redis.pipeline();
    for (const id of newest) bodies.hgetall(`post:${id}`);
    const posts = (await bodies.exec())!.map(([, fields]) => fields as Record<string, string>);
    // A post that has been deleted is left out, wherever its number still is.
    return newest.flatMap((id, i): Post[] => {
      const { author, text } = posts[i];
      return author === undefined ? [] : [{ id, author, text }];
    });
  }
}

Deno.test("example: fan-out of feeds", async () => {
  const etna = await start({ port: 0 });
  const redis = new Redis(etna.port, "127.0.0.1");
  try {
    const feeds = new Feeds(redis);
    await feeds.follow("ada", "grace");
    await feeds.follow("ada", "star");
    await feeds.follow("alan", "grace");
    const fans = Array.from({ length: FAN_OUT_MAX }, (_, i) => `fan:${i}`);
    await redis.sadd("followers:star", fans);

    const first = await feeds.post("grace", "nanoseconds");
    await feeds.post("star", "hello, all");
    await feeds.post("grace", "a moth");
    const texts = async (reader: string) => (await feeds.read(reader, 10)).map(({ text }) => text);
    assertEquals(await texts("ada"), ["a moth", "hello, all", "nanoseconds"]);
    assertEquals(await texts("alan"), ["a moth", "nanoseconds"]);

    await redis.del(`post:${first}`);
    assertEquals(await texts("alan"), ["a moth"]);
    for (let i = 0; i < FEED_POSTS + 5; i++) await feeds.post("grace", `${i}`);
    assertEquals(await redis.llen("feed:alan"), FEED_POSTS);
  } finally {
    redis.disconnect();
    await etna.close();
  }
});
