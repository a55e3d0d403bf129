/** Comparing what a client gives with a password. */

import type * as crypto from "node:crypto";

/** Node's module is loaded when first needed: servers without a password do not pay for it. */
function nodeCrypto(): typeof crypto {
  // deno-lint-ignore no-process-global -- importing it would load it, and much else
  return process.getBuiltinModule("node:crypto") as typeof crypto;
}

/** What is longer, and longer than the secret, is wrong: no more of it is looked at. */
const COMPARED_BYTES = 65536;

/**
 * Compares by digests, in a time that tells nothing of where the two differ.
 *
 * @param given the first bytes of what was given, {@link comparedBytes} of them at most
 * @param givenBytes how many there were @param secret one character a byte
 */
export function isSecret(given: Uint8Array, givenBytes: number, secret: string): boolean {
  const { createHash, timingSafeEqual } = nodeCrypto();
  const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
  const wanted = Uint8Array.from(secret, (character) => character.charCodeAt(0));
  return timingSafeEqual(digest(given), digest(wanted)) && givenBytes === secret.length;
}

/** How much of what is given is looked at. */
export function comparedBytes(givenBytes: number, secret: string): number {
  return Math.min(givenBytes, Math.max(COMPARED_BYTES, secret.length));
}
