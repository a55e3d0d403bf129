/**
 * Listening: opens what the configuration asks for, and follows CONFIG SET.
 *
 * Plain TCP and Unix sockets are served by epoll where there is epoll and FFI is granted, otherwise by
 * the portable transport; TLS always by the latter, beside the other where both are asked for.
 */

import type { OptionName } from "../config/options.ts";
import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../stats/log.ts";
import type { Output } from "./output.ts";
import type { Environment } from "../env/env.ts";
import type {
  Acceptor,
  Caller,
  Destination,
  Listener,
  Network,
  Poller,
  TlsOptions,
  Transport,
  TransportEvents,
  TransportHost,
} from "../env/network.ts";
import { SystemError, wordsOf } from "../env/system_error.ts";
import { loadTls } from "./tls_files.ts";

/** What listening needs of the server. */
export interface ListenNeeds extends TransportEvents {
  readonly core: Core;
  readonly config: Config;
  readonly log: Log;
  readonly output: Output;
}

export interface ListenOptions {
  /** Listen on a free TCP port, whatever `port` says. */
  anyPort: boolean;
  /** Listen at all; false for a server that is only called within its process. */
  listens: boolean;
  /** Takes the connections of HTTP ports. */
  acceptHttp: Acceptor;
}

export interface Transports {
  /** The transport that the loop waits in, where there is one. */
  readonly poller: Poller | null;
  /** The TCP port, 0 where there is none. */
  readonly port: number;
  /** Whether clients are connected that the poller knows nothing of. */
  others(): boolean;
  /** Whether the poller hears of everything that is listened for, dialled and connected. */
  readonly isWhole: boolean;
  /** Connects to another server. @returns what gives it up */
  dial(destination: Destination, caller: Caller): () => void;
  /** Listens for others than clients, on the addresses that clients are listened for. @throws Error */
  listenFor(port: number, tls: boolean, accept: Acceptor): Promise<void>;
  /** Stops listening; the server has closed the connections before. */
  close(): Promise<void>;
}

/** Opens what is configured. @throws Error in the words of Redis's log */
export async function openTransports(
  server: ListenNeeds,
  environment: Environment,
  options: ListenOptions,
): Promise<Transports> {
  const listening = new Listening(server, environment, options);
  try {
    if (options.listens) await listening.open(options.anyPort);
  } catch (error) {
    await listening.close();
    throw error;
  }
  return listening;
}

/** Kinds of TCP ports, with the options that they depend on. */
const kinds = {
  tcp: { option: "port", name: "TCP", tls: false, http: false },
  tls: { option: "tls-port", name: "TLS", tls: true, http: false },
  http: { option: "http-port", name: "HTTP", tls: false, http: true },
  https: { option: "http-tls-port", name: "HTTPS", tls: true, http: true },
} as const;
type TcpKind = keyof typeof kinds;
const KINDS = Object.keys(kinds) as TcpKind[];

/** Errors of addresses that cannot be on this machine, whatever it does. */
const UNSUPPORTED = [
  "EAFNOSUPPORT",
  "ENOPROTOOPT",
  "EPFNOSUPPORT",
  "EPROTONOSUPPORT",
  "ESOCKTNOSUPPORT",
];

/** Options that a TLS port's certificates depend on. */
const TLS_OPTIONS: readonly OptionName[] = [
  "tls-cert-file",
  "tls-key-file",
  "tls-ca-cert-file",
  "tls-auth-clients",
  "tls-replication",
  "tls-cluster",
];

/** The sockets of one kind, and what of the configuration they were opened for. */
interface Open<L extends Listener = Listener> {
  port: number;
  bind: string;
  listeners: L[];
}

class Listening implements Transports {
  readonly poller: Poller | null;
  readonly #server: ListenNeeds;
  readonly #environment: Environment;
  readonly #host: TransportHost;
  #portable: Transport | null = null;
  readonly #open: Record<TcpKind, Open> = {
    tcp: { port: 0, bind: "", listeners: [] },
    tls: { port: 0, bind: "", listeners: [] },
    http: { port: 0, bind: "", listeners: [] },
    https: { port: 0, bind: "", listeners: [] },
  };
  #unix: Listener | null = null;
  /** For others than clients. */
  readonly #others: Listener[] = [];
  #tls: TlsOptions | null = null;

  readonly #acceptHttp: Acceptor;

  constructor(
    server: ListenNeeds,
    environment: Environment,
    { listens, acceptHttp }: ListenOptions,
  ) {
    this.#acceptHttp = acceptHttp;
    this.#server = server;
    this.#environment = environment;
    const { config, log, core, output } = server;
    const { clock, timers } = environment;
    this.#host = {
      memory: core,
      output,
      events: server,
      clock,
      timers,
      keepaliveS: () => config.values["tcp-keepalive"],
      warn: (text) => log.warning(text),
    };
    this.poller = listens ? this.#makePoller() : null;
    for (const kind of KINDS) {
      config.onChange(kinds[kind].option, () => {
        if (this.#follow(kind)) return;
        return "Unable to listen on this port. Check server logs.";
      });
    }
    config.onChange("bind", () => {
      if (KINDS.every((kind) => this.#follow(kind))) return;
      return "Failed to bind to specified addresses.";
    });
    config.onChange(TLS_OPTIONS, () => this.#renewTls());
  }

  #makePoller(): Poller | null {
    const { config, log } = this.#server;
    const wanted = config.values.transport;
    if (wanted !== "deno") {
      try {
        const poller = this.#environment.network.openPoller(this.#host);
        log.notice(`Clients are served by the ${poller.name} transport`);
        return poller;
      } catch (error) {
        if (wanted === "epoll") {
          throw new Error(`The epoll transport cannot be used: ${wordsOf(error)}`);
        }
        log.verbose(`No epoll transport: ${wordsOf(error)}`);
      }
    }
    log.notice("Clients are served by the deno transport");
    return null;
  }

  /** The portable transport, made when it is first needed. */
  #portableTransport(): Transport {
    return this.#portable ??= this.#environment.network.openTransport(this.#host);
  }

  dial(destination: Destination, caller: Caller): () => void {
    const transport = destination.tls === null ? this.poller : null;
    return (transport ?? this.#portableTransport()).dial(destination, caller);
  }

  async listenFor(port: number, tls: boolean, accept: Acceptor): Promise<void> {
    if (tls) this.#loadTls();
    const listeners = this.#listen(tls ? this.#tls : null, port, accept);
    if (listeners === null) {
      throw new Error(`Failed listening on port ${port} (cluster), aborting.`);
    }
    this.#others.push(...listeners);
    await Promise.all(listeners.map((listener) => listener.ready));
  }

  get port(): number {
    return this.#open.tcp.listeners[0]?.port ?? 0;
  }

  others(): boolean {
    return this.#portable !== null && this.#portable.size !== 0;
  }

  get isWhole(): boolean {
    return this.#portable === null;
  }

  // ---- opening ----------------------------------------------------------------------------------

  async open(anyPort: boolean): Promise<void> {
    const { values } = this.#server.config;
    this.#checkBacklog();
    if (this.#usesTls) this.#loadTls();
    if (values.port !== 0 || anyPort) {
      this.#start("tcp", anyPort ? 0 : values.port);
    }
    for (const kind of ["tls", "http", "https"] as const) {
      const port = values[kinds[kind].option];
      if (port !== 0) this.#start(kind, port);
    }
    if (values.unixsocket !== "") this.#startUnix();
    const all = KINDS.flatMap((kind) => this.#open[kind].listeners);
    if (this.#unix !== null) all.push(this.#unix);
    if (all.length === 0) throw new Error("Configured to not listen anywhere, exiting.");
    await Promise.all(all.map((listener) => listener.ready));
  }

  #start(kind: TcpKind, port: number): void {
    const listeners = this.#listenAs(kind, port);
    if (listeners === null) {
      throw new Error(`Failed listening on port ${port} (${kinds[kind].name}), aborting.`);
    }
    // A port that the system chose becomes the configured one.
    const chosen = port === 0 ? listeners[0]?.port ?? 0 : port;
    this.#open[kind] = { port: chosen, bind: this.#bindKey(), listeners };
    if (kinds[kind].tls) {
      this.#server.log.notice(`${kinds[kind].name} clients are served by the deno transport`);
    }
  }

  #startUnix(): void {
    const { values } = this.#server.config;
    const endpoint = {
      kind: "unix",
      path: values.unixsocket,
      permissions: values.unixsocketperm,
      backlog: values["tcp-backlog"],
    } as const;
    try {
      this.#unix = (this.poller ?? this.#portableTransport()).listen(endpoint);
    } catch (error) {
      throw new Error(`Failed opening Unix socket: ${wordsOf(error)}`);
    }
    this.#server.log.notice(
      `The server is now ready to accept connections at ${values.unixsocket}`,
    );
  }

  /** Listens for clients of a kind. Who comes by HTTP shows a token instead of a certificate. */
  #listenAs(kind: TcpKind, port: number): Listener[] | null {
    const { tls, http } = kinds[kind];
    return this.#listen(tls ? this.#tlsOf(kind) : null, port, http ? this.#acceptHttp : undefined);
  }

  #tlsOf(kind: TcpKind): TlsOptions {
    return kinds[kind].http ? { ...this.#tls!, authClients: "no" } : this.#tls!;
  }

  /** Listens on each address of `bind`. @returns null where one of them failed, with nothing open */
  #listen(tls: TlsOptions | null, port: number, accept?: Acceptor): Listener[] | null {
    const { config } = this.#server;
    const transport = tls !== null ? this.#portableTransport() : this.poller ??
      this.#portableTransport();
    const listeners: Listener[] = [];
    const dualStack = transport.isDualStack ? this.#environment.network : null;
    for (const { host, optional } of addressesOf(config.values.bind, dualStack)) {
      const at = { host, port: listeners[0]?.port ?? port, backlog: config.values["tcp-backlog"] };
      try {
        const listener = tls !== null
          ? transport.listen({ kind: "tls", ...at, tls }, accept)
          : transport.listen({ kind: "tcp", ...at }, accept);
        listener.ready.catch((error) => this.#warn(host, port, error));
        listeners.push(listener);
      } catch (error) {
        this.#warn(host, port, error);
        const code = error instanceof SystemError ? error.code : "";
        if (UNSUPPORTED.includes(code) || (optional && code === "EADDRNOTAVAIL")) continue;
        for (const listener of listeners) listener.close();
        return null;
      }
    }
    return listeners;
  }

  #warn(host: string, port: number, error: unknown): void {
    this.#server.log.warning(
      `Warning: Could not create server TCP listening socket ${host}:${port}: ${wordsOf(error)}`,
    );
  }

  #bindKey(): string {
    return this.#server.config.values.bind.join(" ");
  }

  #checkBacklog(): void {
    const backlog = this.#server.config.values["tcp-backlog"];
    const limit = this.#environment.network.backlogLimit();
    if (limit === null || !(limit.connections > 0 && limit.connections < backlog)) return;
    this.#server.log.warning(
      `WARNING: The TCP backlog setting of ${backlog} cannot be enforced because ${limit.path} is ` +
        `set to the lower value of ${limit.connections}.`,
    );
  }

  // ---- CONFIG SET -------------------------------------------------------------------------------

  /**
   * Makes the sockets of a kind what the configuration now says; does nothing where they are. It is
   * also called when a CONFIG SET that failed is taken back.
   */
  #follow(kind: TcpKind): boolean {
    const open = this.#open[kind];
    const port = this.#server.config.values[kinds[kind].option];
    const bind = this.#bindKey();
    if (port === open.port && (bind === open.bind || port === 0)) return true;
    // What was enough for HTTPS may not be for clients that show certificates.
    const loads = kind === "tls" || (kind === "https" && this.#tls === null);
    if (port !== 0 && loads && !this.#tryLoadTls()) return false;
    // A new port is opened before the old one is closed; on the same one there is no room for both.
    const replaced = port === open.port;
    if (replaced) this.#closeKind(kind);
    const listeners = port === 0 ? [] : this.#listenAs(kind, port);
    if (listeners === null) return false;
    if (!replaced) this.#closeKind(kind);
    this.#open[kind] = { port, bind, listeners };
    return true;
  }

  #closeKind(kind: TcpKind): void {
    for (const listener of this.#open[kind].listeners) listener.close();
    this.#open[kind] = { port: 0, bind: "", listeners: [] };
  }

  #loadTls(): void {
    try {
      this.#tls = loadTls(this.#server.config, this.#environment.disk);
    } catch (error) {
      this.#server.log.warning(wordsOf(error));
      throw new Error("Failed to configure TLS. Check logs for more info.");
    }
  }

  #tryLoadTls(): boolean {
    try {
      this.#loadTls();
      return true;
    } catch {
      return false;
    }
  }

  /** Certificates are needed now: other servers are shown some, too. */
  get #usesTls(): boolean {
    const { values } = this.#server.config;
    return values["tls-port"] !== 0 || values["http-tls-port"] !== 0 ||
      values["tls-replication"] || values["tls-cluster"];
  }

  #renewTls(): string | undefined {
    if (!this.#usesTls) {
      this.#tls = null; // read when a port is opened
      return;
    }
    if (!this.#tryLoadTls()) return "Unable to update TLS configuration. Check server logs.";
    for (const kind of ["tls", "https"] as const) {
      for (const listener of this.#open[kind].listeners) {
        this.#portableTransport().renew(listener, this.#tlsOf(kind));
      }
    }
  }

  async close(): Promise<void> {
    for (const kind of KINDS) this.#closeKind(kind);
    for (const listener of this.#others) listener.close();
    if (this.#unix !== null) {
      this.#server.log.notice("Removing the unix socket file.");
      this.#unix.close();
    }
    await this.poller?.close();
    await this.#portable?.close();
  }
}

/**
 * The addresses of `bind`; a leading `-` makes one optional. Where one socket serves both families, as
 * Deno's do, all addresses of IPv4 and of IPv6 are one.
 *
 * @param dualStack the network where that is so
 */
function addressesOf(
  bind: readonly string[],
  dualStack: Network | null,
): { host: string; optional: boolean }[] {
  const addresses = bind.filter((text) => text !== "").map((text) => {
    const optional = text.startsWith("-");
    return { host: optional ? text.slice(1) : text, optional };
  });
  const has = (host: string) => addresses.some((address) => address.host === host);
  if (!has("*") || !has("::*") || !dualStack?.hasIpv6()) return addresses;
  return addresses.filter(({ host }) => host !== "*");
}
