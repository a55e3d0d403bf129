/** The code of a clone: the core from its sources, Lua from its npm package. */

import { compileCore } from "../../../core-as/host/sources.ts";
import type { Code } from "../code.ts";

/** Real PUC Lua 5.1 in WASM, of its package. */
export function readLua(): Uint8Array<ArrayBuffer> {
  // Node's module is loaded when first needed: to import it would cost every start some ms.
  // deno-lint-ignore no-process-global
  const { createRequire } = process.getBuiltinModule("node:module");
  const { resolve } = createRequire(import.meta.url);
  return Deno.readFileSync(resolve("wasmoon-lua5.1/dist/liblua5.1.wasm"));
}

export const cloneCode: Code = {
  compileCore,
  // 4 ms, and some more to find the file.
  compileLua: () => new WebAssembly.Module(readLua()),
};
