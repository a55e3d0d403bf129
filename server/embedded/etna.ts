/** Servers inside a program: what the public module gives. */

import { FetchHandler } from "../http/fetch.ts";
import { Config } from "../config/config.ts";
import type { OptionName } from "../config/options.ts";
import type { Environment } from "../env/env.ts";
import { prepareEnd } from "../saving/ending.ts";
import { startServer } from "../main.ts";
import { type CallArgument, LoopbackClient } from "../net/loopback.ts";
import type { ReplyValue } from "../resp/decoder.ts";

export { ReplyError, type ReplyValue } from "../resp/decoder.ts";
export type { CallArgument } from "../net/loopback.ts";
export type { Environment } from "../env/env.ts";

/** Any option of redis.conf by its name; a list stands for an option of several words. */
export type StartOptions = {
  [Name in OptionName]?: string | number | boolean | readonly (string | number)[];
};

/** A server inside this process. */
export interface Etna {
  /** The TCP port it listens on; 0 where it listens on none. */
  readonly port: number;
  /**
   * Executes a command without a socket.
   *
   * @returns strings for bulk and simple strings (decoded as UTF-8), numbers (bigints beyond 2^53),
   * booleans, null, arrays, Maps and Sets, as RESP3 types them
   * @throws ReplyError when the reply is an error
   */
  call(...args: CallArgument[]): Promise<ReplyValue>;
  /** The same with bulk strings as bytes. */
  callBuffer(...args: CallArgument[]): Promise<ReplyValue>;
  /**
   * Another client without a socket, with a database and a transaction of its own.
   *
   * @throws ReplyError when the server is closed or has `maxclients` clients
   */
  connect(): EtnaClient;
  /**
   * Answers a request of HTTP as `http-port` does, for any server or edge runtime that mounts it, as
   * `Deno.serve(etna.fetch)`. Whom a request is of is said by a token, of the option `http-tokens` or a user's own.
   */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * Closes all connections and frees all that the server holds, as SHUTDOWN does. Calls under way, and
   * those made later, are rejected. A program does not end by itself while a server of its runs.
   */
  close(): Promise<void>;
}

/** A client inside the process. */
export interface EtnaClient {
  /** As {@link Etna.call}; SUBSCRIBE and its like give the number of subscriptions once all are confirmed. */
  call(...args: CallArgument[]): Promise<ReplyValue>;
  callBuffer(...args: CallArgument[]): Promise<ReplyValue>;
  /** Called with out-of-band messages: what is published, confirmations, invalidated keys. */
  onPush: (message: ReplyValue[]) => void;
  end(): void;
}

/**
 * Starts a server in this process. Instances share nothing; nothing is read from or written to disk
 * unless an option says so.
 *
 * @param options options of redis.conf; `port` 0 picks a free port, no `port` listens on none
 * @param environment what the world gives it, the server's own from then on
 */
export async function startEtna(
  options: StartOptions,
  environment: Environment,
): Promise<Etna> {
  const config = new Config(environment.disk.workingDirectory());
  // A server inside a program persists nothing and listens on nothing by itself.
  const wanted: StartOptions = { save: "", ...options };
  for (const [name, value] of Object.entries(wanted) as [OptionName, unknown][]) {
    if (name === "port" && value === 0) continue;
    const words = (Array.isArray(value) ? value : [value]).map(asWord);
    const wrong = config.configure(name, words);
    if (wrong !== undefined) throw new TypeError(`option ${name}: ${wrong}`);
  }
  const listens = ["port", "tls-port", "unixsocket", "http-port", "http-tls-port"]
    .some((name) => name in options);
  const running = await startServer({
    config,
    embedded: true,
    anyPort: options.port === 0,
    listens,
    // A program's directory may hold somebody else's file.
    loads: "dir" in options || "dbfilename" in options || config.values.save.length > 0,
  }, environment);
  const handler = new FetchHandler(running.http);
  const client = (): EtnaClient => wrap(new LoopbackClient(running.server));
  let own = new LoopbackClient(running.server);
  const call = (args: CallArgument[], buffers: boolean) => {
    // CLIENT KILL reaches the server's own client, too; the server stays usable.
    if (own.closed && !closed) own = new LoopbackClient(running.server);
    return own.call(args, buffers);
  };
  let closed = false;
  const close = () => {
    if (!closed) prepareEnd(running.server, null, true);
    return end();
  };
  const end = () => {
    closed = true;
    return running.close();
  };
  running.server.onShutdown = () => void end();
  return {
    port: running.port,
    call: (...args) => call(args, false),
    callBuffer: (...args) => call(args, true),
    connect: client,
    fetch: (request) => handler.fetch(request),
    close,
  };
}

function asWord(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

function wrap(client: LoopbackClient): EtnaClient {
  return {
    call: (...args) => client.call(args, false),
    callBuffer: (...args) => client.call(args, true),
    get onPush() {
      return client.onPush;
    },
    set onPush(handler) {
      client.onPush = handler;
    },
    end: () => client.end(),
  };
}
