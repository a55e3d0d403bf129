/**
 * Backups: a snapshot of the moment when one begins, all that is written until it is sealed, and a manifest, in a
 * directory of their own. The three are an append-only file as Redis 7 has it: whoever copies them into the
 * directory of one, and starts with `appendonly yes`, has the data set of the moment of SEAL.
 *
 * ```
 *  backupdirname/appendonly.aof.1.base.rdb     whole when the state is `incrementing`
 *  backupdirname/temp-appendonly.aof.1.incr.aof                until it is sealed
 *  backupdirname/appendonly.aof.1.incr.aof, appendonly.aof.manifest
 * ```
 *
 * A backup follows the stream of effects by itself, whether there is an append-only file or not: nothing that
 * happens to that one (a rewrite, a full disk, CONFIG SET appendonly) touches it, and what happens to it refuses
 * nobody's writes. Real Redis hard-links the files of its append-only file; the files are the same.
 */

import { type Disk, removeQuietly } from "../../server/env/disk.ts";
import { FileSink, replaceFile } from "../../server/env/file_sink.ts";
import { wordsOf } from "../../server/env/system_error.ts";
import type { Follower, Place } from "../../server/propagation/stream.ts";
import type { Backup as Contract, BackupState, BackupStatus } from "../../server/saving/backup.ts";
import type { Server } from "../../server/server.ts";
import { selectOf } from "../aof/lines.ts";
import { type AofFile, formatManifest } from "../aof/manifest.ts";
import { removeGone } from "../leftovers.ts";
import { RdbFile } from "../rdb/file.ts";
import { DatabaseWriter } from "../rdb/writer.ts";

/** So many bytes of what is written wait for the disk at most. */
const SYNC_BYTES = 4 * 1024 * 1024;
const IN_PROGRESS = "ERR A backup is in progress already";

export class Backup implements Contract, Follower {
  #state: BackupState = "idle";
  #error = "";
  #startMs = 0;
  #endMs = 0;
  #place: Place | null = null;
  #incr: FileSink | null = null;
  /** Its snapshot is the one that is being written. */
  #writes = false;
  /** Names of the files that will not change any more. */
  #names: string[] = [];

  /** @param redisVersion what files say they are of */
  constructor(readonly server: Server, readonly disk: Disk, readonly redisVersion: string) {
    server.cronJobs.every(() => this.#tick(), () => this.#state === "pending" ? 0 : Infinity);
  }

  get status(): BackupStatus {
    return {
      state: this.#state,
      error: this.#error,
      startSeconds: Math.floor(this.#startMs / 1000),
      endSeconds: Math.floor(this.#endMs / 1000),
    };
  }

  get files(): readonly string[] {
    return this.#names.map((name) => `${this.#directory}/${name}`);
  }

  get #directory(): string {
    const { dir, backupdirname } = this.server.config.values;
    return `${dir}/${backupdirname}`;
  }
  #fileOf(ending: string): AofFile {
    return { name: `${this.server.config.values.appendfilename}.1.${ending}`, seq: 1 };
  }

  get #isUnderWay(): boolean {
    return ["pending", "snapshotting", "incrementing"].includes(this.#state);
  }

  // ---- commands ---------------------------------------------------------------------------------

  start(later: boolean): string | null {
    const { server, disk } = this;
    if (this.#isUnderWay) return IN_PROGRESS;
    if (this.#state === "sealed") return "ERR A sealed backup is there, use BACKUP CLEANUP first";
    if (this.#state === "failed") this.#removeFiles();
    try {
      disk.makeDirectory(this.#directory);
      removeGone(server, disk, this.#directory);
      if (disk.list(this.#directory).length > 0) {
        return `ERR The backup directory '${server.config.values.backupdirname}' is not empty`;
      }
    } catch (error) {
      return `ERR The backup directory cannot be used: ${wordsOf(error)}`;
    }
    this.#state = "pending";
    this.#error = "";
    this.#startMs = server.clock.nowMs();
    this.#endMs = 0;
    if (!later) this.#tick();
    return this.#failure;
  }

  /** Why what was just asked for has failed. */
  get #failure(): string | null {
    return this.status.state === "failed" ? `ERR The backup has failed: ${this.#error}` : null;
  }

  seal(): string | null {
    if (this.#state !== "incrementing") {
      return `ERR There is no backup that can be sealed, its state is ${this.#state}`;
    }
    const { server, disk } = this;
    const [base, incr] = [this.#fileOf("base.rdb"), this.#fileOf("incr.aof")];
    const manifest = `${server.config.values.appendfilename}.manifest`;
    try {
      server.propagation.leave(this.#place!);
      this.#place = null;
      // Its last bytes may have failed.
      if (this.#failure !== null) return this.#failure;
      this.#incr!.finishNow();
      this.#incr = null;
      this.#names.push(incr.name);
      const text = formatManifest({ base, incrs: [incr], history: [] });
      const path = `${this.#directory}/${manifest}`;
      replaceFile(disk, path, text, `${this.#directory}/temp-${manifest}`);
      this.#names.push(manifest);
    } catch (error) {
      this.#fail(wordsOf(error));
      return this.#failure;
    }
    this.#state = "sealed";
    this.#endMs = server.clock.nowMs();
    server.log.notice("Backup sealed");
    return null;
  }

  abort(): string | null {
    if (!this.#isUnderWay) return "ERR There is no backup in progress";
    this.#fail("aborted");
    return null;
  }

  cleanup(): string | null {
    if (this.#isUnderWay) return "ERR A backup is in progress, use BACKUP ABORT";
    this.#removeFiles();
    this.#state = "idle";
    this.#error = "";
    this.#startMs = this.#endMs = 0;
    return null;
  }

  close(): void {
    if (!this.#isUnderWay) return;
    this.#fail("the server ends");
    this.#removeFiles();
  }

  #removeFiles(): void {
    for (const path of this.files) removeQuietly(this.disk, path);
    this.#names = [];
  }

  // ---- writing ----------------------------------------------------------------------------------

  #tick(): void {
    const { server } = this;
    if (this.#state === "pending" && !server.snapshots.running) this.#begin();
    const ttlS = server.config.values["backup-sealed-ttl"];
    if (this.#state !== "sealed" || ttlS === 0) return;
    if (server.clock.nowMs() - this.#endMs >= ttlS * 1000) this.cleanup();
  }

  /** Begins the snapshot, and takes what is written from then on. */
  #begin(): void {
    const { server, disk } = this;
    const [base, incr] = [this.#fileOf("base.rdb").name, this.#fileOf("incr.aof").name];
    const directory = this.#directory;
    this.#state = "snapshotting";
    try {
      this.#incr = new FileSink(
        disk,
        `${directory}/${incr}`,
        `${directory}/temp-${incr}`,
        SYNC_BYTES,
      );
      this.#place = server.propagation.follow(this);
      this.#incr.write(selectOf(server.propagation.database));
      const file = new RdbFile(server, disk, { directory, temporary: `temp-${base}`, final: base });
      const snapshot = new DatabaseWriter(
        server,
        file,
        {
          redisVersion: this.redisVersion,
          functions: server.scripting.functions.codes,
          replication: null,
          isBase: true,
        },
        true,
      );
      this.#writes = true;
      server.snapshots.begin(snapshot, {
        saved: () => this.#snapshotDone(base),
        failed: (error) => {
          this.#writes = false;
          this.#fail(wordsOf(error));
        },
        interrupted: () => this.#restart(),
      });
    } catch (error) {
      return this.#fail(wordsOf(error));
    }
    server.log.notice("Backup started");
  }

  #snapshotDone(base: string): void {
    this.#writes = false;
    this.#names.push(base);
    this.#state = "incrementing";
    this.server.log.notice("Backup: the snapshot is there, what is written follows");
  }

  /** Databases were emptied or exchanged as a whole: it begins anew, with what is there then. */
  #restart(): void {
    this.#writes = false;
    this.#drop();
    this.#state = "pending";
  }

  /** Gives up what is under way. */
  #drop(): void {
    if (this.#writes) {
      this.#writes = false;
      this.server.snapshots.cancel();
    }
    const place = this.#place;
    this.#place = null;
    if (place !== null) this.server.propagation.leave(place);
    this.#incr?.abort();
    this.#incr = null;
  }

  #fail(words: string): void {
    this.#state = "failed";
    this.#error = words;
    this.#drop();
    this.server.log.warning(`Backup failed: ${words}`);
  }

  more(place: Place): boolean {
    try {
      place.pieces(this.#write);
    } catch (error) {
      // The stream is telling its followers: it is left in a turn to come.
      this.#failLater(wordsOf(error));
    }
    place.take(place.behind);
    return true;
  }

  readonly #write = (ptr: number, len: number): void => {
    if (this.#state === "failed") return;
    this.#incr?.write(this.server.core.u8.subarray(ptr, ptr + len));
  };

  lost(place: Place): boolean {
    place.restart();
    this.#failLater("memory ran out for what was written");
    return true;
  }

  #failLater(words: string): void {
    if (this.#state === "failed") return;
    this.#state = "failed";
    this.#error = words;
    this.server.defer(() => {
      if (this.#state === "failed") this.#fail(words);
    });
  }
}
