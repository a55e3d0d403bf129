/**
 * Pipelines over collections so large that the core looks ahead at their members: what comes back must
 * be what one command at a time would have given, whatever the commands beside it are.
 */

import { assertEquals } from "@std/assert";
import { start } from "../../mod.ts";
import { fuzz, type Random } from "../../core-as/host/testing.ts";

/** Above lookahead.ts's MIN_MEMBERS. */
const members = 300_000;
const name = (index: number) => `member:${index}`;

/** A client that sends a whole pipeline at once and reads one line a command. */
class Pipeline {
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  readonly #buffer = new Uint8Array(65_536);
  constructor(readonly connection: Deno.Conn) {}

  /** @returns the replies' last lines: of a bulk string its text */
  async send(commands: readonly (readonly string[])[]): Promise<string[]> {
    const text = commands.map((words) =>
      `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`
    ).join("");
    const bytes = this.#encoder.encode(text);
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.connection.write(bytes.subarray(sent));
    }
    let received = "";
    for (;;) {
      const replies = this.#parse(received, commands.length);
      if (replies) return replies;
      const size = await this.connection.read(this.#buffer);
      if (size === null) throw new Error("closed");
      received += this.#decoder.decode(this.#buffer.subarray(0, size));
    }
  }

  #parse(text: string, count: number): string[] | null {
    const lines = text.split("\r\n");
    lines.pop();
    const replies: string[] = [];
    for (let i = 0; i < lines.length && replies.length < count; i++) {
      const isBulk = lines[i].startsWith("$") && lines[i] !== "$-1";
      if (isBulk && i + 1 === lines.length) return null;
      replies.push(isBulk ? lines[++i] : lines[i]);
    }
    return replies.length === count ? replies : null;
  }
}

/** Words that add the first half of the members to the three collections. */
function* fillings(): Generator<string[]> {
  for (let first = 0; first < members; first += 1000) {
    const indices = Array.from({ length: 1000 }, (_, i) => first + i);
    yield ["HSET", "hash", ...indices.flatMap((i) => [name(i), `${i}`])];
    yield ["SADD", "set", ...indices.map(name)];
    yield ["ZADD", "zset", ...indices.flatMap((i) => [`${i}`, name(i)])];
  }
}

/** One random command and the reply that the model has for it. */
function step(
  random: Random,
  hash: Map<number, string>,
  set: Set<number>,
  zset: Map<number, string>,
): [string[], string] {
  const i = random(2 * members);
  const value = `${random(1000)}`;
  switch (random(9)) {
    case 0: {
      const isNew = !hash.has(i);
      hash.set(i, value);
      return [["HSET", "hash", name(i), value], isNew ? ":1" : ":0"];
    }
    case 1:
      return [["HGET", "hash", name(i)], hash.get(i) ?? "$-1"];
    case 2:
      return [["HDEL", "hash", name(i)], hash.delete(i) ? ":1" : ":0"];
    case 3: {
      const isNew = !set.has(i);
      set.add(i);
      return [["SADD", "set", name(i)], isNew ? ":1" : ":0"];
    }
    case 4:
      return [["SISMEMBER", "set", name(i)], set.has(i) ? ":1" : ":0"];
    case 5:
      return [["SREM", "set", name(i)], set.delete(i) ? ":1" : ":0"];
    case 6: {
      const isNew = !zset.has(i);
      zset.set(i, value);
      return [["ZADD", "zset", value, name(i)], isNew ? ":1" : ":0"];
    }
    case 7:
      return [["ZSCORE", "zset", name(i)], zset.get(i) ?? "$-1"];
    default:
      return [["STRLEN", name(i)], ":0"];
  }
}

Deno.test("members looked ahead at in a pipeline are found as one by one", () =>
  fuzz(async (random) => {
    const etna = await start({ port: 0 });
    try {
      using connection = await Deno.connect({ port: etna.port });
      const pipeline = new Pipeline(connection);
      for (const words of fillings()) await pipeline.send([words]);
      const indices = Array.from({ length: members }, (_, i) => i);
      const hash = new Map(indices.map((i) => [i, `${i}`]));
      const set = new Set(indices);
      const zset = new Map(hash);
      for (let round = 0; round < 300; round++) {
        const steps = Array.from({ length: 1 + random(100) }, () => step(random, hash, set, zset));
        const replies = await pipeline.send(steps.map(([words]) => words));
        assertEquals(replies, steps.map(([, reply]) => reply));
      }
    } finally {
      await etna.close();
    }
  }));
