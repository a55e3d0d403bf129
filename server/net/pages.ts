/** Gives the core's free pages back to the kernel: MEMORY PURGE. Linux only, through FFI. */

import type { Core } from "../../core-as/host/core.ts";
import type { PageReleaser } from "../server.ts";
import { openLibc } from "./libc.ts";

const PAGE_BYTES = 4096;
const MADV_DONTNEED = 4;

/** A releaser for a core's memory; where there is no C library, one that releases nothing. */
export function openPageReleaser(core: Core): PageReleaser & { close(): void } {
  try {
    const libc = openLibc();
    return { release: () => releaseFree(core, libc.symbols.madvise), close: () => libc.close() };
  } catch {
    return { release: () => 0, close: () => {} };
  }
}

type Advise = (address: Deno.PointerValue, bytes: bigint, advice: number) => number;

function releaseFree(core: Core, madvise: Advise): number {
  const base = Deno.UnsafePointer.of(core.u8)!;
  let released = 0;
  const release = (page: number, pages: number) => {
    const address = Deno.UnsafePointer.offset(base, page * PAGE_BYTES);
    if (madvise(address, BigInt(pages * PAGE_BYTES), MADV_DONTNEED) === 0) {
      released += pages * PAGE_BYTES;
    }
  };
  for (let page = core.x.nextFreeRun(core.at.HEAP / PAGE_BYTES); page !== 0;) {
    const pages = core.x.freeRunPages(page);
    release(page, pages);
    page = core.x.nextFreeRun(page + pages);
  }
  return released;
}
