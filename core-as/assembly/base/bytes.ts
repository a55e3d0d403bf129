/**
 * Runs of bytes: compare, search, copy and lower case, 16 bytes a step.
 *
 * Every load stays inside the run: the last step of a run of 16 bytes or more overlaps the one
 * before it, a shorter run takes 8-byte and then single steps. Costs: len / 16 steps.
 */

/** Order of two runs of one length, as `memcmp`: negative, 0 or positive. */
export function compareSame(a: usize, b: usize, len: u32): i32 {
  const end = a + len;
  while (end - a >= 16) {
    const same = i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)));
    if (same != 0xffff) {
      const at = <u32> ctz(~same);
      return <i32> load<u8>(a + at) - <i32> load<u8>(b + at);
    }
    a += 16;
    b += 16;
  }
  if (end - a >= 8) {
    const difference = load<u64>(a) ^ load<u64>(b);
    if (difference != 0) {
      const at = <u32> ctz(difference) >> 3;
      return <i32> load<u8>(a + at) - <i32> load<u8>(b + at);
    }
    a += 8;
    b += 8;
  }
  while (a < end) {
    const difference = <i32> load<u8>(a++) - <i32> load<u8>(b++);
    if (difference != 0) return difference;
  }
  return 0;
}

/** Order of two runs, byte by byte and then the shorter one first: negative, 0 or positive. */
export function compareBytes(a: usize, aLen: u32, b: usize, bLen: u32): i32 {
  const order = compareSame(a, b, min(aLen, bLen));
  if (order != 0) return order;
  return i32(aLen > bLen) - i32(aLen < bLen);
}

/** Whether two runs of one length hold the same bytes. */
export function equalBytes(a: usize, b: usize, len: u32): bool {
  if (len >= 16) {
    const last: usize = len - 16;
    for (let at: usize = 0; at < last; at += 16) {
      if (v128.any_true(v128.xor(v128.load(a + at), v128.load(b + at)))) return false;
    }
    return !v128.any_true(v128.xor(v128.load(a + last), v128.load(b + last)));
  }
  if (len >= 8) {
    const last: usize = len - 8;
    return ((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a + last) ^ load<u64>(b + last))) == 0;
  }
  if (len >= 4) {
    const last: usize = len - 4;
    return ((load<u32>(a) ^ load<u32>(b)) | (load<u32>(a + last) ^ load<u32>(b + last))) == 0;
  }
  for (const end = a + len; a < end;) if (load<u8>(a++) != load<u8>(b++)) return false;
  return true;
}

/** Index of the first `byte` in the run, or -1. */
export function findByte(ptr: usize, len: u32, byte: u32): i32 {
  const end = ptr + len;
  let at = ptr;
  const wanted = i8x16.splat(<i8> byte);
  while (end - at >= 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    if (found != 0) return <i32> (at - ptr) + ctz(found);
    at += 16;
  }
  while (at < end) {
    if (<u32> load<u8>(at) == (byte & 255)) return <i32> (at - ptr);
    at++;
  }
  return -1;
}

/** Index of the first CR LF at or after index `from` of the run, or -1; both bytes lie inside. */
export function findCrlf(ptr: usize, len: u32, from: u32): i32 {
  if (from >= len) return -1;
  // Index of the last byte that can be a CR; the SIMD step looks one byte further than it covers.
  const last = ptr + len - 1;
  let at = ptr + from;
  const cr = i8x16.splat(13);
  const lf = i8x16.splat(10);
  while (last - at >= 16) {
    const pairs = v128.and(i8x16.eq(v128.load(at), cr), i8x16.eq(v128.load(at, 1), lf));
    const found = i8x16.bitmask(pairs);
    if (found != 0) return <i32> (at - ptr) + ctz(found);
    at += 16;
  }
  while (at < last) {
    if (load<u16>(at) == 0x0a0d) return <i32> (at - ptr);
    at++;
  }
  return -1;
}

/** Lower case of one ASCII letter; every other byte as it is. */
export function toLower(byte: u32): u32 {
  return byte - 65 < 26 ? byte | 32 : byte;
}

/** Lowers the ASCII letters of the run in place. */
export function lowerCase(ptr: usize, len: u32): void {
  const end = ptr + len;
  while (end - ptr >= 16) {
    const text = v128.load(ptr);
    const offset = i8x16.sub(text, i8x16.splat(65));
    const isUpper = i8x16.lt_u(offset, i8x16.splat(26));
    v128.store(ptr, v128.or(text, v128.and(isUpper, i8x16.splat(32))));
    ptr += 16;
  }
  while (ptr < end) {
    store<u8>(ptr, <u8> toLower(load<u8>(ptr)));
    ptr++;
  }
}

/** Copies bytes; up to 256 without a call into the engine. */
@inline export function copyBytes(to: usize, from: usize, len: u32): void {
  if (len >= 16) {
    if (len > 256) memory.copy(to, from, len);
    else {
      const last: u32 = len - 16;
      for (let at: u32 = 0; at < last; at += 16) v128.store(to + at, v128.load(from + at));
      v128.store(to + last, v128.load(from + last));
    }
  } else if (len >= 8) {
    store<u64>(to, load<u64>(from));
    store<u64>(to + len - 8, load<u64>(from + len - 8));
  } else if (len >= 4) {
    store<u32>(to, load<u32>(from));
    store<u32>(to + len - 4, load<u32>(from + len - 4));
  } else while (len--) store<u8>(to + len, load<u8>(from + len));
}
