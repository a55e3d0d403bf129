/**
 * Ten replicas, Etna's and real ones, that come and go under load: they are cut off, promoted, have each other for
 * primaries, hang, and follow again. In the end all have the same data. ETNA_SEED repeats a run.
 */

import { assertEquals } from "@std/assert";
import { Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { RespClient } from "../support/resp_client.ts";

const REPLICAS = 10;
const STEPS = 40;
const seed = seedFromEnv("ETNA_SEED");

/** Writes all the time, until it is told to stop. */
class Load implements AsyncDisposable {
  isOver = false;
  failure: unknown = null;
  readonly #ended: Promise<void>;

  constructor(primary: Node, readonly random: SeededRandom) {
    this.#ended = this.#run(primary).catch((error) => {
      this.failure = error;
    });
  }

  async #run({ handle }: Node): Promise<void> {
    using client = await RespClient.connect(handle, 30_000);
    while (!this.isOver) {
      await client.pipeline(Array.from({ length: 50 }, () => this.#write()));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  #write(): string[] {
    const { random } = this;
    const n = `${random.below(1000)}`;
    return random.pick([
      ["SET", `string:${n}`, "x".repeat(random.below(2000))],
      ["INCR", `counter:${n}`],
      ["RPUSH", `list:${random.below(20)}`, n],
      ["LTRIM", `list:${random.below(20)}`, "-100", "-1"],
      ["HSET", `hash:${random.below(20)}`, n, n],
      ["ZINCRBY", `zset:${random.below(20)}`, "1", n],
      ["SPOP", `set:${random.below(20)}`],
      ["SADD", `set:${random.below(20)}`, n, `m${n}`],
      ["XADD", `stream:${random.below(5)}`, "MAXLEN", "100", "*", "n", n],
      ["DEL", `string:${n}`, `counter:${n}`],
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isOver = true;
    await this.#ended;
  }
}

/** It may follow it already. */
async function follow(replica: Node, { handle }: Node): Promise<void> {
  await replica.say("REPLICAOF", handle.host, `${handle.port}`);
}

async function disturb(
  random: SeededRandom,
  primary: Node,
  replicas: readonly Node[],
): Promise<void> {
  const at = random.below(replicas.length);
  const replica = replicas[at];
  switch (random.below(6)) {
    case 0:
      return void await replica.say("REPLICAOF", "NO", "ONE");
    case 1:
      // Who stands before it cannot follow it: nobody follows itself.
      return await follow(replica, at === 0 ? primary : replicas[random.below(at)]);
    case 2:
      return void await primary.say("CLIENT", "KILL", "TYPE", "replica");
    case 3: {
      replica.handle.signal!("SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, random.below(300)));
      return replica.handle.signal!("SIGCONT");
    }
    default:
      return await follow(replica, primary);
  }
}

Deno.test({
  name: `ten replicas come and go under load, seed ${seed}`,
  ignore: findOracle() === undefined,
  async fn() {
    const random = new SeededRandom(seed);
    await using stack = new AsyncDisposableStack();
    const primary = stack.use(await Node.start("etna", "--save", ""));
    const replicas: Node[] = [];
    for (let i = 0; i < REPLICAS; i++) {
      const replica = stack.use(await Node.start(i % 2 === 0 ? "redis" : "etna", "--save", ""));
      await replica.follow(primary);
      replicas.push(replica);
    }
    const load = stack.use(new Load(primary, new SeededRandom(seed + 1)));
    for (let step = 0; step < STEPS; step++) {
      await disturb(random, primary, replicas);
      await new Promise((resolve) => setTimeout(resolve, random.below(150)));
    }
    await load[Symbol.asyncDispose]();
    assertEquals(load.failure, null);
    for (const replica of replicas) {
      // One that loads is asked again.
      const { host, port } = primary.handle;
      await until(
        async () => (await replica.say("REPLICAOF", host, `${port}`)).startsWith("OK"),
        "it to follow",
      );
    }
    for (const replica of replicas) {
      await replica.equals(primary);
    }
  },
});
