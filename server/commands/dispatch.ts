/**
 * From a tokenized command to its execution. In order: subcommand, arity, gates (gates/gates.ts), queueing,
 * execution, propagation, those who waited for what it did.
 */

import { type Connection, Gate } from "../net/connection.ts";
import { type Candidate, HOLD } from "../gates/gates.ts";
import { errors, wrongArity } from "../resp/errors.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { Services } from "./context.ts";
import { type Command, KEYED_COMMAND } from "./define.ts";
import type { Execution } from "./execution.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Commands that are not queued in a transaction. */
const actsAtOnce: ReadonlySet<string> = new Set([
  "exec",
  "discard",
  "multi",
  "watch",
  "quit",
  "reset",
]);

/** Longest part of a request that an error repeats. */
const SHOWN_BYTES = 128;

/** What the dispatcher needs of the server beyond what handlers do. */
export interface DispatcherNeeds extends Services {
  readonly execution: Execution;
}

export class Dispatcher {
  readonly #candidate: Writable<Candidate> = {
    connection: null!,
    name: "",
    id: 0,
    bits: 0,
    queues: false,
  };

  constructor(readonly server: DispatcherNeeds, readonly commands: readonly Command[]) {}

  /** Executes the command that the core has just taken for `id`. */
  execute(connection: Connection, id: number): void {
    const { server } = this;
    let command = this.commands[id];
    const argc = server.core.argc;
    if (command.subcommands !== null && argc > 1) {
      const sub = command.subcommands.get(server.core.option(1));
      if (sub !== undefined) command = sub;
      else return this.#unknownSubcommand(connection, command);
    }
    server.execution.aim(connection, command, connection.db);
    connection.lastCommand = command.id;
    const arity = command.arity;
    if (arity > 0 ? argc !== arity : argc < -arity) {
      return this.reject(connection, command, wrongArity(command.name));
    }
    if (
      (connection.gate | (command.bits & server.gates.mask)) !== 0 &&
      !this.#isPlain(connection, command) && !this.#admit(connection, command)
    ) {
      return;
    }
    server.execution.call(command);
    if (server.propagation.active) server.propagation.endUnit();
    if (server.blocked.hasReady) {
      if (connection.gate !== 0) this.#releasePushes(connection);
      server.blocked.serve();
    }
    if (connection.gate !== 0) this.#leave(connection);
  }

  /** Whether nothing stands in a command's way but its slot and its user's rights, and these allow it. */
  #isPlain({ gate, user }: Connection, command: Command): boolean {
    const { server } = this;
    if ((gate & ~(Gate.RESTRICTED | Gate.READS_REPLICA)) !== 0) return false;
    const shut = command.bits & server.gates.mask;
    // Of a cluster's slots it is mostly clear at once that they are served here.
    if (shut !== 0 && (shut !== KEYED_COMMAND || !server.routing.serves(command))) return false;
    return (gate & Gate.RESTRICTED) === 0 || user.passes(server.execution.context, command);
  }

  /** Refuses a command before it runs. */
  reject(
    connection: Connection,
    command: Command | null,
    error: string,
    /** The client is to send it, the whole transaction if it is EXEC, elsewhere. */
    redirects = false,
  ): void {
    if (command !== null) this.server.stats.rejected(command.id);
    if (connection.transaction !== null || command?.name === "exec") {
      const failed = this.#failTransaction(connection, command, error);
      if (!redirects) error = failed;
    }
    this.server.reply.error(error);
    if (connection.gate !== 0) this.#leave(connection);
  }

  /** The checks that most commands of most clients need not make. @returns whether it may run */
  #admit(connection: Connection, command: Command): boolean {
    const { server } = this;
    if ((connection.gate & Gate.TRACKING) !== 0) {
      server.output.beforeCommand = true;
      server.tracking.limit();
      server.output.beforeCommand = false;
    }
    const { transaction } = connection;
    const candidate = this.#candidate;
    candidate.connection = connection;
    candidate.name = command.name;
    candidate.id = command.id;
    candidate.bits = command.name === "exec"
      ? command.bits | (transaction?.bits ?? 0)
      : command.bits;
    candidate.queues = transaction !== null && !actsAtOnce.has(command.name);
    const refused = connection.exempt ? null : server.gates.refusal(candidate);
    if (refused === HOLD) {
      // It is parsed again when the pause is over.
      if (server.core.x.inputRewind()) {
        connection.halted = true;
        server.pause.hold(connection);
      } else server.lost(connection, "no memory for its request");
      return false;
    }
    if (refused !== null) {
      this.reject(connection, command, refused, server.gates.refusedBy === "cluster");
      return false;
    }
    if (candidate.queues) {
      this.#queue(connection, transaction!, command);
      return false;
    }
    server.execution.prepare(connection, command);
    return true;
  }

  /** Keeps a command for EXEC. */
  #queue(connection: Connection, transaction: Transaction, command: Command): void {
    // What will not run need not be kept.
    const lost = transaction.failed || connection.watchedChanged;
    if (!lost && !transaction.queue(command.id, command.bits)) {
      return this.reject(connection, command, errors.memory);
    }
    this.server.reply.simple("QUEUED");
    if (connection.gate !== 0) this.#leave(connection);
  }

  /** A command of a transaction was refused: EXEC will be, or, if this is it, is over. @returns the error */
  #failTransaction(connection: Connection, command: Command | null, error: string): string {
    if (command?.name !== "exec") {
      connection.transaction!.failed = true;
      return error;
    }
    // EXEC itself: outside of a transaction, too.
    this.server.endTransaction(connection);
    this.server.watches.unwatch(connection);
    return `EXECABORT Transaction discarded because of: ${error.replace(/^ERR /, "")}`;
  }

  /** Undoes what a gate has switched for one command. */
  #leave(connection: Connection): void {
    const { server } = this;
    if ((connection.gate & Gate.NO_TOUCH) !== 0) server.core.u32[server.core.at.NO_TOUCH] = 0;
    this.#releasePushes(connection);
    // ASKING is for the command that follows, or for the transaction.
    const isAsking = (connection.gate & Gate.ASKING) !== 0 && connection.transaction === null;
    if (isAsking && this.commands[connection.lastCommand]?.name !== "asking") {
      connection.gate &= ~Gate.ASKING;
    }
    if ((connection.gate & Gate.TRACKING) !== 0) this.#leaveTracking(connection);
    if ((connection.gate & Gate.REPLY) !== 0) server.clients.replyDone(connection);
  }

  /** Sends the client what the command that it has been answered has told it. */
  #releasePushes(connection: Connection): void {
    const { tracking, output } = this.server;
    if ((connection.gate & Gate.TRACKING) !== 0) tracking.settle();
    if ((connection.gate & Gate.PUSHES) !== 0) output.releasePushes(connection);
  }

  #leaveTracking(connection: Connection): void {
    const { tracking, transaction, lastCommand } = connection;
    // CLIENT CACHING is for the command that follows, or for the transaction.
    if (!tracking!.caching || transaction !== null) return;
    if (this.commands[lastCommand]?.parent?.name !== "client") tracking!.caching = false;
  }

  /** A name that no command has. */
  unknown(connection: Connection): void {
    const { argc } = this.server.core;
    let args = "";
    for (let i = 1; i < argc && args.length < SHOWN_BYTES; i++) {
      args += `'${this.#shown(i, SHOWN_BYTES - args.length)}' `;
    }
    const name = this.#shown(0, SHOWN_BYTES);
    if (/^(post|host:)$/i.test(name)) return this.#crossProtocol(connection);
    connection.lastCommand = -1;
    this.reject(
      connection,
      null,
      `ERR unknown command '${name}', with args beginning with: ${args}`,
    );
  }

  /** A browser was made to speak to us: what follows in its request must not be executed. */
  #crossProtocol(connection: Connection): void {
    this.server.log.warning(
      "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to " +
        `Etna, as if it were a web server. Connection from ${connection.peer} aborted.`,
    );
    this.server.lost(connection, "");
  }

  #unknownSubcommand(connection: Connection, command: Command): void {
    connection.lastCommand = -1;
    const name = this.#shown(1, SHOWN_BYTES);
    const upper = command.name.toUpperCase();
    // Counted as nobody's, as that of an unknown name.
    this.reject(connection, null, `ERR unknown subcommand '${name}'. Try ${upper} HELP.`);
  }

  /** The beginning of an argument as errors show it: up to a zero byte, as a C string ends there. */
  #shown(index: number, bytes: number): string {
    const { core } = this.server;
    return core.argText(index, bytes);
  }
}
