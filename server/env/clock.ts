/** Time. */

export interface Clock {
  /** Wall-clock time in ms since the epoch, with a fraction where the system has one. */
  nowMs(): number;
  /** A clock that never goes back, in microseconds from an arbitrary start. */
  monotonicUs(): number;
}

export interface Timers {
  /** Calls `act` once, after so long. @returns what takes that back */
  after(ms: number, act: () => void): () => void;
  /** Fulfilled after so long. */
  sleep(ms: number): Promise<void>;
  /** Lets the process's other work run; fulfilled as soon as it has. */
  yield(): Promise<void>;
  /** Holds the thread, and with it everybody. */
  hold(ms: number): void;
}
