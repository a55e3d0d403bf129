/** The end of a server: what is on disk by then. */

import type { Server } from "../server.ts";

/**
 * What comes before the end: the data set is saved where that is configured, or `asked` for.
 *
 * @param force whether a failure is no reason to go on living
 * @returns whether the server may end
 */
export function prepareEnd(
  server: Server,
  asked: "save" | "nosave" | null,
  force: boolean,
): boolean {
  const { log, snapshots } = server;
  log.notice("User requested shutdown...");
  if (snapshots.running) log.warning("There is a snapshot under way. Giving it up!");
  snapshots.interrupted();
  if (server.journal?.finish() === false && !force) return false;
  if (asked === "nosave" || (asked === null && server.config.values.save.length === 0)) return true;
  log.notice("Saving the final RDB snapshot before exiting.");
  if (snapshots.save()) return true;
  log.warning(`Error trying to save the DB, ${force ? "exiting anyway" : "can't exit"}.`);
  return force;
}
