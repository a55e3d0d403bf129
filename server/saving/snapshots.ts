/**
 * Snapshots of the data set on disk: when they are made, and what became of them.
 *
 * SAVE writes one while everybody waits. BGSAVE, and the points of the option `save`, write one of the moment
 * when they begin, in slices between other work: the core has what is about to change written before
 * (core-as/assembly/files/rdb_save.ts). No process is forked, nothing is copied.
 */

import { wordsOf } from "../env/system_error.ts";
import type { Library } from "../scripting/functions.ts";
import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../env/clock.ts";
import { MemorySink, type Sink } from "../env/sink.ts";
import { MemorySource, type Source, type Step, takeSteps, takeStepsNow } from "../env/source.ts";
import { ANY_COMMAND, flagBits } from "../commands/facts.ts";
import type { GateRow } from "../gates/gates.ts";
import { errors } from "../resp/errors.ts";
import type { Backup } from "./backup.ts";
import { LargeValues, type LargeValuesNeeds } from "./large_values.ts";
import type { EventLoopStats } from "../stats/event_loop.ts";
import type { Log } from "../stats/log.ts";
import { SnapshotPace } from "./pace.ts";

/** What saving needs of the server. */
export interface SnapshotsNeeds extends LargeValuesNeeds {
  readonly core: Core;
  readonly clock: Clock;
  readonly config: Config;
  readonly databases: { readonly keys: number };
  readonly log: Log;
  readonly stats: { readonly loop: EventLoopStats };
  readonly cronJobs: { every(run: () => void, restMs: () => number): void };
  /** Changes to the data set since it was last saved. */
  dirty: number;
  updateGate(): void;
}

/** What has come of some writing: there is more to do at once, or when the sink has room, or all is written. */
export type WriteStep = "more" | "wait" | "done";

/** A snapshot that is being written to a sink. Every function throws an Error that says why it cannot. */
export interface Snapshot {
  /** Keys written so far. */
  readonly keys: number;
  /** Writes some more; what is urgent does not wait for room. */
  write(isUrgent?: boolean): WriteStep;
  /** All is written: fulfilled when it is where it belongs, a file in its place. */
  finish(): Promise<void>;
  /** Gives it up. */
  discard(): void;
}

/** What reads and writes the file of the options `dir` and `dbfilename`. */
export interface SnapshotStore {
  /** Writes all databases. @returns keys written @throws Error that says why it could not */
  save(): number;
  /** Writes all databases to a sink that always has room. */
  saveTo(sink: Sink): void;
  /** Begins a file of this moment; the data set may change while it is written. @throws Error */
  begin(): Snapshot;
  /**
   * Reads the file, step by step: each `next()` is a slice of the work.
   *
   * @param merges whether a key that is there already is overwritten
   * @returns null where there is no file @throws Error that says why it could not
   */
  load(merges: boolean): Generator<Step, Loaded | null>;
  /** Reads such a file from elsewhere, into databases that are empty. @throws Error that says why it could not */
  loadFrom(source: Source): Generator<Step, Loaded>;
  /** The same into databases that are staged beside those that are served. */
  loadBeside(source: Source): Generator<Step, LoadedBeside>;
}

/** The memory as a file, which the next start begins with. */
export interface MemoryImage {
  /** The server ends in order, and is to leave one. */
  wanted: boolean;
  /** Writes it if it is wanted; nothing uses the core afterwards. */
  write(): void;
}

/** Where in the history of a data set something stands: replicas go on from there. */
export interface Replication {
  /** 40 hex digits that name the history, and bytes of it. */
  id: string;
  offset: number;
  /** Which database the next operation is in if it does not say so; -1 = it does. */
  database: number;
}

/** What a data set held that is staged, and its libraries of functions. */
export interface LoadedBeside extends Loaded {
  libraries: Map<string, Library>;
}

/** What a file held. */
export interface Loaded {
  keys: number;
  /** Keys whose time was over. */
  expired: number;
  /** Keys without elements. */
  empty: number;
  /** Which moment of which history it was, where it said so. */
  replication: Replication | null;
}

/** Whom a snapshot is made for. */
export interface Purpose {
  /** It is for replicas. */
  readonly isForReplicas?: boolean;
  /** It is in its place. */
  saved(): void;
  failed(error: unknown): void;
  /** It was given up, as databases were emptied or exchanged: another one is needed. */
  interrupted(): void;
}

/** What is known of a snapshot under way. */
interface Running {
  snapshot: Snapshot;
  purpose: Purpose;
  startMs: number;
  keysTotal: number;
  /** Its first step is left to the turn after that in which it began: whoever asks meanwhile waits for one of them. */
  isNew: boolean;
  /** All is written, and on its way to where it belongs. */
  finishing: boolean;
}

/** After a failure the points of `save` wait so long. */
const RETRY_MS = 5000;
/** A slice of a snapshot that somebody waits for. */
const URGENT_SLICE_US = 1000;

export class Snapshots {
  /** DEBUG SET-SKIP-CHECKSUM-VALIDATION: RDB files and RESTORE's payloads are believed. */
  skipsChecksums = false;
  store: SnapshotStore | null = null;
  image: MemoryImage | null = null;
  backup: Backup | null = null;
  /** When the last snapshot was made, or the server. */
  savedMs = 0;
  saves = 0;
  /** The last one in the background has failed. */
  lastFailed = false;
  /** How long the last one in the background took; -1 before the first. */
  lastTookS = -1;
  loaded: Loaded = { keys: 0, expired: 0, empty: 0, replication: null };
  /** Whoever wants to change a large value that the snapshot under way has still to write. */
  readonly large: LargeValues;
  readonly #pace: SnapshotPace;
  #running: Running | null = null;
  readonly #ownPurpose: Purpose = {
    saved: () => this.#savedBeside(),
    failed: (error) => this.#failed(error),
    interrupted: () => this.#wanted = true,
  };
  /** Changes that the one under way has. */
  #dirtyBefore = 0;
  #triedMs = 0;
  /** Another one shall begin as soon as there can. */
  #wanted = false;

  constructor(readonly server: SnapshotsNeeds) {
    this.large = new LargeValues(
      server,
      () => this.#running !== null && !this.#running.finishing,
    );
    this.#pace = new SnapshotPace(server.stats);
    server.config.onChange(["save", "stop-writes-on-bgsave-error"], () => server.updateGate());
    server.cronJobs.every(() => this.#tick(), () => this.#restMs());
  }

  /** One is under way, whatever for. */
  get running(): boolean {
    return this.#running !== null;
  }
  /** One for the file `dbfilename` is under way. */
  get saving(): boolean {
    return this.#running?.purpose === this.#ownPurpose;
  }

  /** One is under way that is a background save in Redis: for that file, or for replicas. */
  get savesInBackground(): boolean {
    return this.saving || this.#running?.purpose.isForReplicas === true;
  }

  /** How long the one under way has been, how many keys it has, and how many there are; null without. */
  get progress(): { seconds: number; keys: number; total: number } | null {
    const { server } = this;
    if (this.#running === null) return null;
    const { startMs, snapshot, keysTotal } = this.#running;
    return {
      seconds: Math.floor((server.clock.nowMs() - startMs) / 1000),
      keys: snapshot.keys,
      total: keysTotal,
    };
  }

  /** Writes are refused that could not be saved; PING tells of it, too. */
  readonly gate: GateRow = {
    name: "snapshot",
    connections: 0,
    commands: () => this.refusesWrites ? ANY_COMMAND : 0,
    refuse: ({ bits, name }) => {
      return (bits & flagBits.write) !== 0 || name === "ping" ? errors.notPersistent : null;
    },
  };

  /** Whether writes are refused, because what they do could not be saved. */
  get refusesWrites(): boolean {
    const { values } = this.server.config;
    return this.lastFailed && values["stop-writes-on-bgsave-error"] && values.save.length > 0;
  }

  // ---- saving -----------------------------------------------------------------------------------

  /** SAVE: all at once, while everybody waits. @returns false when it failed; the log says why */
  save(): boolean {
    const { server, store } = this;
    // Anything else that is under way begins anew afterwards: the core writes one file at a time.
    if (store === null || this.savesInBackground) return false;
    this.saves++;
    try {
      store.save();
    } catch (error) {
      server.log.warning(wordsOf(error));
      return false;
    }
    server.log.notice("DB saved on disk");
    server.dirty = 0;
    this.#saved(false);
    return true;
  }

  /** All databases as the bytes of a file that is not written. @throws Error */
  bytes(): Uint8Array<ArrayBuffer> {
    const sink = new MemorySink();
    this.store?.saveTo(sink);
    return sink.bytes.slice();
  }

  /** BGSAVE: begins a snapshot of this moment. @returns false when it failed; the log says why */
  start(): boolean {
    const { server, store } = this;
    this.#wanted = false;
    if (store === null) return false;
    this.saves++;
    this.#triedMs = server.clock.nowMs();
    this.#dirtyBefore = server.dirty;
    try {
      this.begin(store.begin(), this.#ownPurpose);
    } catch (error) {
      this.#failed(error);
      return false;
    }
    server.log.notice("Background saving started");
    return true;
  }

  /** Has a snapshot written that has just begun, of which there can be one at a time. */
  begin(snapshot: Snapshot, purpose: Purpose): void {
    const { server } = this;
    const keysTotal = server.databases.keys;
    const startMs = server.clock.nowMs();
    this.#running = {
      snapshot,
      purpose,
      startMs,
      keysTotal,
      isNew: true,
      finishing: false,
    };
    server.updateGate();
  }

  /** Has one begin when it can: when none is under way, in a turn to come. */
  startLater(): void {
    this.#wanted = true;
  }

  /** Goes on with the snapshot under way for a while. @returns ms until there is more to do */
  run(nowUs: number): number {
    if (this.#running === null || this.#running.finishing) return Infinity;
    // Whoever waits for a value of it keeps nobody busy.
    const budgetUs = this.large.awaited ? URGENT_SLICE_US : this.#pace.budgetUs(nowUs);
    if (budgetUs === 0) return 1;
    const more = this.#slice(budgetUs);
    this.large.look();
    return more ? 0 : Infinity;
  }

  #slice(budgetUs: number): boolean {
    const running = this.#running!;
    if (running.isNew) {
      running.isNew = false;
      return true;
    }
    const { clock } = this.server;
    const { awaited } = this.large;
    const endUs = clock.monotonicUs() + budgetUs;
    try {
      for (;;) {
        const step = running.snapshot.write(awaited);
        if (step === "done") break;
        if (step === "wait") return false;
        if (clock.monotonicUs() > endUs) return true;
      }
    } catch (error) {
      this.cancel();
      running.purpose.failed(error);
      return false;
    }
    running.finishing = true;
    this.server.updateGate();
    void this.#finish(running);
    return false;
  }

  async #finish(running: Running): Promise<void> {
    try {
      await running.snapshot.finish();
      // It was given up meanwhile.
      if (this.#running !== running) return;
    } catch (error) {
      if (this.#running !== running) return;
      this.cancel();
      return running.purpose.failed(error);
    }
    this.#running = null;
    try {
      running.purpose.saved();
    } catch (error) {
      // Nobody waits for this: what is thrown here would end the process.
      running.purpose.failed(error);
    }
  }

  /** The file `dbfilename` was written beside other work. */
  #savedBeside(): void {
    const { server } = this;
    server.dirty -= this.#dirtyBefore;
    this.lastTookS = Math.floor((server.clock.nowMs() - this.#triedMs) / 1000);
    server.log.notice("DB saved on disk");
    server.log.notice("Background saving terminated with success");
    this.#saved(true);
  }

  /** A file is in its place. */
  #saved(inBackground: boolean): void {
    this.savedMs = this.server.clock.nowMs();
    this.lastFailed = false;
    if (!inBackground) this.#wanted = false;
    this.server.updateGate();
  }

  /** One in the background has failed. */
  #failed(error: unknown): void {
    this.server.log.warning(wordsOf(error));
    this.server.log.warning("Background saving error");
    this.lastFailed = true;
    this.lastTookS = Math.floor((this.server.clock.nowMs() - this.#triedMs) / 1000);
    this.server.updateGate();
  }

  /** Gives up the snapshot under way. @returns whether there was one */
  cancel(): boolean {
    const running = this.#running;
    if (running === null) return false;
    this.#running = null;
    running.snapshot.discard();
    this.server.updateGate();
    this.large.look();
    return true;
  }

  /**
   * Databases are about to be emptied or exchanged as a whole, past the buckets that a snapshot watches:
   * the one under way begins anew, with what is there then.
   */
  interrupt(): void {
    const purpose = this.#running?.purpose;
    if (this.cancel()) purpose!.interrupted();
  }

  /** All databases were emptied: as in Redis that is saved at once where anything is. */
  flushed(): void {
    if (this.saving) this.cancel();
    this.interrupt();
    if (this.store === null || this.server.config.values.save.length === 0) return;
    const { dirty } = this.server;
    this.save();
    this.server.dirty = dirty;
  }

  /** How long no tick would begin one, while nothing is written. */
  #restMs(): number {
    const { server } = this;
    if (this.#wanted) return 0;
    let restMs = Infinity;
    for (const { seconds, changes } of server.config.values.save) {
      const dueMs = this.savedMs + seconds * 1000 + 1;
      if (server.dirty >= changes) restMs = Math.min(restMs, dueMs - server.clock.nowMs());
    }
    return this.lastFailed ? Infinity : Math.max(0, restMs);
  }

  /** Begins what is due. */
  #tick(): void {
    const { server } = this;
    if (this.running) return;
    if (this.#wanted) {
      this.start();
      return;
    }
    const nowMs = server.clock.nowMs();
    if (this.lastFailed && nowMs - this.#triedMs < RETRY_MS) return;
    for (const { seconds, changes } of server.config.values.save) {
      if (server.dirty < changes || nowMs - this.savedMs <= seconds * 1000) continue;
      server.log.notice(`${changes} changes in ${seconds} seconds. Saving...`);
      this.start();
      return;
    }
  }

  // ---- loading ----------------------------------------------------------------------------------

  /**
   * Loads what is on disk, as the server starts.
   *
   * @param bytes are loaded in its place
   * @param rest lets others run meanwhile
   * @throws Error
   */
  async loadAtStart(bytes: Uint8Array | null, rest: () => Promise<void>): Promise<void> {
    if (this.store === null) return;
    const { log, clock } = this.server;
    const startUs = clock.monotonicUs();
    const steps = bytes === null
      ? this.store.load(false)
      : this.store.loadFrom(new MemorySource(bytes));
    if (!this.#ended(await takeSteps<Loaded | null>(steps, rest))) return;
    if (bytes !== null) return;
    const seconds = (clock.monotonicUs() - startUs) / 1e6;
    log.notice(`DB loaded from disk: ${seconds.toFixed(3)} seconds`);
  }

  /** Loads it now. @returns false when it failed; the log says why */
  loadNow(merges: boolean): boolean {
    if (this.store === null) return false;
    try {
      return this.#ended(takeStepsNow(this.store.load(merges)));
    } catch (error) {
      this.server.log.warning(wordsOf(error));
      return false;
    }
  }

  #ended(loaded: Loaded | null): boolean {
    if (loaded === null) return false;
    this.loaded = loaded;
    this.server.dirty = 0;
    return true;
  }
}
