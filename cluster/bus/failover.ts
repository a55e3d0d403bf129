/**
 * A replica takes its failed primary's place: it asks all primaries for their votes, one an epoch, and with those
 * of most it claims the slots by that epoch.
 *
 * ```
 *  the primary has failed --> election is set for a moment that depends on how much this replica has
 *         --> votes are asked for --most agree--> slots are claimed, all are told
 *                     | another replica asks, too: again soon, in a later epoch
 *                     | time is up
 *                     '--> another election, later
 * ```
 *
 * Where many primaries die at once, each of the others has one vote an epoch for all who ask: who asks in an epoch that
 * is not the last one any more is refused. So replicas of different primaries begin one after the other, and who has
 * lost votes to another asks again after a moment. Redis' own voters are as they were: they do not vote for replicas of
 * one primary twice within two timeouts, not even for the same one, so that against them the later election counts.
 *
 * Asked for by an operator (CLUSTER FAILOVER) the primary pauses its writes and says how much it has; the replica
 * waits until it has that, and nothing is lost.
 */

import { SLOT_COUNT } from "../../server/cluster/cluster.ts";
import { announce, ping } from "./gossip.ts";
import { bitmapHas, type Node } from "./node.ts";
import type { Message } from "./message.ts";
import { MessageFlag, MessageType } from "./packet.ts";
import { endManualFailover, updateState } from "./slots.ts";
import type { BusState } from "./state.ts";

/** For so long a primary pauses its writes, twice the time that an operator's failover may take. */
export const MANUAL_MS = 5000;
const PAUSE_FACTOR = 2;
/** Primaries need a moment to hear that one of them has failed. */
const FIXED_DELAY_MS = 500;
const RANDOM_DELAY_MS = 20;
const RANK_DELAY_MS = 1000;
/** Replicas of one primary after those of another, where several have failed. */
const FAILED_RANK_DELAY_MS = 20;
/** Replicas that have equally much, after each other by their names. */
const TIE_DELAY_MS = 500;
/** An election that others have disturbed is begun again after so long, and later each time. */
const AGAIN_MS = 100;
const MOST_AGAIN = 6;
const TELL_AGAIN_MS = 60_000;

/** Replicas of the same primary that have more. */
function rankOf(state: BusState): number {
  const { self } = state;
  let rank = 0;
  for (const other of self.primary?.replicas ?? []) {
    if (other !== self && !other.hasNoFailover && other.offset > state.server.offset) rank++;
  }
  return rank;
}

/** Replicas of the same primary that have as much, and come first. */
function tiesBefore(state: BusState): number {
  const { self } = state;
  let count = 0;
  for (const other of self.primary?.replicas ?? []) {
    const isTie = !other.hasNoFailover && !other.isFailing && other.offset === state.server.offset;
    if (isTie && other.id < self.id) count++;
  }
  return count;
}

/** Primaries that have failed, too, and come before this replica's. */
function failedBefore(state: BusState): number {
  let count = 0;
  for (const node of state.nodes.values()) {
    const hasFailed = node.isFailing || node.isPossiblyFailing;
    if (hasFailed && node.isMaster && node.slotCount > 0 && node.id < state.primary.id) count++;
  }
  return count;
}

function cannot(state: BusState, why: string): void {
  if (state.cannotWhy === why && state.nowMs - state.cannotMs < TELL_AGAIN_MS) return;
  state.cannotWhy = why;
  state.cannotMs = state.nowMs;
  state.log(`Currently unable to failover: ${why}`, "warning");
}

/** Looks whether this replica is to take over, and goes on with that. */
export function tryFailover(state: BusState, wallOffsetMs: number): void {
  const { self, nowMs } = state;
  const primary = self.primary;
  const settings = state.settings();
  const isManual = state.manual !== null && state.manual.canStart;
  if (
    primary === null || (!primary.isFailing && !isManual) || primary.slotCount === 0 ||
    (settings.hasNoFailover && !isManual)
  ) {
    state.cannotWhy = "";
    return;
  }
  const timeoutMs = Math.max(2000, settings.nodeTimeoutMs * 2);
  const ageMs = Math.max(
    0,
    state.server.silentMs - (state.server.isLinkUp ? 0 : settings.nodeTimeoutMs),
  );
  const limitMs = settings.pingPeriodMs + settings.nodeTimeoutMs * settings.validityFactor;
  if (settings.validityFactor > 0 && ageMs > limitMs && !isManual) {
    return cannot(
      state,
      "Disconnected from master for longer than allowed. Please check the " +
        "'cluster-replica-validity-factor' configuration option.",
    );
  }
  if (nowMs - state.electionMs > timeoutMs * 2) return schedule(state, wallOffsetMs, isManual);
  if (!state.hasAsked && !isManual) delayByRank(state);
  if (nowMs < state.electionMs) {
    return cannot(state, "Waiting the delay before I can start a new failover.");
  }
  if (nowMs - state.electionMs > timeoutMs) return cannot(state, "Failover attempt expired.");
  if (!state.hasAsked) return askForVotes(state);
  if (state.votes < state.majority) {
    const isContested = state.isContested || state.currentEpoch > state.electionEpoch;
    if (isContested && nowMs >= state.askAgainMs) return askForVotes(state);
    return cannot(state, "Waiting for votes, but majority still not reached.");
  }
  takeOver(state, wallOffsetMs, state.electionEpoch);
}

function schedule(state: BusState, wallOffsetMs: number, isManual: boolean): void {
  const { nowMs } = state;
  state.votes = 0;
  state.hasAsked = false;
  state.asked = 0;
  state.rank = isManual ? 0 : rankOf(state);
  state.electionMs = isManual
    ? nowMs
    : nowMs + FIXED_DELAY_MS + state.below(RANDOM_DELAY_MS) + state.rank * RANK_DELAY_MS +
      tiesBefore(state) * TIE_DELAY_MS + failedBefore(state) * FAILED_RANK_DELAY_MS;
  state.log(
    `Start of election delayed for ${
      state.electionMs - nowMs
    } milliseconds (rank #${state.rank}, offset ` +
      `${state.server.offset}).`,
    "warning",
  );
  wakeAt(state, state.electionMs);
  // The other replicas are told how much this one has.
  announce(state, wallOffsetMs, true);
  if (isManual) tryFailover(state, wallOffsetMs);
}

function wakeAt(state: BusState, atMs: number): void {
  state.act({ do: "wake", afterMs: Math.max(0, atMs - state.nowMs) });
}

function delayByRank(state: BusState): void {
  const rank = rankOf(state);
  if (rank <= state.rank) return;
  const more = (rank - state.rank) * RANK_DELAY_MS;
  state.electionMs += more;
  state.rank = rank;
  wakeAt(state, state.electionMs);
  state.log(`Replica rank updated to #${rank}, added ${more} milliseconds of delay.`, "warning");
}

function askForVotes(state: BusState): void {
  state.currentEpoch++;
  state.electionEpoch = state.currentEpoch;
  state.hasAsked = true;
  state.votes = 0;
  state.isContested = false;
  const againMs = AGAIN_MS << state.asked;
  if (++state.asked <= MOST_AGAIN) {
    state.askAgainMs = state.nowMs + againMs + state.below(againMs);
    wakeAt(state, state.askAgainMs);
  } else state.askAgainMs = Infinity;
  state.log(`Starting a failover election for epoch ${state.currentEpoch}.`, "warning");
  state.save();
  state.broadcast(MessageType.AUTH_REQUEST);
}

/** Takes the slots of the primary, by an epoch that is later than its. */
export function takeOver(state: BusState, wallOffsetMs: number, epoch: number): void {
  const { self } = state;
  const primary = self.primary!;
  state.log(`Failover election won: I'm the new master.`, "warning");
  if (epoch > self.configEpoch) {
    self.configEpoch = epoch;
    state.log(`configEpoch set to ${epoch} after successful failover`, "warning");
  }
  self.follow(null);
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    if (state.owners[slot] === primary) state.own(slot, self);
  }
  state.act({ do: "lead" });
  endManualFailover(state);
  state.electionMs = -Infinity;
  state.minorityMs = -Infinity;
  updateState(state);
  state.save();
  announce(state, wallOffsetMs);
}

/** A replica wants to take over: votes, if that is right. */
export function considerVote(state: BusState, node: Node, message: Message): void {
  const { self, nowMs } = state;
  if (state.hasAsked && message.currentEpoch >= state.electionEpoch) state.isContested = true;
  if (!self.isMaster || self.slotCount === 0) return;
  const refuse = (why: string) =>
    state.log(`Failover auth denied to ${node.id}: ${why}`, "warning");
  const { currentEpoch: epoch, configEpoch, slots } = message;
  if (epoch < state.currentEpoch) {
    return refuse(`reqEpoch (${epoch}) < curEpoch(${state.currentEpoch})`);
  }
  if (state.lastVoteEpoch === state.currentEpoch) {
    return refuse(`already voted for epoch ${state.currentEpoch}`);
  }
  const { primary } = node;
  const isForced = (message.messageFlags & MessageFlag.FORCE_ACK) !== 0;
  if (primary === null) return refuse("it is a master node");
  if (!primary.isFailing && !isForced) return refuse("its master is up");
  const isAgain = primary.votedFor === node;
  if (!isAgain && nowMs - primary.votedMs < state.settings().nodeTimeoutMs * 2) {
    return refuse("can't vote about this master before some time");
  }
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    if (!bitmapHas(slots, slot)) continue;
    const owner = state.owners[slot];
    if (owner === null || owner.configEpoch <= configEpoch) continue;
    return refuse(`slot ${slot} epoch (${owner.configEpoch}) > reqEpoch (${configEpoch})`);
  }
  primary.votedMs = nowMs;
  primary.votedFor = node;
  state.lastVoteEpoch = state.currentEpoch;
  // On the disk before it is told.
  state.save();
  state.sendTo(node, MessageType.AUTH_ACK);
  state.log(`Failover auth granted to ${node.id} for epoch ${state.currentEpoch}`, "warning");
}

/** A vote for this node. */
export function countVote(
  state: BusState,
  sender: Node,
  message: Message,
  wallOffsetMs: number,
): void {
  if (!sender.isMaster || sender.slotCount === 0 || message.currentEpoch < state.electionEpoch) {
    return;
  }
  if (!state.hasAsked) return;
  state.votes++;
  tryFailover(state, wallOffsetMs);
}

// ---- asked for by an operator -------------------------------------------------------------------------

export type ManualKind = "plain" | "force" | "takeover";

/** CLUSTER FAILOVER at a replica. */
export function beginManual(state: BusState, kind: ManualKind, wallOffsetMs: number): void {
  endManualFailover(state);
  state.manual = {
    endMs: state.nowMs + MANUAL_MS,
    replica: null,
    primaryOffset: null,
    canStart: false,
  };
  state.electionMs = -Infinity;
  const { self } = state;
  if (kind === "takeover") {
    state.log("Taking over the master (user request).", "warning");
    bumpEpoch(state);
    return takeOver(state, wallOffsetMs, self.configEpoch);
  }
  if (kind === "force") {
    state.log("Forced failover user request accepted.", "warning");
    state.manual.canStart = true;
    state.electionMs = -Infinity;
    return tryFailover(state, wallOffsetMs);
  }
  state.log("Manual failover user request accepted.", "warning");
  state.sendTo(self.primary!, MessageType.MFSTART);
}

/** A replica of this node is to take over. */
export function pauseFor(state: BusState, replica: Node, wallOffsetMs: number): void {
  if (replica.primary !== state.self) return;
  endManualFailover(state);
  state.manual = {
    endMs: state.nowMs + MANUAL_MS,
    replica,
    primaryOffset: null,
    canStart: false,
  };
  state.log(`Manual failover requested by replica ${replica.id}.`, "warning");
  state.act({ do: "pause", untilMs: state.nowMs + MANUAL_MS * PAUSE_FACTOR });
  ping(state, replica, wallOffsetMs);
}

/** The primary, whose writes are paused, has said how much it has. */
export function notePaused(
  state: BusState,
  sender: Node,
  message: Message,
  wallOffsetMs: number,
): void {
  const { manual, self } = state;
  if (manual === null || manual.primaryOffset !== null || sender !== self.primary) return;
  if ((message.messageFlags & MessageFlag.PAUSED) === 0) return;
  manual.primaryOffset = message.offset;
  state.log(
    `Received replication offset for paused master manual failover: ${message.offset}`,
    "warning",
  );
  checkManual(state, wallOffsetMs);
}

/** Looks whether this replica has all, or the time is up. */
export function checkManual(state: BusState, wallOffsetMs: number): void {
  const { manual } = state;
  if (manual === null) return;
  if (state.nowMs > manual.endMs) {
    state.log("Manual failover timed out.", "warning");
    return endManualFailover(state);
  }
  if (manual.canStart || manual.primaryOffset === null) return;
  if (state.server.offset < manual.primaryOffset) return;
  manual.canStart = true;
  state.electionMs = -Infinity;
  state.log("All master replication stream processed, manual failover can start.", "warning");
  tryFailover(state, wallOffsetMs);
}

/** Takes an epoch that nobody has. @returns whether it had to */
/**
 * Claims slots without a vote, by an epoch that is later than all: an operator, or the owner before, gives them. All
 * others are told without asking, as one of them is the owner before.
 *
 * @returns whether the epoch is a new one
 */
export function claimSlots(
  state: BusState,
  slots: readonly number[],
  wallOffsetMs: number,
  /** Even where this node's epoch is the latest: others tell of a claim only if its epoch is news to whom they tell it. */
  byNewEpoch = false,
): boolean {
  for (const slot of slots) {
    state.importing.delete(slot);
    state.own(slot, state.self);
  }
  const isNew = bumpEpoch(state, byNewEpoch);
  updateState(state);
  state.save();
  announce(state, wallOffsetMs);
  return isNew;
}

/** Takes an epoch that is later than the one which a node could take that knew another, and tells all. */
export function bumpEpochBeyond(state: BusState, epoch: number, wallOffsetMs: number): void {
  state.currentEpoch = Math.max(state.currentEpoch, epoch) + 2;
  state.self.configEpoch = state.currentEpoch;
  state.save();
  announce(state, wallOffsetMs);
}

/** @returns whether this node has another epoch than before, as it was not the latest */
export function bumpEpoch(state: BusState, always = false): boolean {
  const { self } = state;
  let highest = state.currentEpoch;
  for (const { configEpoch } of state.nodes.values()) highest = Math.max(highest, configEpoch);
  if (!always && self.configEpoch !== 0 && self.configEpoch === highest) return false;
  state.currentEpoch = highest + 1;
  self.configEpoch = state.currentEpoch;
  state.save();
  return true;
}
