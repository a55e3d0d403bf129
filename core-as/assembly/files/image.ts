/**
 * An image of the memory: what of a core the next process takes over as it is, addresses and all.
 *
 * ```
 *  cells      hash key; the allocator's; databases; values that wait to be freed; hashes with expiring fields;
 *             the log of expired keys, which is empty; slabs by class; consumers of streams; the
 *             generation of buckets' marks
 *  page map   and links of free runs, as far as the heap goes
 *  heap       stretches of pages that are in use
 * ```
 *
 * All else is made anew by whoever takes it over: areas below the heap, the state of a request, commands' names. So
 * blocks that only such state points at must be given back before ({@link imagePrepare}), or nobody ever would.
 *
 * An image is good for the same module only: encodings, layouts and addresses are its own.
 */
import {
  CRC64_AREA, DATABASES, DATABASE_COUNT, EXPIRED_LOG, EXPIRED_LOG_LEN, FREED_VALUES, HASH_EXPIRED_LOG, HASH_EXPIRED_LOG_CAP,
  HASH_EXPIRING, HASH_EXPIRING_COUNT, HASH_KEY, HEAP, LIMIT_PAGE, PAGE_LINKS, PAGE_MAP, PENDING_SPARE, PENDING_VALUES,
  RANDOM, RELEASED_PAGES, RELEASED_RUN, RESULT_I64, RESULT_LEN, RESULT_PTR, SLAB_PARTIAL, SNAPSHOT_GENERATION,
  STREAM_CONSUMERS, TOP_PAGE, USED_BYTES,
} from "../base/layout";
import { free, nextUsedPage, pageAfter } from "../base/memory";
import { subjectsEnd } from "../generic/pubsub";
import { xxh3 } from "../hashing/xxh3";
import { effectsClose } from "../keyspace/effects";
import { clearExpiredLog } from "../keyspace/keyspace";
import { hashClearExpiredLog } from "../types/hash/hash_due";

const HEAP_PAGE: u32 = <u32> (HEAP >> 12);
/** Free runs up to so many pages are taken along: it is dearer to begin another stretch. */
const GAP_PAGES: u32 = 16;
/** From so many pages on (4 MiB) a stretch ends where a block does. */
const STRETCH_PAGES: u32 = 1024;

@inline function part(ptr: usize, end: usize): bool {
  store<u32>(RESULT_PTR, <u32> ptr);
  store<u32>(RESULT_LEN, <u32> (end - ptr));
  return true;
}

/**
 * A part below the heap, as RESULT_PTR and RESULT_LEN.
 *
 * @returns false when there is none of that number
 */
export function imageCells(index: u32): bool {
  const top = load<u32>(TOP_PAGE);
  switch (index) {
    case 0: return part(HASH_KEY, RANDOM);
    case 1: return part(USED_BYTES, RELEASED_PAGES + 4);
    case 2: return part(DATABASES, DATABASE_COUNT + 4);
    case 3: return part(PENDING_VALUES, FREED_VALUES);
    case 4: return part(PENDING_SPARE, PENDING_SPARE + 4);
    case 5: return part(HASH_EXPIRING, HASH_EXPIRING_COUNT + 4);
    case 6: return part(EXPIRED_LOG, EXPIRED_LOG_LEN);
    case 7: return part(SLAB_PARTIAL, CRC64_AREA);
    // The page before the heap, too: it looks taken.
    case 8: return part(PAGE_MAP + (<usize> (HEAP_PAGE - 1) << 2), PAGE_MAP + (<usize> top << 2));
    case 9: return part(PAGE_LINKS + (<usize> HEAP_PAGE << 3), PAGE_LINKS + (<usize> top << 3));
    case 10: return part(STREAM_CONSUMERS, STREAM_CONSUMERS + 4);
    case 11: return part(SNAPSHOT_GENERATION, SNAPSHOT_GENERATION + 4);
    default: return false;
  }
}

/**
 * The next stretch of pages in use, as RESULT_PTR and RESULT_LEN.
 *
 * @param page where the last one has ended, 0 for the first
 * @returns the page behind it, 0 when there is none
 */
export function imageStretch(page: u32): u32 {
  const top = load<u32>(TOP_PAGE);
  const from = nextUsedPage(max(page, HEAP_PAGE));
  if (!from) return 0;
  let end = pageAfter(from);
  while (end < top && end - from < STRETCH_PAGES) {
    const used = nextUsedPage(end);
    if (!used || used - end > GAP_PAGES) break;
    end = pageAfter(used);
  }
  part(<usize> from << 12, <usize> end << 12);
  return end;
}

/** The sum of some bytes, as RESULT_I64. */
export function imageSum(ptr: usize, len: u32): void {
  store<u64>(RESULT_I64, xxh3(ptr, len));
}

/** Gives back what only the state of requests and of the host points at: nobody is served any more. */
export function imagePrepare(): void {
  effectsClose();
  clearExpiredLog();
  hashClearExpiredLog();
  free(load<u32>(HASH_EXPIRED_LOG));
  store<u32>(HASH_EXPIRED_LOG, 0);
  store<u32>(HASH_EXPIRED_LOG_CAP, 0);
  subjectsEnd();
}

/**
 * An image is in its place.
 *
 * @param limitPage first page that may not be handed out here; @returns false when its heap is larger
 */
export function imageTaken(limitPage: u32): bool {
  store<u32>(LIMIT_PAGE, limitPage);
  store<u32>(RELEASED_RUN, 0);
  return load<u32>(TOP_PAGE) <= limitPage;
}
