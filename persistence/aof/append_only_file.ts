/**
 * The append-only file: every write of the data set, on disk before its reply leaves, as far as
 * `appendfsync` promises.
 *
 * It is a directory of files that a manifest names (manifest.ts): a base (bases.ts), the data set at some
 * time, and what has been written since. Whole units are appended, at the end of each turn.
 *
 * - `always`: written and synced in the turn; replies wait for the disk.
 * - `everysec`: written in the turn, synced once a second beside the loop. That is also so while a sync is
 *   under way, so that a killed process has lost nothing that an earlier turn has acknowledged. Syncs are
 *   fdatasync: beside one of 64 MB (48 ms, ext4 on a virtual disk) 3 of 33,000 writes of 4 KiB took more
 *   than 1 ms, the longest 21 ms; beside an fsync 107 ms. Only where a write has stalled for longer are
 *   writes kept here for a while when a sync runs, as Redis always does, two seconds at most. Killed under
 *   a load of some 60 MB/s, 1 of 12 runs lost writes where they waited after a stall of 10 ms, none of 20
 *   after one of 50 ms, and 3 of 12 where they always did (Redis: 1 of 12).
 * - `no`: written in the turn; the system syncs when it likes.
 *
 * Where the disk refuses a write, the file is cut back to its last whole unit, what could not be written is
 * kept and tried again at each tick, and writes of clients are refused until that succeeds. With `always`
 * the replies that would acknowledge it do not leave (propagation.ts). A sync that fails is tried again
 * each second, and refuses writes until one succeeds; then the files are written anew, as nobody knows
 * what the kernel has dropped of what it could not bring to the disk.
 *
 * A rewrite begins another file for what is written from then on, and beside other work a snapshot of that
 * moment, which becomes the base; only then are the files before deleted. At any time the files that the
 * manifest names hold everything.
 */

import { wordsOf } from "../../server/env/system_error.ts";
import type { DataFile, Disk } from "../../server/env/disk.ts";
import type { AppendOnlyFile as Contract } from "../../server/propagation/append_only_file.ts";
import type { Follower, Place } from "../../server/propagation/stream.ts";
import type { Server } from "../../server/server.ts";
import { takeSteps } from "../../server/env/source.ts";
import { annotationOf } from "../rdb/replication.ts";
import { AofBases } from "./bases.ts";
import { AofFiles } from "./files.ts";
import { loadFiles, reloadFiles } from "./load.ts";
import { growthDue, waitsAfterFailure } from "./rewrite_policy.ts";
import { selectOf, timestampOf } from "./lines.ts";
import type { AofFile } from "./manifest.ts";

const SYNC_EVERY_MS = 1000;
/** A write beside a sync that took so long has stalled ... */
const STALL_US = 50_000;
/** ... and for so long writes wait for syncs that are under way, */
const WARY_MS = 10_000;
/** but each of them no longer than this. */
const PATIENCE_MS = 2000;
const FIRST_BUFFER_BYTES = 256 * 1024;
/** A buffer that had to grow beyond this is not kept. */
const KEPT_BUFFER_BYTES = 4 * 1024 * 1024;

export class AppendOnlyFile implements Follower, Contract {
  bytes = 0;
  baseBytes = 0;
  delayedSyncs = 0;
  syncing = false;
  scheduled = false;
  flushSleepMs = 0;
  rewrites = 0;
  failures = 0;
  lastTookS = -1;

  readonly #files: AofFiles;
  readonly #bases: AofBases;
  /** Where in the stream of effects it is: at its end, but within a turn. */
  #place: Place | null = null;
  #file: DataFile | null = null;
  /** Bytes of whole units in the file being written. */
  #fileBytes = 0;
  /** What waits to be written: whole units, one behind the other. */
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #waiting = 0;
  #waitingSinceMs = 0;
  /** Something was written since the last sync began. */
  #unsynced = false;
  #syncedMs = 0;
  #syncedOffset = 0;
  /** A write has stalled beside a sync: until then they wait for one another. */
  #waryUntilMs = 0;
  /** Why the last write, and the last sync beside the loop, have failed; null where they have not. */
  #writeTrouble: string | null = null;
  #syncTrouble: string | null = null;
  /** Half a unit may be behind the file's last whole one. */
  #torn = false;
  /** The file being written, and whether the manifest names it: only then is it part of what is loaded. */
  #current: AofFile | null = null;
  /** The second that its last line of time tells of. */
  #stampedSecond = 0;
  #listed = false;
  /** It was switched on while a snapshot was under way: the rewrite that is scheduled opens it. */
  #waits = false;
  /** What it follows was replaced, or has a gap: until it is written anew it holds something else. */
  #isOfAnother = false;
  /** What a rewrite under way will have made: the base, and the file that follows it. */
  #next: { base: AofFile; incr: AofFile | null } | null = null;
  #rewriteMs = 0;
  /** Bytes after the last rewrite, or at the start. */
  #rewrittenBytes = 0;

  /** @param redisVersion what files say they are of */
  constructor(readonly server: Server, readonly disk: Disk, redisVersion: string) {
    this.#files = new AofFiles(server, disk);
    this.#bases = new AofBases(server, disk, this.#files, redisVersion);
    server.cronJobs.jobs.push(() => this.#tick());
    server.config.onChange("appendonly", () => this.#switch());
    server.config.onChange("aof-disable-auto-gc", () => this.#files.dropHistory());
  }

  get isOpen(): boolean {
    return this.#file !== null;
  }
  get isOn(): boolean {
    return this.isOpen || this.#waits;
  }
  get isBeginning(): boolean {
    return this.isOn && !this.#listed;
  }
  get trouble(): string | null {
    return this.#writeTrouble ?? this.#syncTrouble;
  }
  get syncedOffset(): number {
    // What is there before its first base, or of another data set, is not what would be loaded.
    return this.isBeginning || this.#isOfAnother ? 0 : this.#syncedOffset;
  }
  get waitingBytes(): number {
    return this.#waiting;
  }
  get rewriting(): boolean {
    return this.#next !== null;
  }
  get currentTookS(): number {
    return this.rewriting ? this.#secondsSince(this.#rewriteMs) : -1;
  }
  #secondsSince(ms: number): number {
    return Math.floor((this.server.clock.nowMs() - ms) / 1000);
  }

  // ---- opening ----------------------------------------------------------------------------------

  async openAtStart(
    rest: () => Promise<void>,
    loadSnapshot: () => Promise<void>,
    isThere: boolean,
  ): Promise<void> {
    const { server } = this;
    const files = this.#files;
    const found = files.find();
    if (found) {
      const moment = isThere ? null : await takeSteps(loadFiles(server, files), rest);
      if (moment !== null) server.replication?.resume(moment);
      files.dropHistory();
    } else {
      await loadSnapshot();
      files.makeDirectory();
      this.#writeBase();
    }
    const { base, incrs, history } = files.manifest;
    let last = incrs.at(-1);
    if (last === undefined) {
      last = files.incrAt(base === null ? 1 : base.seq);
      server.log.notice(`Creating AOF incr file ${last.name} on server start`);
      files.create(last);
      files.write({ base, incrs: [last], history });
    } else server.log.notice(`Opening AOF incr file ${last.name} on server start`);
    this.baseBytes = base === null ? 0 : files.sizeOf(base);
    this.bytes = this.#rewrittenBytes = files.loaded.reduce(
      (sum, file) => sum + files.sizeOf(file),
      0,
    );
    files.dropUnlisted(found);
    this.#append(last);
    this.#listed = true;
    // What a killed server has left may be with the system only, and is read from now on.
    if (server.config.values.appendfsync !== "no") this.#file!.sync();
    this.#follow();
  }

  reload(): boolean {
    const wasOpen = this.isOpen;
    if (this.isBeginning || !this.finish()) return false;
    this.close();
    try {
      return reloadFiles(this.server, this.#files);
    } finally {
      const last = this.#files.manifest.incrs.at(-1);
      if (wasOpen && last !== undefined) {
        this.#append(last);
        this.#listed = true;
        this.#follow();
      }
    }
  }

  /** Writes the data set as it is into the first base, while nobody else runs. */
  #writeBase(): void {
    const base = this.#bases.at(1);
    this.#bases.writeNow(base);
    this.server.log.notice(`Creating AOF base file ${base.name} on server start`);
    this.#files.write({ base, incrs: [], history: [] });
  }

  #append(file: AofFile): void {
    this.#file = this.#files.append(file);
    this.#fileBytes = this.#file.bytes;
    this.#current = file;
    this.#stampedSecond = 0;
  }

  #follow(): void {
    this.#syncedMs = this.server.nowMs;
    this.#place = this.server.propagation.follow(this);
    this.#syncedOffset = this.#place.offset;
  }

  /** Acts on CONFIG SET appendonly. @returns what forbids it */
  #switch(): string | void {
    const { config, log, snapshots } = this.server;
    const wanted = config.values.appendonly;
    if (wanted === this.isOn) return;
    if (!wanted) return this.close();
    this.#waits = true;
    if (this.rewriting) {
      log.warning(
        "AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF " +
          "and starting a rewrite now.",
      );
      snapshots.cancel();
      this.#next = null;
    } else if (snapshots.running) {
      log.warning(
        "AOF was enabled but there is already another background operation. An AOF background was " +
          "scheduled to start when possible.",
      );
      this.scheduled = true;
      return;
    }
    if (this.rewrite()) return;
    this.close();
    return "Unable to turn on AOF. Check server logs.";
  }

  // ---- rewriting --------------------------------------------------------------------------------

  rewriteLater(): void {
    this.scheduled = true;
  }

  rewrite(): boolean {
    if (this.server.snapshots.running) return false;
    try {
      // Files of before are of another data set: the rewrite takes their place.
      if (!this.isOpen) this.#files.findAnew();
      return this.#begin(this.isOn);
    } catch (error) {
      this.server.log.warning(wordsOf(error));
      return false;
    }
  }

  /**
   * Begins a rewrite.
   *
   * @param appends whether what is written from now on goes into a file, too
   * @returns false when it failed; the log says why
   */
  #begin(appends: boolean): boolean {
    const { server } = this;
    const files = this.#files;
    const seq = files.nextSeq;
    const base = this.#bases.at(seq);
    const incr = appends ? files.incrAt(seq) : null;
    this.scheduled = false;
    this.rewrites++;
    this.#rewriteMs = server.clock.nowMs();
    try {
      files.makeDirectory();
      if (incr !== null) this.#turnTo(incr);
      const snapshot = this.#bases.begin(base);
      this.#next = { base, incr };
      server.snapshots.begin(snapshot, {
        saved: () => this.#rewritten(),
        failed: (error) => this.#notRewritten(wordsOf(error)),
        interrupted: () => {
          this.#next = null;
          this.scheduled = true;
        },
      });
    } catch (error) {
      this.#notRewritten(wordsOf(error));
      return false;
    }
    server.log.notice("Background append only file rewriting started");
    return true;
  }

  /** What is written from now on goes into another file. */
  #turnTo(incr: AofFile): void {
    const { server } = this;
    const files = this.#files;
    const [before, unlisted] = [this.#file, this.#listed ? null : this.#current];
    if (before !== null) {
      server.propagation.beginAnew();
      this.#flush();
      if (this.trouble !== null) throw new Error(this.trouble);
      before.sync();
      this.#unsynced = false;
      this.#isSyncedTo(this.#writtenOffset);
    }
    server.log.notice(`Creating AOF incr file ${incr.name} on background rewrite`);
    files.create(incr);
    if (this.#listed) {
      // What was written before is part of the data set until the base is there.
      const { base, incrs, history } = files.manifest;
      files.write({ base, incrs: [...incrs, incr], history });
    }
    this.#append(incr);
    this.#add(selectOf(server.propagation.database));
    before?.close();
    if (unlisted !== null) files.discard(unlisted);
    if (before === null) this.#follow();
    this.#waits = false;
  }

  /** The base is in its place: what it replaces can go. */
  #rewritten(): void {
    const { server } = this;
    const files = this.#files;
    const { base, incr } = this.#next!;
    this.#next = null;
    const replaced = files.loaded.filter((file) => file !== incr);
    const history = [...files.manifest.history, ...replaced];
    try {
      files.write({ base, incrs: incr === null ? [] : [incr], history });
      this.#listed = incr !== null;
      files.dropHistory();
    } catch (error) {
      return this.#notRewritten(wordsOf(error));
    }
    this.baseBytes = files.sizeOf(base);
    this.bytes = this.baseBytes + this.#fileBytes;
    this.#rewrittenBytes = this.bytes;
    this.failures = 0;
    this.#isOfAnother = false;
    this.#isSyncedTo(this.#syncedOffset);
    this.lastTookS = this.#secondsSince(this.#rewriteMs);
    server.log.notice("Background AOF rewrite terminated with success");
  }

  #notRewritten(words: string): void {
    this.#next = null;
    this.failures++;
    this.lastTookS = this.#secondsSince(this.#rewriteMs);
    this.server.log.warning(`Background AOF rewrite failed: ${words}`);
  }

  /** Begins a rewrite that is due. */
  #rewriteIfDue(): void {
    const { server } = this;
    if (server.snapshots.running || this.trouble !== null) return;
    if (this.scheduled) return void this.rewrite();
    if (waitsAfterFailure(this.failures, server.clock.nowMs() - this.#rewriteMs)) return;
    if (!this.isOn) return;
    // Without a base what is written cannot be loaded.
    if (!this.#listed) return void this.rewrite();
    const { "auto-aof-rewrite-percentage": percentage, "auto-aof-rewrite-min-size": least } =
      server.config.values;
    const growth = growthDue(this.bytes, this.#rewrittenBytes, percentage, least);
    if (growth === null) return;
    server.log.notice(`Starting automatic rewriting of AOF on ${growth}% growth`);
    this.rewrite();
  }

  // ---- writing ----------------------------------------------------------------------------------

  more(place: Place): boolean {
    const { nowSeconds, config } = this.server;
    if (config.values["aof-timestamp-enabled"] && nowSeconds !== this.#stampedSecond) {
      this.#stampedSecond = nowSeconds;
      this.#add(timestampOf(nowSeconds));
    }
    place.pieces(this.#keep);
    place.take(place.behind);
    this.#write();
    return this.#waiting === 0 || !this.#isStrict;
  }

  /** Nothing is acknowledged that is not on the disk. */
  get #isStrict(): boolean {
    return this.server.config.values.appendfsync === "always";
  }

  lost(place: Place): boolean {
    place.restart();
    this.#isOfAnother = true;
    this.server.log.warning(
      "Memory ran out for the append-only file: it is written anew from the data set as it is.",
    );
    this.server.snapshots.interrupt();
    if (!this.rewrite()) this.scheduled = true;
    return !this.#isStrict;
  }

  readonly #keep = (ptr: number, len: number): void => {
    this.#add(this.server.core.u8.subarray(ptr, ptr + len));
  };

  /** Adds to what waits. */
  #add(bytes: Uint8Array): void {
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
    if (this.#file === null || this.#waiting === 0) return;
    if (!this.syncing || this.#isStrict) return this.#flush();
    const { clock, nowMs, config } = this.server;
    if (nowMs < this.#waryUntilMs && config.values.appendfsync === "everysec") {
      if (nowMs - this.#waitingSinceMs < PATIENCE_MS) return;
      this.delayedSyncs++;
      this.server.log.notice(
        "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without " +
          "waiting for fsync to complete, this may slow down Etna.",
      );
    }
    const startUs = clock.monotonicUs();
    this.#flush();
    if (clock.monotonicUs() - startUs > STALL_US) this.#waryUntilMs = nowMs + WARY_MS;
  }

  /** Writes what waits. */
  #flush(): void {
    const file = this.#file!;
    if (this.#waiting === 0) return;
    const always = this.#isStrict;
    if (this.flushSleepMs > 0) this.server.timers.hold(this.flushSleepMs);
    try {
      if (this.#torn) this.#mend(file);
      file.write(this.#buffer.subarray(0, this.#waiting));
      if (always) file.sync();
    } catch (error) {
      return this.#failed(file, wordsOf(error));
    }
    this.#fileBytes += this.#waiting;
    this.bytes += this.#waiting;
    this.#waiting = 0;
    if (always) this.#isSyncedTo(this.#writtenOffset);
    else this.#unsynced = true;
    if (this.#buffer.length > KEPT_BUFFER_BYTES) this.#buffer = new Uint8Array(FIRST_BUFFER_BYTES);
    this.#troubled(null, this.#syncTrouble);
  }

  /** Where in the stream what has been written ends. */
  get #writtenOffset(): number {
    return (this.#place?.offset ?? 0) - this.#waiting;
  }

  #isSyncedTo(offset: number): void {
    this.#syncedOffset = offset;
    this.server.blocked.keylessReady();
    this.server.replication?.appended();
  }

  /** The disk refuses: half a unit at the file's end would cost all that follows it. */
  #failed(file: DataFile, words: string): void {
    this.#torn = true;
    try {
      this.#mend(file);
    } catch (error) {
      this.server.log.warning(
        `Could not remove short write from the append-only file. ${wordsOf(error)}`,
      );
    }
    this.#troubled(words, this.#syncTrouble);
  }

  #mend(file: DataFile): void {
    file.truncate(this.#fileBytes);
    this.#torn = false;
  }

  /** Takes what has become of the last write and the last sync: why they have failed, null where they have not. */
  #troubled(write: string | null, sync: string | null): void {
    const before = this.trouble;
    this.#writeTrouble = write;
    this.#syncTrouble = sync;
    const { trouble } = this;
    if ((before === null) === (trouble === null)) return;
    const { log } = this.server;
    if (trouble === null) log.warning("AOF write error looks solved, Etna can write again.");
    else log.warning(`Error writing to the AOF file: ${trouble}`);
    this.server.updateGate();
  }

  #tick(): void {
    this.#rewriteIfDue();
    if (this.#file === null) return;
    this.#write();
    const { nowMs, config } = this.server;
    // What an earlier policy has left unsynced is synced with `always`, too.
    if (config.values.appendfsync === "no" && this.#syncTrouble === null) return;
    if (!this.#unsynced || this.syncing || nowMs - this.#syncedMs < SYNC_EVERY_MS) return;
    // The disk is busy with the rewrite: who says so waits for it.
    if (this.rewriting && config.values["no-appendfsync-on-rewrite"]) return;
    this.#syncBeside(this.#file);
  }

  #syncBeside(file: DataFile): void {
    this.syncing = true;
    this.#unsynced = false;
    this.#syncedMs = this.server.nowMs;
    const offset = this.#writtenOffset;
    const ended = (words: string | null) => {
      this.syncing = false;
      if (this.#file === null) return;
      if (file === this.#file) {
        this.#synced(words);
        if (words === null) this.#isSyncedTo(offset);
      } // The file was left meanwhile; what the kernel has dropped of it is in the next base.
      else if (words !== null) this.scheduled = true;
      if (this.#waiting !== 0) this.server.defer(() => this.#write());
    };
    file.syncLater().then(() => ended(null), (error) => ended(wordsOf(error)));
  }

  #synced(words: string | null): void {
    if (words !== null) this.#unsynced = true;
    else if (this.#syncTrouble !== null) this.scheduled = true;
    this.#troubled(this.#writeTrouble, words);
  }

  // ---- the end ----------------------------------------------------------------------------------

  finish(): boolean {
    if (this.#file === null) return true;
    this.server.propagation.drain();
    this.#flush();
    this.server.log.notice("Calling fsync() on the AOF file.");
    try {
      this.#file.sync();
      this.#unsynced = false;
      this.#troubled(this.#writeTrouble, null);
    } catch (error) {
      this.#unsynced = true;
      this.#troubled(this.#writeTrouble, wordsOf(error));
    }
    return this.trouble === null;
  }

  close(): void {
    if (this.#waits) this.#waits = this.scheduled = false;
    if (this.#file === null) return;
    const { propagation } = this.server;
    propagation.drain();
    const { moment } = propagation;
    // Whoever starts with this file can say where in the history it stands.
    if (moment !== null && this.trouble === null && !this.#isOfAnother) {
      this.#add(new TextEncoder().encode(`${annotationOf(moment)}\r\n`));
    }
    propagation.leave(this.#place!);
    this.#place = null;
    this.#flush();
    try {
      this.#file.sync();
    } catch { /* nothing more can be done */ }
    this.#file.close();
    this.#file = this.#current = null;
    this.#listed = false;
    this.#waiting = 0;
    this.#torn = this.#unsynced = false;
    this.#writeTrouble = this.#syncTrouble = null;
    if (this.rewriting) {
      this.server.snapshots.cancel();
      this.#next = null;
    }
    this.scheduled = false;
    this.server.updateGate();
  }
}
