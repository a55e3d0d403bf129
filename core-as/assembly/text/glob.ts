/**
 * Glob patterns as KEYS, SCAN and PSUBSCRIBE read them.
 *
 *   *        any run of bytes, also an empty one
 *   ?        one byte
 *   [a-z_]   one byte of the class; ranges in either order, bytes
 *            above 127 standing below 0; `\` takes the next byte as it is
 *   [^a]     one byte outside the class
 *   \x       the byte x itself; a `\` that ends the pattern is a plain one
 *
 * A class that lacks its `]` ends with the pattern. `]` right after `[` or `[^` closes the class.
 *
 * An empty text matches an empty pattern only, not even `*`: so does Redis.
 *
 * Everything but `*` eats exactly one byte, so the last `*` alone need be retried: what stood
 * before it matched as early as it could. Costs: at most pattern length * text length steps, no
 * recursion, whatever the pattern ("Matching Wildcards", Kirk J. Krauss, Dr. Dobb's 2008).
 */
import { toLower } from "../base/bytes";

/** Pattern position after the element that {@link matchesOne} tried. */
let next: usize = 0;

/** Whether `byte` is in the class whose first byte after '[' is at `at`; sets `next` past it. */
function matchesClass(at: usize, end: usize, byte: u32, nocase: bool): bool {
  const negated = at < end && load<u8>(at) == 94;
  if (negated) at++;
  let found = false;
  while (at < end) {
    let low: i32 = load<i8>(at);
    let high = low;
    if (low == 92 && end - at >= 2) {
      // Redis compares an escaped byte of a class as it is, even where case is ignored.
      if (load<u8>(at + 1) == byte) found = true;
      at += 2;
      continue;
    }
    if (low == 93) {
      at++;
      break;
    }
    if (end - at >= 3 && load<u8>(at + 1) == 45) {
      high = load<i8>(at + 2);
      if (low > high) {
        high = low;
        low = load<i8>(at + 2);
      }
      at += 3;
    } else at++;
    let wanted = byte;
    if (nocase) {
      wanted = toLower(byte);
      low = toLower(low);
      high = toLower(high);
    }
    const signed: i32 = <i8> wanted;
    if (signed >= low && signed <= high) found = true;
  }
  next = at;
  return found != negated;
}

/** Whether the element at `at` (not a '*') matches `byte`; sets `next` to the element after it. */
function matchesOne(at: usize, end: usize, byte: u32, nocase: bool): bool {
  let wanted: u32 = load<u8>(at);
  if (wanted == 63) {
    next = at + 1;
    return true;
  }
  if (wanted == 91) return matchesClass(at + 1, end, byte, nocase);
  if (wanted == 92 && end - at >= 2) wanted = load<u8>(++at);
  next = at + 1;
  return nocase ? toLower(byte) == toLower(wanted) : byte == wanted;
}

/** Whether the whole text matches the whole pattern; `nocase` ignores the case of ASCII letters. */
export function globMatch(
  pattern: usize,
  patternLen: u32,
  text: usize,
  textLen: u32,
  nocase: bool,
): bool {
  // As in Redis, where a star needs a text to begin with: KEYS takes "*" alone for all keys itself.
  if (textLen == 0) return patternLen == 0;
  const patternEnd = pattern + patternLen;
  const textEnd = text + textLen;
  // Where to go on after a mismatch: the pattern behind the last '*', and the text it now skips to.
  let retryPattern: usize = 0;
  let retryText: usize = 0;
  while (text < textEnd) {
    if (pattern < patternEnd && load<u8>(pattern) == 42) {
      retryPattern = ++pattern;
      retryText = text;
      if (pattern == patternEnd) return true;
    } else if (pattern < patternEnd && matchesOne(pattern, patternEnd, load<u8>(text), nocase)) {
      pattern = next;
      text++;
    } else {
      if (retryPattern == 0) return false;
      pattern = retryPattern;
      text = ++retryText;
    }
  }
  while (pattern < patternEnd && load<u8>(pattern) == 42) pattern++;
  return pattern == patternEnd;
}
