/**
 * What the outside world gives, as one parameter of a server: time, randomness, disk, network, facts of
 * the process, where the log goes and code comes from. Nothing else in the project asks the system for any of it, so a whole
 * topology can run in one process on simulated ones (tests/sim), repeatable from a seed.
 */

import type { Clock, Timers } from "./clock.ts";
import type { Code } from "./code.ts";
import type { Disk } from "./disk.ts";
import type { LogSink } from "./log_sink.ts";
import type { Memory, Network, PageReleaser } from "./network.ts";
import type { ProcessInfo } from "./process.ts";
import type { Processes } from "./processes.ts";

export type { Clock, Timers } from "./clock.ts";

export interface Random {
  /** Random bytes fit for keys and IDs. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
}

export interface Environment extends Code {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
  readonly process: ProcessInfo;
  readonly processes: Processes;
  readonly log: LogSink;
  /** What gives a core's free pages back to the system. */
  pageReleaser(memory: Memory): PageReleaser;
  /**
   * For how many us from a moment of the monotonic clock on nothing is to come by the process's own event loop, so that
   * a program may keep it waiting; 0: something may come at once, or nobody knows.
   */
  quietUs(nowUs: number): number;
  /** Gives back what it holds of the system. */
  close(): void;
}
