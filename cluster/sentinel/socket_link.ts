/** A channel to an instance over a socket: requests in order, replies by the purposes they were asked for. */

import type { Caller, Destination, Link as Transport } from "../../server/env/network.ts";
import type { Connection, LinkReader } from "../../server/net/connection.ts";
import { Decoder, encodeCommand, type ReplyValue } from "../../server/resp/decoder.ts";
import type { Server } from "../../server/server.ts";
import type { Purpose } from "./actions.ts";

/** Whom a request was for, and what for. */
export interface Asked {
  instance: number;
  purpose: Purpose;
}

/** What a channel tells. */
export interface SocketLinkEvents {
  opened(local: string): void;
  /** @param asked what the reply is to; null for messages and replies to what the channel itself has sent */
  replied(value: ReplyValue, asked: Asked | null): void;
  closed(reason: string): void;
}

/** No reply that a Sentinel asks for is longer. */
const MAX_REPLY_BYTES = 4 << 20;

export class SocketLink implements Caller, LinkReader {
  #connection: Connection | null = null;
  #over = false;
  readonly #decoder = new Decoder();
  readonly #asked: (Asked | null)[] = [];
  #unread = 0;
  #cancel: () => void;

  /** @param greeting requests to begin with, whose replies are nobody's */
  constructor(
    readonly server: Server,
    dial: (destination: Destination, caller: Caller) => () => void,
    destination: Destination,
    readonly greeting: readonly (readonly string[])[],
    readonly events: SocketLinkEvents,
  ) {
    this.#cancel = () => {};
    this.#cancel = dial(destination, this);
  }

  connected(link: Transport, peer: string, local: string): Connection | null {
    if (this.#over) return null;
    const { server } = this;
    const connection = server.clients.adopt(server.nowMs, this, link, peer, local);
    this.#connection = connection;
    for (const words of this.greeting) this.send(words, null);
    this.events.opened(local.slice(0, local.lastIndexOf(":")).replace(/^\[|\]$/g, ""));
    return connection;
  }

  failed(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.events.closed(reason);
  }

  send(words: readonly string[], asked: Asked | null): void {
    const connection = this.#connection;
    if (connection === null || connection.closed) return;
    this.#asked.push(asked);
    this.server.output.append(connection, encodeCommand(words));
    this.server.wake();
  }

  received(bytes: number): void {
    const { core, stats } = this.server;
    stats.inputBytes += bytes;
    this.#unread += bytes;
    this.#decoder.push(core.bytes(core.at.INPUT, bytes));
    try {
      for (let next = this.#decoder.next(); next !== undefined; next = this.#decoder.next()) {
        this.#unread = 0;
        this.events.replied(next.value, this.#asked.shift() ?? null);
        if (this.#over) return;
      }
      if (this.#unread > MAX_REPLY_BYTES) throw new Error("a reply without end");
    } catch (error) {
      this.#end((error as Error).message);
    }
  }

  lost(reason: string): void {
    this.#end(reason === "" ? "connection lost" : reason);
  }

  #end(reason: string): void {
    if (this.#over) return;
    this.close();
    this.events.closed(reason);
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
