/**
 * The server under test. By default Etna from this repository, started as a subprocess. The
 * environment variable ETNA_SUBJECT chooses another one:
 *
 * - `host:port`: a server that runs already (started with the options of `oracle.ts`);
 * - `redis`: a second real redis-server, to see that a suite reports no false differences.
 */

import { SERVER_OPTIONS, startOracle } from "./oracle.ts";
import { type ServerHandle, startServer } from "./server_process.ts";

const REPOSITORY_ROOT = new URL("../../", import.meta.url).pathname;

/** Starts, or finds, the server under test. @param options of the one that is started, beside the usual */
export async function startSubject(options: readonly string[] = []): Promise<ServerHandle> {
  const choice = Deno.env.get("ETNA_SUBJECT");
  if (choice === "redis") return await startOracle(options);
  if (choice) {
    const match = /^(.+):(\d+)$/.exec(choice);
    if (!match) throw new Error(`ETNA_SUBJECT is neither "redis" nor host:port: ${choice}`);
    const [, host, port] = match;
    return { name: choice, host, port: Number(port), [Symbol.asyncDispose]: async () => {} };
  }
  return await startServer({
    name: "etna",
    command: Deno.execPath(),
    cwd: REPOSITORY_ROOT,
    args: (
      port,
      dir,
    ) => [
      "run",
      "-A",
      "mod.ts",
      "--port",
      String(port),
      "--dir",
      dir,
      ...SERVER_OPTIONS,
      ...options,
    ],
  });
}
