/**
 * Job queues as people build them, with workers that die in the middle of their jobs at seeded random
 * moments. ETNA_SEED repeats a run.
 */

import { assert, assertEquals } from "@std/assert";
import { type Etna, start } from "../../mod.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { encodeCommand, RespClient } from "../support/resp_client.ts";
import { itemsOf, type Reply, textOf } from "../support/resp_reply.ts";

const JOBS = 300;
const WORKERS = 5;
/** Commands that a worker lives for, at most. */
const LONGEST_LIFE = 14;
const LONGEST_JOB_MS = 3;
/** After so long an unacknowledged job is taken from its worker. */
const IDLE_MS = 60;

const firstSeed = seedFromEnv("ETNA_SEED");
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

class Died extends Error {}

/** A worker's connection, which breaks off before a command, while it runs or right after it. */
class Mortal {
  #left: number;

  private constructor(readonly client: RespClient, readonly random: SeededRandom) {
    this.#left = random.between(1, LONGEST_LIFE);
  }

  static async connect({ etna, random }: Queue, name: string): Promise<Mortal> {
    const client = await RespClient.connect({ host: "127.0.0.1", port: etna.port });
    await client.command("CLIENT", "SETNAME", name);
    return new Mortal(client, random);
  }

  async call(...args: string[]): Promise<Reply> {
    if (--this.#left > 0) return (await this.client.command(...args)).reply;
    const moment = this.random.below(3);
    if (moment > 0) await this.client.sendRaw(encodeCommand(args));
    if (moment > 1) await this.client.read();
    this.client[Symbol.dispose]();
    throw new Died();
  }

  /** Does a job. */
  async work(): Promise<void> {
    await sleep(this.random.below(LONGEST_JOB_MS + 1));
  }
}

interface Queue {
  etna: Etna;
  random: SeededRandom;
  /** All jobs are done: workers go home. */
  over: boolean;
  /** Workers that have died. */
  deaths: number;
}

/** Workers one after the other, each until its death; `life` goes on until the queue is over. */
async function employ(
  queue: Queue,
  name: string,
  life: (worker: Mortal, name: string) => Promise<void>,
) {
  for (let generation = 0; !queue.over; generation++) {
    const own = `${name}.${generation}`;
    const worker = await Mortal.connect(queue, own);
    try {
      await life(worker, own);
      worker.client[Symbol.dispose]();
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      queue.deaths++;
    }
  }
}

/** Adds the jobs, a few at a time, and waits until `done` has all of them. */
async function produce(queue: Queue, add: (client: RespClient, job: string) => Promise<unknown>) {
  const { etna, random } = queue;
  using client = await RespClient.connect({ host: "127.0.0.1", port: etna.port });
  for (let job = 0; job < JOBS; job++) {
    await add(client, `${job}`);
    if (random.chance(0.1)) await sleep(random.below(4));
  }
  const deadlineMs = performance.now() + 30_000;
  while (!queue.over) {
    const done = itemsOf((await client.command("LRANGE", "done", "0", "-1")).reply).map(textOf);
    queue.over = new Set(done).size === JOBS;
    assert(performance.now() < deadlineMs, `${new Set(done).size} of ${JOBS} jobs are done`);
    await sleep(5);
  }
}

/** Runs a queue from a seed, which a failure names. */
async function run(body: (queue: Queue) => Promise<void>): Promise<void> {
  const etna = await start({ port: 0 });
  const random = new SeededRandom(firstSeed);
  const queue: Queue = { etna, random, over: false, deaths: 0 };
  try {
    await body(queue);
    assert(queue.deaths > WORKERS, `only ${queue.deaths} workers have died`);
  } catch (error) {
    throw new Error(`repeat with ETNA_SEED=${firstSeed}`, { cause: error });
  } finally {
    queue.over = true;
    await etna.close();
  }
}

/** What dead workers hold goes back to the front of the queue. */
async function takeBack(queue: Queue): Promise<void> {
  const { etna } = queue;
  while (!queue.over) {
    await sleep(20);
    // In this order: whoever held something then and is not there now has died.
    const lists = await etna.call("KEYS", "held:*") as string[];
    const clients = await etna.call("CLIENT", "LIST") as string;
    for (const held of lists) {
      if (clients.includes(` name=${held.slice("held:".length)} `)) continue;
      while (await etna.call("LMOVE", held, "jobs", "LEFT", "RIGHT") !== null);
    }
  }
}

async function jobsIn(etna: Etna, list: string): Promise<string[]> {
  return await etna.call("LRANGE", list, "0", "-1") as string[];
}

Deno.test("a queue of lists: BLMOVE keeps a job until it is done, exactly once", async () => {
  await run(async (queue) => {
    const { etna } = queue;
    const workers = Array.from(
      { length: WORKERS },
      (_, i) =>
        employ(queue, `worker${i}`, async (worker, name) => {
          while (!queue.over) {
            const job = await worker.call(
              "BLMOVE",
              "jobs",
              `held:${name}`,
              "RIGHT",
              "LEFT",
              "0.05",
            );
            if (job.kind === "null") continue;
            await worker.work();
            await worker.call("MULTI");
            await worker.call("LREM", `held:${name}`, "1", textOf(job));
            await worker.call("RPUSH", "done", textOf(job));
            await worker.call("EXEC");
          }
        }),
    );
    await Promise.all([
      produce(queue, (client, job) => client.command("LPUSH", "jobs", job)),
      takeBack(queue),
      ...workers,
    ]);
    const done = await jobsIn(etna, "done");
    assertEquals(done.length, JOBS, "a job was done twice");
    assertEquals(new Set(done).size, JOBS);
    assertEquals(await etna.call("EXISTS", "jobs"), 0);
  });
});

Deno.test("a queue in a stream: nothing is lost, and nothing comes again once it is acknowledged", async () => {
  await run(async (queue) => {
    const { etna } = queue;
    await etna.call("XGROUP", "CREATE", "jobs", "g", "$", "MKSTREAM");
    /** IDs whose XACK was answered. */
    const acknowledged = new Set<string>();
    let acknowledgements = 0;

    /** Does what a reply brings; none of it may have been acknowledged before it was asked for. */
    const doAll = async (
      worker: Mortal,
      entries: readonly Reply[],
      before: ReadonlySet<string>,
    ) => {
      for (const entry of entries) {
        const [id, fields] = itemsOf(entry);
        assert(!before.has(textOf(id)), `${textOf(id)} came again`);
        await worker.work();
        await worker.call("MULTI");
        await worker.call("RPUSH", "done", textOf(itemsOf(fields)[1]));
        await worker.call("XACK", "jobs", "g", textOf(id));
        const [, acked] = itemsOf(await worker.call("EXEC"));
        acknowledged.add(textOf(id));
        if (textOf(acked) === "1") acknowledgements++;
      }
    };
    const workers = Array.from(
      { length: WORKERS },
      (_, i) =>
        employ(queue, `worker${i}`, async (worker, name) => {
          while (!queue.over) {
            const beforeClaim = new Set(acknowledged);
            const claim = ["XAUTOCLAIM", "jobs", "g", name, `${IDLE_MS}`, "0", "COUNT", "3"];
            const [, claimed] = itemsOf(await worker.call(...claim));
            await doAll(worker, itemsOf(claimed), beforeClaim);
            const beforeRead = new Set(acknowledged);
            const read = ["XREADGROUP", "GROUP", "g", name, "COUNT", "2", "BLOCK", "30"];
            const streams = itemsOf(await worker.call(...read, "STREAMS", "jobs", ">"));
            if (streams.length === 0) continue;
            await doAll(worker, itemsOf(itemsOf(streams[0])[1]), beforeRead);
          }
        }),
    );
    await Promise.all([
      produce(queue, (client, job) => client.command("XADD", "jobs", "*", "job", job)),
      ...workers,
    ]);
    assertEquals(await etna.call("XLEN", "jobs"), JOBS);
    assertEquals(new Set(await jobsIn(etna, "done")).size, JOBS);
    const [pending] = await etna.call("XPENDING", "jobs", "g") as [number];
    assertEquals(pending, 0);
    assert(acknowledgements <= JOBS, `${acknowledgements} acknowledgements of ${JOBS} jobs`);
    assertEquals(await etna.call("XREADGROUP", "GROUP", "g", "last", "STREAMS", "jobs", ">"), null);
  });
});
