/** A whole RDB file from a source into the core's databases. */

import type { Source, Step } from "../../server/env/source.ts";
import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../../server/config/config.ts";
import type { Loaded } from "../../server/saving/snapshots.ts";
import type { Log } from "../../server/stats/log.ts";
import { ReplicationFields } from "./replication.ts";

/** What is read at once, and the least that the core sees of the file. */
const CHUNK_BYTES = 256 * 1024;

/** What reading needs of a server, or of whoever only looks at files. */
export interface ReaderNeeds {
  readonly core: Core;
  readonly config: Config;
  readonly log: Pick<Log, "warning">;
  readonly snapshots: { readonly skipsChecksums: boolean };
}

/** A key that was looked at. */
export interface ToldKey {
  /** One character a byte. */
  readonly key: string;
  readonly database: number;
  /** Of the value, as the file has it. */
  readonly rdbType: number;
  readonly elements: number;
  readonly expires: boolean;
  readonly expired: boolean;
  /** Where in the file it ends; it begins where the one before ended. */
  readonly endOffset: number;
}

/** Why a file cannot be read, and where. */
export class RdbError extends Error {
  constructor(message: string, readonly offset: number) {
    super(message);
  }
}

export interface ReadOptions {
  /** Databases that are empty, those that keys are added to and overwritten in, or those that are staged. */
  place: "new" | "merges" | "beside";
  /** A key whose time is over is loaded, too: what follows the file may speak of it. */
  keepsExpired?: boolean;
  /** A field that tells of the file. */
  onField: (name: string, value: string) => void;
  /** A library of functions. */
  onFunction: (text: string) => void;
  /** So many bytes are read. */
  onProgress: (bytes: number) => void;
  /** What was read beyond the file's end; a copy. */
  onRest?: (bytes: Uint8Array) => void;
  /** The file is looked at only: this is called with its keys, and none is made. */
  onKey?: (key: ToldKey) => void;
}

/** How reading on ended: all that was wanted is there, or not yet, or there will be no more. */
type Filled = "all" | "wait" | "end";

/** The piece of a file that the core works on: a block of its memory. */
class Piece implements Disposable {
  #block: number;
  #capacity = CHUNK_BYTES;
  #start = 0;
  #end = 0;
  /** Bytes of the file that were read so far. */
  readBytes = 0;

  constructor(readonly server: ReaderNeeds, readonly source: Source) {
    this.#block = server.core.x.allocate(CHUNK_BYTES);
    if (this.#block === 0) throw noMemory();
  }

  get ptr(): number {
    return this.#block + this.#start;
  }
  get len(): number {
    return this.#end - this.#start;
  }

  /** Where in the file the core goes on. */
  get offset(): number {
    return this.readBytes - this.len;
  }

  /** The core is done with the first bytes. */
  take(bytes: number): void {
    this.#start += bytes;
  }

  /** Reads on until `wanted` bytes are there, or more if they come with them. */
  fill(wanted: number): Filled {
    const { u8 } = this.server.core;
    if (this.#start !== 0) {
      u8.copyWithin(this.#block, this.ptr, this.#block + this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    if (wanted > this.#capacity) this.#grow(wanted);
    while (this.len < wanted) {
      const count = this.source.read(
        u8.subarray(this.#block + this.#end, this.#block + this.#capacity),
      );
      if (count === 0) return this.source.ended ? "end" : "wait";
      this.#end += count;
      this.readBytes += count;
    }
    return "all";
  }

  #grow(wanted: number): void {
    const capacity = Math.ceil(wanted * 1.25);
    // What a damaged length asks for need not be tried.
    const { totalBytes } = this.source;
    const isPossible = totalBytes === null || wanted - this.len <= totalBytes - this.readBytes;
    if (!isPossible) throw shortRead(this.offset);
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
const shortRead = (offset: number) =>
  new RdbError(
    "Short read or OOM loading DB. Unrecoverable error, aborting now: Unexpected EOF reading RDB file",
    offset,
  );

/**
 * Reads a file, a chunk a step; where the source has none yet, a step ends with it.
 *
 * @throws Error in the words of Redis's log where it has some; what was loaded until then stays
 */
export function* readDatabases(
  server: ReaderNeeds,
  source: Source,
  options: ReadOptions,
): Generator<Step, Loaded> {
  const { core } = server;
  const { at, x } = core;
  const { rdbchecksum, "sanitize-dump-payload": checks } = server.config.values;
  const loader = x.loadStart(
    (options.place === "merges" ? at.LOAD_MERGES : 0) |
      (options.place === "beside" ? at.LOAD_BESIDE : 0) |
      (options.keepsExpired ? at.LOAD_KEEPS_EXPIRED : 0) |
      (rdbchecksum && !server.snapshots.skipsChecksums ? 0 : at.LOAD_TRUSTS) |
      (checks === "yes" ? at.LOAD_CHECKS : 0) |
      (options.onKey === undefined ? 0 : at.LOAD_TELLS),
  );
  if (loader === 0) throw noMemory();
  const replication = new ReplicationFields();
  let piece: Piece | null = null;
  try {
    piece = new Piece(server, source);
    for (;;) {
      const status = x.loadStep(loader, piece.ptr, piece.len);
      piece.take(core.u32[at.RDB_TAKEN]);
      if (status === at.LOAD_MORE) {
        const wanted = core.resultNumber();
        options.onProgress(piece.readBytes);
        yield null;
        for (;;) {
          const filled = piece.fill(Math.max(wanted, 1));
          if (filled === "all") break;
          if (filled === "end") throw shortRead(piece.offset);
          yield source;
        }
      } else if (status === at.LOAD_AUX) {
        const [name, value] = [resultText(server), keyText(server)];
        replication.take(name, value);
        // Others may have the same data and hear of each end from here: nothing goes without a word.
        if (replication.all !== null) x.loadKeepsExpired(loader);
        options.onField(name, value);
      } else if (status === at.LOAD_FUNCTION) options.onFunction(keyText(server));
      else if (status === at.LOAD_KEY) options.onKey!(toldKey(server, loader, piece.offset));
      else if (status === at.LOAD_END) break;
      else if (status !== at.LOAD_SKIPPED) {
        throw new RdbError(reason(server, loader, status, piece.offset), piece.offset);
      }
    }
    if ((x.loadFlags(loader) & at.LOAD_NO_CHECKSUM) !== 0) {
      server.log.warning("RDB file was saved with checksum disabled: no check performed.");
    }
    if (piece.len !== 0) options.onRest?.(core.bytes(piece.ptr, piece.len));
    return {
      replication: replication.all,
      keys: x.loadedKeys(loader),
      expired: x.loadExpiredKeys(loader),
      empty: x.loadEmptyKeys(loader),
    };
  } finally {
    piece?.[Symbol.dispose]();
    x.loadFinish(loader);
  }
}

function toldKey(server: ReaderNeeds, loader: number, endOffset: number): ToldKey {
  const { x, at } = server.core;
  const kind = x.loadedKind(loader);
  return {
    key: keyText(server),
    database: x.loadedDatabase(loader),
    rdbType: x.loadedType(loader),
    elements: x.loadedElements(loader),
    expires: (kind & at.KEY_EXPIRES) !== 0,
    expired: (kind & at.KEY_EXPIRED) !== 0,
    endOffset,
  };
}

/** The name of the field that the core tells of. */
function resultText({ core }: ReaderNeeds): string {
  return core.binary(core.u32[core.at.RESULT_PTR], core.u32[core.at.RESULT_LEN]);
}
/** The text, or the key, that it tells of. */
function keyText({ core }: ReaderNeeds): string {
  return core.binary(core.u32[core.at.RDB_KEY_PTR], core.u32[core.at.RDB_KEY_LEN]);
}

const hex = (value: bigint) => BigInt.asUintN(64, value).toString(16);

/** Why the core cannot go on, at a byte of the file. */
function reason(server: ReaderNeeds, loader: number, status: number, offset: number): string {
  const { core } = server;
  const { at } = core;
  switch (status) {
    case at.LOAD_NO_SIGNATURE:
      return "Wrong signature trying to load DB from file";
    case at.LOAD_BAD_VERSION:
      return `Can't handle RDB format version ${core.resultNumber()}`;
    case at.LOAD_BAD_TYPE:
      return badType(core.resultNumber(), keyText(server), core.x.loadedVersion(loader), offset);
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

/** Types that later servers write, and others than Redis. */
const LATER_TYPES: Readonly<Record<number, string>> = {
  22: "hash of Redis 7.4 before its release",
  23: "hash of Redis 7.4 before its release",
  26: "stream of Redis 8.6",
  27: "stream of Redis 8.8",
  28: "array of Redis 8.8",
};

function badType(type: number, key: string, version: number, offset: number): string {
  if (MODULE_TYPES.has(type)) return "The RDB file contains module data I can't load";
  const name = LATER_TYPES[type] === undefined ? "" : ` (${LATER_TYPES[type]})`;
  return `Unknown RDB encoding type ${type}${name} of the key '${key.slice(0, 64)}' at offset ` +
    `${offset}, RDB version ${version}`;
}
