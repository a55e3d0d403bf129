/**
 * What the outside world gives: time and randomness. They come in as interfaces, so that a whole
 * topology can run in one process on simulated ones, repeatable from a seed. The network comes in as
 * a {@link ../net/transport.ts Transport}; the disk as the interfaces of the rooms that use it.
 */

import type { ProcessInfo } from "./process.ts";

export interface Clock {
  /** Wall-clock time in ms since the epoch, with a fraction where the system has one. */
  nowMs(): number;
  /** A clock that never goes back, in microseconds from an arbitrary start. */
  monotonicUs(): number;
}

export interface Random {
  /** Random bytes fit for keys and IDs. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
}

export interface Environment {
  clock: Clock;
  random: Random;
  process: ProcessInfo;
  /** Gives back what it holds of the system. */
  close(): void;
}
