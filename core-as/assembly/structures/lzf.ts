/**
 * LZF, the compression of RDB files: strings, and nodes of lists.
 *
 * ```
 *  000lllll  bytes                     l + 1 bytes as they are (1..32)
 *  llloooooo oooooooo                  l + 2 bytes again (3..8) from o + 1 bytes back (1..8192)
 *  111ooooo  llllllll  oooooooo        l + 9 bytes again (9..264) from o + 1 bytes back
 * ```
 *
 * (`o` is 13 bits, high bits first; what is repeated may reach into what it makes.) Neither the length
 * before nor after is written down: the file tells both.
 *
 * The compressor is greedy: a table of the last place of each hash of three bytes, lent by the caller,
 * gives one candidate per place; a match also grows backwards over bytes not written yet. Where long
 * runs do not match it looks less often. The table is cleared for each call, only as much of it as a
 * text of that length needs, so that the same bytes in give the same bytes out.
 *
 * Costs: both ways are linear and neither allocates. Sources: the format is Marc Lehmann's liblzf
 * (2000); the search is that of Ross Williams's LZRW1 (1991), the skipping that of LZ4.
 */
/** Bytes of the table that {@link lzfCompress} borrows. */
export const LZF_TABLE_BYTES: u32 = 1 << 15;

const MAX_TABLE_BITS: u32 = 14;
const MIN_TABLE_BITS: u32 = 7;
const WINDOW: u32 = 8192;
const MAX_LITERALS: u32 = 32;
const MAX_SHORT: u32 = 8;
const MAX_MATCH: u32 = 264;
/** Without a match for 2^this bytes, every second place is looked at, then every third, and so on. */
const SKIP_BITS: u32 = 7;
const MAX_SKIP: usize = 15;

// ---- copying --------------------------------------------------------------------------------------

/** Copies 1 to 32 bytes, in steps of 16 where both runs go on far enough. */
@inline function copyLiterals(to: usize, from: usize, len: u32, toEnd: usize, fromEnd: usize): void {
  if (toEnd - to >= MAX_LITERALS && fromEnd - from >= MAX_LITERALS) {
    v128.store(to, v128.load(from));
    if (len > 16) v128.store(to, v128.load(from, 16), 16);
    return;
  }
  for (let i: usize = 0; i < len; i++) store<u8>(to + i, load<u8>(from + i));
}

/** Repeats `len` bytes from `distance` back at `to`; bytes up to `toEnd` may be overwritten. */
@inline function copyMatch(to: usize, distance: u32, len: u32, toEnd: usize): void {
  const end = to + len;
  if (distance >= 16 && toEnd - end >= 16) {
    for (; to < end; to += 16) v128.store(to, v128.load(to - distance));
  } else if (distance >= 8 && toEnd - end >= 8) {
    for (; to < end; to += 8) store<u64>(to, load<u64>(to - distance));
  } else if (distance == 1) memory.fill(to, load<u8>(to - 1), len);
  else for (; to < end; to++) store<u8>(to, load<u8>(to - distance));
}

// ---- compressing ----------------------------------------------------------------------------------

@inline function tableBits(len: u32): u32 {
  return min(MAX_TABLE_BITS, max(MIN_TABLE_BITS, 32 - clz(len)));
}

/** The table's cell for the three bytes at the bottom of `bytes`; it holds a place modulo 2^16. */
@inline function cellOf(table: usize, bytes: u32, shift: u32): usize {
  return table + ((((bytes << 8) * 0x9e3779b1) >> shift) << 1);
}

/** Length of the common run at `a` and `b`, at most `limit`; `a` lies `limit` or more before its end. */
@inline function commonBytes(a: usize, b: usize, limit: u32): u32 {
  let len: u32 = 0;
  for (; len + 8 <= limit; len += 8) {
    const difference = load<u64>(a + len) ^ load<u64>(b + len);
    if (difference) return len + (<u32> ctz(difference) >> 3);
  }
  while (len < limit && load<u8>(a + len) == load<u8>(b + len)) len++;
  return len;
}

/** Writes a run as it is. @returns the place behind it, or 0 when that is past `outEnd` */
function putLiterals(out: usize, outEnd: usize, from: usize, to: usize, inEnd: usize): usize {
  const len = <u32> (to - from);
  if (<u64> len + ((len + MAX_LITERALS - 1) / MAX_LITERALS) > outEnd - out) return 0;
  while (from < to) {
    const run = min(<u32> (to - from), MAX_LITERALS);
    store<u8>(out, <u8> (run - 1));
    copyLiterals(out + 1, from, run, outEnd, inEnd);
    out += run + 1;
    from += run;
  }
  return out;
}

/** Writes a repetition: two bytes, or three above MAX_SHORT. @returns the place behind it */
@inline function putMatch(out: usize, distance: u32, len: u32): usize {
  const offset = distance - 1;
  if (len <= MAX_SHORT) {
    store<u8>(out, <u8> ((len - 2) << 5 | offset >> 8));
    store<u8>(out, <u8> offset, 1);
    return out + 2;
  }
  store<u8>(out, <u8> (0xe0 | offset >> 8));
  store<u8>(out, <u8> (len - 9), 1);
  store<u8>(out, <u8> offset, 2);
  return out + 3;
}

/**
 * Compresses a run; `out` must not overlap it.
 *
 * @param outCap room at `out`, of which all may be overwritten
 * @param table LZF_TABLE_BYTES to borrow
 * @returns the compressed bytes; 0 when they would not be fewer than `len` and fit into `outCap`
 */
export function lzfCompress(input: usize, len: u32, out: usize, outCap: u32, table: usize): u32 {
  if (len < 4) return 0;
  const outStart = out;
  const outEnd = out + min(outCap, len - 1);
  const inEnd = input + len;
  const lastStart = inEnd - 4; // four bytes are loaded to look at three
  const bits = tableBits(len);
  const shift = 32 - bits;
  memory.fill(table, 0, 2 << bits);
  let literals = input;
  let p = input + 1; // what the cleared table points at is the first place
  while (p <= lastStart) {
    const bytes = load<u32>(p);
    const cell = cellOf(table, bytes, shift);
    const place = <u32> (p - input);
    const distance = (place - load<u16>(cell)) & 0xffff;
    store<u16>(cell, <u16> place);
    if (distance - 1 >= min(WINDOW, place) || (load<u32>(p - distance) ^ bytes) << 8) {
      p += 1 + min((p - literals) >> SKIP_BITS, MAX_SKIP);
      continue;
    }
    while (p > literals && p - distance > input && load<u8>(p - 1) == load<u8>(p - distance - 1)) p--;
    const match = commonBytes(p, p - distance, min(MAX_MATCH, <u32> (inEnd - p)));
    out = putLiterals(out, outEnd, literals, p, inEnd);
    const need: usize = match > MAX_SHORT ? 3 : 2;
    if (!out || outEnd - out < need) return 0;
    out = putMatch(out, distance, match);
    p += match;
    literals = p;
    // The places within are skipped but for the last two: what follows often repeats as well.
    for (let at = p - 2; at < p && at <= lastStart; at++) {
      store<u16>(cellOf(table, load<u32>(at), shift), <u16> (at - input));
    }
  }
  out = putLiterals(out, outEnd, literals, inEnd, inEnd);
  return out ? <u32> (out - outStart) : 0;
}

// ---- decompressing --------------------------------------------------------------------------------

/**
 * Decompresses untrusted bytes into exactly `outLen` bytes; nothing outside of either run is touched.
 *
 * @returns whether the bytes are well formed and make `outLen` bytes
 */
export function lzfDecompress(input: usize, len: u32, out: usize, outLen: u32): bool {
  const inEnd = input + len;
  const outStart = out;
  const outEnd = out + outLen;
  while (input < inEnd) {
    const control: u32 = load<u8>(input++);
    if (control < MAX_LITERALS) {
      const run = control + 1;
      if (inEnd - input < run || outEnd - out < run) return false;
      copyLiterals(out, input, run, outEnd, inEnd);
      input += run;
      out += run;
      continue;
    }
    let match = (control >> 5) + 2;
    const isLong = match == 9;
    const rest: usize = isLong ? 2 : 1;
    if (inEnd - input < rest) return false;
    if (isLong) match += load<u8>(input++);
    const distance = ((control & 31) << 8 | <u32> load<u8>(input++)) + 1;
    if (out - outStart < distance || outEnd - out < match) return false;
    copyMatch(out, distance, match, outEnd);
    out += match;
  }
  return out == outEnd;
}
