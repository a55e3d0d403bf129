/**
 * math.random and math.randomseed, as Redis has them in place of the C library's: a linear congruential generator
 * of 48 bits, POSIX's lrand48, the same on every machine for the same seed.
 */

import type { LuaLibrary, LuaState } from "../lua_state.ts";

const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const MASK = (1n << 48n) - 1n;
/** What a seed of 32 bits is put before. */
const SEED_LOW = 0x330en;
const MAX = 2 ** 31 - 1;

export function randomLibrary(state: LuaState, seed: number): LuaLibrary {
  let now = 0n;
  const begin = (value: number) => now = BigInt(value >>> 0) << 16n | SEED_LOW;
  begin(seed);
  const next = (): number => {
    now = now * MULTIPLIER + INCREMENT & MASK;
    return Number(now >> 17n) % MAX / MAX;
  };
  return {
    name: "math",
    functions: {
      random: (L) => {
        const { m } = state;
        const { x } = m;
        const value = next();
        const argc = x.lua_gettop(L);
        if (argc === 0) x.lua_pushnumber(L, value);
        else if (argc > 2) m.fail(L, "wrong number of arguments");
        else {
          const low = argc === 1 ? 1 : x.luaL_checkinteger(L, 1);
          const high = x.luaL_checkinteger(L, argc);
          if (low > high) m.badArgument(L, argc, "interval is empty");
          x.lua_pushnumber(L, Math.floor(value * (high - low + 1)) + low);
        }
        return 1;
      },
      randomseed: (L) => {
        begin(state.m.x.luaL_checkinteger(L, 1));
        return 0;
      },
    },
  };
}
