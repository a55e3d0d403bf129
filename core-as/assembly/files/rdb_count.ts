/** How much is in what RDB bytes hold as one string: checked before anything is made of it. */
import { lpLength, lpValidate } from "../structures/listpack";
import { zlCount, zlValid } from "./rdb_legacy";
import { fail, RDB_BAD, RDB_EMPTY } from "./rdb_source";

/**
 * Checks a listpack whose entries come in groups: members, pairs, fields with value and expiry.
 *
 * @returns groups, 0 when there is trouble
 */
export function listpackCount(ptr: usize, len: u32, group: u32): u32 {
  if (!lpValidate(ptr, len, true)) {
    fail(RDB_BAD);
    return 0;
  }
  return countOf(lpLength(ptr), group);
}

/** The same of a ziplist. */
export function ziplistCount(ptr: usize, len: u32, group: u32): u32 {
  if (!zlValid(ptr, len)) {
    fail(RDB_BAD);
    return 0;
  }
  return countOf(zlCount, group);
}

function countOf(entries: u32, group: u32): u32 {
  if (!entries) fail(RDB_EMPTY);
  else if (entries % group) fail(RDB_BAD);
  else return entries / group;
  return 0;
}
