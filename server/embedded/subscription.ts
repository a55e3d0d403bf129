/** Subscriptions as iterators. */

import { LoopbackClient, type LoopbackHost } from "../net/loopback.ts";
import type { ReplyValue } from "../resp/decoder.ts";
import type { Message, Subscription } from "./etna.ts";

/** Characters of messages that wait for the loop at most, but for those that come at once; what comes then waits in the server. */
const MOST_WAITING = 1 << 20;
/** What a message takes beside its text. */
const MESSAGE_COST = 64;

/** Whose loop reads this has missed something. */
const TOO_SLOW =
  "the subscription was closed, as messages came faster than they were taken: client-output-buffer-limit";

/** One of a client's own; it unsubscribes by ending that. */
export class ClientSubscription implements Subscription {
  readonly #client: LoopbackClient;
  readonly #messages: Message[] = [];
  /** What {@link #messages} take. */
  #cost = 0;
  readonly #waiting: PromiseWithResolvers<IteratorResult<Message>>[] = [];
  readonly #closed = Promise.withResolvers<void>();
  #ended = false;
  /** Why it ended, where nobody has wished that; told once. */
  #failure: Error | null = null;

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
    if (waiting !== undefined) return waiting.resolve({ done: false, value });
    this.#messages.push(value);
    this.#cost += costOf(value);
    if (this.#cost > MOST_WAITING) this.#client.setTaking(false);
  }

  #close(): void {
    this.#ended = true;
    this.#closed.resolve();
    if (this.#client.overLimit) this.#failure = new Error(TOO_SLOW);
    for (const { resolve } of this.#waiting.splice(0)) resolve(this.#last());
  }

  /** What there is when there is no more. */
  #last(): Promise<IteratorResult<Message>> | IteratorResult<Message> {
    const failure = this.#failure;
    if (failure === null) return { done: true, value: undefined };
    this.#failure = null;
    return Promise.reject(failure);
  }

  /**
   * The next message; what had come before the end is still given.
   *
   * @throws Error once, where the server has ended it as nobody took its messages
   */
  next(): Promise<IteratorResult<Message>> {
    const value = this.#messages.shift();
    if (value !== undefined) {
      const isFull = this.#cost > MOST_WAITING / 2;
      this.#cost -= costOf(value);
      if (isFull && this.#cost <= MOST_WAITING / 2) this.#client.setTaking(true);
      return Promise.resolve({ done: false, value });
    }
    if (this.#ended) return Promise.resolve(this.#last());
    const waiting = Promise.withResolvers<IteratorResult<Message>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  async return(): Promise<IteratorResult<Message>> {
    await this.end();
    return { done: true, value: undefined };
  }

  end(): Promise<void> {
    this.#messages.length = this.#cost = 0;
    this.#failure = null;
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
