/** The real clock and random source. */

import { openLibc } from "../net/libc.ts";
import type { Clock, Environment } from "./env.ts";
import { realProcess } from "./process.ts";

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;

/**
 * The system's clocks. The server reads the monotonic one once per command, and the C library's costs a
 * third of `performance.now()` (65 and 210 ns); its wall clock has microseconds, which TIME shows.
 */
function systemClocks(): { clock: Clock; close: () => void } {
  try {
    const libc = openLibc();
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

/** The environment of a server that runs for real. */
export function realEnvironment(): Environment {
  const { clock, close } = systemClocks();
  return {
    clock,
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    process: realProcess(),
    close,
  };
}
