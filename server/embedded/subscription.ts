/** Subscriptions as iterators. */

import { LoopbackClient, type LoopbackHost } from "../net/loopback.ts";
import type { ReplyValue } from "../resp/decoder.ts";
import type { Message, Subscription } from "./etna.ts";

/** Characters of messages that wait for the loop at most, but for those that come at once; what comes then waits in the server. */
const MOST_WAITING = 1 << 20;
/** What a message takes beside its text. */
const MESSAGE_COST = 64;

/** One of a client's own; it unsubscribes by ending that. */
export class ClientSubscription implements Subscription {
  readonly #client: LoopbackClient;
  readonly #messages: Message[] = [];
  /** What {@link #messages} take. */
  #cost = 0;
  readonly #waiting: ((result: IteratorResult<Message>) => void)[] = [];
  readonly #closed = Promise.withResolvers<void>();
  #ended = false;

  private constructor(client: LoopbackClient) {
    this.#client = client;
    client.onPush = (push) => this.#pushed(push);
    client.onClose = () => this.#close();
  }

  /** Begins one, with a client of its own. @throws ReplyError */
  static async begin(
    server: LoopbackHost,
    command: "SUBSCRIBE" | "PSUBSCRIBE",
    names: readonly string[],
  ): Promise<ClientSubscription> {
    const client = new LoopbackClient(server);
    const subscription = new ClientSubscription(client);
    try {
      await client.call([command, ...names], false);
    } catch (error) {
      client.end();
      throw error;
    }
    return subscription;
  }

  #pushed(push: ReplyValue[]): void {
    const [kind, ...rest] = push as string[];
    if (kind === "message") this.#add({ channel: rest[0], message: rest[1] });
    else if (kind === "pmessage") {
      this.#add({ channel: rest[1], message: rest[2], pattern: rest[0] });
    }
  }

  #add(value: Message): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return waiting({ done: false, value });
    this.#messages.push(value);
    this.#cost += costOf(value);
    if (this.#cost > MOST_WAITING) this.#client.setTaking(false);
  }

  #close(): void {
    this.#ended = true;
    this.#closed.resolve();
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
  }

  /** The next message; what had come before the end is still given. */
  next(): Promise<IteratorResult<Message>> {
    const value = this.#messages.shift();
    if (value !== undefined) {
      const isFull = this.#cost > MOST_WAITING / 2;
      this.#cost -= costOf(value);
      if (isFull && this.#cost <= MOST_WAITING / 2) this.#client.setTaking(true);
      return Promise.resolve({ done: false, value });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async return(): Promise<IteratorResult<Message>> {
    await this.end();
    return { done: true, value: undefined };
  }

  end(): Promise<void> {
    this.#messages.length = this.#cost = 0;
    if (!this.#client.closed) this.#client.end();
    return this.#closed.promise;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}

function costOf({ channel, message }: Message): number {
  return MESSAGE_COST + channel.length + message.length;
}
