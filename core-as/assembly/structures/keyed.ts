/**
 * Where the key of an entry lies: as much of an entry's layout (keyspace/entry.ts) as a table of entries must
 * know to compare keys.
 */

export const HEADER: u32 = 8;
export const HAS_EXPIRY: u32 = 1 << 30;
const KEY_LEN: u32 = HAS_EXPIRY - 1;

@inline export function entryKeyLen(e: usize): u32 { return load<u32>(e, 4) & KEY_LEN; }
@inline export function entryKey(e: usize): usize {
  return e + HEADER + (load<u32>(e, 4) >> 27 & 8);
}
