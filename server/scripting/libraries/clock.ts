/** os.clock, which is all that scripts get of the library `os`. */

import type { Clock } from "../../env/clock.ts";
import type { LuaLibrary, LuaState } from "../lua_state.ts";

export function clockLibrary(state: LuaState, clock: Clock): LuaLibrary {
  return {
    name: "os",
    functions: {
      clock: (L) => {
        state.m.x.lua_pushnumber(L, clock.monotonicUs() / 1e6);
        return 1;
      },
    },
  };
}
