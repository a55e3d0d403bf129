/**
 * The small collections of older RDB files, to be read only: ziplists (up to 6.2) and zipmaps (up to 2.4).
 *
 * ```
 *  ziplist   u32 bytes of the whole | u32 offset of the last entry | u16 entries, 65535 = not known
 *            entry ... | 0xff
 *  entry     u8 bytes of the entry before, or 0xfe and u32 | code | data
 *  code      00llllll                  string below 64 bytes
 *            01llllll llllllll         string below 16384 bytes, high bits first
 *            0x80 u32                  longer string, high bits first
 *            0xc0 i16, 0xd0 i32, 0xe0 i64, 0xf0 i24, 0xfe i8
 *            0xf1..0xfd                0..12
 *
 *  zipmap    u8 pairs, 254 and more = not known | pair ... | 0xff
 *  pair      length, field, length, u8 free, value, as many bytes as `free` says
 *  length    u8 below 254, or 0xfe and u32
 * ```
 *
 * Numbers are little-endian where nothing else is said. The bytes are not trusted: a walk begins after all
 * of them were looked at.
 */
import { spell, takenLen, takenPtr } from "./rdb_source";

const HEADER: u32 = 10;
const END: u32 = 0xff;
const FAR: u32 = 0xfe;

// ---- ziplists -------------------------------------------------------------------------------------

/** The element that {@link zlNext} has come to. */
export let zlPtr: usize = 0;
export let zlLen: u32 = 0;
/** Where the walk goes on. */
let at: usize = 0;

/** Whether bytes are a ziplist, and how many elements {@link zlCount} it has. */
export function zlValid(ptr: usize, len: u32): bool {
  if (len < HEADER + 1 || load<u32>(ptr) != len || <u32> load<u8>(ptr + len - 1) != END) return false;
  const end = ptr + len - 1;
  let p = ptr + HEADER;
  let before: u32 = 0;
  let last: usize = p;
  zlCount = 0;
  while (p < end) {
    const bytes = entryBytes(p, end, before);
    if (!bytes) return false;
    last = p;
    p += bytes;
    before = bytes;
    zlCount++;
  }
  const known: u32 = load<u16>(ptr, 8);
  return (known == 65535 || known == zlCount) && load<u32>(ptr, 4) == <u32> (last - ptr);
}
export let zlCount: u32 = 0;

/** Bytes of the entry at `p`, all before `end`; 0 when it is none. */
function entryBytes(p: usize, end: usize, before: u32): u32 {
  const left = <u32> (end - p);
  const far = <u32> load<u8>(p) == FAR;
  const head: u32 = far ? 5 : 1;
  if (left <= head) return 0;
  if ((far ? load<u32>(p, 1) : <u32> load<u8>(p)) != before) return 0;
  const code: u32 = load<u8>(p + head);
  let bytes: u64;
  if (code < 0x40) bytes = 1 + code;
  else if (code < 0x80) bytes = left < head + 2 ? 0 : 2 + ((code & 63) << 8 | <u32> load<u8>(p + head, 1));
  else if (code == 0x80) bytes = left < head + 5 ? 0 : 5 + <u64> bswap(load<u32>(p + head, 1));
  else bytes = intBytes(code);
  return !bytes || bytes + head > left ? 0 : <u32> bytes + head;
}

/** Bytes of an integer with its code; 0 when it is none. */
function intBytes(code: u32): u32 {
  switch (code) {
    case 0xc0: return 3;
    case 0xd0: return 5;
    case 0xe0: return 9;
    case 0xf0: return 4;
    case 0xfe: return 2;
    default: return code > 0xf0 && code < 0xfe ? 1 : 0;
  }
}

/** Begins a walk through a ziplist that was found valid. */
export function zlStart(ptr: usize): void {
  at = ptr + HEADER;
}

/** Goes to the next element, spelt where it is an integer. @returns false at the end */
export function zlNext(): bool {
  if (<u32> load<u8>(at) == END) return false;
  let p = at + (<u32> load<u8>(at) == FAR ? 5 : 1);
  const code: u32 = load<u8>(p);
  if (code < 0xc0) {
    if (code < 0x40) {
      zlLen = code;
      p += 1;
    } else if (code < 0x80) {
      zlLen = (code & 63) << 8 | <u32> load<u8>(p, 1);
      p += 2;
    } else {
      zlLen = bswap(load<u32>(p, 1));
      p += 5;
    }
    zlPtr = p;
    at = p + zlLen;
    return true;
  }
  spell(intAt(p, code));
  zlPtr = takenPtr;
  zlLen = takenLen;
  at = p + intBytes(code);
  return true;
}

function intAt(p: usize, code: u32): i64 {
  switch (code) {
    case 0xc0: return load<i16>(p, 1);
    case 0xd0: return load<i32>(p, 1);
    case 0xe0: return load<i64>(p, 1);
    case 0xf0: return load<i32>(p) >> 8;
    case 0xfe: return load<i8>(p, 1);
    default: return (code & 15) - 1;
  }
}

// ---- zipmaps --------------------------------------------------------------------------------------

/** The pair that {@link zmNext} has come to. */
export let zmField: usize = 0;
export let zmFieldLen: u32 = 0;
export let zmValue: usize = 0;
export let zmValueLen: u32 = 0;
let zmEnd: usize = 0;

/** Begins a walk through bytes that may be a zipmap. */
export function zmStart(ptr: usize, len: u32): void {
  at = ptr + 1;
  zmEnd = ptr + len;
}

/** Goes to the next pair. @returns 1 when there is one, 0 at the end, -1 when the bytes are no zipmap */
export function zmNext(): i32 {
  if (at >= zmEnd) return -1;
  if (<u32> load<u8>(at) == END) return at + 1 == zmEnd ? 0 : -1;
  if (!zmLength()) return -1;
  zmField = at;
  zmFieldLen = length;
  at += length;
  if (!zmLength() || at >= zmEnd) return -1;
  const free: u32 = load<u8>(at);
  zmValue = at + 1;
  zmValueLen = length;
  if (<u64> length + free >= <u64> (zmEnd - zmValue)) return -1;
  at = zmValue + length + free;
  return 1;
}

let length: u32 = 0;

/** Reads a length, behind which so many bytes must be. */
function zmLength(): bool {
  if (at >= zmEnd) return false;
  length = load<u8>(at++);
  if (length == END) return false;
  if (length == FAR) {
    if (zmEnd - at < 4) return false;
    length = load<u32>(at);
    at += 4;
  }
  return length < <u32> (zmEnd - at);
}
