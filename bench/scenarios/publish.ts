/**
 * PUBLISH to 1, 100 and 1,000 subscribers: messages delivered a second, from the first publication to
 * the last byte at the last subscriber, and what a delivered message costs the server.
 */

import { emptyFigure, type Figure, visitingOrder } from "../figures.ts";
import { redisBenchmark } from "../measure.ts";
import { cpuTime } from "../proc.ts";
import { RunningPair, type Server } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";

/** Subscribers, and messages published in a round: enough to last a second or two. */
const cases = [
  { subscribers: 1, messages: 100_000 },
  { subscribers: 100, messages: 10_000 },
  { subscribers: 1_000, messages: 1_500 },
] as const;

const channel = "channel";
const text = "x".repeat(64);
const publishers = 50;
const messageBytes = `*3\r\n$7\r\nmessage\r\n$7\r\n${channel}\r\n$64\r\n${text}\r\n`.length;
const request = new TextEncoder().encode(`*2\r\n$9\r\nSUBSCRIBE\r\n$7\r\n${channel}\r\n`);
const confirmationBytes = `*3\r\n$9\r\nsubscribe\r\n$7\r\n${channel}\r\n:1\r\n`.length;

export const publish: Scenario = {
  name: "publish",
  async run(bench) {
    const figures: Figure[] = [];
    await using pair = await RunningPair.start(bench.specs);
    for (const { subscribers, messages } of cases) {
      const name = (what: string) =>
        `${what}, ${subscribers} subscriber${subscribers > 1 ? "s" : ""}`;
      const figure = (what: string, unit: string, better: "more" | "less") =>
        emptyFigure(scenarioGroup, publish.name, name(what), unit, better);
      const rate = figure("messages", "msg/s", "more");
      const user = figure("user CPU per message", "us", "less");
      const all = figure("CPU per message", "us", "less");
      for (const server of visitingOrder(0)) {
        await deliver(pair.servers[server], subscribers, messages / 2);
      }
      for (let round = 0; round < Math.min(bench.rounds, 3); round++) {
        for (const server of visitingOrder(round)) {
          const seen = await deliver(
            pair.servers[server],
            subscribers,
            bench.quick ? messages / 10 : messages,
          );
          rate[server].push(seen.perSecond);
          user[server].push(seen.userUs);
          all[server].push(seen.cpuUs);
          report(bench, `${server} to ${subscribers}`, seen);
        }
      }
      figures.push(rate, user, all);
    }
    return figures;
  },
};

interface Delivered {
  perSecond: number;
  userUs: number;
  cpuUs: number;
}

function report(bench: Bench, what: string, { perSecond, userUs, cpuUs }: Delivered): void {
  const costs = `${userUs.toFixed(2)} us user, ${cpuUs.toFixed(2)} us in all`;
  bench.log(`${publish.name}: ${what}: ${Math.round(perSecond)} msg/s, ${costs}`);
}

/** Publishes by redis-benchmark and waits until every subscriber has every message. */
async function deliver(server: Server, subscribers: number, messages: number): Promise<Delivered> {
  const open = await Promise.all(
    Array.from({ length: subscribers }, () => Subscriber.open(server.port)),
  );
  try {
    const before = cpuTime(server.pid);
    const startMs = performance.now();
    const received = open.map((subscriber) => subscriber.receive(messages * messageBytes));
    await redisBenchmark(server.port, {
      ...{ args: ["PUBLISH", channel, text], requests: messages, pipeline: 1 },
      ...{ connections: publishers, keyspace: 1, valueBytes: text.length },
    });
    await Promise.all(received);
    const elapsedMs = performance.now() - startMs;
    const after = cpuTime(server.pid);
    const delivered = messages * subscribers;
    const userUs = (after.userUs - before.userUs) / delivered;
    return {
      perSecond: delivered * 1000 / elapsedMs,
      userUs,
      cpuUs: userUs + (after.sysUs - before.sysUs) / delivered,
    };
  } finally {
    for (const subscriber of open) subscriber.close();
  }
}

/** A client that subscribes and counts bytes. */
class Subscriber {
  readonly #buffer = new Uint8Array(16384);

  private constructor(readonly connection: Deno.Conn) {}

  static async open(port: number): Promise<Subscriber> {
    const subscriber = new Subscriber(await Deno.connect({ port }));
    await subscriber.connection.write(request);
    await subscriber.receive(confirmationBytes);
    return subscriber;
  }

  /** Reads exactly as many bytes. @throws Error when the server closes the connection before */
  async receive(bytes: number): Promise<void> {
    while (bytes > 0) {
      const size = await this.connection.read(this.#buffer);
      if (size === null) throw new Error("the server closed a subscriber");
      bytes -= size;
    }
    if (bytes < 0) throw new Error("a subscriber got more than was published");
  }

  close(): void {
    this.connection.close();
  }
}
