/**
 * A data set that comes from a primary takes the place of what a replica has: over a file that takes the
 * snapshot's place when it is whole, or straight from the link.
 */

import { takeSteps } from "../../server/env/source.ts";
import type { Server } from "../../server/server.ts";
import type { LinkSource } from "./link_source.ts";

/** Slices of loading between turns. */
const SLICES_PER_TURN = 16;

/** Who takes a data set. */
export interface Taker {
  /** It is still waited for. */
  isCurrent(): boolean;
  /** Writes it as a file that takes the snapshot's place. */
  receive(source: LinkSource): Promise<void>;
  /** What there is is about to go. */
  replacing(): void;
  /** Called between slices: the primary may want to hear of this replica. */
  loading(): void;
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
): Promise<number | null> {
  const { config: { values }, databases, loading, log } = server;
  // With `swapdb` the old data are served until the new are whole, too: they are received in a file.
  const straight = values["repl-diskless-load"] === "on-empty-db" && databases.keys === 0;
  if (!straight) await taker.receive(source);
  if (!taker.isCurrent()) return null;
  taker.replacing();
  log.notice("MASTER <-> REPLICA sync: Flushing old data");
  loading.begin();
  databases.clear();
  try {
    log.notice("MASTER <-> REPLICA sync: Loading DB in memory");
    const store = server.snapshots.store!;
    const steps = straight ? store.loadFrom(source) : store.load(false);
    const loaded = await takeSteps(steps, between(server, taker));
    if (!taker.isCurrent()) {
      databases.clear();
      return null;
    }
    if (!source.whole) throw new Error("the data set ended before its mark");
    return Math.max(0, loaded?.replication?.database ?? 0);
  } catch (error) {
    // What is there is neither the old data nor the new.
    databases.clear();
    throw error;
  } finally {
    loading.end();
  }
}

/** What happens between two slices: others get their turn. */
function between({ timers }: Server, taker: Taker): () => Promise<void> {
  let slices = 0;
  return async () => {
    if (++slices % SLICES_PER_TURN !== 0) return;
    if (taker.isCurrent()) taker.loading();
    await timers.yield();
  };
}
