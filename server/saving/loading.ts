/**
 * Loading: while files become the data set, clients are answered that it is not there yet, how far it has
 * come and how long it may take.
 */

import { ANY_COMMAND, flagBits } from "../commands/facts.ts";
import type { Clock } from "../env/clock.ts";
import type { PageReleaser } from "../env/network.ts";
import type { GateRow } from "../gates/gates.ts";
import type { Log } from "../stats/log.ts";

/** How often the log says how far it has come. */
const TOLD_MS = 10_000;

/** What loading needs of the server. */
export interface LoadingNeeds {
  readonly config: { readonly values: { readonly "disable-thp": boolean } };
  readonly pages: PageReleaser;
  readonly clock: Clock;
  readonly log: Log;
  updateGate(): void;
}

export class Loading {
  /** A data set is being loaded: nothing expires, writes of clients are refused. */
  active = false;
  /** What was there before is served meanwhile. */
  serves = false;
  /** It is all that there is. */
  get alone(): boolean {
    return this.active && !this.serves;
  }
  startedMs = 0;
  totalBytes = 0;
  loadedBytes = 0;
  /** What the data set took when the file was made, 0 = unknown. */
  usedMemoryBytes = 0;
  #toldMs = 0;
  /** Bytes of files that were loaded before the one under way. */
  #beforeBytes = 0;

  constructor(readonly server: LoadingNeeds) {}

  /** @param serves what was there before is served meanwhile, the new data set is loaded beside it */
  begin(serves = false): void {
    this.serves = serves;
    this.startedMs = this.#toldMs = this.server.clock.nowMs();
    this.totalBytes =
      this.loadedBytes =
      this.usedMemoryBytes =
      this.#beforeBytes =
        0;
    this.active = true;
    // What is filled from end to end needs no small pages, and takes a good part of its time to get them.
    this.server.pages.useLarge(true);
    this.server.updateGate();
  }

  /** Files of so many bytes are to be loaded. */
  expect(bytes: number): void {
    this.totalBytes += bytes;
  }

  /** So many bytes of a file are loaded, of so many that it has. */
  progress(name: string, bytes: number, fileBytes: number): void {
    this.loadedBytes = this.#beforeBytes + bytes;
    const nowMs = this.server.clock.nowMs();
    if (nowMs - this.#toldMs < TOLD_MS) return;
    this.#toldMs = nowMs;
    const percent = Math.floor(bytes / Math.max(1, fileBytes) * 100);
    this.server.log.notice(`Loading ${name}: ${percent}% of ${fileBytes} bytes`);
  }

  /** A file of so many bytes is loaded. */
  fileDone(fileBytes: number): void {
    this.loadedBytes = this.#beforeBytes += fileBytes;
  }

  end(): void {
    if (!this.active) return;
    this.active = this.serves = false;
    if (this.server.config.values["disable-thp"]) this.server.pages.useLarge(false);
    this.server.updateGate();
  }

  /** Seconds that the rest may take, by the pace so far. */
  get etaS(): number {
    const elapsedS = (this.server.clock.nowMs() - this.startedMs) / 1000;
    if (this.loadedBytes === 0) return 1;
    return Math.max(
      0,
      Math.floor(elapsedS * (this.totalBytes - this.loadedBytes) / this.loadedBytes),
    );
  }

  readonly gate: GateRow = {
    name: "loading",
    connections: 0,
    commands: () => {
      if (!this.active) return 0;
      return this.serves ? flagBits.no_async_loading : ANY_COMMAND;
    },
    refuse: ({ bits }) => {
      const refused = this.serves
        ? (bits & flagBits.no_async_loading) !== 0
        : (bits & flagBits.loading) === 0;
      return refused ? LOADING : null;
    },
  };
}

const LOADING = "LOADING Redis is loading the dataset in memory";
