/** Whether a data set that came from a primary holds no key: what a primary that has lost its data sends. */

const AUX = 0xfa;
const FUNCTION = 0xf5;
const END = 0xff;
/** "REDIS" and the version. */
const MAGIC_BYTES = 9;

/** A data set without keys is not larger, but for libraries of functions. */
export const EMPTY_MAX_BYTES = 1 << 20;

/** A primary has come back without its data, and an operator has to say whether that is meant. */
export class EmptyPrimary extends Error {
  constructor() {
    super("the primary's data set is empty, and replica-refuse-empty-primary is yes");
  }
}

/** @param bytes all of the data set; what cannot be read is not taken for empty */
export function holdsNoKeys(bytes: Uint8Array): boolean {
  let at = MAGIC_BYTES;
  while (at < bytes.length) {
    const opcode = bytes[at++];
    if (opcode === END) return true;
    if (opcode !== AUX && opcode !== FUNCTION) return false;
    for (let strings = opcode === AUX ? 2 : 1; strings > 0; strings--) at = skipString(bytes, at);
  }
  return false;
}

/** @returns where the string at an index ends; behind all, where that cannot be told */
function skipString(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  const numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (first >> 6) {
    case 0:
      return at + 1 + first;
    case 1:
      return at + 2 + ((first & 0x3f) << 8 | bytes[at + 1]);
    case 2:
      return first === 0x80 && at + 5 <= bytes.length
        ? at + 5 + numbers.getUint32(at + 1)
        : Infinity;
    default:
      // Integers of 1, 2 and 4 bytes; what is compressed is none of the short texts that stand here.
      return (first & 0x3f) < 3 ? at + 1 + (1 << (first & 0x3f)) : Infinity;
  }
}
