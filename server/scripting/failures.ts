/** The errors of scripts, as replies. */

import type { Reply } from "../resp/reply.ts";
import { LUA } from "./lua_api.ts";
import type { LuaState } from "./lua_state.ts";
import type { Run } from "./run.ts";

export class Failures {
  readonly #err: number;

  constructor(readonly state: LuaState, readonly server: Reply, readonly run: Run) {
    this.#err = state.m.keep("err");
  }

  /** Raises an error table of these words. */
  raise(L: number, text: string): void {
    const { m } = this.state;
    m.x.lua_createtable(L, 0, 1);
    m.push(L, text);
    m.x.lua_setfield(L, -2, this.#err);
    m.x.lua_error(L);
  }

  /** Replies with the error on top of the stack, and where it was raised. */
  reply(L: number): void {
    const { run, state: { m } } = this;
    if (m.x.lua_type(L, -1) !== LUA.TABLE) {
      return this.#error(L, `ERR ${m.text(L, -1) ?? "unknown error"} script: ${run.name}`, false);
    }
    const text = this.#field(L, "err") ?? "ERR unknown error";
    const source = this.#field(L, "source");
    const line = this.#field(L, "line");
    const where = source === null || line === null ? "" : `, on ${source}:${line}.`;
    this.#error(L, `${text} script: ${run.name}${where}`, true);
  }

  /** The text of the error on top of the stack. */
  textOf(L: number): string {
    const { m } = this.state;
    const isTable = m.x.lua_type(L, -1) === LUA.TABLE;
    return (isTable ? this.#field(L, "err") : m.text(L, -1)) ?? "";
  }

  /** Replies with the error table on top of the stack, which a script has returned. */
  returned(L: number): void {
    this.#error(L, this.#field(L, "err") ?? "", true);
  }

  #error(L: number, text: string, isTable: boolean): void {
    // It ends where a C string does, and line ends behind it are nobody's.
    const whole = text.split("\0", 1)[0].replace(/[\r\n]+$/, "");
    if (isTable && this.#isCounted(L)) this.server.countedError(whole);
    else this.server.error(whole);
  }

  /** Whether the error was counted when it came about. */
  #isCounted(L: number): boolean {
    const { m: { x } } = this.state;
    this.state.m.push(L, "ignore_error_stats_update");
    x.lua_rawget(L, -2);
    const counted = x.lua_toboolean(L, -1) !== 0;
    x.lua_settop(L, -2);
    return counted;
  }

  #field(L: number, name: string): string | null {
    const { m } = this.state;
    m.push(L, name);
    m.x.lua_rawget(L, -2);
    return m.popText(L);
  }
}
