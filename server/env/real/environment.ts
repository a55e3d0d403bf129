/** The environment of a server that runs for real. */

import type { Code } from "../code.ts";
import type { Clock, Environment, Timers } from "../env.ts";
import { Awaited } from "../awaited.ts";
import type { LogSink } from "../log_sink.ts";
import { realDisk } from "./disk.ts";
import { type Libc, openLibc } from "./libc.ts";
import { realNetwork } from "./network.ts";
import { pageReleaser } from "./pages.ts";
import { realProcess } from "./process.ts";
import { realProcesses } from "./processes.ts";

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;

/**
 * The system's clocks. The server reads the monotonic one once per command, and the C library's costs a
 * third of `performance.now()` (65 and 210 ns); its wall clock has microseconds, which TIME shows.
 */
function systemClocks(libc: Libc<SmallCalls> | null): Clock {
  if (libc !== null) {
    const clockGettime = libc.symbols.clock_gettime;
    const words = new Uint32Array(new ArrayBuffer(16));
    // The clocks keep `words`, so what this points at lives as long as they do.
    const timespec = Deno.UnsafePointer.of(words);
    return {
      nowMs: () => {
        clockGettime(CLOCK_REALTIME, timespec);
        return (words[0] + words[1] * 2 ** 32) * 1000 + words[2] / 1e6;
      },
      monotonicUs: () => {
        clockGettime(CLOCK_MONOTONIC, timespec);
        return words[0] * 1e6 + words[2] / 1000;
      },
    };
  }
  return { nowMs: () => Date.now(), monotonicUs: () => performance.now() * 1000 };
}

/** What is asked of the C library beside sockets. */
type SmallCalls = "clock_gettime" | "madvise";

/** Null where there is none, or FFI is not granted. */
function openSmallCalls(): Libc<SmallCalls> | null {
  try {
    return openLibc("clock_gettime", "madvise");
  } catch {
    return null;
  }
}

/** What needs no timer of the system's. */
export const timersWithout: Pick<Timers, "yield" | "hold"> = {
  // `setTimeout(0)` would cost 2 ms; a message to oneself would keep sockets and files waiting.
  yield: () => new Promise((resolve) => setImmediate(resolve)),
  hold: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
};

function realTimers(clock: Clock, awaited: Awaited): Timers {
  // `setTimeout` is Node's in Deno 2.9, of which to touch it for the first time loads 15 ms.
  const after = (ms: number, act: () => void) => {
    const wholeMs = Math.max(1, Math.ceil(ms));
    const over = awaited.timer(clock.monotonicUs() + wholeMs * 1000);
    const signal = AbortSignal.timeout(wholeMs);
    const due = () => {
      over();
      act();
    };
    signal.addEventListener("abort", due, { once: true });
    return () => {
      over();
      signal.removeEventListener("abort", due);
    };
  };
  return {
    ...timersWithout,
    after,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
  };
}

/**
 * @param log where the server's log goes
 * @param code where its code comes from
 */
export function realEnvironment(log: LogSink, code: Code): Environment {
  const libc = openSmallCalls();
  const clock = systemClocks(libc);
  const awaited = new Awaited();
  return {
    clock,
    timers: realTimers(clock, awaited),
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    disk: realDisk(awaited),
    network: realNetwork(awaited),
    process: realProcess(),
    processes: realProcesses(awaited),
    log,
    pageReleaser: (memory) => pageReleaser(memory, libc?.symbols.madvise),
    quietUs: (nowUs) => awaited.quietUs(nowUs),
    ...code,
    close: () => libc?.close(),
  };
}
