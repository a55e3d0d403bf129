/** Cores from the sources beside this folder, compiled where those have changed. */

import { buildCore } from "../build.ts";
import type * as Bindings from "../build/core.d.ts";
import { type Core, type CoreImage, coreImage, type CoreOptions, makeCore } from "./core.ts";

/** Compiles the code of cores. */
export async function compileCore(): Promise<CoreImage> {
  await buildCore("core");
  const [bindings, wasm] = await Promise.all([
    import("../build/core.js") as Promise<unknown> as Promise<typeof Bindings>,
    Deno.readFile(new URL("../build/core.wasm", import.meta.url)),
  ]);
  return await coreImage(bindings, wasm);
}

/** Compiles the code and makes a core of it, empty. */
export async function loadCore(options: CoreOptions): Promise<Core> {
  return await makeCore(options, await compileCore());
}
