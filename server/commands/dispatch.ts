/**
 * From a tokenized command to its handler. In order: subcommand, arity, gates (authentication,
 * subscribed mode, transactions, loading, memory, pause), execution, propagation.
 */

import { type Connection, Gate } from "../net/connection.ts";
import { errors, wrongArity } from "../resp/errors.ts";
import type { Reply } from "../resp/reply.ts";
import type { Server } from "../server.ts";
import { Context } from "./context.ts";
import { type Command, flagBits } from "./define.ts";
import type { Registry } from "./registry.ts";

/** Longest part of a request that an error repeats. */
const SHOWN_BYTES = 128;

/** What Redis does not let a client do that follows what others do, a replica or a monitor. */
const KEYSPACE_COMMAND = flagBits.write | flagBits.readonly | flagBits.may_replicate;

export class Dispatcher {
  readonly context: Context;
  readonly #commands: readonly Command[];

  constructor(readonly server: Server, registry: Registry, readonly reply: Reply) {
    this.context = new Context(server, reply);
    this.#commands = registry.all;
  }

  /** Executes the command that the core has just taken for `id`. */
  execute(connection: Connection, id: number): void {
    const { context, server } = this;
    let command = this.#commands[id];
    const argc = server.core.argc;
    if (command.subcommands !== null && argc > 1) {
      const sub = command.subcommands.get(server.core.option(1));
      if (sub !== undefined) command = sub;
      else return this.#unknownSubcommand(connection, command);
    }
    context.connection = connection;
    context.command = command;
    context.argc = argc;
    context.db = connection.db;
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
    const before = this.reply.errors;
    command.run(context);
    const nowUs = server.clock.monotonicUs();
    const us = nowUs - server.commandStartUs;
    server.stats.called(command.id, us, this.reply.errors !== before);
    if (us >= server.observers.fromUs) server.observers.look(context, us);
    server.commandStartUs = nowUs;
    if (connection.gate !== 0) this.#leave(connection);
  }

  /** Refuses a command before it runs. */
  reject(connection: Connection, command: Command | null, error: string): void {
    if (command !== null) this.server.stats.rejected(command.id);
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
    if (server.paused(connection, command)) {
      server.postpone(connection);
      return false;
    }
    if ((command.bits & flagBits.denyoom) !== 0 && !server.memoryAvailable()) {
      this.reject(connection, command, errors.oom);
      return false;
    }
    if ((connection.gate & Gate.MONITOR) !== 0 && (command.bits & KEYSPACE_COMMAND) !== 0) {
      this.reject(connection, command, "ERR Replica can't interact with the keyspace");
      return false;
    }
    if ((connection.gate & Gate.NO_TOUCH) !== 0) {
      server.core.u32[server.core.at.NO_TOUCH] = command.name === "touch" ? 0 : 1;
    }
    return true;
  }

  /** Undoes what a gate has switched for one command. */
  #leave(connection: Connection): void {
    const { server } = this;
    if ((connection.gate & Gate.NO_TOUCH) !== 0) server.core.u32[server.core.at.NO_TOUCH] = 0;
    if ((connection.gate & Gate.REPLY) !== 0) server.clients.replyDone(connection);
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
    this.reject(connection, command, `ERR unknown subcommand '${name}'. Try ${upper} HELP.`);
  }

  /** The beginning of an argument as errors show it: up to a zero byte, as a C string ends there. */
  #shown(index: number, bytes: number): string {
    const { core } = this.server;
    const text = core.binary(core.argPtr(index), Math.min(core.argLen(index), bytes));
    const zero = text.indexOf("\0");
    return zero < 0 ? text : text.slice(0, zero);
  }
}
