/**
 * A client whose commands come by HTTP, as the server sees it: in CLIENT LIST, in MONITOR, in the limits. Its
 * requests are handed over as the bytes of a socket would be, and its replies come as RESP2; what becomes of them is
 * the business of whoever asked (rest.ts).
 */

import type { User } from "../acl/users.ts";
import type { Link } from "../env/network.ts";
import { type Connection, Gate } from "../net/connection.ts";
import type { Carrier, HttpHost } from "./host.ts";
import { replyEnd } from "./json.ts";

/** Nobody yet: whoever has not shown a token may do nothing. */
export const STRANGER: User = {
  name: "default",
  passwordless: false,
  unrestricted: false,
  judge: () => ({ reason: "command", index: 0 }),
  passes: () => false,
  readsAllKeys: false,
};

/** Takes replies. */
export interface Taker {
  /** @returns where the first reply begins that was not taken */
  take(source: Uint8Array, from: number, to: number): number;
}

export class HttpClient implements Link {
  readonly kind: Link["kind"];
  readonly fd: number;
  readonly connection: Connection;
  /** Who gets what the server sends. */
  taker: Taker | null = null;
  readonly #host: HttpHost;
  readonly #carrier: Carrier;
  /** Bytes that the server has not taken, as it does not read. */
  #inbox: Uint8Array[] = [];
  #reading = true;
  /** Replies that were not whole when they came. */
  #rest: Uint8Array | null = null;
  readonly #target = { ptr: 0, len: 0 };

  private constructor(host: HttpHost, carrier: Carrier, made: (link: Link) => Connection) {
    this.#host = host;
    this.#carrier = carrier;
    this.kind = carrier.kind;
    this.fd = carrier.fd;
    this.connection = made(this);
  }

  /** @returns the error where there may be no more clients */
  static make(host: HttpHost, carrier: Carrier, peer: string, local: string): HttpClient | string {
    let refusal = "";
    const client = new HttpClient(host, carrier, (link) => {
      const made = host.accepted(link, peer, local, STRANGER);
      if (typeof made !== "string") return made;
      refusal = made;
      return null!;
    });
    return refusal === "" ? client : refusal.slice(1).trim();
  }

  /** Becomes a user for what comes next. */
  become(user: User): void {
    const { connection } = this;
    if (connection.user === user) return;
    connection.user = connection.home = user;
    connection.authenticated = true;
    this.#host.clients.userChanged(connection);
  }

  /** Whether what it publishes is refused here, to be left to the primary. */
  publishesThere(there: boolean): void {
    const { connection } = this;
    if (there) connection.gate |= Gate.PUBLISHES_THERE;
    else connection.gate &= ~Gate.PUBLISHES_THERE;
  }

  /** Hands commands over; where the server does not read they wait. */
  send(bytes: Uint8Array): void {
    this.connection.activeSeconds = this.#host.nowSeconds;
    if (this.#reading && this.#inbox.length === 0) this.#deliver(bytes);
    else this.#inbox.push(bytes);
  }

  #deliver(bytes: Uint8Array): void {
    const { core } = this.#host;
    const { connection } = this;
    while (bytes.length > 0 && !connection.closed) {
      if (!this.#reading) return void this.#inbox.unshift(bytes);
      connection.readTarget(core, this.#target);
      const { ptr, len } = this.#target;
      if (len === 0) return this.#host.lost(connection, "no memory for its request");
      const count = Math.min(bytes.length, len);
      core.u8.set(count === bytes.length ? bytes : bytes.subarray(0, count), ptr);
      if (connection.partial === 0) core.x.inputFresh(count);
      else connection.partial = core.x.inputResume(connection.partial, count);
      this.#host.serve(connection);
      bytes = bytes.subarray(count);
    }
  }

  /** Whether nothing is left of what the last request has done to the connection. */
  get isClean(): boolean {
    const { connection } = this;
    return connection.db === 0 && connection.transaction === null && !connection.subscribed &&
      (connection.gate & (Gate.MONITOR | Gate.REPLY | Gate.TRACKING)) === 0;
  }

  // ---- as the server's link ---------------------------------------------------------------------

  look(nowSeconds: number): void {
    this.#carrier.look?.(nowSeconds);
  }

  flush(connection: Connection): void {
    const { output, core } = this.#host;
    // Who does not take what there is lets it pile up, within the limits of such clients.
    if (this.taker !== null && this.#carrier.full) {
      connection.sending = true;
      if (!output.keep(connection)) this.#host.lost(connection, "no memory for its replies");
      return;
    }
    connection.sending = false;
    if (!connection.hasPieces && this.#rest === null) {
      // The usual case: one stretch of the arena, which is read where it is.
      const { arenaFrom, arenaTo } = connection;
      connection.arenaFrom = connection.arenaTo = 0;
      this.#take(core.u8, arenaFrom, arenaTo);
    } else this.#takePieces(connection);
    if (connection.closeAfterReply && !connection.closed) this.#host.lost(connection, "");
  }

  #takePieces(connection: Connection): void {
    const { output, core } = this.#host;
    const before = this.#rest ?? new Uint8Array(0);
    const bytes = new Uint8Array(before.length + output.pendingBytes(connection));
    bytes.set(before);
    let at = before.length;
    while (connection.hasOutput) {
      let total = 0;
      output.pieces(connection, (ptr, len) => {
        bytes.set(core.u8.subarray(ptr, ptr + len), at);
        at += len;
        total += len;
      });
      output.sent(connection, total);
    }
    this.#rest = null;
    this.#take(bytes, 0, bytes.length);
  }

  #take(source: Uint8Array, from: number, to: number): void {
    const { taker } = this;
    if (taker === null) return;
    const taken = taker.take(source, from, to);
    if (taken < to && this.taker === taker) this.#rest = source.slice(taken, to);
  }

  /** The carrier takes more. */
  goOn(): void {
    const { connection } = this;
    if (!connection.sending || connection.closed || this.#carrier.full) return;
    connection.sending = false;
    if (connection.hasOutput) this.flush(connection);
  }

  setReading(reading: boolean): void {
    this.#reading = reading;
    this.#carrier.setReading(reading);
    if (!reading || this.#inbox.length === 0) return;
    this.#host.defer(() => {
      for (const bytes of this.#inbox.splice(0)) this.send(bytes);
    });
  }

  setNoDelay(): void {}

  close(): void {
    this.#carrier.closed();
  }

  /** Whoever was behind it is gone; what it waits for ends. */
  end(): void {
    this.taker = null;
    this.#host.lost(this.connection, "");
  }
}

/** Takes so many replies, then hands them over in one piece. */
export class Replies implements Taker {
  #seen = 0;
  #at = 0;
  constructor(readonly count: number, readonly done: (source: Uint8Array, from: number) => void) {}

  take(source: Uint8Array, from: number, to: number): number {
    // What was not whole comes again with what follows: those that were seen need not be looked at once more.
    let at = from + this.#at;
    while (this.#seen < this.count) {
      const end = replyEnd(source, at, to);
      if (end < 0) {
        this.#at = at - from;
        return from;
      }
      this.#seen++;
      at = end;
    }
    this.done(source, from);
    return at;
  }
}
