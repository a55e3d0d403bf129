/** The end of a server: what is on disk by then. */

import type { Config } from "../config/config.ts";
import type { AppendOnlyFile } from "../propagation/append_only_file.ts";
import type { Log } from "../stats/log.ts";
import type { Loading } from "./loading.ts";
import type { Snapshots } from "./snapshots.ts";

/** What ending needs of the server. */
export interface EndingNeeds {
  readonly config: Config;
  readonly log: Log;
  readonly snapshots: Snapshots;
  readonly loading: Loading;
  readonly appendOnlyFile: AppendOnlyFile | null;
}

/**
 * What comes before the end: the data set is saved where that is configured, or `asked` for.
 *
 * @param force whether a failure is no reason to go on living
 * @returns whether the server may end
 */
export function prepareEnd(
  server: EndingNeeds,
  asked: "save" | "nosave" | null,
  force: boolean,
): boolean {
  const { log, snapshots } = server;
  log.notice("User requested shutdown...");
  // What has been loaded so far is not the data set.
  if (server.loading.active) return true;
  if (snapshots.running) log.warning("There is a snapshot under way. Giving it up!");
  snapshots.interrupt();
  if (server.appendOnlyFile?.finish() === false && !force) return false;
  if (asked === "nosave" || (asked === null && server.config.values.save.length === 0)) return true;
  log.notice("Saving the final RDB snapshot before exiting.");
  if (snapshots.save()) return true;
  log.warning(`Error trying to save the DB, ${force ? "exiting anyway" : "can't exit"}.`);
  return force;
}
