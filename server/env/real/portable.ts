/**
 * The portable transport: sockets of Deno's Node modules, wherever FFI is not granted or there is no
 * epoll, and for TLS everywhere.
 *
 * Why node:net and node:tls, and not `Deno.listen` and `Deno.listenTls` (all measured and tried with
 * Deno 2.9.6): `Deno.listenTls` has no way to ask for a client's certificate; node:tls has
 * (`requestCert`, `ca`). A plain socket of node:net serves 61,000 PINGs a second where `Deno.listen`
 * serves 67,000, needs no read buffer while it is idle (5,000 of them cost 15 MB instead of 290), has
 * keep-alive with a time, and one implementation serves all three kinds.
 *
 * node:net reports between turns. What comes is kept in the link's inbox and handed over within the
 * turn that {@link TransportEvents.defer} asks for, as much at a time as epoll would read. One write
 * is in flight per connection; what is to follow waits in core memory, where limits see it.
 */

import type * as net from "node:net";
import type * as tls from "node:tls";
import {
  type Acceptor,
  type Caller,
  type Destination,
  type Endpoint,
  type Link,
  type Listener,
  type Memory,
  type Outgoing,
  type Peer,
  peerEnded,
  type TlsOptions,
  type Transport,
  type TransportEvents,
  type TransportHost,
} from "../network.ts";
import { systemErrorOf } from "../system_error.ts";
import { nodeAddress } from "./address.ts";

/** Bytes in an inbox before the socket is told to wait. */
const INBOX_BYTES = 256 * 1024;
/** Bytes of one write: enough for few calls, little enough to be no burden in flight. */
const WRITE_BYTES = 256 * 1024;
/** How long a TLS peer may take to hear that the connection ends. */
const GOODBYE_MS = 1000;

/** Node's modules are loaded when first needed: 35 ms that a server on epoll alone does not pay. */
function nodeModules() {
  // deno-lint-ignore no-process-global -- importing it would load it, and much else
  const { getBuiltinModule } = process;
  return {
    net: getBuiltinModule("node:net") as typeof net,
    tls: getBuiltinModule("node:tls") as typeof tls,
  };
}

/** What the transport asks of the system beside its sockets. */
export interface SocketSystem {
  /**
   * Finds out whether one can listen there, at once and in the system's own words, which node:net keeps
   * for later and to itself.
   *
   * @param host an address
   * @returns the TCP port, 0 for a path. @throws SystemError
   */
  probe(endpoint: Endpoint, host: string): number;
  /** Removes a socket's file, where there is one. */
  removeFile(path: string): void;
  setPermissions(path: string, permissions: number): void;
}

export class PortableTransport implements Transport {
  readonly name = "deno";
  readonly isDualStack = true;
  readonly core: Memory;
  readonly output: Outgoing;
  readonly events: TransportEvents;
  readonly options: TransportHost;
  readonly #listeners = new Set<PortableListener>();
  readonly #links = new Set<PortableLink>();
  readonly #node = nodeModules();
  /** Stands for descriptors, which node:net does not tell. */
  #nextFd = 1;

  constructor(host: TransportHost, readonly system: SocketSystem) {
    this.core = host.memory;
    this.output = host.output;
    this.events = host.events;
    this.options = host;
  }

  /** Open connections. */
  get size(): number {
    return this.#links.size;
  }

  readonly #accepted: Acceptor = (...who) => this.events.accepted(...who);

  listen(endpoint: Endpoint, accept: Acceptor = this.#accepted): PortableListener {
    const path = endpoint.kind === "unix" ? endpoint.path : null;
    const { system } = this;
    const host = endpoint.kind === "unix" ? "" : hostOf(endpoint.host);
    if (endpoint.kind === "unix") system.removeFile(endpoint.path);
    const port = system.probe(endpoint, host);
    const server = this.#createServer(endpoint, accept);
    const listener = new PortableListener(server, path, port, () => {
      this.#listeners.delete(listener);
      if (path !== null) system.removeFile(path);
    });
    server.on("error", (error) => {
      this.options.warn(`Accepting client connection: ${systemErrorOf(error, "accept").message}`);
    });
    this.#listeners.add(listener);
    const { backlog } = endpoint;
    if (endpoint.kind === "unix") {
      system.removeFile(endpoint.path);
      server.listen({ path: endpoint.path, backlog });
      listener.ready.then(() => {
        if (endpoint.permissions !== 0) system.setPermissions(endpoint.path, endpoint.permissions);
      }).catch(
        (error) => this.options.warn(`Unix socket ${endpoint.path}: ${error.message}`),
      );
    } else server.listen({ host, port, backlog });
    return listener;
  }

  #createServer(endpoint: Endpoint, acceptor: Acceptor): net.Server {
    const { kind } = endpoint;
    const path = kind === "unix" ? endpoint.path : null;
    const accept = (socket: net.Socket, certifiedName?: string) =>
      this.#accept(socket, kind, path, acceptor, certifiedName);
    // A client that shuts its sending side down still gets its replies.
    const options = { allowHalfOpen: true, noDelay: true };
    if (kind !== "tls") {
      return this.#node.net.createServer({ ...options, pauseOnConnect: true }, accept);
    }
    const secure = { ...options, ...secureOptions(endpoint.tls) };
    const server = this.#node.tls.createServer(secure, (socket) => {
      // An optional certificate may be missing, but what is shown must be right.
      const certificate = socket.getPeerCertificate() ?? {};
      const shown = Object.keys(certificate).length !== 0;
      if (!shown) return accept(socket);
      if (socket.authorized) return accept(socket, commonName(certificate));
      this.#refused(`${socket.authorizationError}`);
      socket.destroy();
    });
    server.on("tlsClientError", (error: Error) => this.#refused(error.message));
    return server;
  }

  #refused(reason: string): void {
    this.options.warn(`Error accepting a client connection: ${reason}`);
  }

  #accept(
    socket: net.Socket,
    kind: "tcp" | "tls" | "unix",
    path: string | null,
    accept: Acceptor,
    certifiedName?: string,
  ): void {
    const link = new PortableLink(this, socket, kind, this.#nextFd++, certifiedName);
    if (path === null) this.#prepare(socket);
    const peer = path === null ? nodeAddress(socket.remoteAddress, socket.remotePort) : `${path}:0`;
    const local = path === null ? nodeAddress(socket.localAddress, socket.localPort) : `${path}:0`;
    this.events.defer(() => {
      if (socket.destroyed) return;
      const connection = accept(link, peer, local);
      if (typeof connection === "string") {
        socket.end(connection, () => socket.destroy());
        return;
      }
      this.#links.add(link);
      link.start(connection);
    });
  }

  #prepare(socket: net.Socket): void {
    socket.setNoDelay(true);
    const keepaliveS = this.options.keepaliveS();
    if (keepaliveS !== 0) socket.setKeepAlive(true, keepaliveS * 1000);
  }

  dial({ host, port, tls, from }: Destination, caller: Caller): () => void {
    const { net, tls: secure } = this.#node;
    const where = { host, port, ...from === "" ? {} : { localAddress: from } };
    const socket: net.Socket = tls === null
      ? net.connect({ ...where, allowHalfOpen: true })
      : secure.connect({
        ...where,
        cert: tls.cert,
        key: tls.key,
        ca: tls.ca,
        // As in Redis: whom a certificate comes from matters, not which names it has.
        checkServerIdentity: () => undefined,
      });
    let over = false;
    const failed = (reason: string) => {
      if (over) return;
      over = true;
      socket.destroy();
      this.events.defer(() => caller.failed(reason));
    };
    socket.once("error", (error) => failed(systemErrorOf(error, "").message));
    socket.once(tls === null ? "connect" : "secureConnect", () => {
      if (over) return;
      over = true;
      socket.pause();
      this.#prepare(socket);
      this.#called(socket, tls === null ? "tcp" : "tls", caller);
    });
    return () => {
      over = true;
      socket.destroy();
    };
  }

  /** A connection that was asked for stands. */
  #called(socket: net.Socket, kind: "tcp" | "tls", caller: Caller): void {
    const link = new PortableLink(this, socket, kind, this.#nextFd++);
    const peer = nodeAddress(socket.remoteAddress, socket.remotePort);
    const local = nodeAddress(socket.localAddress, socket.localPort);
    this.events.defer(() => {
      const connection = caller.connected(link, peer, local);
      if (connection === null) return void socket.destroy();
      this.#links.add(link);
      link.start(connection);
      if (connection.hasOutput) link.flush(connection);
    });
  }

  /** Has new TLS connections made with other certificates. */
  renew(listener: Listener, tls: TlsOptions): void {
    if (listener instanceof PortableListener) listener.secure(tls);
  }

  forget(link: PortableLink): void {
    this.#links.delete(link);
  }

  async close(): Promise<void> {
    const closed = [...this.#listeners].map((listener) => listener.closed);
    for (const listener of [...this.#listeners]) listener.close();
    for (const link of [...this.#links]) link.close();
    await Promise.all(closed);
  }
}

class PortableListener implements Listener {
  readonly ready: Promise<void>;
  /** Fulfilled when the socket is closed. */
  readonly closed: Promise<void>;
  readonly #server: net.Server;
  readonly #forget: () => void;

  constructor(
    server: net.Server,
    /** Of a Unix socket, otherwise null. */
    readonly path: string | null,
    /** 0 where it is not known before it listens. */
    readonly askedPort: number,
    forget: () => void,
  ) {
    this.#server = server;
    this.#forget = forget;
    this.closed = new Promise((resolve) => server.once("close", () => resolve()));
    this.ready = new Promise((resolve, reject) => {
      server.once("listening", () => resolve());
      server.once("error", (error) => reject(systemErrorOf(error, "bind")));
      server.once("close", () => resolve());
    });
  }

  get port(): number {
    if (this.askedPort !== 0) return this.askedPort;
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  /** What TLS connections are made with from now on. */
  secure(options: TlsOptions): void {
    const server = this.#server as tls.Server;
    const { requestCert, rejectUnauthorized, ...context } = secureOptions(options);
    server.setSecureContext(context);
    Object.assign(server, { requestCert, rejectUnauthorized });
  }

  close(): void {
    this.#server.close();
    this.#forget();
  }
}

/** The subject's CN, the first where there are several. */
function commonName({ subject }: Partial<tls.PeerCertificate>): string | undefined {
  const name: string | string[] | undefined = subject?.CN;
  return Array.isArray(name) ? name[0] : name;
}

class PortableLink implements Link {
  readonly #transport: PortableTransport;
  readonly #socket: net.Socket;
  /** What is told to wait. */
  readonly #source: { readStop(): void; readStart(): void };
  #connection: Peer | null = null;
  #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  #reading = true;
  /** The socket was told to wait. */
  #paused = false;
  /** The peer sends no more. */
  #ended = false;
  /** A delivery of the inbox is due in the next turn. */
  #scheduled = false;

  constructor(
    transport: PortableTransport,
    socket: net.Socket,
    readonly kind: "tcp" | "tls" | "unix",
    readonly fd: number,
    readonly certifiedName?: string,
  ) {
    this.#transport = transport;
    this.#socket = socket;
    this.#source = sourceOf(socket);
    socket.on("error", (error) => this.#lost(systemErrorOf(error, "").message));
    socket.on("close", () => this.#lost("closed by the peer"));
  }

  /** Begins to read for the connection that the server has made of it. */
  start(connection: Peer): void {
    this.#connection = connection;
    this.#socket.on("data", (bytes) => this.#arrived(bytes as Uint8Array));
    this.#socket.on("end", () => {
      this.#ended = true;
      this.#schedule();
    });
    this.#socket.resume();
  }

  #lost(reason: string): void {
    const connection = this.#connection;
    if (connection === null || connection.closed) return;
    this.#transport.events.defer(() => this.#transport.events.lost(connection, reason));
  }

  // ---- input ------------------------------------------------------------------------------------

  #arrived(bytes: Uint8Array): void {
    this.#inbox.push(bytes);
    this.#inboxBytes += bytes.length;
    if (this.#inboxBytes >= INBOX_BYTES) this.#pause(true);
    this.#schedule();
  }

  #pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#source.readStop();
    else this.#source.readStart();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#transport.events.defer(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  /** Hands over what a turn may read from one connection. */
  #deliver(): void {
    const connection = this.#connection;
    const { events } = this.#transport;
    if (connection === null || connection.closed) return;
    if (connection.closeAfterReply) this.#discard();
    else if (this.#reading && this.#inboxBytes !== 0) {
      const count = this.#copyIn(connection);
      if (count === 0) return events.lost(connection, "no memory for its request");
      events.received(connection, count);
      if (connection.closed) return;
      if (this.#inboxBytes < INBOX_BYTES) this.#pause(false);
    }
    if (this.#reading && this.#inboxBytes !== 0) this.#schedule();
    else if (this.#ended) peerEnded(connection, events);
  }

  /** Moves bytes of the inbox to where the connection wants them. @returns how many, 0 = no memory */
  #copyIn(connection: Peer): number {
    const { core } = this.#transport;
    const target = { ptr: 0, len: 0 };
    connection.readTarget(core, target);
    let count = 0;
    let taken = 0;
    while (taken < this.#inbox.length && count < target.len) {
      const bytes = this.#inbox[taken];
      const part = Math.min(bytes.length, target.len - count);
      core.u8.set(part === bytes.length ? bytes : bytes.subarray(0, part), target.ptr + count);
      count += part;
      if (part < bytes.length) this.#inbox[taken] = bytes.subarray(part);
      else taken++;
    }
    this.#inbox.splice(0, taken);
    this.#inboxBytes -= count;
    return count;
  }

  /** Requests that nobody will serve. */
  #discard(): void {
    this.#inbox = [];
    this.#inboxBytes = 0;
    this.#pause(true);
  }

  /**
   * While nobody reads, the inbox still fills up, once: so the end of a peer that sends nothing more is
   * seen.
   */
  setReading(reading: boolean): void {
    if (this.#reading === reading) return;
    this.#reading = reading;
    if (reading && (this.#inboxBytes !== 0 || this.#ended)) this.#schedule();
  }

  setNoDelay(noDelay: boolean): void {
    this.#socket.setNoDelay(noDelay);
  }

  // ---- output -----------------------------------------------------------------------------------

  flush(connection: Peer): void {
    if (connection.sending || !connection.hasOutput) return;
    const { output, events } = this.#transport;
    const bytes = this.#copyOut(connection);
    output.sent(connection, bytes.length);
    if (!output.keep(connection)) return events.lost(connection, "no memory for its replies");
    connection.sending = true;
    this.#socket.write(bytes, (error) => {
      if (error) return this.#lost(systemErrorOf(error, "").message);
      connection.sending = false;
      if (connection.closed) return;
      if (!connection.hasOutput && !connection.closeAfterReply) return connection.drained();
      events.defer(() => this.#goOn(connection));
    });
  }

  #goOn(connection: Peer): void {
    if (connection.closed || connection.sending) return;
    this.#transport.events.flushEffects();
    if (connection.closed) return;
    if (connection.hasOutput) this.flush(connection);
    else if (connection.closeAfterReply) this.#transport.events.lost(connection, "");
  }

  /** A copy of the next bytes to send. */
  #copyOut(connection: Peer): Uint8Array {
    const { core, output } = this.#transport;
    const wanted = Math.min(output.pendingBytes(connection), WRITE_BYTES);
    const bytes = new Uint8Array(wanted);
    let filled = 0;
    output.pieces(connection, (ptr, len) => {
      const part = Math.min(len, wanted - filled);
      bytes.set(core.u8.subarray(ptr, ptr + part), filled);
      filled += part;
      return filled < wanted;
    });
    return filled === wanted ? bytes : bytes.subarray(0, filled);
  }

  close(): void {
    this.#transport.forget(this);
    this.#inbox = [];
    const connection = this.#connection;
    // A TLS peer is told of the end, unless it is one that does not listen.
    if (this.kind === "tls" && connection?.sending === false && !this.#socket.destroyed) {
      const cancel = this.#transport.options.timers.after(GOODBYE_MS, () => this.#socket.destroy());
      this.#socket.once("close", cancel);
      this.#socket.end(() => this.#socket.destroy());
    } else this.#socket.destroy();
  }
}

/**
 * What stops a socket's reading. A paused TLS socket of Deno's goes on decrypting into memory without
 * bound, and its TCP socket, resumed, takes the bytes away from it: only the TCP handle below both can
 * be stopped and started. There is no public way to it; a test sees to it that it still works.
 */
function sourceOf(socket: net.Socket): { readStop(): void; readStart(): void } {
  type Handle = { readStop?(): void; readStart?(): void };
  const handle = (socket as { _parent?: { _handle?: Handle } })._parent?._handle;
  return {
    readStop: () => handle?.readStop === undefined ? socket.pause() : handle.readStop(),
    readStart: () => handle?.readStart === undefined ? socket.resume() : handle.readStart(),
  };
}

function hostOf(host: string): string {
  return host === "*" ? "0.0.0.0" : host === "::*" ? "::" : host;
}

function secureOptions({ cert, key, ca, authClients }: TlsOptions) {
  return {
    cert,
    key,
    ca,
    requestCert: authClients !== "no",
    rejectUnauthorized: authClients === "yes",
  };
}
