/** Connections that a server makes: both transports, told in a turn, refused in the system's words. */

import { assertEquals } from "@std/assert";
import { freePort } from "../../../tests/support/ports.ts";
import { testEnvironment } from "../../../tests/support/environment.ts";
import { loadCore } from "../../../core-as/host/sources.ts";
import { Config } from "../../config/config.ts";
import { Connection } from "../../net/connection.ts";
import { Output } from "../../net/output.ts";
import { Loop } from "../../loop/loop.ts";
import type {
  Caller,
  Link,
  Poller,
  Transport,
  TransportEvents,
  TransportHost,
} from "../network.ts";

/** The least that a transport wants of a server: it keeps what it receives. */
class Telephone implements TransportEvents, AsyncDisposable {
  readonly received_: string[] = [];
  readonly lost_: string[] = [];
  readonly #ready: (() => void)[] = [];
  readonly transport: Transport;
  readonly output: Output;
  readonly #loop: Loop;
  constructor(readonly host: Omit<TransportHost, "events" | "output">, core: never, kind: string) {
    this.output = new Output(core, { outputBytes: 0, writeEvents: 0 }, () => {});
    const whole: TransportHost = { ...host, events: this, output: this.output };
    const { network } = testEnvironment();
    this.transport = kind === "epoll" ? network.openPoller(whole) : network.openTransport(whole);
    const poller = kind === "epoll" ? this.transport as Poller : null;
    const handler = {
      beginTurn: () => {},
      serveReady: () => {
        const ready = this.#ready.splice(0);
        for (const serve of ready) serve();
        return ready.length !== 0;
      },
      endTurn: () => {},
      cron: () => 100,
      failed: (error: unknown) => {
        throw error;
      },
    };
    this.#loop = new Loop(handler, host.clock, host.timers, poller, true);
    this.#loop.start();
  }
  accepted(): string {
    return "";
  }
  received(peer: Connection, bytes: number): void {
    const { memory } = this.host;
    const text = new TextDecoder("latin1").decode(
      memory.u8.slice(memory.at.INPUT, memory.at.INPUT + bytes),
    );
    this.received_.push(text);
    if (text.endsWith("\n")) this.lost(peer, "read");
  }
  lost(peer: Connection, reason: string): void {
    if (peer.closed) return;
    peer.closed = true;
    this.lost_.push(reason);
    peer.link.close();
  }
  flushEffects(): void {}
  defer(serve: () => void): void {
    this.#ready.push(serve);
    this.#loop.wake();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop.stop();
    await this.transport.close();
  }
}

async function telephone(kind: string) {
  const environment = testEnvironment();
  const core = await loadCore({
    seed: new Uint8Array(24).fill(7),
    databases: 1,
    limitBytes: 64 << 20,
  });
  const config = new Config("/");
  const host = {
    memory: core,
    clock: environment.clock,
    timers: environment.timers,
    keepaliveS: () => config.values["tcp-keepalive"],
    warn: () => {},
  };
  return { phone: new Telephone(host, core as never, kind), core };
}

/** Connects and writes a line. @returns how it went */
function call(kind: string, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    void telephone(kind).then(async ({ phone, core }) => {
      await using own = phone;
      const done = Promise.withResolvers<string>();
      const connection = new Connection(1);
      const caller: Caller = {
        connected: (link: Link) => {
          connection.link = link;
          own.output.begin(connection);
          core.withArguments(["hello\r\n"], () => {
            core.x.replyRaw(core.argPtr(0), core.argLen(0));
          });
          own.output.end(connection);
          return connection;
        },
        failed: done.resolve,
      };
      own.transport.dial({ host, port, tls: null, from: "" }, caller);
      const timer = setInterval(() => {
        if (own.lost_.length !== 0) done.resolve(own.received_.join(""));
      }, 5);
      const result = await done.promise;
      clearInterval(timer);
      resolve(result);
    }).catch(reject);
  });
}

for (const kind of ["epoll", "deno"]) {
  Deno.test(`${kind}: a dialed connection is written to and read from`, async () => {
    const port = freePort();
    using listener = Deno.listen({ hostname: "127.0.0.1", port });
    const answered = (async () => {
      using socket = await listener.accept();
      const bytes = new Uint8Array(64);
      const count = await socket.read(bytes);
      await socket.write(new TextEncoder().encode("you said "));
      await socket.write(bytes.subarray(0, count!));
    })();
    assertEquals(await call(kind, "localhost", port), "you said hello\r\n");
    await answered;
  });

  Deno.test(`${kind}: nobody there is told in the system's words`, async () => {
    assertEquals(await call(kind, "127.0.0.1", freePort()), "Connection refused");
  });

  Deno.test(`${kind}: a name that nobody has is told`, async () => {
    const words = await call(kind, "no-such-host.invalid", 1);
    if (!/not known|failure in name|lookup/i.test(words)) throw new Error(words);
  });
}
