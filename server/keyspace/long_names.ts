/**
 * Names of keys that outlive their command, as strings of the engine: those that are watched, waited for,
 * or read by a client that caches. The engine's own memory is a few GB and its end is the process's; a
 * client may make names of half a GB. So the long ones are counted, and refused above a limit.
 */

/** Shorter ones are too many before they are too large. */
const LONG_BYTES = 65536;
/** Of all long names together. */
const MAX_BYTES = 2 ** 30;

export class LongNames {
  #bytes = 0;

  /** Counts a name that is to be kept. @returns false when there is no room for it */
  take(bytes: number): boolean {
    if (bytes < LONG_BYTES) return true;
    if (this.#bytes + bytes > MAX_BYTES) return false;
    this.#bytes += bytes;
    return true;
  }

  /** A name that was taken is kept no more. */
  give(bytes: number): void {
    if (bytes >= LONG_BYTES) this.#bytes -= bytes;
  }
}
