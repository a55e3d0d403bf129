/**
 * Lua's patterns, over bytes of Lua's memory: the matcher of Lua 5.1 with two bounds that it lacks. Every so many
 * steps it looks whether the script is to go on, for a pattern can take longer than anybody lives; and it does not
 * go deeper than a stack allows.
 *
 * A match takes no copy: places are addresses in Lua's memory, -1 where there is no match.
 */

import type { LuaState } from "../lua_state.ts";

const MAX_CAPTURES = 32;
const UNFINISHED = -1;
const POSITION = -2;
/** How deep the matcher calls itself. */
const MAX_DEPTH = 2500;
/** Steps between two looks: some ms. */
const STEPS = 200_000;

const ESCAPE = 0x25; // %

const isAlpha = (c: number) => (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
const isDigit = (c: number) => c >= 48 && c <= 57;
const isLower = (c: number) => c >= 97 && c <= 122;
const isUpper = (c: number) => c >= 65 && c <= 90;
const isSpace = (c: number) => c === 32 || (c >= 9 && c <= 13);
const isPunctuation = (c: number) => c > 32 && c < 127 && !isAlpha(c) && !isDigit(c);

/** Whether a byte is of the class of a letter. */
function isOfClass(c: number, letter: number): boolean {
  let found: boolean;
  switch (letter | 32) {
    case 0x61: // a
      found = isAlpha(c);
      break;
    case 0x63: // c
      found = c < 32 || c === 127;
      break;
    case 0x64: // d
      found = isDigit(c);
      break;
    case 0x6c: // l
      found = isLower(c);
      break;
    case 0x70: // p
      found = isPunctuation(c);
      break;
    case 0x73: // s
      found = isSpace(c);
      break;
    case 0x75: // u
      found = isUpper(c);
      break;
    case 0x77: // w
      found = isAlpha(c) || isDigit(c);
      break;
    case 0x78: // x
      found = isDigit(c) || ((c | 32) >= 97 && (c | 32) <= 102);
      break;
    case 0x7a: // z
      found = c === 0;
      break;
    default:
      return letter === c;
  }
  return isUpper(letter) ? !found : isLower(letter) ? found : letter === c;
}

export class Matcher {
  /** The text, and the pattern's end. */
  start = 0;
  end = 0;
  patternEnd = 0;
  captures = 0;
  readonly at = new Int32Array(MAX_CAPTURES);
  readonly lengths = new Int32Array(MAX_CAPTURES);
  #depth = 0;
  #steps = 0;
  #L = 0;
  #u8: Uint8Array = new Uint8Array();

  constructor(readonly state: LuaState, readonly look: (L: number) => void) {}

  begin(L: number, start: number, end: number, patternEnd: number): void {
    this.#L = L;
    this.start = start;
    this.end = end;
    this.patternEnd = patternEnd;
    this.#steps = 0;
  }

  /** Matches at a place. @returns where the match ends, -1 where there is none */
  match(s: number, p: number): number {
    this.captures = this.#depth = 0;
    this.#u8 = this.state.m.u8;
    return this.#match(s, p);
  }

  #fail(text: string): never {
    return this.state.m.fail(this.#L, text);
  }

  #step(): void {
    if (++this.#steps < STEPS) return;
    this.#steps = 0;
    this.look(this.#L);
  }

  // ---- one item of a pattern --------------------------------------------------------------------

  /** Where the single-byte class at `p` ends. */
  #classEnd(p: number): number {
    const u8 = this.#u8;
    const c = u8[p++];
    if (c === ESCAPE) {
      if (p >= this.patternEnd) this.#fail("malformed pattern (ends with '%')");
      return p + 1;
    }
    if (c !== 0x5b) return p;
    if (p < this.patternEnd && u8[p] === 0x5e) p++;
    // A bracket that comes first is one of the set.
    do {
      if (p >= this.patternEnd) this.#fail("malformed pattern (missing ']')");
      if (u8[p++] === ESCAPE && p < this.patternEnd) p++;
    } while (p >= this.patternEnd || u8[p] !== 0x5d);
    return p + 1;
  }

  /** Whether a byte is in the set from `[` at `p` to `]` at `last`. */
  #isInSet(c: number, p: number, last: number): boolean {
    const u8 = this.#u8;
    let found = true;
    if (u8[p + 1] === 0x5e) {
      found = false;
      p++;
    }
    while (++p < last) {
      if (u8[p] === ESCAPE) {
        p++;
        if (isOfClass(c, u8[p])) return found;
      } else if (u8[p + 1] === 0x2d && p + 2 < last) {
        p += 2;
        if (u8[p - 2] <= c && c <= u8[p]) return found;
      } else if (u8[p] === c) return found;
    }
    return !found;
  }

  #isSingle(s: number, p: number, ep: number): boolean {
    const u8 = this.#u8;
    const c = u8[s];
    switch (u8[p]) {
      case 0x2e:
        return true;
      case ESCAPE:
        return isOfClass(c, u8[p + 1]);
      case 0x5b:
        return this.#isInSet(c, p, ep - 1);
      default:
        return u8[p] === c;
    }
  }

  // ---- captures ---------------------------------------------------------------------------------

  #openCapture(s: number, p: number, what: number): number {
    const level = this.captures;
    if (level >= MAX_CAPTURES) this.#fail("too many captures");
    this.at[level] = s;
    this.lengths[level] = what;
    this.captures = level + 1;
    const found = this.#match(s, p);
    if (found < 0) this.captures--;
    return found;
  }

  #closeCapture(s: number, p: number): number {
    let level = this.captures - 1;
    while (level >= 0 && this.lengths[level] !== UNFINISHED) level--;
    if (level < 0) this.#fail("invalid pattern capture");
    this.lengths[level] = s - this.at[level];
    const found = this.#match(s, p);
    if (found < 0) this.lengths[level] = UNFINISHED;
    return found;
  }

  #backReference(s: number, digit: number): number {
    const level = digit - 0x31;
    if (level < 0 || level >= this.captures || this.lengths[level] === UNFINISHED) {
      this.#fail("invalid capture index");
    }
    const length = this.lengths[level];
    // That of a position has no length at all.
    if (length < 0 || this.end - s < length) return -1;
    const from = this.at[level];
    for (let i = 0; i < length; i++) if (this.#u8[from + i] !== this.#u8[s + i]) return -1;
    return s + length;
  }

  #balance(s: number, p: number): number {
    const u8 = this.#u8;
    if (p + 1 >= this.patternEnd) this.#fail("unbalanced pattern");
    if (s >= this.end || u8[s] !== u8[p]) return -1;
    const [open, close] = [u8[p], u8[p + 1]];
    let depth = 1;
    while (++s < this.end) {
      const c = u8[s];
      if (c === close) {
        if (--depth === 0) return s + 1;
      } else if (c === open) depth++;
    }
    return -1;
  }

  // ---- the matcher ------------------------------------------------------------------------------

  #maxExpand(s: number, p: number, ep: number): number {
    let count = 0;
    while (s + count < this.end && this.#isSingle(s + count, p, ep)) count++;
    this.#steps += count;
    for (; count >= 0; count--) {
      const found = this.#match(s + count, ep + 1);
      if (found >= 0) return found;
    }
    return -1;
  }

  #minExpand(s: number, p: number, ep: number): number {
    for (;;) {
      const found = this.#match(s, ep + 1);
      if (found >= 0) return found;
      if (s >= this.end || !this.#isSingle(s, p, ep)) return -1;
      s++;
    }
  }

  #match(s: number, p: number): number {
    if (++this.#depth > MAX_DEPTH) this.#fail("pattern too complex");
    const found = this.#matchItems(s, p);
    this.#depth--;
    return found;
  }

  #matchItems(s: number, p: number): number {
    const u8 = this.#u8;
    for (;;) {
      this.#step();
      if (p >= this.patternEnd) return s;
      switch (u8[p]) {
        case 0x28: // (
          return p + 1 < this.patternEnd && u8[p + 1] === 0x29
            ? this.#openCapture(s, p + 2, POSITION)
            : this.#openCapture(s, p + 1, UNFINISHED);
        case 0x29: // )
          return this.#closeCapture(s, p + 1);
        case 0x24: // $
          if (p + 1 === this.patternEnd) return s === this.end ? s : -1;
          break;
        case ESCAPE: {
          const next = p + 1 < this.patternEnd ? u8[p + 1] : 0;
          if (next === 0x62) { // b
            s = this.#balance(s, p + 2);
            if (s < 0) return -1;
            p += 4;
            continue;
          }
          if (next === 0x66) { // f
            p += 2;
            if (p >= this.patternEnd || u8[p] !== 0x5b) {
              this.#fail("missing '[' after '%f' in pattern");
            }
            const ep = this.#classEnd(p);
            const before = s === this.start ? 0 : u8[s - 1];
            const here = s < this.end ? u8[s] : 0;
            if (this.#isInSet(before, p, ep - 1) || !this.#isInSet(here, p, ep - 1)) return -1;
            p = ep;
            continue;
          }
          if (isDigit(next)) {
            s = this.#backReference(s, next);
            if (s < 0) return -1;
            p += 2;
            continue;
          }
        }
      }
      const ep = this.#classEnd(p);
      const fits = s < this.end && this.#isSingle(s, p, ep);
      switch (ep < this.patternEnd ? u8[ep] : 0) {
        case 0x3f: { // ?
          if (fits) {
            const found = this.#match(s + 1, ep + 1);
            if (found >= 0) return found;
          }
          p = ep + 1;
          continue;
        }
        case 0x2a: // *
          return this.#maxExpand(s, p, ep);
        case 0x2b: // +
          return fits ? this.#maxExpand(s + 1, p, ep) : -1;
        case 0x2d: // -
          return this.#minExpand(s, p, ep);
        default:
          if (!fits) return -1;
          s++;
          p = ep;
      }
    }
  }

  // ---- results ----------------------------------------------------------------------------------

  /** Pushes a capture; where there are none the first is all that was matched. */
  pushCapture(index: number, s: number, end: number): void {
    const { x } = this.state.m;
    if (index >= this.captures) {
      if (index !== 0) this.#fail("invalid capture index");
      return x.lua_pushlstring(this.#L, s, end - s);
    }
    const length = this.lengths[index];
    if (length === UNFINISHED) this.#fail("unfinished capture");
    if (length === POSITION) x.lua_pushnumber(this.#L, this.at[index] - this.start + 1);
    else x.lua_pushlstring(this.#L, this.at[index], length);
  }

  /** Pushes all captures. @param whole all that was matched where there are none @returns how many */
  pushCaptures(s: number, end: number, whole: boolean): number {
    const count = this.captures === 0 && whole ? 1 : this.captures;
    if (this.state.m.x.lua_checkstack(this.#L, count) === 0) {
      this.#fail("stack overflow (too many captures)");
    }
    for (let i = 0; i < count; i++) this.pushCapture(i, s, end);
    return count;
  }
}
