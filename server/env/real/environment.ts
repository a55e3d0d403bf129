/** The environment of a server that runs for real. */

import type { Code } from "../code.ts";
import type { Clock, Environment, Timers } from "../env.ts";
import type { LogSink } from "../log_sink.ts";
import { realDisk } from "./disk.ts";
import { openLibc } from "./libc.ts";
import { realNetwork } from "./network.ts";
import { openPageReleaser } from "./pages.ts";
import { realProcess } from "./process.ts";
import { realProcesses } from "./processes.ts";

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;

/**
 * The system's clocks. The server reads the monotonic one once per command, and the C library's costs a
 * third of `performance.now()` (65 and 210 ns); its wall clock has microseconds, which TIME shows.
 */
function systemClocks(): { clock: Clock; close: () => void } {
  try {
    const libc = openLibc("clock_gettime");
    const clockGettime = libc.symbols.clock_gettime;
    const words = new Uint32Array(new ArrayBuffer(16));
    // The clocks keep `words`, so what this points at lives as long as they do.
    const timespec = Deno.UnsafePointer.of(words);
    const clock: Clock = {
      nowMs: () => {
        clockGettime(CLOCK_REALTIME, timespec);
        return (words[0] + words[1] * 2 ** 32) * 1000 + words[2] / 1e6;
      },
      monotonicUs: () => {
        clockGettime(CLOCK_MONOTONIC, timespec);
        return words[0] * 1e6 + words[2] / 1000;
      },
    };
    return { clock, close: () => libc.close() };
  } catch {
    const clock = { nowMs: () => Date.now(), monotonicUs: () => performance.now() * 1000 };
    return { clock, close: () => {} };
  }
}

export const realTimers: Timers = {
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  // `setTimeout(0)` would cost 2 ms.
  yield: () => new Promise((resolve) => setImmediate(resolve)),
  hold: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
};

/**
 * @param log where the server's log goes
 * @param code where its code comes from
 */
export function realEnvironment(log: LogSink, code: Code): Environment {
  const { clock, close } = systemClocks();
  return {
    clock,
    timers: realTimers,
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    disk: realDisk(),
    network: realNetwork(),
    process: realProcess(),
    processes: realProcesses,
    log,
    pageReleaser: openPageReleaser,
    ...code,
    close,
  };
}
