/** Who is down: by what this Sentinel sees, and by what enough of them say. */

import type { Instance, Peer, Primary } from "./instance.ts";
import { askInfo, send } from "./keepalive.ts";
import type { State } from "./state.ts";
import { pace } from "./timing.ts";

/** For how long an instance has not answered as it should. */
function silentMs(state: State, { link }: Instance): number {
  if (link.unansweredMs !== null) return state.nowMs - link.unansweredMs;
  return link.isOpen ? 0 : state.nowMs - link.availableMs;
}

function seemsDown(state: State, instance: Instance): boolean {
  const { primary } = instance;
  const { nowMs, timing } = state;
  if (silentMs(state, instance) > primary.downAfterMs) return true;
  if (instance.kind !== "master") return false;
  // It says that it is a replica, and nobody here has made it one.
  const saysReplica = instance.roleReported === "slave" &&
    nowMs - instance.roleReportedMs > instance.downAfterMs + timing["info-period"] * 2;
  const { rebootedMs, rebootDownAfterMs } = instance;
  return saysReplica || (rebootedMs !== null && nowMs - rebootedMs > rebootDownAfterMs);
}

/** Looks whether an instance is down for this Sentinel. */
export function checkSubjectively(state: State, instance: Instance): void {
  const isDown = seemsDown(state, instance);
  if (isDown === instance.isDown) return;
  if (!isDown) {
    instance.downSinceMs = null;
    instance.wasScriptKilled = false;
    return state.tell("warning", "-sdown", instance);
  }
  instance.downSinceMs = state.nowMs;
  state.tell("warning", "+sdown", instance);
  if (instance.kind !== "master") return;
  // What its replicas have decides who may follow it: what is known of them is old.
  for (const replica of instance.replicas.values()) askInfo(state, replica);
}

/** Answers to whether a primary is down are forgotten after so many periods. */
const ANSWER_PERIODS = 5;

/** Looks whether enough Sentinels say that a primary is down. */
export function checkObjectively(state: State, primary: Primary): void {
  let count = 0;
  if (primary.isDown) {
    count = 1;
    for (const peer of primary.peers.values()) if (peer.saysDown) count++;
  }
  const isDown = count >= primary.quorum && primary.isDown;
  if (isDown === (primary.objectivelyDownSinceMs !== null)) return;
  primary.objectivelyDownSinceMs = isDown ? state.nowMs : null;
  if (isDown) state.tell("warning", "+odown", primary, `#quorum ${count}/${primary.quorum}`);
  else state.tell("warning", "-odown", primary);
}

/**
 * Asks the others whether a primary is down that seems so here, and for their votes where this Sentinel wants to
 * lead a failover.
 */
export function askPeers(state: State, primary: Primary, atOnce = false): void {
  const { nowMs, timing } = state;
  for (const peer of primary.peers.values()) {
    const age = peer.answeredAskMs === null ? Infinity : nowMs - peer.answeredAskMs;
    if (age > timing["ask-period"] * ANSWER_PERIODS) {
      peer.saysDown = false;
      peer.vote = { runId: "", epoch: 0 };
    }
    if (!primary.isDown && primary.failover === null) continue;
    if (!atOnce && nowMs - peer.askedMs < pace(primary.downAfterMs, timing["ask-period"])) continue;
    askPeer(state, peer);
  }
}

export function askPeer(state: State, peer: Peer): void {
  const { primary } = peer;
  // A failover that has begun is asked votes for, others are only asked about.
  const candidate = primary.failover === null ? "*" : state.id;
  const asked = send(state, peer, "ask", [
    "SENTINEL",
    "is-master-down-by-addr",
    state.shown(primary.address),
    `${primary.address.port}`,
    `${state.epoch}`,
    candidate,
  ]);
  if (asked) peer.askedMs = state.nowMs;
}

/** What a peer says about a primary. */
export function peerAnswered(state: State, peer: Peer, value: unknown): void {
  if (!Array.isArray(value) || value.length !== 3) return;
  const [isDown, runId, epoch] = value;
  if (typeof isDown !== "number" || typeof runId !== "string" || typeof epoch !== "number") return;
  peer.answeredAskMs = state.nowMs;
  peer.saysDown = isDown === 1;
  if (runId === "*") return;
  if (peer.vote.runId !== runId || peer.vote.epoch !== epoch) {
    state.act({
      do: "log",
      level: "notice",
      text: `${peer.runId} voted for ${runId} ${epoch}`,
    });
  }
  peer.vote = { runId, epoch };
}
