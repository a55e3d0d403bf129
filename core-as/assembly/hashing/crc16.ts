/**
 * CRC-16/XMODEM (polynomial 0x1021, initial value 0, not reflected) and the cluster slot of a key.
 *
 * Eight bytes a step, by eight tables: table k has the CRC of each byte with k zero bytes behind it, and the
 * loads of a step do not depend on each other (slicing-by-8, M. Kounavis and F. Berry, 2005). Sixteen bytes
 * take a third of the time of folding two bytes a step without tables.
 */

/** Slots of a cluster. */
export const SLOTS: u32 = 16384;

/** u16[8][256], made by {@link crc16Init}. */
const TABLES: usize = memory.data(4096, 16);

/** Makes the tables; they are the same for all instances of one memory. */
export function crc16Init(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte << 8;
    for (let zeros: usize = 0; zeros < 8; zeros++) {
      for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x11021 : 0);
      store<u16>(TABLES + (zeros << 9) + (byte << 1), crc);
    }
  }
}

/** CRC of a byte with so many zero bytes behind it. */
@inline function behind(zeros: usize, byte: u64): u32 {
  return load<u16>(TABLES + (zeros << 9) + ((<usize> byte & 0xff) << 1));
}

/** CRC-16 of the run. */
export function crc16(ptr: usize, len: u32): u32 {
  let crc: u32 = 0;
  // What is over goes first: nothing is before it that its CRC would depend on.
  for (let over: usize = len & 7; over; over--) crc ^= behind(over - 1, load<u8>(ptr++));
  for (let steps = len >> 3; steps; steps--) {
    const bytes = load<u64>(ptr) ^ <u64> (crc >> 8) ^ <u64> (crc & 0xff) << 8;
    crc = behind(7, bytes) ^ behind(6, bytes >> 8) ^ behind(5, bytes >> 16) ^ behind(4, bytes >> 24) ^
      behind(3, bytes >> 32) ^ behind(2, bytes >> 40) ^ behind(1, bytes >> 48) ^ behind(0, bytes >> 56);
    ptr += 8;
  }
  return crc;
}

/** Where a byte is first from `ptr` on; `end` when it is nowhere. What is read behind the end does not count. */
@inline function indexOf(ptr: usize, end: usize, byte: i8): usize {
  for (; ptr < end; ptr += 16) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(ptr), i8x16.splat(byte)));
    if (hits) return min(ptr + ctz(hits), end);
  }
  return end;
}

/**
 * Cluster slot of a key, 0 to 16383. When the key holds '{' and later '}' with at least one byte
 * between the first '{' and the first '}' after it, only those bytes count.
 */
export function keySlot(ptr: usize, len: u32): u32 {
  const end = ptr + len;
  const open = indexOf(ptr, end, 123);
  if (open < end) {
    const close = indexOf(open + 1, end, 125);
    if (close < end && close > open + 1) {
      ptr = open + 1;
      len = <u32> (close - ptr);
    }
  }
  return crc16(ptr, len) & (SLOTS - 1);
}
