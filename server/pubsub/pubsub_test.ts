/** Pub/Sub against a model: random subscriptions and publications of several clients of both protocols. */

import { assert, assertEquals } from "@std/assert";
import { fuzz, scaled } from "../../core-as/host/testing.ts";
import { Config } from "../config/config.ts";
import { startServer } from "../main.ts";
import { LoopbackClient } from "../net/loopback.ts";
import type { Server } from "../server.ts";
import type { ReplyValue } from "../resp/decoder.ts";
import { testEnvironment } from "../../tests/support/environment.ts";

async function withServer(check: (server: Server) => Promise<void>): Promise<void> {
  const running = await startServer({
    config: new Config(),
    embedded: true,
    anyPort: false,
    listens: false,
  }, testEnvironment());
  try {
    await check(running.server);
  } finally {
    await running.close();
  }
}

const CHANNELS = ["a", "ab", "abc", "", "b\x00", "xyz"];
const PATTERNS: [pattern: string, matches: RegExp][] = [
  ["a*", /^a/],
  ["?", /^.$/s],
  ["ab?", /^ab.$/],
  ["", /^$/],
  ["*z", /z$/],
];

/** A client with what it should be subscribed to and should have heard. */
class Listener {
  readonly client: LoopbackClient;
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  readonly shards = new Set<string>();
  readonly heard: ReplyValue[][] = [];
  readonly expected: ReplyValue[][] = [];

  constructor(server: Server) {
    this.client = new LoopbackClient(server);
    this.client.onPush = (message) => {
      if (`${message[0]}`.endsWith("message")) this.heard.push(message);
    };
  }
  call(...args: string[]): Promise<ReplyValue> {
    return this.client.call(args, false);
  }
}

/** The patterns that anybody is subscribed to, in the order in which each got its first subscriber. */
function keepOrder(order: string[], listeners: readonly Listener[]): string[] {
  const alive = new Set(listeners.flatMap(({ patterns }) => [...patterns]));
  return [...new Set([...order.filter((pattern) => alive.has(pattern)), ...alive])];
}

Deno.test("pubsub: messages reach exactly those who are subscribed, in order", () =>
  withServer((server) =>
    fuzz(async (random) => {
      const listeners = Array.from({ length: 6 }, () => new Listener(server));
      let order: string[] = [];
      const publish = (channel: string, text: string, shard: boolean): number => {
        let count = 0;
        for (const listener of listeners) {
          const own = shard ? listener.shards : listener.channels;
          if (own.has(channel)) {
            listener.expected.push([shard ? "smessage" : "message", channel, text]);
            count++;
          }
        }
        if (shard) return count;
        for (const pattern of order) {
          const [, matches] = PATTERNS.find(([known]) => known === pattern)!;
          for (const listener of matches.test(channel) ? listeners : []) {
            if (!listener.patterns.has(pattern)) continue;
            listener.expected.push(["pmessage", pattern, channel, text]);
            count++;
          }
        }
        return count;
      };
      const calls: Promise<void>[] = [];
      for (let step = 0; step < scaled(2000); step++) {
        order = keepOrder(order, listeners);
        const listener = listeners[random(listeners.length)];
        const kind = random(3);
        const own = [listener.channels, listener.patterns, listener.shards][kind];
        const names = kind === 1 ? PATTERNS.map(([pattern]) => pattern) : CHANNELS;
        const name = names[random(names.length)];
        const prefix = ["", "p", "s"][kind];
        switch (random(8)) {
          case 0:
            own.add(name);
            await listener.call(`${prefix}subscribe`, name);
            break;
          case 1:
            own.delete(name);
            await listener.call(`${prefix}unsubscribe`, name);
            break;
          case 2:
            if (random(10) !== 0) break;
            listener.channels.clear();
            listener.patterns.clear();
            listener.shards.clear();
            assertEquals(await listener.call("reset"), "RESET");
            await listener.call("hello", "3");
            break;
          default: {
            const channel = CHANNELS[random(CHANNELS.length)];
            const text = random(50) === 0 ? "x".repeat(random(500_000)) : `m${step}`;
            const shard = random(4) === 0;
            const count = publish(channel, text, shard);
            // One client publishes: what others send in the same turn may come before or after it.
            const called = listeners[0].call(shard ? "SPUBLISH" : "PUBLISH", channel, text);
            calls.push(called.then((receivers) => assertEquals(receivers, count)));
            // Some publications of a turn, then a look at what they brought.
            if (random(4) !== 0) break;
            await Promise.all(calls.splice(0));
            for (const { heard, expected } of listeners) {
              assertEquals(linesOf(heard.splice(0)), linesOf(expected.splice(0)));
            }
          }
        }
      }
      await Promise.all(calls);
      for (const { client } of listeners) client.end();
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (const subjects of server.pubsub.subjects) assertEquals(subjects.size, 0);
    })
  ));

function linesOf(messages: ReplyValue[][]): string[] {
  return messages.map((message) => message.join("\n"));
}

Deno.test("pubsub: without memory a subscription is refused, and what was stays", () =>
  withServer(async (server) => {
    const { core } = server;
    const listener = new Listener(server);
    const publisher = new Listener(server);
    await listener.call("SUBSCRIBE", "a");
    const taken: number[] = [];
    for (let bytes = 2 ** 24; bytes >= 8; bytes >>= 1) {
      for (let block = core.x.allocate(bytes); block !== 0; block = core.x.allocate(bytes)) {
        taken.push(block);
      }
    }
    const name = "n".repeat(3000);
    const refused = await listener.call("SUBSCRIBE", name).then(() => "", (error) => `${error}`);
    assert(refused.includes("OOM"), refused);
    assertEquals(await publisher.call("PUBLISH", "a", "m"), 1);
    assertEquals(await publisher.call("PUBLISH", name, "m"), 0);
    for (const block of taken) core.x.free(block);
    await listener.call("SUBSCRIBE", name);
    assertEquals(await publisher.call("PUBLISH", name, "m"), 1);
    await listener.call("PING");
    assertEquals(listener.heard.map(([, channel]) => channel), ["a", name]);
  }));
