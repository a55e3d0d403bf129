/**
 * Defragmentation: a cycle that empties the emptier slabs (evacuation.ts) of what has an address in one place
 * only, the entry of a key and the value that it points at.
 *
 * ```
 *  idle -> counting -> choosing -> moving -> restoring -> idle
 *          slab by     slab by     bucket    the slabs that
 *          slab        slab        by bucket are not empty yet
 * ```
 *
 * Half of the keys deleted at random leave the slabs of their size half empty, and no value of another size gets
 * in there. Moved are entries, strings outside of them, and values that are one listpack or intset. The parts of
 * large values are not, and their slabs take blocks again when the cycle is over.
 *
 * A cycle goes on between turns, in steps of some buckets; nothing may hold an entry's address from one turn to
 * the next, and while a snapshot is made, whose writer does, the host takes no step. Keys that come and go
 * meanwhile are where a scan's guarantee puts them: each one present throughout is seen.
 *
 * Without memory for a copy the cycle ends.
 */
import {
  DATABASE_COUNT, DEFRAG_CURSOR, DEFRAG_DATABASE, DEFRAG_HITS, DEFRAG_KEY_HITS, DEFRAG_KEY_MISSES, DEFRAG_MISSES,
  DEFRAG_PAGE, DEFRAG_PHASE, SCRATCH,
} from "../base/layout";
import { chooseSlabs, clearSums, countSlabs, FIRST_PAGE, isEvacuated, restoreSlabs } from "../base/evacuation";
import { allocate, blockBytes, free } from "../base/memory";
import {
  entryEncoding, entryHash, entryType, INT, INTSET, isInline, LISTPACK, setValuePtr, TYPE_STRING, valuePtr,
} from "../keyspace/entry";
import { keysOf, replace } from "../keyspace/keyspace";
import { scanEnd, tableCount, tableScan } from "../structures/keytable";

const IDLE: u32 = 0;
const COUNTING: u32 = 1;
const CHOOSING: u32 = 2;
const MOVING: u32 = 3;
const RESTORING: u32 = 4;

/** Slabs looked at, or linked anew, for what it takes to look at a bucket's entries. */
const SLABS_PER_BUCKET: u32 = 8;

@inline function setPhase(phase: u32): void {
  store<u32>(DEFRAG_PHASE, phase);
  store<u32>(DEFRAG_PAGE, FIRST_PAGE);
}
@inline function increment(cell: usize): void {
  store<u32>(cell, load<u32>(cell) + 1);
}

/** Begins a cycle, where none is under way. */
export function defragStart(): void {
  if (load<u32>(DEFRAG_PHASE)) return;
  clearSums();
  setPhase(COUNTING);
}

/** Ends the cycle in the steps to come. */
export function defragStop(): void {
  if (load<u32>(DEFRAG_PHASE)) setPhase(RESTORING);
}

/** Goes on with a cycle by about `buckets` buckets of keys. @returns whether it goes on */
export function defragStep(buckets: u32): bool {
  const phase = load<u32>(DEFRAG_PHASE);
  const page = load<u32>(DEFRAG_PAGE);
  if (phase == COUNTING || phase == CHOOSING) {
    const slabs = buckets * SLABS_PER_BUCKET;
    const next = phase == COUNTING ? countSlabs(page, slabs) : chooseSlabs(page, slabs);
    if (next) store<u32>(DEFRAG_PAGE, next);
    else if (phase == COUNTING) setPhase(CHOOSING);
    else {
      store<u32>(DEFRAG_DATABASE, 0);
      store<u32>(DEFRAG_CURSOR, 0);
      setPhase(MOVING);
    }
  } else if (phase == MOVING) {
    if (!moveSome(buckets)) setPhase(RESTORING);
  } else if (phase == RESTORING && !restoreSlabs(buckets * SLABS_PER_BUCKET)) setPhase(IDLE);
  return load<u32>(DEFRAG_PHASE) != IDLE;
}

/** @returns whether there are more */
function moveSome(buckets: u32): bool {
  while (buckets) {
    const db = load<u32>(DEFRAG_DATABASE);
    if (db >= load<u32>(DATABASE_COUNT)) return false;
    let cursor = load<u32>(DEFRAG_CURSOR);
    if (tableCount(keysOf(db))) {
      cursor = tableScan(keysOf(db), cursor, SCRATCH);
      for (let at = SCRATCH, end = scanEnd; at < end; at += 4) {
        if (!moveKey(db, load<u32>(at))) return false;
      }
      buckets--;
    } else cursor = 0;
    store<u32>(DEFRAG_CURSOR, cursor);
    if (!cursor) store<u32>(DEFRAG_DATABASE, db + 1);
  }
  return true;
}

/** Whether an entry's value is one block of its own. */
@inline function hasOneBlock(e: usize): bool {
  if (isInline(e)) return false;
  const encoding = entryEncoding(e);
  return entryType(e) == TYPE_STRING ? encoding != INT : encoding == LISTPACK || encoding == INTSET;
}

/** Moves what is a key's out of slabs that are being emptied. @returns false when memory is out */
function moveKey(db: u32, e: usize): bool {
  let moved = false;
  if (hasOneBlock(e)) {
    if (isEvacuated(valuePtr(e))) {
      const value = copyOf(valuePtr(e));
      if (!value) return false;
      free(valuePtr(e));
      setValuePtr(e, value);
      moved = true;
    } else increment(DEFRAG_MISSES);
  }
  if (isEvacuated(e)) {
    const made = copyOf(e);
    if (!made) return false;
    // Takes the place of an entry with the same expiry: no table needs memory for it.
    replace(db, entryHash(e), e, made);
    free(e);
    moved = true;
  } else increment(DEFRAG_MISSES);
  increment(moved ? DEFRAG_KEY_HITS : DEFRAG_KEY_MISSES);
  return true;
}

/** A copy of a block in a slab that is not being emptied; 0 when memory is out. */
function copyOf(block: usize): usize {
  const bytes = blockBytes(block);
  const copy = allocate(bytes);
  if (!copy) return 0;
  memory.copy(copy, block, bytes);
  increment(DEFRAG_HITS);
  return copy;
}
