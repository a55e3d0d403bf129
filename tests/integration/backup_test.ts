/** Backups: taken while clients write, restored into Etna and into a real server. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { start as startEtna } from "../../mod.ts";
import { findOracle, startOracle } from "../support/oracle.ts";
import { freePort } from "../support/ports.ts";
import { RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";

const oracle = findOracle();
type Etna = Awaited<ReturnType<typeof startEtna>>;

async function inDirectory(act: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await act(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function stateOf(etna: Etna): Promise<string> {
  return (await etna.call("BACKUP", "STATUS") as Map<string, string>).get("state")!;
}

async function until(etna: Etna, state: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await stateOf(etna) === state) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it is ${await stateOf(etna)}`);
}

/** A backup as the append-only file of a server that begins with it. */
async function restore(paths: readonly string[], dir: string): Promise<void> {
  await Deno.mkdir(`${dir}/appendonlydir`);
  for (const path of paths) {
    await Deno.copyFile(path, `${dir}/appendonlydir/${path.slice(path.lastIndexOf("/") + 1)}`);
  }
}

const debug = { "enable-debug-command": "yes" } as const;

for (const appendonly of [false, true]) {
  Deno.test(`backup, append-only file ${appendonly}: restored, it is the moment of SEAL`, async () => {
    await inDirectory(async (dir) => {
      const etna = await startEtna({ dir, appendonly, ...debug });
      for (let i = 0; i < 3000; i++) await etna.call("SET", `k${i}`, "x".repeat(i % 200));
      await etna.call(
        "FUNCTION",
        "LOAD",
        "#!lua name=l\nredis.register_function('f', function() return 1 end)",
      );
      assertEquals(await etna.call("BACKUP", "START"), "OK");
      // Written before and after its bucket is in the snapshot, in several databases.
      for (let i = 0; i < 500; i++) {
        await etna.call("APPEND", `k${i * 5}`, "changed");
        await etna.call("SELECT", i % 2 === 0 ? "3" : "0");
        await etna.call("INCR", "counter");
      }
      await until(etna, "incrementing");
      const [base] = await etna.call("BACKUP", "LIST") as string[];
      assertMatch(base, /\/backupdir\/appendonly\.aof\.1\.base\.rdb$/);
      await etna.call("SPOP", "none");
      await etna.call("DEL", "k7");
      await etna.call("BGREWRITEAOF").catch(() => {});
      await etna.call("SET", "last", "there");
      assertEquals(await etna.call("BACKUP", "SEAL"), "OK");
      const digest = await etna.call("DEBUG", "DIGEST");
      await etna.call("SET", "after", "not there");
      const files = await etna.call("BACKUP", "LIST") as string[];
      assertEquals(files.length, 3);
      await inDirectory(async (other) => {
        await restore(files, other);
        const second = await startEtna({ dir: other, appendonly: true, ...debug });
        assertEquals(await second.call("DEBUG", "DIGEST"), digest);
        assertEquals(await second.call("FCALL", "f", "0"), 1);
        await second.close();
      });
      if (oracle !== undefined) {
        await inDirectory(async (other) => {
          await restore(files, other);
          await using real = await startOracle(["--dir", other, "--appendonly", "yes"]);
          using client = await RespClient.connect(real);
          assertEquals(textOf((await client.command("DEBUG", "DIGEST")).reply), digest);
        });
      }
      assertEquals(await etna.call("BACKUP", "CLEANUP"), "OK");
      assertEquals([...Deno.readDirSync(`${dir}/backupdir`)], []);
      assertEquals(await stateOf(etna), "idle");
      await etna.close();
    });
  });
}

Deno.test("backup: states, and what each of them refuses", async () => {
  await inDirectory(async (dir) => {
    const etna = await startEtna({ dir, ...debug });
    const refused = async (step: string, words: RegExp) => {
      const error = await assertRejects(() => etna.call("BACKUP", step), Error);
      assertMatch(error.message, words);
    };
    await refused("SEAL", /its state is idle$/);
    await refused("ABORT", /no backup in progress$/);
    await etna.call("SET", "k", "v");
    assertEquals(await etna.call("BACKUP", "START"), "OK");
    await refused("START", /in progress already$/);
    await refused("CLEANUP", /use BACKUP ABORT$/);
    await until(etna, "incrementing");
    assertEquals(await etna.call("BACKUP", "ABORT"), "OK");
    const failed = await etna.call("BACKUP", "STATUS") as Map<string, string>;
    assertEquals([failed.get("state"), failed.get("error")], ["failed", "aborted"]);
    assertEquals(await etna.call("BACKUP", "START"), "OK");
    // All databases emptied while the snapshot is written: it begins anew.
    await etna.call("FLUSHALL");
    await etna.call("SET", "k", "after");
    await until(etna, "incrementing");
    assertEquals(await etna.call("BACKUP", "SEAL"), "OK");
    await refused("START", /BACKUP CLEANUP first$/);
    await refused("ABORT", /no backup in progress$/);
    const files = await etna.call("BACKUP", "LIST") as string[];
    await inDirectory(async (other) => {
      await restore(files, other);
      const second = await startEtna({ dir: other, appendonly: true });
      assertEquals(await second.call("GET", "k"), "after");
      await second.close();
    });
    await etna.call("CONFIG", "SET", "backup-sealed-ttl", "1");
    await until(etna, "idle");
    assertEquals([...Deno.readDirSync(`${dir}/backupdir`)], []);
    // Within a transaction it begins behind it.
    const client = etna.connect();
    await client.call("MULTI");
    await client.call("BACKUP", "START");
    await client.call("SET", "within", "v");
    assertEquals(await client.call("EXEC"), ["OK", "OK"]);
    await until(etna, "incrementing");
    await etna.close();
    // What is not sealed goes with the server.
    assertEquals([...Deno.readDirSync(`${dir}/backupdir`)], []);
    const third = await startEtna({ dir });
    // What a server that was killed could not free any more.
    Deno.writeTextFileSync(`${dir}/backupdir/temp-gone-999999999-1`, "");
    assertEquals(await third.call("BACKUP", "START"), "OK");
    await until(third, "incrementing");
    assertEquals(await third.call("BACKUP", "ABORT"), "OK");
    assertEquals(await third.call("BACKUP", "CLEANUP"), "OK");
    assertEquals([...Deno.readDirSync(`${dir}/backupdir`)], []);
    Deno.writeTextFileSync(`${dir}/backupdir/mine`, "");
    await assertRejects(() => third.call("BACKUP", "START"), Error, "is not empty");
    assert(await third.call("BACKUP", "HELP") !== null);
    await third.close();
  });
});

Deno.test({
  name: "backup: a real server's checks find its files whole",
  ignore: oracle === undefined,
  fn: () =>
    inDirectory(async (dir) => {
      const etna = await startEtna({ dir, port: freePort() });
      for (let i = 0; i < 100; i++) await etna.call("HSET", `h${i}`, "f", "v");
      await etna.call("BACKUP", "START");
      await until(etna, "incrementing");
      await etna.call("SET", "k", "v");
      await etna.call("BACKUP", "SEAL");
      const { code, stdout } = await new Deno.Command("redis-check-aof", {
        args: [`${dir}/backupdir/appendonly.aof.manifest`],
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stdout));
      await etna.close();
    }),
});
