/** What a server inside a program is to that program. */

import type { OptionName } from "../config/options.ts";
import type { CallArgument } from "../net/loopback.ts";
import type { ReplyValue } from "../resp/decoder.ts";
import type { Call } from "./replies.ts";

/** Any option of redis.conf by its name; a list stands for an option of several words. */
export type ConfigOptions = {
  [Name in OptionName]?: string | number | boolean | readonly (string | number)[];
};

/** How a server starts: options of redis.conf, and what only a program can ask for. */
export interface StartOptions extends ConfigOptions {
  /**
   * `"manual"`: the time of day stands still until {@link Etna.advance} moves it, and with it whatever expires or
   * waits for so long.
   */
  readonly clock?: "real" | "manual";
  /** What {@link Etna.save} gave, or the bytes of any RDB file: the server begins with it. */
  readonly snapshot?: Uint8Array;
}

/** A command with its arguments. */
export type Command = readonly CallArgument[];

/** Whoever may call commands. */
export interface Caller {
  /**
   * Executes a command.
   *
   * ```ts
   * await etna.call("SET", "greeting", "hello", "EX", 60);
   * const greeting = await etna.call("GET", "greeting"); // string | null
   * ```
   *
   * @returns strings for bulk and simple strings (decoded as UTF-8), numbers (bigints beyond 2^53),
   * booleans, null, arrays, Maps and Sets, as RESP3 types them
   * @throws ReplyError when the reply is an error
   */
  readonly call: Call<string>;
  /** The same with bulk strings as bytes. */
  readonly callBuffer: Call<Uint8Array>;
  /**
   * Executes commands one after the other, without waiting in between.
   *
   * ```ts
   * const [, count] = await etna.pipeline([["SADD", "s", "a", "b"], ["SCARD", "s"]]);
   * ```
   *
   * @returns their replies; one that is an error is a ReplyError among them
   */
  pipeline(commands: readonly Command[]): Promise<ReplyValue[]>;
  /**
   * Executes commands as MULTI and EXEC do: all of them, and nobody else's in between.
   *
   * @returns their replies; null where a key that was watched before (WATCH) has changed
   * @throws ReplyError where one of them cannot be queued: then none is executed
   */
  transaction(commands: readonly Command[]): Promise<ReplyValue[] | null>;
}

/** Something published. */
export interface Message {
  readonly channel: string;
  readonly message: string;
  /** The pattern that the channel matched, where it was subscribed to by patterns. */
  readonly pattern?: string;
}

/**
 * What is published on some channels, in order. What nobody has iterated over yet waits: a megabyte in the program's
 * memory, the rest in the server's, within `client-output-buffer-limit pubsub`. It ends when the loop over it does, with
 * {@link end}, and with the server. Where that limit is exceeded, as nobody iterates, the loop over it throws an Error
 * after what had come before.
 */
export interface Subscription extends AsyncIterableIterator<Message>, AsyncDisposable {
  /** Gives up what has not been iterated over, and unsubscribes; fulfilled when that has happened. */
  end(): Promise<void>;
}

/** A server inside this process. */
export interface Etna extends Caller {
  /** The TCP port it listens on; 0 where it listens on none. */
  readonly port: number;
  /**
   * Another client without a socket, with a database and a transaction of its own.
   *
   * @throws ReplyError when the server is closed or has `maxclients` clients
   */
  connect(): EtnaClient;
  /**
   * Subscribes to channels: what is published from when the promise is fulfilled is iterated over.
   *
   * ```ts
   * const news = await etna.subscribe("news");
   * await etna.call("PUBLISH", "news", "hello");
   * for await (const { channel, message } of news) {
   *   console.log(channel, message); // "news" "hello"
   *   break; // and the subscription ends
   * }
   * ```
   */
  subscribe(...channels: string[]): Promise<Subscription>;
  /** The same by patterns, as `news.*`. */
  psubscribe(...patterns: string[]): Promise<Subscription>;
  /**
   * Moves the time of a server that was started with `clock: "manual"`, and waits until what is due has happened.
   * As in Redis a key is still there in its last millisecond.
   *
   * ```ts
   * const etna = await start({ clock: "manual" });
   * await etna.call("SET", "session", "x", "EX", 60);
   * await etna.advance(60_001);
   * await etna.call("GET", "session"); // null
   * ```
   */
  advance(ms: number): Promise<void>;
  /**
   * All databases and functions as the bytes of an RDB file, without a disk: `start({ snapshot })`, Redis, and
   * whatever reads such files take them.
   */
  save(): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Answers a request as `http-port` would, without a port: the REST interface of `server/http`, by tokens. It is a
   * handler as `Deno.serve` and others take one; WebSockets need the port.
   *
   * ```ts
   * const etna = await start({ "http-tokens": ["some-long-secret", "default"] });
   * Deno.serve((request) => etna.fetch(request));
   * ```
   */
  fetch(request: Request): Promise<Response>;
  /**
   * Closes all connections and frees all that the server holds, as SHUTDOWN does. Calls under way, and
   * those made later, are rejected. A program does not end by itself while a server of its runs.
   */
  close(): Promise<void>;
}

/** A client inside the process. SUBSCRIBE and its like give the number of subscriptions once all are confirmed. */
export interface EtnaClient extends Caller {
  /** Called with out-of-band messages: what is published, confirmations, invalidated keys. */
  onPush: (message: ReplyValue[]) => void;
  end(): void;
}
