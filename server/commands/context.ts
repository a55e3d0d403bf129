/**
 * What a handler works with: one object for the whole server, re-aimed at each command. Arguments are
 * named by their index (0 is the command's name) and stay in core memory.
 */

import { type Core, type CoreFunctions, STRING_MAX } from "../../core-as/host/core.ts";
import type { WaitingKind } from "../keyspace/blocked.ts";
import type { EventClass } from "../keyspace/events.ts";
import type { Connection } from "../net/connection.ts";
import { errors } from "../resp/errors.ts";
import type { Word } from "../propagation/propagation.ts";
import type { Reply } from "../resp/reply.ts";
import type { Arguments, CommandFacts } from "./facts.ts";
import type { ServicesFor } from "./services.ts";

/** The parts of the server as handlers see them. */
export type Services = ServicesFor<Context>;

/** How a kind of command waits. */
export type Waiting = WaitingKind<Context>;

/** No option is longer. */
const MAX_WORD_LENGTH = 64;
/** Most of an argument that an error repeats. */
const MAX_SHOWN_BYTES = 65536;

export class Context implements Arguments {
  /** The client that sent the command. */
  connection!: Connection;
  /** The command under way. */
  command!: CommandFacts;
  /** Its number of arguments, the name included. */
  argc = 0;
  /** The database it works on. */
  db = 0;
  readonly core: Core;
  readonly x: CoreFunctions;
  readonly reply: Reply;

  constructor(readonly server: Services) {
    this.core = server.core;
    this.x = server.core.x;
    this.reply = server.reply;
  }

  // ---- arguments --------------------------------------------------------------------------------

  /**
   * Argument as a string, one character a byte: for what is kept whole, the names of keys and clients.
   * Whoever compares it, reads it or shows it judges its length first: {@link word}, {@link shown}.
   *
   * @throws StringTooLong where it is more than a string can hold, which the dispatcher answers
   */
  arg(index: number): string {
    return this.core.arg(index);
  }
  /** Argument as a string; one that is longer than whatever it is compared with comes out as "". */
  word(index: number, maxBytes = 1024): string {
    return this.core.argWithin(index, maxBytes);
  }
  /** Argument as errors show it: up to a zero byte, as a C string ends there, and not without end. */
  shown(index: number, maxBytes = MAX_SHOWN_BYTES): string {
    return this.core.argText(index, maxBytes);
  }
  /** The same in lower case, for options; long ones come out as "". */
  option(index: number): string {
    const word = this.core.argText(index, MAX_WORD_LENGTH + 1);
    return word.length > MAX_WORD_LENGTH ? "" : word.toLowerCase();
  }
  /**
   * Argument as an integer; replies with an error and returns null when it is none.
   *
   * Beyond 2^53 the number is rounded; `core.resultBigint()` then has it exactly.
   */
  integer(index: number, error: string = errors.notInteger): number | null {
    if (this.x.integerArgument(index)) return this.core.resultNumber();
    this.reply.error(error);
    return null;
  }
  /** The same within bounds, for which an error of its own can be given. */
  integerWithin(index: number, low: number, high: number, error?: string): number | null {
    const value = this.integer(index, error);
    if (value === null || (value >= low && value <= high)) return value;
    this.reply.error(error ?? `ERR value is out of range, value must between ${low} and ${high}`);
    return null;
  }

  /**
   * Argument as a time to wait, in seconds with a fraction.
   *
   * @returns ms, 0 = for ever; null when it was answered as wrong
   */
  timeout(index: number): number | null {
    if (!this.x.doubleArgument(index)) {
      this.reply.error("ERR timeout is not a float or out of range");
      return null;
    }
    const ms = Math.ceil(this.core.f64[this.core.at.RESULT_F64 >> 1] * 1000);
    if (ms >= 0 && ms < 2 ** 63) return ms;
    this.reply.error(ms < 0 ? "ERR timeout is negative" : "ERR timeout is out of range");
    return null;
  }

  /**
   * Nothing is there yet: makes the client wait for any of `keyCount` keys from argument `firstKey` on.
   * Inside a transaction nobody can wait; there the time is up at once.
   *
   * @param timeoutMs 0 = for ever
   */
  block(waiting: Waiting, firstKey: number, keyCount: number, timeoutMs: number): void {
    if (this.connection.transaction !== null) return (waiting.refused ?? waiting.timedOut)(this);
    if (this.server.blocked.add(this, waiting, firstKey, keyCount, timeoutMs)) return;
    this.reply.error(errors.memory);
  }

  /** The text that a call of the core has made. */
  resultText(): string {
    const { at, u32 } = this.core;
    return this.core.binary(u32[at.RESULT_PTR], u32[at.RESULT_LEN]);
  }

  // ---- outcome ----------------------------------------------------------------------------------

  /** Answers the core's status codes that mean the same everywhere. @returns whether it was an error */
  failed(status: number): boolean {
    if (status >= 0) return false;
    const { at } = this.core;
    switch (status) {
      case at.WRONG_TYPE:
        this.reply.error(errors.wrongType);
        return true;
      case at.OUT_OF_MEMORY:
        this.reply.error(errors.memory);
        return true;
      case at.NOT_AN_INTEGER:
        this.reply.error(errors.notInteger);
        return true;
      case at.NOT_A_FLOAT:
        this.reply.error(errors.notFloat);
        return true;
      case at.OVERFLOW:
        this.reply.error(errors.overflow);
        return true;
      case at.TOO_LONG:
        this.reply.error(errors.tooLong);
        return true;
      default:
        return false; // MISSING is no error
    }
  }

  /** Counts a read's hit or miss; a miss is an event of the key. */
  looked(hit: boolean, karg = 1): void {
    if (hit) this.server.stats.hits++;
    else {
      this.server.stats.misses++;
      this.event(karg, "m", "keymiss");
    }
  }

  /**
   * A key was changed: the data set is dirty, watchers and caches of the key are told, and the event
   * goes to those who listen. Every write calls it once a key.
   */
  wrote(karg: number, type: EventClass, event: string, db = this.db): void {
    this.server.dirty++;
    this.changed(karg, type, event, db);
  }

  /** The same of what counts as so many changes, one for each element mostly. */
  wroteMany(karg: number, type: EventClass, event: string, changes: number): void {
    this.server.dirty += changes - 1;
    this.wrote(karg, type, event);
  }

  /** A second key was changed by what counts as one change. */
  changed(karg: number, type: EventClass, event: string, db = this.db): void {
    const { server } = this;
    if (!this.#heard(karg)) return;
    // What the command found expired went before what it changed.
    server.expiry.drain();
    server.changes.changed(db, this.arg(karg), type, event);
  }

  /** The same of a change that is no event: who watches the key is told, nobody else. */
  wroteSilently(karg: number, db = this.db): void {
    this.wrote(karg, "$", "", db);
  }

  /**
   * Propagates an operation in place of the command under way, which would not do the same again:
   * words, and arguments by their index.
   */
  instead(...words: Word[]): void {
    this.server.propagation.replace(this.db, words);
  }

  /** The same of words, and behind them the arguments from an index on. */
  insteadFrom(words: readonly Word[], from: number): void {
    if (!this.propagates) return;
    const rest = Array.from({ length: this.argc - from }, (_, i) => from + i);
    this.server.propagation.replace(this.db, [...words, ...rest]);
  }

  /** The command that deletes a key whose time was said to be over. */
  get deletion(): "DEL" | "UNLINK" {
    return this.server.config.values["lazyfree-lazy-expire"] ? "UNLINK" : "DEL";
  }

  /** The core has propagated what the command did. */
  propagated(): void {
    this.server.propagation.wroteInstead();
  }

  /** Whether anybody follows what is propagated: without it {@link instead} need not be called. */
  get propagates(): boolean {
    return this.server.propagation.active;
  }

  /** A key was made by a write that {@link wrote} tells of afterwards. */
  added(karg: number, db = this.db): void {
    const { server } = this;
    if (!this.#heard(karg)) return;
    server.expiry.drain();
    server.changes.added(db, this.arg(karg));
  }

  /** Another value may take the place of what is at a key, by a write told of afterwards: no {@link added}. */
  replacing(karg: number): void {
    if (this.#heard(karg)) this.server.blocked.replacing(this.db, this.arg(karg));
  }

  /** Whether anybody wants to hear of a key. Nobody can have asked for one whose name no string can hold. */
  #heard(karg: number): boolean {
    return this.server.changes.observed && this.core.argLen(karg) <= STRING_MAX;
  }

  /** An event of a key beyond the change that {@link wrote} tells of. */
  event(karg: number, type: EventClass, event: string, db = this.db): void {
    const { server } = this;
    if (!this.#heard(karg)) return;
    server.expiry.drain();
    server.changes.happened(db, this.arg(karg), type, event);
  }
}
