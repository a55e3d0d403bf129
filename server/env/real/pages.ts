/** Gives the core's free pages back to the kernel. Linux only, through FFI. */

import type { Memory, PageReleaser } from "../network.ts";
import { openLibc } from "./libc.ts";

const PAGE_BYTES = 4096;
const MADV_DONTNEED = 4;

/** A releaser for a core's memory; where there is no C library, one that releases nothing. */
export function openPageReleaser(memory: Memory): PageReleaser {
  try {
    const libc = openLibc();
    return { release: () => releaseFree(memory, libc.symbols.madvise), close: () => libc.close() };
  } catch {
    return { release: () => 0, close: () => {} };
  }
}

type Advise = (address: Deno.PointerValue, bytes: bigint, advice: number) => number;

function releaseFree({ u8, x, at }: Memory, madvise: Advise): number {
  const base = Deno.UnsafePointer.of(u8 as Uint8Array<ArrayBuffer>)!;
  let released = 0;
  const release = (page: number, pages: number) => {
    const address = Deno.UnsafePointer.offset(base, page * PAGE_BYTES);
    if (madvise(address, BigInt(pages * PAGE_BYTES), MADV_DONTNEED) === 0) {
      released += pages * PAGE_BYTES;
    }
  };
  for (let page = x.nextFreeRun(at.HEAP / PAGE_BYTES); page !== 0;) {
    const pages = x.freeRunPages(page);
    release(page, pages);
    page = x.nextFreeRun(page + pages);
  }
  return released;
}
