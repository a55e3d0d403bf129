/** Cores from the sources beside this folder, compiled where those have changed. */

import { buildCore } from "../build.ts";
import type * as Bindings from "../build/core.d.ts";
import { type Core, type CoreImage, coreImage, type CoreOptions, makeCore } from "./core.ts";

const WASM = new URL("../build/core.wasm", import.meta.url);

/** Code that was built before. */
interface Built {
  readonly atMs: number;
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly compiling: Promise<WebAssembly.Module>;
}

/** Compiles the code of cores. */
export async function compileCore(): Promise<CoreImage> {
  // Another thread compiles it while this one looks whether the sources are newer: 8 ms of a start.
  let built = compileBuilt();
  await buildCore("core");
  if (built === null || built.atMs !== builtAtMs()) built = compileBuilt()!;
  const bindings = await import("../build/core.js") as unknown as typeof Bindings;
  return await coreImage(bindings, built.wasm, built.compiling);
}

/** Begins to compile what is built; null where nothing is. */
function compileBuilt(): Built | null {
  const atMs = builtAtMs();
  if (atMs === null) return null;
  const wasm = Deno.readFileSync(WASM);
  const compiling = WebAssembly.compile(wasm);
  // Whoever waits for it is told; where it is too old nobody does.
  compiling.catch(() => {});
  return { atMs, wasm, compiling };
}

function builtAtMs(): number | null {
  try {
    return Deno.statSync(WASM).mtime!.getTime();
  } catch {
    return null;
  }
}

/** Compiles the code and makes a core of it, empty. */
export async function loadCore(options: CoreOptions): Promise<Core> {
  return await makeCore(options, await compileCore());
}
