/** The commands of an append-only file, done again. */

import { OWNER } from "../../server/acl/users.ts";
import { nobody } from "../../server/net/nobody.ts";
import { CommandReader, StreamError } from "../../server/commands/command_reader.ts";
import type { Source, Step } from "../../server/env/source.ts";
import type { Server } from "../../server/server.ts";

/** How a file ended. */
export interface Replayed {
  /** Up to where it holds whole commands and whole transactions. */
  validBytes: number;
  /** It ends within a transaction. */
  inTransaction: boolean;
  /** The words of an annotation that it ends with. */
  annotation: readonly string[];
}

/**
 * Does a source's commands again, a chunk a step; where it has none yet, a step ends with it.
 *
 * @param name what the log calls it
 * @throws Error in the words of Redis's log
 */
export function* replayCommands(
  server: Server,
  source: Source,
  name: string,
  onProgress: (bytes: number) => void,
): Generator<Step, Replayed> {
  const loader = nobody(OWNER);
  loader.exempt = true;
  const reader = new CommandReader(server, loader);
  try {
    for (;;) {
      if (reader.readFrom(source) !== 0) {
        onProgress(reader.takenBytes);
        yield null;
      } else if (source.ended) {
        const { wholeBytes, inTransaction, annotation } = reader;
        return { validBytes: wholeBytes, inTransaction, annotation };
      } else yield source;
    }
  } catch (error) {
    throw error instanceof StreamError ? inWordsOfTheLog(error, name) : error;
  } finally {
    reader[Symbol.dispose]();
  }
}

function inWordsOfTheLog({ kind, word }: StreamError, name: string): Error {
  switch (kind) {
    case "memory":
      return new Error(`Out of memory reading the append only file ${name}`);
    case "unknown":
      return new Error(`Unknown command '${word}' reading the append only file ${name}`);
    default:
      return badFormat(name);
  }
}

const badFormat = (name: string) =>
  new Error(
    `Bad file format reading the append only file ${name}: make a backup of your AOF file, then use ` +
      "./redis-check-aof --fix <filename.manifest>",
  );
