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
 * manifest names hold everything. The loop waits for no sync: the manifest names the other file while it is
 * empty, and the one before is synced beside. If the power goes before that, the other one's first line
 * (lines.ts) tells what is missing, and nothing behind it is loaded.
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
import { afterOf, selectOf, timestampOf } from "./lines.ts";
import { type AofFile, replacedBy } from "./manifest.ts";
import { Rewrite } from "./rewrite.ts";
import { WriteBuffer } from "./write_buffer.ts";

type Later = () => Promise<void>;
const SYNC_EVERY_MS = 1000;
/** A write beside a sync that took so long has stalled ... */
const STALL_US = 50_000;
/** ... and for so long writes wait for syncs that are under way, */
const WARY_MS = 10_000;
/** but each of them no longer than this. */
const PATIENCE_MS = 2000;

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
  readonly #buffer = new WriteBuffer();
  /** Files written before, up to where in the stream they hold it: the disk has them before what followed. */
  #left: { file: DataFile; offset: number }[] = [];
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
  /** An empty file that the manifest names already: the one that the next rewrite turns to. */
  #ready: AofFile | null = null;
  #rewriteMs = 0;
  /** Bytes after the last rewrite, or at the start. */
  #rewrittenBytes = 0;

  /** @param redisVersion what files say they are of */
  constructor(readonly server: Server, readonly disk: Disk, redisVersion: string) {
    this.#files = new AofFiles(server, disk);
    this.#bases = new AofBases(server, disk, this.#files, redisVersion);
    server.cronJobs.every(() => this.#tick(), () => this.#restMs);
    server.config.onChange("appendonly", () => this.#switch());
    server.config.onChange("aof-disable-auto-gc", () => void this.#files.dropHistory());
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
    return this.#buffer.length;
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

  async openAtStart(rest: Later, loadSnapshot: Later, isThere: boolean): Promise<void> {
    const { server } = this;
    const files = this.#files;
    const found = files.find();
    if (found) {
      const moment = isThere ? null : await takeSteps(loadFiles(server, files), rest);
      if (moment !== null) server.replication?.resume(moment);
      await files.dropHistory();
    } else {
      await loadSnapshot();
      files.makeDirectory();
      this.#writeBase();
    }
    const { base } = files.manifest;
    const last = files.lastIncr();
    this.baseBytes = base === null ? 0 : files.sizeOf(base);
    this.bytes = this.#rewrittenBytes = files.loadedBytes;
    files.dropUnlisted(found);
    this.#append(last);
    this.#listed = true;
    // What a killed server has left may be with the system only, and is read from now on.
    files.syncLogs();
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

  rewriteLater = (): void => void (this.scheduled = true);

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
    const ready = appends && this.#listed ? this.#ready : null;
    const base = this.#bases.at(ready?.seq ?? files.nextSeq);
    const incr = appends ? ready ?? files.incrAt(base.seq) : null;
    this.scheduled = false;
    this.rewrites++;
    this.#rewriteMs = server.clock.nowMs();
    const rewrite = new Rewrite(
      () => {
        if (incr !== null) this.#turnTo(incr);
        return this.#bases.begin(base);
      },
      () => files.writeLater((manifest) => replacedBy(manifest, base, incr)),
    );
    try {
      files.makeDirectory();
      const isNew = incr !== null && ready === null;
      if (isNew) files.create(incr);
      if (isNew && this.#listed) rewrite.startAfter(this.#prepare(incr), () => server.onWake());
      else rewrite.start();
      this.#next = { base, incr };
      server.snapshots.begin(rewrite, {
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

  /** What is written into a file is part of the data set once the manifest names it. */
  async #prepare(incr: AofFile): Promise<void> {
    const place = this.#place;
    await this.#files.writeLater((manifest) => {
      return { ...manifest, incrs: [...manifest.incrs, incr] };
    });
    if (this.#place === place) this.#ready = incr;
  }

  /** What is written from now on goes into another file. */
  #turnTo(incr: AofFile): void {
    const { server } = this;
    const [before, current] = [this.#file, this.#current];
    if (before !== null) {
      server.propagation.beginAnew();
      this.#flush();
      if (this.trouble !== null) throw new Error(this.trouble);
    }
    const endBytes = this.#fileBytes;
    this.#ready = null;
    server.log.notice(`Creating AOF incr file ${incr.name} on background rewrite`);
    this.#append(incr);
    if (before !== null && this.#listed) {
      this.#leave(before);
      this.#add(afterOf(current!.name, endBytes));
    } else if (before !== null) {
      before.close();
      this.#files.discard(current!);
    }
    this.#add(selectOf(server.propagation.database));
    if (before === null) this.#follow();
    this.#waits = false;
  }

  /** The base is in its place: what it replaces can go. */
  #rewritten(): void {
    const { server } = this;
    const { base, incr } = this.#next!;
    this.#next = null;
    this.#listed = incr !== null;
    void this.#files.dropHistory();
    this.baseBytes = this.#files.sizeOf(base);
    this.bytes = this.#rewrittenBytes = this.baseBytes + this.#fileBytes;
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
    return this.#buffer.length === 0 || !this.#isStrict;
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

  #add(bytes: Uint8Array): void {
    this.#buffer.add(bytes, this.server.nowMs);
  }

  /** Writes what waits, if it should not wait on. */
  #write(): void {
    if (this.#file === null || this.#buffer.length === 0) return;
    if (!this.syncing || this.#isStrict) return this.#flush();
    const { clock, nowMs, config } = this.server;
    if (nowMs < this.#waryUntilMs && config.values.appendfsync === "everysec") {
      if (nowMs - this.#buffer.sinceMs < PATIENCE_MS) return;
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
    if (this.#buffer.length === 0) return;
    if (this.flushSleepMs > 0) this.server.timers.hold(this.flushSleepMs);
    try {
      if (this.#torn) this.#mend(file);
      file.write(this.#buffer.waiting);
      if (this.#isStrict) this.#syncNow();
    } catch (error) {
      return this.#failed(file, wordsOf(error));
    }
    this.#fileBytes += this.#buffer.length;
    this.bytes += this.#buffer.length;
    this.#buffer.clear();
    if (this.#isStrict) this.#isSyncedTo(this.#writtenOffset);
    else this.#unsynced = true;
    this.#troubled(null, this.#syncTrouble);
  }

  /** Where in the stream what has been written ends. */
  get #writtenOffset(): number {
    return (this.#place?.offset ?? 0) - this.#buffer.length;
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

  /** How long no tick would find anything to do, while nothing is written. */
  get #restMs(): number {
    const isWaiting = this.#unsynced || this.#buffer.length !== 0 || this.#left.length !== 0;
    return isWaiting || this.scheduled || this.trouble !== null ? 0 : Infinity;
  }

  #tick(): void {
    this.#rewriteIfDue();
    if (this.#file === null) return;
    this.#write();
    const { nowMs, config } = this.server;
    // What an earlier policy has left unsynced is synced with `always`, too.
    if (config.values.appendfsync === "no" && this.#syncTrouble === null) return;
    if (this.syncing || nowMs - this.#syncedMs < SYNC_EVERY_MS) return;
    if (!this.#unsynced && this.#left.length === 0) return;
    // The disk is busy with the rewrite: who says so waits for it.
    if (this.rewriting && config.values["no-appendfsync-on-rewrite"]) return;
    this.#syncBeside();
  }

  /** Nothing more is written into a file: the disk gets the rest of it. */
  #leave(file: DataFile): void {
    this.#left.push({ file, offset: this.#writtenOffset });
    this.#unsynced = false;
    if (!this.syncing) this.#syncBeside();
  }

  /** Has a file synced beside the loop: one that was left, or the one being written. */
  #syncBeside(): void {
    const left = this.#left.at(0);
    const place = this.#place;
    if (left === undefined) this.#unsynced = false;
    const { file, offset } = left ?? { file: this.#file!, offset: this.#writtenOffset };
    this.syncing = true;
    this.#syncedMs = this.server.nowMs;
    const ended = (words: string | null) => {
      this.syncing = false;
      // It was switched off meanwhile.
      if (this.#place !== place) return;
      this.#synced(words);
      if (words === null) {
        if (left !== undefined && this.#left[0] === left) this.#left.shift()!.file.close();
        this.#isSyncedTo(Math.max(offset, this.#syncedOffset));
        if (this.#left.length > 0) this.#syncBeside();
      }
      if (this.#buffer.length !== 0) this.server.defer(() => this.#write());
    };
    file.syncLater().then(() => ended(null), (error) => ended(wordsOf(error)));
  }

  /** The same now, for all of them. @throws Error */
  #syncNow(): void {
    for (let left = this.#left.at(0); left !== undefined; left = this.#left.at(0)) {
      left.file.sync();
      this.#left.shift()!.file.close();
    }
    this.#file!.sync();
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
      this.#syncNow();
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
      this.#syncNow();
    } catch { /* nothing more can be done */ }
    for (const { file } of this.#left.splice(0)) file.close();
    this.#file.close();
    this.#file = this.#current = this.#ready = null;
    this.#listed = false;
    this.#buffer.clear();
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
