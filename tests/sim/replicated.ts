/**
 * A primary and its replicas under load: links that break, nodes that are cut off for a while, die and come back,
 * disks that are full, clocks that are set, a replica that is promoted while the others, and the old primary, follow it.
 *
 * Writers push numbered elements to lists of their own, and ask now and then that replicas confirm. At any time a
 * replica shows a beginning of what its primaries had; what a replica has confirmed it has when it is promoted; once
 * the world has healed all have the same data, and nothing that was acknowledged is lost but by a promotion. FAILOVER
 * is none: it loses nothing, whatever breaks while it is under way.
 */

import type { CoreImage } from "../../core-as/host/core.ts";
import { ReplyError, type ReplyValue } from "../../server/resp/decoder.ts";
import { SimClient } from "./client.ts";
import { FOLLOWING, Group } from "./group.ts";
import type { SimNetwork } from "./network.ts";
import { type Options, PORT, type SimNode } from "./node.ts";
import type { World } from "./world.ts";

const NODES = 3;
/** Time that it needs at most until all is well again. */
const HEALING_US = 90e6;

/** A client that pushes numbers to whoever is the primary. */
class Writer {
  /** Numbers by what became of them: acknowledged, and confirmed, with the lives of the replicas that did. */
  readonly acknowledged = new Set<number>();
  readonly confirmed = new Map<number, readonly string[]>();
  sent = 0;
  /** Numbers up to here were sent to earlier primaries. */
  sentBefore = 0;
  #client: SimClient | null = null;
  #awaited: (number | "wait" | null)[] = [];
  /** Acknowledged since the last confirmation. */
  #unconfirmed: number[] = [];
  stopped = false;

  constructor(
    readonly world: World,
    readonly net: SimNetwork,
    readonly name: string,
    readonly address: () => string,
    /** Lives of replicas that have all that a writer has written. */
    readonly confirmers: (writer: string) => readonly string[],
  ) {
    this.#go();
  }

  /** Connects anew: to another primary, perhaps. */
  move(): void {
    this.#client?.close();
    this.#client = null;
  }

  #connect(): SimClient {
    this.#awaited = [];
    this.#unconfirmed = [];
    const client = new SimClient(this.net, this.name, this.address());
    client.onReply = (value) => {
      if (client === this.#client) this.#replied(value);
    };
    return client;
  }

  #go(): void {
    if (this.stopped) return;
    const { random } = this.world;
    if (this.#client === null || this.#client.isOver) this.#client = this.#connect();
    for (let count = random.below(6); count > 0 && this.#awaited.length < 12; count--) {
      this.#send(this.#client);
    }
    this.world.after(random.below(60_000), () => this.#go());
  }

  #send(client: SimClient): void {
    const { random } = this.world;
    const number = ++this.sent;
    const push = ["RPUSH", `log:${this.name}`, `${number}`];
    if (random.chance(0.2)) {
      client.send("MULTI");
      client.send("SELECT", `${random.below(3)}`);
      client.send(
        "SET",
        `pad:${random.below(5)}`,
        "x".repeat(random.below(random.chance(0.1) ? 30_000 : 50)),
      );
      client.send("PEXPIRE", `pad:${random.below(5)}`, `${random.below(2000)}`);
      client.send("SELECT", "0");
      client.send(...push);
      client.send("EXEC");
      this.#awaited.push(null, null, null, null, null, null, number);
    } else {
      client.send(...push);
      this.#awaited.push(number);
    }
    if (!random.chance(0.1)) return;
    client.send("WAIT", "1", "200");
    this.#awaited.push("wait");
  }

  #replied(value: ReplyValue): void {
    const awaited = this.#awaited.shift();
    if (awaited === null || awaited === undefined) return;
    if (awaited === "wait") {
      if (typeof value === "number" && value >= 1) {
        const lives = this.confirmers(this.name);
        for (const number of this.#unconfirmed) this.confirmed.set(number, lives);
      }
      this.#unconfirmed = [];
    } else if (!(value instanceof ReplyError)) {
      this.acknowledged.add(awaited);
      this.#unconfirmed.push(awaited);
    }
  }

  stop(): void {
    this.stopped = true;
    this.#client?.close();
  }
}

/** Runs a seed. @throws Error that says what was wrong, with the seed */
export async function replicated(seed: number, image: CoreImage): Promise<World> {
  return await new Replicated(seed, image).run();
}

class Replicated extends Group {
  readonly nodes: SimNode[];
  primary: SimNode;
  override readonly writers: Writer[] = [];
  protected readonly calmUs = 1_500_000;

  constructor(seed: number, image: CoreImage) {
    super(seed, image);
    const { random } = this.world;
    const options = this.#options();
    this.nodes = Array.from({ length: NODES }, (_, i) => this.node(`n${i}`, options));
    this.primary = this.nodes[0];
    this.nodes.forEach((node, i) => {
      if (i === 0) return;
      const followed = this.nodes[i === 2 && random.chance(0.3) ? 1 : 0];
      node.options = { ...node.options, replicaof: this.following(followed) };
    });
  }

  #options(): Options {
    const { random } = this.world;
    const isAppending = random.chance(0.4);
    return {
      ...FOLLOWING,
      "repl-backlog-size": random.pick(["16kb", "100kb", "1mb"]),
      "repl-diskless-sync": random.pick(["yes", "yes", "no"]),
      "repl-diskless-load": random.pick(["disabled", "on-empty-db", "swapdb"]),
      ...isAppending ? { appendonly: "yes", appendfsync: random.pick(["always", "everysec"]) } : {},
    };
  }

  protected async begin(): Promise<void> {
    for (let i = 0; i < 2; i++) {
      this.writers.push(
        new Writer(
          this.world,
          this.net,
          `w${i}`,
          () => this.primary.address,
          (writer) => this.#confirmers(writer),
        ),
      );
    }
    await Promise.resolve();
  }

  // ---- disturbances -----------------------------------------------------------------------------

  protected async disturb(): Promise<void> {
    await this.#disturb(this.world.random.pick(this.nodes));
    await this.#look();
  }

  async #disturb(node: SimNode): Promise<void> {
    const { world, net } = this;
    const { random } = world;
    switch (random.below(11)) {
      case 0: {
        net.partition([node.name]);
        world.after(random.below(random.chance(0.3) ? 8e6 : 1e6), () => net.heal());
        return;
      }
      case 1:
        return void await this.ask(
          node,
          "CLIENT",
          "KILL",
          "TYPE",
          random.pick(["replica", "master"]),
        );
      case 2:
        if (!node.isUp || node === this.primary) return;
        node.crash(random.chance(0.5));
        await world.run(random.below(2e6));
        return await this.startAgain(node);
      case 3: {
        // It comes back with what it has on its disk, which is all it has acknowledged, or is not started again.
        if (node !== this.primary || node.options.appendfsync !== "always") return;
        const lags = this.lags(node);
        const sent = this.writers.map((writer) => writer.sent);
        node.crash(random.chance(0.5));
        await world.run(random.below(1e6));
        await this.startAgain(node);
        this.writers.forEach((writer) => writer.move());
        return lags ? await this.#lostItsEnd(node, sent) : undefined;
      }
      case 4:
        return await this.#promote();
      case 7:
      case 8:
        return await this.#failOver();
      case 6: {
        if (!node.isUp) return;
        // Without room it would refuse to end, as nothing could be saved.
        node.disk.roomBytes = Infinity;
        await node.stop();
        await world.run(random.below(1e6));
        await this.startAgain(node);
        return this.writers.forEach((writer) => writer.move());
      }
      case 5:
        return void await this.ask(
          node,
          "CONFIG",
          "SET",
          "repl-backlog-size",
          random.pick(["16kb", "1mb"]),
        );
      case 9:
        return this.setClock(node);
      case 10:
        return this.fill(node);
    }
  }

  /** An operator promotes the replica that has most, has the others follow it, and moves the writers. */
  async #promote(): Promise<void> {
    const { nodes, net } = this;
    net.heal();
    const offsets = new Map<SimNode, number>();
    for (const node of nodes) {
      if (node === this.primary || !node.isUp) continue;
      const { role, replication } = node.server;
      if (replication!.link?.state === "connected") offsets.set(node, role.offset);
    }
    const [best] = [...offsets].sort((a, b) => b[1] - a[1]);
    if (best === undefined) return;
    const [next] = best;
    await this.ask(next, "REPLICAOF", "NO", "ONE");
    await this.#hasConfirmed(next);
    await this.#lead(next);
    await this.#hasAcknowledged(next, true);
  }

  /** The primary hands its role over, while a node may be cut off, or a link break. */
  async #failOver(): Promise<void> {
    const { world, net, nodes, primary } = this;
    const { random } = world;
    const others = nodes.filter((node) => node !== primary && node.isUp);
    if (!primary.isUp || others.length === 0) return;
    const target = random.pick(others);
    if (random.chance(0.5)) {
      // It lags when it is asked.
      net.partition([target.name]);
      await world.run(random.below(500_000));
      world.after(random.below(1e6), () => net.heal());
    }
    const timing = random.chance(0.7) ? ["TIMEOUT", `${random.between(50, 3000)}`] : [];
    const to = random.chance(0.5) ? ["TO", target.name, `${PORT}`] : [];
    await this.ask(primary, "FAILOVER", ...to, ...timing);
    if (random.chance(0.5)) {
      world.after(random.below(20_000), () => net.partition([random.pick(nodes).name]));
      world.after(random.between(20_000, 4e6), () => net.heal());
    }
    const { replication, role } = primary.server;
    const endUs = world.nowUs + 5e6;
    await world.until(
      () => replication!.failoverState === "no-failover" || world.nowUs > endUs,
      10e6,
      "the failover",
    );
    net.heal();
    if (replication!.failoverState !== "no-failover") {
      await this.ask(primary, "FAILOVER", "ABORT");
      await world.run(200_000);
    }
    // Given up, the replica may have taken over all the same: then it has all.
    const next = others.find(({ server }) => !server.role.isReplica) ?? primary;
    if (next === primary && role.isReplica) throw new Error("nobody is the primary");
    await this.#lead(next);
    await this.#hasAcknowledged(next, false);
  }

  /** Has all follow a node, and the writers go there. */
  async #lead(next: SimNode): Promise<void> {
    this.primary = next;
    for (const writer of this.writers) {
      writer.move();
      writer.sentBefore = writer.sent;
      writer.confirmed.clear();
    }
    for (const node of this.nodes) {
      const { replicaof: _, ...own } = node.options;
      node.options = node === next ? own : { ...own, replicaof: this.following(next) };
      if (node !== next) await this.ask(node, "REPLICAOF", next.name, `${PORT}`);
    }
  }

  #confirmers(writer: string): string[] {
    const { primary, nodes } = this;
    if (!primary.isUp) return [];
    const { clients, replication } = primary.server;
    let written = 0;
    for (const { peer, wroteOffset } of clients.all.values()) {
      if (peer.startsWith(`${writer}:`)) written = Math.max(written, wroteOffset);
    }
    if (written === 0) return [];
    return replication!.replicas.filter(({ state, offset }) =>
      state === "online" && offset >= written
    ).map(({ host }) => {
      const node = nodes.find(({ name }) => name === host)!;
      return `${node.name} ${node.lives}`;
    });
  }

  /** Numbers of a writer that a node has; null where it does not answer. */
  async #numbers(node: SimNode, { name }: Writer): Promise<Set<number> | null> {
    const [reply] = await this.#answers(node, [["LRANGE", `log:${name}`, "0", "-1"]]);
    return Array.isArray(reply) ? new Set(reply.map(Number)) : null;
  }

  /** A replica that was promoted has what it had confirmed. */
  async #hasConfirmed(node: SimNode): Promise<void> {
    const life = `${node.name} ${node.lives}`;
    for (const writer of this.writers) {
      const confirmed = [...writer.confirmed].filter(([, lives]) => lives.includes(life));
      const found = await this.#numbers(node, writer);
      const lost = confirmed.filter(([number]) => found?.has(number) === false);
      if (lost.length > 0) {
        throw new Error(`${node.name} is promoted and lacks ${lost} of ${writer.name}`);
      }
    }
  }

  /** @param forgets what the node lacks is known to be lost, if not it must have all */
  async #hasAcknowledged(node: SimNode, forgets: boolean): Promise<void> {
    for (const writer of this.writers) {
      const acknowledged = [...writer.acknowledged];
      const found = await this.#numbers(node, writer);
      if (found === null) continue;
      const lost = acknowledged.filter((number) => !found.has(number));
      if (forgets) { for (const number of lost) writer.acknowledged.delete(number); }
      else if (lost.length > 0) {
        throw new Error(`${writer.name}: acknowledged ${lost} is lost at ${node.name}`);
      }
    }
  }

  /**
   * A primary whose disk had not taken all it has, from when it was a replica, comes back with a beginning of that:
   * nothing is missing in the middle, nor what it has acknowledged itself; what it lacks is lost to all, as they
   * follow it.
   *
   * @param sent numbers that each writer had sent when it died: what it has taken since is behind what it lacks
   */
  async #lostItsEnd(node: SimNode, sent: readonly number[]): Promise<void> {
    for (const [i, writer] of this.writers.entries()) {
      writer.confirmed.clear();
      const found = await this.#numbers(node, writer);
      if (found === null) continue;
      const last = Math.max(0, ...[...found].filter((number) => number <= sent[i]));
      const wrong = [...writer.acknowledged].find((number) =>
        !found.has(number) && (number < last || number > writer.sentBefore)
      );
      if (wrong !== undefined) {
        throw new Error(`${node.name} comes back without ${wrong} of ${writer.name}`);
      }
    }
    await this.#hasAcknowledged(node, true);
  }

  // ---- what must hold ---------------------------------------------------------------------------

  async #answers(node: SimNode, commands: string[][]): Promise<ReplyValue[]> {
    const client = new SimClient(this.net, "judge", node.address);
    for (const words of commands) client.send(...words);
    await this.world.until(
      () => client.replies.length === commands.length || client.isOver,
      10e6,
      "answers",
    );
    client.close();
    return client.replies;
  }

  /** What a replica shows is a beginning of some history. */
  async #look(): Promise<void> {
    const node = this.world.random.pick(this.nodes);
    if (!node.isUp || !this.net.connects("judge", node.name)) return;
    const replies = await this.#answers(
      node,
      this.writers.map(({ name }) => ["LRANGE", `log:${name}`, "0", "-1"]),
    );
    replies.forEach((reply, i) => {
      if (!Array.isArray(reply)) return;
      const found = reply.map(Number);
      for (let k = 1; k < found.length; k++) {
        if (found[k] <= found[k - 1]) {
          throw new Error(`${node.name} shows ${found[k]} behind ${found[k - 1]}`);
        }
      }
      if (found.some((number) => number > this.writers[i].sent)) {
        throw new Error(`${node.name} shows what was never sent`);
      }
    });
  }

  protected async settle(): Promise<void> {
    const { server } = this.primary;
    await this.world.until(
      () =>
        this.nodes.every((node) => {
          if (node === this.primary) return true;
          const { replication, role } = node.server;
          return replication!.link?.state === "connected" && role.offset === server.role.offset &&
            role.id === server.role.id;
        }),
      HEALING_US,
      "all replicas to have caught up",
    );
  }

  protected async compare(): Promise<void> {
    // What has expired is told by the primary, sooner or later: it is asked for.
    const keys = Array.from({ length: 5 }, (_, i) => `pad:${i}`);
    for (let db = 0; db < 3; db++) {
      await this.#answers(this.primary, [["SELECT", `${db}`], ["EXISTS", ...keys]]);
    }
    await this.world.run(3_500_000);
    await this.sameData(this.nodes);
    await this.#hasAcknowledged(this.primary, false);
  }

  protected describe(): string {
    return JSON.stringify(this.nodes[0].options);
  }
}
