/** Reading JSON, as Lua CJSON 2.1 does, in its words where something else comes than is expected. */

import { latin1 } from "../lua_machine.ts";
import type { LuaState } from "../lua_state.ts";
import type { ByteWriter } from "./byte_writer.ts";
import type { JsonOptions } from "./cjson_options.ts";

type Token =
  | "T_OBJ_BEGIN"
  | "T_OBJ_END"
  | "T_ARR_BEGIN"
  | "T_ARR_END"
  | "T_STRING"
  | "T_NUMBER"
  | "T_BOOLEAN"
  | "T_NULL"
  | "T_COLON"
  | "T_COMMA"
  | "T_END"
  | "T_ERROR";

/** By the byte. */
const PUNCTUATION: readonly (Token | undefined)[] = byBytes({
  "{": "T_OBJ_BEGIN",
  "}": "T_OBJ_END",
  "[": "T_ARR_BEGIN",
  "]": "T_ARR_END",
  ":": "T_COLON",
  ",": "T_COMMA",
});

function byBytes(tokens: Record<string, Token>): (Token | undefined)[] {
  const all = new Array<Token | undefined>(256).fill(undefined);
  for (const character in tokens) all[character.charCodeAt(0)] = tokens[character];
  return all;
}

const ESCAPES: Record<string, number> = {
  '"': 0x22,
  "\\": 0x5c,
  "/": 0x2f,
  "b": 8,
  "f": 12,
  "n": 10,
  "r": 13,
  "t": 9,
};

/** What C's strtod reads. */
const NUMBER =
  /^[+-]?(?:0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?|inf(?:inity)?|nan|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i;
const NUMBER_BYTES = 400;

/** The value of what {@link NUMBER} has found. */
function parseNumber(text: string): number {
  const bare = text.replace(/^[+-]/, "").toLowerCase();
  const sign = text.startsWith("-") ? -1 : 1;
  if (bare.startsWith("inf")) return sign * Infinity;
  if (bare === "nan") return NaN;
  if (!bare.startsWith("0x")) return Number(text);
  const [, whole, fraction = "", power = "0"] = /^0x([0-9a-f]*)\.?([0-9a-f]*)(?:p(.+))?$/.exec(
    bare,
  )!;
  const digits = parseInt(whole + fraction, 16);
  return sign * digits * 2 ** (Number(power) - 4 * fraction.length);
}

export class JsonDecoder {
  #start = 0;
  #at = 0;
  #end = 0;
  #token: Token = "T_END";
  /** Where the token begins, or where it is wrong. */
  #tokenAt = 0;
  /** What is wrong with it. */
  #wrong = "";
  #number = 0;
  #boolean = 0;
  /** A string without escapes lies in Lua's memory as it is. */
  #textAt = 0;
  #textBytes = 0;
  #depth = 0;

  constructor(
    readonly state: LuaState,
    readonly options: JsonOptions,
    readonly buffer: ByteWriter,
  ) {}

  /** Pushes the value of the text in the first argument. */
  decode(L: number): void {
    const { m } = this.state;
    this.#start = this.#at = m.x.luaL_checklstring(L, 1, m.out);
    this.#end = this.#start + m.u32[m.out >>> 2];
    const { u8 } = m;
    if (this.#end - this.#start >= 2 && (u8[this.#at] === 0 || u8[this.#at + 1] === 0)) {
      m.fail(L, "JSON parser does not support UTF-16 or UTF-32");
    }
    this.#depth = 0;
    this.#next();
    this.#value(L);
    this.#next();
    if (!this.#is("T_END")) this.#expected(L, "the end");
  }

  #expected(L: number, what: string): never {
    const found = this.#is("T_ERROR") ? this.#wrong : this.#token;
    const at = this.#tokenAt - this.#start + 1;
    return this.state.m.fail(L, `Expected ${what} but found ${found} at character ${at}`);
  }

  #is(token: Token): boolean {
    return this.#token === token;
  }

  #error(wrong: string, at = this.#at): void {
    this.#token = "T_ERROR";
    this.#wrong = wrong;
    this.#tokenAt = at;
  }

  // ---- values -----------------------------------------------------------------------------------

  #value(L: number): void {
    const { x } = this.state.m;
    switch (this.#token) {
      case "T_STRING":
        return this.#pushText(L);
      case "T_NUMBER":
        return x.lua_pushnumber(L, this.#number);
      case "T_BOOLEAN":
        return x.lua_pushboolean(L, this.#boolean);
      case "T_NULL":
        return x.lua_pushlightuserdata(L, 0);
      case "T_OBJ_BEGIN":
        return this.#object(L);
      case "T_ARR_BEGIN":
        return this.#array(L);
      default:
        this.#expected(L, "value");
    }
  }

  #pushText(L: number): void {
    const { m } = this.state;
    if (this.#textAt !== 0) m.x.lua_pushlstring(L, this.#textAt, this.#textBytes);
    else this.buffer.push(m, L);
  }

  #descend(L: number): void {
    const { m } = this.state;
    this.#depth++;
    if (this.#depth <= this.options.decodeDepth && m.x.lua_checkstack(L, 4) !== 0) return;
    const at = this.#at - this.#start;
    m.fail(L, `Found too many nested data structures (${this.#depth}) at character ${at}`);
  }

  #object(L: number): void {
    const { x } = this.state.m;
    this.#descend(L);
    x.lua_createtable(L, 0, 0);
    this.#next();
    if (this.#is("T_OBJ_END")) return void this.#depth--;
    for (;;) {
      if (!this.#is("T_STRING")) this.#expected(L, "object key string");
      this.#pushText(L);
      this.#next();
      if (!this.#is("T_COLON")) this.#expected(L, "colon");
      this.#next();
      this.#value(L);
      x.lua_rawset(L, -3);
      this.#next();
      if (this.#is("T_OBJ_END")) return void this.#depth--;
      if (!this.#is("T_COMMA")) this.#expected(L, "comma or object end");
      this.#next();
    }
  }

  #array(L: number): void {
    const { x } = this.state.m;
    this.#descend(L);
    x.lua_createtable(L, 0, 0);
    this.#next();
    if (this.#is("T_ARR_END")) return void this.#depth--;
    for (let i = 1;; i++) {
      this.#value(L);
      x.lua_rawseti(L, -2, i);
      this.#next();
      if (this.#is("T_ARR_END")) return void this.#depth--;
      if (!this.#is("T_COMMA")) this.#expected(L, "comma or array end");
      this.#next();
    }
  }

  // ---- tokens -----------------------------------------------------------------------------------

  #next(): void {
    const { u8 } = this.state.m;
    let byte = 0;
    for (;; this.#at++) {
      byte = this.#at < this.#end ? u8[this.#at] : 0;
      if (byte !== 0x20 && byte !== 9 && byte !== 10 && byte !== 13) break;
    }
    this.#tokenAt = this.#at;
    // A zero byte ends the text, wherever it stands.
    if (byte === 0) {
      this.#token = "T_END";
      return;
    }
    const punctuation = PUNCTUATION[byte];
    if (punctuation !== undefined) {
      this.#token = punctuation;
      this.#at++;
      return;
    }
    if (byte === 0x22) return this.#string();
    const isNumber = byte === 0x2d || (byte >= 0x30 && byte <= 0x39);
    if (isNumber && this.#takeInteger()) return;
    const char = String.fromCharCode(byte);
    const isOdd = isNumber || /[+iInN]/.test(char) ? this.#isInvalidNumber() : false;
    if (isNumber && isOdd && !this.options.decodeInvalid) return this.#error("invalid number");
    if (isNumber) return this.#takeNumber();
    if (this.#takeWord("true")) return this.#found("T_BOOLEAN", 1);
    if (this.#takeWord("false")) return this.#found("T_BOOLEAN", 0);
    if (this.#takeWord("null")) return this.#found("T_NULL", 0);
    if (this.options.decodeInvalid && isOdd) return this.#takeNumber();
    this.#error("invalid token");
  }

  /** Takes an integer as most are: a few digits, none of them a zero before others. @returns false where it is another */
  #takeInteger(): boolean {
    const { u8 } = this.state.m;
    let at = this.#at;
    const negative = u8[at] === 0x2d;
    if (negative) at++;
    const first = at;
    let value = 0;
    while (at < this.#end && u8[at] >= 0x30 && u8[at] <= 0x39) value = value * 10 + u8[at++] - 0x30;
    const digits = at - first;
    if (digits === 0 || digits > 15 || (digits > 1 && u8[first] === 0x30)) return false;
    // What goes on with a point or a letter is no integer, or not one of ten digits.
    if (at < this.#end && (u8[at] === 0x2e || (u8[at] | 32) >= 0x61 && (u8[at] | 32) <= 0x7a)) {
      return false;
    }
    this.#token = "T_NUMBER";
    this.#number = negative ? -value : value;
    this.#at = at;
    return true;
  }

  #found(token: Token, value: number): void {
    this.#token = token;
    this.#boolean = value;
  }

  #ahead(bytes: number): string {
    return latin1(this.state.m.u8.subarray(this.#at, Math.min(this.#end, this.#at + bytes)));
  }

  #takeWord(word: string): boolean {
    const { u8 } = this.state.m;
    if (this.#at + word.length > this.#end) return false;
    for (let i = 0; i < word.length; i++) {
      if (u8[this.#at + i] !== word.charCodeAt(i)) return false;
    }
    this.#at += word.length;
    return true;
  }

  /** Whether a number begins as those of JSON do not: hexadecimal, with a zero, or none at all. */
  #isInvalidNumber(): boolean {
    const text = this.#ahead(4);
    if (text.startsWith("+")) return true;
    const bare = text.replace(/^-/, "");
    return /^0[xX0-9]/.test(bare) || /^(inf|nan)/i.test(bare);
  }

  #takeNumber(): void {
    let found = NUMBER.exec(this.#ahead(NUMBER_BYTES));
    if (found !== null && found[0].length === NUMBER_BYTES) {
      found = NUMBER.exec(this.#ahead(this.#end - this.#at));
    }
    if (found === null) return this.#error("invalid number");
    this.#token = "T_NUMBER";
    this.#number = parseNumber(found[0]);
    this.#at += found[0].length;
  }

  #string(): void {
    const { buffer, state: { m: { u8 } } } = this;
    const begin = ++this.#at;
    let from = begin;
    this.#textAt = 0;
    let escaped = false;
    for (;;) {
      const byte = this.#at < this.#end ? u8[this.#at] : 0;
      if (byte === 0) return this.#error("unexpected end of string");
      if (byte === 0x22) break;
      if (byte !== 0x5c) {
        this.#at++;
        continue;
      }
      if (!escaped) buffer.reset();
      escaped = true;
      buffer.copy(u8, from, this.#at - from);
      if (!this.#escape()) return;
      from = this.#at;
    }
    this.#token = "T_STRING";
    if (escaped) buffer.copy(u8, from, this.#at - from);
    else {
      this.#textAt = begin;
      this.#textBytes = this.#at - begin;
    }
    this.#at++;
  }

  /** Takes what begins with a backslash. @returns false when it is wrong */
  #escape(): boolean {
    const { buffer } = this;
    const char = this.#ahead(2)[1] ?? "";
    if (char === "u") return this.#unicode();
    const byte = ESCAPES[char];
    if (byte === undefined) {
      this.#error("invalid escape code");
      return false;
    }
    buffer.byte(byte);
    this.#at += 2;
    return true;
  }

  #unicode(): boolean {
    const text = this.#ahead(12);
    const high = unit(text, 0);
    let code = high;
    let bytes = 6;
    if (high !== null && (high & 0xf800) === 0xd800) {
      const low = (high & 0x400) === 0 ? unit(text, 6) : null;
      const isPair = low !== null && (low & 0xfc00) === 0xdc00;
      code = isPair ? 0x10000 + ((high & 0x3ff) << 10 | low & 0x3ff) : null;
      bytes = 12;
    }
    if (code === null) {
      this.#error("invalid unicode escape code");
      return false;
    }
    this.#utf8(code);
    this.#at += bytes;
    return true;
  }

  #utf8(code: number): void {
    const { buffer } = this;
    if (code <= 0x7f) return buffer.byte(code);
    if (code <= 0x7ff) buffer.byte(0xc0 | code >> 6);
    else if (code <= 0xffff) {
      buffer.byte(0xe0 | code >> 12);
      buffer.byte(0x80 | code >> 6 & 0x3f);
    } else {
      buffer.byte(0xf0 | code >> 18);
      buffer.byte(0x80 | code >> 12 & 0x3f);
      buffer.byte(0x80 | code >> 6 & 0x3f);
    }
    buffer.byte(0x80 | code & 0x3f);
  }
}

/** The value of `\uXXXX` at a place of a text, null where there is none. */
function unit(text: string, at: number): number | null {
  const found = /^\\u([0-9a-fA-F]{4})/.exec(text.slice(at));
  return found === null ? null : parseInt(found[1], 16);
}
