/** The append-only file as the rest of the server sees it. */

export interface Journal {
  /** Writes are being appended. */
  readonly isOpen: boolean;
  /** Why the last write failed, in the system's words; null while all is well. Writes are refused then. */
  readonly trouble: string | null;
  /** Bytes of all its files, and of the base among them. */
  readonly bytes: number;
  readonly baseBytes: number;
  /** Bytes that wait to be written. */
  readonly waitingBytes: number;
  /** An fsync is under way. */
  readonly syncing: boolean;
  /** How often a write did not wait any longer for an fsync. */
  readonly delayedSyncs: number;
  /**
   * Loads what the files hold and begins to append to them, or makes them.
   *
   * @param rest lets others run meanwhile
   * @param loadSnapshot loads the snapshot, for the case that there are no files yet
   * @throws Error that says why it could not
   */
  openAtStart(rest: () => Promise<void>, loadSnapshot: () => Promise<void>): Promise<void>;
  /** Begins to append, from the data set as it is. @throws Error that says why it could not */
  open(): void;
  /** Writes and syncs what waits, and ends. */
  close(): void;
  /** Writes and syncs what waits. @returns false when the disk refuses */
  finish(): boolean;
}
