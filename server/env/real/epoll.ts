/**
 * The epoll transport: non-blocking sockets on one epoll instance, read and written straight from and
 * to core memory. No byte passes through JavaScript.
 *
 * What is ordinary, a read at a command's start and the replies of one turn, goes by `recv` and `send`
 * with pointers made once: 0.4 us a pair less than `readv` and `writev`, whose iovecs the kernel must
 * fetch. The rest, pieces of chains and reads into the middle of a command, goes by those.
 *
 * It lives in the core's IO area:
 *
 * ```
 *   +0       epoll_event[1024]
 *   +0x8000  iovec[64]
 *   +0x8900  small arguments of system calls
 * ```
 *
 * Reading is edge-triggered: the kernel need not look at each connection of a turn once more in the
 * next one, to find that nothing has come (1 % of a GET at pipeline depth 1). A read that may have left
 * something behind asks for another report ({@link EpollTransport.#remind}). What waits to write, or
 * for the peer's end only, is level-triggered.
 *
 * Closing is left to the end of the turn, so that no descriptor is reused while events for its former
 * owner may still be in hand.
 *
 * Deno ignores SIGPIPE for the whole process: writing to a peer that is gone is an error like others.
 */

import type { Awaited } from "../awaited.ts";
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
  type Poller,
  type TransportEvents,
  type TransportHost,
} from "../network.ts";
import { errorText } from "../system_error.ts";
import * as c from "./libc.ts";
import { removeFile, Sockets } from "./sockets.ts";

const MAX_EVENTS = 1024;
/** Words of an event. */
const STRIDE = c.EPOLL_EVENT_BYTES >>> 2;
const IOV = 0x8000;
const SMALL = 0x8900;
/** Connections accepted per turn, so that a storm of them does not stall the others. */
const MAX_ACCEPTS = 1000;
/** How long nobody is accepted after the process or the system ran out of descriptors. */
const ACCEPT_PAUSE_MS = 100;
/** Bytes written to one connection per turn: a fast reader of much must not stall the others. */
const MAX_WRITE_BYTES = 4 << 20;
/** The interest of a connection that waits for requests. */
const READING = c.EPOLLIN | c.EPOLLRDHUP | c.EPOLLET;
/** News of the peer's end: nothing is reported after it. */
const ENDING = c.EPOLLRDHUP | c.EPOLLHUP | c.EPOLLERR;
/** Bytes of the arena for which pointers are kept. */
const POINTED_BYTES = 512 * 1024;

export class EpollTransport implements Poller {
  readonly name = "epoll";
  readonly isDualStack = false;
  readonly #core: Memory;
  readonly #libc: c.Libc;
  readonly #calls: c.Libc["symbols"];
  readonly #sockets: Sockets;
  readonly #events: TransportEvents;
  readonly #output: Outgoing;
  readonly #options: TransportHost;
  readonly #epoll: number;
  readonly #wakeFd: number;
  readonly #listeners = new Map<number, EpollListener>();
  /** By file descriptor. */
  readonly #links: (EpollLink | undefined)[] = [];
  readonly #dialing = new Map<number, Dialing>();
  #size = 0;
  readonly #io: number;
  readonly #eventsAt: Deno.PointerValue;
  readonly #iovAt: Deno.PointerValue;
  readonly #smallAt: Deno.PointerValue;
  /** The core's INPUT area. */
  readonly #inputAt: Deno.PointerValue;
  /** Each 64th byte of the arena's beginning; made when first used. */
  readonly #arenaAt: Deno.PointerValue[] = [];
  /** Somewhere in the core's SHARED area. */
  #sharedAt: Deno.PointerValue = null;
  #sharedFrom = 0;
  readonly #target = { ptr: 0, len: 0 };
  /** Address of the core's memory in the process, and its two halves. */
  readonly #base: bigint;
  readonly #baseLow: number;
  readonly #baseHigh: number;
  #idle: Promise<number> | null = null;
  /** Events that are there to be handled, found by an idle wait or left by a turn that failed; -1: ask. */
  #found = -1;
  /** Events that are being handled, from the next one on, as indices of words in the core. */
  #word = 0;
  #endWord = 0;
  /** When accepting goes on, by the monotonic clock, 0 = it is not paused. */
  #acceptAtUs = 0;
  /** That it is paused was logged, and nobody has been accepted since. */
  #pauseLogged = false;
  #pieceCount = 0;
  #pieceBytes = 0;

  /** @throws where FFI is not granted or this is no Linux */
  constructor(host: TransportHost, readonly awaited: Awaited) {
    const core = host.memory;
    this.#core = core;
    this.#output = host.output;
    this.#events = host.events;
    this.#options = host;
    this.#libc = c.openWholeLibc();
    this.#calls = this.#libc.symbols;
    this.#sockets = new Sockets(this.#libc);
    this.#io = core.at.IO;
    this.#base = Deno.UnsafePointer.value(
      Deno.UnsafePointer.of(core.u8 as Uint8Array<ArrayBuffer>),
    );
    this.#baseLow = Number(this.#base & 0xffffffffn);
    this.#baseHigh = Number(this.#base >> 32n);
    this.#eventsAt = this.#pointer(this.#io);
    this.#iovAt = this.#pointer(this.#io + IOV);
    this.#smallAt = this.#pointer(this.#io + SMALL);
    this.#inputAt = this.#pointer(core.at.INPUT);
    this.#epoll = this.#calls.epoll_create1(c.SOCK_CLOEXEC);
    this.#wakeFd = this.#calls.eventfd(0, c.EFD_NONBLOCK | c.SOCK_CLOEXEC);
    this.#watch(c.EPOLL_CTL_ADD, this.#wakeFd, c.EPOLLIN);
  }

  /** Where a byte of the core's memory, which never moves, is in the process. */
  #pointer(ptr: number): Deno.PointerValue {
    return Deno.UnsafePointer.create(this.#base + BigInt(ptr));
  }

  #watch(operation: number, fd: number, events: number): void {
    const word = (this.#io + SMALL) >>> 2;
    const { u32 } = this.#core;
    u32[word] = events;
    u32[word + (c.EPOLL_EVENT_BYTES === 12 ? 1 : 2)] = fd;
    this.#calls.epoll_ctl(this.#epoll, operation, fd, this.#smallAt);
  }

  // ---- listening --------------------------------------------------------------------------------

  readonly #accepted: Acceptor = (...who) => this.#events.accepted(...who);

  listen(endpoint: Endpoint, accept: Acceptor = this.#accepted): Listener {
    if (endpoint.kind === "tls") throw new Error("TLS is served by the portable transport");
    const fd = endpoint.kind === "unix"
      ? this.#sockets.listenUnix(endpoint.path, endpoint.permissions, endpoint.backlog)
      : this.#sockets.listenTcp(endpoint.host, endpoint.port, endpoint.backlog);
    const path = endpoint.kind === "unix" ? endpoint.path : null;
    const port = path === null ? this.#sockets.localAddress(fd).port : 0;
    const listener = new EpollListener(fd, path, port, accept, () => this.#closeListener(listener));
    this.#listeners.set(fd, listener);
    this.#watch(c.EPOLL_CTL_ADD, fd, this.#acceptAtUs === 0 ? c.EPOLLIN : 0);
    return listener;
  }

  get size(): number {
    return this.#size;
  }

  renew(): void {} // it speaks no TLS

  #closeListener(listener: EpollListener): void {
    if (!this.#listeners.delete(listener.fd)) return;
    this.#calls.close(listener.fd);
    if (listener.path !== null) removeFile(listener.path);
  }

  #accept(listener: EpollListener): void {
    for (let accepts = 0; accepts < MAX_ACCEPTS; accepts++) {
      const accepted = this.#sockets.accept(listener.fd);
      if (typeof accepted !== "number") this.#welcome(listener, accepted.fd, accepted.peer);
      else if (accepted === c.EINTR || accepted === c.ECONNABORTED) continue;
      else if (accepted === c.EAGAIN) return;
      else return this.#pauseAccepting(accepted);
    }
  }

  #welcome(listener: EpollListener, fd: number, address: string): void {
    this.#pauseLogged = false;
    let peer = address;
    let local: string;
    if (listener.path === null) {
      this.#sockets.prepare(fd, this.#options.keepaliveS());
      local = this.#sockets.localAddress(fd).text;
    } else peer = local = `${listener.path}:0`;
    const link = new EpollLink(this, fd, listener.path === null ? "tcp" : "unix");
    const connection = listener.accept(link, peer, local);
    if (typeof connection === "string") {
      const bytes = new TextEncoder().encode(connection);
      this.#calls.write(fd, bytes, bytes.length);
      this.#calls.close(fd);
      return;
    }
    link.connection = connection;
    this.#links[fd] = link;
    this.#size++;
    this.#watch(c.EPOLL_CTL_ADD, fd, link.interest);
  }

  /** A waiting connection that cannot be accepted would be reported again and again: look away. */
  #pauseAccepting(errno: number): void {
    if (!this.#pauseLogged) {
      this.#pauseLogged = true;
      this.#options.warn(`Accepting client connection: accept: ${errorText(errno)}`);
    }
    this.#acceptAtUs = this.#options.clock.monotonicUs() + ACCEPT_PAUSE_MS * 1000;
    this.#watchListeners(0);
  }

  #watchListeners(events: number): void {
    for (const fd of this.#listeners.keys()) this.#watch(c.EPOLL_CTL_MOD, fd, events);
  }

  // ---- dialing ----------------------------------------------------------------------------------

  dial(destination: Destination, caller: Caller): () => void {
    if (destination.tls !== null) throw new Error("TLS is spoken by the portable transport");
    const dialing = new Dialing(caller);
    void this.#dial(destination, dialing);
    return () => this.#giveUp(dialing);
  }

  async #dial(destination: Destination, dialing: Dialing): Promise<void> {
    try {
      const address = await this.awaited.of(
        this.#sockets.lookUp(destination.host, destination.port),
      );
      if (dialing.over) return;
      dialing.fd = this.#sockets.connect(address, destination.from);
      this.#dialing.set(dialing.fd, dialing);
      this.#watch(c.EPOLL_CTL_ADD, dialing.fd, c.EPOLLOUT);
    } catch (error) {
      const { message } = error as Error;
      this.#events.defer(() => dialing.fail(message));
    }
  }

  #giveUp(dialing: Dialing): void {
    dialing.over = true;
    if (this.#dialing.delete(dialing.fd)) this.#calls.close(dialing.fd);
  }

  /** A connection that was asked for stands, or never will. */
  #dialed(dialing: Dialing): void {
    const { fd, caller } = dialing;
    const errno = this.#sockets.errorOf(fd);
    if (errno !== 0) {
      this.#giveUp(dialing);
      return caller.failed(errorText(errno));
    }
    this.#dialing.delete(fd);
    dialing.over = true;
    this.#sockets.prepare(fd, this.#options.keepaliveS());
    const link = new EpollLink(this, fd, "tcp");
    const [peer, local] = [this.#sockets.peerAddress(fd).text, this.#sockets.localAddress(fd).text];
    const connection = caller.connected(link, peer, local);
    if (connection === null) return void this.#calls.close(fd);
    link.connection = connection;
    this.#links[fd] = link;
    this.#size++;
    this.#watch(c.EPOLL_CTL_MOD, fd, link.interest);
    if (connection.hasOutput) this.flush(link);
  }

  // ---- waiting ----------------------------------------------------------------------------------

  wait(timeoutMs: number): number {
    if (this.#acceptAtUs !== 0 && this.#options.clock.monotonicUs() >= this.#acceptAtUs) {
      this.#acceptAtUs = 0;
      this.#watchListeners(c.EPOLLIN);
    }
    const found = this.#found;
    this.#found = -1;
    if (found >= 0) return found;
    return this.#calls.epoll_wait(this.#epoll, this.#eventsAt, MAX_EVENTS, timeoutMs);
  }

  async idle(timeoutMs: number): Promise<void> {
    this.#idle = this.#calls.epoll_wait_async(
      this.#epoll,
      this.#eventsAt,
      MAX_EVENTS,
      timeoutMs,
    );
    // Handled by the turn that follows: they are not reported twice. A tick without any asks no more.
    this.#found = await this.#idle;
    this.#idle = null;
  }

  interrupt(): void {
    if (this.#idle === null) return;
    const one = new Uint8Array(8);
    one[0] = 1;
    this.#calls.write(this.#wakeFd, one, 8);
  }

  handle(count: number): void {
    this.#word = this.#io >>> 2;
    this.#endWord = this.#word + count * STRIDE;
    this.#handleRest();
  }

  serveWithin(): void {
    // Those of the turn under way are reported once only.
    this.#handleRest();
    const count = this.wait(0);
    if (count > 0) this.handle(count);
  }

  #handleRest(): void {
    const { u32 } = this.#core;
    try {
      while (this.#word < this.#endWord) {
        const word = this.#word;
        this.#word = word + STRIDE;
        const fd = u32[word + STRIDE - 2];
        const link = this.#links[fd];
        if (link === undefined) this.#handleOther(fd);
        else if (!link.connection.closed) this.#handleLink(link, u32[word]);
      }
    } finally {
      // Left when something was thrown: nobody would be told of these again.
      if (this.#word < this.#endWord) {
        u32.copyWithin(this.#io >>> 2, this.#word, this.#endWord);
        this.#found = (this.#endWord - this.#word) / STRIDE;
        this.#word = this.#endWord;
      }
    }
  }

  #handleOther(fd: number): void {
    const listener = this.#listeners.get(fd);
    const dialing = this.#dialing.get(fd);
    if (listener !== undefined) this.#accept(listener);
    else if (dialing !== undefined) this.#dialed(dialing);
    else if (fd === this.#wakeFd) this.#calls.read(fd, this.#smallAt, 8);
  }

  #handleLink(link: EpollLink, events: number): void {
    const { connection } = link;
    if ((events & c.EPOLLOUT) !== 0) {
      this.#events.flushEffects();
      if (connection.closed) return;
      this.#send(link);
      if (connection.closed || (events & ~c.EPOLLOUT) === 0) return;
    }
    if ((link.interest & c.EPOLLIN) !== 0) return this.#receive(link, events);
    // Nobody reads: what is left is news of the peer's end. After a hang-up nothing can be sent.
    if ((events & (c.EPOLLHUP | c.EPOLLERR)) !== 0) {
      this.#events.lost(connection, "connection lost");
    } else if ((events & c.EPOLLRDHUP) !== 0) this.#ended(link);
  }

  #ended(link: EpollLink): void {
    peerEnded(link.connection, this.#events);
    link.ended = true;
    this.updateInterest(link);
  }

  // ---- bytes ------------------------------------------------------------------------------------

  #receive(link: EpollLink, events: number): void {
    const { connection } = link;
    if (connection.closeAfterReply) return this.setReading(link, false);
    const target = this.#target;
    connection.readTarget(this.#core, target);
    if (target.len === 0) return this.#events.lost(connection, "no memory for its request");
    const bytes = target.ptr === this.#core.at.INPUT
      ? this.#calls.recv(link.fd, this.#inputAt, target.len, 0)
      : this.#readPiece(link.fd, target.ptr, target.len);
    if (bytes > 0) {
      if (bytes === target.len || (events & ENDING) !== 0) this.#remind(link);
      return this.#events.received(connection, bytes);
    }
    if (bytes === 0) return this.#ended(link);
    const errno = c.errnoOf(this.#libc);
    if (errno === c.EINTR) return this.#remind(link);
    if (errno !== c.EAGAIN) this.#events.lost(connection, errorText(errno));
  }

  /** Has what is left unread reported again. */
  #remind(link: EpollLink): void {
    this.#watch(c.EPOLL_CTL_MOD, link.fd, link.interest);
  }

  #readPiece(fd: number, ptr: number, len: number): number {
    this.#setPiece(0, ptr, len);
    return this.#calls.readv(fd, this.#iovAt, 1);
  }

  /** Sends a stretch of the arena. @returns bytes taken, or -1 */
  #sendArena(fd: number, from: number, len: number): number {
    const offset = from - this.#core.at.ARENA;
    this.#pieceBytes = len;
    // Below the arena lies what many connections send: one pointer serves them all.
    if (offset < 0) {
      if (from !== this.#sharedFrom) {
        this.#sharedFrom = from;
        this.#sharedAt = this.#pointer(from);
      }
      return this.#calls.send(fd, this.#sharedAt, len, c.MSG_NOSIGNAL);
    }
    if (offset >= POINTED_BYTES || (offset & 63) !== 0) {
      this.#setPiece(0, from, len);
      return this.#calls.writev(fd, this.#iovAt, 1);
    }
    const at = this.#arenaAt[offset >> 6] ??= this.#pointer(from);
    return this.#calls.send(fd, at, len, c.MSG_NOSIGNAL);
  }

  /** Sends what a connection has in the arena and in its chain, as many pieces as one call takes. */
  #sendPieces(fd: number, connection: Peer): number {
    this.#pieceCount = this.#pieceBytes = 0;
    this.#output.pieces(connection, this.#addPiece);
    return this.#calls.writev(fd, this.#iovAt, this.#pieceCount);
  }

  #setPiece(index: number, ptr: number, len: number): void {
    const { u32 } = this.#core;
    const word = (this.#io + IOV + index * 16) >>> 2;
    const low = this.#baseLow + ptr;
    u32[word] = low >>> 0;
    u32[word + 1] = low < 0x100000000 ? this.#baseHigh : this.#baseHigh + 1;
    u32[word + 2] = len;
    u32[word + 3] = 0;
  }

  readonly #addPiece = (ptr: number, len: number): void => {
    this.#setPiece(this.#pieceCount++, ptr, len);
    this.#pieceBytes += len;
  };

  /** Writes what a connection has to send; what the socket does not take waits for EPOLLOUT. */
  flush(link: EpollLink): void {
    if (!link.connection.sending) this.#send(link);
  }

  #send(link: EpollLink): void {
    const { connection } = link;
    const output = this.#output;
    let room = MAX_WRITE_BYTES;
    while (connection.hasOutput && room > 0) {
      const written = connection.hasPieces
        ? this.#sendPieces(link.fd, connection)
        : this.#sendArena(link.fd, connection.arenaFrom, connection.arenaTo - connection.arenaFrom);
      if (written < 0) {
        const errno = c.errnoOf(this.#libc);
        if (errno === c.EINTR) continue;
        if (errno !== c.EAGAIN) return this.#events.lost(connection, errorText(errno));
        break;
      }
      output.sent(connection, written);
      if (written < this.#pieceBytes) break;
      room -= written;
    }
    const waiting = connection.hasOutput;
    if (waiting && !output.keep(connection)) {
      return this.#events.lost(connection, "no memory for its replies");
    }
    if (waiting !== connection.sending) {
      connection.sending = waiting;
      this.updateInterest(link);
      if (!waiting) connection.drained();
    }
    if (!waiting && connection.closeAfterReply) this.#events.lost(connection, "");
  }

  // ---- links ------------------------------------------------------------------------------------

  setNoDelay(fd: number, noDelay: boolean): void {
    this.#sockets.setNoDelay(fd, noDelay);
  }

  setReading(link: EpollLink, reading: boolean): void {
    link.reading = reading;
    this.updateInterest(link);
  }

  /** Tells the kernel what a connection waits for: the only place that does. */
  updateInterest(link: EpollLink): void {
    // A link that is closed has no descriptor any more: its number may be somebody else's.
    if (this.#links[link.fd] !== link) return;
    let events = link.connection.sending ? c.EPOLLOUT : 0;
    if (!link.ended) events |= link.reading ? c.EPOLLIN : c.EPOLLRDHUP;
    if (events === c.EPOLLIN) events = READING;
    if (events === link.interest) return;
    link.interest = events;
    this.#watch(c.EPOLL_CTL_MOD, link.fd, events);
  }

  closeLink(link: EpollLink): void {
    if (this.#links[link.fd] !== link) return;
    this.#links[link.fd] = undefined;
    this.#size--;
    this.#calls.close(link.fd);
  }

  async close(): Promise<void> {
    for (const listener of [...this.#listeners.values()]) listener.close();
    for (const link of this.#links) if (link !== undefined) this.closeLink(link);
    for (const dialing of [...this.#dialing.values()]) this.#giveUp(dialing);
    this.interrupt();
    await this.#idle;
    this.#calls.close(this.#wakeFd);
    this.#calls.close(this.#epoll);
    this.#libc.close();
  }
}

/** A connection that was asked for and does not stand yet. */
class Dialing {
  fd = -1;
  /** It stands, or nobody wants it any more. */
  over = false;
  constructor(readonly caller: Caller) {}

  fail(reason: string): void {
    if (this.over) return;
    this.over = true;
    this.caller.failed(reason);
  }
}

class EpollListener implements Listener {
  readonly ready = Promise.resolve();
  constructor(
    readonly fd: number,
    /** Of a Unix socket, otherwise null. */
    readonly path: string | null,
    readonly port: number,
    readonly accept: Acceptor,
    readonly close: () => void,
  ) {}
}

class EpollLink implements Link {
  connection!: Peer;
  /** Whether requests are wanted. */
  reading = true;
  /** The peer sends no more. */
  ended = false;
  /** The events the kernel was asked for. */
  interest = READING;

  constructor(
    readonly transport: EpollTransport,
    readonly fd: number,
    readonly kind: "tcp" | "unix",
  ) {}
  flush(): void {
    this.transport.flush(this);
  }
  setReading(reading: boolean): void {
    this.transport.setReading(this, reading);
  }
  setNoDelay(noDelay: boolean): void {
    if (this.kind === "tcp") this.transport.setNoDelay(this.fd, noDelay);
  }
  close(): void {
    this.transport.closeLink(this);
  }
}
