/**
 * DUMP and RESTORE across both servers: what either has dumped the other restores to the same value, and
 * where the bytes are determined they are the same. ETNA_SEED repeats a run.
 */

import { findOracle } from "../../../tests/support/oracle.ts";
import { bodyOf, payloadOf } from "../../../tests/support/crc64.ts";
import { SeededRandom, seedFromEnv } from "../../../tests/support/random.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";
import { itemsOf, textOf } from "../../../tests/support/resp_reply.ts";
import { quote } from "../../../tests/support/text.ts";
import { hasOneForm, type MadeValue, randomValues } from "./dump_values_cases.ts";
import { startPair } from "../../../tests/compat/harness.ts";

const ignore = findOracle() === undefined;
const seed = seedFromEnv("ETNA_SEED");
const SCALE = Number(Deno.env.get("ETNA_FUZZ_SCALE") ?? 1);

const text = async (client: RespClient, ...words: string[]) =>
  textOf((await client.command(...words)).reply);
const digest = async (client: RespClient, key: string) =>
  textOf(itemsOf((await client.command("DEBUG", "DIGEST-VALUE", key)).reply)[0]);

function fail(what: string, value: MadeValue, ...details: string[]): never {
  throw new Error(
    `${what}: ${value.key}, repeat with ETNA_SEED=${seed}\n${
      value.commands.slice(0, 4).map((words) => words.map(quote).join(" ").slice(0, 300)).join("\n")
    }\n${details.map((detail) => quote(detail).slice(0, 800)).join("\n")}`,
  );
}

/** Makes a value on both servers and carries it over in both directions. */
async function cross(
  subject: RespClient,
  oracle: RespClient,
  value: MadeValue,
  comparesBytes: boolean,
): Promise<void> {
  await subject.pipeline(value.commands);
  await oracle.pipeline(value.commands);
  const { key } = value;
  const [ours, theirs] = [await text(subject, "DUMP", key), await text(oracle, "DUMP", key)];
  if (ours === "" && theirs === "") return;
  const restored = [
    await text(subject, "RESTORE", "theirs", "0", theirs, "REPLACE"),
    await text(oracle, "RESTORE", "ours", "0", ours, "REPLACE"),
    await text(subject, "RESTORE", "ours", "0", ours, "REPLACE"),
  ];
  if (restored.some((reply) => reply !== "OK")) {
    fail(`not restored (${restored})`, value, ours, theirs);
  }
  const digests = [
    await digest(subject, key),
    await digest(subject, "theirs"),
    await digest(subject, "ours"),
    await digest(oracle, key),
    await digest(oracle, "ours"),
  ];
  if (digests.some((one) => one !== digests[0])) fail(`digests ${digests}`, value, ours, theirs);
  const form = theirs.charCodeAt(0);
  if (comparesBytes && ours !== theirs && hasOneForm(value.kind, form)) {
    let at = 0;
    while (ours[at] === theirs[at]) at++;
    fail(`bytes differ at ${at}`, value, ours.slice(at - 20), theirs.slice(at - 20));
  }
  const encoding = await text(subject, "OBJECT", "ENCODING", key);
  const others = [
    await text(subject, "OBJECT", "ENCODING", "ours"),
    await text(subject, "OBJECT", "ENCODING", "theirs"),
  ];
  const raw = encoding === "raw" && others.every((one) => one === "embstr" || one === "int");
  if (others.some((one) => one !== encoding) && !raw) {
    fail(`encodings ${encoding}, ${others}`, value, ours, theirs);
  }
}

Deno.test({
  name: `dump / values carried across servers, seed ${seed}`,
  ignore,
  fn: async () => {
    await using pair = await startPair();
    using subject = await RespClient.connect(pair.subject, 20_000);
    using oracle = await RespClient.connect(pair.oracle, 20_000);
    for (const compression of ["no", "yes"]) {
      for (const client of [subject, oracle]) {
        await client.command("CONFIG", "SET", "rdbcompression", compression);
      }
      const random = new SeededRandom(seed + compression.length);
      for (const value of randomValues(random, 150 * SCALE)) {
        // What is compressed has many right forms.
        await cross(subject, oracle, value, compression === "no");
      }
      await Promise.all([subject, oracle].map((client) => client.command("FLUSHALL")));
    }
  },
});

/** Some bits turned, bytes changed, cut out or doubled; the checksum made right again. */
function mutated(random: SeededRandom, payload: string): string {
  let body = bodyOf(payload);
  for (let left = random.between(1, 4); left > 0; left--) {
    const at = random.chance(0.5)
      ? random.below(Math.min(body.length, 24))
      : random.below(body.length);
    const kind = random.below(10);
    const byte = kind < 5
      ? String.fromCharCode(body.charCodeAt(at) ^ 1 << random.below(8))
      : kind < 8
      ? random.pick(["\0", "\xff", "\x7f", "\x80", "\x81", "\xc3", "\xfe", "\x01"])
      : kind === 8
      ? ""
      : body.slice(at, at + 5).repeat(2);
    body = body.slice(0, at) + byte + body.slice(at + 1);
  }
  return payloadOf(body);
}

/** What walks through a whole value, and changes it: a structure that is not valid shows. */
const uses: Record<string, string[][]> = {
  string: [["GET", "m"], ["APPEND", "m", "x"], ["BITCOUNT", "m"]],
  list: [["LRANGE", "m", "0", "-1"], ["LPUSH", "m", "a"], ["LREM", "m", "0", "12"], ["RPOP", "m"], [
    "LTRIM",
    "m",
    "1",
    "-2",
  ]],
  set: [["SMEMBERS", "m"], ["SADD", "m", "new", "1"], ["SREM", "m", "12"], ["SPOP", "m"], [
    "SUNIONSTORE",
    "m2",
    "m",
  ]],
  zset: [["ZRANGE", "m", "0", "-1", "WITHSCORES"], ["ZADD", "m", "3", "new"], ["ZPOPMIN", "m"], [
    "ZRANGESTORE",
    "m2",
    "m",
    "0",
    "-1",
  ]],
  hash: [["HGETALL", "m"], ["HSET", "m", "new", "v", "12", "w"], ["HDEL", "m", "12"]],
  stream: [
    ["XRANGE", "m", "-", "+"],
    ["XREVRANGE", "m", "+", "-"],
    ["XINFO", "STREAM", "m", "FULL"],
    ["XPENDING", "m", "g1", "-", "+", "100"],
    ["XREADGROUP", "GROUP", "g1", "carol", "STREAMS", "m", ">"],
    ["XAUTOCLAIM", "m", "g1", "dave", "0", "0"],
    ["XGROUP", "DELCONSUMER", "m", "g1", "alice"],
    ["XADD", "m", "*", "a", "b"],
    ["XTRIM", "m", "MAXLEN", "2"],
    ["XGROUP", "DESTROY", "m", "g1"],
  ],
};

const usedMemory = async (client: RespClient) =>
  Number(/used_memory:(\d+)/.exec(await text(client, "INFO", "memory"))![1]);

Deno.test({
  name: `dump / payloads with wrong bytes and a right checksum, seed ${seed}`,
  ignore,
  fn: async () => {
    await using pair = await startPair();
    using subject = await RespClient.connect(pair.subject, 20_000);
    const random = new SeededRandom(seed);
    let taken = 0;
    for (const value of randomValues(random, 60)) {
      await subject.pipeline(value.commands);
      const payload = await text(subject, "DUMP", value.key);
      if (payload === "") continue;
      for (let i = 0; i < 40 * SCALE; i++) {
        const changed = mutated(random, payload);
        const reply = await text(subject, "RESTORE", "m", "0", changed, "REPLACE");
        if (reply !== "OK") {
          if (reply === "ERR Bad data format") continue;
          fail(`RESTORE: ${reply}`, value, changed);
        }
        taken++;
        const again = await text(subject, "DUMP", "m");
        await subject.command("RESTORE", "n", "0", again, "REPLACE");
        if (await digest(subject, "m") !== await digest(subject, "n")) {
          fail("not itself again", value, changed, again);
        }
        const type = await text(subject, "TYPE", "m");
        await subject.pipeline(uses[type]);
      }
    }
    if (taken === 0) throw new Error("no mutated payload was taken: nothing was tried");
    const before = await usedMemory(subject);
    await subject.command("FLUSHALL", "SYNC");
    if (await text(subject, "DBSIZE") !== "0") throw new Error(`keys are left of ${before} bytes`);
  },
});
