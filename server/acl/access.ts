/**
 * Access: asks a connection's user whether a command may run, keeps what was refused, and ends the connections
 * of users who are gone or may no longer hear what they listen to.
 */

import type { Arguments, CommandFacts } from "../commands/facts.ts";
import type { Connection } from "../net/connection.ts";
import { AclLog, type AclLogNeeds, type Refused } from "./log.ts";
import type { Denial } from "./selector.ts";
import type { NamedUser, Users } from "./users.ts";

/** A command of somebody's that is under way. */
export interface Asking extends Arguments {
  readonly connection: Connection;
  readonly command: CommandFacts;
}

/** What commands ask. */
export interface Permissions {
  readonly log: AclLog;
  /**
   * Asks whether a command whose arguments are under way may run; what may not is logged.
   *
   * @returns why not, null when it may
   */
  denial(
    command: CommandFacts,
    context: Refused["context"],
    /** Whose command it is, where another's name is used to run it. */
    asker?: Connection,
  ): Denial | null;
  /** Somebody failed to prove to be a user, with the command under way. */
  failedToAuthenticate(userName: string): void;
}

/** What access needs of the server. */
export interface AccessNeeds<Context extends Asking> extends AclLogNeeds {
  readonly core: { toBinary(text: string): string };
  readonly config: AclLogNeeds["config"] & {
    readonly values: { readonly "tls-auth-clients-user": "off" | "CN" };
  };
  readonly users: Users;
  readonly clients: {
    readonly all: ReadonlyMap<number, Connection>;
    userChanged(connection: Connection): void;
  };
  readonly pubsub: {
    namesOf(connection: Connection): Iterable<{ name: string; isPattern: boolean }>;
  };
  readonly execution: { readonly context: Context };
  lost(connection: Connection, reason: string): void;
  closeSoon(connection: Connection): void;
}

/** Most of a key or channel that the log keeps. */
const OBJECT_BYTES = 4096;

export class Access<Context extends Asking> implements Permissions {
  readonly log: AclLog;

  /** @param describe a client as CLIENT LIST does */
  constructor(
    readonly server: AccessNeeds<Context>,
    readonly describe: (c: Context, connection: Connection) => string,
  ) {
    this.log = new AclLog(server);
    server.users.onChange = (changed, gone) => this.#follow(changed, gone);
  }

  denial(
    command: CommandFacts,
    context: Refused["context"],
    asker = this.server.execution.context.connection,
  ): Denial | null {
    const c = this.server.execution.context;
    const { user } = c.connection;
    if (user.unrestricted) return null;
    const denial = user.judge(c, command);
    if (denial === null) return null;
    const object = denial.reason === "command" ? command.name : c.shown(denial.index, OBJECT_BYTES);
    this.#note({ reason: denial.reason, context, object, userName: user.name }, asker);
    return denial;
  }

  failedToAuthenticate(userName: string): void {
    const { command, connection } = this.server.execution.context;
    const context = connection.transaction === null ? "toplevel" : "multi";
    const object = command.name.toUpperCase();
    this.#note({ reason: "auth", context, object, userName }, connection);
  }

  /** A client has shown a token that is nobody's. */
  refusedToken(connection: Connection): void {
    this.#note({ reason: "auth", context: "toplevel", object: "HTTP", userName: "" }, connection);
  }

  /** Makes a new client the user that its certificate names, where `tls-auth-clients-user` has it so. */
  certified(connection: Connection, commonName: string): void {
    const { users, config, clients, core } = this.server;
    if (config.values["tls-auth-clients-user"] !== "CN") return;
    const userName = core.toBinary(commonName);
    const user = users.find(userName);
    if (user?.enabled) {
      connection.user = user;
      connection.authenticated = true;
      clients.userChanged(connection);
    } else {this.#note(
        { reason: "tls-cert", context: "toplevel", object: "", userName },
        connection,
      );}
  }

  #note(refused: Refused, client: Connection): void {
    this.log.add(refused, this.describe(this.server.execution.context, client).trimEnd());
  }

  // ---- users that change ------------------------------------------------------------------------

  #follow(changed: readonly NamedUser[], gone: readonly NamedUser[]): void {
    const { server } = this;
    for (const connection of server.clients.all.values()) {
      const { user } = connection;
      if (gone.some((other) => other === user)) this.#end(connection);
      else if (changed.some((other) => other === user)) {
        server.clients.userChanged(connection);
        if (connection.subscribed && !this.#mayListen(connection)) this.#end(connection);
      }
    }
  }

  #mayListen(connection: Connection): boolean {
    const user = connection.user as NamedUser;
    for (const { name, isPattern } of this.server.pubsub.namesOf(connection)) {
      if (!user.mayHear(name, isPattern)) return false;
    }
    return true;
  }

  /** Who has asked for it is told how it went before it is closed. */
  #end(connection: Connection): void {
    if (connection === this.server.execution.context.connection) this.server.closeSoon(connection);
    else this.server.lost(connection, "its user is gone or may hear less");
  }
}

/** A refusal in Redis's words, without the error's code. */
export function denialText(
  c: Arguments,
  command: CommandFacts,
  { name }: { readonly name: string },
  { reason, index }: Denial,
  /** Tells of which key or channel. */
  verbose = false,
): string {
  if (reason === "command") {
    return `User ${name} has no permissions to run the '${command.name}' command`;
  }
  if (!verbose) return `No permissions to access a ${reason}`;
  return `User ${name} has no permissions to access the '${
    c.shown(index, OBJECT_BYTES)
  }' ${reason}`;
}
