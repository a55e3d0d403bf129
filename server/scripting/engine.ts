/**
 * Scripting: one Lua state a server, made when the first script comes, and what runs in it.
 *
 * A state is thrown away and another one made at the next script when its memory has grown, when something
 * was left in a table that scripts share, and when anything but a Lua error was thrown through it. What
 * scripts and libraries are made of is kept here, as text, and compiled again then.
 */

import type { User } from "../acl/users.ts";
import type { Arguments, CommandFacts } from "../commands/facts.ts";
import type { Config } from "../config/config.ts";
import type { Random } from "../env/env.ts";
import type { Clock } from "../env/clock.ts";
import type { Connection } from "../net/connection.ts";
import { nobody } from "../net/nobody.ts";
import { Transaction } from "../transactions/transaction.ts";
import type { Log } from "../stats/log.ts";
import { REDIS_VERSION } from "../version.ts";
import { type CallerNeeds, ScriptCaller } from "./caller.ts";
import { LUA } from "./lua_api.ts";
import { LuaState } from "./lua_state.ts";
import { GLOBALS, HANDLER } from "./lua_state.ts";
import { bitLibrary } from "./libraries/bit.ts";
import { clockLibrary } from "./libraries/clock.ts";
import { jsonLibrary } from "./libraries/cjson.ts";
import { msgpackLibrary } from "./libraries/cmsgpack.ts";
import { stringLibrary } from "./libraries/strings.ts";
import { structLibrary } from "./libraries/struct.ts";
import { randomLibrary } from "./libraries/random.ts";
import { errorHandler, redisLibrary, type RedisLibraryNeeds } from "./libraries/redis.ts";
import { Run, ScriptFlag } from "./run.ts";
import { readShebang, type Script, sha1Hex } from "./scripts.ts";
import { ToResp } from "./to_resp.ts";

/** What scripting needs of the server. */
export interface ScriptingNeeds extends CallerNeeds {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly users: { readonly standard: User };
  readonly propagation: { wroteInstead(): void };
  commandStartUs: number;
  /** The code of Lua. */
  compileLua(): WebAssembly.Module;
}

/** Most memory of Lua's, and how much of it is kept for the next script. */
const LIMIT_BYTES = 512 << 20;
const KEPT_BYTES = 64 << 20;
/** Instructions between two looks at how long a script has run. */
const COUNT_EVERY = 100_000;

/** What runs within a Lua state, made with it. */
interface Machine {
  state: LuaState;
  caller: ScriptCaller;
  toResp: ToResp;
  keysName: number;
  argvName: number;
  chunkName: number;
}

/** The command under way, as EVAL's handler is given it. */
export interface ScriptContext extends Arguments {
  readonly connection: Connection;
  readonly command: CommandFacts;
  readonly db: number;
}

export class Scripting {
  readonly scripts = new Map<string, Script>();
  readonly run = new Run();
  /** Something runs. */
  active = false;
  #module: WebAssembly.Module | null = null;
  #machine: Machine | null = null;
  /** Counts the states that there have been. */
  #generation = 0;
  readonly #client: Connection;

  constructor(readonly server: ScriptingNeeds) {
    this.#client = nobody(server.users.standard);
    // As within EXEC: nothing waits.
    this.#client.transaction = new Transaction(server.core);
  }

  // ---- the cache --------------------------------------------------------------------------------

  /** Takes a script of one character a byte. @returns it, or the error */
  load(body: string): Script | string {
    const sha = sha1Hex(body);
    const known = this.scripts.get(sha);
    if (known !== undefined) return known;
    const shebang = readShebang(body);
    if (typeof shebang === "string") return shebang;
    const script: Script = { sha, body, flags: shebang.flags, ref: 0, generation: 0 };
    const error = this.#compile(this.#prepare(), script);
    if (error !== null) return error;
    this.scripts.set(sha, script);
    return script;
  }

  /** Forgets all scripts. */
  flush(): void {
    this.scripts.clear();
    this.#discard();
  }

  /** Compiles a script. @returns the error */
  #compile(machine: Machine, script: Script): string | null {
    const { state: { m, L } } = machine;
    const { x } = m;
    const shebang = readShebang(script.body) as { end: number };
    // The line itself stays: lines are counted from it.
    const code = script.body.slice(shebang.end);
    const ptr = x.malloc(code.length + 1);
    if (ptr === 0) return "ERR Error compiling script (new function): not enough memory";
    for (let i = 0; i < code.length; i++) m.u8[ptr + i] = code.charCodeAt(i);
    const isBytecode = code.startsWith("\x1b");
    const failed = isBytecode || x.luaL_loadbuffer(L, ptr, code.length, machine.chunkName) !== 0;
    x.free(ptr);
    if (failed) {
      const text = isBytecode ? "user_script: precompiled code is not allowed" : m.popText(L);
      return `ERR Error compiling script (new function): ${text}`;
    }
    script.ref = x.luaL_ref(L, LUA.REGISTRYINDEX);
    script.generation = this.#generation;
    return null;
  }

  // ---- the state --------------------------------------------------------------------------------

  #prepare(): Machine {
    return this.#machine ??= this.#make();
  }

  #make(): Machine {
    const { server } = this;
    this.#module ??= server.compileLua();
    this.#generation++;
    const needs = () => this.#library;
    const state = new LuaState(this.#module, {
      limitBytes: LIMIT_BYTES,
      countEvery: COUNT_EVERY,
      onCount: (L) => this.#look(L),
      libraries: (state) => [
        redisLibrary(state, REDIS_VERSION, needs),
        stringLibrary(state, (L) => this.#look(L)),
        bitLibrary(state),
        structLibrary(state),
        msgpackLibrary(state),
        jsonLibrary(state),
        clockLibrary(state, server.clock),
        randomLibrary(state, new Uint32Array(server.random.bytes(4).buffer)[0]),
        errorHandler(state, needs),
      ],
    });
    const caller = new ScriptCaller(server, state, this.#client, this.run, () => null);
    const toResp = new ToResp(state, server.core, server.reply);
    toResp.onError = (L, text) => this.#replyError(L, text);
    return {
      state,
      caller,
      toResp,
      keysName: state.m.keep("KEYS"),
      argvName: state.m.keep("ARGV"),
      chunkName: state.m.keep("@user_script"),
    };
  }

  #discard(): void {
    this.#machine?.caller.free();
    this.#machine = null;
  }

  /** Throws the state away where it is not fit for another script. */
  #settle({ state, caller }: Machine): void {
    caller.settle();
    if (state.m.broken || state.isDirty || state.m.bytes > KEPT_BYTES) this.#discard();
  }

  readonly #library: RedisLibraryNeeds = this.#makeLibrary();
  #makeLibrary(): RedisLibraryNeeds {
    // deno-lint-ignore no-this-alias
    const engine = this;
    return {
      get caller() {
        return engine.#machine!.caller;
      },
      loadsLibrary: false,
      setResp: (version) => {
        this.#client.resp = version;
        this.server.core.u32[this.server.core.at.OUT_RESP] = version;
      },
      setReplication: () => {},
      log: (level, text) => this.server.log[level](text),
      mayRun: (L) => this.#machine!.caller.mayRun(L),
      registerFunction: () => 0,
    };
  }

  /** A script has run for some time. */
  #look(_L: number): void {}

  // ---- running ----------------------------------------------------------------------------------

  /** Runs a script with the keys and arguments of the command under way, from `first` on. */
  eval(c: ScriptContext, script: Script, first: number, keyCount: number, readOnly: boolean): void {
    const machine = this.#prepare();
    if (script.generation !== this.#generation) {
      const error = this.#compile(machine, script);
      if (error !== null) return this.server.reply.error(error);
    }
    const { run } = this;
    run.caller = c.connection;
    run.name = script.sha;
    run.isFunction = false;
    run.flags = script.flags;
    run.readOnly = readOnly || (script.flags & ScriptFlag.NO_WRITES) !== 0;
    const { m, L } = machine.state;
    const { x } = m;
    try {
      x.lua_rawgeti(L, LUA.REGISTRYINDEX, script.ref);
      this.#pushArguments(machine, first, keyCount);
      x.lua_setfield(L, GLOBALS, machine.keysName);
      this.#pushArguments(machine, first + keyCount, c.argc - first - keyCount);
      x.lua_setfield(L, GLOBALS, machine.argvName);
      this.#call(machine, c, 0);
    } catch (error) {
      this.#broke(machine, error);
    }
    this.#settle(machine);
  }

  #pushArguments({ state: { m, L } }: Machine, first: number, count: number): void {
    const { core } = this.server;
    const { x } = m;
    x.lua_createtable(L, count, 0);
    for (let i = 0; i < count; i++) {
      m.pushBytes(L, core.u8, core.argPtr(first + i), core.argLen(first + i));
      x.lua_rawseti(L, -2, i + 1);
    }
  }

  /** Calls the function on the stack, below `argc` arguments, and replies with its result. */
  #call(machine: Machine, c: ScriptContext, argc: number): void {
    const { server, run } = this;
    const { L, m: { x } } = machine.state;
    const client = this.#client;
    const saved = machine.caller.emptyArguments;
    if (saved === 0) {
      x.lua_settop(L, HANDLER);
      return server.reply.error("OOM out of memory");
    }
    client.db = c.db;
    client.resp = 2;
    client.user = c.connection.user;
    run.startUs = server.commandStartUs;
    run.wrote = run.killed = run.timedOut = false;
    this.active = true;
    const dirty = server.dirty;
    let status = 0;
    try {
      server.execution.nested(
        { connection: client, commandId: c.command.id, db: c.db, saved, ownUnit: false },
        () => status = x.lua_pcall(L, argc, 1, HANDLER),
      );
    } finally {
      this.active = false;
      server.commandStartUs = run.startUs;
      if (server.dirty !== dirty) server.propagation.wroteInstead();
    }
    const { toResp } = machine;
    toResp.resp3 = client.resp === 3;
    if (status === 0) toResp.pop(L);
    else this.#replyFailure(L);
    x.lua_settop(L, HANDLER);
  }

  #broke(machine: Machine, error: unknown): void {
    machine.state.m.broken = true;
    this.active = false;
    const { message } = error as Error;
    this.server.log.warning(`Lua has failed (${message}) and is begun anew.`);
    this.server.reply.error(`ERR Lua has failed: ${message}`);
  }

  // ---- errors -----------------------------------------------------------------------------------

  /** Replies with the error on top of the stack. */
  #replyFailure(L: number): void {
    const { reply } = this.server;
    const { m } = this.#machine!.state;
    const { x } = m;
    if (x.lua_type(L, -1) !== LUA.TABLE) {
      return reply.error(`ERR ${m.text(L, -1) ?? "unknown error"} script: ${this.run.name}`);
    }
    const field = (name: string) => {
      m.push(L, name);
      x.lua_rawget(L, -2);
      return m.popText(L);
    };
    const text = field("err") ?? "ERR unknown error";
    const source = field("source");
    const line = field("line");
    const where = source === null || line === null ? "" : `, on ${source}:${line}.`;
    reply.error(`${text} script: ${this.run.name}${where}`);
  }

  /** An error table that a script has returned. */
  #replyError(_L: number, text: string): void {
    this.server.reply.error(text);
  }
}
