/** Other programs that a server runs, and its own end. */

export interface Processes {
  /** Whether a file is there and may be run. */
  isExecutable(path: string): boolean;
  /**
   * Runs a program, its output nowhere.
   *
   * @param words its path and its arguments
   * @returns its status, null where it could not be run or a signal ended it; and what ends it
   */
  run(words: readonly string[]): { ended: Promise<number | null>; kill(): void };
  /** Ends this process at once, as a crash would. */
  die(): void;
}
