/** A connection to the server that keys are moved to: commands go there, a line comes back for each. */

import type { Caller, Link } from "../../server/env/network.ts";
import type { Connection, LinkReader } from "../../server/net/connection.ts";
import type { Server } from "../../server/server.ts";

/** Who uses it. */
export interface TargetUser {
  connected(): void;
  /** There is no connection. */
  unreachable(reason: string): void;
  /** A simple reply, or an error, with its first character. */
  answered(line: string): void;
  /** Bytes that waited have been sent. */
  drained?(): void;
  /** The connection is gone. */
  lost(): void;
}

/** No line that is looked at is longer. */
const LINE_BYTES = 64 * 1024;

export class TargetLink implements Caller, LinkReader {
  connection: Connection | null = null;
  /** Whose it is at present; null while it is kept for the next one. */
  user: TargetUser | null = null;
  /** The database that it is in, -1 = not known. */
  db = -1;
  idleSinceMs = 0;
  #line = "";
  #over = false;
  #cancel: () => void = () => {};

  /** @param name what it is found by: where it leads, and as whom */
  constructor(readonly server: Server, readonly name: string) {}

  dial(dial: (caller: Caller) => () => void): void {
    this.#cancel = dial(this);
  }

  connected(link: Link, peer: string, local: string): Connection | null {
    if (this.#over) return null;
    const { server } = this;
    const connection = server.clients.adopt(server.nowMs, this, link, peer, local);
    this.connection = connection;
    this.user?.connected();
    return connection;
  }

  failed(reason: string): void {
    if (!this.#over) this.user?.unreachable(reason);
  }

  received(bytes: number): void {
    const { core } = this.server;
    for (const byte of core.bytes(core.at.INPUT, bytes)) {
      if (byte !== 10) {
        if (this.#line.length < LINE_BYTES) this.#line += String.fromCharCode(byte);
        continue;
      }
      const line = this.#line.replace(/\r$/, "");
      this.#line = "";
      this.user?.answered(line);
    }
  }

  drained(): void {
    this.user?.drained?.();
  }

  lost(): void {
    this.#over = true;
    this.connection = null;
    this.user?.lost();
  }

  get isOpen(): boolean {
    return this.connection !== null && !this.connection.closed;
  }

  close(): void {
    this.#over = true;
    this.user = null;
    this.#cancel();
    if (this.connection !== null) this.server.lost(this.connection, "");
  }
}
