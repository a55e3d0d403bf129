/** SHA-1, by which scripts are called: the core hashes. */

import type { Core } from "../../core-as/host/core.ts";

/** Of a SHA-1 in hex. */
export const SHA_BYTES = 40;

/** Hashes bytes of the core's memory. @returns where the {@link SHA_BYTES} digits are, until the core is called again */
export function sha1At({ x, at }: Core, ptr: number, length: number): number {
  const digits = at.SCRATCH + at.SHA1_STATE_BYTES;
  x.sha1Hex(at.SCRATCH, ptr, length, digits);
  return digits;
}

/** Hashes bytes that lie elsewhere. @returns null when memory is out for them */
export function sha1Of(core: Core, bytes: Uint8Array): string | null {
  const half = core.at.SCRATCH_BYTES >>> 1;
  const isShort = bytes.length <= half;
  const ptr = isShort ? core.at.SCRATCH + half : core.x.allocate(bytes.length);
  if (ptr === 0) return null;
  core.u8.set(bytes, ptr);
  const text = core.binary(sha1At(core, ptr, bytes.length), SHA_BYTES);
  if (!isShort) core.x.free(ptr);
  return text;
}
