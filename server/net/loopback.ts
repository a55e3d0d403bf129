/**
 * The loopback transport: clients inside the process. A request's bytes go the way of a socket's, so
 * whatever holds for clients holds for these calls too; only the kernel is left out.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Output } from "./output.ts";
import { OWNER, type User } from "../acl/users.ts";
import type { Connection } from "./connection.ts";
import { Decoder, encodeCommand, ReplyError, type ReplyValue } from "../resp/decoder.ts";
import type { Link } from "../env/network.ts";

/** What a client inside the process needs of the server. */
export interface LoopbackHost {
  readonly core: Core;
  readonly output: Output;
  accepted(link: Link, peer: string, local: string, user?: User): Connection | string;
  received(connection: Connection, bytes: number): void;
  lost(connection: Connection, reason: string): void;
  defer(serve: () => void): void;
}

/** What a command may be made of. */
export type CallArgument = string | number | bigint | Uint8Array;

interface Waiting {
  buffers: boolean;
  /** Confirmations of subscriptions, which come as pushes, that end the call; 0 for a command with a reply. */
  confirmations: number;
  resolve: (value: ReplyValue) => void;
  reject: (error: Error) => void;
}

/** How many pushes are the answer to a command: one for each channel. */
function confirmationsOf(args: readonly CallArgument[]): number {
  const [name] = args;
  if (typeof name !== "string" || !/^[sp]?(un)?subscribe$/i.test(name)) return 0;
  return Math.max(1, args.length - 1);
}

/** A client of its own: database, transaction and subscriptions are its own, as for a socket. */
export class LoopbackClient implements Link {
  readonly kind = "loopback";
  readonly fd = -1;
  /** Called with out-of-band messages: subscriptions, invalidations. */
  onPush: (message: ReplyValue[]) => void = () => {};
  /** Called when it is closed, by whomever. */
  onClose: () => void = () => {};
  readonly #server: LoopbackHost;
  readonly #connection: Connection;
  readonly #decoder = new Decoder();
  readonly #waiting: Waiting[] = [];
  #inbox: Uint8Array[] = [];
  #reading = true;
  #scheduled = false;
  /** Its owner takes no more for now. */
  #full = false;

  constructor(server: LoopbackHost) {
    this.#server = server;
    const connection = server.accepted(this, "in-process:0", "in-process:0", OWNER);
    if (typeof connection === "string") throw new ReplyError(connection.slice(1).trim());
    connection.resp = 3;
    this.#connection = connection;
  }

  /** Whether it was closed: ended, killed, or the server is gone. */
  get closed(): boolean {
    return this.#connection.closed;
  }

  /** Whether it was closed as too much had piled up that its owner did not take. */
  get overLimit(): boolean {
    return this.#connection.overLimit;
  }

  /** Sends a command. @returns its reply; @throws ReplyError when that is an error */
  call(args: readonly CallArgument[], buffers: boolean): Promise<ReplyValue> {
    if (this.#connection.closed) return Promise.reject(new Error("the connection is closed"));
    const bytes = encodeCommand(args);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ buffers, confirmations: confirmationsOf(args), resolve, reject });
      this.#inbox.push(bytes);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || !this.#reading) return;
    this.#scheduled = true;
    this.#server.defer(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  /** Hands the inbox to the server, as much at a time as a socket would give. */
  #deliver(): void {
    const server = this.#server;
    const target = { ptr: 0, len: 0 };
    const inbox = this.#inbox;
    this.#inbox = [];
    for (let i = 0; i < inbox.length; i++) {
      let bytes = inbox[i];
      while (bytes.length > 0 && !this.#connection.closed) {
        if (!this.#reading) {
          this.#inbox = [bytes, ...inbox.slice(i + 1), ...this.#inbox];
          return;
        }
        this.#connection.readTarget(server.core, target);
        if (target.len === 0) return server.lost(this.#connection, "no memory for its request");
        const count = Math.min(bytes.length, target.len);
        server.core.u8.set(bytes.subarray(0, count), target.ptr);
        server.received(this.#connection, count);
        bytes = bytes.subarray(count);
      }
    }
  }

  flush(connection: Connection): void {
    const { output, core } = this.#server;
    if (this.#full) {
      connection.sending = true;
      if (!output.keep(connection)) this.#server.lost(connection, "no memory for its replies");
      return;
    }
    while (connection.hasOutput) {
      let total = 0;
      output.pieces(connection, (ptr, len) => {
        this.#decoder.push(core.bytes(ptr, len));
        total += len;
      });
      output.sent(connection, total);
    }
    for (;;) {
      this.#decoder.buffers = this.#waiting[0]?.buffers ?? false;
      const decoded = this.#decoder.next();
      if (decoded === undefined) break;
      if (decoded.push) this.#pushed(decoded.value as ReplyValue[]);
      else this.#settle(decoded.value);
    }
    if (connection.closeAfterReply) this.#server.lost(connection, "");
  }

  /** What the handler throws is its owner's, and no reason to end the connection. */
  #pushed(message: ReplyValue[]): void {
    try {
      this.onPush(message);
    } catch (error) {
      reportError(error);
    }
    const [kind] = message;
    if (typeof kind === "string" && kind.endsWith("subscribe")) this.#confirmed(message[2]);
  }

  /** The call that asked for a subscription is fulfilled, with their number, by its last confirmation. */
  #confirmed(count: ReplyValue): void {
    const waiting = this.#waiting[0];
    if (waiting === undefined || waiting.confirmations === 0) return;
    if (--waiting.confirmations === 0) this.#settle(count);
  }

  #settle(value: ReplyValue): void {
    const waiting = this.#waiting.shift();
    if (value instanceof ReplyError) waiting?.reject(value);
    else waiting?.resolve(value);
  }

  /**
   * Whether its owner takes more. While it does not, what comes piles up within the server, and within the limits of such
   * clients, as for a socket that nobody reads.
   */
  setTaking(taking: boolean): void {
    this.#full = !taking;
    const connection = this.#connection;
    if (!taking || !connection.sending) return;
    this.#server.defer(() => {
      if (this.#full || connection.closed) return;
      connection.sending = false;
      if (connection.hasOutput) this.flush(connection);
    });
  }

  setReading(reading: boolean): void {
    this.#reading = reading;
    if (reading && this.#inbox.length !== 0) this.#schedule();
  }

  setNoDelay(): void {}

  close(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("the connection is closed"));
    this.onClose();
  }

  /** Ends the client: what is under way is answered with an error. */
  end(): void {
    this.#server.lost(this.#connection, "");
    this.#server.defer(() => {});
  }
}
