/**
 * The epoll transport: non-blocking sockets on one epoll instance, read and written straight from and
 * to core memory. No byte passes through JavaScript.
 *
 * What is ordinary, a read at a command's start and the replies of one turn, goes by `recv` and `send`
 * on views made once: 0.4 us a pair less than `readv` and `writev`, whose iovecs the kernel must fetch.
 * The rest, pieces of chains and reads into the middle of a command, goes by those.
 *
 * It lives in the core's IO area:
 *
 * ```
 *   +0       epoll_event[1024]
 *   +0x8000  iovec[64]
 *   +0x8800  socket address (128 bytes) and its length
 *   +0x8900  small arguments of system calls
 * ```
 *
 * Level-triggered: what a turn leaves unread is reported again. Closing is left to the end of the
 * turn, so that no descriptor is reused while events for its former owner may still be in hand.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Connection } from "./connection.ts";
import * as c from "./libc.ts";
import type { Output } from "./output.ts";
import { formatAddress, parseAddress } from "./address.ts";
import type { Endpoint, Link, Poller, TransportEvents } from "./transport.ts";

const MAX_EVENTS = 1024;
const IOV = 0x8000;
const ADDRESS = 0x8800;
const ADDRESS_BYTES = 128;
const SMALL = 0x8900;
/** Connections accepted per turn, so that a storm of them does not stall the others. */
const MAX_ACCEPTS = 1000;
/** Bytes of the arena for which views are kept. */
const VIEWED_BYTES = 65536;

interface Listener {
  readonly kind: "tcp" | "unix";
  readonly fd: number;
  readonly path?: string;
}

/** Options of accepted TCP connections. */
export interface EpollOptions {
  /** Seconds of silence before the kernel probes the peer, 0 = never. */
  keepaliveS(): number;
}

export class EpollTransport implements Poller {
  readonly name = "epoll";
  readonly #core: Core;
  readonly #libc: c.Libc;
  readonly #calls: c.Libc["symbols"];
  readonly #events: TransportEvents;
  readonly #output: Output;
  readonly #options: EpollOptions;
  readonly #epoll: number;
  readonly #wakeFd: number;
  readonly #listeners = new Map<number, Listener>();
  /** By file descriptor. */
  readonly #connections: (Connection | undefined)[] = [];
  readonly #io: number;
  readonly #eventView: Uint8Array;
  readonly #iovView: Uint8Array;
  readonly #smallView: Uint8Array;
  /** All of the core's INPUT area. */
  readonly #inputView: Uint8Array;
  /** From each 64th byte of the arena's beginning to its end; made when first used. */
  readonly #arenaViews: Uint8Array[] = [];
  readonly #target = { ptr: 0, len: 0 };
  /** Address of the core's memory in the process, in two halves. */
  readonly #baseLow: number;
  readonly #baseHigh: number;
  #idle: Promise<number> | null = null;
  #pieceCount = 0;
  #pieceBytes = 0;

  constructor(core: Core, output: Output, events: TransportEvents, options: EpollOptions) {
    this.#core = core;
    this.#output = output;
    this.#events = events;
    this.#options = options;
    this.#libc = c.openLibc();
    this.#calls = this.#libc.symbols;
    this.#io = core.at.IO;
    const view = (offset: number, len: number) =>
      new Uint8Array(core.memory.buffer, this.#io + offset, len);
    this.#eventView = view(0, MAX_EVENTS * c.EPOLL_EVENT_BYTES);
    this.#iovView = view(IOV, 1024);
    this.#smallView = view(SMALL, 64);
    this.#inputView = new Uint8Array(core.memory.buffer, core.at.INPUT, core.at.INPUT_BYTES);
    const base = BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(core.u8)!));
    this.#baseLow = Number(base & 0xffffffffn);
    this.#baseHigh = Number(base >> 32n);
    this.#epoll = this.#calls.epoll_create1(c.SOCK_CLOEXEC);
    this.#wakeFd = this.#calls.eventfd(0, c.EFD_NONBLOCK | c.SOCK_CLOEXEC);
    this.#watch(c.EPOLL_CTL_ADD, this.#wakeFd, c.EPOLLIN);
  }

  #watch(operation: number, fd: number, events: number): void {
    const word = (this.#io + SMALL) >>> 2;
    const { u32 } = this.#core;
    u32[word] = events;
    u32[word + (c.EPOLL_EVENT_BYTES === 12 ? 1 : 2)] = fd;
    this.#calls.epoll_ctl(this.#epoll, operation, fd, this.#smallView);
  }

  #setOption(fd: number, level: number, option: number, value: number): void {
    this.#core.u32[(this.#io + SMALL) >>> 2] = value;
    this.#calls.setsockopt(fd, level, option, this.#smallView, 4);
  }

  // ---- listening --------------------------------------------------------------------------------

  listen(endpoint: Endpoint): Promise<number> {
    if (endpoint.kind === "tls") throw new Error("TLS is served by the portable transport");
    const address = endpoint.kind === "unix"
      ? formatAddress({ family: c.AF_UNIX, path: endpoint.path })
      : formatAddress(resolveHost(endpoint.host, endpoint.port));
    const family = address[0];
    const fd = this.#calls.socket(family, c.SOCK_STREAM | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, 0);
    if (fd < 0) throw new Error(c.errorText(c.errnoOf(this.#libc)));
    try {
      if (family !== c.AF_UNIX) this.#setOption(fd, c.SOL_SOCKET, c.SO_REUSEADDR, 1);
      if (family === c.AF_INET6) this.#setOption(fd, c.IPPROTO_IPV6, c.IPV6_V6ONLY, 1);
      this.#must(this.#calls.bind(fd, address, address.length));
      if (endpoint.kind === "unix" && endpoint.permissions !== 0) {
        Deno.chmodSync(endpoint.path, endpoint.permissions);
      }
      this.#must(this.#calls.listen(fd, endpoint.backlog));
    } catch (error) {
      this.#calls.close(fd);
      throw error;
    }
    this.#listeners.set(fd, {
      kind: endpoint.kind,
      fd,
      path: endpoint.kind === "unix" ? endpoint.path : undefined,
    });
    this.#watch(c.EPOLL_CTL_ADD, fd, c.EPOLLIN);
    return Promise.resolve(endpoint.kind === "unix" ? 0 : this.#addressOf(fd).port);
  }

  #must(result: number): void {
    if (result < 0) throw new Error(c.errorText(c.errnoOf(this.#libc)));
  }

  #addressOf(fd: number): { text: string; port: number } {
    const at = this.#io + ADDRESS;
    const buffer = new Uint8Array(this.#core.memory.buffer, at, ADDRESS_BYTES);
    this.#core.u32[(at + ADDRESS_BYTES) >>> 2] = ADDRESS_BYTES;
    const length = new Uint8Array(this.#core.memory.buffer, at + ADDRESS_BYTES, 4);
    this.#calls.getsockname(fd, buffer, length);
    return parseAddress(buffer);
  }

  #accept(listener: Listener): void {
    const at = this.#io + ADDRESS;
    const buffer = new Uint8Array(this.#core.memory.buffer, at, ADDRESS_BYTES);
    const length = new Uint8Array(this.#core.memory.buffer, at + ADDRESS_BYTES, 4);
    for (let accepts = 0; accepts < MAX_ACCEPTS; accepts++) {
      this.#core.u32[(at + ADDRESS_BYTES) >>> 2] = ADDRESS_BYTES;
      const fd = this.#calls.accept4(
        listener.fd,
        buffer,
        length,
        c.SOCK_NONBLOCK | c.SOCK_CLOEXEC,
      );
      if (fd < 0) return;
      let peer: string;
      let local: string;
      if (listener.kind === "tcp") {
        this.#setOption(fd, c.IPPROTO_TCP, c.TCP_NODELAY, 1);
        this.#keepAlive(fd, this.#options.keepaliveS());
        peer = parseAddress(buffer).text;
        local = this.#addressOf(fd).text;
      } else peer = local = `${listener.path}:0`;
      const link = new EpollLink(this, fd, listener.kind);
      const connection = this.#events.accepted(link, peer, local);
      if (typeof connection === "string") {
        const bytes = new TextEncoder().encode(connection);
        this.#calls.write(fd, bytes, bytes.length);
        this.#calls.close(fd);
        continue;
      }
      this.#connections[fd] = connection;
      this.#watch(c.EPOLL_CTL_ADD, fd, c.EPOLLIN);
    }
  }

  #keepAlive(fd: number, seconds: number): void {
    if (seconds === 0) return;
    this.#setOption(fd, c.SOL_SOCKET, c.SO_KEEPALIVE, 1);
    this.#setOption(fd, c.IPPROTO_TCP, c.TCP_KEEPIDLE, seconds);
    this.#setOption(fd, c.IPPROTO_TCP, c.TCP_KEEPINTVL, Math.max(1, Math.floor(seconds / 3)));
    this.#setOption(fd, c.IPPROTO_TCP, c.TCP_KEEPCNT, 3);
  }

  // ---- waiting ----------------------------------------------------------------------------------

  wait(timeoutMs: number): number {
    return this.#calls.epoll_wait(this.#epoll, this.#eventView, MAX_EVENTS, timeoutMs);
  }

  async idle(timeoutMs: number): Promise<void> {
    this.#idle = this.#calls.epoll_wait_async(
      this.#epoll,
      this.#eventView,
      MAX_EVENTS,
      timeoutMs,
    );
    // The events are level-triggered, so they are left for the poll of the turn that follows.
    await this.#idle;
    this.#idle = null;
  }

  interrupt(): void {
    if (this.#idle === null) return;
    const one = new Uint8Array(8);
    one[0] = 1;
    this.#calls.write(this.#wakeFd, one, 8);
  }

  handle(count: number): void {
    const { u32 } = this.#core;
    const stride = c.EPOLL_EVENT_BYTES >>> 2;
    let word = this.#io >>> 2;
    for (let i = 0; i < count; i++, word += stride) {
      const events = u32[word];
      const fd = u32[word + stride - 2];
      const connection = this.#connections[fd];
      if (connection === undefined) this.#handleOther(fd);
      else {
        if ((events & c.EPOLLOUT) !== 0) this.flush(connection, fd);
        if ((events & ~c.EPOLLOUT) !== 0 && !connection.closed) this.#receive(connection, fd);
      }
    }
  }

  #handleOther(fd: number): void {
    const listener = this.#listeners.get(fd);
    if (listener !== undefined) this.#accept(listener);
    else if (fd === this.#wakeFd) this.#calls.read(fd, this.#smallView, 8);
  }

  // ---- bytes ------------------------------------------------------------------------------------

  #receive(connection: Connection, fd: number): void {
    const target = this.#target;
    connection.readTarget(this.#core, target);
    if (target.len === 0) return this.#events.lost(connection, "no memory for its request");
    const bytes = target.ptr === this.#core.at.INPUT
      ? this.#calls.recv(fd, this.#inputView, target.len, 0)
      : this.#readPiece(fd, target.ptr, target.len);
    if (bytes > 0) return this.#events.received(connection, bytes);
    if (bytes === 0) return this.#events.lost(connection, "closed by the peer");
    const errno = c.errnoOf(this.#libc);
    if (errno === c.EAGAIN || errno === c.EINTR) return;
    this.#events.lost(connection, c.errorText(errno));
  }

  #readPiece(fd: number, ptr: number, len: number): number {
    this.#setPiece(0, ptr, len);
    return this.#calls.readv(fd, this.#iovView, 1);
  }

  /** Sends a stretch of the arena. @returns bytes taken, or -1 */
  #sendArena(fd: number, from: number, len: number): number {
    const offset = from - this.#core.at.ARENA;
    this.#pieceBytes = len;
    if (offset >= VIEWED_BYTES || (offset & 63) !== 0) {
      this.#setPiece(0, from, len);
      return this.#calls.writev(fd, this.#iovView, 1);
    }
    const view = this.#arenaViews[offset >> 6] ??
      (this.#arenaViews[offset >> 6] = new Uint8Array(
        this.#core.memory.buffer,
        from,
        this.#core.at.ARENA_BYTES - offset,
      ));
    return this.#calls.send(fd, view, len, c.MSG_NOSIGNAL);
  }

  /** Sends what a connection has in the arena and in its chain, as many pieces as one call takes. */
  #sendPieces(fd: number, connection: Connection): number {
    this.#pieceCount = this.#pieceBytes = 0;
    this.#output.pieces(connection, this.#addPiece);
    return this.#calls.writev(fd, this.#iovView, this.#pieceCount);
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
  flush(connection: Connection, fd: number): void {
    const output = this.#output;
    while (connection.hasOutput) {
      const written = connection.head === 0
        ? this.#sendArena(fd, connection.arenaFrom, connection.arenaTo - connection.arenaFrom)
        : this.#sendPieces(fd, connection);
      if (written < 0) {
        const errno = c.errnoOf(this.#libc);
        if (errno === c.EINTR) continue;
        if (errno !== c.EAGAIN) return this.#events.lost(connection, c.errorText(errno));
        break;
      }
      output.sent(connection, written);
      if (written < this.#pieceBytes) break;
    }
    const waiting = connection.hasOutput;
    if (waiting && !output.keep(connection)) {
      return this.#events.lost(connection, "no memory for its replies");
    }
    if (waiting !== connection.sending) {
      connection.sending = waiting;
      this.#watch(
        c.EPOLL_CTL_MOD,
        fd,
        (waiting ? c.EPOLLOUT : 0) | (connection.closeAfterReply ? 0 : c.EPOLLIN),
      );
    }
    if (!waiting && connection.closeAfterReply) this.#events.lost(connection, "");
  }

  setReading(fd: number, reading: boolean): void {
    const sending = this.#connections[fd]?.sending === true;
    this.#watch(c.EPOLL_CTL_MOD, fd, (sending ? c.EPOLLOUT : 0) | (reading ? c.EPOLLIN : 0));
  }

  closeLink(fd: number): void {
    this.#connections[fd] = undefined;
    this.#calls.close(fd);
  }

  async close(): Promise<void> {
    for (const listener of this.#listeners.values()) {
      this.#calls.close(listener.fd);
      if (listener.path !== undefined) {
        try {
          Deno.removeSync(listener.path);
        } catch { /* somebody else has removed it */ }
      }
    }
    this.#listeners.clear();
    this.interrupt();
    await this.#idle;
    this.#calls.close(this.#wakeFd);
    this.#calls.close(this.#epoll);
    this.#libc.close();
  }
}

class EpollLink implements Link {
  constructor(
    readonly transport: EpollTransport,
    readonly fd: number,
    readonly kind: "tcp" | "unix",
  ) {}
  flush(connection: Connection): void {
    this.transport.flush(connection, this.fd);
  }
  setReading(reading: boolean): void {
    this.transport.setReading(this.fd, reading);
  }
  close(): void {
    this.transport.closeLink(this.fd);
  }
}

/** An address to bind to. Names are not looked up: `bind` takes addresses, as in Redis's examples. */
function resolveHost(host: string, port: number): { family: number; host: string; port: number } {
  if (host === "*" || host === "0.0.0.0") return { family: c.AF_INET, host: "0.0.0.0", port };
  if (host === "::*") return { family: c.AF_INET6, host: "::", port };
  if (host === "localhost") return { family: c.AF_INET, host: "127.0.0.1", port };
  return { family: host.includes(":") ? c.AF_INET6 : c.AF_INET, host, port };
}
