/**
 * redis.call and redis.pcall: from Lua's stack into core memory, through the execution envelope, and from the
 * reply back to Lua. No text is made on the way.
 *
 * The arguments go into a block of the core that stays, laid out as those of saved commands (saved.ts there);
 * the reply is read where the reply writer has put it, at the place in the arena that the next command's reply
 * takes again.
 */

import { denialText, type Permissions } from "../acl/access.ts";
import type { Core } from "../../core-as/host/core.ts";
import { type Arguments, type CommandFacts, flagBits } from "../commands/facts.ts";
import type { Behalf } from "../net/behalf.ts";
import type { Connection } from "../net/connection.ts";
import type { Output } from "../net/output.ts";
import type { Reply } from "../resp/reply.ts";
import { type FieldNames, fieldNames, FromResp } from "./from_resp.ts";
import { LUA } from "./lua_api.ts";
import type { LuaState } from "./lua_state.ts";
import type { Run } from "./run.ts";
import { formatNumber } from "./number_format.ts";

/** Runs a command that the core has the arguments of. */
export interface ScriptEnvelope {
  nested<Result>(behalf: Behalf, act: (c: Arguments, behalf: Behalf) => Result): Result;
  aim(connection: Connection, command: CommandFacts, db: number): Arguments;
  call(command: CommandFacts): void;
}

/** What calling commands needs of the server. */
export interface CallerNeeds {
  readonly core: Core;
  readonly output: Output;
  readonly reply: Reply;
  readonly execution: ScriptEnvelope;
  readonly registry: { readonly all: readonly CommandFacts[] };
  readonly access: Permissions;
  readonly stats: { rejected(id: number): void };
  readonly propagation: { active: boolean };
  readonly dirty: number;
}

const HEADER_BYTES = 8;
/** Of the block that stays. */
const KEPT_BYTES = 65536;
/** Most bytes of a number as text. */
const NUMBER_BYTES = 32;

const words = {
  none: "ERR Please specify at least one argument for this redis lib call",
  type: "ERR Lua redis lib command arguments must be strings or integers",
  unknown: "ERR Unknown Redis command called from script",
  arity: "ERR Wrong number of args calling Redis command from script",
  noScript: "ERR This Redis command is not allowed from script",
  memory: "OOM out of memory",
} as const;

export class ScriptCaller {
  /** The block of arguments, 0 = none yet. */
  #block = 0;
  #blockBytes = 0;
  /** Of the command under way: where each argument is in Lua's memory, -1 for a number's text. */
  #at = new Int32Array(64);
  #lengths = new Uint32Array(64);
  readonly #texts: string[] = [];
  readonly fromResp: FromResp;
  readonly fields: FieldNames;
  /** The field of errors that are counted already. */
  readonly #ignored: number;

  constructor(
    readonly server: CallerNeeds,
    readonly state: LuaState,
    /** Whose replies nobody reads but us. */
    readonly connection: Connection,
    readonly run: Run,
    /** What forbids a command in a script. @returns the error */
    readonly refusal: (command: CommandFacts) => string | null,
  ) {
    this.fromResp = new FromResp(state);
    this.fields = fieldNames(state);
    this.#ignored = state.m.keep("ignore_error_stats_update");
  }

  /** The block of arguments, with none in it. @returns 0 when memory is out */
  get emptyArguments(): number {
    if (this.#block === 0 && !this.#reserve(KEPT_BYTES)) return 0;
    const { u32 } = this.server.core;
    u32[this.#block >>> 2] = u32[(this.#block >>> 2) + 1] = 0;
    return this.#block;
  }

  /** Gives memory back that only a few commands need. */
  settle(): void {
    if (this.#blockBytes > KEPT_BYTES) this.free();
  }

  free(): void {
    if (this.#block !== 0) this.server.core.x.free(this.#block);
    this.#block = this.#blockBytes = 0;
  }

  #reserve(bytes: number): boolean {
    if (bytes <= this.#blockBytes) return true;
    this.free();
    this.#block = this.server.core.x.allocate(bytes);
    if (this.#block === 0) return false;
    this.#blockBytes = this.server.core.x.blockBytes(this.#block);
    return true;
  }

  // ---- a command --------------------------------------------------------------------------------

  /** Runs the command that is on Lua's stack. @returns how many results are on it */
  call(L: number, raises: boolean): number {
    const error = this.#load(L);
    if (error !== null) return this.#failed(L, error, raises, false);
    const { core, execution, output } = this.server;
    const { u32, at } = core;
    const argv = this.#block + HEADER_BYTES;
    const found = this.#find(argv);
    if (typeof found === "string") return this.#failed(L, found, raises, true);
    const command: CommandFacts = found;
    const wrong = this.#misuse(command);
    if (wrong !== null) return this.#rejected(L, command, wrong, raises);
    u32[at.ARGV] = argv;
    u32[at.ARGC] = u32[this.#block >>> 2];
    const c = execution.aim(this.connection, command, this.connection.db);
    const refused = this.#denied(c, command) ?? this.refusal(command);
    if (refused !== null) return this.#rejected(L, command, refused, raises);
    core.x.replyBegin();
    const dirty = this.server.dirty;
    if (this.run.propagates) execution.call(command);
    else this.#callSilently(command);
    if (this.server.dirty !== dirty) this.run.wrote = true;
    const start = output.pieceStart;
    if (start >= 0) {
      // Nothing has been written but this reply, and all of it lies there.
      u32[at.OUT_POS] = start;
      return this.#result(L, core.u8, start, raises);
    }
    return this.#gather(L, raises);
  }

  /** Runs a command whose effects nobody is told of. */
  #callSilently(command: CommandFacts): void {
    const { core: { u32, at }, execution, propagation } = this.server;
    const { active } = propagation;
    const isOn = u32[at.EFFECTS_ON];
    propagation.active = false;
    u32[at.EFFECTS_ON] = 0;
    try {
      execution.call(command);
    } finally {
      propagation.active = active;
      u32[at.EFFECTS_ON] = isOn;
    }
  }

  /** Why the user may not run a command whose arguments are under way. @returns the error */
  #denied(c: Arguments, command: CommandFacts): string | null {
    const denial = this.server.access.denial(command, "lua", this.run.caller);
    if (denial === null) return null;
    const text = denialText(c, command, this.connection.user, denial);
    return `ERR ACL failure in script: ${text}`;
  }

  /** Whether the user may run the command that is on Lua's stack; null where there is none such. */
  mayRun(L: number): boolean | null {
    if (this.#load(L) !== null) return null;
    const { core: { u32, at }, execution } = this.server;
    const argv = this.#block + HEADER_BYTES;
    const found = this.#find(argv);
    if (typeof found === "string") return null;
    const [argvBefore, argcBefore] = [u32[at.ARGV], u32[at.ARGC]];
    u32[at.ARGV] = argv;
    u32[at.ARGC] = u32[this.#block >>> 2];
    const c = execution.aim(this.connection, found, this.connection.db);
    const may = this.connection.user.judge(c, found) === null;
    u32[at.ARGV] = argvBefore;
    u32[at.ARGC] = argcBefore;
    return may;
  }

  /** A reply that is in pieces, or is not there at all. */
  #gather(L: number, raises: boolean): number {
    const { core, output } = this.server;
    const { connection } = this;
    const lost = core.u32[core.at.OUT_FAILED] !== 0;
    output.end(connection);
    const length = output.pendingBytes(connection);
    let bytes: Uint8Array | null = null;
    if (!lost && length < 2 ** 31) {
      bytes = new Uint8Array(length);
      let at = 0;
      while (connection.hasOutput) {
        const before = at;
        output.pieces(connection, (ptr, len) => {
          bytes!.set(core.u8.subarray(ptr, ptr + len), at);
          at += len;
        });
        output.sent(connection, at - before);
      }
    }
    output.drop(connection);
    output.begin(connection);
    if (bytes === null) return this.#failed(L, words.memory, raises, true);
    return this.#result(L, bytes, 0, raises);
  }

  #result(L: number, bytes: Uint8Array, at: number, raises: boolean): number {
    const { x } = this.state.m;
    x.lua_settop(L, 0);
    this.fromResp.push(L, bytes, at);
    if (bytes[at] !== 0x2d) return 1;
    x.lua_pushboolean(L, 1);
    x.lua_setfield(L, -2, this.#ignored);
    return raises ? x.lua_error(L) : 1;
  }

  #rejected(L: number, command: CommandFacts, text: string, raises: boolean): number {
    this.server.stats.rejected(command.id);
    return this.#failed(L, text, raises, true);
  }

  /** An error of ours, as a table. */
  #failed(L: number, text: string, raises: boolean, counted: boolean): number {
    const { m } = this.state;
    if (counted) this.server.reply.onError(text);
    m.x.lua_createtable(L, 0, 2);
    m.push(L, text);
    m.x.lua_setfield(L, -2, this.fields.err);
    if (counted) {
      m.x.lua_pushboolean(L, 1);
      m.x.lua_setfield(L, -2, this.#ignored);
    }
    return raises ? m.x.lua_error(L) : 1;
  }

  // ---- arguments --------------------------------------------------------------------------------

  /** Copies the arguments on Lua's stack into the block. @returns what is wrong with them */
  #load(L: number): string | null {
    const { m } = this.state;
    const { x } = m;
    const argc = x.lua_gettop(L);
    if (argc === 0) return words.none;
    if (argc > this.#at.length) {
      this.#at = new Int32Array(argc * 2);
      this.#lengths = new Uint32Array(argc * 2);
    }
    const lengthAt = m.out >>> 2;
    let total = HEADER_BYTES + argc * 8 + 16;
    for (let i = 0; i < argc; i++) {
      const type = x.lua_type(L, i + 1);
      if (type === LUA.STRING) {
        this.#at[i] = x.lua_tolstring(L, i + 1, m.out);
        total += this.#lengths[i] = m.u32[lengthAt];
      } else if (type === LUA.NUMBER) {
        this.#texts[i] = formatNumber(x.lua_tonumber(L, i + 1));
        this.#at[i] = -1;
        this.#lengths[i] = this.#texts[i].length;
        total += NUMBER_BYTES;
      } else return words.type;
    }
    if (total >= 0xfff00000 || !this.#reserve(total)) return words.memory;
    this.#fill(argc);
    return null;
  }

  #fill(argc: number): void {
    const { core } = this.server;
    const { u32, u8 } = core;
    const from = this.state.m.u8;
    let word = this.#block >>> 2;
    u32[word] = argc;
    word += 2;
    let to = this.#block + HEADER_BYTES + argc * 8;
    for (let i = 0; i < argc; i++) {
      const length = this.#lengths[i];
      u32[word++] = to;
      u32[word++] = length;
      const start = this.#at[i];
      if (start < 0) core.writeBinary(to, this.#texts[i]);
      else if (length <= 48) { for (let k = 0; k < length; k++) u8[to + k] = from[start + k]; }
      else u8.set(from.subarray(start, start + length), to);
      to += length;
    }
    u32[(this.#block >>> 2) + 1] = to - this.#block;
  }

  /** The command that the block's arguments ask for, or why there is none. */
  #find(argv: number): CommandFacts | string {
    const { core, registry } = this.server;
    const { u32 } = core;
    const argc = u32[this.#block >>> 2];
    const id = core.x.commandId(u32[argv >>> 2], u32[(argv >>> 2) + 1]);
    if (id < 0) return words.unknown;
    let command = registry.all[id];
    if (command.subcommands !== null && argc > 1) {
      const [ptr, len] = [u32[(argv >>> 2) + 2], u32[(argv >>> 2) + 3]];
      const name = len > 64 ? "" : core.binary(ptr, len).toLowerCase();
      const sub = command.subcommands.get(name);
      if (sub === undefined) return words.unknown;
      command = sub;
    }
    return command;
  }

  /** Why no script may run the command with these arguments. */
  #misuse({ arity, bits }: CommandFacts): string | null {
    const argc = this.server.core.u32[this.#block >>> 2];
    if (arity > 0 ? argc !== arity : argc < -arity) return words.arity;
    return (bits & flagBits.noscript) !== 0 ? words.noScript : null;
  }
}
