/**
 * The clients: who is connected, and the bookkeeping that follows a connection through its life. What
 * a connection switches for itself (authentication, replies) takes effect within the pipeline that is
 * being served, so the core's cells are kept in step here.
 */

import type { Core } from "../../core-as/host/core.ts";
import { OWNER, type User } from "../acl/users.ts";
import type { Link } from "../env/network.ts";
import { Connection, Gate, type LinkReader, type ReplyMode } from "./connection.ts";

export class Clients {
  /** Those that are listed and counted. */
  readonly all = new Map<number, Connection>();
  readonly #links = new Map<number, Connection>();
  readonly #core: Core;
  #nextId = 1;

  constructor(core: Core) {
    this.#core = core;
  }

  /** A new connection that begins as a user, not yet counted among {@link all}. */
  create(nowMs: number, user: User): Connection {
    const connection = new Connection(this.#nextId++);
    connection.createdMs = nowMs;
    connection.activeSeconds = Math.floor(nowMs / 1000);
    connection.user = connection.home = user;
    connection.authenticated = user.passwordless;
    this.#updateGate(connection);
    return connection;
  }

  /** A connection that this server has made to another, or another's of a bus: its bytes are the reader's. */
  adopt(nowMs: number, reader: LinkReader, link: Link, peer: string, local: string): Connection {
    const connection = this.create(nowMs, OWNER);
    connection.link = link;
    connection.peer = peer;
    connection.local = local;
    connection.exempt = true;
    connection.reader = reader;
    (reader.isClient ? this.all : this.#links).set(connection.id, connection);
    return connection;
  }

  /** Clients, and what no client sees: links to other servers. */
  get everybody(): Connection[] {
    return [...this.all.values(), ...this.#links.values()];
  }

  add(connection: Connection): void {
    this.all.set(connection.id, connection);
  }
  remove(connection: Connection): void {
    this.all.delete(connection.id);
    this.#links.delete(connection.id);
  }

  // ---- authentication ---------------------------------------------------------------------------

  /** Notes that the client being served has proved to be `user`. */
  authenticated(connection: Connection, user: User): void {
    connection.user = user;
    connection.authenticated = true;
    this.#updateServedGate(connection);
  }

  /** Takes the client being served back to what it was when it had just connected. */
  deauthenticate(connection: Connection): void {
    connection.user = connection.home;
    connection.authenticated = connection.home.passwordless;
    this.#updateServedGate(connection);
  }

  /** The user of a connection may do other things than before. */
  userChanged(connection: Connection): void {
    this.#updateGate(connection);
  }

  #updateServedGate(connection: Connection): void {
    this.#updateGate(connection);
    this.#core.u32[this.#core.at.IN_UNAUTHENTICATED] = connection.gate & Gate.AUTH;
  }

  /** A client that has not authenticated may go on as soon as no password is required any more. */
  #updateGate(connection: Connection): void {
    const { user, authenticated } = connection;
    connection.gate &= ~(Gate.AUTH | Gate.RESTRICTED);
    if (!authenticated && !user.passwordless) connection.gate |= Gate.AUTH;
    if (!user.unrestricted) connection.gate |= Gate.RESTRICTED;
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
