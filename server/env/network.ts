/**
 * What carries bytes between this server and others: the contract of all transports. Two real ones pass one
 * contract suite, `epoll` (Linux, FFI) and `deno` (everywhere, and TLS); the simulation has a third. Calls made
 * inside the process need none (net/loopback.ts).
 *
 * A transport accepts connections and makes them, reads into core memory and writes from it; it knows nothing
 * of commands. The server hears of everything through {@link TransportEvents}, always within a turn.
 */

import type { Clock, Timers } from "./clock.ts";

/** Where to listen. */
export type Endpoint =
  | { kind: "tcp"; host: string; port: number; backlog: number }
  | { kind: "tls"; host: string; port: number; backlog: number; tls: TlsOptions }
  | { kind: "unix"; path: string; permissions: number; backlog: number };

/** Who takes connections that are no clients'. @returns as {@link TransportEvents.accepted} */
export type Acceptor = (link: Link, peer: string, local: string) => Peer | string;

/** Where to connect to; a host may be a name, which is looked up without holding anybody up. */
export interface Destination {
  host: string;
  port: number;
  /** Speak TLS. */
  tls: TlsOptions | null;
  /** The address to come from, "" = the system's choice. */
  from: string;
}

/** PEM texts, and what is asked of clients. */
export interface TlsOptions {
  cert: string;
  key: string;
  /** Whom a peer's certificate must come from. */
  ca?: string;
  /** Whether clients must, need not or may show a certificate; a wrong one is never taken. */
  authClients: "yes" | "no" | "optional";
}

/** An open listening socket. */
export interface Listener {
  /** The TCP port, 0 for a path. */
  readonly port: number;
  /** Fulfilled when clients can connect. */
  readonly ready: Promise<void>;
  /** Stops to listen; a Unix socket's file is removed. Connections that were accepted live on. */
  close(): void;
}

/** Memory that bytes are read into and sent from: the core's. */
export interface Memory {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly at: { IO: number; INPUT: number; ARENA: number; HEAP: number; RESULT_LEN: number };
  readonly x: {
    nextFreeRun(page: number): number;
    freeRunPages(page: number): number;
    nextDirtyStretch(most: number): number;
    inputRoom(partial: number): number;
    inputTail(partial: number): number;
  };
}

/** A connection as its transport sees it. */
export interface Peer {
  readonly closed: boolean;
  closeAfterReply: boolean;
  halted: boolean;
  /** The transport waits for the socket to take more. */
  sending: boolean;
  /** Whether anything is to be sent: a stretch of the core's arena, and chunks behind it. */
  readonly hasOutput: boolean;
  readonly arenaFrom: number;
  readonly arenaTo: number;
  readonly head: number;
  /** Whether more than the stretch may be to be sent. */
  readonly hasPieces: boolean;
  /** Where the next bytes are to be read to: an address and the room there; 0 when memory is out. */
  readTarget(memory: Memory, target: { ptr: number; len: number }): void;
  /** The socket has taken all that it had not taken at once. */
  drained(): void;
}

/** What is to be sent to peers. */
export interface Outgoing {
  pendingBytes(peer: Peer): number;
  /** Calls `piece` for each stretch to send, in order; stops when it returns false. */
  pieces(peer: Peer, piece: (ptr: number, len: number) => boolean | void): void;
  /** Forgets the first `bytes` of what was to be sent. */
  sent(peer: Peer, bytes: number): void;
  /** Takes what is left in the arena, which is about to be used again. @returns false when memory is out */
  keep(peer: Peer): boolean;
}

/** What a transport tells the server. */
export interface TransportEvents {
  /**
   * Somebody connected.
   *
   * @returns the connection to serve, or the text to send before closing it
   */
  accepted(link: Link, peer: string, local: string): Peer | string;
  /** `bytes` have been read to where `readTarget` said. */
  received(peer: Peer, bytes: number): void;
  /** The peer is gone, or reading or writing failed for good; `reason` is for the log. */
  lost(peer: Peer, reason: string): void;
  /**
   * Replies are about to be sent before the turn ends, as a peer that was slow takes more. Connections
   * whose replies must not leave are closed then, this one possibly among them.
   */
  flushEffects(): void;
  /** Has `serve` called within the next turn, which comes soon. */
  defer(serve: () => void): void;
}

/** Who wants to be connected. */
export interface Caller {
  /** The connection stands. @returns what it is to the server, null when it is not wanted any more */
  connected(link: Link, peer: string, local: string): Peer | null;
  /** There will be none, for the reason given in the system's words. */
  failed(reason: string): void;
}

/**
 * The peer has sent its last byte. What it asked for before is still sent to it; where nothing waits to
 * be sent the connection is lost.
 */
export function peerEnded(peer: Peer, events: TransportEvents): void {
  if (!peer.hasOutput && !peer.sending) return events.lost(peer, "closed by the peer");
  peer.closeAfterReply = true;
  peer.halted = true;
}

/** A connection as the server sees its transport. */
export interface Link {
  readonly kind: "tcp" | "tls" | "unix" | "loopback";
  /** File descriptor, or a number that stands for one in CLIENT LIST. */
  readonly fd: number;
  /** The common name in the certificate that the peer has shown, where it has and it is a right one. */
  readonly certifiedName?: string;
  /** Writes what the connection has to send; what does not go now goes as soon as it can. */
  flush(peer: Peer): void;
  /**
   * Stops or resumes reading: what the peer sends meanwhile is left in its socket. That the peer is
   * gone is still reported, as far as the transport can tell without reading.
   */
  setReading(reading: boolean): void;
  /** Of TCP: whether what is written goes at once (as it does at first), or waits until there is more to go with it. */
  setNoDelay(noDelay: boolean): void;
  /** Called about once a second: whoever takes too long over a request can be let go. */
  look?(nowSeconds: number): void;
  /** Closes at once, what is unsent is lost. */
  close(): void;
}

export interface Transport {
  readonly name: string;
  /** Open connections. */
  readonly size: number;
  /** Whether one socket serves both families of addresses. */
  readonly isDualStack: boolean;
  /**
   * Starts to listen.
   *
   * @param accept who takes the connections; clients they are where it is not given
   * @throws SystemError
   */
  listen(endpoint: Endpoint, accept?: Acceptor): Listener;
  /** Connects, and tells the caller in a turn to come. @returns what gives it up */
  dial(destination: Destination, caller: Caller): () => void;
  /** Has new TLS connections of a listener made with other certificates. */
  renew(listener: Listener, tls: TlsOptions): void;
  /** Stops to listen and frees what the transport holds; connections are closed by the server before. */
  close(): Promise<void>;
}

/** A transport that can wait for the kernel by itself: the loop sleeps in it. */
export interface Poller extends Transport {
  /** Waits at most `timeoutMs` for something to be ready. @returns how much is, less than 0: a signal came */
  wait(timeoutMs: number): number;
  /** Handles what the last {@link wait} found. */
  handle(count: number): void;
  /** Serves what is ready, in the middle of {@link handle} or between two waits; waits for nothing. */
  serveWithin(): void;
  /** Waits without blocking the process's other work, until something is ready or {@link interrupt}. */
  idle(timeoutMs: number): Promise<void>;
  /** Ends an idle wait. */
  interrupt(): void;
}

/** What a transport asks of its surroundings. */
export interface TransportHost {
  readonly memory: Memory;
  readonly output: Outgoing;
  readonly events: TransportEvents;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Seconds of silence before the system probes the peer of a new TCP connection, 0 = never. */
  keepaliveS(): number;
  /** Writes a warning to the log. */
  warn(text: string): void;
}

/** The transports that there are. */
export interface Network {
  /** A transport that the loop can wait in. @throws Error that says why there is none */
  openPoller(host: TransportHost): Poller;
  /** The transport that is there everywhere, and speaks TLS. */
  openTransport(host: TransportHost): Transport;
  /** The address that a name has now, null where it has none; nobody is held up meanwhile. */
  lookup(host: string): Promise<string | null>;
  /** Whether there are IPv6 addresses. */
  hasIpv6(): boolean;
  /** The longest queue of connections that the system keeps for a listener, and where it says so; null = unknown. */
  backlogLimit(): { path: string; connections: number } | null;
}

/** What the system is told of the core's memory: what is not used is given back. */
export interface PageReleaser {
  /**
   * Has the system use large pages for what is touched for the first time from now on, where it can, or small
   * ones again.
   *
   * @returns whether it will
   */
  useLarge(wanted: boolean): boolean;
  /** Gives all of it back. @returns its bytes */
  release(): number;
  /** Gives back at most so many pages, of what is free in long runs. @returns how many, 0 when there are none */
  releaseSome(pages: number): number;
  /** Gives back the whole memory, used or not: it is all zeros then. @returns whether that can be done here */
  releaseWhole(): boolean;
}

/** Where pages cannot be given back. */
export const NOTHING_RELEASED: PageReleaser = {
  useLarge: () => false,
  release: () => 0,
  releaseSome: () => 0,
  releaseWhole: () => false,
};
