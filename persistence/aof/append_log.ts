/**
 * The append-only file: every write of the data set, on disk before its reply leaves, as far as
 * `appendfsync` promises.
 *
 * It is a directory of files that a manifest names (manifest.ts): a base, the data set at some time as a
 * snapshot, and what has been written since. Whole units are appended, at the end of each turn.
 *
 * - `always`: written and synced in the turn; replies wait for the disk.
 * - `everysec`: written in the turn, synced once a second beside the loop. While a sync is under way writes
 *   would wait for it in the kernel: they are kept here, two seconds at most.
 * - `no`: written in the turn; the system syncs when it likes.
 *
 * Where the disk refuses, the file is cut back to its last whole unit, what could not be written is kept
 * and tried again at each tick, and writes of clients are refused until that succeeds.
 */

import type { DataFile, Disk } from "../../server/env/disk.ts";
import type { Journal } from "../../server/propagation/journal.ts";
import type { Follower } from "../../server/propagation/propagation.ts";
import type { Server } from "../../server/server.ts";
import { readDatabases } from "../rdb/reader.ts";
import { writeDatabases } from "../rdb/writer.ts";
import {
  type AofFile,
  formatManifest,
  type Manifest,
  ManifestError,
  parseManifest,
} from "./manifest.ts";
import { replayCommands } from "./replay.ts";

const SYNC_EVERY_MS = 1000;
/** A write waits so long for a sync that is under way. */
const PATIENCE_MS = 2000;
const FIRST_BUFFER_BYTES = 256 * 1024;
/** A buffer that had to grow beyond this is not kept. */
const KEPT_BUFFER_BYTES = 4 * 1024 * 1024;
/** How often the log says how far a load has come. */
const PROGRESS_MS = 10_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class AppendLog implements Follower, Journal {
  trouble: string | null = null;
  baseBytes = 0;
  delayedSyncs = 0;
  syncing = false;

  #manifest: Manifest = { base: null, incrs: [], history: [] };
  #file: DataFile | null = null;
  /** Bytes of whole units in all files, and in the one being written. */
  #bytes = 0;
  #fileBytes = 0;
  /** What waits to be written: whole units, one behind the other. */
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #waiting = 0;
  #waitingSinceMs = 0;
  /** Something was written since the last sync began. */
  #unsynced = false;
  #syncedMs = 0;

  /** @param redisVersion what files say they are of */
  constructor(readonly server: Server, readonly disk: Disk, readonly redisVersion: string) {
    server.cronJobs.jobs.push(() => this.#tick());
    server.config.onChange("appendonly", () => this.#switch());
  }

  get isOpen(): boolean {
    return this.#file !== null;
  }
  get bytes(): number {
    return this.#bytes;
  }
  get waitingBytes(): number {
    return this.#waiting;
  }

  get #directory(): string {
    const { dir, appenddirname } = this.server.config.values;
    return `${dir}/${appenddirname}`;
  }
  #path(name: string): string {
    return `${this.#directory}/${name}`;
  }
  get #prefix(): string {
    return this.server.config.values.appendfilename;
  }

  // ---- opening ----------------------------------------------------------------------------------

  async openAtStart(
    rest: () => Promise<void>,
    loadSnapshot: () => Promise<void>,
  ): Promise<void> {
    const { log } = this.server;
    const manifest = this.#readManifest() ?? this.#migrate();
    if (manifest === null) {
      await loadSnapshot();
      this.disk.makeDirectory(this.#directory);
      this.#makeBase(`Creating AOF base file ${this.#prefix}.1.base.rdb on server start`);
    } else {
      this.#manifest = manifest;
      const load = this.#load(manifest);
      for (let step = load.next(); !step.done; step = load.next()) await rest();
      this.server.dirty = 0;
    }
    const last = this.#manifest.incrs.at(-1);
    if (last === undefined) this.#addIncr("on server start");
    else {
      log.notice(`Opening AOF incr file ${last.name} on server start`);
      this.#append(last);
    }
    this.#follow();
  }

  open(): void {
    this.disk.makeDirectory(this.#directory);
    // What was there before is of another data set.
    const old = this.#readManifest();
    const seq = Math.max(old?.base?.seq ?? 0, ...(old?.incrs ?? []).map((file) => file.seq));
    if (old !== null) {
      const replaced = [...old.history, ...old.incrs, ...old.base === null ? [] : [old.base]];
      this.#manifest = { base: null, incrs: [], history: replaced };
    } else this.#manifest = { base: null, incrs: [], history: [] };
    this.#makeBase(null, seq + 1);
    this.#addIncr("for appending", seq + 1);
    this.#dropHistory();
    this.#follow();
  }

  #follow(): void {
    this.trouble = null;
    this.#syncedMs = this.server.nowMs;
    if (!this.server.propagation.follow(this)) {
      throw new Error("no memory for the append-only file");
    }
  }

  /** Acts on CONFIG SET appendonly. @returns what forbids it */
  #switch(): string | void {
    const wanted = this.server.config.values.appendonly;
    if (wanted === this.isOpen) return;
    if (!wanted) return this.close();
    try {
      this.open();
    } catch (error) {
      this.server.log.warning(`Unable to turn on AOF: ${messageOf(error)}`);
      return "Unable to turn on AOF. Check server logs.";
    }
  }

  #readManifest(): Manifest | null {
    const file = this.disk.open(this.#path(`${this.#prefix}.manifest`));
    if (file === null) return null;
    try {
      const bytes = new Uint8Array(file.bytes);
      for (let at = 0, count = 1; count > 0; at += count) count = file.read(bytes.subarray(at));
      return parseManifest(decoder.decode(bytes));
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      throw new Error(
        `*** FATAL AOF MANIFEST FILE ERROR *** Reading the manifest file, at line ${error.line} ` +
          `>>> '${error.text}' ${error.message}`,
      );
    } finally {
      file.close();
    }
  }

  /** A single file of old, as Redis wrote it before 7.0, becomes the base. @returns null where there is none */
  #migrate(): Manifest | null {
    const { config, log } = this.server;
    const old = `${config.values.dir}/${this.#prefix}`;
    const file = this.disk.open(old);
    if (file === null) return null;
    file.close();
    this.disk.makeDirectory(this.#directory);
    const manifest = { base: { name: this.#prefix, seq: 1 }, incrs: [], history: [] };
    this.#writeManifest(manifest);
    this.disk.rename(old, this.#path(this.#prefix));
    log.notice(
      `Successfully migrated an old-style AOF file (${this.#prefix}) into the AOF directory ` +
        `(${config.values.appenddirname}).`,
    );
    return manifest;
  }

  #writeManifest(manifest: Manifest): void {
    const name = `${this.#prefix}.manifest`;
    const file = this.disk.create(this.#path(`temp-${name}`));
    try {
      file.write(encoder.encode(formatManifest(manifest)));
      file.sync();
    } finally {
      file.close();
    }
    this.disk.rename(this.#path(`temp-${name}`), this.#path(name));
    this.#manifest = manifest;
  }

  /** Writes the data set as it is into a new base, and names it in the manifest. */
  #makeBase(notice: string | null, seq = 1): void {
    const name = `${this.#prefix}.${seq}.base.rdb`;
    const temporary = this.#path(`temp-${name}`);
    const file = this.disk.create(temporary);
    try {
      const origin = { redisVersion: this.redisVersion, functions: [], isBase: true };
      writeDatabases(this.server, file, origin);
      file.sync();
    } finally {
      file.close();
    }
    this.disk.rename(temporary, this.#path(name));
    if (notice !== null) this.server.log.notice(notice);
    const { incrs, history } = this.#manifest;
    this.#writeManifest({ base: { name, seq }, incrs, history });
    this.baseBytes = this.#sizeOf(name);
    this.#bytes = this.baseBytes;
  }

  /** Begins another file to append to. */
  #addIncr(why: string, seq = (this.#manifest.incrs.at(-1)?.seq ?? 0) + 1): void {
    const file = { name: `${this.#prefix}.${seq}.incr.aof`, seq };
    this.server.log.notice(`Creating AOF incr file ${file.name} ${why}`);
    this.disk.create(this.#path(file.name)).close();
    const { base, incrs, history } = this.#manifest;
    this.#writeManifest({ base, incrs: [...incrs, file], history });
    this.#append(file);
  }

  #append({ name }: AofFile): void {
    this.#file = this.disk.append(this.#path(name));
    this.#fileBytes = this.#file.bytes;
  }

  #sizeOf(name: string): number {
    const file = this.disk.open(this.#path(name));
    if (file === null) {
      throw new Error(
        `Unable to obtain the AOF file ${name} length. stat: No such file or directory`,
      );
    }
    const { bytes } = file;
    file.close();
    return bytes;
  }

  /** Deletes files that have been replaced. */
  #dropHistory(): void {
    const { base, incrs, history } = this.#manifest;
    for (const { name } of history) {
      try {
        this.disk.remove(this.#path(name));
      } catch { /* it is gone already */ }
    }
    if (history.length !== 0) this.#writeManifest({ base, incrs, history: [] });
  }

  // ---- loading ----------------------------------------------------------------------------------

  *#load({ base, incrs }: Manifest): Generator<void, void> {
    const { server } = this;
    const { clock, log } = server;
    const files = [...base === null ? [] : [base], ...incrs];
    const sizes = files.map(({ name }) => this.#sizeOf(name));
    this.baseBytes = base === null ? 0 : sizes[0];
    const startUs = clock.monotonicUs();
    server.setLoading(true);
    try {
      for (const [index, { name }] of files.entries()) {
        const fileUs = clock.monotonicUs();
        const isLast = index === files.length - 1;
        yield* this.#loadFile(name, isLast);
        const seconds = (clock.monotonicUs() - fileUs) / 1e6;
        const kind = base !== null && index === 0 ? "base" : "incr";
        log.notice(`DB loaded from ${kind} file ${name}: ${seconds.toFixed(3)} seconds`);
      }
    } finally {
      server.setLoading(false);
    }
    this.#bytes = files.reduce((sum, { name }) => sum + this.#sizeOf(name), 0);
    const seconds = (clock.monotonicUs() - startUs) / 1e6;
    log.notice(`DB loaded from append only file: ${seconds.toFixed(3)} seconds`);
  }

  *#loadFile(name: string, isLast: boolean): Generator<void, void> {
    const { server } = this;
    const { clock, log } = server;
    const file = this.disk.open(this.#path(name))!;
    let saidMs = clock.nowMs();
    const onProgress = (bytes: number) => {
      if (clock.nowMs() - saidMs < PROGRESS_MS) return;
      saidMs = clock.nowMs();
      log.notice(
        `Loading ${name}: ${Math.floor(bytes / file.bytes * 100)}% of ${file.bytes} bytes`,
      );
    };
    try {
      if (name.endsWith(".rdb") || this.#isSnapshot(name)) {
        log.notice("Reading RDB base file on AOF loading...");
        const options = {
          merges: false,
          keepsExpired: true,
          onField: () => {},
          onFunction: () => {},
          onProgress,
        };
        const { keys, expired } = yield* readDatabases(server, file, options);
        log.notice(`Done loading RDB, keys loaded: ${keys}, keys expired: ${expired}.`);
        return;
      }
      const { validBytes, inTransaction } = yield* replayCommands(server, file, name, onProgress);
      if (inTransaction) {
        log.warning(`Revert incomplete MULTI/EXEC transaction in AOF file ${name}`);
      }
      if (validBytes !== file.bytes) this.#repair(name, validBytes, isLast);
    } finally {
      file.close();
    }
  }

  /** A file of old may begin with a snapshot; one that does holds nothing else here. */
  #isSnapshot(name: string): boolean {
    const file = this.disk.open(this.#path(name))!;
    const head = new Uint8Array(5);
    file.read(head);
    file.close();
    return decoder.decode(head) === "REDIS";
  }

  /** Cuts off half a command at the end of the last file, which a crash leaves. @throws Error elsewhere */
  #repair(name: string, validBytes: number, isLast: boolean): void {
    const { config, log } = this.server;
    if (!isLast || !config.values["aof-load-truncated"]) {
      throw new Error(
        `Unexpected end of file reading the append only file ${name}. You can: 1) Make a backup of your ` +
          "AOF file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set " +
          "the 'aof-load-truncated' configuration option to yes and restart the server.",
      );
    }
    log.warning(`!!! Warning: short read while loading the AOF file ${name}!!!`);
    log.warning(`!!! Truncating the AOF ${name} at offset ${validBytes} !!!`);
    const file = this.disk.append(this.#path(name));
    try {
      file.truncate(validBytes);
      file.sync();
    } finally {
      file.close();
    }
    log.warning(`AOF ${name} loaded anyway because aof-load-truncated is enabled`);
  }

  // ---- writing ----------------------------------------------------------------------------------

  take(bytes: Uint8Array): void {
    this.#keep(bytes);
    this.#write();
  }

  missed(): void {
    this.server.log.warning(
      "Memory ran out for the append-only file: it is begun anew from the data set as it is.",
    );
    try {
      this.#file?.close();
      this.#file = null;
      this.#waiting = 0;
      this.open();
    } catch (error) {
      this.#troubled(messageOf(error));
    }
  }

  /** Adds to what waits. */
  #keep(bytes: Uint8Array): void {
    if (this.#waiting === 0) this.#waitingSinceMs = this.server.nowMs;
    const need = this.#waiting + bytes.length;
    if (need > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(need, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#waiting));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#waiting);
    this.#waiting = need;
  }

  /** Writes what waits, if it should not wait on. */
  #write(): void {
    const file = this.#file;
    if (file === null || this.#waiting === 0) return;
    const { appendfsync } = this.server.config.values;
    if (this.syncing && appendfsync === "everysec") {
      if (this.server.nowMs - this.#waitingSinceMs < PATIENCE_MS) return;
      this.delayedSyncs++;
      this.server.log.notice(
        "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without " +
          "waiting for fsync to complete, this may slow down Etna.",
      );
    }
    try {
      file.write(this.#buffer.subarray(0, this.#waiting));
      if (appendfsync === "always") file.sync();
    } catch (error) {
      return this.#failed(file, messageOf(error));
    }
    this.#fileBytes += this.#waiting;
    this.#bytes += this.#waiting;
    this.#waiting = 0;
    this.#unsynced = appendfsync !== "always";
    if (this.#buffer.length > KEPT_BUFFER_BYTES) this.#buffer = new Uint8Array(FIRST_BUFFER_BYTES);
    if (this.trouble !== null) this.#recovered();
  }

  /** The disk refuses: half a unit at the file's end would cost all that follows it. */
  #failed(file: DataFile, words: string): void {
    try {
      file.truncate(this.#fileBytes);
    } catch (error) {
      this.server.log.warning(
        `Could not remove short write from the append-only file. ${messageOf(error)}`,
      );
    }
    this.#troubled(words);
  }

  #troubled(words: string): void {
    const isNews = this.trouble === null;
    this.trouble = words;
    if (!isNews) return;
    this.server.log.warning(`Error writing to the AOF file: ${words}`);
    this.server.updateGate();
  }

  #recovered(): void {
    this.trouble = null;
    this.server.log.warning("AOF write error looks solved, Etna can write again.");
    this.server.updateGate();
  }

  #tick(): void {
    if (this.#file === null) return;
    this.#write();
    const { nowMs, config } = this.server;
    if (config.values.appendfsync !== "everysec") return;
    if (!this.#unsynced || this.syncing || nowMs - this.#syncedMs < SYNC_EVERY_MS) return;
    this.#syncBeside(this.#file);
  }

  #syncBeside(file: DataFile): void {
    this.syncing = true;
    this.#unsynced = false;
    this.#syncedMs = this.server.nowMs;
    file.syncLater().then(
      () => {
        this.syncing = false;
        if (this.#waiting !== 0) this.server.defer(() => this.#write());
      },
      (error) => {
        this.syncing = false;
        if (file === this.#file) this.#troubled(messageOf(error));
      },
    );
  }

  finish(): boolean {
    const file = this.#file;
    if (file === null) return true;
    this.server.propagation.drain();
    this.syncing = false;
    this.#write();
    this.server.log.notice("Calling fsync() on the AOF file.");
    try {
      file.sync();
    } catch (error) {
      this.#troubled(messageOf(error));
    }
    return this.trouble === null;
  }

  close(): void {
    if (this.#file === null) return;
    this.server.propagation.leave(this);
    this.syncing = false;
    this.#write();
    try {
      this.#file.sync();
    } catch { /* nothing more can be done */ }
    this.#file.close();
    this.#file = null;
    this.#waiting = 0;
    this.trouble = null;
    this.server.updateGate();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
