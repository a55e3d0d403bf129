/** The modes of redis-cli that watch a server: the same output from Etna as from the real server. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { findOracle, startOracle } from "../support/oracle.ts";
import { type Address, RespClient } from "../support/resp_client.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { startSubject } from "../support/subject.ts";

/** What a run printed; it was ended after `seconds` where it does not end by itself. */
interface Run {
  code: number;
  text: string;
}

/** Runs redis-cli with its output unbuffered, so that what it printed before its end is there. */
async function redisCli(
  { port }: Address,
  seconds: number,
  words: string[],
  input = "",
): Promise<Run> {
  const child = new Deno.Command("timeout", {
    args: [`${seconds}`, "stdbuf", "-o0", "redis-cli", "-p", `${port}`, ...words],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Numbers, and how wide they are printed, depend on the run. */
function shape(text: string): string {
  return text.replace(/-?\d+(\.\d+)?[BKMG]?/g, "N").replace(/[ \t]+/g, " ");
}

/** Lines in any order: redis-cli walks tables of its own. */
function sorted(text: string): string {
  return text.split("\n").sort().join("\n");
}

async function fill(server: Address): Promise<void> {
  using client = await RespClient.connect(server);
  const commands = [
    ["FLUSHALL"],
    ...Array.from({ length: 50 }, (_, i) => ["SET", `key:${i}`, "v".repeat(i)]),
    ["SET", "big", "x".repeat(5000)],
    ["RPUSH", "list", "1".repeat(100), "2", "3"],
    ["RPUSH", "short", "1"],
    ["SADD", "set", "a", "b"],
    ["ZADD", "zset", "1", "a"],
    ["HSET", "hash", "a", "b", "c", "d"],
    ["SET", "with space\n", "v"],
  ];
  for (const command of commands) await client.command(...command);
}

/** Registers a test that runs `act` against both servers and compares what it makes of them. */
function compared(name: string, act: (server: ServerHandle) => Promise<unknown>): void {
  Deno.test({
    name: `redis-cli ${name}`,
    ignore: findOracle() === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using oracle = await startOracle();
      await using subject = await startSubject();
      const results: unknown[] = [];
      for (const server of [oracle, subject]) {
        await fill(server);
        results.push(await act(server));
      }
      assertEquals(results[1], results[0]);
    },
  });
}

const summaryOf = (text: string) => sorted(text.slice(text.indexOf("-------- summary")));

compared("--bigkeys", async (server) => {
  const { code, text } = await redisCli(server, 10, ["--bigkeys"]);
  return { code, summary: summaryOf(text) };
});

compared("--memkeys", async (server) => {
  const { code, text } = await redisCli(server, 10, ["--memkeys", "--memkeys-samples", "3"]);
  assertMatch(text, /Biggest string found '"big"' has 5\d\d\d bytes/);
  return { code, summary: sorted(shape(summaryOf(text))) };
});

compared("--hotkeys", async (server) => {
  const cold = await redisCli(server, 10, ["--hotkeys"]);
  using client = await RespClient.connect(server);
  await client.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu", "lfu-log-factor", "0");
  for (let i = 0; i < 100; i++) await client.command("GET", "big");
  for (let i = 0; i < 20; i++) await client.command("GET", "key:7");
  const { code, text } = await redisCli(server, 10, ["--hotkeys"]);
  const hottest = /hot key found with counter: (\d+)\tkeyname: (.*)/.exec(text)!;
  assert(Number(hottest[1]) > 90, text);
  return { cold, code, hottest: hottest[2], shape: shape(text.replace(/^\[.*\n/gm, "")) };
});

compared("--stat", async (server) => {
  const { text } = await redisCli(server, 2.5, ["--stat", "-i", "1"]);
  const lines = text.trim().split("\n").slice(0, 4);
  return lines.map((line) => shape(line).trim());
});

compared("--latency, --latency-history, --latency-dist", async (server) => {
  const once = await redisCli(server, 5, ["--latency"]);
  const history = await redisCli(server, 2.6, ["--latency-history", "-i", "1"]);
  const dist = await redisCli(server, 2.6, ["--latency-dist", "-i", "1"]);
  const samples = once.text.trim().split(" ").map(Number);
  // A hundred a second, each a PING.
  assert(samples.length === 4 && samples[3] > 20, once.text);
  return {
    once: shape(once.text),
    history: shape(history.text.split("\n")[0]),
    // Colours tell how often each latency was met.
    // deno-lint-ignore no-control-regex
    dist: dist.text.replace(/\x1b\[[\d;]*m/g, "").split("\n").slice(0, 9),
  };
});

compared("--scan", async (server) => {
  const all = await redisCli(server, 10, ["--scan"]);
  const some = await redisCli(server, 10, ["--scan", "--pattern", "key:1*"]);
  const quoted = await redisCli(server, 10, ["--no-raw", "--scan", "--pattern", "w*"]);
  return [all, some, quoted].map(({ code, text }) => [code, sorted(text)]);
});

compared("--pipe", async (server) => {
  const inline = await redisCli(server, 10, ["--pipe"], "SET p v\r\nINCR n\r\nINCR list\r\n");
  const bulk = (...words: string[]) =>
    `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
  const many = Array.from({ length: 5000 }, (_, i) => bulk("SET", `pipe:${i}`, "v".repeat(100)));
  const whole = await redisCli(server, 20, ["--pipe"], many.join(""));
  using client = await RespClient.connect(server);
  return { inline, whole, keys: (await client.command("DBSIZE")).raw };
});

compared("--lru-test", async (server) => {
  using client = await RespClient.connect(server);
  await client.command("CONFIG", "SET", "maxmemory", "20mb", "maxmemory-policy", "allkeys-lru");
  const { text } = await redisCli(server, 2.6, ["--lru-test", "1000"]);
  return shape(text.split("\n").slice(0, 2).join("\n").replace(/.*\r/g, ""));
});

compared("--intrinsic-latency", async (server) => {
  const { code, text } = await redisCli(server, 10, ["--intrinsic-latency", "1"]);
  return { code, shape: shape(text.slice(text.indexOf("\n\n"))) };
});

compared("-x and -X", async (server) => {
  const value = "two lines\nand \x01 bytes\n";
  const last = await redisCli(server, 10, ["-x", "SET", "x"], value);
  const tagged = await redisCli(server, 10, ["-X", "tag", "SET", "y", "tag", "EX", "100"], value);
  using client = await RespClient.connect(server);
  return { last, tagged, values: (await client.command("MGET", "x", "y")).raw };
});

/** Replies of every shape. */
const FORMATTED = [
  ["GET", "big"],
  ["GET", "missing"],
  ["LRANGE", "list", "0", "-1"],
  ["HGETALL", "hash"],
  ["ZRANGE", "zset", "0", "-1", "WITHSCORES"],
  ["ZSCORE", "zset", "a"],
  ["SMISMEMBER", "set", "a", "z"],
  ["INCR", "list"],
  ["NOSUCH", "command"],
  ["CONFIG", "GET", "maxmemory"],
  ["COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"],
  ["KEYS", "with*"],
  ["DEBUG", "PROTOCOL", "map"],
  ["DEBUG", "PROTOCOL", "double"],
  ["DEBUG", "PROTOCOL", "bignum"],
  ["DEBUG", "PROTOCOL", "verbatim"],
  ["DEBUG", "PROTOCOL", "true"],
  ["DEBUG", "PROTOCOL", "push"],
  ["ZADD"],
];
const FORMATS = [["--csv"], ["--json"], ["--quoted-json"], ["--json", "-2"], ["--no-raw"], [
  "--raw",
]];

compared("--csv, --json, --quoted-json, --no-raw, -3, -e", async (server) => {
  const runs: unknown[] = [];
  for (const format of FORMATS) {
    for (const protocol of format.includes("-2") ? [[]] : [[], ["-3"]]) {
      for (const command of FORMATTED) {
        const words = [...format, ...protocol, "-e", ...command];
        runs.push({ words, run: await redisCli(server, 10, words) });
      }
    }
  }
  return runs;
});

compared("commands from standard input, -r, -n, -d, -D", async (server) => {
  const script =
    'SET a 1\nINCR a\nGET "a"\n\nMULTI\nINCR a\nEXEC\nSELECT 3\nSET b 1\nDBSIZE\nNOSUCH\n';
  return [
    await redisCli(server, 10, [], script),
    await redisCli(server, 10, ["--no-raw"], script),
    await redisCli(server, 10, ["-r", "3", "INCR", "n"]),
    await redisCli(server, 10, ["-n", "3", "DBSIZE"]),
    await redisCli(server, 10, ["-n", "99", "DBSIZE"]),
    await redisCli(server, 10, ["-d", ",", "-D", ";", "LRANGE", "list", "1", "-1"]),
    await redisCli(server, 10, ["-c", "GET", "a"]),
    await redisCli(server, 10, ["--quoted-input", "SET", '"q\\x00"', '"\\xff"']),
  ];
});

compared("-a, --user, --pass", async (server) => {
  using client = await RespClient.connect(server);
  await client.command("CONFIG", "SET", "requirepass", "secret");
  const runs = [
    await redisCli(server, 10, ["DBSIZE"]),
    await redisCli(server, 10, ["-a", "wrong", "DBSIZE"]),
    await redisCli(server, 10, ["-a", "secret", "DBSIZE"]),
    await redisCli(server, 10, ["--no-auth-warning", "-a", "secret", "DBSIZE"]),
    await redisCli(server, 10, ["-u", `redis://:secret@127.0.0.1:${server.port}/2`, "DBSIZE"]),
  ];
  await client.command("CONFIG", "SET", "requirepass", "");
  return runs;
});

compared("SUBSCRIBE and MONITOR", async (server) => {
  const waiting = redisCli(server, 1.5, ["--csv", "SUBSCRIBE", "news"]);
  const monitoring = redisCli(server, 1.5, ["MONITOR"]);
  await new Promise((resolve) => setTimeout(resolve, 700));
  using client = await RespClient.connect(server);
  await client.command("PUBLISH", "news", "hello");
  const [subscribed, monitored] = await Promise.all([waiting, monitoring]);
  // Which of the two was there first is chance.
  const [published] = /^.*PUBLISH.*$/m.exec(monitored.text)!;
  return { subscribed, published: shape(published) };
});
