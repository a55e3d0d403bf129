/**
 * One server, crashed at random under load: with every policy of the append-only file or with snapshots alone,
 * during rewrites and saves, with its machine or by itself, between any two changes of its disk, and with a disk
 * that is full for a while.
 *
 * Writers push numbered elements to lists of their own. Whatever a start finds must be what some moment had:
 * of each writer a beginning of what it has done, transactions whole; and of what was acknowledged as much as
 * the policy promises.
 */

import type { CoreImage } from "../../core-as/host/core.ts";
import { ReplyError, type ReplyValue } from "../../server/resp/decoder.ts";
import { SimClient } from "./client.ts";
import { SimNetwork } from "./network.ts";
import { type Options, SimNode } from "./node.ts";
import { World } from "./world.ts";

/** What `everysec` may lose. */
const EVERYSEC_US = 2e6;
/** Commands that a writer has under way at most. */
const PIPELINE = 16;

type Policy = "always" | "everysec" | "no" | "snapshots";

interface Operation {
  number: number;
  /** When it was acknowledged; -1 = refused, 0 = nobody knows. */
  ackedUs: number;
}

/** A client that pushes numbers, and remembers what became of each. */
class Writer {
  readonly operations: Operation[] = [];
  #client: SimClient;
  /** What the replies to come are of; null = of no operation. */
  #awaited: (Operation | null)[] = [];
  #stopped = false;

  constructor(
    readonly world: World,
    readonly net: SimNetwork,
    readonly name: string,
    address: string,
  ) {
    this.#client = this.#connect(address);
    this.#go(address);
  }

  #connect(address: string): SimClient {
    this.#awaited = [];
    const client = new SimClient(this.net, this.name, address);
    client.onReply = (value) => this.#replied(value);
    return client;
  }

  /** Sends now and then, and connects anew when it was closed. */
  #go(address: string): void {
    if (this.#stopped) return;
    if (this.#client.isOver) this.#client = this.#connect(address);
    const { random } = this.world;
    for (
      let count = random.below(PIPELINE);
      count > 0 && this.#awaited.length < PIPELINE;
      count--
    ) {
      this.#send();
    }
    this.world.after(random.below(random.chance(0.05) ? 300_000 : 10_000), () => this.#go(address));
  }

  #send(): void {
    const operation = { number: this.operations.length + 1, ackedUs: 0 };
    this.operations.push(operation);
    const { random } = this.world;
    const padding = random.chance(0.02) ? "x".repeat(random.below(20_000)) : "";
    const push = ["RPUSH", `log:${this.name}`, `${operation.number}`] as const;
    if (random.chance(0.3)) {
      this.#client.send("MULTI");
      this.#client.send("INCR", `a:${this.name}`);
      this.#client.send(...push);
      this.#client.send("SET", `pad:${this.name}`, padding);
      this.#client.send("INCR", `b:${this.name}`);
      this.#client.send("EXEC");
      this.#awaited.push(null, null, null, null, null, operation);
    } else {
      this.#client.send(...push);
      this.#awaited.push(operation);
    }
  }

  #replied(value: ReplyValue): void {
    const operation = this.#awaited.shift();
    if (operation === null || operation === undefined) return;
    operation.ackedUs = value instanceof ReplyError ? -1 : this.world.nowUs;
  }

  stop(): void {
    this.#stopped = true;
    this.#client.close();
  }

  /** What is wrong with the elements found; null when they are a beginning, with all that was promised. */
  judge(found: readonly number[], promisedUs: number): string | null {
    const there = new Set(found);
    for (let i = 1; i < found.length; i++) {
      if (found[i] <= found[i - 1]) return `${found[i]} behind ${found[i - 1]}`;
    }
    const last = found.at(-1) ?? 0;
    for (const { number, ackedUs } of this.operations) {
      if (there.has(number)) {
        if (ackedUs < 0) return `${number} is there, which was refused`;
      } else if (ackedUs > 0 && number < last) return `${number} is lost, and ${last} is there`;
      else if (ackedUs > 0 && ackedUs <= promisedUs) {
        return `${number} is lost, acknowledged at ${ackedUs} us, promised up to ${promisedUs} us`;
      }
    }
    if (last > this.operations.length) return `${last} was never sent`;
    return null;
  }

  /** Takes what a start has found as what has come to pass. */
  adopt(found: readonly number[]): void {
    const there = new Set(found);
    for (const operation of this.operations) {
      operation.ackedUs = there.has(operation.number) ? 1 : -1;
    }
  }
}

/** Runs a seed. @throws Error that says what was lost, with the seed */
export async function singleServer(seed: number, image: CoreImage): Promise<World> {
  const world = new World(seed);
  const { random } = world;
  const net = new SimNetwork(world);
  const policy = random.pick<Policy>([
    "always",
    "always",
    "everysec",
    "everysec",
    "no",
    "snapshots",
  ]);
  const node = new SimNode(world, net, image, "server", optionsOf(world, policy));
  const writerCount = random.between(1, 3);
  let histories: Writer[] = [];
  const rounds = random.between(1, 3);
  for (let round = 0; round < rounds; round++) {
    await start(node, seed);
    if (round > 0) await check(world, net, node, histories);
    const past = histories;
    histories = Array.from(
      { length: writerCount },
      (_, i) => new Writer(world, net, `${round}w${i}`, node.address),
    );
    const life = await lifeOf(world, net, node, policy);
    for (const writer of histories) writer.stop();
    promised.set(node, promiseOf(world, policy, life.power, life.filledUs));
    histories = [...past, ...histories];
    // What was on its way is lost.
    await world.run(2000);
  }
  await start(node, seed);
  await check(world, net, node, histories);
  if (world.failures.length !== 0) throw described(seed, node, world.failures[0]);
  return world;
}

/** Up to when what was acknowledged must be there. */
const promised = new WeakMap<SimNode, number>();

function promiseOf(world: World, policy: Policy, power: boolean, filledUs: number): number {
  if (policy === "always") return world.nowUs;
  // As in Redis, what met a full disk was acknowledged before that was known to anybody.
  if (policy === "everysec") return Math.min(world.nowUs - EVERYSEC_US, filledUs);
  // What the system has it keeps when only the process dies.
  return policy === "no" && !power ? Math.min(world.nowUs, filledUs) : -1;
}

function optionsOf(world: World, policy: Policy): Options {
  const { random } = world;
  if (policy === "snapshots") return { save: random.pick(["1 1", "2 10 5 1"]) };
  return {
    appendonly: "yes",
    appendfsync: policy,
    save: random.pick(["", "", "1 1"]),
    "auto-aof-rewrite-min-size": random.pick(["1kb", "64kb", "64mb"]),
    "auto-aof-rewrite-percentage": "50",
    "no-appendfsync-on-rewrite": policy === "no" ? "yes" : "no",
  };
}

async function start(node: SimNode, seed: number): Promise<void> {
  try {
    await node.start();
  } catch (error) {
    throw described(seed, node, error);
  }
}

/** Lets the server live until it dies. */
async function lifeOf(world: World, net: SimNetwork, node: SimNode, policy: Policy) {
  const { random } = world;
  const power = random.chance(0.6);
  node.disk.filledUs = Infinity;
  let dead = false;
  const die = () => {
    if (dead) return;
    dead = true;
    node.crash(power);
  };
  const admin = new SimClient(net, "admin", node.address);
  const disturb = () => {
    if (dead) return;
    const names = policy === "snapshots" ? ["BGSAVE", "SAVE"] : ["BGREWRITEAOF", "BGSAVE", "SAVE"];
    admin.send(random.pick(names));
    world.after(random.below(1_500_000), disturb);
  };
  if (random.chance(0.7)) world.after(random.below(500_000), disturb);
  if (random.chance(0.2)) {
    world.after(random.below(1_000_000), () => node.disk.roomBytes = random.below(5000));
    world.after(random.between(1_000_000, 3_000_000), () => node.disk.roomBytes = Infinity);
  }
  if (random.chance(0.5)) {
    // In the middle of a change to the disk, whichever comes after so long.
    node.disk.onDeath = die;
    world.after(random.below(4_000_000), () => node.disk.changesLeft = random.between(1, 12));
    world.after(5_000_000, die);
  } else world.after(random.between(10_000, 4_500_000), die);
  await world.until(() => dead, 10e6, "the crash");
  admin.close();
  node.disk.changesLeft = node.disk.roomBytes = Infinity;
  return { power, filledUs: node.disk.filledUs };
}

/** Looks at what a start has found. */
async function check(world: World, net: SimNetwork, node: SimNode, writers: readonly Writer[]) {
  const client = new SimClient(net, "judge", node.address);
  for (const { name } of writers) {
    client.send("LRANGE", `log:${name}`, 0, -1);
    client.send("MGET", `a:${name}`, `b:${name}`);
  }
  await world.until(() => client.replies.length === writers.length * 2, 10e6, "answers");
  writers.forEach((writer, i) => {
    const found = (client.replies[i * 2] as string[]).map(Number);
    const [a, b] = client.replies[i * 2 + 1] as (string | null)[];
    const wrong = a === b
      ? writer.judge(found, promised.get(node) ?? -1)
      : `a transaction was cut in two: ${a} and ${b}`;
    if (wrong !== null) throw described(world.seed, node, new Error(`${writer.name}: ${wrong}`));
    writer.adopt(found);
  });
  client.close();
}

function described(seed: number, node: SimNode, error: unknown): Error {
  const { message } = error as Error;
  const files = node.disk.files.map(([name, bytes]) => `${name} ${bytes}`).join(", ");
  const log = node.log.slice(-40).join("\n  ");
  const options = JSON.stringify(node.options);
  return new Error(`seed ${seed}: ${message}\n  ${options}\n  files: ${files}\n  ${log}`);
}
