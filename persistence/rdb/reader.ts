/** A whole RDB file into the core's databases. */

import type { DataFile } from "../../server/env/disk.ts";
import type { Loaded } from "../../server/saving/snapshots.ts";
import type { Server } from "../../server/server.ts";

/** What is read at once, and the least that the core sees of the file. */
const CHUNK_BYTES = 256 * 1024;

export interface ReadOptions {
  /** A key that is there already is overwritten. */
  merges: boolean;
  /** A key whose time is over is loaded, too: what follows the file may speak of it. */
  keepsExpired?: boolean;
  /** A field that tells of the file. */
  onField: (name: string, value: string) => void;
  /** A library of functions. */
  onFunction: (text: string) => void;
  /** So many bytes of the file are read. */
  onProgress: (bytes: number) => void;
}

/** The piece of a file that the core works on: a block of its memory. */
class Piece implements Disposable {
  #block: number;
  #capacity = CHUNK_BYTES;
  #start = 0;
  #end = 0;
  /** Bytes of the file that were read so far. */
  readBytes = 0;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);

  constructor(readonly server: Server, readonly file: DataFile) {
    this.#block = server.core.x.allocate(CHUNK_BYTES);
    if (this.#block === 0) throw noMemory();
  }

  get ptr(): number {
    return this.#block + this.#start;
  }
  get len(): number {
    return this.#end - this.#start;
  }

  /** The core is done with the first bytes. */
  take(bytes: number): void {
    this.#start += bytes;
  }

  /** Reads on until `wanted` bytes are there. @returns false when the file has no more */
  fill(wanted: number): boolean {
    const { u8 } = this.server.core;
    u8.copyWithin(this.#block, this.ptr, this.#block + this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    if (wanted > this.#capacity) this.#grow(wanted);
    while (this.len < wanted) {
      const room = Math.min(this.#chunk.length, this.#capacity - this.#end);
      const count = this.file.read(this.#chunk.subarray(0, room));
      if (count === 0) return false;
      u8.set(this.#chunk.subarray(0, count), this.#block + this.#end);
      this.#end += count;
      this.readBytes += count;
    }
    return true;
  }

  #grow(wanted: number): void {
    const capacity = Math.ceil(wanted * 1.25);
    // What a damaged length asks for need not be tried.
    const possible = wanted - this.len <= this.file.bytes - this.readBytes;
    if (!possible) throw shortRead();
    const grown = this.server.core.x.reallocate(this.#block, capacity, this.#end);
    if (grown === 0) throw noMemory();
    this.#block = grown;
    this.#capacity = capacity;
  }

  [Symbol.dispose](): void {
    this.server.core.x.free(this.#block);
  }
}

const noMemory = () => new Error("Short read or OOM loading DB: memory is out. Aborting now.");
const shortRead = () =>
  new Error(
    "Short read or OOM loading DB. Unrecoverable error, aborting now: Unexpected EOF reading RDB file",
  );

/**
 * Reads a file, a chunk a step.
 *
 * @throws Error in the words of Redis's log where it has some; what was loaded until then stays
 */
export function* readDatabases(
  server: Server,
  file: DataFile,
  options: ReadOptions,
): Generator<void, Loaded> {
  const { core } = server;
  const { at, x } = core;
  const { rdbchecksum, "sanitize-dump-payload": checks } = server.config.values;
  const loader = x.loadStart(
    (options.merges ? at.LOAD_MERGES : 0) | (options.keepsExpired ? at.LOAD_KEEPS_EXPIRED : 0) |
      (rdbchecksum && !server.snapshots.skipsChecksums ? 0 : at.LOAD_TRUSTS) |
      (checks === "yes" ? at.LOAD_CHECKS : 0),
  );
  if (loader === 0) throw noMemory();
  try {
    using piece = new Piece(server, file);
    for (;;) {
      const status = x.loadStep(loader, piece.ptr, piece.len);
      piece.take(core.u32[at.RDB_TAKEN]);
      if (status === at.LOAD_MORE) {
        const wanted = core.resultNumber();
        options.onProgress(piece.readBytes);
        yield;
        // As much as fits, rather than the least that is needed.
        if (!piece.fill(Math.max(wanted, 1))) throw shortRead();
      } else if (status === at.LOAD_AUX) options.onField(resultText(server), keyText(server));
      else if (status === at.LOAD_FUNCTION) options.onFunction(keyText(server));
      else if (status === at.LOAD_END) break;
      else if (status !== at.LOAD_SKIPPED) {
        throw new Error(reason(server, loader, status, piece.readBytes - piece.len));
      }
    }
    if ((x.loadFlags(loader) & at.LOAD_NO_CHECKSUM) !== 0) {
      server.log.warning("RDB file was saved with checksum disabled: no check performed.");
    }
    return {
      keys: x.loadedKeys(loader),
      expired: x.loadExpiredKeys(loader),
      empty: x.loadEmptyKeys(loader),
    };
  } finally {
    x.loadFinish(loader);
  }
}

/** The name of the field that the core tells of. */
function resultText({ core }: Server): string {
  return core.binary(core.u32[core.at.RESULT_PTR], core.u32[core.at.RESULT_LEN]);
}
/** The text, or the key, that it tells of. */
function keyText({ core }: Server): string {
  return core.binary(core.u32[core.at.RDB_KEY_PTR], core.u32[core.at.RDB_KEY_LEN]);
}

const hex = (value: bigint) => BigInt.asUintN(64, value).toString(16);

/** Why the core cannot go on, at a byte of the file. */
function reason(server: Server, loader: number, status: number, offset: number): string {
  const { core } = server;
  const { at } = core;
  switch (status) {
    case at.LOAD_NO_SIGNATURE:
      return "Wrong signature trying to load DB from file";
    case at.LOAD_BAD_VERSION:
      return `Can't handle RDB format version ${core.resultNumber()}`;
    case at.LOAD_BAD_TYPE:
      return badType(core.resultNumber());
    case at.LOAD_MODULE:
      return "The RDB file contains AUX module data I can't load";
    case at.LOAD_BAD_DATABASE:
      return "FATAL: Data file was created with a Redis server configured to handle more than " +
        `${server.config.values.databases} databases`;
    case at.LOAD_DUPLICATE:
      return `RDB has duplicated key '${keyText(server)}' in DB ${core.resultNumber()}`;
    case at.LOAD_BAD_CHECKSUM: {
      const found = core.resultBigint();
      core.x.loadChecksum(loader);
      return `Wrong RDB checksum expected: (${hex(core.resultBigint())}) but got (${hex(found)}).`;
    }
    case at.OUT_OF_MEMORY:
      return noMemory().message;
    default:
      return `Internal error in RDB reading offset ${offset}: integrity check failed. Aborting now.`;
  }
}

/** Types of values of modules, which nobody but the module can read. */
const MODULE_TYPES = new Set([6, 7]);

function badType(type: number): string {
  return MODULE_TYPES.has(type)
    ? "The RDB file contains module data I can't load"
    : `Unknown RDB encoding type ${type}`;
}
