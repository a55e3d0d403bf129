/** The library `cjson`: JSON, as Lua CJSON 2.1 of Mark Pulford has it. */

import type { LuaFunction } from "../lua_machine.ts";
import type { LuaLibrary, LuaState } from "../lua_state.ts";
import { ByteWriter } from "./byte_writer.ts";
import { JsonDecoder } from "./cjson_decode.ts";
import { JsonEncoder } from "./cjson_encode.ts";
import { defaultOptions, optionFunctions } from "./cjson_options.ts";

export function jsonLibrary(state: LuaState): LuaLibrary {
  const options = defaultOptions();
  const out = new ByteWriter();
  const encoder = new JsonEncoder(state, options, out);
  const decoder = new JsonDecoder(state, options, new ByteWriter());
  const one = (L: number): void => {
    const { m } = state;
    if (m.x.lua_gettop(L) !== 1) m.badArgument(L, 1, "expected 1 argument");
  };
  const functions: Record<string, LuaFunction> = {
    encode: (L) => {
      one(L);
      out.reset();
      encoder.value(L);
      out.push(state.m, L);
      return 1;
    },
    decode: (L) => {
      one(L);
      decoder.decode(L);
      return 1;
    },
    // Another table of the same functions: what is set holds for both.
    new: (L) => state.pushLibrary(L, "cjson"),
    ...optionFunctions(state, options),
  };
  return { name: "cjson", functions, values: { null: null, _NAME: "cjson", _VERSION: "2.1.0" } };
}
