/** The end of a server: what is on disk by then. */

import type { Config } from "../config/config.ts";
import type { Pause } from "../keyspace/pause.ts";
import type { AppendOnlyFile } from "../propagation/append_only_file.ts";
import type { Replication } from "../propagation/replication.ts";
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
  readonly replication: Replication | null;
  readonly role: { readonly isReplica: boolean; readonly offset: number };
  readonly propagation: { drain(): void };
  readonly pause: Pause;
  readonly blocked: { keylessReady(): void };
  readonly endRequest: EndRequest;
  readonly nowMs: number;
}

/** An end that was asked for and has not begun: by a signal, for the next tick. */
export interface EndRequest {
  /** What to do then; null without one. */
  act: (() => void) | null;
  /** It waits for replicas to have this much, but no longer than that; null where it does not. */
  lagging: { readonly offset: number; readonly endMs: number } | null;
}

/** What becomes of a server that is asked to end. */
export interface EndChoice {
  readonly save: "save" | "nosave" | null;
  /** Whether a failure is no reason to go on living. */
  readonly force: boolean;
  /** Replicas are not waited for. */
  readonly now: boolean;
}

/**
 * Ends a server, once its replicas have all that clients have written: writes are held until then.
 *
 * @param end is called when it may end
 * @returns "waits"; else whether it may end, and then `end` has been called
 */
export function endInOrder(
  server: EndingNeeds,
  choice: EndChoice,
  end: () => void,
): boolean | "waits" {
  const { log, endRequest, config } = server;
  if (endRequest.lagging !== null && !choice.now) return "waits";
  log.notice("User requested shutdown...");
  const timeoutMs = config.values["shutdown-timeout"] * 1000;
  const waits = !choice.now && timeoutMs !== 0 && !server.role.isReplica && !server.loading.active;
  if (!waits || lagging(server).length === 0) return endNow(server, choice, end);
  server.pause.begin("write", Infinity, "shutdown");
  log.notice("Waiting for replicas before shutting down.");
  endRequest.lagging = { offset: server.role.offset, endMs: server.nowMs + timeoutMs };
  endRequest.act = () => void endNow(server, choice, end);
  server.replication!.askReplicas();
  return "waits";
}

function endNow(server: EndingNeeds, { save, force }: EndChoice, end: () => void): boolean {
  const ends = secureAll(server, save, force);
  server.endRequest.act = null;
  // Who is held is not let go on: what was written then would be on no disk.
  if (ends) end();
  else stopWaiting(server);
  return ends;
}

/** Writes go on, and whoever has asked for the end hears that there is none, if there is none. */
function stopWaiting(server: EndingNeeds): void {
  server.endRequest.lagging = null;
  server.pause.end("shutdown");
  server.blocked.keylessReady();
}

/** Replicas that have not said that they have all. */
function lagging(server: EndingNeeds) {
  server.propagation.drain();
  const offset = server.endRequest.lagging?.offset ?? server.role.offset;
  return (server.replication?.replicas ?? []).filter((replica) => replica.offset < offset);
}

/** Tells of replicas that do not have all. */
function tellOfReplicas(server: EndingNeeds): void {
  const { log, replication, role, nowMs } = server;
  const all = replication?.replicas ?? [];
  if (all.length === 0 || role.isReplica) return;
  const late = lagging(server);
  for (const { host, port, offset, ackMs, state } of late) {
    const lagS = state === "online" ? Math.floor((nowMs - ackMs) / 1000) : 0;
    log.warning(
      `Lagging replica ${host}:${port} reported offset ${role.offset - offset} behind master, ` +
        `lag=${lagS}, state=${state}.`,
    );
  }
  log.notice(
    `${all.length - late.length} of ${all.length} replicas are in sync when shutting down.`,
  );
}

/** Begins the end that was asked for, if one was, and whoever it waits for has come. */
export function endIfAsked(server: EndingNeeds): void {
  const { endRequest, nowMs } = server;
  const { act } = endRequest;
  if (act === null) return;
  const { lagging: wait } = endRequest;
  if (wait !== null && nowMs < wait.endMs && lagging(server).length !== 0) return;
  endRequest.act = null;
  act();
}

/** SHUTDOWN ABORT. @returns whether an end was asked for that had not begun */
export function abortEnd(server: EndingNeeds): boolean {
  const { endRequest, log } = server;
  if (endRequest.act === null) return false;
  endRequest.act = null;
  log.notice("Shutdown manually aborted.");
  stopWaiting(server);
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
  return secureAll(server, asked, force);
}

function secureAll(server: EndingNeeds, asked: "save" | "nosave" | null, force: boolean): boolean {
  tellOfReplicas(server);
  // What has been loaded so far is not the data set.
  if (server.loading.active) return true;
  if (secure(server, asked, force)) {
    const { snapshots: { image }, config } = server;
    if (image !== null) image.wanted = config.values["warm-restart"] && asked !== "nosave";
    return true;
  }
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
  log.warning(`Error trying to save the DB${force ? ". Exit anyway" : ", can't exit"}.`);
  return force;
}
