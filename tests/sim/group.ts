/**
 * What simulations of several whole servers have in common: their nodes, questions to them, what disturbs any of them,
 * and the course of a seed. A node's wall clock may jump, its disk may be full for a while; both are set right when the
 * world heals, and before whoever starts a node again does so.
 */

import type { CoreImage } from "../../core-as/host/core.ts";
import type { ReplyValue } from "../../server/resp/decoder.ts";
import { SimClient } from "./client.ts";
import { SimNetwork } from "./network.ts";
import { type Options, PORT, SimNode } from "./node.ts";
import { World } from "./world.ts";

/** Time that the world is disturbed in. */
const DISTURBED_US = 12e6;
/** A wall clock is set by so much at most, to and fro. */
const JUMP_MS = 10_000;

/** Options of servers that follow each other. */
export const FOLLOWING: Options = {
  save: "",
  "enable-debug-command": "yes",
  "repl-diskless-sync-delay": "0",
  "repl-timeout": "3",
  "repl-ping-replica-period": "1",
};

/** A client that writes all the time. */
interface Writing {
  stop(): void;
}

export abstract class Group {
  readonly world: World;
  readonly net: SimNetwork;
  abstract readonly nodes: readonly SimNode[];
  readonly writers: readonly Writing[] = [];

  constructor(readonly seed: number, readonly image: CoreImage) {
    this.world = new World(seed);
    this.net = new SimNetwork(this.world);
  }

  protected node(name: string, options: Options, lines: string[] | null = null): SimNode {
    return new SimNode(this.world, this.net, this.image, name, options, lines);
  }

  /** Begins to write, when all nodes run. */
  protected abstract begin(): Promise<void>;
  protected abstract disturb(): Promise<void>;
  /** Longest time between two disturbances. */
  protected abstract readonly calmUs: number;
  /** Waits until all is well. @throws Error when that takes too long */
  protected abstract settle(): Promise<void>;
  protected abstract compare(): Promise<void>;
  /** What there is to say of a seed that failed. */
  protected abstract describe(): string;

  /** @throws Error that says what was wrong, with the seed */
  async run(): Promise<World> {
    const { world } = this;
    try {
      for (const node of this.nodes) await node.start();
      await this.begin();
      const endUs = world.nowUs + DISTURBED_US;
      while (world.nowUs < endUs) {
        await world.run(world.random.between(50_000, this.calmUs));
        await this.disturb();
      }
      await this.#heal();
      await this.compare();
      if (world.failures.length !== 0) throw world.failures[0];
      return world;
    } catch (error) {
      const count = Number(Deno.env.get("LINES") ?? 25);
      const logs = this.nodes.map(({ name, log }) =>
        `${name}:\n    ${log.slice(-count).join("\n    ")}`
      );
      const lines = [`seed ${this.seed}: ${(error as Error).message}`, this.describe(), ...logs];
      throw new Error(lines.join("\n  "));
    }
  }

  async #heal(): Promise<void> {
    const { world, net, nodes } = this;
    net.heal();
    for (const node of nodes) {
      node.aheadMs = 0;
      if (node.isUp) node.disk.roomBytes = Infinity;
      else await this.startAgain(node);
    }
    await world.run(500_000);
    this.writers.forEach((writer) => writer.stop());
    await this.settle();
  }

  // ---- disturbances -----------------------------------------------------------------------------

  /** Somebody starts a node again, on a disk that has room. */
  protected async startAgain(node: SimNode): Promise<void> {
    node.disk.roomBytes = Infinity;
    await node.start();
  }

  /** A node's wall clock is set, forwards or back. */
  protected setClock(node: SimNode): void {
    node.aheadMs += this.world.random.between(-JUMP_MS, JUMP_MS);
  }

  /** A node's disk has little room, for a while. */
  protected fill({ disk }: SimNode): void {
    const { random } = this.world;
    disk.roomBytes = random.below(3000);
    this.world.after(random.below(4e6), () => disk.roomBytes = Infinity);
  }

  /** A disk has not taken what its node has: what came from a primary, mostly, as own writes are refused then. */
  protected lags(node: SimNode): boolean {
    return node.isUp && (node.server.appendOnlyFile?.trouble ?? null) !== null;
  }

  // ---- questions --------------------------------------------------------------------------------

  /** Asks a node something that it may not answer. */
  protected async ask(node: SimNode, ...words: string[]): Promise<ReplyValue> {
    if (!node.isUp) return null;
    const client = new SimClient(this.net, "operator", node.address);
    client.send(...words);
    const endUs = this.world.nowUs + 2e6;
    await this.world.until(
      () => client.replies.length > 0 || client.isOver || this.world.nowUs > endUs - 1e5,
      4e6,
      words.join(" "),
    ).catch(() => {});
    client.close();
    return client.replies[0] ?? null;
  }

  /** @throws Error where nodes do not have the same data */
  protected async sameData(nodes: readonly SimNode[]): Promise<void> {
    const digests = new Map<string, string>();
    for (const node of nodes) {
      digests.set(node.name, String(await this.ask(node, "DEBUG", "DIGEST")));
    }
    if (new Set(digests.values()).size !== 1) {
      throw new Error(`digests: ${JSON.stringify([...digests])}`);
    }
  }

  /** The line of a configuration that has a node follow another one. */
  protected following({ name }: SimNode): string {
    return `${name} ${PORT}`;
  }
}
