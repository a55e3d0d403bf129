/** Servers that follow each other, as the scenarios of replication start them. */

import type { ServerName } from "../figures.ts";
import { type Server, type ServerSpec, sleep } from "../servers.ts";

/** Servers that begin a full copy at once. */
export function withoutDelay(
  specs: Record<ServerName, ServerSpec>,
): Record<ServerName, ServerSpec> {
  const more = ["--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes"];
  const add = (spec: ServerSpec) => ({ ...spec, command: [...spec.command, ...more] });
  return { etna: add(specs.etna), redis: add(specs.redis) };
}

/** Has a server follow another one, and waits until it does. */
export async function synchronize(replica: Server, primary: Server): Promise<void> {
  await replica.command("REPLICAOF", "127.0.0.1", `${primary.port}`);
  for (let tries = 0; tries < 3000; tries++) {
    const info = await replica.command("INFO", "replication").catch(() => "");
    if (info.includes("master_link_status:up")) return;
    await sleep(20);
  }
  throw new Error(`${replica.name} does not synchronize`);
}

/** A number of INFO replication. */
export async function offsetOf(server: Server): Promise<number> {
  const info = await server.command("INFO", "replication");
  return Number(/^master_repl_offset:(\d+)/m.exec(info)![1]);
}

/** Waits until a replica has done all that its primary has written. */
export async function caughtUp(replica: Server, primary: Server): Promise<void> {
  const offset = await offsetOf(primary);
  for (let tries = 0; tries < 30_000; tries++) {
    if (await offsetOf(replica) >= offset) return;
    await sleep(1);
  }
  throw new Error(`${replica.name} does not catch up`);
}
