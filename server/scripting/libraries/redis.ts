/** The library `redis` of scripts, and the handler of their errors. */

import type { Log } from "../../stats/log.ts";
import type { ScriptCaller } from "../caller.ts";
import type { FieldNames } from "../from_resp.ts";
import { LUA } from "../lua_api.ts";
import type { LuaLibrary, LuaState } from "../lua_state.ts";
import { readRegistration, type Registered } from "../registration.ts";

/** What the library needs of the engine. */
interface RedisLibraryNeeds {
  readonly server: { readonly log: Log };
  caller(): ScriptCaller;
  setResp(version: 2 | 3): void;
  register(made: Registered): string | null;
  sha1(bytes: Uint8Array): string | null;
  setPropagates(propagates: boolean): void;
}

type LogLevel = "debug" | "verbose" | "notice" | "warning";
const LEVELS: readonly LogLevel[] = ["debug", "verbose", "notice", "warning"];

const REPL = { NONE: 0, AOF: 1, REPLICA: 2, ALL: 3 } as const;

/** Offsets in lua_Debug. */
const DEBUG_BYTES = 128;
const DEBUG_WHAT = 12;
const DEBUG_SOURCE = 16;
const DEBUG_LINE = 20;

/** @param version of Redis, as scripts are told */
export function redisLibrary(
  state: LuaState,
  version: string,
  needs: RedisLibraryNeeds,
): LuaLibrary {
  /** Raises an error table of these words. */
  const raise = (L: number, text: string): number => {
    const { m } = state;
    m.x.lua_createtable(L, 0, 1);
    m.push(L, text);
    m.x.lua_setfield(L, -2, needs.caller().fields.err);
    return m.x.lua_error(L);
  };
  const single = (L: number, field: "ok" | "err", fix: (text: string) => string): number => {
    const { m } = state;
    if (m.x.lua_gettop(L) !== 1 || m.x.lua_type(L, -1) !== LUA.STRING) {
      return pushError(L, "ERR wrong number or type of arguments");
    }
    const text = fix(m.text(L, -1)!);
    m.x.lua_createtable(L, 0, 1);
    m.push(L, text);
    m.x.lua_setfield(L, -2, needs.caller().fields[field]);
    return 1;
  };
  const pushError = (L: number, text: string): number => {
    const { m } = state;
    m.x.lua_createtable(L, 0, 1);
    m.push(L, text);
    m.x.lua_setfield(L, -2, needs.caller().fields.err);
    return 1;
  };
  return {
    name: "redis",
    functions: {
      call: (L) => needs.caller().call(L, true),
      pcall: (L) => needs.caller().call(L, false),
      error_reply: (L) => single(L, "err", errorText),
      status_reply: (L) => single(L, "ok", (text) => text),
      sha1hex: (L) => {
        const { m } = state;
        if (m.x.lua_gettop(L) !== 1) return raise(L, "ERR wrong number of arguments");
        const ptr = m.x.lua_tolstring(L, 1, m.out);
        const length = ptr === 0 ? 0 : m.u32[m.out >>> 2];
        const sha = needs.sha1(m.u8.subarray(ptr, ptr + length));
        if (sha === null) return raise(L, "OOM out of memory");
        m.push(L, sha);
        return 1;
      },
      log: (L) => {
        const { m } = state;
        const argc = m.x.lua_gettop(L);
        if (argc < 2) return raise(L, "ERR redis.log() requires two arguments or more.");
        if (m.x.lua_isnumber(L, 1) === 0) {
          return raise(L, "ERR First argument must be a number (log level).");
        }
        const level = LEVELS[m.x.lua_tonumber(L, 1)];
        if (level === undefined) return raise(L, "ERR Invalid debug level.");
        const texts: string[] = [];
        for (let i = 2; i <= argc; i++) texts.push(m.text(L, i) ?? "");
        needs.server.log[level](texts.join(" "));
        return 0;
      },
      setresp: (L) => {
        const { m } = state;
        if (m.x.lua_gettop(L) !== 1) {
          return raise(L, "ERR redis.setresp() requires one argument.");
        }
        const version = m.x.lua_tonumber(L, 1);
        if (version !== 2 && version !== 3) return raise(L, "ERR RESP version must be 2 or 3.");
        needs.setResp(version);
        return 0;
      },
      set_repl: (L) => {
        const { m } = state;
        if (m.x.lua_gettop(L) !== 1) {
          return raise(L, "ERR redis.set_repl() requires two arguments.");
        }
        const flags = m.x.lua_tonumber(L, 1);
        if ((flags & ~REPL.ALL) !== 0) {
          return raise(
            L,
            "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
          );
        }
        needs.setPropagates(flags !== REPL.NONE);
        return 0;
      },
      "<register_function>": (L) => {
        const made = readRegistration(state, L);
        const wrong = typeof made === "string" ? made : needs.register(made);
        return wrong === null ? 0 : raise(L, wrong);
      },
      replicate_commands: (L) => {
        state.m.x.lua_pushboolean(L, 1);
        return 1;
      },
      breakpoint: (L) => {
        state.m.x.lua_pushboolean(L, 0);
        return 1;
      },
      debug: () => 0,
      acl_check_cmd: (L) => {
        const { x } = state.m;
        if (x.lua_gettop(L) === 0) {
          return raise(L, "ERR Please specify at least one argument for this redis lib call");
        }
        const may = needs.caller().mayRun(L);
        if (may === null) return raise(L, "ERR Invalid command passed to redis.acl_check_cmd()");
        x.lua_pushboolean(L, may ? 1 : 0);
        return 1;
      },
    },
    values: {
      LOG_DEBUG: 0,
      LOG_VERBOSE: 1,
      LOG_NOTICE: 2,
      LOG_WARNING: 3,
      REPL_NONE: REPL.NONE,
      REPL_AOF: REPL.AOF,
      REPL_SLAVE: REPL.REPLICA,
      REPL_REPLICA: REPL.REPLICA,
      REPL_ALL: REPL.ALL,
      REDIS_VERSION: version,
      REDIS_VERSION_NUM: versionNumber(version),
    },
  };
}

/** A version as one number, a byte each part. */
function versionNumber(version: string): number {
  return version.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** An error as error_reply makes it: with a code before it, and without the dash of a reply. */
function errorText(text: string): string {
  const bare = text.startsWith("-") ? text.slice(1) : text;
  return bare.includes(" ") ? bare : `ERR ${bare}`;
}

/** What lua_pcall calls with an error: makes it a table, and notes where it was raised. */
export function errorHandler(state: LuaState, fields: () => FieldNames): LuaLibrary {
  let at = 0;
  let what = 0;
  let source = 0;
  let line = 0;
  return {
    name: "",
    functions: {
      "__redis__err__handler": (L) => {
        const { m } = state;
        const { x } = m;
        if (at === 0) {
          at = x.malloc(DEBUG_BYTES);
          what = m.keep("Sl");
          source = m.keep("source");
          line = m.keep("line");
        }
        const known = (level: number) => {
          if (x.lua_getstack(L, level, at) === 0) return false;
          x.lua_getinfo(L, what, at);
          return true;
        };
        const isC = () => m.u8[m.u32[(at + DEBUG_WHAT) >>> 2]] === 0x43;
        const found = known(1) && (!isC() || known(2));
        x.lua_settop(L, 1);
        if (x.lua_type(L, 1) !== LUA.TABLE) {
          const text = describe(state, L);
          x.lua_createtable(L, 0, 3);
          m.push(L, `ERR ${text}`);
          x.lua_setfield(L, -2, fields().err);
        }
        if (!found) return 1;
        const ptr = m.u32[(at + DEBUG_SOURCE) >>> 2];
        let end = ptr;
        while (m.u8[end] !== 0) end++;
        x.lua_pushlstring(L, ptr, end - ptr);
        x.lua_setfield(L, -2, source);
        x.lua_pushnumber(L, m.u32[(at + DEBUG_LINE) >>> 2] | 0);
        x.lua_setfield(L, -2, line);
        return 1;
      },
    },
  };
}

/** An error that is no table, as tostring would have it. */
function describe({ m }: LuaState, L: number): string {
  switch (m.x.lua_type(L, 1)) {
    case LUA.STRING:
    case LUA.NUMBER:
      return m.text(L, 1)!;
    case LUA.BOOLEAN:
      return m.x.lua_toboolean(L, 1) === 0 ? "false" : "true";
    case LUA.NIL:
      return "nil";
    default:
      return "?";
  }
}
