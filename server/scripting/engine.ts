/**
 * Scripting: one Lua state a server, made when the first script comes, and what runs in it.
 *
 * A state is thrown away and another one made at the next script when its memory has grown, when something
 * was left in a table that scripts share, and when anything but a Lua error was thrown through it. What
 * scripts and libraries are made of is kept here, as text, and compiled again then.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { User } from "../acl/users.ts";
import type { Random, Timers } from "../env/env.ts";
import type { GateRow } from "../gates/gates.ts";
import type { Connection } from "../net/connection.ts";
import { nobody, SCRIPT_PEER } from "../net/nobody.ts";
import { Transaction } from "../transactions/transaction.ts";
import { type CallerNeeds, ScriptCaller } from "./caller.ts";
import { sha1At, sha1Of, SHA_BYTES } from "./digest.ts";
import { Failures } from "./failures.ts";
import { compile, type Machine, type Plan, type ScriptContext } from "./machine.ts";
import { FunctionGlobals } from "./function_globals.ts";
import { Functions } from "./functions.ts";
import { LUA } from "./lua_api.ts";
import { GLOBALS, HANDLER, LuaState } from "./lua_state.ts";
import { libraries } from "./libraries/mod.ts";
import { Refusals, type RefusalsNeeds } from "./refusals.ts";
import { Run, ScriptFlag } from "./run.ts";
import { readShebang, type Script } from "./scripts.ts";
import type { Registered } from "./registration.ts";
import { ToResp } from "./to_resp.ts";
import { Watchdog, type WatchdogNeeds } from "./watchdog.ts";

/** What scripting needs of the server. */
export interface ScriptingNeeds extends CallerNeeds, RefusalsNeeds, WatchdogNeeds {
  readonly core: CallerNeeds["core"];
  readonly config: RefusalsNeeds["config"] & WatchdogNeeds["config"];
  readonly random: Random;
  readonly timers: Timers;
  readonly users: { readonly standard: User };
  readonly propagation: CallerNeeds["propagation"] & { wroteInstead(): void };
  readonly stats: CallerNeeds["stats"] & { readonly slots: { replyBegins(): void } | null };
  commandStartUs: number;
  /** The code of Lua. */
  compileLua(): WebAssembly.Module;
}

/** Most memory of Lua's, and how much of it is kept for the next script. */
const LIMIT_BYTES = 512 << 20;
const KEPT_BYTES = 64 << 20;
/** When memory that was let go is asked for: at once it is found in every second case only. */
const ASK_AFTER_MS = 400;
/** Of a script beside its text. */
const SCRIPT_BYTES = 200;
/** Instructions between two looks at how long a script has run. */
const COUNT_EVERY = 100_000;

export class Scripting {
  readonly scripts = new Map<string, Script>();
  readonly functions = new Functions(this);
  /** Scripts that were asked for, by the first three bytes of how they were. */
  readonly #recent = new Map<number, Script>();
  readonly run = new Run();
  readonly watchdog: Watchdog;
  readonly refusals: Refusals;
  /** Something runs. */
  active = false;
  #module: WebAssembly.Module | null = null;
  #machine: Machine | null = null;
  /** Memory of a state that was thrown away, 0 = none, and when. */
  #letGo = { bytes: 0, atMs: 0 };
  /** Counts the states that there have been. */
  #generation = 0;
  /** In whose name scripts run commands. */
  readonly #client: Connection;

  constructor(readonly server: ScriptingNeeds) {
    this.#client = nobody(server.users.standard);
    this.#client.peer = SCRIPT_PEER;
    // As within EXEC: nothing waits.
    this.#client.transaction = new Transaction(server.core);
    this.watchdog = new Watchdog(server, this.run);
    this.refusals = new Refusals(server, this.run);
  }

  get gate(): GateRow {
    return this.watchdog.gate;
  }

  /** A script takes long, and others are told so. */
  get isBusy(): boolean {
    return this.run.timedOut;
  }
  get busyText(): string {
    return this.watchdog.busyText;
  }

  /** When what runs has begun, null while nothing runs. */
  get startedMs(): number | null {
    if (!this.active) return null;
    // Asked for the first time.
    return this.run.startedMs ||= this.server.clock.nowMs();
  }

  /** Memory of Lua's. */
  get luaBytes(): number {
    const machine = this.#machine;
    if (machine === null) return 0;
    const { state: { m: { x }, L } } = machine;
    return x.lua_gc(L, LUA.GC_COUNT, 0) * 1024;
  }

  /** Memory of the texts of scripts, about. */
  get scriptBytes(): number {
    let bytes = 0;
    for (const { body } of this.scripts.values()) bytes += body.length + SCRIPT_BYTES;
    return bytes;
  }

  /** The server ends while a script runs: the script ends, and what it has done is not propagated. */
  abandon(): void {
    if (!this.active) return;
    this.run.killed = true;
    // Half of what it would have done is nobody's to repeat.
    const { core: { u32, at, x } } = this.server;
    const lost = u32[at.EFFECTS_LOST];
    u32[at.EFFECTS_LOST] = 1;
    x.effectsEndUnit();
    u32[at.EFFECTS_LOST] = lost;
  }

  // ---- the cache --------------------------------------------------------------------------------

  /** Takes the script that is an argument of the command under way. @returns it, or the error */
  load(core: Core, index: number): Script | string {
    const digits = sha1At(core, core.argPtr(index), core.argLen(index));
    const known = this.#findAt(core, digits);
    if (known !== undefined) return known;
    const sha = core.binary(digits, SHA_BYTES);
    const body = core.arg(index);
    const shebang = readShebang(body);
    if (typeof shebang === "string") return shebang;
    const script: Script = { sha, body, flags: shebang.flags, ref: 0, generation: 0 };
    const error = this.#compile(this.prepare(), script);
    if (error !== null) return error;
    this.scripts.set(sha, script);
    return script;
  }

  /** The script whose SHA-1, in any case, is an argument of the command under way. */
  find(core: Core, index: number): Script | undefined {
    return core.argLen(index) === SHA_BYTES ? this.#findAt(core, core.argPtr(index)) : undefined;
  }

  /** The same of digits in the core's memory. */
  #findAt(core: Core, ptr: number): Script | undefined {
    const { u8 } = core;
    // Without a string being made: the first bytes find it, and all are compared.
    const key = u8[ptr] | u8[ptr + 1] << 8 | u8[ptr + 2] << 16;
    const recent = this.#recent.get(key);
    if (recent !== undefined) {
      const { sha } = recent;
      let same = 0;
      while (same < SHA_BYTES && sha.charCodeAt(same) === u8[ptr + same]) same++;
      if (same === SHA_BYTES) return recent;
    }
    const found = this.scripts.get(core.binary(ptr, SHA_BYTES).toLowerCase());
    if (found !== undefined) this.#recent.set(key, found);
    return found;
  }

  /** Forgets all scripts. What functions keep for themselves stays. */
  flush(): void {
    const machine = this.#machine;
    for (const { ref, generation } of this.scripts.values()) {
      if (machine?.generation !== generation) continue;
      machine.state.m.x.luaL_unref(machine.state.L, LUA.REGISTRYINDEX, ref);
    }
    this.scripts.clear();
    this.#recent.clear();
    if (this.functions.libraries.size === 0) this.discard();
  }

  /** Compiles a script. @returns the error */
  #compile(machine: Machine, script: Script): string | null {
    const shebang = readShebang(script.body) as { end: number };
    // The line itself stays: lines are counted from it.
    const code = script.body.slice(shebang.end);
    const compiled = compile(machine, code, machine.names.chunk);
    if (typeof compiled === "string") {
      return `ERR Error compiling script (new function): ${compiled}`;
    }
    script.ref = compiled;
    script.generation = machine.generation;
    return null;
  }

  // ---- the state --------------------------------------------------------------------------------

  /** The state, made where there is none. */
  prepare(): Machine {
    return this.#machine ??= this.#make();
  }

  #make(): Machine {
    const { server } = this;
    this.#module ??= server.compileLua();
    const needs = {
      server,
      caller: () => this.#machine!.caller,
      setResp: (version: 2 | 3) => {
        this.#client.resp = version;
        server.core.u32[server.core.at.OUT_RESP] = version;
      },
      look: (L: number) => this.#look(L),
      setPropagates: (propagates: boolean) => this.run.propagates = propagates,
      sha1: (bytes: Uint8Array) => sha1Of(server.core, bytes),
      register: (made: Registered) => this.functions.register(made),
    };
    const state = new LuaState(this.#module, {
      limitBytes: LIMIT_BYTES,
      countEvery: COUNT_EVERY,
      onCount: needs.look,
      libraries: (state) => libraries(state, needs),
    });
    const toResp = new ToResp(state, server.core, server.reply);
    const failures = new Failures(state, server.reply, this.run);
    toResp.onError = (L) => failures.returned(L);
    return {
      generation: ++this.#generation,
      state,
      caller: new ScriptCaller(server, state, this.#client, this.run, (command) => {
        return this.refusals.ofCommand(command);
      }),
      toResp,
      failures,
      globals: new FunctionGlobals(state),
      names: {
        keys: state.m.keep("KEYS"),
        argv: state.m.keep("ARGV"),
        chunk: state.m.keep("@user_script"),
        functionChunk: state.m.keep("@user_function"),
      },
    };
  }

  /** Throws the state away. */
  discard(): void {
    const machine = this.#machine;
    if (machine === null) return;
    machine.caller.free();
    this.#machine = null;
    const { bytes } = machine.state.m;
    // Later: whoever has called this may hold it yet.
    if (bytes > KEPT_BYTES) this.#letGo = { bytes, atMs: this.server.clock.nowMs() };
  }

  /** Background work, now and then: has memory found that a state has let go. */
  readonly cron = (): void => {
    const { bytes } = this.#letGo;
    if (bytes === 0) return;
    const elapsedMs = this.server.clock.nowMs() - this.#letGo.atMs;
    if (elapsedMs < ASK_AFTER_MS) return;
    this.#letGo.bytes = 0;
    // Not within the turn, whose frames may hold it yet.
    void this.server.timers.yield().then(() => askForCollection(bytes));
  };

  /** The same where it is not fit for another script. */
  #settle({ state, caller }: Machine): void {
    caller.settle();
    if (state.m.broken || state.isDirty || state.m.bytes > KEPT_BYTES) this.discard();
  }

  /** A script has run for some time. */
  #look(L: number): void {
    const { functions } = this;
    const { state, failures } = this.#machine!;
    if (functions.isLoading && functions.isLate) failures.raise(L, "ERR FUNCTION LOAD timeout");
    if (!this.active || this.watchdog.look()) return;
    for (const thread of [state.L, L]) {
      state.m.x.lua_sethook(thread, state.m.countHook, LUA.MASKCOUNT, 1);
    }
    failures.raise(L, "ERR Script killed by user with SCRIPT KILL...");
  }

  // ---- running ----------------------------------------------------------------------------------

  /** Runs a script with the keys and arguments of the command under way, from `first` on. */
  eval(c: ScriptContext, script: Script, first: number, keyCount: number, readOnly: boolean): void {
    const machine = this.prepare();
    if (script.generation !== machine.generation) {
      const error = this.#compile(machine, script);
      if (error !== null) return this.server.reply.error(error);
    }
    const { names, state: { L, m: { x } } } = machine;
    this.start(
      machine,
      c,
      { name: script.sha, isFunction: false, flags: script.flags, readOnly },
      () => {
        x.lua_rawgeti(L, LUA.REGISTRYINDEX, script.ref);
        this.pushArguments(machine, first, keyCount);
        x.lua_setfield(L, GLOBALS, names.keys);
        this.pushArguments(machine, first + keyCount, c.argc - first - keyCount);
        x.lua_setfield(L, GLOBALS, names.argv);
        return 0;
      },
    );
  }

  /** Pushes arguments of the command under way as a table. */
  pushArguments({ state: { m, L } }: Machine, first: number, count: number): void {
    const { core } = this.server;
    const { x } = m;
    x.lua_createtable(L, count, 0);
    for (let i = 0; i < count; i++) {
      m.pushBytes(L, core.u8, core.argPtr(first + i), core.argLen(first + i));
      x.lua_rawseti(L, -2, i + 1);
    }
  }

  /**
   * Runs a function, and replies with its result.
   *
   * @param push pushes the function and its arguments @returns how many of these
   */
  start(
    machine: Machine,
    c: ScriptContext,
    what: Plan,
    push: () => number,
  ): void {
    const { run, server } = this;
    const refused = this.refusals.ofScript(c.connection, c.command, what.flags, what.readOnly);
    if (refused !== null) return server.reply.error(refused);
    run.caller = c.connection;
    run.name = what.name;
    run.isFunction = what.isFunction;
    run.command = what.command ?? [];
    run.flags = what.flags;
    run.readOnly = what.readOnly || (what.flags & ScriptFlag.NO_WRITES) !== 0;
    try {
      this.#call(machine, c, push());
    } catch (error) {
      this.#broke(machine, error);
    }
    this.#settle(machine);
  }

  /** Calls the function on the stack, below `argc` arguments, and replies with its result. */
  #call(machine: Machine, c: ScriptContext, argc: number): void {
    const { server, run, watchdog } = this;
    const { L, m: { x, countHook } } = machine.state;
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
    run.startedMs = 0;
    watchdog.begin();
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
      // What its commands have replied went to nobody.
      server.stats.slots?.replyBegins();
      server.commandStartUs = run.startUs;
      watchdog.end();
      if (server.dirty !== dirty) server.propagation.wroteInstead();
    }
    if (run.killed) x.lua_sethook(L, countHook, LUA.MASKCOUNT, COUNT_EVERY);
    const { toResp, failures } = machine;
    toResp.resp3 = client.resp === 3;
    if (status === 0) toResp.result(L);
    else failures.reply(L);
    x.lua_settop(L, HANDLER);
  }

  #broke(machine: Machine, error: unknown): void {
    machine.state.m.broken = true;
    const { message } = error as Error;
    this.server.log.warning(`Lua has failed (${message}) and is begun anew.`);
    this.server.reply.error(`ERR Lua has failed: ${message}`);
  }
}

/**
 * Has the engine look soon for memory that nobody holds any more: it goes by what is allocated outside of its own
 * heap, and 512 MB that were let go stayed for as long as nothing else was. What is asked for here is never touched.
 */
function askForCollection(bytes: number): void {
  for (let i = 0; i < 3; i++) new ArrayBuffer(bytes >>> 1);
}
