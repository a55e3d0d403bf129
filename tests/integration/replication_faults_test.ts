/**
 * A replica whose primary is out of its mind: it sends nothing, half of it, rot, or too much. The replica lives,
 * answers, keeps its data where it may, and tries again. ETNA_SEED repeats a run.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { start } from "../../mod.ts";
import { type Answer, FakePrimary } from "../support/fake_primary.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";

const seed = seedFromEnv("ETNA_SEED");

const ID = "0123456789abcdef0123456789abcdef01234567";
const MARK = "x".repeat(40);

/** A snapshot of a real server. */
async function snapshot(): Promise<Uint8Array> {
  const dir = await Deno.makeTempDir();
  const etna = await start({ dir, save: "1000 1" });
  for (let i = 0; i < 200; i++) await etna.call("SET", `key:${i}`, "value".repeat(i % 20));
  await etna.call("RPUSH", "list", ...Array.from({ length: 500 }, (_, i) => `${i}`));
  await etna.call("SAVE");
  const bytes = await Deno.readFile(`${dir}/dump.rdb`);
  await etna.call("CONFIG", "SET", "save", "");
  await etna.close();
  await Deno.remove(dir, { recursive: true });
  return bytes;
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 40_000;
  while (!await condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Has a server with a key of its own follow a primary, until that was asked some times. */
async function follow(
  primary: FakePrimary,
  times: number,
  look: (client: RespClient) => Promise<void>,
  load = "disabled",
): Promise<void> {
  const dir = await Deno.makeTempDir();
  const etna = await start({
    port: 0,
    dir,
    save: "",
    "repl-timeout": 2,
    "repl-diskless-load": load,
  });
  const client = await RespClient.connect({ host: "127.0.0.1", port: etna.port });
  try {
    // What is loaded only where there is nothing finds nothing.
    if (load !== "on-empty-db") await client.command("SET", "own", "1");
    assertEquals(
      textOf((await client.command("REPLICAOF", "127.0.0.1", `${primary.port}`)).reply),
      "OK",
    );
    await until(async () => {
      assertEquals(
        textOf((await client.command("PING")).reply).replace(/^LOADING.*/, "PONG"),
        "PONG",
      );
      return primary.asked >= times;
    }, "another try");
    await look(client);
    // While a data set is loaded nobody is let change that.
    await until(async () => {
      const reply = textOf((await client.command("REPLICAOF", "NO", "ONE")).reply);
      return reply === "OK" || (assertMatch(reply, /^LOADING/), false);
    }, "a moment between tries");
    assertEquals(textOf((await client.command("SET", "own", "2")).reply), "OK");
  } finally {
    client[Symbol.dispose]();
    await etna.close();
    await Deno.remove(dir, { recursive: true });
  }
}

const keepsItsOwn = async (client: RespClient) => {
  let own = "";
  await until(async () => {
    own = textOf((await client.command("GET", "own")).reply);
    return !own.startsWith("LOADING");
  }, "the end of a try to load");
  assertEquals(own, "1");
};

for (const load of ["disabled", "on-empty-db", "swapdb"]) {
  Deno.test(`a primary that falls silent in the middle of its data set, for ${load}`, async () => {
    const half = (await snapshot()).subarray(0, 1000);
    await using primary = new FakePrimary(async (send, conn) => {
      await send(`+FULLRESYNC ${ID} 1\r\n$EOF:${MARK}\r\n`);
      await send(half);
      // It goes on to read what it is sent, and never ends.
      while (await conn.read(new Uint8Array(100)) !== null);
    });
    // A replica of its own, without data for what loads only into nothing.
    await follow(primary, 2, load === "on-empty-db" ? async () => {} : keepsItsOwn, load);
  });
}

for (
  const [what, answer] of [
    ["nothing", async (_send, conn) => void await conn.read(new Uint8Array(1))],
    ["the end", async () => {}],
    ["a line that is no answer", (send) => send("+WHATEVER\r\n")],
    ["an error", (send) => send("-ERR go away\r\n")],
    ["an ID that is none", (send) => send("+FULLRESYNC abc 1\r\n$5\r\nhello")],
    ["an offset that is none", (send) => send(`+FULLRESYNC ${ID} -1\r\n`)],
    ["a length that is none", (send) => send(`+FULLRESYNC ${ID} 1\r\n$-1\r\n`)],
    ["a line without end", (send) => send("+".repeat(100_000))],
    ["no snapshot but words", (send) => send(`+FULLRESYNC ${ID} 1\r\n$5\r\nhello`)],
    ["an empty snapshot", (send) => send(`+FULLRESYNC ${ID} 1\r\n$0\r\n`)],
    ["a mark at once", (send) => send(`+FULLRESYNC ${ID} 1\r\n$EOF:${MARK}\r\n${MARK}`)],
    [
      "a huge length, and the end",
      (send) => send(`+FULLRESYNC ${ID} 1\r\n$4000000000\r\nREDIS0011`),
    ],
  ] as [string, Answer][]
) {
  Deno.test(`a primary that sends ${what}`, async () => {
    await using primary = new FakePrimary(answer);
    await follow(
      primary,
      2,
      what === "an empty snapshot" || what.includes("mark") || what.includes("words")
        ? async () => {}
        : keepsItsOwn,
    );
  });
}

Deno.test("a primary that wants a password, and greets with other words", async () => {
  await using primary = new FakePrimary(async () => {}, "-NOAUTH Authentication required.\r\n");
  await follow(primary, 1, keepsItsOwn);
});

Deno.test(`snapshots that are cut, or rot, anywhere, seed ${seed}`, async () => {
  const random = new SeededRandom(seed);
  const whole = await snapshot();
  for (const load of ["disabled", "on-empty-db", "swapdb"]) {
    await using primary = new FakePrimary(async (send) => {
      const bytes = whole.slice();
      const isMarked = random.chance(0.5);
      await send(`+FULLRESYNC ${ID} 100\r\n${isMarked ? `$EOF:${MARK}` : `$${bytes.length}`}\r\n`);
      if (random.chance(0.5)) return await send(bytes.subarray(0, random.below(bytes.length)));
      for (let i = random.between(1, 5); i > 0; i--) {
        bytes[random.between(9, bytes.length - 1)] ^= 1 << random.below(8);
      }
      // What a cut or a wrong bit has not hit is a data set like others: it must not come through here.
      if (load === "swapdb") bytes[bytes.length - 1] ^= 1;
      await send(bytes);
      if (isMarked) await send(MARK);
    });
    await follow(primary, 12, load === "swapdb" ? keepsItsOwn : async () => {}, load);
  }
});

Deno.test(`a stream that rots, or ends anywhere, seed ${seed}`, async () => {
  const random = new SeededRandom(seed + 1);
  const whole = await snapshot();
  const commands = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" +
    "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nhello\r\n*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n*1\r\n$4\r\nEXEC\r\n"
      .repeat(20);
  await using primary = new FakePrimary(async (send) => {
    await send(`+FULLRESYNC ${ID} 100\r\n$${whole.length}\r\n`);
    await send(whole);
    const text = commands.split("");
    const at = random.below(text.length);
    if (random.chance(0.5)) text.length = at;
    else text[at] = String.fromCharCode(random.below(256));
    await send(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  });
  await follow(primary, 12, async (client) => {
    const info = textOf((await client.command("INFO", "replication")).reply);
    assertMatch(info, /role:slave/);
  });
  assert(primary.asked >= 12);
});
