/** The exports of Lua's WASM module that are used: the C API of Lua 5.1, and what the compiler added. */

/** Kinds of values, as lua_type tells them. */
export const LUA = {
  NONE: -1,
  NIL: 0,
  BOOLEAN: 1,
  LIGHTUSERDATA: 2,
  NUMBER: 3,
  STRING: 4,
  TABLE: 5,
  FUNCTION: 6,
  USERDATA: 7,
  THREAD: 8,
  /** Pseudo-indices; an upvalue `n` of a C function is GLOBALSINDEX - n. */
  REGISTRYINDEX: -10000,
  GLOBALSINDEX: -10002,
  MULTRET: -1,
  MASKCOUNT: 8,
  GC_COLLECT: 2,
  GC_COUNT: 3,
  /** Results a C function may always push. */
  MINSTACK: 20,
} as const;

export interface LuaApi {
  memory: WebAssembly.Memory;
  __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  emscripten_stack_init(): void;
  stackSave(): number;
  stackRestore(stack: number): void;
  setThrew(threw: number, value: number): void;
  malloc(bytes: number): number;
  free(ptr: number): void;

  luaL_newstate(): number;
  lua_close(L: number): void;
  luaopen_base(L: number): number;
  luaopen_table(L: number): number;
  luaopen_string(L: number): number;
  luaopen_math(L: number): number;

  lua_gettop(L: number): number;
  lua_settop(L: number, index: number): void;
  lua_pushvalue(L: number, index: number): void;
  lua_remove(L: number, index: number): void;
  lua_insert(L: number, index: number): void;
  lua_replace(L: number, index: number): void;
  lua_checkstack(L: number, extra: number): number;

  lua_type(L: number, index: number): number;
  lua_isnumber(L: number, index: number): number;
  lua_isstring(L: number, index: number): number;
  lua_iscfunction(L: number, index: number): number;
  lua_rawequal(L: number, a: number, b: number): number;
  lua_tonumber(L: number, index: number): number;
  lua_toboolean(L: number, index: number): number;
  lua_tolstring(L: number, index: number, length: number): number;
  lua_objlen(L: number, index: number): number;
  lua_topointer(L: number, index: number): number;
  lua_touserdata(L: number, index: number): number;

  lua_pushnil(L: number): void;
  lua_pushnumber(L: number, value: number): void;
  lua_pushboolean(L: number, value: number): void;
  lua_pushlstring(L: number, ptr: number, length: number): void;
  lua_pushcclosure(L: number, index: number, upvalues: number): void;
  lua_pushlightuserdata(L: number, ptr: number): void;

  lua_getfield(L: number, index: number, name: number): void;
  lua_gettable(L: number, index: number): void;
  lua_rawget(L: number, index: number): void;
  lua_rawgeti(L: number, index: number, n: number): void;
  lua_createtable(L: number, elements: number, fields: number): void;
  lua_getmetatable(L: number, index: number): number;
  lua_setfield(L: number, index: number, name: number): void;
  lua_settable(L: number, index: number): void;
  lua_rawset(L: number, index: number): void;
  lua_rawseti(L: number, index: number, n: number): void;
  lua_setmetatable(L: number, index: number): number;
  lua_next(L: number, index: number): number;
  lua_concat(L: number, count: number): void;

  lua_call(L: number, args: number, results: number): void;
  lua_pcall(L: number, args: number, results: number, handler: number): number;
  lua_error(L: number): number;
  lua_gc(L: number, what: number, data: number): number;
  lua_sethook(L: number, hook: number, mask: number, count: number): number;
  lua_getstack(L: number, level: number, ar: number): number;
  lua_getinfo(L: number, what: number, ar: number): number;

  luaL_loadbuffer(L: number, ptr: number, length: number, name: number): number;
  luaL_ref(L: number, table: number): number;
  luaL_unref(L: number, table: number, ref: number): void;
  luaL_where(L: number, level: number): void;
  luaL_argerror(L: number, index: number, text: number): number;
  luaL_typerror(L: number, index: number, name: number): number;
  luaL_checktype(L: number, index: number, type: number): void;
  luaL_checkany(L: number, index: number): void;
  luaL_checklstring(L: number, index: number, length: number): number;
  luaL_optlstring(L: number, index: number, value: number, length: number): number;
  luaL_checknumber(L: number, index: number): number;
  luaL_optnumber(L: number, index: number, value: number): number;
  luaL_checkinteger(L: number, index: number): number;
  luaL_optinteger(L: number, index: number, value: number): number;
  luaL_getmetafield(L: number, index: number, name: number): number;
}

/** By the number of the type. */
export const TYPE_NAMES = [
  "nil",
  "boolean",
  "userdata",
  "number",
  "string",
  "table",
  "function",
  "userdata",
  "thread",
];
