import { assert, assertEquals } from "@std/assert";
import { Config } from "./config.ts";
import { newerWords } from "../../tests/compat/since_7_2.ts";
import { optionNames, options } from "./options.ts";
import { isOfRedis70, RealRedis, realRedisTest } from "./testing.ts";
import type { Option } from "./types.ts";

/** Options whose change does something to the real server that a test cannot take. */
const UNTRIED = new Set([
  ...["port", "tls-port", "bind", "tls-cluster", "tls-replication", "dir", "transport"],
  // Refused by a server whose allocator cannot be defragmented; ours is defragmented unless told otherwise.
  "activedefrag",
]);

const VALUES = [
  ...["yes", "NO", "", "abc", "0", "1", "-1", "2", "-2", "07", "1.5", " 1", "1 ", "+1", "-0"],
  ...["100", "101", "499", "501", "65535", "65536", "2147483647", "2147483648", "-2147483648"],
  ...["-2147483649", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808"],
  ...["18446744073709551615", "99999999999999999999", "1k", "1KB", "1mb", "1Gb", "2g", "kb", "1t"],
  ...["16383", "16385", "10%", "101%", "-1%", "0%", "1 2 3", "1 2", "0 0 0", "-2000 0 2000"],
  ...["2001 0 0", "3 4 5 6", "1  2", "normal 1mb 2kb 3", "replica 0 0 0 pubsub 1 1 1", "slave 1 1"],
  ...[
    "other 1 1 1",
    "normal a 1 1",
    "normal 1 1 -1",
    "KEA",
    "AKEmn",
    "Kn",
    "g$lshzxetd",
    "xel",
    "?",
  ],
  ...["50 99.9", "100.1", "-0.1", "33.3333333333", "1e1", "0x10", "inf", "99.99999999", "50,99"],
  ...["save now", "NOSAVE force", "save nosave", "default save", "force now save"],
  ...[
    "everysec",
    "Always",
    "allkeys-lru",
    "lru",
    "debug",
    "NOTICE",
    "hostname",
    "swapdb",
    "clients",
  ],
  ...["{title}a", "{title}", "{nosuch} x", "{title", "a{{b", " x ", "a-b.c", "a_b", 'q"\\\n\x01é'],
  ...[
    "local",
    "optional",
    "panic",
    "relative",
    "allchannels",
    "resetchannels",
    "systemd",
    "local3",
  ],
];

/** Where the limits of the system decide, or Redis lets a number wrap and Etna refuses it. */
function isKnownDifference(name: string, value: string): boolean {
  if (name === "maxclients") return Number(value) > 10000;
  if (name === "maxmemory-clients") return /^(18446744073709551615|9{20})$/.test(value);
  return false;
}

realRedisTest("every option of Redis is there with its default, and nothing more", async (dir) => {
  const real = await RealRedis.start(dir, ["--port", "0", "--unixsocket", "s"]);
  const expected = await real.config();
  Object.assign(expected, { port: "6379", unixsocket: "" });
  const config = new Config(expected.dir);
  const shown = config.get(["*"]);
  assertEquals(Object.fromEntries(shown.filter(isOfRedis70)), expected);
  // A harness that sets each option to its value shall not come upon this one.
  assertEquals(shown.some(([name]) => name === "transport"), false);
  assertEquals(config.get(["transport"]), [["transport", "auto"]]);
  // Who asks for nothing that Redis has is not spared it.
  assertEquals(config.get(["transp*"]), [["transport", "auto"]]);
  assert(config.get(["http*"]).some(([name]) => name === "http-port"));
  assertEquals(await real.config("http*"), {});
  const hidden = optionNames.filter((name) => {
    const row: Option<unknown> = options[name] as Option<unknown>;
    return row.hidden && row.origin === undefined;
  });
  assert(hidden.length > 0);
  for (const name of hidden) {
    assertEquals(await real.config(name), Object.fromEntries(config.get([name])));
  }
  await real.stop();
});

realRedisTest("CONFIG SET takes and refuses the same values in the same words", async (dir) => {
  const real = await RealRedis.start(dir, [
    ...["--port", "0", "--unixsocket", "s", "--enable-protected-configs", "yes"],
  ]);
  const config = new Config("/");
  const differences: unknown[] = [];
  for (const [name, initial] of config.get(["*", "key-load-delay"])) {
    if (UNTRIED.has(name) || !isOfRedis70([name])) continue;
    for (const value of VALUES) {
      if (isKnownDifference(name, value)) continue;
      const reply = await real.client.send("CONFIG", "SET", name, value);
      const refused = config.set([[name, value]], { protectedAllowed: true });
      const actual = refused === undefined ? "OK" : `-${refused}`;
      if (actual !== newerWords(String(reply))) differences.push({ name, value, actual, reply });
      if (String(reply).includes("immutable")) break;
      const { [name]: expected } = await real.config(name);
      const [[, kept]] = config.get([name]);
      if (kept !== expected) differences.push({ name, value, kept, expected });
    }
    config.set([[name, initial]], { protectedAllowed: true });
    await real.client.send("CONFIG", "SET", name, initial);
  }
  assertEquals(differences, []);
  await real.stop();
});

Deno.test("every default is a value that its own option takes and prints unchanged", () => {
  const config = new Config(".");
  for (const name of optionNames) {
    const { initial } = options[name] as Option<unknown>;
    const before = config.values[name];
    assertEquals(config.configure(name, initial), undefined, name);
    assert(config.isDefault(name), name);
    assertEquals(config.values[name], before, name);
  }
});

Deno.test("assigning a value gives the text that reading it gave", () => {
  const config = new Config("/");
  for (const name of optionNames) {
    const text = config.text(name);
    config.assign(name, config.values[name]);
    assertEquals(config.text(name), text, name);
  }
});
