/**
 * What of the library `string` can take for ever or all memory, in a form that can be stopped: find, match, gmatch
 * and gsub on the matcher of pattern.ts, and rep.
 */

import { LUA, TYPE_NAMES } from "../lua_api.ts";
import type { LuaLibrary, LuaState } from "../lua_state.ts";
import { ByteWriter } from "./byte_writer.ts";
import { Formatter } from "./format.ts";
import { Matcher } from "./pattern.ts";

/** Bytes that make a pattern more than a text: ^$*+?.([%- */
const SPECIALS = new Set([..."^$*+?.([%-"].map((char) => char.charCodeAt(0)));
/** Bytes compared between two looks at how long a script has run. */
const COMPARED = 10_000_000;
/** Longest string that `rep` makes, as long as any value may be. */
const MAX_BYTES = 512 << 20;

export function stringLibrary(state: LuaState, look: (L: number) => void): LuaLibrary {
  const out = new ByteWriter();
  let length = 0;
  /** A string's address; its length is left in `length`. */
  const bytes = (L: number, index: number): number => {
    const { m } = state;
    const ptr = m.x.luaL_checklstring(L, index, m.out);
    length = m.u32[m.out >>> 2];
    return ptr;
  };
  // One that calls back into a script may be called again meanwhile: each depth has its own.
  const matchers: Matcher[] = [];
  let depth = 0;
  const matcherAt = (level: number) => matchers[level] ??= new Matcher(state, look);

  /** Where bytes are found, -1 = nowhere. */
  const plainFind = (L: number, from: number, end: number, what: number, size: number): number => {
    if (size === 0) return from;
    const { u8 } = state.m;
    let compared = 0;
    for (let at = from;; at++) {
      at = u8.indexOf(u8[what], at);
      if (at < 0 || at + size > end) return -1;
      let same = 1;
      while (same < size && u8[at + same] === u8[what + same]) same++;
      if (same === size) return at;
      compared += same;
      if (compared < COMPARED) continue;
      compared = 0;
      look(L);
    }
  };
  /** A pattern ends where a C string does. */
  const patternEndOf = (pattern: number, end: number): number => {
    const { u8 } = state.m;
    for (let at = pattern; at < end; at++) if (u8[at] === 0) return at;
    return end;
  };

  const find = (L: number, isFind: boolean): number => {
    const { m } = state;
    const { x } = m;
    const text = bytes(L, 1);
    const textLength = length;
    const pattern = bytes(L, 2);
    const patternLength = length;
    let init = x.luaL_optinteger(L, 3, 1);
    if (init < 0) init += textLength + 1;
    init = Math.min(Math.max(init - 1, 0), textLength);
    const end = text + textLength;
    const patternEnd = patternEndOf(pattern, pattern + patternLength);
    const isPlain = () => {
      if (x.lua_toboolean(L, 4) !== 0) return true;
      for (let at = pattern; at < patternEnd; at++) if (SPECIALS.has(m.u8[at])) return false;
      return true;
    };
    if (isFind && isPlain()) {
      const found = plainFind(L, text + init, end, pattern, patternLength);
      if (found >= 0) {
        x.lua_pushnumber(L, found - text + 1);
        x.lua_pushnumber(L, found - text + patternLength);
        return 2;
      }
      x.lua_pushnil(L);
      return 1;
    }
    const matcher = matcherAt(depth);
    matcher.begin(L, text, end, patternEnd);
    const anchored = patternEnd > pattern && m.u8[pattern] === 0x5e;
    const p = anchored ? pattern + 1 : pattern;
    for (let s = text + init; s <= end; s++) {
      const to = matcher.match(s, p);
      if (to >= 0) {
        if (!isFind) return matcher.pushCaptures(s, to, true);
        x.lua_pushnumber(L, s - text + 1);
        x.lua_pushnumber(L, to - text);
        return matcher.pushCaptures(s, to, false) + 2;
      }
      if (anchored) break;
    }
    x.lua_pushnil(L);
    return 1;
  };

  /** Of gmatch: text, pattern and place are upvalues. */
  const next = (L: number): number => {
    const { m } = state;
    const { x } = m;
    const up = (index: number) => LUA.GLOBALSINDEX - index;
    const text = x.lua_tolstring(L, up(1), m.out);
    const end = text + m.u32[m.out >>> 2];
    const pattern = x.lua_tolstring(L, up(2), m.out);
    const matcher = matcherAt(depth);
    matcher.begin(L, text, end, patternEndOf(pattern, pattern + m.u32[m.out >>> 2]));
    for (let s = text + x.lua_tonumber(L, up(3)); s <= end; s++) {
      const to = matcher.match(s, pattern);
      if (to < 0) continue;
      // An empty match goes on behind the next byte.
      x.lua_pushnumber(L, (to === s ? to + 1 : to) - text);
      x.lua_replace(L, up(3));
      return matcher.pushCaptures(s, to, true);
    }
    return 0;
  };

  const gmatch = (L: number): number => {
    const { x } = state.m;
    bytes(L, 1);
    bytes(L, 2);
    x.lua_settop(L, 2);
    x.lua_pushnumber(L, 0);
    x.lua_pushcclosure(L, state.functionIndex("string", "<next>"), 3);
    return 1;
  };

  /** Writes the replacement text of argument 3, `%1` and the like filled in. */
  const addText = (
    L: number,
    writer: ByteWriter,
    matcher: Matcher,
    s: number,
    to: number,
  ): void => {
    const { m } = state;
    const text = m.x.lua_tolstring(L, 3, m.out);
    const size = m.u32[m.out >>> 2];
    for (let i = 0; i < size; i++) {
      const byte = m.u8[text + i];
      if (byte !== 0x25) {
        writer.byte(byte);
        continue;
      }
      const digit = ++i < size ? m.u8[text + i] : 0;
      if (digit < 0x30 || digit > 0x39) writer.byte(digit);
      else if (digit === 0x30) writer.copy(m.u8, s, to - s);
      else {
        matcher.pushCapture(digit - 0x31, s, to);
        const ptr = m.x.lua_tolstring(L, -1, m.out);
        writer.copy(m.u8, ptr, m.u32[m.out >>> 2]);
        m.x.lua_settop(L, -2);
      }
    }
  };

  /** Writes what takes the place of a match. */
  const addValue = (
    L: number,
    writer: ByteWriter,
    matcher: Matcher,
    s: number,
    to: number,
  ): void => {
    const { m } = state;
    const { x } = m;
    const type = x.lua_type(L, 3);
    if (type === LUA.STRING || type === LUA.NUMBER) return addText(L, writer, matcher, s, to);
    if (type === LUA.FUNCTION) {
      x.lua_pushvalue(L, 3);
      const count = matcher.pushCaptures(s, to, true);
      depth++;
      try {
        x.lua_call(L, count, 1);
      } finally {
        depth--;
      }
    } else {
      matcher.pushCapture(0, s, to);
      x.lua_gettable(L, 3);
    }
    if (x.lua_toboolean(L, -1) === 0) writer.copy(m.u8, s, to - s);
    else if (x.lua_isstring(L, -1) === 0) {
      m.fail(L, `invalid replacement value (a ${TYPE_NAMES[x.lua_type(L, -1)]})`);
    } else {
      const ptr = x.lua_tolstring(L, -1, m.out);
      writer.copy(m.u8, ptr, m.u32[m.out >>> 2]);
    }
    x.lua_settop(L, -2);
  };

  const gsub = (L: number): number => {
    const { m } = state;
    const { x } = m;
    const text = bytes(L, 1);
    const end = text + length;
    const pattern = bytes(L, 2);
    const patternEnd = patternEndOf(pattern, pattern + length);
    const type = x.lua_type(L, 3);
    if (type !== LUA.NUMBER && type !== LUA.STRING && type !== LUA.FUNCTION && type !== LUA.TABLE) {
      m.badArgument(L, 3, "string/function/table expected");
    }
    const most = x.luaL_optinteger(L, 4, end - text + 1);
    const anchored = patternEnd > pattern && m.u8[pattern] === 0x5e;
    const p = anchored ? pattern + 1 : pattern;
    // The function that replaces may call gsub itself.
    const writer = depth === 0 ? out : new ByteWriter();
    const matcher = matcherAt(depth);
    writer.reset();
    let count = 0;
    let s = text;
    while (count < most) {
      matcher.begin(L, text, end, patternEnd);
      const to = matcher.match(s, p);
      if (to >= 0) {
        count++;
        addValue(L, writer, matcher, s, to);
      }
      if (to > s) s = to;
      else if (s < end) writer.byte(m.u8[s++]);
      else break;
      if (anchored) break;
    }
    writer.copy(m.u8, s, Math.max(0, end - s));
    writer.push(m, L);
    x.lua_pushnumber(L, count);
    return 2;
  };

  const rep = (L: number): number => {
    const { m } = state;
    const text = bytes(L, 1);
    const size = length;
    const count = Math.max(0, Math.trunc(m.x.luaL_checknumber(L, 2)) || 0);
    const total = size * count;
    if (total > MAX_BYTES) m.raise(L, "not enough memory");
    if (total === 0) {
      m.push(L, "");
      return 1;
    }
    const ptr = m.room(L, total);
    const { u8 } = m;
    if (size === 1) u8.fill(u8[text], ptr, ptr + total);
    else {
      u8.copyWithin(ptr, text, text + size);
      // What is there is doubled.
      for (let done = size; done < total; done *= 2) {
        u8.copyWithin(ptr + done, ptr, ptr + Math.min(done, total - done));
      }
    }
    m.pushOwned(L, ptr, total);
    return 1;
  };

  /** A place of a string: from its end where it is negative. Beyond 32 bits, too. */
  const place = (value: number, size: number): number => {
    const whole = Math.trunc(value) || 0;
    return whole < 0 ? Math.max(0, size + whole + 1) : whole;
  };
  const sub = (L: number): number => {
    const { x } = state.m;
    const text = bytes(L, 1);
    const size = length;
    const first = Math.max(1, place(x.luaL_checknumber(L, 2), size));
    const last = Math.min(size, place(x.luaL_optnumber(L, 3, -1), size));
    if (first > last) x.lua_pushlstring(L, text, 0);
    else x.lua_pushlstring(L, text + first - 1, last - first + 1);
    return 1;
  };
  const formatter = new Formatter(state, () => out);

  return {
    name: "string",
    functions: {
      sub,
      format: (L) => formatter.format(L),
      find: (L) => find(L, true),
      match: (L) => find(L, false),
      gmatch,
      gfind: gmatch,
      gsub,
      rep,
      "<next>": next,
    },
  };
}
