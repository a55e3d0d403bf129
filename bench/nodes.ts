/** Clusters of servers for scenarios. */

import { cpuTime } from "./proc.ts";
import { Server, type ServerSpec, sleep } from "./servers.ts";

const SLOTS = 16384;
const PATIENCE_MS = 120_000;

/** How nodes are to be started. */
export interface NodesOptions {
  /** 0 = one that is in no cluster. */
  readonly count: number;
  /** Of the count, so many for each primary. */
  readonly replicas?: number;
  readonly timeoutMs?: number;
  /** Where each primary's slots begin; without it all have as many. */
  readonly starts?: readonly number[];
  readonly firstPort: number;
}

/** Nodes of one cluster; of none where there are none. */
export class Nodes implements AsyncDisposable {
  private constructor(readonly all: readonly Server[], readonly dir: string) {}

  static async start(spec: ServerSpec, options: NodesOptions): Promise<Nodes> {
    const { count, firstPort, replicas = 0, timeoutMs = 15_000, starts } = options;
    const dir = await Deno.makeTempDir({ prefix: "etna-bench-" });
    const all: Server[] = [];
    for (let i = 0; i < Math.max(1, count); i++) {
      const port = firstPort + i;
      const words = [
        "--cluster-enabled",
        "yes",
        "--cluster-config-file",
        `${port}.conf`,
        "--dir",
        dir,
      ];
      const command = count === 0
        ? spec.command
        : [...spec.command, ...words, "--cluster-node-timeout", `${timeoutMs}`];
      all.push(await Server.start({ ...spec, port, command }));
    }
    const nodes = new Nodes(all, dir);
    if (count > 0) await nodes.#join(replicas, starts);
    return nodes;
  }

  async #join(replicas: number, starts?: readonly number[]): Promise<void> {
    const { all } = this;
    const primaries = all.length / (1 + replicas);
    const bound = (part: number) =>
      part === primaries ? SLOTS : starts?.[part] ?? Math.floor(SLOTS * part / primaries);
    for (const [i, node] of all.entries()) {
      await node.command("CLUSTER", "SET-CONFIG-EPOCH", `${i + 1}`);
      if (i < primaries) {
        await node.command("CLUSTER", "ADDSLOTSRANGE", `${bound(i)}`, `${bound(i + 1) - 1}`);
      }
      if (i > 0) await node.command("CLUSTER", "MEET", "127.0.0.1", `${all[0].port}`);
    }
    const known = `cluster_known_nodes:${all.length}\r`;
    await this.#until((info) => info.includes(known) && info.includes("cluster_state:ok"));
    for (const [i, node] of all.slice(primaries).entries()) {
      await node.command(
        "CLUSTER",
        "REPLICATE",
        await all[i % primaries].command("CLUSTER", "MYID"),
      );
    }
    if (replicas === 0) return;
    for (const node of all.slice(primaries)) {
      while (!(await node.command("INFO", "replication")).includes("link_status:up")) {
        await sleep(50);
      }
    }
  }

  async #until(holds: (info: string) => boolean): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    for (const node of this.all) {
      while (!holds(`${await node.command("CLUSTER", "INFO")}\r`)) {
        if (performance.now() > endMs) throw new Error("the cluster does not come up");
        await sleep(100);
      }
    }
  }

  /** CPU that all have used. */
  cpuUs(): number {
    return this.all.reduce((sum, { pid }) => {
      const { userUs, sysUs } = cpuTime(pid);
      return sum + userUs + sysUs;
    }, 0);
  }

  /** Messages of the bus that all have sent. */
  async messages(): Promise<number> {
    let sum = 0;
    for (const node of this.all) {
      sum += Number(/messages_sent:(\d+)/.exec(await node.command("CLUSTER", "INFO"))![1]);
    }
    return sum;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.all) await server[Symbol.asyncDispose]();
    await Deno.remove(this.dir, { recursive: true });
  }
}
