/** The target's side of a migration under way: what comes over the link that the source has made is executed. */

import { CommandReader, StreamError } from "../../server/commands/command_reader.ts";
import type { Connection, LinkReader } from "../../server/net/connection.ts";
import type { Server } from "../../server/server.ts";

export class Importer implements LinkReader {
  readonly #reader: CommandReader;
  #isOver = false;

  /** @param host whom it tells that it has ended, and why */
  constructor(
    readonly server: Server,
    readonly connection: Connection,
    readonly ended: (reason: string) => void,
  ) {
    this.#reader = new CommandReader(server, connection);
    connection.reader = this;
    // What comes is for slots that are not this node's yet.
    connection.exempt = true;
  }

  received(bytes: number): void {
    if (this.#isOver) return;
    const { server } = this;
    const { core, reply } = server;
    server.stats.inputBytes += bytes;
    const mode = core.u32[core.at.EXPIRED_MODE];
    const errors = reply.errors;
    // The source says what has expired.
    core.u32[core.at.EXPIRED_MODE] = core.at.EXPIRED_KEEP;
    try {
      this.#reader.take(bytes);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      return this.#end(`what the source sends cannot be read: ${error.kind} ${error.word}`);
    } finally {
      core.u32[core.at.EXPIRED_MODE] = mode;
    }
    if (reply.errors !== errors) this.#end("a command of the source's has failed");
  }

  /** Says something to the source once what came with its request is through. */
  answer(line: string): void {
    const { server, connection } = this;
    server.defer(() => {
      if (!connection.closed) {
        server.output.append(connection, new TextEncoder().encode(`${line}\r\n`));
      }
    });
  }

  #end(reason: string): void {
    this.server.defer(() => this.ended(reason));
  }

  lost(): void {
    this.#reader[Symbol.dispose]();
    this.#end("the connection is lost");
  }

  /** Nothing more is taken: it would come after its slots were emptied. The link goes once the last answer has left. */
  close(): void {
    const { server, connection } = this;
    this.#isOver = true;
    // What is left of what is being read is refused.
    connection.exempt = false;
    server.defer(() => server.defer(() => server.closeSoon(connection)));
  }
}
