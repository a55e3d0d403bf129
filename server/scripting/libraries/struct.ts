/**
 * The library `struct`: binary records, as Roberto Ierusalimschy's has them, with the sizes of a 64-bit machine.
 *
 * ```
 *   < >  byte order      !n  alignment        x  a zero byte       (space)  nothing
 *   b B 1   h H 2   l L T 8   i I n (4)       f 4   d 8            s  up to a zero byte   cn  n bytes
 * ```
 */

import type { LuaLibrary, LuaState } from "../lua_state.ts";
import { toUint64 } from "../number_format.ts";
import { ByteWriter } from "./byte_writer.ts";

const MAX_INTEGER_BYTES = 32;
const MAX_ALIGNMENT = 8;
const INTEGERS = "bBhHlLTiI";

/** A format as it is read. */
class Format {
  at = 0;
  little = true;
  alignment = 1;
  constructor(readonly state: LuaState, readonly L: number, readonly text: string) {}

  get isOver(): boolean {
    return this.at >= this.text.length;
  }

  #number(otherwise: number): number {
    const digits = /^\d+/.exec(this.text.slice(this.at, this.at + 12))?.[0];
    if (digits === undefined) return otherwise;
    this.at += digits.length;
    if (Number(digits) > 0x7fffffff) this.state.m.fail(this.L, "integral size overflow");
    return Number(digits);
  }

  size(option: string): number {
    switch (option) {
      case "b":
      case "B":
      case "x":
        return 1;
      case "h":
      case "H":
        return 2;
      case "l":
      case "L":
      case "T":
      case "d":
        return 8;
      case "f":
        return 4;
      case "c":
        return this.#number(1);
      case "i":
      case "I": {
        const size = this.#number(4);
        if (size <= MAX_INTEGER_BYTES) return size;
        return this.state.m.fail(
          this.L,
          `integral size ${size} is larger than limit of ${MAX_INTEGER_BYTES}`,
        );
      }
      default:
        return 0;
    }
  }

  /** Bytes left out before an option of so many. */
  padding(at: number, option: string, size: number): number {
    if (size === 0 || option === "c") return 0;
    const to = Math.min(size, this.alignment);
    return (to - (at & (to - 1))) & (to - 1);
  }

  control(option: string): void {
    switch (option) {
      case " ":
        return;
      case ">":
        this.little = false;
        return;
      case "<":
        this.little = true;
        return;
      case "!": {
        const alignment = this.#number(MAX_ALIGNMENT);
        if (alignment <= 0 || (alignment & (alignment - 1)) !== 0) {
          this.state.m.fail(this.L, `alignment ${alignment} is not a power of 2`);
        }
        this.alignment = alignment;
        return;
      }
      default:
        this.state.m.badArgument(this.L, 1, `invalid format option '${option}'`);
    }
  }
}

export function structLibrary(state: LuaState): LuaLibrary {
  const out = new ByteWriter();
  const format = (L: number): Format => {
    const { m } = state;
    m.x.luaL_checklstring(L, 1, 0);
    return new Format(state, L, m.text(L, 1)!.split("\0")[0]);
  };

  const putInteger = (L: number, index: number, little: boolean, size: number): void => {
    const number = state.m.x.luaL_checknumber(L, index);
    if (size <= 4 && Number.isSafeInteger(number)) {
      for (let i = 0; i < size; i++) {
        out.byte(Math.floor(number / 256 ** (little ? i : size - 1 - i)) & 0xff);
      }
      return;
    }
    let value = toUint64(number);
    const bytes: number[] = [];
    for (let i = 0; i < size; i++, value >>= 8n) bytes.push(Number(value & 0xffn));
    if (!little) bytes.reverse();
    for (const byte of bytes) out.byte(byte);
  };

  const readInteger = (at: number, little: boolean, signed: boolean, size: number): number => {
    const { u8 } = state.m;
    if (size <= 4) {
      let value = 0;
      for (let i = 0; i < size; i++) value = value * 256 + u8[little ? at + size - 1 - i : at + i];
      return signed && value >= 2 ** (size * 8 - 1) ? value - 2 ** (size * 8) : value;
    }
    let value = 0n;
    for (let i = 0; i < size; i++) {
      value = BigInt.asUintN(64, value << 8n | BigInt(u8[little ? at + size - 1 - i : at + i]));
    }
    if (!signed) return Number(value);
    // More than 64 bits: as a machine shifts that has no more.
    const mask = -1n << BigInt(size * 8 - 1 & 63);
    return Number(BigInt.asIntN(64, (value & mask) === 0n ? value : value | mask));
  };

  const pack = (L: number): number => {
    const { m } = state;
    const f = format(L);
    out.reset();
    // Behind the last argument there is nil, as errors tell.
    m.x.lua_pushnil(L);
    let argument = 2;
    let total = 0;
    while (!f.isOver) {
      const option = f.text[f.at++];
      let size = f.size(option);
      const padding = f.padding(total, option, size);
      total += padding;
      for (let i = 0; i < padding; i++) out.byte(0);
      if (INTEGERS.includes(option)) putInteger(L, argument++, f.little, size);
      else if (option === "x") out.byte(0);
      else if (option === "f") out.f32(m.x.luaL_checknumber(L, argument++), f.little);
      else if (option === "d") out.f64(m.x.luaL_checknumber(L, argument++), f.little);
      else if (option === "c" || option === "s") {
        const ptr = m.x.luaL_checklstring(L, argument++, m.out);
        const length = m.u32[m.out >>> 2];
        if (size === 0) size = length;
        if (length < size) m.badArgument(L, argument, "string too short");
        out.copy(m.u8, ptr, size);
        if (option === "s") {
          out.byte(0);
          size++;
        }
      } else f.control(option);
      total += size;
    }
    out.push(m, L);
    return 1;
  };

  const unpack = (L: number): number => {
    const { m } = state;
    const { x } = m;
    const f = format(L);
    const data = x.luaL_checklstring(L, 2, m.out);
    const length = m.u32[m.out >>> 2];
    const first = x.luaL_optinteger(L, 3, 1);
    // A negative one is a large one without its sign.
    if (first === 0) m.badArgument(L, 3, "offset must be 1 or greater");
    let at = first < 0 ? Infinity : first - 1;
    let count = 0;
    x.lua_settop(L, 2);
    const need = (size: number) => {
      if (size > length || at > length - size) m.badArgument(L, 2, "data string too short");
    };
    while (!f.isOver) {
      const option = f.text[f.at++];
      let size = f.size(option);
      at += f.padding(at, option, size);
      need(size);
      if (x.lua_checkstack(L, 2) === 0) m.fail(L, "stack overflow (too many results)");
      if (INTEGERS.includes(option)) {
        const signed = option >= "a";
        x.lua_pushnumber(L, readInteger(data + at, f.little, signed, size));
        count++;
      } else if (option === "f" || option === "d") {
        const view = new DataView(m.u8.buffer, data + at, size);
        x.lua_pushnumber(
          L,
          option === "f" ? view.getFloat32(0, f.little) : view.getFloat64(0, f.little),
        );
        count++;
      } else if (option === "c") {
        if (size === 0) {
          if (count === 0 || x.lua_isnumber(L, -1) === 0) {
            m.fail(L, "format 'c0' needs a previous size");
          }
          size = Number(toUint64(x.lua_tonumber(L, -1)));
          x.lua_settop(L, -2);
          count--;
          need(size);
        }
        x.lua_pushlstring(L, data + at, size);
        count++;
      } else if (option === "s") {
        const end = m.u8.subarray(data + at, data + length).indexOf(0);
        if (end < 0) m.fail(L, "unfinished string in data");
        size = end + 1;
        x.lua_pushlstring(L, data + at, end);
        count++;
      } else if (option !== "x") f.control(option);
      at += size;
    }
    x.lua_pushnumber(L, at + 1);
    return count + 1;
  };

  const size = (L: number): number => {
    const { m } = state;
    const f = format(L);
    let at = 0;
    while (!f.isOver) {
      const option = f.text[f.at++];
      const bytes = f.size(option);
      at += f.padding(at, option, bytes);
      if (option === "s") m.badArgument(L, 1, "option 's' has no fixed size");
      if (option === "c" && bytes === 0) m.badArgument(L, 1, "option 'c0' has no fixed size");
      if (!/[0-9A-Za-z]/.test(option)) f.control(option);
      at += bytes;
    }
    m.x.lua_pushnumber(L, at);
    return 1;
  };

  return { name: "struct", functions: { pack, unpack, size } };
}
