/**
 * The code that is not JavaScript, compiled. Where it comes from is what tells a clone from a bundle: the one
 * compiles the core from its sources, the other carries the bytes.
 */

import type { CoreImage } from "../../core-as/host/core.ts";

export interface Code {
  /** The code of cores. */
  compileCore(): Promise<CoreImage>;
  /** The code of Lua, to make machines of. */
  compileLua(): WebAssembly.Module;
}

/** Code that is compiled when it is first asked for, and once. */
export function compiledOnce(code: Code): Code {
  let core: Promise<CoreImage> | undefined;
  let lua: WebAssembly.Module | undefined;
  return {
    compileCore: () => core ??= code.compileCore(),
    compileLua: () => lua ??= code.compileLua(),
  };
}
