/** The code that a bundle carries, as texts within it. */

import * as bindings from "../../core-as/build/core.js";
import { type CoreImage, coreImage } from "../../core-as/host/core.ts";
import type { Code } from "../env/code.ts";

/** Code in Base64, from a function: what stands in one that is not called yet costs a start next to nothing. */
export type CarriedCode = () => string;

export function bundledCode(core: CarriedCode, lua: CarriedCode): Code {
  return {
    compileCore: () => coreImage(bindings as unknown as CoreImage["bindings"], bytesOf(core())),
    compileLua: () => new WebAssembly.Module(bytesOf(lua())),
  };
}

/** Node 22 knows no other way than its own. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64?.(base64) ??
    new Uint8Array(globalThis.Buffer.from(base64, "base64"));
}
