/** What runs scripts, made with a Lua state and thrown away with it. */

import type { Arguments, CommandFacts } from "../commands/facts.ts";
import type { Connection } from "../net/connection.ts";
import type { ScriptCaller } from "./caller.ts";
import type { Failures } from "./failures.ts";
import type { FunctionGlobals } from "./function_globals.ts";
import { LUA } from "./lua_api.ts";
import type { LuaState } from "./lua_state.ts";
import type { ToResp } from "./to_resp.ts";

export interface Machine {
  readonly generation: number;
  readonly state: LuaState;
  readonly caller: ScriptCaller;
  readonly toResp: ToResp;
  readonly failures: Failures;
  readonly globals: FunctionGlobals;
  readonly names: {
    readonly keys: number;
    readonly argv: number;
    readonly chunk: number;
    readonly functionChunk: number;
  };
}

/** The command under way, as its handler is given it. */
export interface ScriptContext extends Arguments {
  readonly connection: Connection;
  readonly command: CommandFacts;
  readonly db: number;
}

/** What is to run. */
export interface Plan {
  /** A script's SHA-1, a function's name. */
  readonly name: string;
  readonly isFunction: boolean;
  /** A function's call, as it came. */
  readonly command?: readonly string[];
  /** Bits of ScriptFlag. */
  readonly flags: number;
  /** The command that calls it may not write. */
  readonly readOnly: boolean;
}

/** Compiles text of one character a byte. @returns a reference to the function, or what is wrong */
export function compile(
  { state: { m, L } }: Machine,
  code: string,
  chunkName: number,
): number | string {
  const { x } = m;
  if (code.startsWith("\x1b")) return "precompiled code is not allowed";
  const ptr = x.malloc(code.length + 1);
  if (ptr === 0) return "not enough memory";
  for (let i = 0; i < code.length; i++) m.u8[ptr + i] = code.charCodeAt(i);
  const failed = x.luaL_loadbuffer(L, ptr, code.length, chunkName) !== 0;
  x.free(ptr);
  return failed ? m.popText(L) ?? "" : x.luaL_ref(L, LUA.REGISTRYINDEX);
}
