/** Passwords: kept as digests alone, and compared in a time that tells nothing of where two differ. */

import type * as crypto from "node:crypto";
import type { Core } from "../../core-as/host/core.ts";

/** Node's module is loaded when first needed: servers without a password do not pay for it. */
function nodeCrypto(): typeof crypto {
  // deno-lint-ignore no-process-global -- importing it would load it, and much else
  return process.getBuiltinModule("node:crypto") as typeof crypto;
}

/** Read at once from the core's memory. */
const PIECE_BYTES = 1 << 20;

/** SHA-256 as 64 hex digits. @param text one character a byte */
export function hashOf(text: string): string {
  return nodeCrypto().createHash("sha256").update(text, "latin1").digest("hex");
}

/** The same of an argument of the command under way. */
export function hashOfArgument(core: Core, index: number): string {
  const hash = nodeCrypto().createHash("sha256");
  const ptr = core.argPtr(index);
  const length = core.argLen(index);
  for (let at = 0; at < length; at += PIECE_BYTES) {
    hash.update(core.bytes(ptr + at, Math.min(PIECE_BYTES, length - at)));
  }
  return hash.digest("hex");
}

/** Whether a digest is among others: all are looked at, whole. */
export function isAmong(hash: string, hashes: readonly string[]): boolean {
  const { timingSafeEqual } = nodeCrypto();
  const bytes = (hex: string) => Uint8Array.from(hex, (digit) => digit.charCodeAt(0));
  const given = bytes(hash);
  let found = false;
  for (const known of hashes) if (timingSafeEqual(given, bytes(known))) found = true;
  return found;
}
