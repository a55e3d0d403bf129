/** The code of a clone: the core from its sources, Lua from its npm package. */

import { compileCore } from "../../../core-as/host/sources.ts";
import type { Code } from "../code.ts";

/** Real PUC Lua 5.1, compiled to WASM: 4 ms, and some more to find the package's file. */
function compileLua(): WebAssembly.Module {
  // Node's module is loaded when first needed: to import it would cost every start some ms.
  // deno-lint-ignore no-process-global
  const { createRequire } = process.getBuiltinModule("node:module");
  const { resolve } = createRequire(import.meta.url);
  return new WebAssembly.Module(Deno.readFileSync(resolve("wasmoon-lua5.1/dist/liblua5.1.wasm")));
}

export const cloneCode: Code = { compileCore, compileLua };
