/**
 * string.format: Lua's own makes integers of 32 bits here, as a long has in WASM; scripts format times in ms. Floating
 * point, and strings with a width, are left to Lua's own, one conversion at a time.
 */

import { LUA } from "../lua_api.ts";
import type { LuaState } from "../lua_state.ts";
import { toInt64, toUint64 } from "../number_format.ts";
import type { ByteWriter } from "./byte_writer.ts";

const FLAGS = "-+ #0";
const isDigit = (char: string) => char >= "0" && char <= "9";

/** Digits with sign, precision and width, as printf has them. */
function layOut(digits: string, sign: string, spec: string): string {
  const [, flags, width, precision] = /^%([-+ #0]*)(\d*)(?:\.(\d*))?/.exec(spec)!;
  const least = Number(precision ?? 0);
  let text = precision !== undefined && least === 0 && digits === "0" ? "" : digits;
  text = text.padStart(least, "0");
  const room = Number(width);
  if (flags.includes("-")) return (sign + text).padEnd(room);
  if (flags.includes("0") && precision === undefined) {
    return sign + text.padStart(room - sign.length, "0");
  }
  return (sign + text).padStart(room);
}

function signed(value: bigint, spec: string): string {
  const flags = /^%([-+ #0]*)/.exec(spec)![1];
  const plus = flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  return value < 0n ? layOut(`${-value}`, "-", spec) : layOut(`${value}`, plus, spec);
}

function unsigned(value: bigint, letter: string, spec: string): string {
  const alternate = spec.includes("#");
  if (letter === "u") return layOut(`${value}`, "", spec);
  if (letter === "o") {
    const digits = value.toString(8);
    if (alternate && value === 0n) return layOut("0", "", spec.replace(/\.0*$/, ".1"));
    return layOut(alternate && digits !== "0" ? `0${digits}` : digits, "", spec);
  }
  const text = layOut(value.toString(16), alternate && value !== 0n ? "0x" : "", spec);
  return letter === "X" ? text.toUpperCase() : text;
}

/** A conversion: from `%` to before its letter. @returns its end, or what is wrong with it */
function specEnd(text: string, at: number): number | string {
  let end = at + 1;
  while (end < text.length && FLAGS.includes(text[end])) end++;
  if (end - at - 1 >= FLAGS.length + 1) return "invalid format (repeated flags)";
  for (let i = 0; i < 2 && isDigit(text[end]); i++) end++;
  if (text[end] === ".") {
    end++;
    for (let i = 0; i < 2 && isDigit(text[end]); i++) end++;
  }
  if (isDigit(text[end])) return "invalid format (width or precision too long)";
  return end;
}

export class Formatter {
  constructor(readonly state: LuaState, readonly out: () => ByteWriter) {}

  /** The function that Lua calls; Lua's own is its upvalue. */
  format(L: number): number {
    const { m } = this.state;
    m.x.luaL_checklstring(L, 1, 0);
    const text = m.text(L, 1)!;
    const out = this.out();
    out.reset();
    const argc = m.x.lua_gettop(L);
    let argument = 1;
    let from = 0;
    for (;;) {
      const at = text.indexOf("%", from);
      out.text(text.slice(from, at < 0 ? text.length : at));
      if (at < 0) break;
      if (text[at + 1] === "%") {
        out.byte(0x25);
        from = at + 2;
        continue;
      }
      if (++argument > argc) m.badArgument(L, argument, "no value");
      const end = specEnd(text, at);
      if (typeof end === "string") m.fail(L, end);
      this.#convert(L, out, text.slice(at, end as number), text[end as number] ?? "", argument);
      from = end as number + 1;
    }
    out.push(m, L);
    return 1;
  }

  #convert(L: number, out: ByteWriter, spec: string, letter: string, argument: number): void {
    const { m } = this.state;
    const { x } = m;
    switch (letter) {
      case "d":
      case "i": {
        const value = Math.trunc(x.luaL_checknumber(L, argument));
        const isPlain = spec === "%" && Number.isSafeInteger(value);
        return out.text(isPlain ? String(value) : signed(toInt64(value), spec));
      }
      case "o":
      case "u":
      case "x":
      case "X":
        return out.text(unsigned(toUint64(x.luaL_checknumber(L, argument)), letter, spec));
      case "c":
      case "e":
      case "E":
      case "f":
      case "g":
      case "G":
        x.luaL_checknumber(L, argument);
        return this.#leave(L, out, spec + letter, argument);
      case "q":
        x.luaL_checklstring(L, argument, 0);
        return this.#leave(L, out, spec + letter, argument);
      case "s": {
        const ptr = x.luaL_checklstring(L, argument, m.out);
        const length = m.u32[m.out >>> 2];
        if (spec !== "%" && (spec.includes(".") || length < 100)) {
          return this.#leave(L, out, spec + letter, argument);
        }
        // A short one ends at a zero byte, as C's strings do.
        const zero = length < 100 ? m.u8.subarray(ptr, ptr + length).indexOf(0) : -1;
        return out.copy(m.u8, ptr, zero < 0 ? length : zero);
      }
      default:
        m.fail(L, `invalid option '%${letter || "\0"}' to 'format'`);
    }
  }

  /** Has Lua's own function do one conversion. */
  #leave(L: number, out: ByteWriter, spec: string, argument: number): void {
    const { m } = this.state;
    const { x } = m;
    x.lua_pushvalue(L, LUA.GLOBALSINDEX - 1);
    m.push(L, spec);
    x.lua_pushvalue(L, argument);
    x.lua_call(L, 2, 1);
    const ptr = x.lua_tolstring(L, -1, m.out);
    out.copy(m.u8, ptr, m.u32[m.out >>> 2]);
    x.lua_settop(L, -2);
  }
}
