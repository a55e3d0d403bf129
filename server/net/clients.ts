/**
 * The clients: who is connected, and the bookkeeping that follows a connection through its life. What
 * a connection switches for itself (authentication, replies) takes effect within the pipeline that is
 * being served, so the core's cells are kept in step here.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import { Connection, Gate, type ReplyMode } from "./connection.ts";

export class Clients {
  readonly all = new Map<number, Connection>();
  readonly #core: Core;
  readonly #config: Config;
  #nextId = 1;

  constructor(core: Core, config: Config) {
    this.#core = core;
    this.#config = config;
    config.onChange("requirepass", () => {
      for (const connection of this.all.values()) this.#updateGate(connection);
    });
  }

  /** A new connection, not yet counted among {@link all}. */
  create(nowMs: number): Connection {
    const connection = new Connection(this.#nextId++);
    connection.createdMs = nowMs;
    connection.activeSeconds = Math.floor(nowMs / 1000);
    connection.authenticated = !this.passwordRequired;
    this.#updateGate(connection);
    return connection;
  }

  add(connection: Connection): void {
    this.all.set(connection.id, connection);
  }
  remove(connection: Connection): void {
    this.all.delete(connection.id);
  }

  // ---- authentication ---------------------------------------------------------------------------

  /** Whether a new connection must authenticate. */
  get passwordRequired(): boolean {
    return this.#config.values.requirepass !== "";
  }

  /** Notes that the client being served has proved to be `user`. */
  authenticated(connection: Connection, user: string): void {
    connection.user = user;
    connection.authenticated = true;
    this.#updateServedGate(connection);
  }

  /** Takes the client being served back to what it was when it had just connected. */
  deauthenticate(connection: Connection): void {
    connection.user = "default";
    connection.authenticated = !this.passwordRequired || connection.link.kind === "loopback";
    this.#updateServedGate(connection);
  }

  #updateServedGate(connection: Connection): void {
    this.#updateGate(connection);
    this.#core.u32[this.#core.at.IN_UNAUTHENTICATED] = connection.gate & Gate.AUTH;
  }

  /** A client that has not authenticated may go on as soon as no password is required any more. */
  #updateGate(connection: Connection): void {
    if (this.passwordRequired && !connection.authenticated) connection.gate |= Gate.AUTH;
    else connection.gate &= ~Gate.AUTH;
  }

  // ---- CLIENT REPLY -----------------------------------------------------------------------------

  /** Switches the replies of the client being served. */
  setReplyMode(connection: Connection, mode: ReplyMode): void {
    connection.replyMode = mode;
    if (mode === "on") connection.gate &= ~Gate.REPLY;
    else connection.gate |= Gate.REPLY;
    this.mute(connection);
  }

  /** Makes the core drop, or not drop, the replies of the client being served. */
  mute(connection: Connection): void {
    const muted = connection.replyMode === "off" || connection.replyMode === "skip";
    this.#core.u32[this.#core.at.OUT_MUTED] = muted ? 1 : 0;
  }

  /** Moves CLIENT REPLY SKIP on: the command after the one that asked for it stays unanswered. */
  replyDone(connection: Connection): void {
    if (connection.replyMode === "skip-next") this.setReplyMode(connection, "skip");
    else if (connection.replyMode === "skip") this.setReplyMode(connection, "on");
  }
}
