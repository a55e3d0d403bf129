/** All libraries of scripts. */

import type { Clock, Random } from "../../env/env.ts";
import type { Log } from "../../stats/log.ts";
import { REDIS_VERSION } from "../../version.ts";
import type { ScriptCaller } from "../caller.ts";
import type { LuaLibrary, LuaState } from "../lua_state.ts";
import type { Registered } from "../registration.ts";
import { bitLibrary } from "./bit.ts";
import { jsonLibrary } from "./cjson.ts";
import { clockLibrary } from "./clock.ts";
import { msgpackLibrary } from "./cmsgpack.ts";
import { randomLibrary } from "./random.ts";
import { errorHandler, redisLibrary } from "./redis.ts";
import { stringLibrary } from "./strings.ts";
import { structLibrary } from "./struct.ts";

export interface LibrariesNeeds {
  readonly server: { readonly clock: Clock; readonly log: Log; readonly random: Random };
  caller(): ScriptCaller;
  setResp(version: 2 | 3): void;
  /** Whether what the script does from here on is propagated. */
  setPropagates(propagates: boolean): void;
  /** The SHA-1 in hex, null when memory is out. */
  sha1(bytes: Uint8Array): string | null;
  /** A library registers a function. @returns what is wrong */
  register(made: Registered): string | null;
  /** Raises an error where a script is to end. */
  look(L: number): void;
}

export function libraries(state: LuaState, needs: LibrariesNeeds): readonly LuaLibrary[] {
  const { clock, random } = needs.server;
  return [
    redisLibrary(state, REDIS_VERSION, needs),
    stringLibrary(state, needs.look),
    bitLibrary(state),
    structLibrary(state),
    msgpackLibrary(state),
    jsonLibrary(state),
    clockLibrary(state, clock),
    randomLibrary(state, new Uint32Array(random.bytes(4).buffer)[0]),
    errorHandler(state, () => needs.caller().fields),
  ];
}
