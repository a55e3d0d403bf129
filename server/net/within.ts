/**
 * Serving others while a command runs: what a script that takes long does now and then, so that it can be killed.
 *
 * The command under way is in the middle of everything: its arguments lie in the input area, what its client has
 * sent behind it is not parsed yet, its effects are half a unit. At the first time all that is put aside: the
 * arguments are copied, the rest of the input becomes the client's partial command, and the client is not read
 * from any more. From then on sockets can be served as in any turn, by the gates' leave: nobody may write. What
 * the command was given back at its end goes on in the next turn.
 *
 * Replies leave at once, but those of clients that have written earlier in this turn: these wait for its end.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Connection } from "./connection.ts";
import type { Output, SendQueue } from "./output.ts";

/** What serving within a command needs of the server. */
export interface WithinNeeds {
  readonly core: Core;
  readonly output: Output;
  readonly execution: { keepArguments(): number };
  readonly propagation: { active: boolean; wroteFor(connection: Connection): void };
  readonly blocked: { held: boolean };
  /** The transport that can be asked in the middle of a turn; without one nobody can be served. */
  readonly poller: { serveWithin(): void } | null;
  /** Whose command is under way. */
  serving: Connection | null;
  commandStartUs: number;
  crashed(connection: Connection, error: unknown): void;
  defer(serve: () => void): void;
  resume(connection: Connection): void;
}

export class Within {
  /** Whose command is under way and has been put aside. */
  client: Connection | null = null;
  /** The core's blocks: the copied arguments, and the rest of the client's input. */
  #saved = 0;
  #partial = 0;

  constructor(readonly server: WithinNeeds) {}

  /** Puts the command under way aside. @returns false where nobody can be served */
  begin(): boolean {
    const { core, execution, poller, serving } = this.server;
    if (poller === null || serving === null || serving.link.kind === "loopback") return false;
    if (this.client !== null) return true;
    const saved = execution.keepArguments();
    if (saved === 0) return false;
    this.client = serving;
    this.#saved = saved;
    // No memory for the rest of its input: the client is closed at the end.
    this.#partial = core.x.inputSuspend();
    serving.halted = true;
    serving.link.setReading(false);
    return true;
  }

  /** Serves whoever is there. */
  turn(): void {
    const { server } = this;
    const { core: { u32, at }, output, propagation, blocked } = server;
    const { serving, commandStartUs } = server;
    const current = output.current!;
    const muted = u32[at.OUT_MUTED];
    const argv = u32[at.ARGV];
    const argc = u32[at.ARGC];
    const propagates = propagation.active;
    // What was propagated so far was done for the client of the command.
    propagation.wroteFor(serving!);
    propagation.active = false;
    blocked.held = true;
    output.end(current);
    u32[at.OUT_MUTED] = 0;
    u32[at.ARGV] = at.ARGV_FIXED;
    u32[at.ARGC] = 0;
    try {
      server.poller!.serveWithin();
      this.#send(output.queue);
      this.#send(output.receivers);
    } finally {
      u32[at.ARGV] = argv;
      u32[at.ARGC] = argc;
      output.begin(current);
      u32[at.OUT_MUTED] = muted;
      blocked.held = false;
      propagation.active = propagates;
      server.serving = serving;
      server.commandStartUs = commandStartUs;
    }
  }

  #send(queue: SendQueue): void {
    for (let i = 0; i < queue.count; i++) {
      const connection = queue.at(i);
      if (connection === this.client || connection.unflushed || connection.closed) continue;
      if (!connection.hasOutput) continue;
      try {
        connection.link.flush(connection);
      } catch (error) {
        this.server.crashed(connection, error);
      }
    }
  }

  /** The command is over: its client is served on in the next turn. @returns its partial command, as suspended */
  end(): number {
    const { core: { u32, at, x } } = this.server;
    const client = this.client!;
    const partial = this.#partial;
    this.client = null;
    u32[at.ARGV] = at.ARGV_FIXED;
    u32[at.ARGC] = 0;
    x.free(this.#saved);
    if (client.closed) {
      if (partial > 1) x.partialFree(partial);
      return 0;
    }
    client.halted = client.closeAfterReply;
    client.link.setReading(true);
    if (partial > 1) this.server.defer(() => this.server.resume(client));
    return partial;
  }
}
