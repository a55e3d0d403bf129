/**
 * What commands cost the server without the kernel and without a client: requests are laid where a
 * socket would have been read to, and replies are dropped. `deno run -A bench/micro/pipelines.ts
 * [regex]` prints ns of CPU per command, the least of several rounds, in pipelines of 16 and of 1. Other
 * processes hardly touch the least, so this tells whether a change of some per cent is one.
 */

import process from "node:process";

import type { Connection } from "../../server/net/connection.ts";
import type { Link } from "../../server/env/network.ts";
import { Config } from "../../server/config/config.ts";
import { startServer } from "../../server/main.ts";
import type { Server } from "../../server/server.ts";
import { testEnvironment } from "../../tests/support/environment.ts";

type Random = (below: number) => number;

/** A workload: what fills the server, and the words of one command. */
interface Row {
  name: string;
  fill?: (random: Random) => Iterable<string[]>;
  words: (random: Random) => string[];
  /** Commands of a round, where a round cannot be long. */
  commands?: number;
}

const CONNECTIONS = 16;
const ROUNDS = 7;
const DISTINCT = 64 * 1024;

const twelve = (index: number) => `${index}`.padStart(12, "0");

function* repeated(count: number, words: (index: number) => string[]): Generator<string[]> {
  for (let index = 0; index < count; index++) yield words(index);
}

const keys = 100_000;
const million = 1_000_000;
const bigZset = () =>
  repeated(million, (i) => ["ZADD", "zset", `${Math.imul(i, 2654435761) >>> 12}`, member(i)]);
const member = (index: number) => `member:${twelve(index)}`;

/** Words of commands that make small collections of 20 elements, each from nothing, in places of former ones. */
function grown(words: (key: string, element: number) => string[]): Row["words"] {
  let next = 0;
  return () => {
    const element = next++ % 21;
    const key = `small:${twelve(Math.trunc(next / 21) % 2000)}`;
    return element ? words(key, element) : ["DEL", key];
  };
}

const rows: readonly Row[] = [
  { name: "PING", words: () => ["PING"] },
  {
    name: "GET (1M keys)",
    fill: () => repeated(million, (i) => ["SET", `key:${twelve(i)}`, "x".repeat(64)]),
    words: (random) => ["GET", `key:${twelve(random(million))}`],
  },
  { name: "lpush", words: () => ["LPUSH", "mylist", "VXK"] },
  { name: "rpush", words: () => ["RPUSH", "mylist", "VXK"] },
  {
    name: "lpop",
    fill: () => repeated(4 * million, () => ["RPUSH", "mylist", "VXK"]),
    words: () => ["LPOP", "mylist"],
    commands: 400_000,
  },
  {
    name: "rpop",
    fill: () => repeated(4 * million, () => ["RPUSH", "mylist", "VXK"]),
    words: () => ["RPOP", "mylist"],
    commands: 400_000,
  },
  { name: "sadd", words: (random) => ["SADD", "myset", `element:${twelve(random(keys))}`] },
  {
    name: "hset",
    words: (random) => ["HSET", "myhash", `element:${twelve(random(keys))}`, "VXK"],
  },
  {
    name: "spop",
    fill: () => repeated(4 * million, (i) => ["SADD", "myset", `element:${twelve(i)}`]),
    words: () => ["SPOP", "myset"],
    commands: 400_000,
  },
  { name: "spop of nothing", words: () => ["SPOP", "myset"] },
  {
    name: "zadd",
    words: (random) => [
      ...["ZADD", "myzset", twelve(random(keys)), `element:${twelve(random(keys))}`],
    ],
  },
  {
    name: "zpopmin",
    fill: () => repeated(3 * million, (i) => ["ZADD", "myzset", "0", `element:${twelve(i)}`]),
    words: () => ["ZPOPMIN", "myzset"],
    commands: 250_000,
  },
  { name: "zpopmin of nothing", words: () => ["ZPOPMIN", "myzset"] },
  {
    name: "lrange_100",
    fill: () => repeated(keys, () => ["LPUSH", "mylist", "VXK"]),
    words: () => ["LRANGE", "mylist", "0", "99"],
    commands: 40_000,
  },
  {
    name: "lrange_600",
    fill: () => repeated(keys, () => ["LPUSH", "mylist", "VXK"]),
    words: () => ["LRANGE", "mylist", "0", "599"],
    commands: 8_000,
  },
  {
    name: "mset",
    words: (random) => [
      "MSET",
      ...Array.from({ length: 10 }, () => [`key:${twelve(random(keys))}`, "VXK"]).flat(),
    ],
    commands: 100_000,
  },
  {
    name: "ZADD (1M)",
    fill: bigZset,
    words: (random) => ["ZADD", "zset", `${random(million)}`, member(random(million))],
  },
  {
    name: "ZRANK (1M)",
    fill: bigZset,
    words: (random) => ["ZRANK", "zset", member(random(million))],
  },
  {
    name: "ZRANGE 100 (1M)",
    fill: bigZset,
    words: (random) => {
      const first = random(million - 100);
      return ["ZRANGE", "zset", `${first}`, `${first + 99}`];
    },
    commands: 40_000,
  },
  {
    name: "HGET (1M fields)",
    fill: () => repeated(million, (i) => ["HSET", "myhash", member(i), "some value of it"]),
    words: (random) => ["HGET", "myhash", member(random(million))],
  },
  {
    name: "HSET (100k small hashes)",
    fill: () =>
      repeated(
        keys * 10,
        (i) => ["HSET", `h:${twelve(i % keys)}`, `field:${Math.trunc(i / keys)}`, "value of it"],
      ),
    words: (random) => ["HSET", `h:${twelve(random(keys))}`, `field:${random(10)}`, "value of it"],
  },
  {
    name: "HGET (100k small hashes)",
    fill: () =>
      repeated(
        keys * 10,
        (i) => ["HSET", `h:${twelve(i % keys)}`, `field:${Math.trunc(i / keys)}`, "value of it"],
      ),
    words: (random) => ["HGET", `h:${twelve(random(keys))}`, `field:${random(10)}`],
  },
  {
    name: "HGETALL (hash of 20)",
    fill: () => repeated(20, (i) => ["HSET", "myhash", `field:${i}`, "value of it"]),
    words: () => ["HGETALL", "myhash"],
  },
  {
    name: "ZADD (100k small zsets)",
    fill: () =>
      repeated(
        keys * 10,
        (i) => ["ZADD", `z:${twelve(i % keys)}`, `${i % 7}`, `member:${Math.trunc(i / keys)}`],
      ),
    words: (random) => [
      ...["ZADD", `z:${twelve(random(keys))}`, `${random(100)}`, `member:${random(10)}`],
    ],
  },
  {
    name: "RPUSH + LPOP (100k small lists)",
    fill: () => repeated(keys * 10, (i) => ["RPUSH", `l:${twelve(i % keys)}`, "some element"]),
    words: (random) =>
      random(2)
        ? ["RPUSH", `l:${twelve(random(keys))}`, "some element"]
        : ["LPOP", `l:${twelve(random(keys))}`],
  },
  {
    name: "SADD new (small sets)",
    words: (random) => ["SADD", `s:${twelve(random(keys))}`, `member:${random(20)}`],
  },
  {
    name: "HSET, hashes growing to 20",
    words: grown((key, i) => ["HSET", key, `field:${i * 7919}`, `value of ${i}`]),
  },
  {
    name: "ZADD, sorted sets growing to 20",
    words: grown((key, i) => ["ZADD", key, `${i * 7919 % 1000}`, `member:${i * 7919}`]),
  },
  {
    name: "SADD, sets growing to 20",
    words: grown((key, i) => ["SADD", key, `member:${i * 7919}`]),
  },
  {
    name: "RPUSH, lists growing to 20",
    words: grown((key, i) => ["RPUSH", key, `${i * 7919}`]),
  },
  {
    name: "SINTER (2 x 100k)",
    fill: function* () {
      yield* repeated(keys, (i) => ["SADD", "set:a", member(i)]);
      yield* repeated(keys, (i) => ["SADD", "set:b", member(i + keys / 2)]);
    },
    words: () => ["SINTER", "set:a", "set:b"],
    commands: 16,
  },
  {
    name: "SUNIONSTORE (2 x 100k)",
    fill: function* () {
      yield* repeated(keys, (i) => ["SADD", "set:a", member(i)]);
      yield* repeated(keys, (i) => ["SADD", "set:b", member(i + keys / 2)]);
    },
    words: () => ["SUNIONSTORE", "stored", "set:a", "set:b"],
    commands: 16,
  },
  {
    name: "ZUNIONSTORE (2 x 100k)",
    fill: function* () {
      yield* repeated(keys, (i) => ["ZADD", "zset:a", `${i}`, member(i)]);
      yield* repeated(keys, (i) => ["ZADD", "zset:b", `${i}`, member(i + keys / 2)]);
    },
    words: () => ["ZUNIONSTORE", "zstored", "2", "zset:a", "zset:b"],
    commands: 16,
  },
];

/** xorshift32: the same commands in every run. */
function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

/** A client that takes every reply at once and looks at the first byte only. */
class Sink implements Link {
  readonly kind = "loopback";
  readonly fd = -1;
  constructor(readonly server: Server) {}
  flush(connection: Connection): void {
    const { core, output } = this.server;
    const ptr = connection.arenaTo !== connection.arenaFrom
      ? connection.arenaFrom
      : connection.head + 16;
    if (core.u8[ptr] === 0x2d) throw new Error(`an error reply: ${core.binary(ptr, 60)}`);
    output.sent(connection, output.pendingBytes(connection));
  }
  setReading(): void {}
  setNoDelay(): void {}
  close(): void {}
}

/** Serves pipelines of a server without listeners. */
class Harness {
  readonly #connections: Connection[];
  constructor(readonly server: Server) {
    this.#connections = Array.from({ length: CONNECTIONS }, () => {
      const connection = server.accepted(new Sink(server), "a:1", "b:2");
      if (typeof connection === "string") throw new Error(connection);
      return connection;
    });
  }

  /** Serves pipelines one after the other, a turn for each {@link CONNECTIONS} of them. */
  run(pipelines: readonly Uint8Array[], count: number): void {
    const { server } = this;
    const { core } = server;
    for (let i = 0, next = 0; i < count; i += CONNECTIONS) {
      server.beginTurn();
      for (let c = 0; c < CONNECTIONS; c++) {
        const bytes = pipelines[next];
        if (++next === pipelines.length) next = 0;
        core.u8.set(bytes, core.at.INPUT);
        server.received(this.#connections[c], bytes.length);
      }
      server.endTurn();
    }
  }

  fill(commands: Iterable<string[]>): void {
    let text = "";
    for (const words of commands) {
      text += encode(words);
      if (text.length < 100_000) continue;
      this.#once(text);
      text = "";
    }
    if (text !== "") this.#once(text);
  }

  #once(text: string): void {
    const { server } = this;
    server.beginTurn();
    const length = server.core.writeBinary(server.core.at.INPUT, text);
    server.received(this.#connections[0], length);
    server.endTurn();
  }
}

async function measure(row: Row): Promise<void> {
  const config = new Config(Deno.cwd());
  config.configure("save", [""]);
  const running = await startServer({ config, embedded: true, listens: false }, testEnvironment());
  const harness = new Harness(running.server);
  const random = seeded(12345);
  if (row.fill) harness.fill(row.fill(random));
  const cells: string[] = [];
  for (const depth of [16, 1]) {
    const commands = row.commands ?? 800_000;
    const pipelines = Array.from(
      { length: Math.ceil(Math.min(DISTINCT, commands) / depth) },
      () => {
        let text = "";
        for (let i = 0; i < depth; i++) text += encode(row.words(random));
        return new TextEncoder().encode(text);
      },
    );
    const count = Math.ceil(commands / depth / CONNECTIONS) * CONNECTIONS;
    let least = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      const before = process.cpuUsage();
      harness.run(pipelines, count);
      const { user, system } = process.cpuUsage(before);
      least = Math.min(least, (user + system) * 1e3 / (count * depth));
    }
    cells.push(least.toFixed(0).padStart(10));
  }
  console.log(row.name.padEnd(34) + cells.join(""));
  await running.close();
}

console.log("ns of CPU per command".padEnd(34) + "      P=16       P=1");
const only = new RegExp(Deno.args[0] ?? "");
for (const row of rows) if (only.test(row.name)) await measure(row);
