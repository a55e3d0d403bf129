/**
 * A failover, step by step, as its leader sees it.
 *
 * ```
 *  objectively down, or SENTINEL FAILOVER
 *        v
 *   wait_start --elected--> select_slave --> send_slaveof_noone --> wait_promotion
 *        | nobody elected        | none fit       | cannot be reached     | it says that it is a primary
 *        v                       v                v                       v
 *      aborted                aborted          aborted            reconf_slaves: the others follow it
 *                                                                         | all do, or time is up
 *                                                                         v
 *                                                                  update_config: the primary is another
 * ```
 *
 * As soon as the promoted one says that it is a primary all are told its address, with the epoch of the failover
 * as the configuration's. A later epoch wins everywhere, so Sentinels that were cut off agree when they return.
 */

import { desyncMs, leaderOf } from "./election.ts";
import { askPeers } from "./health.ts";
import { type Address, Failover, isSamePlace, type Primary, type Replica } from "./instance.ts";
import { allOf, askInfo, helloToAll, send } from "./keepalive.ts";
import { SIMULATED, type State } from "./state.ts";
import { pace } from "./timing.ts";

/** What follows a failover. */
export interface FailoverHooks {
  /** The operator's script for clients. */
  reconfigured(primary: Primary, role: "leader" | "observer", from: Address, to: Address): void;
}

/** Whether a failover may begin now, and begins it. */
export function beginIfNeeded(state: State, primary: Primary): void {
  if (primary.objectivelyDownSinceMs === null || primary.failover !== null) return;
  if (mustWait(state, primary)) return;
  begin(state, primary, false);
  askPeers(state, primary, true);
}

function mustWait(state: State, primary: Primary): boolean {
  const { notBeforeMs, leaderRunId } = primary;
  if (notBeforeMs === null || state.nowMs >= notBeforeMs) return false;
  // The Sentinel that was to lead is down itself.
  if (leaderRunId !== "" && primary.peers.get(leaderRunId)?.isDown) {
    primary.leaderRunId = "";
    primary.notBeforeMs = state.nowMs + desyncMs(state, primary);
    return true;
  }
  if (!primary.wasDelayLogged && leaderRunId !== "") {
    primary.wasDelayLogged = true;
    const seconds = Math.ceil((notBeforeMs - state.nowMs) / 1000);
    state.act({
      do: "log",
      level: "notice",
      text: `Next failover delay: I will not start a failover for ${seconds} seconds, as ` +
        `${leaderRunId} has my vote`,
    });
  }
  return true;
}

/** Has candidates not all begin in the same moment. */
export function delayStart(state: State, primary: Primary): void {
  if (primary.notBeforeMs !== null && state.nowMs < primary.notBeforeMs) return;
  primary.leaderRunId = "";
  primary.notBeforeMs = state.nowMs + desyncMs(state, primary);
}

export function begin(state: State, primary: Primary, isForced: boolean): void {
  state.epoch++;
  primary.failover = new Failover(state.epoch, state.nowMs, isForced);
  primary.leaderRunId = "";
  state.save();
  state.tellText("warning", "+new-epoch", `${state.epoch}`);
  state.tell("warning", "+try-failover", primary);
}

/** @param retryMs until when none is begun */
export function abort(state: State, primary: Primary, retryMs: number): void {
  const { failover } = primary;
  if (failover === null) return;
  if (failover.promoted !== null) failover.promoted.reconfiguration = "none";
  primary.failover = null;
  primary.leaderRunId = "";
  primary.wasDelayLogged = false;
  primary.notBeforeMs = state.nowMs + retryMs;
}

function move(
  state: State,
  failover: Failover,
  to: Failover["state"],
  of: Primary | Replica,
): void {
  failover.state = to;
  failover.changedMs = state.nowMs;
  if (to === "wait_start" || to === "update_config") return;
  state.tell("warning", `+failover-state-${to.replaceAll("_", "-")}`, of);
}

/** Goes on with the failover of a primary, where there is one. */
export function proceed(state: State, primary: Primary): void {
  const { failover } = primary;
  switch (failover?.state) {
    case "wait_start":
      return waitStart(state, primary, failover);
    case "select_slave":
      return selectReplica(state, primary, failover);
    case "send_slaveof_noone":
      return promote(state, primary, failover);
    case "wait_promotion":
      return waitPromotion(state, primary, failover);
    case "reconf_slaves":
      reconfigureNext(state, primary, failover);
      return endIfDone(state, primary, failover);
    case "update_config":
      return finish(state, primary, failover);
  }
}

function waitStart(state: State, primary: Primary, failover: Failover): void {
  // Nobody else is given its vote in the epoch of a failover that is led without asking.
  const leader = leaderOf(state, primary, failover);
  // Who forgets the epoch that it has led in would lead in it again, and promote another one.
  if (failover.isForced || (leader === state.id && state.isSaved)) {
    state.tell("warning", "+elected-leader", primary);
    if (simulates(state, "crash-after-election")) return;
    move(state, failover, "select_slave", primary);
    return selectReplica(state, primary, failover);
  }
  const { timing } = state;
  const electionMs = Math.min(timing["election-timeout"], primary.failoverTimeoutMs);
  // Votes come within a round trip: who has too few does not get more by waiting long.
  const limitMs = Math.min(electionMs, Math.max(500, primary.downAfterMs));
  if (state.nowMs - failover.changedMs <= limitMs) return;
  state.tell("warning", "-failover-abort-not-elected", primary);
  // Another epoch decides; each waits by chance, longer than a round of votes takes.
  abort(state, primary, desyncMs(state, primary) + state.random() * limitMs);
}

function simulates(state: State, failure: keyof typeof SIMULATED): boolean {
  if ((state.simulatedFailures & SIMULATED[failure]) === 0) return false;
  state.act({ do: "log", level: "warning", text: `Failure injection: ${failure}` });
  state.act({ do: "die" });
  return true;
}

/** Whether what a replica says of itself is fresh enough to choose by. */
function isFit(state: State, primary: Primary, replica: Replica): boolean {
  const { nowMs, timing } = state;
  const { link } = replica;
  if (replica.isDown || !link.isOpen || replica.priority === 0 || replica.infoMs === null) {
    return false;
  }
  if (nowMs - link.availableMs > timing["ping-period"] * 5) return false;
  const validMs = primary.isDown ? timing["ping-period"] * 5 : timing["info-period"] * 3;
  if (nowMs - replica.infoMs > validMs) return false;
  // A primary that says it is a replica has served nobody since then.
  const lostMs = primary.roleReported === "slave" ? primary.roleReportedMs : Infinity;
  const sinceMs = Math.min(primary.downSinceMs ?? Infinity, lostMs - timing["info-period"]);
  const downMs = Math.max(0, nowMs - sinceMs);
  return replica.linkDownMs <= downMs + primary.downAfterMs * 10;
}

/** By priority, then by how much it has, then by name. */
function isBetter(one: Replica, other: Replica): number {
  if (one.priority !== other.priority) return one.priority - other.priority;
  if (one.offset !== other.offset) return other.offset - one.offset;
  if (one.runId === "" || other.runId === "") return one.runId === "" ? 1 : -1;
  return one.runId.toLowerCase() < other.runId.toLowerCase() ? -1 : 1;
}

/** Whether anybody could be promoted now. */
export function hasCandidate(state: State, primary: Primary): boolean {
  return [...primary.replicas.values()].some((replica) => isFit(state, primary, replica));
}

function selectReplica(state: State, primary: Primary, failover: Failover): void {
  const all = [...primary.replicas.values()];
  // What they have is asked when the primary is found down: the answers decide.
  const since = primary.downSinceMs ?? failover.changedMs;
  const isWaiting = state.nowMs - failover.changedMs < pace(primary.downAfterMs, 500) &&
    all.some(({ link, isDown, infoMs, infoAskedMs }) =>
      link.isOpen && !isDown && infoAskedMs >= since && (infoMs ?? -Infinity) < infoAskedMs
    );
  if (isWaiting) return;
  const [best] = all.filter((replica) => isFit(state, primary, replica)).sort(isBetter);
  if (best === undefined) {
    state.tell("warning", "-failover-abort-no-good-slave", primary);
    return abort(state, primary, failover.isForced ? 0 : retryMs(primary));
  }
  state.tell("warning", "+selected-slave", best);
  failover.promoted = best;
  move(state, failover, "send_slaveof_noone", best);
  promote(state, primary, failover);
}

/** Without anybody to promote, it is tried again when somebody may have come back. */
function retryMs({ failoverTimeoutMs, downAfterMs }: Primary): number {
  return Math.min(failoverTimeoutMs * 2, Math.max(1000, downAfterMs));
}

/** Requests that make an instance a primary (`NO ONE`) or a replica, and have its clients look anew. */
export function reconfigure(
  state: State,
  replica: Replica,
  host: string,
  port: string,
  purpose: "reconfigure" | "promote",
): boolean {
  const { primary } = replica;
  const rename = (name: string) => primary.word(name);
  const requests = [
    [rename("MULTI")],
    [rename("SLAVEOF"), host, port],
    [rename("CONFIG"), "REWRITE"],
    [rename("CLIENT"), "KILL", "TYPE", "normal"],
    [rename("CLIENT"), "KILL", "TYPE", "pubsub"],
  ];
  for (const words of requests) if (!send(state, replica, "rest", words)) return false;
  return send(state, replica, purpose, [rename("EXEC")]);
}

function promote(state: State, primary: Primary, failover: Failover): void {
  const replica = failover.promoted!;
  if (reconfigure(state, replica, "NO", "ONE", "promote")) {
    move(state, failover, "wait_promotion", replica);
    // Its answer comes behind what was asked before.
    return askInfo(state, replica);
  }
  waitPromotion(state, primary, failover);
}

function waitPromotion(state: State, primary: Primary, failover: Failover): void {
  const isLate = state.nowMs - failover.changedMs > primary.failoverTimeoutMs;
  const isLost = failover.promoted!.isDown;
  if (!isLate && !isLost) return;
  state.tell("warning", "-failover-abort-slave-timeout", primary);
  // Another one is tried soon where the chosen one has gone; it is set right when it returns.
  abort(state, primary, isLost ? retryMs(primary) : primary.failoverTimeoutMs * 2);
}

/** The replica that was to be promoted says that it is a primary. */
export function promoted(
  state: State,
  primary: Primary,
  failover: Failover,
  hooks: FailoverHooks,
): void {
  const replica = failover.promoted!;
  primary.configEpoch = failover.epoch;
  failover.state = "reconf_slaves";
  failover.changedMs = state.nowMs;
  state.save();
  state.tell("warning", "+promoted-slave", replica);
  if (simulates(state, "crash-after-promotion")) return;
  state.tell("warning", "+failover-state-reconf-slaves", primary);
  hooks.reconfigured(primary, "leader", primary.address, replica.address);
  helloToAll(state, primary);
  proceed(state, primary);
}

/** Has replicas follow the new primary, so many at a time. */
function reconfigureNext(state: State, primary: Primary, failover: Failover): void {
  const promotedReplica = failover.promoted!;
  const { nowMs, timing } = state;
  let under = 0;
  for (const { reconfiguration } of primary.replicas.values()) {
    if (reconfiguration === "sent" || reconfiguration === "in progress") under++;
  }
  for (const replica of primary.replicas.values()) {
    if (replica === promotedReplica || replica.reconfiguration === "done") continue;
    if (
      replica.reconfiguration === "sent" &&
      nowMs - replica.reconfiguredMs > timing["slave-reconf-timeout"]
    ) {
      state.tell("notice", "-slave-reconf-sent-timeout", replica);
      replica.reconfiguration = "none";
      under--;
    }
    if (replica.reconfiguration !== "none" || !replica.link.isOpen) continue;
    if (under >= primary.parallelSyncs) continue;
    const { address } = promotedReplica;
    if (!reconfigure(state, replica, state.shown(address), `${address.port}`, "reconfigure")) {
      continue;
    }
    replica.reconfiguration = "sent";
    replica.reconfiguredMs = nowMs;
    state.tell("notice", "+slave-reconf-sent", replica);
    askInfo(state, replica);
    under++;
  }
}

/** What a replica says of whom it follows, while the others are to follow the new primary. */
export function noteReconfiguration(state: State, replica: Replica): void {
  const to = replica.primary.failover?.promoted?.address;
  if (to === undefined) return;
  const { host, port } = replica.followed;
  if (replica.reconfiguration === "sent" && isSamePlace(to, host, port)) {
    replica.reconfiguration = "in progress";
    state.tell("notice", "+slave-reconf-inprog", replica);
  }
  if (replica.reconfiguration === "in progress" && replica.linkStatus === "ok") {
    replica.reconfiguration = "done";
    state.tell("notice", "+slave-reconf-done", replica);
  }
}

function endIfDone(state: State, primary: Primary, failover: Failover): void {
  const left = [...primary.replicas.values()].filter((replica) =>
    replica !== failover.promoted && replica.reconfiguration !== "done" && !replica.isDown
  );
  const isLate = state.nowMs - failover.changedMs > primary.failoverTimeoutMs;
  if (!isLate && (failover.promoted!.isDown || left.length > 0)) return;
  if (isLate) state.tell("warning", "+failover-end-for-timeout", primary);
  state.tell("warning", "+failover-end", primary);
  failover.state = "update_config";
  failover.changedMs = state.nowMs;
  if (isLate) reconfigureAtOnce(state, left, failover.promoted!.address);
}

/** Whoever was not told yet is told once, and nobody waits for it. */
function reconfigureAtOnce(state: State, replicas: readonly Replica[], to: Address): void {
  for (const replica of replicas) {
    if (replica.reconfiguration !== "none" || !replica.link.isOpen) continue;
    if (!reconfigure(state, replica, state.shown(to), `${to.port}`, "reconfigure")) continue;
    state.tell("notice", "+slave-reconf-sent-be", replica);
    replica.reconfiguration = "sent";
  }
}

/** The promoted replica is the primary from now on. */
function finish(state: State, primary: Primary, failover: Failover): void {
  const to = failover.promoted?.address ?? primary.address;
  switchTo(state, primary, to);
}

/** Takes another address for a primary; the old one is its replica from then on. */
export function switchTo(state: State, primary: Primary, to: Address): void {
  const from = primary.address;
  state.tellText(
    "warning",
    "+switch-master",
    `${primary.name} ${state.shown(from)} ${from.port} ${state.shown(to)} ${to.port}`,
  );
  const others = [...primary.replicas.values()].map(({ address }) => address)
    .filter((address) => !isSamePlace(to, address.ip, address.port) && address.host !== "");
  if (!isSamePlace(to, from.ip, from.port)) others.push(from);
  reset(state, primary, false);
  primary.address = to;
  for (const address of others) {
    const replica = state.addReplica(primary, address);
    if (replica !== null) state.tell("notice", "+slave", replica);
  }
  state.save();
  helloToAll(state, primary);
}

/** Forgets what was learnt of a primary. @param withPeers the other Sentinels, too */
export function reset(state: State, primary: Primary, withPeers: boolean): void {
  for (const instance of [...allOf(primary)]) {
    if (instance.kind === "slave" || (instance.kind === "sentinel" && withPeers)) {
      state.remove(instance);
    }
  }
  state.closeChannels(primary.link);
  state.links.delete(primary.link.id);
  primary.link = state.newLink();
  primary.runId = "";
  primary.info = "";
  primary.infoMs = primary.downSinceMs = primary.objectivelyDownSinceMs = null;
  primary.infoAskedMs = -Infinity;
  primary.failover = null;
  primary.leaderRunId = "";
  primary.notBeforeMs = primary.rebootedMs = null;
  primary.wasDelayLogged = primary.wasScriptKilled = false;
  primary.roleReported = "master";
  primary.roleReportedMs = primary.helloPublishedMs = state.nowMs;
}
