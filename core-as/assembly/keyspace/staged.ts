/**
 * A second set of databases beside those that are served: another data set is loaded there, takes the place of the
 * first at once when it is whole, or goes as if it had never been.
 *
 * ```
 *  DATABASES -> | database 0 | .. | database count - 1 | staged 0 | .. | staged count - 1 |
 *                 DATABASE_COUNT of these are served     only while a data set is staged
 * ```
 *
 * Staged database i is number count + i, with which all that takes a number of a database works; nothing that goes
 * through all databases sees it. Where the array lies is asked of DATABASES at each use, so it may move.
 */
import { DATABASES, DATABASE_BYTES, DATABASE_COUNT } from "../base/layout";
import { free, reallocate } from "../base/memory";
import { tableDismantle, tableInit } from "../structures/keytable";
import { expiresOf, keysOf, slotsOf, swapDatabases } from "./keyspace";
import { slotIndexClear, slotIndexMake } from "./slot_index";

/** Twice as many have room in one block. */
const STAGED_MAX: u32 = 0x78000000 / DATABASE_BYTES;

/** Makes empty databases beside those that are served. @returns false when memory is out */
export function stagedBegin(): bool {
  const count = load<u32>(DATABASE_COUNT);
  if (count > STAGED_MAX) return false;
  const bytes = count * DATABASE_BYTES;
  const grown = reallocate(load<u32>(DATABASES), bytes << 1, bytes);
  if (!grown) return false;
  store<u32>(DATABASES, <u32> grown);
  memory.fill(grown + bytes, 0, bytes);
  for (let db = count; db < count << 1; db++) {
    if (makeDatabase(db)) continue;
    stagedEnd();
    return false;
  }
  return true;
}

function makeDatabase(db: u32): bool {
  if (!tableInit(keysOf(db)) || !tableInit(expiresOf(db))) return false;
  if (!slotsOf(0)) return true;
  const index = slotIndexMake();
  store<u32>(keysOf(db), <u32> index, 68);
  return index != 0;
}

/** Exchanges a database and the one that is staged for it. */
export function stagedSwap(db: u32): void {
  swapDatabases(db, load<u32>(DATABASE_COUNT) + db);
}

/** Gives back the databases beside, which are empty. */
export function stagedEnd(): void {
  const count = load<u32>(DATABASE_COUNT);
  for (let db = count; db < count << 1; db++) {
    dropTable(expiresOf(db));
    dropTable(keysOf(db));
    const index = slotsOf(db);
    if (!index) continue;
    slotIndexClear(index);
    free(index);
  }
  // A block that shrinks is there in any case, moved or not.
  const bytes = count * DATABASE_BYTES;
  store<u32>(DATABASES, <u32> reallocate(load<u32>(DATABASES), bytes, bytes));
}

/** A table that was not made has no directory. */
function dropTable(t: usize): void {
  if (load<u32>(t)) tableDismantle(t, u32.MAX_VALUE, 0);
}
