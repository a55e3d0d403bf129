/** Periods that SENTINEL DEBUG shows and changes, in ms. */

export const DEFAULT_TIMING = {
  "info-period": 10_000,
  "ping-period": 1000,
  "ask-period": 1000,
  "publish-period": 2000,
  "default-down-after": 30_000,
  "default-failover-timeout": 180_000,
  "tilt-trigger": 2000,
  "tilt-period": 30_000,
  "slave-reconf-timeout": 10_000,
  "min-link-reconnect-period": 15_000,
  "election-timeout": 10_000,
  "script-max-runtime": 60_000,
  "script-retry-delay": 30_000,
};
export type Timing = typeof DEFAULT_TIMING;
export type TimingName = keyof Timing;

/** How often the machine wants to be told the time, at least. */
export const TICK_MS = 100;
/** The same where a primary is to be found down within less than a second. */
export const FAST_TICK_MS = 20;

/** Steps of a failover are looked at again after this, or sooner where failures are to be noticed sooner. */
export function pace(downAfterMs: number, mostMs: number): number {
  return Math.min(mostMs, Math.max(FAST_TICK_MS, downAfterMs / 3));
}
