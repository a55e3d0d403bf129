/** Snapshots of the data set on disk: who makes them, and what became of them. */

import type { Server } from "../server.ts";

/** What reads and writes the file of the options `dir` and `dbfilename`. */
export interface SnapshotStore {
  /** Writes all databases. @returns keys written @throws Error that says why it could not */
  save(): number;
  /**
   * Reads the file, step by step: each `next()` is a slice of the work.
   *
   * @param merges whether a key that is there already is overwritten
   * @returns null where there is no file @throws Error that says why it could not
   */
  load(merges: boolean): Generator<void, Loaded | null>;
}

/** What a file held. */
export interface Loaded {
  keys: number;
  /** Keys whose time was over. */
  expired: number;
  /** Keys without elements. */
  empty: number;
}

export class Snapshots {
  /** DEBUG SET-SKIP-CHECKSUM-VALIDATION: RDB files and RESTORE's payloads are believed. */
  skipsChecksums = false;
  store: SnapshotStore | null = null;
  /** When the last snapshot was made, or the server. */
  savedMs: number;
  saves = 0;
  lastFailed = false;
  loaded: Loaded = { keys: 0, expired: 0, empty: 0 };

  constructor(readonly server: Server) {
    this.savedMs = server.nowMs;
  }

  /** SAVE: all at once, while everybody waits. @returns false when it failed; the log says why */
  save(): boolean {
    const { server, store } = this;
    if (store === null) return false;
    try {
      store.save();
    } catch (error) {
      server.log.warning(messageOf(error));
      this.lastFailed = true;
      return false;
    }
    server.log.notice("DB saved on disk");
    server.dirty = 0;
    this.saves++;
    this.lastFailed = false;
    this.savedMs = server.clock.nowMs();
    return true;
  }

  /** Loads what is on disk, as the server starts; `rest` lets others run meanwhile. @throws Error */
  async loadAtStart(rest: () => Promise<void>): Promise<void> {
    if (this.store === null) return;
    const { log, clock } = this.server;
    const startUs = clock.monotonicUs();
    const load = this.store.load(false);
    let step = load.next();
    for (; !step.done; step = load.next()) await rest();
    if (!this.#ended(step.value)) return;
    const seconds = (clock.monotonicUs() - startUs) / 1e6;
    log.notice(`DB loaded from disk: ${seconds.toFixed(3)} seconds`);
  }

  /** Loads it now. @returns false when it failed; the log says why */
  loadNow(merges: boolean): boolean {
    if (this.store === null) return false;
    try {
      const load = this.store.load(merges);
      let step = load.next();
      while (!step.done) step = load.next();
      return this.#ended(step.value);
    } catch (error) {
      this.server.log.warning(messageOf(error));
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
