/** `client-output-buffer-limit`: a client with more output than it may have is closed before any of it is sent. */

import { assert, assertEquals } from "@std/assert";
import { findOracle, startOracle } from "../support/oracle.ts";
import { type Address, encodeCommand, RespClient } from "../support/resp_client.ts";
import { startSubject } from "../support/subject.ts";

const LIMIT = "normal 150kb 0 0 replica 256mb 64mb 60 pubsub 32mb 8mb 60";
const UNLIMITED = "normal 0 0 0 replica 256mb 64mb 60 pubsub 32mb 8mb 60";

/** What a client gets that sends requests at once and reads to the end; and what the server holds then. */
interface Outcome {
  got: string;
  set: string;
}

async function outcome(address: Address, requests: string[][]): Promise<Outcome> {
  using admin = await RespClient.connect(address, 5000);
  const fill = [
    ["FLUSHALL"],
    ["CONFIG", "RESETSTAT"],
    ["RPUSH", "list", ...Array.from({ length: 3000 }, () => "x".repeat(100))],
    ["HSET", "hash", ...Array.from({ length: 600 }, (_, i) => `field${i}`)],
    ["SADD", "set", ...Array.from({ length: 5000 }, (_, i) => `member${"m".repeat(60)}${i}`)],
    ["SET", "string", "v".repeat(40_000)],
    [
      "MSET",
      ...Array.from({ length: 10_000 }, (_, i) => [`key:${"k".repeat(30)}:${i}`, "v"]).flat(),
    ],
  ];
  await admin.pipeline(fill);
  await admin.command("CONFIG", "SET", "client-output-buffer-limit", LIMIT);
  using client = await RespClient.connect(address, 5000);
  await client.sendRaw([...requests, ["QUIT"]].map(encodeCommand).join(""));
  const got = await client.readToEnd();
  await admin.command("CONFIG", "SET", "client-output-buffer-limit", UNLIMITED);
  const set = (await admin.command("MGET", "after", "within")).raw;
  return { got: got.length > 200 ? `${got.length} bytes` : got, set };
}

const CASES: Record<string, string[][]> = {
  "LRANGE": [["LRANGE", "list", "0", "-1"]],
  "KEYS": [["KEYS", "*"]],
  "HRANDFIELD with a huge count": [["HRANDFIELD", "hash", "-9000000000", "WITHVALUES"]],
  "SMEMBERS": [["SMEMBERS", "set"]],
  "a pipeline, of which nothing more is begun": [
    ...Array.from({ length: 12 }, () => ["GET", "string"]),
    ["SET", "after", "1"],
  ],
  "EXEC, which runs to its end": [
    ["MULTI"],
    ["LRANGE", "list", "0", "-1"],
    ["SET", "within", "1"],
    ["LRANGE", "list", "0", "-1"],
    ["EXEC"],
    ["SET", "after", "1"],
  ],
  "what is within the limit": [["LRANGE", "list", "0", "900"], ["SET", "after", "1"]],
};

Deno.test("output limits: as the real server", {
  ignore: findOracle() === undefined,
}, async (t) => {
  await using oracle = await startOracle();
  await using subject = await startSubject();
  for (const [name, requests] of Object.entries(CASES)) {
    await t.step(name, async () => {
      const expected = await outcome(oracle, requests);
      assertEquals(await outcome(subject, requests), expected);
      if (!name.startsWith("what is within")) assertEquals(expected.got, "");
      else assert(expected.got.endsWith("bytes"));
    });
  }
});
