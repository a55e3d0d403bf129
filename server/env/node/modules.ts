/** Node's own modules, loaded when they are asked for: under Deno nobody does. */

import type * as childProcess from "node:child_process";
import type * as fs from "node:fs";
import type * as os from "node:os";

export function nodeModules() {
  // deno-lint-ignore no-process-global -- importing it would load it, and much else
  const { getBuiltinModule } = process;
  return {
    childProcess: getBuiltinModule("node:child_process") as typeof childProcess,
    fs: getBuiltinModule("node:fs") as typeof fs,
    os: getBuiltinModule("node:os") as typeof os,
  };
}
