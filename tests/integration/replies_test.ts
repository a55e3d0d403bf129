import { assert, assertEquals } from "@std/assert";
import { Config } from "../../server/config/config.ts";
import { type Running, startServer } from "../../server/main.ts";
import { RespClient } from "../support/resp_client.ts";
import { testEnvironment } from "../support/environment.ts";

const OOM = "-OOM out of memory\r\n";
const CORE_BYTES = 2 ** 26;

/** A server with little memory, and two clients that must never be closed. */
async function withClients(
  body: (client: RespClient, other: RespClient, running: Running) => Promise<void>,
): Promise<void> {
  const config = new Config(Deno.cwd());
  for (const [name, value] of Object.entries({ save: "", bind: "127.0.0.1" })) {
    assertEquals(config.configure(name as "save", [value]), undefined);
  }
  const options = { config, embedded: true, anyPort: true, coreBytes: CORE_BYTES };
  const running = await startServer(options, testEnvironment());
  try {
    const address = { host: "127.0.0.1", port: running.port! };
    using client = await RespClient.connect(address, 20_000);
    using other = await RespClient.connect(address, 20_000);
    await other.command("SET", "other", "alive");
    await body(client, other, running);
    assertEquals((await client.command("PING")).raw, "+PONG\r\n");
    assertEquals((await other.command("GET", "other")).raw, "$5\r\nalive\r\n");
  } finally {
    await running.close();
  }
}

/** Commands that answer as often as they are told, for keys small (s, h, z) and large (S, H, Z). */
const REPEATED = [
  ["SRANDMEMBER", "i"],
  ["SRANDMEMBER", "s"],
  ["SRANDMEMBER", "S"],
  ["HRANDFIELD", "h"],
  ["HRANDFIELD", "H"],
  ["ZRANDMEMBER", "z"],
  ["ZRANDMEMBER", "Z"],
];

const COUNTS = [
  -(2n ** 63n) + 1n,
  -(2n ** 62n),
  -(2n ** 53n) - 1n,
  -(2n ** 32n),
  -(2n ** 32n) - 7n,
  -(2n ** 31n),
  -(2n ** 30n),
  -20_000_000n,
];

for (const protocol of ["2", "3"]) {
  Deno.test(`a count that asks for more than there is memory, RESP${protocol}`, () =>
    withClients(async (client, other, running) => {
      await client.command("HELLO", protocol);
      const members = Array.from({ length: 300 }, (_, i) => `member:${i}:${"x".repeat(60)}`);
      await client.command("SADD", "i", "1", "2", "3");
      await client.command("SADD", "s", "a", "b", "c");
      await client.command("SADD", "S", ...members);
      await client.command("HSET", "h", "a", "1", "b", "2");
      await client.command("HSET", "H", ...members.flatMap((member) => [member, "value"]));
      await client.command("ZADD", "z", "1", "a", "2", "b");
      await client.command("ZADD", "Z", ...members.flatMap((member, i) => [String(i), member]));
      const used = running.server.core.usedBytes;
      for (const command of REPEATED) {
        for (const count of COUNTS) {
          const top = running.server.core.u32[running.server.core.at.TOP_PAGE];
          assertEquals((await client.command(...command, String(count))).raw, OOM);
          // Nothing was written to find out.
          assertEquals(running.server.core.u32[running.server.core.at.TOP_PAGE], top);
          const more = command[0][0] === "H" ? "WITHVALUES" : "WITHSCORES";
          if (command[0][0] === "S" || count < -(2n ** 62n) + 1n) continue;
          assertEquals((await client.command(...command, String(count), more)).raw, OOM);
        }
        const some = command[1] === "i" ? 66_000 : 1000;
        const { raw } = await client.command(...command, String(-some));
        assert(raw.startsWith(`*${some}\r\n`));
        assertEquals((await other.command("GET", "other")).raw, "$5\r\nalive\r\n");
      }
      for (const [name] of REPEATED) {
        assertEquals((await client.command(name, "nokey", String(COUNTS[1] + 2n))).raw, "*0\r\n");
        assertEquals(
          (await client.command(name, "other", String(COUNTS[1] + 2n))).raw.slice(0, 10),
          "-WRONGTYPE",
        );
      }
      assertEquals(running.server.core.usedBytes, used);
    }));
}

Deno.test("a reply that memory has no room for is an error, and the next one is whole", () =>
  withClients(async (client, other, running) => {
    const value = "v".repeat(1_000_000);
    for (let i = 0; i < 25; i++) await client.command("RPUSH", "list", value);
    for (let i = 0; i < 6000; i++) await client.command("SADD", `set`, `${i}:${"m".repeat(2000)}`);
    await client.command("SET", "big", "v".repeat(5_000_000));
    const used = running.server.core.usedBytes;
    for (
      const command of [
        ["LRANGE", "list", "0", "-1"],
        ["SMEMBERS", "set"],
        ["SRANDMEMBER", "set", "5000"],
        ["SUNION", "set", "nokey"],
        ["SRANDMEMBER", "set", "-60000"],
        ["MGET", ..."big ".repeat(40).trim().split(" ")],
      ]
    ) {
      assertEquals((await client.command(...command)).raw.slice(0, 60), OOM, command[0]);
      assertEquals(running.server.core.usedBytes, used);
      assertEquals((await client.command("LLEN", "list")).raw, ":25\r\n");
    }
    // Behind other replies of a pipeline, some of them in chunks of their own, and before others.
    const ping = "*1\r\n$4\r\nPING\r\n";
    const get = "*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n";
    const range = "*4\r\n$6\r\nLRANGE\r\n$4\r\nlist\r\n$1\r\n0\r\n$2\r\n-1\r\n";
    await client.sendRaw(ping + range + get + range + ping + range + ping);
    const replies = [];
    for (let i = 0; i < 7; i++) replies.push((await client.read()).raw);
    assertEquals(replies.map((raw) => raw.length), [7, 20, 5_000_012, 20, 7, 20, 7]);
    assertEquals(replies[5], OOM);
    assertEquals((await other.command("GET", "other")).raw, "$5\r\nalive\r\n");
    // Within a transaction it is that command's error.
    await client.command("MULTI");
    for (const words of [["INCR", "n"], ["LRANGE", "list", "0", "-1"], ["INCR", "n"]]) {
      await client.command(...words);
    }
    assertEquals((await client.command("EXEC")).raw, `*3\r\n:1\r\n${OOM}:2\r\n`);
    const info = (await client.command("INFO", "errorstats")).raw;
    assert(/errorstat_OOM:count=/.test(info));
  }));

/** Sends a command that must find no memory for its reply, and looks at what it was about. */
async function refused(client: RespClient, command: string[], look: string[], raw: string) {
  assertEquals((await client.command(...command)).raw.slice(0, 60), OOM, command.join(" "));
  assertEquals((await client.command(...look)).raw, raw, command.join(" "));
}

Deno.test("what is taken away stays where memory has no room to tell of it", () =>
  withClients(async (client, other, running) => {
    const value = "v".repeat(1_000_000);
    for (let i = 0; i < 24; i++) await client.command("RPUSH", "list", value);
    for (let i = 0; i < 6000; i++) await client.command("SADD", "set", `${i}:${"m".repeat(2000)}`);
    await refused(client, ["LPOP", "list", "24"], ["LLEN", "list"], ":24\r\n");
    await refused(client, ["RPOP", "list", "23"], ["LLEN", "list"], ":24\r\n");
    await refused(
      client,
      ["LMPOP", "1", "list", "LEFT", "COUNT", "24"],
      ["LLEN", "list"],
      ":24\r\n",
    );
    await refused(
      client,
      ["BLMPOP", "1", "1", "list", "LEFT", "COUNT", "24"],
      ["LLEN", "list"],
      ":24\r\n",
    );
    await refused(client, ["SORT", "list", "BY", "nosort"], ["LLEN", "list"], ":24\r\n");
    const ballast = ["SETRANGE", "ballast", "5000000", "x"];
    assertEquals((await client.command(...ballast)).raw, ":5000001\r\n");
    for (const count of ["6000", "5990", "5000"]) {
      await refused(client, ["SPOP", "set", count], ["SCARD", "set"], ":6000\r\n");
    }
    await client.command("MULTI");
    for (const words of [["INCR", "n"], ["LPOP", "list", "24"], ["LLEN", "list"]]) {
      await client.command(...words);
    }
    assertEquals((await client.command("EXEC")).raw, `*3\r\n:1\r\n${OOM}:24\r\n`);
    await other.command("DEL", "list", "ballast");
    assertEquals((await client.command("SPOP", "set", "5990")).raw.slice(0, 7), "*5990\r\n");
    assertEquals((await client.command("SCARD", "set")).raw, ":10\r\n");
    assert(running.server.core.usedBytes < CORE_BYTES / 2);
  }));

Deno.test("a string stays where memory has no room to tell of it", () =>
  withClients(async (client) => {
    await client.command("SETRANGE", "huge", "35000000", "x");
    const [look, raw] = [["STRLEN", "huge"], ":35000001\r\n"];
    await refused(client, ["GETDEL", "huge"], look, raw);
    await refused(client, ["GETSET", "huge", "w"], look, raw);
    await refused(client, ["SET", "huge", "w", "GET"], look, raw);
    await refused(client, ["GETEX", "huge"], look, raw);
    await refused(client, ["GETEX", "huge", "EX", "100"], ["TTL", "huge"], ":-1\r\n");
    await refused(client, ["GETEX", "huge", "PXAT", "1"], look, raw);
    await client.command("DEL", "huge");
    for (let i = 0; i < 4; i++) await client.command("ZADD", "zset", "1", `${i}`.repeat(4_000_000));
    await client.command("SETRANGE", "ballast", "20000000", "x");
    await refused(client, ["ZPOPMIN", "zset", "4"], ["ZCARD", "zset"], ":4\r\n");
    await refused(client, ["ZMPOP", "1", "zset", "MAX", "COUNT", "9"], ["ZCARD", "zset"], ":4\r\n");
  }));
