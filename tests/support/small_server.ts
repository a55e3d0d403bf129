/**
 * Etna as a program in a memory that soon runs out:
 * `deno run -A tests/support/small_server.ts BYTES [redis-server's arguments, --name value]`.
 */

import { Config } from "../../server/config/config.ts";
import type { OptionName } from "../../server/config/options.ts";
import { startServer } from "../../server/main.ts";
import { cloneCode } from "../../server/env/real/code.ts";
import { realProgram } from "../../server/env/real/program.ts";
import { testEnvironment } from "./environment.ts";

const [bytes, ...words] = Deno.args;
const config = new Config(Deno.cwd());
for (let i = 0; i + 1 < words.length; i += 2) {
  const wrong = config.configure(words[i].replace(/^--/, "") as OptionName, [words[i + 1]]);
  if (wrong !== undefined) throw new Error(`${words[i]}: ${wrong}`);
}
const program = realProgram(cloneCode);
program.logTo("", () => "M");
const { log } = program.environment();
await startServer({ config, embedded: false, coreBytes: Number(bytes) }, testEnvironment({ log }));
