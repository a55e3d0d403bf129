/**
 * BullMQ, a job queue that lives in Lua scripts: jobs that come at once, later, in another order, at a limited rate
 * and as trees, and jobs of a worker that was killed.
 */

import { assert, assertEquals } from "@std/assert";
import { FlowProducer, type Job, Queue, QueueEvents, UnrecoverableError, Worker } from "bullmq";
import type { ServerHandle } from "../support/server_process.ts";
import { startSubject } from "../support/subject.ts";

interface Place {
  connection: { host: string; port: number; maxRetriesPerRequest: null };
}

/** What is to be closed when a test is over, the last one first. */
type Closing = { close(): Promise<unknown> }[];

function test(name: string, act: (place: Place, opened: Closing) => Promise<void>): void {
  Deno.test({
    name: `BullMQ: ${name}`,
    // Its connections end some time after they were closed.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const server: ServerHandle = await startSubject();
      const connection = { host: server.host, port: server.port, maxRetriesPerRequest: null };
      const opened: Closing = [];
      try {
        await act({ connection }, opened);
      } finally {
        for (const one of opened.reverse()) await one.close();
        await server[Symbol.asyncDispose]();
      }
    },
  });
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Waits until something holds. */
async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error(`${what}: not within 20 s`);
}

test("jobs are done, with their results; what fails is tried again", async (place, opened) => {
  const queue = new Queue("plain", place);
  const events = new QueueEvents("plain", place);
  const worker = new Worker("plain", (job: Job) => {
    if (job.data.fails > job.attemptsMade) throw new Error("not yet");
    if (job.data.hopeless) throw new UnrecoverableError("never");
    return Promise.resolve(job.data.n * 2);
  }, { ...place, concurrency: 5 });
  opened.push(queue, events, worker);
  await events.waitUntilReady();
  const jobs = await queue.addBulk(
    Array.from({ length: 200 }, (_, n) => ({ name: "double", data: { n } })),
  );
  const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
  assertEquals(results, jobs.map((_, n) => n * 2));
  const stubborn = await queue.add("late", { n: 7, fails: 2 }, { attempts: 3, backoff: 10 });
  assertEquals(await stubborn.waitUntilFinished(events), 14);
  const lost = await queue.add("lost", { hopeless: true }, { attempts: 5 });
  const reason = await lost.waitUntilFinished(events).catch((error: Error) => error.message);
  assertEquals(reason, "never");
  assertEquals((await lost.getState()) as string, "failed");
  const counts = await queue.getJobCounts("completed", "failed", "wait", "active");
  assertEquals(counts, { completed: 201, failed: 1, wait: 0, active: 0 });
});

test(
  "jobs come later when they are delayed, and in the order of their priority",
  async (place, opened) => {
    const queue = new Queue("order", place);
    opened.push(queue);
    const order: string[] = [];
    await queue.add("low", {}, { priority: 10 });
    await queue.add("high", {}, { priority: 1 });
    await queue.add("middle", {}, { priority: 5 });
    await queue.add("first", {});
    const delayedAt = Date.now();
    await queue.add("delayed", { at: delayedAt }, { delay: 300 });
    const worker = new Worker("order", (job) => {
      order.push(job.name);
      if (job.name === "delayed") assert(Date.now() - delayedAt >= 295, "too early");
      return Promise.resolve();
    }, place);
    opened.push(worker);
    await until(() => order.length === 5, "all jobs");
    assertEquals(order, ["first", "high", "middle", "low", "delayed"]);
  },
);

test("no more jobs are done in a time than a limit allows", async (place, opened) => {
  const queue = new Queue("limit", place);
  const times: number[] = [];
  const worker = new Worker("limit", () => {
    times.push(Date.now());
    return Promise.resolve();
  }, { ...place, limiter: { max: 3, duration: 300 } });
  opened.push(queue, worker);
  await queue.addBulk(Array.from({ length: 9 }, (_, n) => ({ name: "job", data: { n } })));
  await until(() => times.length === 9, "all jobs");
  // Two times 300 ms lie between; a busy machine may tell of the first job late.
  assert(times[8] - times[0] >= 300, `nine jobs in ${times[8] - times[0]} ms`);
});

test("a tree of jobs is done from its leaves", async (place, opened) => {
  const flow = new FlowProducer(place);
  const done: string[] = [];
  const worker = new Worker("tree", async (job) => {
    const values = Object.values(await job.getChildrenValues<number>());
    done.push(job.name);
    return values.reduce((sum, value) => sum + value, job.data.n);
  }, place);
  const events = new QueueEvents("tree", place);
  opened.push(flow, worker, events);
  await events.waitUntilReady();
  const tree = await flow.add({
    name: "root",
    queueName: "tree",
    data: { n: 1 },
    children: [
      { name: "leaf", queueName: "tree", data: { n: 10 } },
      {
        name: "branch",
        queueName: "tree",
        data: { n: 100 },
        children: [{ name: "leaf", queueName: "tree", data: { n: 1000 } }],
      },
    ],
  });
  assertEquals(await tree.job.waitUntilFinished(events), 1111);
  assertEquals(done.at(-1), "root");
  assert(done.indexOf("branch") > done.indexOf("leaf"));
});

test("jobs repeat, are removed, promoted, drained and paused", async (place, opened) => {
  const queue = new Queue("more", place);
  opened.push(queue);
  let ticks = 0;
  await queue.upsertJobScheduler("tick", { every: 100 }, { name: "tick" });
  const worker = new Worker("more", (job) => {
    if (job.name === "tick") ticks++;
    return Promise.resolve();
  }, place);
  await until(() => ticks >= 3, "three ticks");
  assertEquals(await queue.removeJobScheduler("tick"), true);
  await worker.close();
  await queue.obliterate({ force: true });
  const job = await queue.add("later", {}, { delay: 100_000 });
  await job.promote();
  assertEquals((await job.getState()) as string, "waiting");
  await queue.pause();
  assertEquals(await queue.isPaused(), true);
  await queue.resume();
  await job.remove();
  assertEquals(await queue.getJob(job.id!), undefined);
  await queue.addBulk([{ name: "a", data: {} }, { name: "b", data: {} }]);
  await queue.drain();
  assertEquals(await queue.count(), 0);
  await queue.add("same", {}, { jobId: "one" });
  await queue.add("same", {}, { jobId: "one" });
  assertEquals(await queue.count(), 1);
});

/** A worker in a process of its own, which never ends its job. */
const STUCK_WORKER = `
import { Worker } from "bullmq";
const [port] = Deno.args;
const connection = { host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null };
new Worker("stalled", async () => {
  console.log("took it");
  await new Promise(() => setInterval(() => {}, 1000));
}, { connection, lockDuration: 500, stalledInterval: 200 });
`;

test("a job whose worker was killed is done by another one", async (place, opened) => {
  const queue = new Queue("stalled", place);
  opened.push(queue);
  const root = new URL("../../", import.meta.url).pathname;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, STUCK_WORKER);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--config",
      `${root}deno.json`,
      file,
      `${place.connection.port}`,
    ],
    stdout: "piped",
    stderr: "inherit",
    stdin: "null",
  }).spawn();
  try {
    await queue.add("hard", { n: 1 });
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
    assertEquals(await queue.getActiveCount(), 1);
    const done: unknown[] = [];
    let stalled = 0;
    const worker = new Worker("stalled", (job) => {
      done.push(job.data);
      return Promise.resolve();
    }, { ...place, lockDuration: 500, stalledInterval: 200 });
    worker.on("stalled", () => stalled++);
    opened.push(worker);
    await until(() => done.length === 1, "the job of the killed worker");
    assertEquals(done, [{ n: 1 }]);
    assertEquals(stalled, 1);
  } finally {
    await Deno.remove(file);
  }
});
