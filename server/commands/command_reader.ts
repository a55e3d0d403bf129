/**
 * Commands as they come in a stream of bytes that is no client's, executed one after the other: the
 * append-only file's, a primary's, a test's. Whose name they run in is said by the connection; no gate
 * applies, nobody reads the replies.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Source } from "../env/source.ts";
import type { Connection } from "../net/connection.ts";
import type { Output } from "../net/output.ts";

/** What reading commands needs of the server. */
export interface CommandReaderNeeds {
  readonly core: Core;
  readonly output: Output;
  readonly dispatcher: { execute(connection: Connection, id: number): void };
  endTransaction(connection: Connection): void;
}

/** Why a stream cannot be read on. */
export class StreamError extends Error {
  /** @param kind no command at all, one that nobody has, or no memory for it */
  constructor(readonly kind: "format" | "unknown" | "memory", readonly word = "") {
    super(kind);
  }
}

const STAR = 0x2a;

export class CommandReader implements Disposable {
  /** Bytes taken so far, and up to where they are whole commands and whole transactions. */
  takenBytes = 0;
  wholeBytes = 0;
  /** The words of the last annotation, a line that begins with `#`, if no command has followed it. */
  annotation: readonly string[] = [];
  /** A command is left for {@link resume}. */
  held = false;
  readonly #target = { ptr: 0, len: 0 };

  /** @param holds whether a command, whose words have been read, is to be left for later */
  constructor(
    readonly server: CommandReaderNeeds,
    readonly connection: Connection,
    readonly holds: (id: number) => boolean = () => false,
  ) {}

  /** What was taken ends within a transaction. */
  get inTransaction(): boolean {
    return this.connection.transaction !== null;
  }

  /** Room for the next bytes, in core memory: fewer may be given to {@link take}. @throws StreamError */
  room(): { readonly ptr: number; readonly len: number } {
    this.connection.readTarget(this.server.core, this.#target);
    if (this.#target.len === 0) throw new StreamError("memory");
    return this.#target;
  }

  /**
   * Executes what a source has made whole with what it has at present, as much as there is room for.
   *
   * @returns bytes taken of it; 0 where it has nothing yet, or has ended @throws StreamError
   */
  readFrom(source: Source): number {
    const { ptr, len } = this.room();
    const count = source.read(this.server.core.u8.subarray(ptr, ptr + len));
    if (count !== 0) this.take(count);
    return count;
  }

  /** Executes what so many bytes in {@link room} have made whole. @throws StreamError */
  take(bytes: number): void {
    const { core, output } = this.server;
    const { at, u32, x } = core;
    const { connection } = this;
    this.takenBytes += bytes;
    if (connection.partial === 0) x.inputFresh(bytes);
    else connection.partial = x.inputResume(connection.partial, bytes);
    output.begin(connection);
    u32[at.OUT_MUTED] = 1;
    u32[at.IN_UNAUTHENTICATED] = 0;
    try {
      this.#run();
    } finally {
      u32[at.OUT_MUTED] = 0;
      output.end(connection);
    }
    const partial = x.inputSuspend();
    if (partial === 1) throw new StreamError("memory");
    connection.partial = partial;
  }

  /** Goes on with what was left, as far as it is not once more. @throws StreamError */
  resume(): void {
    this.take(0);
  }

  #run(): void {
    const { core, dispatcher } = this.server;
    const { at, u32, x } = core;
    const { connection } = this;
    for (;;) {
      u32[at.IN_DATABASE] = connection.db;
      const id = x.nextCommand();
      if (id === at.NEED_MORE) return;
      if (id >= 0) {
        this.held = this.holds(id) && x.inputRewind();
        if (this.held) return;
        this.annotation = [];
        dispatcher.execute(connection, id);
      } else if (id === at.COMMAND_LOST) throw new StreamError("memory");
      else if (id !== at.UNKNOWN_COMMAND) throw new StreamError("format");
      else this.#unknown();
      if (connection.transaction === null) {
        this.wholeBytes = this.takenBytes - (u32[at.IN_END] - u32[at.IN_POS]);
      }
    }
  }

  /** Lines that begin with `#` tell of moments; what else is no command ends the stream. */
  #unknown(): void {
    const { core } = this.server;
    const word = core.arg(0);
    if (word.startsWith("#")) {
      this.annotation = Array.from({ length: Math.min(core.argc, 8) }, (_, i) => core.arg(i));
      return;
    }
    if (core.u8[core.u32[core.at.IN_COMMAND]] !== STAR) throw new StreamError("format");
    throw new StreamError("unknown", word);
  }

  /** Gives back what half a command holds, and half a transaction. */
  [Symbol.dispose](): void {
    const { connection, server } = this;
    server.endTransaction(connection);
    if (connection.partial !== 0) server.core.x.partialFree(connection.partial);
    connection.partial = 0;
  }
}
