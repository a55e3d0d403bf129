/** Starts servers inside a program. */

import { Config } from "../config/config.ts";
import type { OptionName } from "../config/options.ts";
import type { Environment } from "../env/env.ts";
import { wordsOf } from "../env/system_error.ts";
import { FetchHandler } from "../http/fetch.ts";
import { type Running, startServer } from "../main.ts";
import { LoopbackClient } from "../net/loopback.ts";
import { prepareEnd } from "../saving/ending.ts";
import { callerOf } from "./caller.ts";
import type { ConfigOptions, Etna, EtnaClient, StartOptions } from "./etna.ts";
import { ManualTime } from "./manual_time.ts";
import { ClientSubscription } from "./subscription.ts";

/** Options whose presence makes a server listen. */
const LISTENING = ["port", "tls-port", "unixsocket", "http-port", "http-tls-port"];

/** Starts a server in this process, as {@link start} of the public module; it owns its environment. */
export async function startEtna(
  { clock, snapshot, ...options }: StartOptions,
  environment: Environment,
): Promise<Etna> {
  const time = clock === "manual" ? new ManualTime(environment.clock) : null;
  const config = configOf(options, environment);
  const running = await startServer({
    config,
    embedded: true,
    anyPort: options.port === 0,
    listens: LISTENING.some((name) => name in options),
    // A program's directory may hold somebody else's file.
    loads: "dir" in options || "dbfilename" in options || config.values.save.length > 0,
    snapshot,
  }, time === null ? environment : { ...environment, clock: time });
  return etnaOf(running, time);
}

/** @throws TypeError where an option is wrong */
function configOf(options: ConfigOptions, environment: Environment): Config {
  const config = new Config(environment.disk.workingDirectory());
  // A server inside a program persists nothing and listens on nothing by itself.
  const wanted: ConfigOptions = { save: "", ...options };
  for (const [name, value] of Object.entries(wanted) as [OptionName, unknown][]) {
    if (name === "port" && value === 0) continue;
    const words = (Array.isArray(value) ? value : [value]).map(asWord);
    const wrong = config.configure(name, words);
    if (wrong !== undefined) throw new TypeError(`option ${name}: ${wrong}`);
  }
  try {
    if ("dir" in options) environment.disk.enterable(config.values.dir);
  } catch (error) {
    throw new TypeError(`option dir: ${wordsOf(error)}`);
  }
  return config;
}

function asWord(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

function etnaOf(running: Running, time: ManualTime | null): Etna {
  const { server } = running;
  const handler = new FetchHandler(running.http);
  let closed = false;
  let own = new LoopbackClient(server);
  const client = () => {
    // CLIENT KILL reaches the server's own client, too; the server stays usable.
    if (own.closed && !closed) own = new LoopbackClient(server);
    return own;
  };
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => {});
  const end = () => {
    closed = true;
    over.reject(new Error("the server is closed"));
    return running.close();
  };
  // A turn that follows: whatever was asked for before has been done in it.
  const turn = () =>
    closed
      ? over.promise
      : Promise.race([new Promise<void>((resolve) => server.defer(resolve)), over.promise]);
  server.onShutdown = () => void end();
  return {
    port: running.port,
    ...callerOf(client),
    connect: () => clientOf(new LoopbackClient(server)),
    subscribe: (...channels) => ClientSubscription.begin(server, "SUBSCRIBE", channels),
    psubscribe: (...patterns) => ClientSubscription.begin(server, "PSUBSCRIBE", patterns),
    advance: async (ms) => {
      if (time === null) throw new TypeError('the server was not started with clock: "manual"');
      await turn();
      time.advance(ms);
      // What is due happens in the turn that notices, and what follows of that in the next.
      await turn();
      await turn();
    },
    save: async () => {
      await turn();
      return server.snapshots.bytes();
    },
    fetch: (request) => handler.fetch(request),
    close: () => {
      if (!closed) prepareEnd(server, null, true);
      return end();
    },
  };
}

function clientOf(client: LoopbackClient): EtnaClient {
  return {
    ...callerOf(() => client),
    get onPush() {
      return client.onPush;
    },
    set onPush(handler) {
      client.onPush = handler;
    },
    end: () => client.end(),
  };
}
