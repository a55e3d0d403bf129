/**
 * CRC-16/XMODEM (polynomial 0x1021, initial value 0, not reflected) and the cluster slot of a key.
 *
 * No table: two bytes a step. With x the 16 bits to fold, the step is x * 2^16 mod P, and as
 * 2^16 = 2^12 + 2^5 + 1 (mod P) what overflows 16 bits is folded again: 12 bits, then 8, then 4.
 * That is 11 dependent operations for two bytes, against two table loads.
 */

/** Slots of a cluster. */
export const SLOTS: u32 = 16384;

/** x * 2^16 mod P. */
function fold16(x: u32): u32 {
  const over12 = (x >> 11) ^ (x >> 4);
  const over8 = (over12 >> 11) ^ (over12 >> 4);
  const sum = x ^ over12 ^ over8 ^ (over8 >> 4);
  return (sum ^ (sum << 5) ^ (sum << 12)) & 0xffff;
}

/** CRC-16 of the run. */
export function crc16(ptr: usize, len: u32): u32 {
  const end = ptr + len;
  let crc: u32 = 0;
  // An odd run starts with one byte: leading zeros leave a CRC that starts at 0 unchanged.
  if (len & 1) crc = fold16(load<u8>(ptr++));
  while (ptr < end) {
    crc = fold16(crc ^ <u32> bswap(load<u16>(ptr)));
    ptr += 2;
  }
  return crc;
}

/**
 * Cluster slot of a key, 0 to 16383. When the key holds '{' and later '}' with at least one byte
 * between the first '{' and the first '}' after it, only those bytes count.
 */
export function keySlot(ptr: usize, len: u32): u32 {
  const end = ptr + len;
  let open = ptr;
  while (open < end && load<u8>(open) != 123) open++;
  let close = open + 1;
  while (close < end && load<u8>(close) != 125) close++;
  if (close < end && close > open + 1) {
    ptr = open + 1;
    len = <u32> (close - ptr);
  }
  return crc16(ptr, len) & (SLOTS - 1);
}
