/**
 * Takes the constants out of a compiled core: what is exported to be read and never changes (addresses of cells,
 * sizes, codes) becomes one literal of the bindings. An instance has an object for all that its module exports, and a
 * getter in the bindings besides: of 880 exports 470 are constants, and cost each start of a server two milliseconds.
 */

import { withoutGlobals } from "./sections.ts";

/** How asc's bindings read a constant that needs a conversion. */
const GETTER =
  /^ {4}\w+: \{\n {6}\/\/ .*\n {6}valueOf\(\) .*\n {6}get value\(\) \{\n.*\n {6}\}\n {4}\},\n/gm;

/** What asc writes for a module. */
export interface Compiled {
  wasm: Uint8Array<ArrayBuffer>;
  bindings: string;
  types: string;
}

/**
 * @returns the same without exported constants, and with `constants` in the bindings
 * @throws Error where one of them is none
 */
export async function withConstants({ wasm, bindings, types }: Compiled): Promise<Compiled> {
  const constants = await valuesOf(wasm, bindings);
  const rest = bindings.replace(GETTER, "");
  if (rest.includes("get value()")) {
    throw new Error("asc's bindings read constants otherwise than expected");
  }
  return {
    wasm: withoutGlobals(wasm),
    bindings: `${rest}\nexport const constants = ${JSON.stringify(constants, null, 2)};\n`,
    types:
      `${types}\n/** What the module exports to be read. */\nexport declare const constants: Readonly<Record<string, number>>;\n`,
  };
}

/** The values as asc's bindings give them, of an instance that nothing else is done with. */
async function valuesOf(
  wasm: Uint8Array<ArrayBuffer>,
  bindings: string,
): Promise<Record<string, number>> {
  const { instantiate } = await import(`data:text/javascript,${encodeURIComponent(bindings)}`);
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true });
  const module = new WebAssembly.Module(wasm);
  const raw = await instantiate(module, { env: { memory }, host: {} });
  const exported = Object.getPrototypeOf(raw);
  const values: Record<string, number> = {};
  for (const { name, kind } of WebAssembly.Module.exports(module)) {
    if (kind !== "global") continue;
    const value = Number(raw[name].value);
    if (isVariable(exported[name]) || !Number.isFinite(value)) {
      throw new Error(`${name} is exported, and no constant`);
    }
    values[name] = value;
  }
  return values;
}

function isVariable(global: WebAssembly.Global): boolean {
  try {
    global.value = Number(global.value);
    return true;
  } catch {
    return false;
  }
}
