/** The real clock and random source. */

import type { Environment } from "./env.ts";

/** The environment of a server that runs for real. */
export function realEnvironment(): Environment {
  return {
    clock: {
      nowMs: () => Date.now(),
      monotonicUs: () => performance.now() * 1000,
    },
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
  };
}
