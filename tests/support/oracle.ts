/** The oracle: a real redis-server, started for a test and thrown away. */

import { type ServerHandle, startServer } from "./server_process.ts";

const PROGRAM = "redis-server";

/** Options that every compared server starts with. */
export const SERVER_OPTIONS = [
  ["--save", ""],
  ["--appendonly", "no"],
  ["--enable-debug-command", "yes"],
].flat();

/** The version of the redis-server on PATH, undefined if there is none. */
export function findOracle(): string | undefined {
  try {
    const output = new Deno.Command(PROGRAM, { args: ["--version"] }).outputSync();
    return /v=(\S+)/.exec(new TextDecoder().decode(output.stdout))?.[1];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Starts a redis-server. Throws if it is not installed or does not come up. */
export async function startOracle(options: readonly string[] = []): Promise<ServerHandle> {
  const version = findOracle();
  if (version === undefined) throw new Error(`no ${PROGRAM} on PATH: nothing to compare with`);
  return await startServer({
    name: `${PROGRAM} ${version}`,
    command: PROGRAM,
    args: (port, dir) => ["--port", String(port), "--dir", dir, ...SERVER_OPTIONS, ...options],
  });
}
