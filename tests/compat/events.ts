/**
 * Compares the keyspace events of commands: a connection listens to everything on each server while
 * another one sends commands, each followed by a mark, so that every event is known to be one command's.
 */

import { RespClient } from "../support/resp_client.ts";
import { itemsOf, textOf } from "../support/resp_reply.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { quote, showCommand } from "../support/text.ts";
import type { Pair } from "./check.ts";

/** All classes, the ones that `A` leaves out included. */
export const ALL_EVENTS = "KEAnm";

const MARK = "__key_mark__:";
const BATCH = 200;
const TIMEOUT_MS = 10_000;

/** The events of one command, each as `channel message`. */
export type Events = string[];

/** A server with a connection that listens and one that acts. */
export class Watched implements Disposable {
  private constructor(readonly actor: RespClient, readonly listener: RespClient) {}

  static async open(server: ServerHandle, classes: string): Promise<Watched> {
    const actor = await RespClient.connect(server, TIMEOUT_MS);
    await actor.command("FLUSHALL");
    // When the cycle comes across what has expired is chance; lookups do in the same order.
    await actor.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    await actor.command("CONFIG", "SET", "notify-keyspace-events", classes);
    const listener = await RespClient.connect(server, TIMEOUT_MS);
    await listener.command("PSUBSCRIBE", "__key*__:*");
    return new Watched(actor, listener);
  }

  /** The events of each command. */
  async run(commands: readonly (readonly string[])[]): Promise<Events[]> {
    const all: Events[] = [];
    for (let start = 0; start < commands.length; start += BATCH) {
      const batch = commands.slice(start, start + BATCH);
      const replies = this.actor.pipeline(batch.flatMap((args) => [args, ["PUBLISH", MARK, "."]]));
      for (let i = 0; i < batch.length; i++) all.push(await this.#untilMark());
      await replies;
    }
    return all;
  }

  async #untilMark(): Promise<Events> {
    const events: Events = [];
    for (;;) {
      const [, , channel, text] = itemsOf((await this.listener.read()).reply).map(textOf);
      if (channel === MARK) return events;
      events.push(`${channel} ${text}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.actor.command("CONFIG", "SET", "notify-keyspace-events", "");
    this[Symbol.dispose]();
  }
  [Symbol.dispose](): void {
    this.actor[Symbol.dispose]();
    this.listener[Symbol.dispose]();
  }
}

/** The events of a command in an order of our own, where the real server's is that of its hash table. */
function inOrder(events: Events, args: readonly string[]): Events {
  return walksHashTable(args) ? events.toSorted() : events;
}

/** Looks up keys for each element of a set or a sorted set, or all keys there are. */
function walksHashTable([name, key]: readonly string[]): boolean {
  return name === "SCAN" || (/^SORT/.test(name) && !/:[nw]\d$/.test(key));
}

/**
 * Runs commands on both servers.
 *
 * @returns what the first command with other events than the oracle's brought, null when there is none
 */
export async function compareEvents(
  pair: Pair,
  commands: readonly (readonly string[])[],
  classes = ALL_EVENTS,
): Promise<string | null> {
  await using oracle = await Watched.open(pair.oracle, classes);
  await using subject = await Watched.open(pair.subject, classes);
  const [expected, got] = await Promise.all([oracle.run(commands), subject.run(commands)]);
  const text = (events: Events, i: number) => inOrder(events, commands[i]).join("\n");
  const at = commands.findIndex((_, i) => text(expected[i], i) !== text(got[i], i));
  if (at < 0) return null;
  const show = (events: Events) =>
    events.length === 0 ? "    (none)" : events.map((event) => `    ${quote(event)}`).join("\n");
  const named = new Set(commands[at].slice(1));
  const before = commands.slice(0, at).filter((args) =>
    args.slice(1).some((arg) => named.has(arg))
  );
  return [
    `command ${at}: ${showCommand([...commands[at]])}`,
    "  expected",
    show(expected[at]),
    "  got",
    show(got[at]),
    "  after",
    ...before.slice(-8).map((args) => `    ${showCommand([...args])}`),
  ].join("\n");
}
