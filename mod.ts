/**
 * Etna: a Redis-compatible in-memory data server.
 *
 * As a program it takes redis-server's command line. As a module it starts servers inside a process:
 *
 * ```ts
 * import { start } from "@etna/etna";
 *
 * const etna = await start({ port: 0 });
 * await etna.call("SET", "greeting", "hello");
 * console.log(await etna.call("GET", "greeting")); // "hello"
 * console.log(`redis-cli -p ${etna.port}`);
 * await etna.close();
 * ```
 *
 * @module
 */

import type { Etna, StartOptions } from "./server/embedded/etna.ts";
import { startEtna } from "./server/embedded/start.ts";
import { compiledOnce } from "./server/env/code.ts";
import type { Environment } from "./server/env/env.ts";
import { cloneCode } from "./server/env/real/code.ts";
import { realProgram } from "./server/env/real/program.ts";

export * from "./server/embedded/mod.ts";

const program = realProgram(compiledOnce(cloneCode));

/**
 * Starts a server in this process. Instances share nothing; nothing is read from or written to disk
 * unless an option says so.
 *
 * @param options options of redis.conf; `port` 0 picks a free port, no `port` listens on none
 * @param environment what the world gives it, the server's own from then on; the real one where it is not given
 */
export function start(
  options: StartOptions = {},
  environment: Environment = program.embedding(),
): Promise<Etna> {
  return startEtna(options, environment);
}

if (import.meta.main) {
  const { runCommandLine } = await import("./server/command_line.ts");
  await runCommandLine(program);
}
