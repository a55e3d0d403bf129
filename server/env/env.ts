/**
 * What the outside world gives, as one parameter of a server: time, randomness, disk, network, facts of
 * the process, and where the log goes. Nothing else in the project asks the system for any of it, so a whole
 * topology can run in one process on simulated ones (tests/sim), repeatable from a seed.
 */

import type { Disk } from "./disk.ts";
import type { LogSink } from "./log_sink.ts";
import type { Memory, Network, PageReleaser } from "./network.ts";
import type { ProcessInfo } from "./process.ts";

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

export interface Random {
  /** Random bytes fit for keys and IDs. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
}

export interface Environment {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
  readonly process: ProcessInfo;
  readonly log: LogSink;
  /** What gives a core's free pages back to the system. */
  pageReleaser(memory: Memory): PageReleaser;
  /** Gives back what it holds of the system. */
  close(): void;
}
