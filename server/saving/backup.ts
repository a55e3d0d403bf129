/** Backups that are taken while the server runs, as commands see them. */

/**
 * How far the backup is:
 *
 * ```
 *  idle -> pending -> snapshotting -> incrementing -> sealed -> idle
 *             \------------\---------------\-> failed -> idle, or the next one
 * ```
 */
export type BackupState =
  | "idle"
  | "pending"
  | "snapshotting"
  | "incrementing"
  | "sealed"
  | "failed";

export interface BackupStatus {
  readonly state: BackupState;
  /** Why it has failed, "" where it has not. */
  readonly error: string;
  /** When it began and was sealed, in seconds since the epoch; 0 where it was not. */
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** The backup of a server. What can be refused returns why, null where it was done. */
export interface Backup {
  readonly status: BackupStatus;
  /** Absolute paths of the files that will not change any more. */
  readonly files: readonly string[];
  /** @param later not within what is under way, but in a turn to come */
  start(later: boolean): string | null;
  seal(): string | null;
  abort(): string | null;
  cleanup(): string | null;
  /** The server ends: what is not sealed is given up. */
  close(): void;
}
