/**
 * The execution envelope: running a command on behalf of somebody.
 *
 * Whoever has a command run, be it a client's socket, EXEC, a waiter that is served, a file that is loaded, a
 * script or a primary, says in whose name ({@link Behalf}): the connection, whose database, user and protocol
 * hold and which the reply goes to (a client's, or a {@link Capture}'s, or muted), the arguments, and whether
 * the effects are a unit of their own. {@link Execution.nested} saves what is under way and restores it,
 * whatever happens; it nests.
 */

import { STRING_MAX, StringTooLong } from "../../core-as/host/core.ts";
import type { Command } from "./define.ts";
import { type CommandFacts, flagBits } from "./facts.ts";
import type { Behalf } from "../net/behalf.ts";
import { type Connection, Gate } from "../net/connection.ts";
import { errors } from "../resp/errors.ts";
import { Context, type Services } from "./context.ts";
import { NO_SLOT } from "../stats/slot_stats.ts";
import { eachKey } from "./keys.ts";

/** What is before the argument table of a saved command (saved.ts in the core). */
const SAVED_HEADER_BYTES = 8;

/** What is under way while something else runs. */
class Frame {
  argv = 0;
  argc = 0;
  muted = 0;
  noTouch = 0;
  reads = 0;
  connection!: Connection;
  command!: CommandFacts;
  contextArgc = 0;
  db = 0;
  replaced = false;
  within = false;
  /** The connection that the replies went to, if another one's go elsewhere meanwhile. */
  output: Connection | null = null;
  switched = false;
}

/** Why a command of a transaction is not allowed any more. */
const REASONS = {
  command: "no permission to execute the command or subcommand",
  key: "no permission to touch the specified keys",
  channel: "no permission to access one of the channels used as arguments",
} as const;

export class Execution {
  readonly context: Context;
  /** Error replies before the command under way. */
  #errorsBefore = 0;
  readonly #frames: Frame[] = [];
  #depth = 0;

  constructor(readonly server: Services, readonly commands: readonly Command[]) {
    this.context = new Context(server);
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

  // ---- in another's name ------------------------------------------------------------------------

  /**
   * Does something as if a command of somebody's were under way: mostly {@link call}.
   *
   * @returns what `act` does; what it throws goes on, once all is as it was
   */
  nested<Result>(behalf: Behalf, act: (c: Context, behalf: Behalf) => Result): Result {
    const frame = this.#frames[this.#depth++] ??= new Frame();
    this.#enter(frame, behalf);
    try {
      return act(this.context, behalf);
    } finally {
      this.#leave(frame, behalf);
      this.#depth--;
    }
  }

  /** Runs a command in somebody's name, as part of the unit under way or as one of its own. */
  run(behalf: Behalf): void {
    this.nested(behalf, this.#run);
  }

  readonly #run = (c: Context, { commandId }: Behalf): void => {
    const command = this.commands[commandId];
    if ((c.connection.gate & Gate.RESTRICTED) !== 0 && !this.#mayStill(command)) return;
    this.prepare(c.connection, command);
    this.call(command);
  };

  /** What EXEC runs was allowed when it was queued; the user may have changed since. */
  #mayStill(command: Command): boolean {
    const denial = this.server.access.denial(command, "multi");
    if (denial === null) return true;
    this.server.stats.rejected(command.id);
    this.server.reply.error(
      "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. " +
        `This command is no longer allowed for the following reason: ${REASONS[denial.reason]}`,
    );
    return false;
  }

  #enter(frame: Frame, { connection, commandId, db, saved, ownUnit }: Behalf): void {
    const { server, context } = this;
    const { core, output, propagation } = server;
    const { u32, at } = core;
    frame.argv = u32[at.ARGV];
    frame.argc = u32[at.ARGC];
    frame.muted = u32[at.OUT_MUTED];
    frame.noTouch = u32[at.NO_TOUCH];
    frame.reads = u32[at.SNAPSHOT_READS];
    frame.connection = context.connection;
    frame.command = context.command;
    frame.contextArgc = context.argc;
    frame.db = context.db;
    frame.replaced = propagation.replaced;
    frame.within = propagation.within;
    frame.switched = output.current !== connection;
    core.x.commandLoad(saved);
    this.aim(connection, this.commands[commandId], db);
    if (frame.switched) {
      frame.output = output.enter(connection);
      server.clients.mute(connection);
      // What was propagated before was done for the one who asks.
      if (frame.output !== null) propagation.wroteFor(frame.output);
    }
    u32[at.SNAPSHOT_READS] = 0;
    core.x.replyBegin();
    // Out of memory for what is propagated loses nothing but that: who follows begins anew.
    if (ownUnit && propagation.active) propagation.begin(0);
  }

  #leave(frame: Frame, { connection, ownUnit }: Behalf): void {
    const { server, context } = this;
    const { core, output, propagation } = server;
    const { u32, at } = core;
    if (ownUnit && propagation.active && !frame.within) propagation.endUnit();
    if (frame.switched) {
      propagation.wroteFor(connection);
      output.leave(connection, frame.output, frame.muted);
    }
    propagation.replaced = frame.replaced;
    u32[at.ARGV] = frame.argv;
    u32[at.ARGC] = frame.argc;
    u32[at.NO_TOUCH] = frame.noTouch;
    u32[at.SNAPSHOT_READS] = frame.reads;
    context.connection = frame.connection;
    context.command = frame.command;
    context.argc = frame.contextArgc;
    context.db = frame.db;
    frame.output = null;
  }

  /**
   * Copies the arguments of the command that all others run within: they lie in the input, which is about to be
   * read into. They are the core's arguments then.
   *
   * @returns the copy, to be given back to the core when the command is over; 0 = no memory
   */
  keepArguments(): number {
    const { core: { u32, at, x } } = this.server;
    const frame = this.#frames[0];
    u32[at.ARGV] = frame.argv;
    u32[at.ARGC] = frame.argc;
    const saved = x.commandSave();
    if (saved !== 0) frame.argv = saved + SAVED_HEADER_BYTES;
    return saved;
  }

  // ---- running ----------------------------------------------------------------------------------

  /** Runs the command that the context is aimed at, by itself or within another. */
  call(command: Command): void {
    const { server } = this;
    const { propagation, reply } = server;
    const dirtyBefore = server.dirty;
    const { slots } = server.stats;
    const slot = slots === null ? NO_SLOT : slots.begin(command);
    this.#errorsBefore = reply.errors;
    propagation.replaced = false;
    if (propagation.active && !propagation.begin(command.bits)) reply.error(errors.memory);
    else if ((command.bits & flagBits.readonly) !== 0 && this.#tellsReads()) {
      this.#runReading(command);
    } else if (server.expiry.own.active) this.#runOwn(command);
    else this.#handle(command);
    if (propagation.active) propagation.after(command.bits, this.context.db, dirtyBefore);
    // What it found expired and has not told of yet.
    if (server.changes.observed || propagation.active) server.expiry.drain();
    if ((this.context.connection.gate & Gate.TRACKING) !== 0) this.#trackReads(command);
    if (server.core.u32[server.core.at.OUT_FAILED] !== 0) this.#takeBack(command, dirtyBefore);
    this.#account(command, slot);
  }

  /** Runs what a replica that takes writes is sent: a client's write deletes what it finds expired. */
  #runOwn(command: Command): void {
    const { own } = this.server.expiry;
    if ((command.bits & flagBits.write) === 0) return this.#handle(command);
    own.writing(() => this.#handle(command));
  }

  /** Runs a handler. One that wants a string of more than strings can hold has changed nothing yet. */
  #handle(command: Command): void {
    try {
      command.run(this.context);
    } catch (error) {
      if (!StringTooLong.is(error)) throw error;
      this.server.reply.error(errors.tooLong);
    }
  }

  /** @param slot what {@link SlotStats} counts it for */
  #account(command: Command, slot: number): void {
    const { server } = this;
    const failed = server.reply.errors !== this.#errorsBefore;
    // The commands of a transaction have counted their errors: EXEC shall not count them again.
    this.#errorsBefore = server.reply.errors;
    const nowUs = server.clock.monotonicUs();
    const tookUs = nowUs - server.commandStartUs;
    server.commandStartUs = nowUs;
    const { wait } = this.context.connection;
    // What waits counts when it has its reply.
    if (wait === null) {
      server.stats.called(command.id, tookUs, failed);
      server.stats.timed(command.id, tookUs);
    } else wait.ranUs = tookUs;
    if (slot !== NO_SLOT) server.stats.slots?.end(slot, wait === null ? tookUs : 0);
    if (tookUs >= server.inspectors.fromUs) server.inspectors.look(this.context, tookUs);
  }

  /** Switches what a connection's mode wants for a command that is about to run. */
  prepare(connection: Connection, command: Command): void {
    if ((connection.gate & Gate.NO_TOUCH) === 0) return;
    const { core } = this.server;
    core.u32[core.at.NO_TOUCH] = command.name === "touch" ? 0 : 1;
  }

  /** Whether it matters to lookups that a command only reads. */
  #tellsReads(): boolean {
    const { core: { u32, at }, snapshots } = this.server;
    return snapshots.running || u32[at.STAMPS] === at.STAMP_CHANGE;
  }

  /**
   * Runs a command that changes nothing: a snapshot need not be ahead of what it looks up, and by the LRM policies
   * it is no use of a key.
   */
  #runReading(command: Command): void {
    const { core } = this.server;
    core.u32[core.at.SNAPSHOT_READS] = 1;
    this.#handle(command);
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
    if (core.u32[core.at.OUT_FAILED] === core.at.OUT_OVER) {
      // It is closed when what it does is done; nothing more is begun.
      this.context.connection.halted = true;
      return;
    }
    // What may write has not always done so: SORT without a destination, for one.
    const mayTakeBack = (command.bits & flagBits.readonly) !== 0 ||
      ((command.bits & flagBits.write) !== 0 && dirty === dirtyBefore);
    if (!mayTakeBack || !core.x.replyTakeBack()) return;
    this.context.failed(core.at.OUT_OF_MEMORY);
  }
}
