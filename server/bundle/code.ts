/** The code that a bundle carries, as bytes within it. */

import * as bindings from "../../core-as/build/core.js";
import coreBytes from "../../core-as/build/core.wasm" with { type: "bytes" };
import luaBytes from "wasmoon-lua5.1/dist/liblua5.1.wasm" with { type: "bytes" };
import { type CoreImage, coreImage } from "../../core-as/host/core.ts";
import type { Code } from "../env/code.ts";

export const bundledCode: Code = {
  compileCore: () => coreImage(bindings as unknown as CoreImage["bindings"], coreBytes),
  compileLua: () => new WebAssembly.Module(luaBytes),
};
