/** The clients: who is connected, and the bookkeeping that follows a connection through its life. */

import type { Command } from "../commands/define.ts";
import { Connection, Gate } from "./connection.ts";

export class Clients {
  readonly all = new Map<number, Connection>();
  #nextId = 1;

  /** A new connection, not yet counted among {@link all}. */
  create(nowMs: number): Connection {
    const connection = new Connection(this.#nextId++);
    connection.createdMs = connection.activeMs = nowMs;
    return connection;
  }

  add(connection: Connection): void {
    this.all.set(connection.id, connection);
  }
  remove(connection: Connection): void {
    this.all.delete(connection.id);
  }

  /** Moves CLIENT REPLY SKIP on: the command after the one that asked for it stays unanswered. */
  replyDone(connection: Connection, _command: Command | null): void {
    if (connection.replyMode === "skip-next") connection.replyMode = "skip";
    else if (connection.replyMode === "skip") {
      connection.replyMode = "on";
      connection.gate &= ~Gate.REPLY;
    }
  }
}
