/** The commands of an append-only file, done again. */

import type { DataFile } from "../../server/env/disk.ts";
import { Connection } from "../../server/net/connection.ts";
import type { Link } from "../../server/env/network.ts";
import type { Server } from "../../server/server.ts";

/** What is read at once: what the core takes of a socket at most. */
const CHUNK_BYTES = 256 * 1024;

/** The client in whose name a file's commands run: nobody reads its replies. */
const NOBODY: Link = {
  kind: "loopback",
  fd: -1,
  flush: () => {},
  setReading: () => {},
  close: () => {},
};

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
  const { core } = server;
  const { x } = core;
  const connection = new Connection(0);
  connection.link = NOBODY;
  connection.authenticated = true;
  connection.gate = 0;
  const chunk = new Uint8Array(CHUNK_BYTES);
  const target = { ptr: 0, len: 0 };
  const ended: Replayed = { validBytes: 0, inTransaction: false };
  let readBytes = 0;
  try {
    for (;;) {
      connection.readTarget(core, target);
      if (target.len === 0) throw noMemory(name);
      const count = file.read(chunk.subarray(0, Math.min(chunk.length, target.len)));
      if (count === 0) break;
      core.u8.set(chunk.subarray(0, count), target.ptr);
      readBytes += count;
      if (connection.partial === 0) x.inputFresh(count);
      else x.inputResume(connection.partial, count);
      runCommands(server, connection, name, readBytes, ended);
      onProgress(readBytes);
      yield;
    }
    ended.inTransaction = connection.transaction !== null;
    return ended;
  } finally {
    server.endTransaction(connection);
    if (connection.partial !== 0) x.partialFree(connection.partial);
  }
}

/** Runs what the core has of a file of which so many bytes were read. */
function runCommands(
  server: Server,
  connection: Connection,
  name: string,
  readBytes: number,
  ended: Replayed,
): void {
  const { core, dispatcher, output } = server;
  const { at, u32, x } = core;
  output.begin(connection);
  u32[at.OUT_MUTED] = 1;
  u32[at.IN_UNAUTHENTICATED] = 0;
  try {
    for (;;) {
      u32[at.IN_DATABASE] = connection.db;
      const id = x.nextCommand();
      if (id === at.NEED_MORE) break;
      if (id >= 0) dispatcher.execute(connection, id);
      else if (id !== at.UNKNOWN_COMMAND) throw badFormat(name);
      else refuseUnknown(server, name);
      if (connection.transaction === null) {
        ended.validBytes = readBytes - (u32[at.IN_END] - u32[at.IN_POS]);
      }
    }
  } finally {
    u32[at.OUT_MUTED] = 0;
    output.end(connection);
  }
  const partial = x.inputSuspend();
  if (partial === 1) throw noMemory(name);
  connection.partial = partial;
}

const STAR = 0x2a;

/** Lines that begin with `#` tell of moments; what else is no command ends the load. */
function refuseUnknown({ core }: Server, name: string): void {
  const word = core.arg(0);
  if (word.startsWith("#")) return;
  if (core.u8[core.u32[core.at.IN_COMMAND]] !== STAR) throw badFormat(name);
  throw new Error(`Unknown command '${word}' reading the append only file ${name}`);
}

const badFormat = (name: string) =>
  new Error(
    `Bad file format reading the append only file ${name}: make a backup of your AOF file, then use ` +
      "./redis-check-aof --fix <filename.manifest>",
  );
const noMemory = (name: string) => new Error(`Out of memory reading the append only file ${name}`);
