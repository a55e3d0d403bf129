/** The append-only file as the rest of the server sees it. */

import { flagBits } from "../commands/facts.ts";
import type { GateRow } from "../gates/gates.ts";

/** Writes are refused that could not be appended. */
export function appendOnlyGate(
  server: { readonly appendOnlyFile: AppendOnlyFile | null },
): GateRow {
  return {
    name: "append-only file",
    connections: 0,
    commands: () => server.appendOnlyFile?.trouble == null ? 0 : flagBits.write,
    refuse: ({ bits }) => {
      const trouble = server.appendOnlyFile?.trouble;
      if (trouble == null || (bits & flagBits.write) === 0) return null;
      return `MISCONF Errors writing to the AOF file: ${trouble}`;
    },
  };
}

export interface AppendOnlyFile {
  /** Writes are being appended. */
  readonly isOpen: boolean;
  /** It is open, or was switched on and will be as soon as a rewrite can begin. */
  readonly isOn: boolean;
  /** It was switched on, and the data set of then is not in it yet. */
  readonly isBeginning: boolean;
  /** Why the last write failed, in the system's words; null while all is well. Writes are refused then. */
  readonly trouble: string | null;
  /** Bytes of all its files, and of the base among them. */
  readonly bytes: number;
  readonly baseBytes: number;
  /** Up to which offset of the stream the disk has what would be loaded. */
  readonly syncedOffset: number;
  /** Bytes that wait to be written. */
  readonly waitingBytes: number;
  /** An fsync is under way. */
  readonly syncing: boolean;
  /** How often a write did not wait any longer for an fsync. */
  readonly delayedSyncs: number;
  /** A rewrite is under way; one is waiting for its turn. */
  readonly rewriting: boolean;
  readonly scheduled: boolean;
  /** Rewrites begun, how many have failed since the last that did not, and how long that one took, -1 = none. */
  readonly rewrites: number;
  readonly failures: number;
  readonly lastTookS: number;
  /** How long the one under way has been, -1 without. */
  readonly currentTookS: number;
  /** DEBUG AOF-FLUSH-SLEEP: how long the disk is waited for before each write. */
  flushSleepMs: number;
  /** Has the data set of the files take the place of that in memory. @returns false when it failed; the log says why */
  reload(): boolean;
  /** Begins to write the files anew, from the data set as it is. @returns false when it failed; the log says why */
  rewrite(): boolean;
  /** Has that begin when it can. */
  rewriteLater(): void;
  /**
   * Loads what the files hold and begins to append to them, or makes them.
   *
   * @param rest lets others run meanwhile
   * @param loadSnapshot loads the snapshot, for the case that there are no files yet
   * @param isThere what they hold is in memory already
   * @throws Error that says why it could not
   */
  openAtStart(
    rest: () => Promise<void>,
    loadSnapshot: () => Promise<void>,
    isThere: boolean,
  ): Promise<void>;
  /** Writes and syncs what waits, and ends. */
  close(): void;
  /** Writes and syncs what waits. @returns false when the disk refuses */
  finish(): boolean;
}
