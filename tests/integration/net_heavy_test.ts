/** The network under load: huge values, a million arguments, ten thousand connections. */

import { assert, assertEquals } from "@std/assert";
import { freePort } from "../support/ports.ts";
import { startSubject, type Variant } from "./net_subject.ts";
import { bytesOf, request, sleep, until, Wire } from "./wire.ts";

const plain: readonly Variant[] = [
  { transport: "epoll", kind: "tcp" },
  { transport: "deno", kind: "tcp" },
];
const MIB = 1 << 20;
const root = new URL("../..", import.meta.url).pathname;

/** MiB that the system says are free; unlimited where it does not say. */
function freeMemoryMib(): number {
  try {
    const { available } = Deno.systemMemoryInfo();
    return available / MIB;
  } catch {
    return Infinity;
  }
}

for (const variant of plain) {
  const options = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({
    name: `${variant.transport}: a value of 512 MB goes in and comes out`,
    ignore: freeMemoryMib() < 4096,
    ...options,
    async fn() {
      await using subject = await startSubject(variant, null);
      using client = await subject.connect();
      const size = 512 * MIB;
      await client.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${size}\r\n`);
      const piece = new Uint8Array(MIB);
      for (let i = 0; i < size / MIB; i++) {
        piece.fill(i);
        await client.send(piece);
      }
      await client.send("\r\n");
      assertEquals(await client.readText(5, 20_000), "+OK\r\n");
      await client.send(request("GET", "k"));
      const head = `$${size}\r\n`;
      assertEquals(await client.readText(head.length, 20_000), head);
      for (let i = 0; i < size / MIB; i++) {
        const part = await client.read(MIB, 20_000);
        const { length } = part;
        const same = length === MIB && part[0] === (i & 255) && part[MIB - 1] === (i & 255);
        assert(same, `MiB ${i} differs`);
      }
      assertEquals(await client.readText(2), "\r\n");
      await client.ask(":1\r\n", "DEL", "k");
      await until(() => subject.server.core.usedBytes < MIB, "the memory is given back");
    },
  });

  Deno.test({
    name: `${variant.transport}: a command of a million arguments`,
    ...options,
    async fn() {
      await using subject = await startSubject(variant, null);
      using client = await subject.connect();
      const count = 500_000;
      const parts = [`*${count * 2 + 1}\r\n$4\r\nMSET\r\n`];
      for (let i = 0; i < count; i++) parts.push(`$7\r\n${1_000_000 + i}\r\n$1\r\nv\r\n`);
      const sending = client.send(bytesOf(parts.join("")));
      assertEquals(await client.readText(5, 20_000), "+OK\r\n");
      await sending;
      for (const key of [1_000_000, 1_000_000 + count - 1]) {
        assertEquals(await client.ask("$1\r\nv\r\n", "GET", `${key}`), "$1\r\nv\r\n");
      }
    },
  });
}

/** Most descriptors this process may have open. */
function descriptorLimit(): number {
  try {
    const limits = Deno.readTextFileSync("/proc/self/limits");
    const found = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
    return found === undefined ? 0 : found === "unlimited" ? Infinity : Number(found);
  } catch {
    return 0;
  }
}

/** A server in a process of its own. */
async function spawnServer(port: number, shell: string, ...args: string[]) {
  const program = `${shell} exec "$0" run -A --no-check mod.ts "$@"`;
  const dir = Deno.makeTempDirSync({ prefix: "etna-net-" });
  const child = new Deno.Command("/bin/sh", {
    args: [
      "-c",
      program,
      Deno.execPath(),
      "--port",
      `${port}`,
      "--dir",
      dir,
      "--save",
      "",
      ...args,
    ],
    cwd: root,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let log = "";
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) log += text;
  })();
  await until(() => log.includes("Ready to accept connections"), "the server runs", 60_000);
  return {
    pid: child.pid,
    log: () => log,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await reading;
      Deno.removeSync(dir, { recursive: true });
    },
  };
}

/** Clock ticks (10 ms) of processor time that a process has used. */
function processorTicks(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1].split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

const CONNECTIONS = 10_000;

for (const { transport } of plain) {
  const enough = descriptorLimit() >= CONNECTIONS + 500;
  Deno.test({
    name: `${transport}: ten thousand connections` +
      (enough ? "" : " (skipped: the limit of open files is too low)"),
    ignore: !enough,
    async fn() {
      const port = freePort();
      const options = ["--transport", transport, "--maxclients", `${CONNECTIONS + 10}`];
      await using server = await spawnServer(port, "", ...options);
      const clients: Wire[] = [];
      while (clients.length < CONNECTIONS) {
        const batch = Array.from({ length: 250 }, () => Wire.connect({ kind: "tcp", port }));
        clients.push(...await Promise.all(batch));
      }
      for (let round = 0; round < 2; round++) {
        await Promise.all(clients.map((client) => client.send(request("PING"))));
        const replies = await Promise.all(clients.map((client) => client.readText(7, 20_000)));
        assert(replies.every((reply) => reply === "+PONG\r\n"));
      }
      const before = processorTicks(server.pid);
      await sleep(500);
      const ticks = processorTicks(server.pid) - before;
      assert(ticks < 35, `${ticks * 10} ms of processor time in 500 ms of silence`);
      for (const client of clients) client[Symbol.dispose]();
      using last = await Wire.connect({ kind: "tcp", port });
      assertEquals(await last.ask("+PONG\r\n", "PING"), "+PONG\r\n");
    },
  });
}

Deno.test({
  name: "epoll: without descriptors left it waits, says so once, and goes on",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const port = freePort();
    const options = ["--transport", "epoll", "--maxclients", "1000"];
    await using server = await spawnServer(port, "ulimit -n 100;", ...options);
    const clients = await Promise.all(
      Array.from({ length: 200 }, () => Wire.connect({ kind: "tcp", port })),
    );
    await until(() => server.log().includes("Too many open files"), "it says so");
    assertEquals(await clients[0].ask("+PONG\r\n", "PING"), "+PONG\r\n");
    await sleep(100);
    const before = processorTicks(server.pid);
    await sleep(500);
    const ticks = processorTicks(server.pid) - before;
    assert(ticks < 20, `${ticks * 10} ms of processor time in 500 ms of waiting`);
    const warnings = server.log().split("\n").filter((line) => line.includes("Accepting client"));
    assertEquals(warnings.length, 1, server.log());
    for (const client of clients.slice(0, 150)) client[Symbol.dispose]();
    const last = clients.slice(150);
    await Promise.all(last.map((client) => client.ask("+PONG\r\n", "PING")));
    for (const client of last) client[Symbol.dispose]();
  },
});
