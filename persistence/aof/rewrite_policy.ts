/** When an append-only file is written anew by itself. */

/** After a rewrite that failed the next one waits so long, twice as long after each that follows. */
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;

/** Whether another rewrite must wait still, as the last ones have failed. */
export function waitsAfterFailure(failures: number, sinceMs: number): boolean {
  const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
  return failures > 0 && sinceMs < waitMs;
}

/**
 * By how many percent a file has grown since it was written anew, where that is enough to do it again.
 *
 * @param percentage option auto-aof-rewrite-percentage, 0 = never
 * @param leastBytes option auto-aof-rewrite-min-size
 */
export function growthDue(
  bytes: number,
  rewrittenBytes: number,
  percentage: number,
  leastBytes: number,
): number | null {
  if (percentage === 0 || bytes <= leastBytes) return null;
  const growth = (bytes / Math.max(1, rewrittenBytes) - 1) * 100;
  return growth < percentage ? null : Math.floor(growth);
}
