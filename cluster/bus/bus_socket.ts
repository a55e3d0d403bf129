/** A link of the bus over a socket: messages in and out, whole. */

import type { Caller, Link as Transport } from "../../server/env/network.ts";
import type { Connection, LinkReader } from "../../server/net/connection.ts";
import type { Server } from "../../server/server.ts";
import { decode, lengthOf, type Message } from "./message.ts";

export interface BusSocketEvents {
  opened(): void;
  /** @param peer the other side's address, and this one's, without ports */
  message(message: Message, peer: string, local: string): void;
  closed(): void;
}

const FIRST_BYTES = 8;
const NOTHING = new Uint8Array(0);

/** An address without its port. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}

export class BusSocket implements Caller, LinkReader {
  #connection: Connection | null = null;
  #over = false;
  #cancel: () => void = () => {};
  /** Bytes of a message that is not whole, so many of them. */
  #pending: Uint8Array = NOTHING;
  #length = 0;
  readonly createdMs: number;

  constructor(readonly server: Server, readonly events: BusSocketEvents) {
    this.createdMs = server.nowMs;
  }

  /** Connects. */
  dial(begin: (caller: Caller) => () => void): void {
    this.#cancel = begin(this);
  }

  connected(link: Transport, peer: string, local: string): Connection | null {
    if (this.#over) return null;
    const { server } = this;
    const connection = server.clients.adopt(server.nowMs, this, link, peer, local);
    this.#connection = connection;
    this.events.opened();
    return connection;
  }

  failed(): void {
    this.end();
  }

  /** Bytes that wait to be sent. */
  get pendingBytes(): number {
    return this.#connection?.chainBytes ?? 0;
  }

  /** The same with what of a message has come that is not whole. */
  get heldBytes(): number {
    return this.pendingBytes + this.#pending.length;
  }

  send(bytes: Uint8Array): void {
    const connection = this.#connection;
    if (connection === null || connection.closed) return;
    // In a turn, in which all that happens on the bus does: it goes at that turn's end.
    this.server.output.append(connection, bytes);
  }

  received(bytes: number): void {
    const { core, stats } = this.server;
    stats.inputBytes += bytes;
    let rest: Uint8Array = core.bytes(core.at.INPUT, bytes);
    while (rest.length > 0 && !this.#over) {
      const needed = this.#needed();
      if (needed === null) return this.end();
      const part = rest.subarray(0, needed - this.#length);
      this.#keep(part, needed);
      rest = rest.subarray(part.length);
      if (this.#length === needed && needed > FIRST_BYTES) this.#whole();
    }
  }

  /** Bytes of the message under way, as far as they are known. @returns null where it is none */
  #needed(): number | null {
    return this.#length < FIRST_BYTES ? FIRST_BYTES : lengthOf(this.#pending);
  }

  #keep(part: Uint8Array, needed: number): void {
    if (this.#pending.length < needed) {
      // What comes is believed as it comes: no room is made for what was only said.
      const wanted = Math.max(this.#length + part.length, 2 * this.#pending.length, 4096);
      const grown = new Uint8Array(Math.min(needed, wanted));
      grown.set(this.#pending.subarray(0, this.#length));
      this.#pending = grown;
    }
    this.#pending.set(part, this.#length);
    this.#length += part.length;
  }

  #whole(): void {
    const message = decode(this.#pending.subarray(0, this.#length));
    this.#length = 0;
    if (this.#pending.length > 65536) this.#pending = NOTHING;
    // What a later version says is passed over.
    if (message === null) return;
    const { peer, local } = this.#connection!;
    this.events.message(message, hostOf(peer), hostOf(local));
  }

  lost(): void {
    this.end();
  }
  /** Ends it, and tells. */
  end(): void {
    if (this.#over) return;
    this.close();
    this.events.closed();
  }
  /** Ends it; nothing is told. */
  close(): void {
    this.#over = true;
    this.#cancel();
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) return;
    connection.reader = null;
    this.server.lost(connection, "");
  }
}
