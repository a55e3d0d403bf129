/**
 * From a tokenized command to its handler. In order: subcommand, arity, gates (authentication,
 * subscribed mode, transactions, loading, memory, pause), execution, propagation.
 */

import { STRING_MAX, StringTooLong } from "../../core-as/host/core.ts";
import { type Connection, Gate } from "../net/connection.ts";
import { errors, subscribedMode, wrongArity } from "../resp/errors.ts";
import type { Reply } from "../resp/reply.ts";
import type { Server } from "../server.ts";
import { Context } from "./context.ts";
import { type Command, flagBits } from "./define.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { eachKey } from "./keys.ts";
import type { Registry } from "./registry.ts";

/** Commands that are not queued in a transaction. */
const actsAtOnce: ReadonlySet<string> = new Set([
  "exec",
  "discard",
  "multi",
  "watch",
  "quit",
  "reset",
]);

/** What a client may send while it is subscribed in RESP2, where messages look like replies. */
const ALLOWED_TO_SUBSCRIBERS: ReadonlySet<string> = new Set([
  "subscribe",
  "unsubscribe",
  "psubscribe",
  "punsubscribe",
  "ssubscribe",
  "sunsubscribe",
  "ping",
  "quit",
  "reset",
]);

/** Longest part of a request that an error repeats. */
const SHOWN_BYTES = 128;

/** What Redis does not let a client do that follows what others do, a replica or a monitor. */
const KEYSPACE_COMMAND = flagBits.write | flagBits.readonly | flagBits.may_replicate;

export class Dispatcher {
  readonly context: Context;
  readonly #commands: readonly Command[];
  /** Error replies before the command under way. */
  #errorsBefore = 0;

  constructor(readonly server: Server, registry: Registry, readonly reply: Reply) {
    this.context = new Context(server, reply);
    this.#commands = registry.all;
  }

  /** Executes the command that the core has just taken for `id`. */
  execute(connection: Connection, id: number): void {
    const { server } = this;
    let command = this.#commands[id];
    const argc = server.core.argc;
    if (command.subcommands !== null && argc > 1) {
      const sub = command.subcommands.get(server.core.option(1));
      if (sub !== undefined) command = sub;
      else return this.#unknownSubcommand(connection, command);
    }
    this.aim(connection, command, connection.db);
    connection.lastCommand = command.id;
    const arity = command.arity;
    if (arity > 0 ? argc !== arity : argc < -arity) {
      return this.reject(connection, command, wrongArity(command.name));
    }
    if (
      (connection.gate | (command.bits & server.gate)) !== 0 && !this.#admit(connection, command)
    ) {
      return;
    }
    this.call(command);
    if (server.propagation.active) server.propagation.endUnit();
    if (server.blocked.hasReady) server.blocked.serve();
    if (connection.gate !== 0) this.#leave(connection);
  }

  /** Aims the context at a command whose arguments the core has. */
  aim(connection: Connection, command: Command, db: number): Context {
    const { context } = this;
    context.connection = connection;
    context.command = command;
    context.argc = this.server.core.argc;
    context.db = db;
    return context;
  }

  /** Runs the command that the context is aimed at, by itself or within a transaction. */
  call(command: Command): void {
    const { server, reply } = this;
    const { propagation } = server;
    const dirtyBefore = server.dirty;
    this.#errorsBefore = reply.errors;
    propagation.replaced = false;
    if (propagation.active && !propagation.begin(command.bits)) reply.error(errors.memory);
    else if (server.snapshots.running && (command.bits & flagBits.readonly) !== 0) {
      this.#runReading(command);
    } else this.#run(command);
    if (propagation.active) propagation.after(this.context, dirtyBefore);
    // What it found expired and has not told of yet.
    if (server.changes.observed || propagation.active) server.expiry.drain();
    if ((this.context.connection.gate & Gate.TRACKING) !== 0) this.#trackReads(command);
    if (server.core.u32[server.core.at.OUT_FAILED] !== 0) this.#takeBack(command, dirtyBefore);
    const failed = reply.errors !== this.#errorsBefore;
    // The commands of a transaction have counted their errors: EXEC shall not count them again.
    this.#errorsBefore = reply.errors;
    const nowUs = server.clock.monotonicUs();
    const tookUs = nowUs - server.commandStartUs;
    server.commandStartUs = nowUs;
    server.stats.called(command.id, tookUs, failed);
    const { wait } = this.context.connection;
    if (wait === null) server.stats.tracked(command.id, tookUs);
    else wait.ranUs = tookUs;
    if (tookUs >= server.observers.fromUs) server.observers.look(this.context, tookUs);
  }

  /** Runs a handler. One that wants a string of more than strings can hold has changed nothing yet. */
  #run(command: Command): void {
    try {
      command.run(this.context);
    } catch (error) {
      if (!StringTooLong.is(error)) throw error;
      this.reply.error(errors.tooLong);
    }
  }

  /** Runs a command that changes nothing: a snapshot need not be ahead of what it looks up. */
  #runReading(command: Command): void {
    const { core } = this.server;
    core.u32[core.at.SNAPSHOT_READS] = 1;
    this.#run(command);
    core.u32[core.at.SNAPSHOT_READS] = 0;
  }

  /** A client that caches has read what a command that only reads has named. */
  #trackReads(command: Command): void {
    const { context, server: { tracking } } = this;
    const { connection } = context;
    if ((command.bits & flagBits.readonly) === 0 || !tracking.wants(connection)) return;
    eachKey(context, command, (index) => {
      const isString = this.server.core.argLen(index) <= STRING_MAX;
      if (isString) tracking.read(connection, context.arg(index));
      else tracking.forgets(connection);
    });
  }

  /** Memory ran out for a reply: where nothing was changed, an error can stand in its place. */
  #takeBack(command: Command, dirtyBefore: number): void {
    const { core, dirty } = this.server;
    // What may write has not always done so: SORT without a destination, for one.
    const mayTakeBack = (command.bits & flagBits.readonly) !== 0 ||
      ((command.bits & flagBits.write) !== 0 && dirty === dirtyBefore);
    if (!mayTakeBack || !core.x.replyTakeBack()) return;
    this.context.failed(core.at.OUT_OF_MEMORY);
  }

  /** Refuses a command before it runs. */
  reject(connection: Connection, command: Command | null, error: string): void {
    if (command !== null) this.server.stats.rejected(command.id);
    if (connection.transaction !== null || command?.name === "exec") {
      error = this.#failTransaction(connection, command, error);
    }
    this.reply.error(error);
    if (connection.gate !== 0) this.#leave(connection);
  }

  /** The checks that most commands of most clients need not make. @returns whether it may run */
  #admit(connection: Connection, command: Command): boolean {
    const { server } = this;
    if ((connection.gate & Gate.AUTH) !== 0 && (command.bits & flagBits.no_auth) === 0) {
      this.reject(connection, command, errors.noAuth);
      return false;
    }
    if ((connection.gate & Gate.TRACKING) !== 0) server.tracking.limit();
    const { transaction } = connection;
    if (transaction !== null && (command.bits & flagBits.no_multi) !== 0) {
      this.reject(connection, command, "ERR Command not allowed inside a transaction");
      return false;
    }
    if ((connection.gate & Gate.SUBSCRIBED) !== 0 && !ALLOWED_TO_SUBSCRIBERS.has(command.name)) {
      this.reject(connection, command, subscribedMode(command.name));
      return false;
    }
    const queued = transaction !== null && !actsAtOnce.has(command.name);
    const bits = command.name === "exec" ? command.bits | (transaction?.bits ?? 0) : command.bits;
    if (server.paused(bits)) {
      server.postpone(connection);
      return false;
    }
    const trouble = server.journal?.trouble;
    if (trouble != null && (bits & flagBits.write) !== 0) {
      this.reject(connection, command, `MISCONF Errors writing to the AOF file: ${trouble}`);
      return false;
    }
    if ((queued || (bits & flagBits.denyoom) !== 0) && !server.memoryAvailable()) {
      this.reject(connection, command, errors.oom);
      return false;
    }
    const refusable = (bits & flagBits.write) !== 0 || command.name === "ping";
    if (refusable && server.snapshots.refusesWrites) {
      this.reject(connection, command, errors.notPersistent);
      return false;
    }
    if ((connection.gate & Gate.MONITOR) !== 0 && (command.bits & KEYSPACE_COMMAND) !== 0) {
      this.reject(connection, command, "ERR Replica can't interact with the keyspace");
      return false;
    }
    if (queued) {
      this.#queue(connection, transaction, command);
      return false;
    }
    this.prepare(connection, command);
    return true;
  }

  /** Switches what a connection's mode wants for a command that is about to run. */
  prepare(connection: Connection, command: Command): void {
    if ((connection.gate & Gate.NO_TOUCH) === 0) return;
    const { core } = this.server;
    core.u32[core.at.NO_TOUCH] = command.name === "touch" ? 0 : 1;
  }

  /** Keeps a command for EXEC. */
  #queue(connection: Connection, transaction: Transaction, command: Command): void {
    // What will not run need not be kept.
    const lost = transaction.failed || connection.watchedChanged;
    if (!lost && !transaction.queue(command)) {
      return this.reject(connection, command, errors.memory);
    }
    this.reply.simple("QUEUED");
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
    if ((connection.gate & Gate.PUSHES) !== 0) server.output.releasePushes(connection);
    if ((connection.gate & Gate.TRACKING) !== 0) this.#leaveTracking(connection);
    if ((connection.gate & Gate.REPLY) !== 0) server.clients.replyDone(connection);
  }

  #leaveTracking(connection: Connection): void {
    this.server.tracking.settle();
    const { tracking, transaction, lastCommand } = connection;
    // CLIENT CACHING is for the command that follows, or for the transaction.
    if (!tracking!.caching || transaction !== null) return;
    if (this.#commands[lastCommand]?.parent?.name !== "client") tracking!.caching = false;
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
