/** Servers for tests of the network: in this process, so that their insides can be looked at. */

import { Config } from "../../server/config/config.ts";
import type { OptionName } from "../../server/config/options.ts";
import { type Running, startServer } from "../../server/main.ts";
import type { Server } from "../../server/server.ts";
import { freePort } from "../support/ports.ts";
import type { Certificates } from "./certificates.ts";
import { sleep, until, type Way, Wire } from "./wire.ts";
import { testEnvironment } from "../support/environment.ts";

/** A transport and a kind of socket that the contract is checked with. */
export interface Variant {
  readonly transport: "epoll" | "deno";
  readonly kind: Way["kind"];
}

export const variants: readonly Variant[] = [
  { transport: "epoll", kind: "tcp" },
  { transport: "epoll", kind: "unix" },
  { transport: "deno", kind: "tcp" },
  { transport: "deno", kind: "unix" },
  { transport: "deno", kind: "tls" },
];

export type Options = { [Name in OptionName]?: string };

export class Subject implements AsyncDisposable {
  readonly #dir: string;
  #closed = false;

  constructor(readonly running: Running, readonly way: Way, dir: string) {
    this.#dir = dir;
  }

  get server(): Server {
    return this.running.server;
  }

  connect(): Promise<Wire> {
    return Wire.connect(this.way);
  }

  /** CONFIG SET. */
  set(name: OptionName, value: string): void {
    const refused = this.server.config.set([[name, value]]);
    if (refused !== undefined) throw new Error(refused);
  }

  /** Waits until as many clients are connected. */
  clients(count: number): Promise<void> {
    const { all } = this.server.clients;
    return until(() => all.size === count, `${count} clients`);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.running.close();
  }

  /** Waits until the core holds as many bytes: what closed connections held is gone. */
  used(bytes: number, what: string): Promise<void> {
    const { core } = this.server;
    return until(() => core.usedBytes === bytes, `${bytes} bytes in use, ${what}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    Deno.removeSync(this.#dir, { recursive: true });
  }
}

/** A configuration of these options. */
function configOf(dir: string, options: Options): Config {
  const config = new Config(dir);
  for (const [name, value] of Object.entries({ save: "", ...options }) as [OptionName, string][]) {
    const refused = config.configure(name, value.split(" "));
    if (refused !== undefined) throw new Error(`${name}: ${refused}`);
  }
  return config;
}

/** Starts a server as configured; `set` is CONFIG SET. */
export async function start(options: Options) {
  const config = configOf(Deno.cwd(), options);
  const running = await startServer({ config, embedded: true }, testEnvironment());
  return {
    ...running,
    set: (...pairs: [string, string][]) => config.set(pairs),
    [Symbol.asyncDispose]: () => running.close(),
  };
}

/** Whether a server answers there. */
export async function pings(port: number, host = "127.0.0.1"): Promise<boolean> {
  try {
    using client = await Wire.connect({ kind: "tcp", host, port });
    return await client.ask("+PONG\r\n", "PING") === "+PONG\r\n";
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

/** Waits until a question, asked again and again, has this answer. */
export async function becomes(wanted: boolean, ask: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (await ask() !== wanted) {
    if (performance.now() > endMs) throw new Error(`it has not become ${wanted}`);
    await sleep(5);
  }
}

/** Starts a server that a variant's clients can reach. */
export async function startSubject(
  variant: Variant,
  certificates: Certificates | null,
  options: Options = {},
): Promise<Subject> {
  const dir = Deno.makeTempDirSync({ prefix: "etna-net-" });
  const port = freePort();
  const path = `${dir}/socket`;
  const config = configOf(dir, {
    transport: variant.transport,
    port: variant.kind === "tcp" ? `${port}` : "0",
    bind: "127.0.0.1",
    ...variant.kind === "unix" ? { unixsocket: path } : {},
    ...variant.kind === "tls" ? tlsOptions(certificates!, port) : {},
    ...options,
  });
  const running = await startServer({ config, embedded: true }, testEnvironment());
  return new Subject(
    running,
    wayTo(variant.kind, config.values.bind[0], port, path, certificates),
    dir,
  );
}

function wayTo(
  kind: Way["kind"],
  host: string,
  port: number,
  path: string,
  certificates: Certificates | null,
): Way {
  if (kind === "unix") return { kind, path };
  if (kind === "tcp") return { kind, host, port };
  const { ca, clientCert, clientKey } = certificates!;
  return { kind, port, ca, cert: clientCert, key: clientKey };
}

/** Options of a TLS port. */
export function tlsOptions({ dir }: Certificates, port: number): Options {
  return {
    "tls-port": `${port}`,
    "tls-cert-file": `${dir}/server.crt`,
    "tls-key-file": `${dir}/server.key`,
    "tls-ca-cert-file": `${dir}/ca.crt`,
  };
}

/** Descriptors that this process has open; 0 where the system does not tell. */
export function openDescriptors(): number {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].length;
  } catch {
    return 0;
  }
}
