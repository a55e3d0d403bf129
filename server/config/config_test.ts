import { assert, assertEquals } from "@std/assert";
import { Config } from "./config.ts";
import { ConfigFilesHost } from "./host.ts";
import { realDisk } from "../env/real/disk.ts";
import { followDirectory } from "./parse.ts";
import { newerWords } from "../../tests/compat/since_7_2.ts";
import { inTempDir, isOfRedis70, RealRedis, realRedisTest } from "./testing.ts";

const PATTERNS: readonly (readonly string[])[] = [
  ...[["MAXMEM*", "maxmemory"], ["slave-priority"], ["replica-priority", "slave-pr*"]],
  ...[["[sr]*-priority"], ["SLAVE-PRIORITY", "*-priority"], ["MAXMEMORY", "maxmemory"], ["nosuch"]],
  ...[["?z"], ["h[a-z]"], ["h[z-a]"], ["h[^a-y]"], ["[^a-gi-z]z"], ["h\\z"], ["h\\z*"], ["hz["]],
  ...[["h[z"], ["*[a"], ["*hz*", "t*t"], ["key-load-dela?"], ["KEY-load-delay"], ["*-*-*-*-*"]],
  ...[["hash-max-*list*-*", "*lua*"], [""], ["a*", "A*"], ["**z"], ["h[]z]"], ["h[z\\]]"]],
];

realRedisTest("CONFIG GET finds what Redis finds", async (directory) => {
  const real = await RealRedis.start(directory, ["--port", "0", "--unixsocket", "s"]);
  const config = new Config(directory);
  const sorted = (pairs: readonly (readonly string[])[]) => pairs.map(String).sort();
  for (const patterns of PATTERNS) {
    const flat = await real.client.send("CONFIG", "GET", ...patterns) as string[];
    const expected = flat.flatMap((name, at) => at % 2 === 0 ? [[name, flat[at + 1]]] : []);
    const actual = config.get(patterns).filter(isOfRedis70);
    // The one option that Etna has on by itself.
    for (const pair of expected) if (pair[0] === "activedefrag") pair[1] = "yes";
    assertEquals(sorted(actual), sorted(expected), JSON.stringify(patterns));
  }
  await real.stop();
});

const PAIRS = [
  ...["hz 20", "HZ 30", "hz x", "maxmemory 1gb", "MaxMemory 5", "maxmemory zz", "nosuch 1"],
  ...[
    "slave-priority 1",
    "replica-priority 2",
    "replica-priority x",
    "daemonize yes",
    "DAEMONIZE 1",
  ],
  ...[
    "dir /tmp",
    "dbfilename x",
    "save 1",
    "loglevel debug",
    "LogLevel no",
    "timeout -1",
    "timeout 3",
  ],
  ...["hash-max-ziplist-entries 3", "hash-max-listpack-entries 4", "slaveof a", "appendfsync NO"],
  ...["client-output-buffer-limit replica", "notify-keyspace-events KEx", "key-load-delay 3"],
];

/** Numbers from 0 up to `bound`, the same for the same seed (mulberry32). */
function randomInts(seed: number): (bound: number) => number {
  return (bound) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

realRedisTest(
  "CONFIG SET of several options takes all or none, as Redis does",
  async (directory) => {
    const seed = Number(Deno.env.get("CONFIG_SEED") ?? Date.now() % 2 ** 32);
    const random = randomInts(seed);
    const real = await RealRedis.start(directory, ["--port", "0", "--unixsocket", "s"]);
    const config = new Config(directory);
    config.configure("port", ["0"]);
    config.configure("unixsocket", ["s"]);
    for (let round = 0; round < 400; round++) {
      const pairs = Array.from({ length: 1 + random(4) }, () => {
        const [name, value] = PAIRS[random(PAIRS.length)].split(" ");
        return [name, value] as const;
      });
      const reply = await real.client.send("CONFIG", "SET", ...pairs.flat());
      const refused = config.set(pairs);
      const hint = `CONFIG_SEED=${seed}, round ${round}: CONFIG SET ${pairs.flat().join(" ")}`;
      assertEquals(refused === undefined ? "OK" : `-${refused}`, newerWords(String(reply)), hint);
      if (round % 20 !== 19) continue;
      const values = Object.fromEntries(config.get(["*"]).filter(isOfRedis70));
      assertEquals(values, await real.config(), hint);
    }
    await real.stop();
  },
);

Deno.test("appliers run once for the options that changed", () => {
  const config = new Config("/");
  const ran: string[] = [];
  config.onChange(["maxmemory", "maxmemory-policy"], ({ values }) => {
    ran.push(`${values.maxmemory} ${values["maxmemory-policy"]}`);
  });
  config.onChange("hz", () => void ran.push("hz"));
  assertEquals(config.set([["maxmemory", "2k"], ["maxmemory-policy", "allkeys-lru"]]), undefined);
  assertEquals(config.set([["maxmemory", "2000"], ["hz", "10"]]), undefined);
  assertEquals(ran, ["2000 allkeys-lru"]);
  assertEquals(config.set([["HZ", "11"], ["maxmemory", "x"]]) !== undefined, true);
  assertEquals(ran, ["2000 allkeys-lru"]);
});

Deno.test("an applier that refuses takes everything back", () => {
  const config = new Config("/");
  const seenHz: number[] = [];
  config.onChange("hz", ({ values }) => void seenHz.push(values.hz));
  config.onChange("port", ({ values }) => values.port === 99 ? "Unable to listen" : undefined);
  const before = config.get(["*"]);
  assertEquals(
    config.set([["hz", "50"], ["slave-priority", "3"], ["Port", "99"]]),
    "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen",
  );
  assertEquals(config.get(["*"]), before);
  assertEquals(seenHz, [50, 10]);
  assertEquals(config.set([["port", "98"]]), undefined);
});

Deno.test("protected options need a permission", () => {
  const config = new Config("/");
  const refused =
    "ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected config";
  assertEquals(config.set([["dbfilename", "x"]]), refused);
  assertEquals(config.set([["dbfilename", "x"]], { protectedAllowed: true }), undefined);
  assertEquals(config.values.dbfilename, "x");
});

Deno.test("a directory is entered, or refused in the system's words", async () => {
  await inTempDir((directory) => {
    const config = new Config(directory);
    Deno.mkdirSync(`${directory}/sub`);
    followDirectory(config, new ConfigFilesHost(realDisk(), directory));
    const allowed = { protectedAllowed: true };
    assertEquals(config.set([["dir", "sub"]], allowed), undefined);
    assertEquals(config.text("dir"), Deno.realPathSync(`${directory}/sub`));
    assertEquals(config.set([["dir", ".."], ["hz", "20"]], allowed), undefined);
    assertEquals(config.text("dir"), Deno.realPathSync(directory));
    assertEquals(
      config.set([["hz", "30"], ["dir", "none"]], allowed),
      "ERR CONFIG SET failed (possibly related to argument 'dir') - No such file or directory",
    );
    assertEquals([config.values.hz, config.values.dir], [20, Deno.realPathSync(directory)]);
  });
});

Deno.test("values are typed, change in place and survive past 2^53 as text", () => {
  const config = new Config("/");
  const { values } = config;
  const policy: "noeviction" | "allkeys-lru" | string = values["maxmemory-policy"];
  assertEquals(policy, "noeviction");
  config.set([["maxmemory", "18446744073709551615"], ["save", "1 2 3 4"], ["bind", "a -b"]]);
  assertEquals(values.maxmemory, 2 ** 64);
  assertEquals(config.text("maxmemory"), "18446744073709551615");
  assertEquals(values.save, [{ seconds: 1, changes: 2 }, { seconds: 3, changes: 4 }]);
  assertEquals(values.bind, ["a", "-b"]);
  assertEquals(values["client-output-buffer-limit"].replica.softSeconds, 60);
  config.assign("replicaof", { host: "::1", port: 7 });
  assertEquals(config.get(["slaveof"]), [["slaveof", "::1 7"]]);
  assert(values.save.length === 2);
});
