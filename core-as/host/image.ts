/**
 * A core's memory as bytes, and such bytes as a core: the parts that core-as/assembly/files/image.ts names.
 *
 * ```
 *  part     u32 address | u32 length | u64 sum of its bytes | u64 seal | bytes
 *  the end  the same with length 0
 * ```
 *
 * The seal of a part is the sum of what stands before it in its head and of the seal before; the first seal is
 * whoever's who writes the image. So nothing in an image can be changed, moved or left out unseen but by somebody
 * who means to.
 */

import type { Core } from "./core.ts";

/** Bytes of a part at most. */
const PART_BYTES = 4 << 20;
const HEAD_BYTES = 24;

/** The sum of the bytes at an address. */
function sumAt({ x, at, i64 }: Core, ptr: number, len: number): bigint {
  x.imageSum(ptr, len);
  return i64[at.RESULT_I64 >> 1];
}

/** A seal of bytes, to begin with. */
export function sealOf(core: Core, bytes: Uint8Array): bigint {
  const { SCRATCH, SCRATCH_BYTES } = core.at;
  let seal = BigInt(bytes.length);
  for (let from = 0; from < bytes.length; from += SCRATCH_BYTES / 2) {
    const piece = bytes.subarray(from, from + SCRATCH_BYTES / 2);
    core.u8.set(piece, SCRATCH + HEAD_BYTES);
    seal = sealPart(core, SCRATCH + HEAD_BYTES, piece.length, seal);
  }
  return seal;
}

/** Writes the head of a part to the start of SCRATCH. @returns its seal */
function sealPart(core: Core, ptr: number, len: number, before: bigint): bigint {
  return writeHead(core, ptr, len, len === 0 ? 0n : sumAt(core, ptr, len), before);
}

function writeHead(core: Core, ptr: number, len: number, sum: bigint, before: bigint): bigint {
  const { u32, i64, at: { SCRATCH } } = core;
  u32[SCRATCH >> 2] = ptr;
  u32[(SCRATCH >> 2) + 1] = len;
  i64[(SCRATCH >> 3) + 1] = sum;
  i64[(SCRATCH >> 3) + 2] = before;
  const seal = sumAt(core, SCRATCH, HEAD_BYTES);
  i64[(SCRATCH >> 3) + 2] = seal;
  return seal;
}

/**
 * Writes a core that nobody uses any more.
 *
 * @param seal the first one
 * @param write takes bytes, which are there during the call only
 */
export function writeImage(core: Core, seal: bigint, write: (bytes: Uint8Array) => void): void {
  const { x, u8, u32, at } = core;
  x.imagePrepare();
  const put = (ptr: number, len: number) => {
    seal = sealPart(core, ptr, len, seal);
    write(u8.subarray(at.SCRATCH, at.SCRATCH + HEAD_BYTES));
    write(u8.subarray(ptr, ptr + len));
  };
  const putStretch = () => {
    const [ptr, len] = [u32[at.RESULT_PTR], u32[at.RESULT_LEN]];
    for (let from = 0; from < len; from += PART_BYTES) {
      put(ptr + from, Math.min(len - from, PART_BYTES));
    }
  };
  for (let i = 0; x.imageCells(i); i++) putStretch();
  for (let page = x.imageStretch(0); page !== 0; page = x.imageStretch(page)) putStretch();
  put(0, 0);
}

/**
 * Takes an image over, into a core that was just made and that nothing else has used yet.
 *
 * @param read fills `into`, as far as there is something to read; @returns bytes read
 * @returns whether it was whole; if not, the core is of no use any more
 */
export function takeImage(
  core: Core,
  seal: bigint,
  read: (into: Uint8Array) => number,
): boolean {
  const { x, u8, u32, i64, at } = core;
  const limitPage = u32[at.LIMIT_PAGE];
  const fill = (ptr: number, len: number): boolean => {
    const end = ptr + len;
    while (ptr < end) {
      const count = read(u8.subarray(ptr, end));
      if (count === 0) return false;
      ptr += count;
    }
    return true;
  };
  const before = core.usedBytes;
  for (;;) {
    if (!fill(at.SCRATCH, HEAD_BYTES)) return false;
    const [ptr, len] = [u32[at.SCRATCH >> 2], u32[(at.SCRATCH >> 2) + 1]];
    const [sum, found] = [i64[(at.SCRATCH >> 3) + 1], i64[(at.SCRATCH >> 3) + 2]];
    seal = writeHead(core, ptr, len, sum, seal);
    if (seal !== found) return false;
    if (len === 0) break;
    // The seal was right: only memory that is smaller than the one of before may not have the place.
    if (ptr + len > u8.length || !fill(ptr, len) || sumAt(core, ptr, len) !== sum) return false;
  }
  if (!x.imageTaken(limitPage)) return false;
  core.inheritedBytes = core.usedBytes - before;
  return true;
}
