/**
 * A data set that comes from a primary takes the place of what a replica has, as `repl-diskless-load` says:
 *
 * ```
 *  disabled      received in a file that takes the snapshot's place; then the old data go, and it is loaded
 *  on-empty-db   loaded straight from the link, where there are no old data; else as above
 *  swapdb        loaded straight from the link beside the old data, which stay until it is whole; they are
 *                served meanwhile where they are of the same history, an earlier moment of the new ones
 * ```
 */

import type { Loaded } from "../../server/saving/snapshots.ts";
import type { Server } from "../../server/server.ts";
import { takeSteps } from "../../server/env/source.ts";
import { EmptyPrimary } from "./empty_data_set.ts";
import type { LinkSource } from "./link_source.ts";

/** Slices of loading, of some milliseconds each, between turns in which clients only hear that it goes on. */
const SLICES_PER_TURN = 16;

/** A link that takes a data set. */
export interface Taker {
  /** It is of the history that this replica has followed until now. */
  readonly isSameHistory: boolean;
  /** It is still waited for. */
  isCurrent(): boolean;
  /** Called between slices: the primary may want to hear of this replica. */
  loading(): void;
}

/** Where it comes. */
export interface Place {
  /** Writes it as a file that takes the snapshot's place. */
  receive(source: LinkSource): Promise<void>;
  /** What there is is about to go. */
  replacing(): void;
}

/**
 * Takes a data set in place of what there is.
 *
 * @returns the database that the stream behind it begins in; null where it was not waited for any more
 * @throws Error that says why it could not; what there is then is either whole or gone
 */
export async function takeDataSet(
  server: Server,
  source: LinkSource,
  taker: Taker,
  place: Place,
): Promise<number | null> {
  const way = server.config.values["repl-diskless-load"];
  const straight = way === "on-empty-db" && server.databases.keys === 0;
  if (way !== "swapdb" && !straight) await place.receive(source);
  if (!taker.isCurrent()) return null;
  server.loading.begin(way === "swapdb" && taker.isSameHistory);
  try {
    const loaded = await (way === "swapdb"
      ? exchange(server, source, taker, place)
      : replace(server, source, taker, place, straight));
    return loaded === null ? null : Math.max(0, loaded.replication?.database ?? 0);
  } finally {
    server.loading.end();
  }
}

/** The old data go, then the new ones are loaded: from the link, or from the file that they were received in. */
async function replace(
  server: Server,
  source: LinkSource,
  taker: Taker,
  place: Place,
  straight: boolean,
): Promise<Loaded | null> {
  const { databases, log } = server;
  const store = server.snapshots.store!;
  place.replacing();
  log.notice("MASTER <-> REPLICA sync: Flushing old data");
  databases.clear();
  try {
    log.notice("MASTER <-> REPLICA sync: Loading DB in memory");
    const steps = straight ? store.loadFrom(source) : store.load(false);
    const loaded = await takeSteps(steps, between(server, taker));
    if (!source.whole) throw new Error("the data set ended before its mark");
    if (taker.isCurrent()) return loaded;
    databases.clear();
    return null;
  } catch (error) {
    // What is there is neither the old data nor the new.
    databases.clear();
    throw error;
  }
}

/** The new data are loaded beside the old ones, and take their place when they are whole. */
async function exchange(
  server: Server,
  source: LinkSource,
  taker: Taker,
  place: Place,
): Promise<Loaded | null> {
  const { databases, log, scripting, config: { values } } = server;
  if (!databases.stage()) throw new Error("no memory for another data set beside the old one");
  let isTaken = false;
  try {
    log.notice("MASTER <-> REPLICA sync: Loading DB in memory");
    const steps = server.snapshots.store!.loadBeside(source);
    const loaded = await takeSteps(steps, between(server, taker));
    if (!taker.isCurrent()) return null;
    if (!source.whole) throw new Error("the data set ended before its mark");
    const isEmpty = databases.stagedKeys === 0 && databases.keys !== 0;
    if (isEmpty && values["replica-refuse-empty-primary"]) throw new EmptyPrimary();
    log.notice("MASTER <-> REPLICA sync: Swapping active DB with loaded DB");
    place.replacing();
    isTaken = true;
    databases.takeStaged();
    scripting.functions.flush();
    scripting.functions.replaceBy(loaded);
    return loaded;
  } finally {
    if (!isTaken) {
      log.notice("MASTER <-> REPLICA sync: Discarding temporary DB in background");
      databases.dropStaged();
    }
  }
}

/** What happens between two slices: others get their turn. */
function between({ timers, loading }: Server, taker: Taker): () => Promise<void> {
  // Who is served wants to be served at once.
  const together = loading.serves ? 1 : SLICES_PER_TURN;
  let slices = 0;
  return async () => {
    if (++slices % together !== 0) return;
    if (taker.isCurrent()) taker.loading();
    await timers.yield();
  };
}
