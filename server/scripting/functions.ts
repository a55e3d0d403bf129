/** Libraries of functions: what FUNCTION LOAD brings, snapshots keep, and FCALL calls. */

import type { Clock } from "../env/clock.ts";
import type { Reply } from "../resp/reply.ts";
import { compile, type Machine, type Plan, type ScriptContext } from "./machine.ts";
import { LUA } from "./lua_api.ts";
import { HANDLER } from "./lua_state.ts";
import { isFunctionName, type Registered, WRONG_NAME } from "./registration.ts";

export interface ScriptFunction extends Registered {
  readonly library: Library;
}

export interface Library {
  readonly name: string;
  /** Its text, one character a byte. */
  readonly code: string;
  /** By name. */
  readonly functions: Map<string, ScriptFunction>;
  /** The state that the functions' references are of. */
  generation: number;
}

/** What functions need of the engine. */
export interface FunctionsNeeds {
  readonly server: { readonly clock: Clock; readonly reply: Reply };
  prepare(): Machine;
  discard(): void;
  pushArguments(machine: Machine, first: number, count: number): void;
  start(machine: Machine, c: ScriptContext, plan: Plan, push: () => number): void;
}

/** Of an argument that FUNCTION STATS shows. */
const SHOWN_BYTES = 128;
/** Of a library beside its text. */
const LIBRARY_BYTES = 300;
/** How long a library may take to be loaded. */
const LOAD_MS = 500;

/** What a library's first line says. @returns the error where it says nothing good */
function readMetadata(code: string): { name: string; end: number } | string {
  if (!code.startsWith("#!")) return "ERR Missing library metadata";
  const end = code.indexOf("\n");
  if (end < 0) return "ERR Invalid library metadata";
  const [engine, ...options] = code.slice(2, end).split(/[ \t\r]+/).filter((word) => word !== "");
  let name: string | null = null;
  for (const option of options) {
    if (!option.toLowerCase().startsWith("name=")) {
      return `ERR Invalid metadata value given: ${option}`;
    }
    if (name !== null) {
      return "ERR Invalid metadata value, name argument was given multiple times";
    }
    name = option.slice(5);
  }
  if (name === null) return "ERR Library name was not given";
  if (!isFunctionName(name)) return WRONG_NAME;
  if (engine?.toLowerCase() !== "lua") return `ERR Engine '${engine ?? ""}' not found`;
  return { name, end };
}

export class Functions {
  readonly libraries = new Map<string, Library>();
  /** By name in lower case. */
  readonly #functions = new Map<string, ScriptFunction>();
  /** What the library that is being loaded has registered. */
  #registered: Registered[] | null = null;
  #loadEndUs = 0;

  constructor(readonly scripting: FunctionsNeeds) {}

  get count(): number {
    return this.#functions.size;
  }

  /** Memory of the libraries' texts, about. */
  get bytes(): number {
    let bytes = 0;
    for (const { code } of this.libraries.values()) bytes += code.length + LIBRARY_BYTES;
    return bytes;
  }

  /** A library is being loaded. */
  get isLoading(): boolean {
    return this.#registered !== null;
  }
  /** It takes too long. */
  get isLate(): boolean {
    return this.scripting.server.clock.monotonicUs() > this.#loadEndUs;
  }

  find(name: string): ScriptFunction | undefined {
    return this.#functions.get(name.toLowerCase());
  }

  /** The texts of all libraries. */
  get codes(): string[] {
    return [...this.libraries.values()].map(({ code }) => code);
  }

  // ---- loading ----------------------------------------------------------------------------------

  /** Takes a library. @returns it, or the error */
  load(code: string, replaces: boolean): Library | string {
    const metadata = readMetadata(code);
    if (typeof metadata === "string") return metadata;
    const { name } = metadata;
    const old = this.libraries.get(name);
    if (old !== undefined && !replaces) return `ERR Library '${name}' already exists`;
    const library: Library = { name, code, functions: new Map(), generation: 0 };
    const error = this.#run(library);
    if (error !== null) return error;
    if (library.functions.size === 0) return "ERR No functions registered";
    for (const key of library.functions.keys()) {
      const other = this.#functions.get(key.toLowerCase());
      if (other !== undefined && other.library !== old) {
        return `ERR Function ${key} already exists`;
      }
    }
    if (old !== undefined) this.#remove(old);
    this.libraries.set(name, library);
    for (const made of library.functions.values()) {
      this.#functions.set(made.name.toLowerCase(), made);
    }
    return library;
  }

  #remove(library: Library): void {
    this.libraries.delete(library.name);
    for (const { name } of library.functions.values()) this.#functions.delete(name.toLowerCase());
  }

  delete(name: string): boolean {
    const library = this.libraries.get(name);
    if (library === undefined) return false;
    this.#remove(library);
    return true;
  }

  flush(): void {
    this.libraries.clear();
    this.#functions.clear();
    this.scripting.discard();
  }

  /** Takes the libraries of another moment. */
  replaceBy({ libraries }: { libraries: ReadonlyMap<string, Library> }): void {
    this.libraries.clear();
    this.#functions.clear();
    for (const library of libraries.values()) {
      this.libraries.set(library.name, library);
      for (const made of library.functions.values()) {
        this.#functions.set(made.name.toLowerCase(), made);
      }
    }
  }

  /** Takes a library among others than those that can be called. @returns it, or the error */
  loadBeside(code: string, libraries: Map<string, Library>): Library | string {
    const served = new Map(this.libraries);
    this.replaceBy({ libraries });
    try {
      const made = this.load(code, true);
      if (typeof made !== "string") libraries.set(made.name, made);
      return made;
    } finally {
      this.replaceBy({ libraries: served });
    }
  }

  /** redis.register_function was called. @returns what is wrong */
  register(made: Registered): string | null {
    const registered = this.#registered!;
    if (registered.some(({ name }) => name.toLowerCase() === made.name.toLowerCase())) {
      return "ERR Function already exists in the library";
    }
    registered.push(made);
    return null;
  }

  /** Runs a library's text, which registers its functions. @returns the error */
  #run(library: Library): string | null {
    const machine = this.scripting.prepare();
    const { state: { L, m: { x } }, globals } = machine;
    const { end } = readMetadata(library.code) as { end: number };
    globals.enter(true);
    try {
      const ref = compile(machine, library.code.slice(end), machine.names.functionChunk);
      if (typeof ref === "string") return `ERR Error compiling function: ${ref}`;
      this.#registered = [];
      this.#loadEndUs = this.scripting.server.clock.monotonicUs() + LOAD_MS * 1000;
      x.lua_rawgeti(L, LUA.REGISTRYINDEX, ref);
      const failed = x.lua_pcall(L, 0, 0, HANDLER) !== 0;
      x.luaL_unref(L, LUA.REGISTRYINDEX, ref);
      if (failed) return `ERR Error registering functions: ${machine.failures.textOf(L)}`;
      for (const made of this.#registered) {
        const known = library.functions.get(made.name);
        if (known === undefined) library.functions.set(made.name, { ...made, library });
        else known.ref = made.ref;
      }
      library.generation = machine.generation;
      return null;
    } catch (error) {
      machine.state.m.broken = true;
      return `ERR Error registering functions: ${(error as Error).message}`;
    } finally {
      this.#registered = null;
      if (machine.state.m.broken) this.scripting.discard();
      else {
        globals.leave(true);
        x.lua_settop(L, HANDLER);
      }
    }
  }

  // ---- running ----------------------------------------------------------------------------------

  /** Calls a function with the keys and arguments of the command under way, from `first` on. */
  call(
    c: ScriptContext,
    called: ScriptFunction,
    first: number,
    keyCount: number,
    readOnly: boolean,
  ): void {
    const { scripting } = this;
    const machine = scripting.prepare();
    const { library } = called;
    if (library.generation !== machine.generation) {
      const error = this.#run(library);
      if (error !== null) return scripting.server.reply.error(error);
    }
    const { state: { L, m: { x } }, globals } = machine;
    const { name, flags } = called;
    globals.enter(false);
    const command = Array.from({ length: c.argc }, (_, i) => c.shown(i, SHOWN_BYTES));
    const plan: Plan = { name, isFunction: true, command, flags, readOnly };
    scripting.start(machine, c, plan, () => {
      x.lua_rawgeti(L, LUA.REGISTRYINDEX, called.ref);
      scripting.pushArguments(machine, first, keyCount);
      scripting.pushArguments(machine, first + keyCount, c.argc - first - keyCount);
      return 2;
    });
    if (!machine.state.m.broken) globals.leave(false);
  }
}
