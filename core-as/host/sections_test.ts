/** What is taken out of compiled modules, and what has to stay. */

import { assertEquals, assertRejects } from "@std/assert";
import { withoutGlobals, withoutNames } from "../sections.ts";
import { withConstants } from "../constants.ts";

/** `(module (global (export "FIVE") i32 (i32.const 5)) (func (export "six") (result i32) (i32.const 6)))`, with a custom section. */
const MODULE = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7f],
  ...[3, 2, 1, 0],
  ...[6, 6, 1, 0x7f, 0, 0x41, 5, 0x0b],
  ...[7, 14, 2, 4, 0x46, 0x49, 0x56, 0x45, 3, 0, 3, 0x73, 0x69, 0x78, 0, 0],
  ...[10, 6, 1, 4, 0, 0x41, 6, 0x0b],
  ...[0, 6, 4, 0x6e, 0x61, 0x6d, 0x65, 0],
]);

function exportsOf(wasm: Uint8Array<ArrayBuffer>): string[] {
  return WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(({ name }) => name);
}

Deno.test("a module without exported globals keeps its functions", () => {
  assertEquals(exportsOf(MODULE), ["FIVE", "six"]);
  const without = withoutGlobals(MODULE);
  assertEquals(exportsOf(without), ["six"]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(without));
  assertEquals((exports.six as () => number)(), 6);
});

Deno.test("a module without names keeps all else", () => {
  const without = withoutNames(MODULE);
  assertEquals(without.length, MODULE.length - 8);
  assertEquals(exportsOf(without), ["FIVE", "six"]);
});

/** As asc writes them. */
const BINDINGS = `export async function instantiate(module, imports = {}) {
  const { exports } = new WebAssembly.Instance(module, imports);
  return Object.setPrototypeOf({
    FIVE: {
      // FIVE: u32
      valueOf() { return this.value; },
      get value() {
        return exports.FIVE.value >>> 0;
      }
    },
  }, exports);
}
`;

Deno.test("exported constants become a literal of the bindings; variables are refused", async () => {
  const { wasm, bindings } = await withConstants({ wasm: MODULE, bindings: BINDINGS, types: "" });
  const made = await import(`data:text/javascript,${encodeURIComponent(bindings)}`);
  assertEquals(made.constants, { FIVE: 5 });
  const raw = await made.instantiate(new WebAssembly.Module(wasm));
  assertEquals([raw.six(), raw.FIVE], [6, undefined]);
  const variable = MODULE.map((byte, at) =>
    MODULE[at - 1] === 0x7f && MODULE[at + 1] === 0x41 ? 1 : byte
  );
  const refused = withConstants({ wasm: variable, bindings: BINDINGS, types: "" });
  await assertRejects(() => refused, Error, "FIVE is exported, and no constant");
});
