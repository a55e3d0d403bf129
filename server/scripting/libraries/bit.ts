/** The library `bit`: 32-bit operations, as BitOp of Mike Pall has them. */

import type { LuaLibrary, LuaState } from "../lua_state.ts";

/** Added to a number it brings the integer that is nearest, to even, into the low bits of the fraction. */
const SHIFTER = 6755399441055744;

export function bitLibrary(state: LuaState): LuaLibrary {
  const double = new Float64Array(1);
  const words = new Int32Array(double.buffer);
  const argument = (L: number, index: number): number => {
    double[0] = state.m.x.luaL_checknumber(L, index) + SHIFTER;
    return words[0];
  };
  const push = (L: number, value: number): number => {
    state.m.x.lua_pushnumber(L, value | 0);
    return 1;
  };
  const unary = (act: (a: number) => number) => (L: number) => push(L, act(argument(L, 1)));
  const shift = (act: (a: number, by: number) => number) => (L: number) => {
    const value = argument(L, 1);
    return push(L, act(value, argument(L, 2) & 31));
  };
  const fold = (act: (a: number, b: number) => number) => (L: number) => {
    let value = argument(L, 1);
    const argc = state.m.x.lua_gettop(L);
    for (let i = 2; i <= argc; i++) value = act(value, argument(L, i));
    return push(L, value);
  };
  return {
    name: "bit",
    functions: {
      tobit: unary((a) => a),
      bnot: unary((a) => ~a),
      bswap: unary((a) => a >>> 24 | a >>> 8 & 0xff00 | (a & 0xff00) << 8 | a << 24),
      band: fold((a, b) => a & b),
      bor: fold((a, b) => a | b),
      bxor: fold((a, b) => a ^ b),
      lshift: shift((a, by) => a << by),
      rshift: shift((a, by) => a >>> by),
      arshift: shift((a, by) => a >> by),
      rol: shift((a, by) => a << by | a >>> (32 - by & 31)),
      ror: shift((a, by) => a >>> by | a << (32 - by & 31)),
      tohex: (L) => {
        const { m } = state;
        const value = argument(L, 1) >>> 0;
        let digits = m.x.lua_type(L, 2) < 0 ? 8 : argument(L, 2);
        const upper = digits < 0;
        digits = Math.min(8, upper ? -digits : digits);
        // Even the smallest number of 32 bits has no positive counterpart.
        if (digits < 0) digits = 8;
        const text = digits === 0 ? "" : value.toString(16).padStart(8, "0").slice(-digits);
        m.push(L, upper ? text.toUpperCase() : text);
        return 1;
      },
    },
  };
}
