/** The commands of an append-only file, done again. */

import type { DataFile } from "../../server/env/disk.ts";
import { OWNER } from "../../server/acl/users.ts";
import { nobody } from "../../server/commands/capture.ts";
import { CommandReader, StreamError } from "../../server/commands/command_reader.ts";
import type { Server } from "../../server/server.ts";

/** What is read at once: what the core takes of a socket at most. */
const CHUNK_BYTES = 256 * 1024;

/** How a file ended. */
export interface Replayed {
  /** Up to where it holds whole commands and whole transactions. */
  validBytes: number;
  /** It ends within a transaction. */
  inTransaction: boolean;
}

/**
 * Does a file's commands again, a chunk a step.
 *
 * @throws Error in the words of Redis's log
 */
export function* replayCommands(
  server: Server,
  file: DataFile,
  name: string,
  onProgress: (bytes: number) => void,
): Generator<void, Replayed> {
  const { u8 } = server.core;
  const chunk = new Uint8Array(CHUNK_BYTES);
  const loader = nobody(OWNER);
  loader.exempt = true;
  using reader = new CommandReader(server, loader);
  try {
    for (;;) {
      const { ptr, len } = reader.room();
      const count = file.read(chunk.subarray(0, Math.min(chunk.length, len)));
      if (count === 0) break;
      u8.set(chunk.subarray(0, count), ptr);
      reader.take(count);
      onProgress(reader.takenBytes);
      yield;
    }
  } catch (error) {
    throw error instanceof StreamError ? inWordsOfTheLog(error, name) : error;
  }
  return { validBytes: reader.wholeBytes, inTransaction: reader.inTransaction };
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
