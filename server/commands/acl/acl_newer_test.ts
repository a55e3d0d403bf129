/**
 * What 7.2 answers otherwise than the server beside: rules are told as they were given, refusals name the user,
 * entries of the log have an ID; and files of users, secrets, what must not be told.
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { start, type StartOptions } from "../../../mod.ts";
import { testEnvironment } from "../../../tests/support/environment.ts";
import { MemoryDisk } from "../../../tests/support/memory_disk.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";
import { itemsOf, textOf } from "../../../tests/support/resp_reply.ts";

async function serve(
  act: (connect: () => Promise<RespClient>, disk: MemoryDisk) => Promise<void>,
  options: StartOptions = {},
  files: Record<string, string> = {},
): Promise<void> {
  const disk = new MemoryDisk();
  for (const [name, text] of Object.entries(files)) {
    disk.files.set(name, new TextEncoder().encode(text));
  }
  const etna = await start({ port: 0, ...options }, testEnvironment({ disk }));
  const clients: RespClient[] = [];
  try {
    await act(async () => {
      const client = await RespClient.connect({ host: "127.0.0.1", port: etna.port });
      clients.push(client);
      return client;
    }, disk);
  } finally {
    for (const client of clients) client[Symbol.dispose]();
    await etna.close();
  }
}

const said = async (client: RespClient, ...words: string[]) =>
  textOf((await client.command(...words)).reply);

/** The commands that a user may run, as GETUSER tells them. */
async function commandRules(client: RespClient, ...rules: string[]): Promise<string> {
  assertEquals(await said(client, "ACL", "SETUSER", "u", ...rules), "OK");
  const items = itemsOf((await client.command("ACL", "GETUSER", "u")).reply).map(textOf);
  return items[items.indexOf("commands") + 1];
}

Deno.test("ACL GETUSER tells rules as they were given, what they make meaningless aside", () =>
  serve(async (connect) => {
    const client = await connect();
    const steps: [rules: string, expected: string][] = [
      ["+@all -@hash -@slow +hget", "+@all -@hash -@slow +hget"],
      ["-@hash", "+@all -@slow +hget -@hash"],
      ["+@hash", "+@all -@slow +hget +@hash"],
      ["-@all", "-@all"],
      ["-@string -@slow +@all", "+@all"],
      ["-@all +@HASH +@hash +@HaSh", "-@all +@hash"],
      ["-@all +HGET +hget +hGeT", "-@all +hget"],
      ["-@all +@hash +@slow +@set +@set +@slow +@hash", "-@all +@set +@slow +@hash"],
      ["-@all +hget -hset +hset -hget", "-@all +hset -hget"],
      [
        "-@all +client|list +client|list +config|get +config +acl|list -acl",
        "-@all +client|list +config -acl",
      ],
      ["-@all +select|0 +select|0 +debug", "-@all +select|0 +debug"],
      ["-@all -@dangerous", "-@all -@dangerous"],
      ["-@all +config +config|get -config|set +config", "-@all +config"],
    ];
    for (const [rules, expected] of steps) {
      assertEquals(await commandRules(client, ...rules.split(" ")), expected, rules);
    }
  }));

Deno.test("a refusal names the user, and never the key or the channel", () =>
  serve(async (connect) => {
    const [admin, client] = [await connect(), await connect()];
    await admin.command("ACL", "SETUSER", "ann", "on", ">p", "+get", "+publish", "~a*");
    await client.command("AUTH", "ann", "p");
    assertEquals(
      await said(client, "SET", "a", "1"),
      "NOPERM User ann has no permissions to run the 'set' command",
    );
    assertEquals(
      await said(client, "CONFIG", "GET", "a"),
      "NOPERM User ann has no permissions to run the 'config|get' command",
    );
    assertEquals(await said(client, "GET", "b"), "NOPERM No permissions to access a key");
    assertEquals(
      await said(client, "PUBLISH", "b", "x"),
      "NOPERM No permissions to access a channel",
    );
    assertEquals(
      await said(admin, "ACL", "DRYRUN", "ann", "GET", "b"),
      "User ann has no permissions to access the 'b' key",
    );
  }));

Deno.test("ACL LOG: each reason and context, the same within a minute as one, counted in INFO", () =>
  serve(async (connect) => {
    const [admin, client] = [await connect(), await connect()];
    await admin.command(
      "ACL",
      "SETUSER",
      "ann",
      "on",
      ">p",
      "+get",
      "+publish",
      "~a*",
      "+multi",
      "+exec",
      "+hello",
    );
    await client.command("AUTH", "ann", "wrong");
    await client.command("HELLO", "3", "AUTH", "nobody", "x");
    await client.command("AUTH", "ann", "p");
    for (
      const words of [
        ["SET", "a", "1"],
        ["GET", "b"],
        ["PUBLISH", "c", "x"],
        ["MULTI"],
        ["GET", "b"],
        ["EXEC"],
        ["GET", "b"],
      ]
    ) {
      await client.command(...words);
    }
    const entries = itemsOf((await admin.command("ACL", "LOG")).reply).map((entry) =>
      itemsOf(entry).map(textOf)
    );
    const field = (entry: string[], name: string) => entry[entry.indexOf(name) + 1];
    assertEquals(
      entries.map((entry) =>
        ["count", "reason", "context", "object", "username", "entry-id"].map((name) =>
          field(entry, name)
        ).join(" ")
      ),
      [
        "2 key toplevel b ann 3",
        "1 key multi b ann 5",
        "1 channel toplevel c ann 4",
        "1 command toplevel set ann 2",
        "1 auth toplevel HELLO nobody 1",
        "1 auth toplevel AUTH ann 0",
      ],
    );
    assertMatch(field(entries[0], "client-info"), /^id=\d+ addr=.* cmd=get user=ann /);
    assertMatch(field(entries[0], "age-seconds"), /^\d+(\.\d{1,3})?$/);
    assertMatch(field(entries[0], "timestamp-created"), /^\d{13}$/);
    const stats = await said(admin, "INFO", "stats");
    for (const row of ["auth:2", "cmd:1", "key:3", "channel:1"]) {
      assertStringIncludes(stats, `acl_access_denied_${row}\r\n`);
    }
    await admin.command("CONFIG", "SET", "acllog-max-len", "1");
    await client.command("SET", "a", "1");
    await client.command("ECHO", "x");
    assertEquals(itemsOf((await admin.command("ACL", "LOG")).reply).length, 1);
    assertEquals(await said(admin, "ACL", "LOG", "RESET"), "OK");
    assertEquals(itemsOf((await admin.command("ACL", "LOG")).reply).length, 0);
  }));

Deno.test("ACL SAVE and LOAD: whoever is still there goes on under the new rules, the others are closed", () =>
  serve(
    async (connect, disk) => {
      const [admin, ann, bob] = [await connect(), await connect(), await connect()];
      assertEquals(await said(ann, "AUTH", "ann", "p"), "OK");
      assertEquals(await said(bob, "AUTH", "bob", "q"), "OK");
      assertEquals(await said(ann, "GET", "a"), "");
      await admin.command("ACL", "SETUSER", "cid", "on", "nopass", "+@read", "(%R~x +get)");
      assertEquals(await said(admin, "ACL", "SAVE"), "OK");
      const text = new TextDecoder().decode(disk.files.get("users.acl"));
      assertStringIncludes(
        text,
        "user cid on nopass sanitize-payload resetchannels -@all +@read (%R~x resetchannels -@all +get)\n",
      );
      assertStringIncludes(text, "user default on nopass sanitize-payload ~* &* +@all\n");
      const written = text.replace(/user bob.*\n/, "").replace("~a ", "~b ");
      disk.files.set("users.acl", new TextEncoder().encode(written));
      assertEquals(await said(admin, "ACL", "LOAD"), "OK");
      assertEquals(await said(ann, "GET", "a"), "NOPERM No permissions to access a key");
      assertEquals(await said(ann, "GET", "b"), "");
      assertEquals(await bob.command("PING").then(() => "open", () => "closed"), "closed");
      disk.files.set(
        "users.acl",
        new TextEncoder().encode("user ann +nothing\nuser x (+get\nann\nuser ann on\n"),
      );
      assertEquals(
        await said(admin, "ACL", "LOAD"),
        "ERR users.acl:1: Error in applying operation '+nothing': Unknown command or category name in ACL. " +
          "users.acl:2: Unmatched parenthesis in selector definition." +
          "users.acl:3 should start with user keyword followed by the username. " +
          "WARNING: Duplicate user 'ann' found on line 4. " +
          "WARNING: ACL errors detected, no change to the previously active ACL rules was performed",
      );
      assertEquals(await said(ann, "GET", "b"), "");
      disk.room = 10;
      assertEquals(
        await said(admin, "ACL", "SAVE"),
        "ERR There was an error trying to save the ACLs. Please check the server logs for more information",
      );
    },
    { aclfile: "users.acl" },
    { "users.acl": "user ann on >p ~a +get\n\nuser bob on >q +ping\n" },
  ));

Deno.test("ACL SAVE and LOAD keep names and patterns that are no UTF-8, byte for byte", () =>
  serve(
    async (connect, disk) => {
      const [admin, client] = [await connect(), await connect()];
      const [name, pattern] = ["n\xff\xe9", "~k\xe9\x80*"];
      await admin.command("ACL", "SETUSER", name, "on", ">p\xff", pattern, "+get");
      const before = (await admin.command("ACL", "LIST")).raw;
      assertEquals(await said(admin, "ACL", "SAVE"), "OK");
      const written = disk.files.get("users.acl")!;
      assertStringIncludes(
        Array.from(written, (byte) => String.fromCharCode(byte)).join(""),
        pattern,
      );
      await admin.command("ACL", "DELUSER", name);
      assertEquals(await said(admin, "ACL", "LOAD"), "OK");
      assertEquals((await admin.command("ACL", "LIST")).raw, before);
      assertEquals(await said(client, "AUTH", name, "p\xff"), "OK");
      assertEquals(await said(client, "GET", "k\xe9\x80:1"), "");
    },
    { aclfile: "users.acl" },
    { "users.acl": "" },
  ));

Deno.test("passwords and their digests are in no error, slow log or MONITOR", () =>
  serve(async (connect) => {
    const [admin, monitor] = [await connect(), await connect()];
    await monitor.command("MONITOR");
    await admin.command("CONFIG", "SET", "slowlog-log-slower-than", "0");
    const hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a488";
    const errors = [
      await said(admin, "ACL", "SETUSER", "u", "<sesame"),
      await said(admin, "ACL", "SETUSER", "u", `!${hash}0`),
      await said(admin, "ACL", "SETUSER", "u", `#${hash}`),
      await said(admin, "ACL", "SETUSER", "u", "on", ">sesame", "bogus"),
      await said(admin, "ACL", "SETUSER", "u", ">sesame"),
      await said(admin, "AUTH", "u", "sesame"),
      await said(admin, "ACL", "DRYRUN", "default", "AUTH", "sesame"),
    ].join("\n");
    await admin.command("PING");
    let seen = errors + (await admin.command("SLOWLOG", "GET", "-1")).raw;
    for (let line = ""; !line.includes("PING"); seen += line) {
      line = textOf((await monitor.read()).reply);
    }
    assertEquals(/sesame|2d711642/.exec(seen), null, seen);
  }));

Deno.test("a password of 64 MB is looked at whole", () =>
  serve(async (connect) => {
    const admin = await connect();
    const long = "p".repeat(64 << 20);
    await admin.command("ACL", "SETUSER", "u", "on", `>${long}`, "+ping");
    const client = await connect();
    assertMatch(await said(client, "AUTH", "u", `${long}p`), /^WRONGPASS/);
    assertEquals(await said(client, "AUTH", "u", long), "OK");
  }));

Deno.test("what scripts do is refused as what their callers do, and told as theirs", () =>
  serve(async (connect) => {
    const [admin, client] = [await connect(), await connect()];
    await admin.command("ACL", "SETUSER", "ann", "on", ">p", "+eval", "+get", "~a*");
    await client.command("AUTH", "ann", "p");
    const run = (script: string) => said(client, "EVAL", script, "0");
    assertEquals(await run("return redis.call('get', 'a')"), "");
    assertMatch(
      await run("return redis.call('get', 'b')"),
      /^ERR ACL failure in script: No permissions to access a key script: [0-9a-f]{40}, on @user_script:1\.$/,
    );
    assertMatch(
      await run("return redis.pcall('set', 'a', 1)"),
      /^ERR ACL failure in script: User ann has no permissions to run the 'set' command/,
    );
    assertEquals(
      await said(client, "EVAL", "return 1", "1", "b"),
      "NOPERM No permissions to access a key",
    );
    const check = "return {redis.acl_check_cmd('get','a'), redis.acl_check_cmd('get','b'), " +
      "redis.acl_check_cmd('set','a','1'), redis.acl_check_cmd('get','a')}";
    const allowed = itemsOf((await client.command("EVAL", check, "0")).reply).map(textOf);
    assertEquals(allowed, ["1", "", "", "1"]);
    const entry = itemsOf(itemsOf((await admin.command("ACL", "LOG", "1")).reply)[0]).map(textOf);
    assertEquals(entry.slice(2, 10), [
      "reason",
      "key",
      "context",
      "toplevel",
      "object",
      "b",
      "username",
      "ann",
    ]);
    const second = itemsOf(itemsOf((await admin.command("ACL", "LOG")).reply)[1]).map(textOf);
    assertEquals(second.slice(3, 8).join(), "command,context,lua,object,set");
  }));
