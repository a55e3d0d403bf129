/** What an operator does with redis-cli: nodes come and go, commands go to all, data come in and are saved. */

import { assert, assertEquals } from "@std/assert";
import { makeCertificates } from "../certificates.ts";
import { cli, create, NODE_TIMEOUT_MS } from "../../support/clusters.ts";
import { Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { freePort } from "../../support/ports.ts";

const ignore = findOracle() === undefined;

async function single(stack: AsyncDisposableStack): Promise<Node> {
  const options = [
    ...["--cluster-enabled", "yes", "--cluster-node-timeout", `${NODE_TIMEOUT_MS}`],
    ...["--cluster-port", `${freePort()}`],
  ];
  return stack.use(await Node.start("etna", ...options));
}

const knows = async (node: Node) => (await node.say("CLUSTER", "NODES")).trim().split("\n").length;

Deno.test({
  name: "cluster: redis-cli adds nodes and deletes them, calls all, imports and saves",
  ignore,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const nodes = await create(stack, ["etna", "etna", "etna"], 0);
    const [first] = nodes;
    const address = `127.0.0.1:${first.handle.port}`;
    const replica = await single(stack);
    const bus = /@(\d+)/.exec(await replica.say("CLUSTER", "NODES"))![1];
    // redis-cli meets a node at its port and 10,000 more, where this one's bus is not.
    assertEquals(
      await first.say("CLUSTER", "MEET", "127.0.0.1", `${replica.handle.port}`, bus),
      "OK",
    );
    await until(
      async () => await knows(replica) === 4 && await knows(nodes[2]) === 4,
      "it to be known",
    );
    const id = await replica.say("CLUSTER", "MYID");
    const leader = await first.say("CLUSTER", "MYID");
    assertEquals(await replica.say("CLUSTER", "REPLICATE", leader), "OK");
    await until(async () => await replica.row("master_link_status") === "up", "it to follow");
    for (const node of nodes) {
      await until(
        async () =>
          new RegExp(`^${id} .* slave ${leader} `, "m").test(await node.say("CLUSTER", "NODES")),
        "all to know whom it follows",
      );
    }
    assertEquals((await cli("--cluster", "call", address, "PING")).match(/PONG/g)?.length, 4);
    // From a server that is alone, whose keys go where they belong.
    const outside = stack.use(await Node.start("redis"));
    for (let i = 0; i < 50; i++) await outside.say("SET", `imported:${i}`, `${i}`);
    const imported = await cli(
      ...["--cluster", "import", address, "--cluster-from", `127.0.0.1:${outside.handle.port}`],
    );
    assert(!imported.includes("ERR"), imported.slice(-300));
    const sizes = await Promise.all(nodes.map(async (node) => Number(await node.say("DBSIZE"))));
    assertEquals(sizes.reduce((sum, size) => sum + size), 50);
    const dir = await Deno.makeTempDir({ prefix: "etna-test-" });
    stack.defer(() => Deno.remove(dir, { recursive: true }));
    const backup = await cli("--cluster", "backup", address, dir);
    assert(backup.includes("Backup"), backup.slice(-300));
    const saved = [...Deno.readDirSync(dir)].map(({ name }) => name);
    assertEquals(saved.filter((name) => name.endsWith(".rdb")).length, 3, saved.join(" "));
    const deleted = await cli("--cluster", "del-node", address, id);
    assert(!deleted.includes("ERR"), deleted);
    for (const node of nodes) {
      await until(async () => await knows(node) === 3, "all to have forgotten it");
    }
    assert((await cli("--cluster", "check", address)).includes("All 16384 slots covered"));
  },
});

Deno.test("cluster: who is forgotten by one is forgotten by all", async () => {
  await using stack = new AsyncDisposableStack();
  if (ignore) return;
  const nodes = await create(stack, ["etna", "etna", "etna"], 0);
  const lost = await single(stack);
  const bus = /@(\d+)/.exec(await lost.say("CLUSTER", "NODES"))![1];
  await nodes[0].say("CLUSTER", "MEET", "127.0.0.1", `${lost.handle.port}`, bus);
  for (const node of nodes) await until(async () => await knows(node) === 4, "it to be known");
  const id = await lost.say("CLUSTER", "MYID");
  lost.handle.kill!();
  assertEquals(await nodes[0].say("CLUSTER", "FORGET", id), "OK");
  for (const node of nodes) await until(async () => await knows(node) === 3, "it to be forgotten");
});

Deno.test({
  name: "cluster: redis-cli mends a slot that was left open",
  ignore,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const nodes = await create(stack, ["etna", "etna", "etna"], 0);
    const ids = await Promise.all(nodes.map((node) => node.say("CLUSTER", "MYID")));
    const address = `127.0.0.1:${nodes[0].handle.port}`;
    assertEquals(await nodes[1].say("CLUSTER", "SETSLOT", "5", "IMPORTING", ids[0]), "OK");
    assertEquals(await nodes[0].say("CLUSTER", "SETSLOT", "5", "MIGRATING", ids[1]), "OK");
    assertEquals(await nodes[2].say("CLUSTER", "DELSLOTS", "16000"), "OK");
    // It asks, whatever its options say.
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `yes yes | timeout 60 redis-cli --cluster fix ${address}`],
      stderr: "null",
    }).output();
    const fixed = new TextDecoder().decode(stdout);
    const check = await cli("--cluster", "check", address);
    assert(check.includes("All 16384 slots covered"), fixed.slice(-800));
    assert(!check.includes("importing") && !check.includes("migrating"), check);
    await until(
      async () => (await cli("--cluster", "check", address)).includes("All nodes agree"),
      "all to agree",
    );
  },
});

Deno.test({
  name: "cluster: over TLS, etna and redis",
  ignore,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const files = makeCertificates();
    if (files === null) return; // there is no openssl
    stack.use(files);
    const file = (name: string) => `${files.dir}/${name}`;
    const nodes: [Node, number, number][] = [];
    for (const kind of ["etna", "redis", "etna"] as const) {
      const [tlsPort, bus] = [freePort(), freePort()];
      const options = [
        ...["--cluster-enabled", "yes", "--cluster-node-timeout", `${NODE_TIMEOUT_MS}`],
        ...["--cluster-port", `${bus}`, "--tls-port", `${tlsPort}`, "--tls-cluster", "yes"],
        ...["--tls-replication", "yes", "--tls-auth-clients", "yes"],
        ...["--tls-cert-file", file("server.crt"), "--tls-key-file", file("server.key")],
        ...["--tls-client-cert-file", file("client.crt")],
        ...["--tls-client-key-file", file("client.key"), "--tls-ca-cert-file", file("ca.crt")],
      ];
      nodes.push([stack.use(await Node.start(kind, ...options)), tlsPort, bus]);
    }
    const [[first]] = nodes;
    const third = Math.floor(16384 / 3);
    for (const [i, [node, tlsPort, bus]] of nodes.entries()) {
      const last = i === 2 ? 16383 : (i + 1) * third - 1;
      await node.say("CLUSTER", "SET-CONFIG-EPOCH", `${i + 1}`);
      await node.say("CLUSTER", "ADDSLOTSRANGE", `${i * third}`, `${last}`);
      if (i > 0) await first.say("CLUSTER", "MEET", "127.0.0.1", `${tlsPort}`, `${bus}`);
    }
    for (const [node] of nodes) {
      await until(
        async () => (await node.say("CLUSTER", "INFO")).includes("cluster_state:ok"),
        "the cluster to serve",
      );
      assertEquals(await knows(node), 3);
    }
  },
});
