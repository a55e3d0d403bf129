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

/** An end that was asked for and has not begun: by a signal, for the next tick. */
export interface EndRequest {
  /** What to do then; null without one. */
  act: (() => void) | null;
}

/** Begins the end that was asked for, if one was. */
export function endIfAsked(request: EndRequest): void {
  const { act } = request;
  request.act = null;
  act?.();
}

/** SHUTDOWN ABORT. @returns whether an end was asked for that had not begun */
export function abortEnd(request: EndRequest, log: Log): boolean {
  if (request.act === null) return false;
  request.act = null;
  log.notice("Shutdown manually aborted.");
  return true;
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
  server.log.notice("User requested shutdown...");
  // What has been loaded so far is not the data set.
  if (server.loading.active || secure(server, asked, force)) return true;
  server.log.warning("Errors trying to shut down the server. Check the logs for more information.");
  return false;
}

/** Brings the data set to disk as it is configured. @returns whether the server may end */
function secure(server: EndingNeeds, asked: "save" | "nosave" | null, force: boolean): boolean {
  const { log, snapshots, appendOnlyFile } = server;
  // Without its first base the file holds nothing that can be loaded.
  if (appendOnlyFile?.isBeginning) {
    log.warning(`Writing initial AOF${force ? ". Exit anyway." : ", can't exit"}`);
    if (!force) return false;
  }
  if (snapshots.running) log.warning("There is a snapshot under way. Giving it up!");
  snapshots.interrupt();
  if (appendOnlyFile?.finish() === false && !force) return false;
  // A server without data has nothing to save.
  if (snapshots.store === null) return true;
  if (asked === "nosave" || (asked === null && server.config.values.save.length === 0)) return true;
  log.notice("Saving the final RDB snapshot before exiting.");
  if (snapshots.save()) return true;
  log.warning(`Error trying to save the DB, ${force ? "exiting anyway" : "can't exit"}.`);
  return force;
}
