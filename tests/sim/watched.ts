/**
 * A whole group: servers, and Sentinels that watch them, with clients that ask the Sentinels whom to write to. All
 * of them are whole servers on simulated networks, disks and clocks. (`sentinels.ts` runs the decisions alone, a
 * hundred times as fast.)
 *
 * Nodes die, with or without their machine, and come back, are cut off; disks are full for a while, clocks are set.
 * Once the world has healed: one primary, which all Sentinels name; all have its data; and what all replicas had confirmed is
 * there, where disks keep what is acknowledged.
 */

import type { CoreImage } from "../../core-as/host/core.ts";
import { ReplyError, type ReplyValue } from "../../server/resp/decoder.ts";
import { SimClient } from "./client.ts";
import { FOLLOWING, Group } from "./group.ts";
import { type Options, PORT, type SimNode } from "./node.ts";
import type { World } from "./world.ts";

const SERVERS = 3;
const SENTINELS = 3;
const GROUP = "group";
const HEALING_US = 120e6;
/** For so long all must agree. */
const SETTLED_US = 3e6;

/** A client that writes numbers to whoever the Sentinels say is the primary. */
class Writer {
  /** Acknowledged, and confirmed by all replicas. */
  readonly confirmed = new Set<number>();
  sent = 0;
  #client: SimClient | null = null;
  #awaited: (number | "wait")[] = [];
  #unconfirmed: number[] = [];
  stopped = false;

  constructor(readonly group: Watched, readonly name: string) {
    this.#go();
  }

  #connect(): SimClient | null {
    const { net } = this.group;
    const host = this.group.primaryName(this.name);
    if (host === null) return null;
    this.#awaited = [];
    this.#unconfirmed = [];
    const client = new SimClient(net, this.name, `${host}:${PORT}`);
    client.onReply = (value) => {
      if (client === this.#client) this.#replied(client, value);
    };
    return client;
  }

  #go(): void {
    if (this.stopped) return;
    const { random } = this.group.world;
    // A client gives up a server that does not answer.
    if (
      this.#client !== null &&
      (this.#client.isOver || this.#awaited.length >= 12 && random.chance(0.1))
    ) {
      this.#client.close();
      this.#client = null;
    }
    this.#client ??= this.#connect();
    if (this.#client !== null) {
      for (let count = random.below(4); count > 0 && this.#awaited.length < 12; count--) {
        const number = ++this.sent;
        this.#client.send("RPUSH", `log:${this.name}`, `${number}`);
        this.#awaited.push(number);
      }
      if (random.chance(0.3)) {
        this.#client.send("WAIT", `${SERVERS - 1}`, "300");
        this.#awaited.push("wait");
      }
    }
    this.group.world.after(random.below(60_000), () => this.#go());
  }

  #replied(client: SimClient, value: ReplyValue): void {
    const awaited = this.#awaited.shift();
    if (value instanceof ReplyError) return client.close();
    if (awaited === "wait") {
      if (value === SERVERS - 1) {
        for (const number of this.#unconfirmed) this.confirmed.add(number);
      }
      this.#unconfirmed = [];
    } else if (awaited !== undefined) this.#unconfirmed.push(awaited);
  }

  /** What was confirmed may be lost: only what is from now on counts. */
  forget(): void {
    this.confirmed.clear();
    this.#client?.close();
    this.#client = null;
  }

  stop(): void {
    this.stopped = true;
    this.#client?.close();
  }
}

/** Runs a seed. @throws Error that says what was wrong, with the seed */
export async function watched(seed: number, image: CoreImage): Promise<World> {
  return await new Watched(seed, image).run();
}

class Watched extends Group {
  readonly servers: SimNode[];
  readonly sentinels: SimNode[];
  override readonly writers: Writer[] = [];
  readonly isDurable: boolean;
  protected readonly calmUs = 3_000_000;

  constructor(seed: number, image: CoreImage) {
    super(seed, image);
    const { random } = this.world;
    this.isDurable = random.chance(0.6);
    const options: Options = {
      ...FOLLOWING,
      ...this.isDurable ? { appendonly: "yes", appendfsync: "always" } : {},
    };
    this.servers = Array.from(
      { length: SERVERS },
      (_, i) => this.node(`s${i}`, i === 0 ? options : { ...options, replicaof: `s0 ${PORT}` }),
    );
    const downAfterMs = random.pick([300, 500, 1000]);
    this.sentinels = Array.from({ length: SENTINELS }, (_, i) =>
      this.node(`w${i}`, {}, [
        `monitor ${GROUP} s0 ${PORT} 2`,
        `down-after-milliseconds ${GROUP} ${downAfterMs}`,
        `failover-timeout ${GROUP} 3000`,
        "resolve-hostnames yes",
        "announce-hostnames yes",
      ]));
  }

  get nodes(): SimNode[] {
    return [...this.servers, ...this.sentinels];
  }

  /** Whom a Sentinel that a client reaches names. */
  primaryName(client: string): string | null {
    const { random } = this.world;
    const first = random.below(SENTINELS);
    for (let i = 0; i < SENTINELS; i++) {
      const node = this.sentinels[(first + i) % SENTINELS];
      if (!node.isUp || !this.net.connects(client, node.name)) continue;
      return this.#named(node);
    }
    return null;
  }

  #named(node: SimNode): string | null {
    const { state } = node.sentinel.machine;
    const primary = state.primaries.get(GROUP);
    return primary === undefined ? null : state.currentAddress(primary).host;
  }

  protected async begin(): Promise<void> {
    await this.world.run(3e6);
    for (let i = 0; i < 2; i++) this.writers.push(new Writer(this, `c${i}`));
  }

  protected async disturb(): Promise<void> {
    const { world, net } = this;
    const { random } = world;
    const server = random.pick(this.servers);
    const sentinel = random.pick(this.sentinels);
    switch (random.below(8)) {
      case 0:
      case 1:
        if (!server.isUp) return;
        // Its disk has not taken what it confirmed, and it may be the one who is elected.
        if (this.lags(server)) this.writers.forEach((writer) => writer.forget());
        server.crash(random.chance(0.5));
        // One that has lost what it had is not started before somebody else is the primary.
        await world.run(this.isDurable ? random.below(4e6) : 4e6);
        return await this.startAgain(server);
      case 2:
        if (!sentinel.isUp) return;
        sentinel.crash(random.chance(0.5));
        await world.run(random.below(2e6));
        return await this.startAgain(sentinel);
      case 3:
        net.partition([server.name]);
        return void world.after(random.below(4e6), () => net.heal());
      case 4:
        net.partition([server.name, sentinel.name]);
        return void world.after(random.below(4e6), () => net.heal());
      case 5:
        return void await this.ask(sentinel, "SENTINEL", "FAILOVER", GROUP);
      case 6:
        return this.setClock(random.pick(this.nodes));
      case 7:
        return this.fill(random.pick(this.nodes));
    }
  }

  protected async settle(): Promise<void> {
    const { world } = this;
    const limitUs = world.nowUs + HEALING_US;
    for (let settledUs = 0; settledUs < SETTLED_US;) {
      await world.run(250_000);
      const wrong = this.#disagreement();
      settledUs = wrong === null ? settledUs + 250_000 : 0;
      if (world.nowUs > limitUs) throw new Error(wrong ?? "it does not settle");
    }
  }

  #disagreement(): string | null {
    const named = new Set(this.sentinels.map((node) => this.#named(node)));
    if (named.size !== 1) return `Sentinels name ${[...named]}`;
    const [name] = named;
    const primary = this.servers.find((server) => server.name === name);
    if (primary === undefined) return `Sentinels name ${name}`;
    for (const { sentinel, name: own } of this.sentinels) {
      const { failover } = sentinel.machine.state.primaries.get(GROUP)!;
      if (failover !== null) return `${own} is still at a failover (${failover.state})`;
    }
    const { role } = primary.server;
    if (role.isReplica) return `${name} is a replica, and Sentinels name it`;
    for (const { server, name: own } of this.servers) {
      if (own === name) continue;
      const { replication } = server;
      if (server.role.primary?.host !== name) return `${own} does not follow ${name}`;
      if (replication!.link?.state !== "connected") return `${own} has no link to ${name}`;
      if (server.role.offset !== role.offset || server.role.id !== role.id) {
        return `${own} is at ${server.role.offset}, ${name} at ${role.offset}`;
      }
    }
    return null;
  }

  protected async compare(): Promise<void> {
    await this.sameData(this.servers);
    for (const { name, confirmed } of this.isDurable ? this.writers : []) {
      const reply = await this.ask(this.servers[0], "LRANGE", `log:${name}`, "0", "-1");
      const found = new Set((reply as string[]).map(Number));
      const lost = [...confirmed].filter((number) => !found.has(number));
      if (lost.length > 0) {
        throw new Error(`${name}: ${lost} is lost, which all replicas had confirmed`);
      }
    }
  }

  protected describe(): string {
    return this.isDurable ? "with an append-only file" : "without files";
  }
}
