/** Tells the kernel of the core's pages: gives free ones back, asks for large ones. Linux only, through FFI. */

import { type Memory, NOTHING_RELEASED, type PageReleaser } from "../network.ts";

const PAGE_BYTES = 4096;
const MADV_DONTNEED = 4;
const MADV_HUGEPAGE = 14;
const MADV_NOHUGEPAGE = 15;
const CALL_PAGES = 32;

type Advise = (address: Deno.PointerValue, bytes: bigint, advice: number) => number;

/** A releaser for a core's memory; where there is no C library, one that releases nothing. */
export function pageReleaser(memory: Memory, madvise: Advise | undefined): PageReleaser {
  if (madvise === undefined) return NOTHING_RELEASED;
  const pages = new Pages(memory, madvise);
  return {
    useLarge: (wanted) => pages.useLarge(wanted),
    release: () => pages.release(),
    releaseSome: (most) => pages.releaseSome(most),
    releaseWhole: () => pages.releaseWhole(),
  };
}

class Pages {
  readonly #base: Deno.PointerObject;

  constructor(readonly memory: Memory, readonly madvise: Advise) {
    this.#base = Deno.UnsafePointer.of(memory.u8 as Uint8Array<ArrayBuffer>)!;
  }

  useLarge(wanted: boolean): boolean {
    const advice = wanted ? MADV_HUGEPAGE : MADV_NOHUGEPAGE;
    return this.madvise(this.#base, BigInt(this.memory.u8.length), advice) === 0;
  }

  /** @returns bytes given back */
  #giveBack(page: number, pages: number): number {
    const address = Deno.UnsafePointer.offset(this.#base, page * PAGE_BYTES);
    const bytes = pages * PAGE_BYTES;
    return this.madvise(address, BigInt(bytes), MADV_DONTNEED) === 0 ? bytes : 0;
  }

  release(): number {
    const { x, at } = this.memory;
    let released = 0;
    for (let page = x.nextFreeRun(at.HEAP / PAGE_BYTES); page !== 0;) {
      const pages = x.freeRunPages(page);
      released += this.#giveBack(page, pages);
      page = x.nextFreeRun(page + pages);
    }
    return released;
  }

  releaseWhole(): boolean {
    const bytes = this.memory.u8.length;
    return this.#giveBack(0, bytes / PAGE_BYTES) === bytes;
  }

  releaseSome(most: number): number {
    const { x, at, u32 } = this.memory;
    let left = most;
    while (left > 0) {
      const page = x.nextDirtyStretch(left);
      if (page === 0) break;
      const pages = u32[at.RESULT_LEN];
      this.#giveBack(page, pages);
      // A call of the kernel costs as much as a few dozen pages.
      left -= Math.max(pages, CALL_PAGES);
    }
    return most - left;
  }
}
