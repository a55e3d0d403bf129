/** A Sentinel's surroundings: names of hosts, passwords, TLS, scripts, a file that cannot be written. */

import { assert, assertEquals } from "@std/assert";
import { makeCertificates } from "../certificates.ts";
import { Node, until } from "../../support/nodes.ts";
import { freePort } from "../../support/ports.ts";
import { RespClient } from "../../support/resp_client.ts";
import { SentinelNode } from "../../support/sentinels.ts";

const GROUP = "group";

async function pair(stack: AsyncDisposableStack, ...options: string[]): Promise<[Node, Node]> {
  const primary = stack.use(await Node.start("etna", ...options));
  const replica = stack.use(await Node.start("etna", ...options));
  await replica.follow(primary);
  return [primary, replica];
}

Deno.test("sentinel: names of hosts are kept, told and resolved", async () => {
  await using stack = new AsyncDisposableStack();
  const primary = stack.use(await Node.start("etna", "--replica-announce-ip", "localhost"));
  const replica = stack.use(await Node.start("etna", "--replica-announce-ip", "localhost"));
  await replica.say("REPLICAOF", "localhost", `${primary.handle.port}`);
  const watch = { name: "other", port: primary.handle.port, quorum: 1 };
  const watcher = stack.use(
    await SentinelNode.start("etna", watch, [
      "sentinel resolve-hostnames yes",
      "sentinel announce-hostnames yes",
      `sentinel monitor ${GROUP} localhost ${primary.handle.port} 1`,
      `sentinel down-after-milliseconds ${GROUP} 500`,
      `sentinel monitor gone no-such-host.invalid 6379 1`,
      `sentinel down-after-milliseconds gone 500`,
    ]),
  );
  await until(async () => await watcher.field(GROUP, "num-slaves") === "1", "the replica");
  const { raw } = await watcher.client.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", GROUP);
  assert(raw.includes("localhost"), raw);
  await until(async () => (await watcher.field("gone", "flags")).includes("s_down"), "a lost name");
  primary.handle.signal!("SIGSTOP");
  await until(
    async () => await watcher.primaryPort(GROUP) === replica.handle.port,
    "the replica to be promoted",
  );
  primary.handle.signal!("SIGCONT");
  await until(async () => await primary.row("role") === "slave", "the old primary to follow");
  const text = await Deno.readTextFile(`${watcher.handle.dir}/sentinel.conf`);
  assert(text.includes(`sentinel monitor ${GROUP} localhost ${replica.handle.port} 1\n`), text);
});

Deno.test("sentinel: users and passwords of servers and of Sentinels", async () => {
  await using stack = new AsyncDisposableStack();
  const users = [
    ...["--user", "watcher", "on", ">secret", "~*", "&*", "+@all"],
    ...["--masteruser", "watcher", "--masterauth", "secret"],
  ];
  const [primary, replica] = await pair(stack, ...users);
  for (const node of [primary, replica]) await node.say("ACL", "SETUSER", "default", "off");
  const watch = {
    name: GROUP,
    port: primary.handle.port,
    quorum: 2,
    options: { "down-after-milliseconds": 500, "auth-user": "watcher", "auth-pass": "secret" },
  };
  const own = [
    "user peer on >word +@all &*",
    "sentinel sentinel-user peer",
    "sentinel sentinel-pass word",
  ];
  const watchers = [
    stack.use(await SentinelNode.start("etna", watch, own)),
    stack.use(await SentinelNode.start("etna", watch, own)),
  ];
  for (const watcher of watchers) {
    await until(async () => await watcher.field(GROUP, "num-slaves") === "1", "the replica");
    await until(async () => await watcher.field(GROUP, "num-other-sentinels") === "1", "the other");
    assertEquals(await watcher.say("ACL", "SETUSER", "default", "resetpass", ">closed"), "OK");
  }
  await until(
    async () => await watchers[0].say("SENTINEL", "FAILOVER", GROUP) === "OK",
    "a failover to begin",
  );
  await until(
    async () => await watchers[1].primaryPort(GROUP) === replica.handle.port,
    "the other to hear of it",
  );
  for (const { handle } of watchers) {
    assert(!(await handle.output!()).includes("secret"), "a password is in the log");
  }
});

Deno.test("sentinel: over TLS", async () => {
  await using stack = new AsyncDisposableStack();
  const files = makeCertificates();
  if (files === null) return; // there is no openssl
  stack.use(files);
  const file = (name: string) => `${files.dir}/${name}`;
  const tls = [
    ...["tls-replication yes", "tls-auth-clients yes", `tls-cert-file ${file("server.crt")}`],
    ...[`tls-client-cert-file ${file("client.crt")}`, `tls-client-key-file ${file("client.key")}`],
    ...[`tls-key-file ${file("server.key")}`, `tls-ca-cert-file ${file("ca.crt")}`],
  ];
  const nodes: [Node, number][] = [];
  for (let i = 0; i < 2; i++) {
    const tlsPort = freePort();
    const options = [`tls-port ${tlsPort}`, ...tls]
      .flatMap((line) => [`--${line.split(" ")[0]}`, line.split(" ")[1]]);
    nodes.push([stack.use(await Node.start("etna", ...options)), tlsPort]);
  }
  const [[primary, primaryPort], [replica, replicaPort]] = nodes;
  assertEquals(await replica.say("REPLICAOF", "127.0.0.1", `${primaryPort}`), "OK");
  const watchers: SentinelNode[] = [];
  for (let i = 0; i < 2; i++) {
    const watch = {
      name: GROUP,
      port: primaryPort,
      quorum: 2,
      options: { "down-after-milliseconds": 1000 },
    };
    const lines = [`tls-port ${freePort()}`, ...tls];
    watchers.push(stack.use(await SentinelNode.start("etna", watch, lines)));
  }
  for (const watcher of watchers) {
    await until(async () => await watcher.field(GROUP, "num-slaves") === "1", "the replica");
    await until(async () => await watcher.field(GROUP, "num-other-sentinels") === "1", "the other");
  }
  primary.handle.signal!("SIGSTOP");
  for (const watcher of watchers) {
    await until(async () => await watcher.primaryPort(GROUP) === replicaPort, "a failover");
  }
  primary.handle.signal!("SIGCONT");
});

Deno.test("sentinel: scripts are run with what has happened", async () => {
  await using stack = new AsyncDisposableStack();
  const [primary, replica] = await pair(stack);
  const dir = await Deno.makeTempDir({ prefix: "etna-test-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const script = `${dir}/note.sh`;
  await Deno.writeTextFile(script, `#!/bin/sh\necho "$@" >> ${dir}/noted\n`, { mode: 0o755 });
  const watch = {
    name: GROUP,
    port: primary.handle.port,
    quorum: 1,
    options: {
      "down-after-milliseconds": 500,
      "notification-script": script,
      "client-reconfig-script": script,
    },
  };
  const watcher = stack.use(await SentinelNode.start("etna", watch));
  await until(async () => await watcher.field(GROUP, "num-slaves") === "1", "the replica");
  using listener = await RespClient.connect(watcher.handle);
  await listener.command("PSUBSCRIBE", "*");
  primary.handle.signal!("SIGSTOP");
  const noted = () => Deno.readTextFile(`${dir}/noted`).catch(() => "");
  const [from, to] = [primary, replica].map(({ handle }) => `127.0.0.1 ${handle.port}`);
  await until(
    async () => (await noted()).includes(`${GROUP} leader start ${from} ${to}`),
    "the script for clients",
  );
  primary.handle.signal!("SIGCONT");
  assert((await noted()).includes(`+sdown master ${GROUP} ${from}`), await noted());
  let told = "";
  while (!told.includes("+switch-master")) told += (await listener.read()).raw;
  assert(told.includes(`${GROUP} ${from} ${to}`), told);
});

Deno.test("sentinel: a configuration that cannot be written is said, and no vote is told", async () => {
  await using stack = new AsyncDisposableStack();
  const [primary] = await pair(stack);
  const watch = { name: GROUP, port: primary.handle.port, quorum: 2 };
  const watcher = stack.use(await SentinelNode.start("etna", watch));
  const vote = (epoch: number) => {
    const runId = "a".repeat(40);
    const address = ["127.0.0.1", `${primary.handle.port}`];
    return watcher.client.command(
      ...["SENTINEL", "IS-MASTER-DOWN-BY-ADDR", ...address, `${epoch}`, runId],
    );
  };
  assert((await vote(5)).raw.includes("a".repeat(40)));
  // A directory in the place of the new file: no user, whatever it may, can write one there.
  await Deno.mkdir(`${watcher.handle.dir}/sentinel.conf.tmp`);
  assertEquals((await vote(6)).raw, "*3\r\n:0\r\n$1\r\n*\r\n:0\r\n");
  assert((await watcher.say("SENTINEL", "FLUSHCONFIG")).startsWith("ERR"));
  await Deno.remove(`${watcher.handle.dir}/sentinel.conf.tmp`);
  assertEquals(await watcher.say("SENTINEL", "FLUSHCONFIG"), "OK");
  // The vote of that epoch is given, to whom it was given to.
  assert((await vote(6)).raw.includes("a".repeat(40)));
});

Deno.test("sentinel: what is wrong with a configuration is said", async () => {
  const dir = await Deno.makeTempDir({ prefix: "etna-test-" });
  const root = new URL("../../../", import.meta.url);
  const start = async (...args: string[]) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "mod.ts", ...args],
      cwd: root,
      stdout: "null",
      stderr: "piped",
    }).output();
    return { code, text: new TextDecoder().decode(stderr) };
  };
  try {
    const none = await start("--sentinel");
    assertEquals([none.code, none.text], [
      1,
      "Sentinel needs config file on disk to save state. Exiting...\n",
    ]);
    for (
      const [line, reason] of [
        ["sentinel monitor m 127.0.0.1 6379 0", "Quorum must be 1 or greater."],
        ["sentinel monitor m no-such-host.invalid 6379 1", "Can't resolve instance hostname."],
        ["sentinel foo bar", "Unrecognized sentinel configuration statement."],
        ["sentinel quorum x 1", "Unrecognized sentinel configuration statement."],
        ["sentinel down-after-milliseconds x 1", "No such master with specified name."],
        ["sentinel myid abc", "Malformed Sentinel id in myid option."],
      ]
    ) {
      await Deno.writeTextFile(`${dir}/bad.conf`, `port ${freePort()}\n${line}\n`);
      const { code, text } = await start(`${dir}/bad.conf`, "--sentinel");
      assertEquals(code, 1);
      assert(text.includes(`>>> '${line}'\n${reason}`), text);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
