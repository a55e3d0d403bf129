/**
 * A whole cluster on one machine: starts the nodes, joins them, waits until it serves, and stops them together.
 *
 *     deno task cluster --nodes 6 --replicas 1 --port 7000 --dir ./cluster-data
 *
 * This is also how one machine's cores, and more than 4 GiB, are used.
 */

import { parseArgs } from "@std/cli";
import { SLOT_COUNT } from "../../server/cluster/cluster.ts";
import { Decoder, encodeCommand, ReplyError, type ReplyValue } from "../../server/resp/decoder.ts";

const HELP = `Usage: deno task cluster [options] [-- options of every node]

  --nodes 6          how many nodes
  --replicas 1       replicas of each primary
  --port 7000        the first node's port; the others follow
  --dir DIR          where the nodes keep their files; a cluster that is there is started again
                     (without: a temporary directory, removed at the end)
  --timeout 5000     cluster-node-timeout, ms

Example: deno task cluster --nodes 3 --replicas 0 -- --maxmemory 2gb --appendonly yes
Ctrl-C stops all nodes.
`;

const PATIENCE_MS = 60_000;
const POLL_MS = 100;
const ROOT = new URL("../../", import.meta.url);

/** A command to a node. @throws Error with the node's words */
async function ask(port: number, ...words: string[]): Promise<ReplyValue> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(encodeCommand(words));
  const decoder = new Decoder();
  const chunk = new Uint8Array(65536);
  for (;;) {
    const count = await connection.read(chunk);
    if (count === null) throw new Error(`port ${port}: the connection was closed`);
    decoder.push(chunk.subarray(0, count));
    const reply = decoder.next();
    if (reply === undefined) continue;
    if (reply.value instanceof ReplyError) throw new Error(`port ${port}: ${reply.value.message}`);
    return reply.value;
  }
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > endMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

interface Plan {
  nodes: number;
  replicas: number;
  port: number;
  dir: string;
  timeoutMs: number;
  more: string[];
}

class LocalCluster {
  readonly #children: Deno.ChildProcess[] = [];

  constructor(readonly plan: Plan) {}

  get ports(): number[] {
    return Array.from({ length: this.plan.nodes }, (_, i) => this.plan.port + i);
  }
  get primaries(): number {
    return Math.floor(this.plan.nodes / (this.plan.replicas + 1));
  }

  async start(): Promise<void> {
    const { dir, timeoutMs, more } = this.plan;
    const isNew = !(await exists(`${dir}/${this.ports[0]}/nodes.conf`));
    console.log(`Starting ${this.ports.length} nodes in ${dir} ...`);
    for (const port of this.ports) {
      await Deno.mkdir(`${dir}/${port}`, { recursive: true });
      const options = [
        ...["--port", `${port}`, "--dir", `${dir}/${port}`, "--logfile", `${dir}/${port}/etna.log`],
        ...["--cluster-enabled", "yes", "--cluster-node-timeout", `${timeoutMs}`, ...more],
      ];
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "mod.ts", ...options],
        cwd: ROOT,
        stdin: "null",
        stdout: "null",
        stderr: "inherit",
      }).spawn();
      this.#children.push(child);
      child.status.then(({ code }) => {
        if (!this.#isStopping) {
          console.log(`The node on port ${port} has ended with status ${code}.`);
        }
      });
      // The first one compiles the core where that is still to be done.
      await until(async () => await ask(port, "PING") === "PONG", `the node on port ${port}`);
    }
    if (isNew) await this.#join();
    console.log("Waiting until the cluster serves ...");
    for (const port of this.ports) {
      await until(async () => {
        const nodes = `${await ask(port, "CLUSTER", "NODES")}`;
        const info = `${await ask(port, "CLUSTER", "INFO")}`;
        const replicas = nodes.match(/ (myself,)?slave /g)?.length ?? 0;
        return info.includes("cluster_state:ok") && replicas === this.ports.length - this.primaries;
      }, `the node on port ${port} to find the cluster well`);
    }
  }

  async #join(): Promise<void> {
    const { ports, primaries } = this;
    console.log("Joining them ...");
    const ids: string[] = [];
    for (const [i, port] of ports.entries()) {
      ids.push(`${await ask(port, "CLUSTER", "MYID")}`);
      await ask(port, "CLUSTER", "SET-CONFIG-EPOCH", `${i + 1}`);
      if (i < primaries) {
        const first = Math.floor(SLOT_COUNT * i / primaries);
        const last = Math.floor(SLOT_COUNT * (i + 1) / primaries) - 1;
        await ask(port, "CLUSTER", "ADDSLOTSRANGE", `${first}`, `${last}`);
      }
      if (i > 0) await ask(port, "CLUSTER", "MEET", "127.0.0.1", `${ports[0]}`);
    }
    for (const [i, port] of ports.entries()) {
      await until(async () => {
        const lines = `${await ask(port, "CLUSTER", "NODES")}`.trim().split("\n");
        return lines.length === ports.length && !lines.some((line) => line.includes("handshake"));
      }, `the node on port ${port} to know all others`);
      if (i >= primaries) await ask(port, "CLUSTER", "REPLICATE", ids[i % primaries]);
    }
  }

  async table(): Promise<string> {
    const text = `${await ask(this.ports[0], "CLUSTER", "NODES")}`.trim();
    const rows = text.split("\n").map((line) => {
      const [id, place, flags, primary, , , , , ...slots] = line.split(" ");
      const port = /:(\d+)@/.exec(place)![1];
      const role = flags.includes("master") ? "primary" : `replica of ${primary.slice(0, 8)}`;
      return [port, id.slice(0, 8), role, slots.join(" ")];
    }).sort((one, other) => Number(one[0]) - Number(other[0]));
    return [["port", "id", "role", "slots"], ...rows]
      .map(([port, id, role, slots]) =>
        `  ${port.padEnd(6)}${id.padEnd(10)}${role.padEnd(22)}${slots}`
      )
      .join("\n");
  }

  #isStopping = false;
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const child of this.#children) {
      try {
        child.kill("SIGTERM");
      } catch { /* it has ended */ }
    }
    await Promise.all(this.#children.map((child) => child.status));
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

async function main(): Promise<void> {
  const parsed = parseArgs(Deno.args, {
    string: ["nodes", "replicas", "port", "dir", "timeout"],
    boolean: ["help"],
    default: { nodes: "6", replicas: "1", port: "7000", timeout: "5000" },
    "--": true,
    unknown: (option: string) => {
      console.error(`unknown option ${option}; see --help`);
      Deno.exit(1);
    },
  });
  if (parsed.help) return console.log(HELP);
  const [nodes, replicas, port, timeoutMs] = ["nodes", "replicas", "port", "timeout"]
    .map((name) => Number(parsed[name]));
  if (![nodes, replicas, port, timeoutMs].every((value) => Number.isInteger(value) && value >= 0)) {
    throw new Error("--nodes, --replicas, --port and --timeout are whole numbers");
  }
  if (Math.floor(nodes / (replicas + 1)) < 3) {
    throw new Error(
      `${nodes} nodes with ${replicas} replica(s) each are fewer than the three primaries that a cluster needs`,
    );
  }
  const isTemporary = parsed.dir === undefined;
  const dir = isTemporary
    ? await Deno.makeTempDir({ prefix: "etna-cluster-" })
    : await Deno.mkdir(parsed.dir!, { recursive: true }).then(() => Deno.realPath(parsed.dir!));
  const cluster = new LocalCluster({
    nodes,
    replicas,
    port,
    dir,
    timeoutMs,
    more: parsed["--"] ?? [],
  });
  const ended = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => ended.resolve());
  }
  let status = 0;
  try {
    await Promise.race([
      cluster.start(),
      ended.promise.then(() => Promise.reject(new Error("stopped"))),
    ]);
    console.log(`${await cluster.table()}\n\nThe cluster serves:  redis-cli -c -p ${port}`);
    console.log("Ctrl-C stops all nodes.");
    await ended.promise;
  } catch (error) {
    console.error((error as Error).message);
    status = 1;
  }
  await cluster.stop();
  if (isTemporary) await Deno.remove(dir, { recursive: true });
  console.log("All nodes are stopped.");
  Deno.exit(status);
}

if (import.meta.main) {
  await main().catch((error) => {
    console.error((error as Error).message);
    Deno.exit(1);
  });
}
