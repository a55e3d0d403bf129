/**
 * Who leads a failover: the Sentinel that most others vote for in an epoch, as in Raft. A vote is given once an
 * epoch and primary, to whoever asks first, and is on disk before it is told.
 */

import type { Failover, Primary } from "./instance.ts";
import type { State } from "./state.ts";
import { pace } from "./timing.ts";

/** Candidates wait by chance for up to so long, so that one of them is first. */
const MAX_DESYNC_MS = 1000;

export function desyncMs(state: State, primary: Primary): number {
  return Math.floor(state.random() * pace(primary.downAfterMs, MAX_DESYNC_MS));
}

/** A later epoch is known of. */
export function sawEpoch(state: State, epoch: number): void {
  if (epoch <= state.epoch) return;
  state.epoch = epoch;
  state.save();
  state.tellText("warning", "+new-epoch", `${epoch}`);
}

/** Votes, if that is still to be done in the epoch. @returns whom it has voted for, and when */
export function vote(state: State, primary: Primary, epoch: number, runId: string) {
  if (primary.vote.epoch >= epoch || state.epoch > epoch) sawEpoch(state, epoch);
  else {
    const isNew = state.epoch < epoch;
    state.epoch = epoch;
    primary.vote = { runId, epoch };
    state.save();
    if (isNew) state.tellText("warning", "+new-epoch", `${epoch}`);
    state.tellOf("warning", "+vote-for-leader", primary, `${runId} ${state.epoch}`);
    if (runId !== state.id) {
      // Whoever leads is given its time; nobody waits for one that is down, too.
      primary.leaderRunId = runId;
      primary.notBeforeMs = state.nowMs + primary.failoverTimeoutMs * 2 + desyncMs(state, primary);
      primary.wasDelayLogged = false;
    }
  }
  return primary.vote;
}

/** Who has the votes of most, and of a quorum, in an epoch; this Sentinel votes at last, for whoever leads so far. */
export function leaderOf(state: State, primary: Primary, failover: Failover): string | null {
  // Votes are asked for and given in the epoch that all know of by now. Led in the one that it was begun in, a
  // failover that is elected in a later one could stand beside another of the same epoch.
  const { epoch } = state;
  failover.epoch = epoch;
  const counts = new Map<string, number>();
  const add = (runId: string) => counts.set(runId, (counts.get(runId) ?? 0) + 1);
  for (const { vote: { runId, epoch: given } } of primary.peers.values()) {
    if (runId !== "" && given === epoch) add(runId);
  }
  const [first] = [...counts].sort((one, other) => other[1] - one[1]);
  const own = vote(state, primary, epoch, first?.[0] ?? state.id);
  if (own.runId !== "" && own.epoch === epoch) add(own.runId);
  const voters = primary.peers.size + 1;
  const needed = Math.max(Math.floor(voters / 2) + 1, primary.quorum);
  for (const [runId, count] of counts) if (count >= needed) return runId;
  return null;
}
