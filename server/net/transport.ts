/**
 * What carries bytes between clients and the server. Two implementations pass one contract suite:
 * `epoll` (Linux, FFI) and `deno` (everywhere, and TLS); a third, `loopback`, serves calls made inside
 * the process.
 *
 * A transport accepts connections, reads into core memory and writes from it; it knows nothing of
 * commands. The server hears of everything through {@link TransportEvents}, always within a turn.
 */

import type { Connection } from "./connection.ts";

/** Where to listen. */
export type Endpoint =
  | { kind: "tcp"; host: string; port: number; backlog: number }
  | { kind: "tls"; host: string; port: number; backlog: number; tls: TlsOptions }
  | { kind: "unix"; path: string; permissions: number; backlog: number };

/** PEM texts, and what is asked of clients. */
export interface TlsOptions {
  cert: string;
  key: string;
  /** Whom a client's certificate must come from. */
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

/** What a transport tells the server. */
export interface TransportEvents {
  /**
   * Somebody connected.
   *
   * @returns the connection to serve, or the text to send before closing it
   */
  accepted(link: Link, peer: string, local: string): Connection | string;
  /** `bytes` have been read to where `readTarget` said. */
  received(connection: Connection, bytes: number): void;
  /** The peer is gone, or reading or writing failed for good; `reason` is for the log. */
  lost(connection: Connection, reason: string): void;
  /**
   * Replies are about to be sent before the turn ends, as a peer that was slow takes more. Connections
   * whose replies must not leave are closed then, this one possibly among them.
   */
  sendsEarly(): void;
  /** Has `serve` called within the next turn, which comes soon. */
  defer(serve: () => void): void;
}

/**
 * The peer has sent its last byte. What it asked for before is still sent to it; where nothing waits to
 * be sent the connection is lost.
 */
export function peerEnded(connection: Connection, events: TransportEvents): void {
  if (!connection.hasOutput && !connection.sending) {
    return events.lost(connection, "closed by the peer");
  }
  connection.closeAfterReply = true;
  connection.halted = true;
}

/** A connection as its transport knows it. */
export interface Link {
  readonly kind: "tcp" | "tls" | "unix" | "loopback";
  /** File descriptor, or a number that stands for one in CLIENT LIST. */
  readonly fd: number;
  /** Writes what the connection has to send; what does not go now goes as soon as it can. */
  flush(connection: Connection): void;
  /**
   * Stops or resumes reading: what the peer sends meanwhile is left in its socket. That the peer is
   * gone is still reported, as far as the transport can tell without reading.
   */
  setReading(reading: boolean): void;
  /** Closes at once, what is unsent is lost. */
  close(): void;
}

export interface Transport {
  readonly name: "epoll" | "deno" | "loopback";
  /** Starts to listen. @throws SystemError */
  listen(endpoint: Endpoint): Listener;
  /** Stops to listen and frees what the transport holds; connections are closed by the server before. */
  close(): Promise<void>;
}

/** A transport that can wait for the kernel by itself: the loop sleeps in it. */
export interface Poller extends Transport {
  /** Waits at most `timeoutMs` for something to be ready. @returns how much is */
  wait(timeoutMs: number): number;
  /** Handles what the last {@link wait} found. */
  handle(count: number): void;
  /** Waits without blocking the process's other work, until something is ready or {@link interrupt}. */
  idle(timeoutMs: number): Promise<void>;
  /** Ends an idle wait. */
  interrupt(): void;
}
