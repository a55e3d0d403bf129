/** What SENTINEL MASTERS, REPLICAS and SENTINELS tell of instances: names and values, in Redis's order. */

import type { Instance, Peer, Primary, Replica } from "./instance.ts";
import type { State } from "./state.ts";

export function flagsOf(instance: Instance): string {
  const flags: string[] = [];
  if (instance.isDown) flags.push("s_down");
  if (instance.kind === "master" && instance.objectivelyDownSinceMs !== null) flags.push("o_down");
  flags.push(instance.kind);
  if (!instance.link.isOpen) flags.push("disconnected");
  if (instance.kind === "sentinel" && instance.saysDown) flags.push("master_down");
  if (instance.kind === "master") {
    if (instance.failover !== null) flags.push("failover_in_progress");
    if (instance.failover?.isForced) flags.push("force_failover");
    if (instance.rebootedMs !== null) flags.push("master_reboot");
  }
  if (instance.kind === "slave") {
    if (instance.primary.failover?.promoted === instance) flags.push("promoted");
    if (instance.reconfiguration === "sent") flags.push("reconf_sent");
    if (instance.reconfiguration === "in progress") flags.push("reconf_inprog");
    if (instance.reconfiguration === "done") flags.push("reconf_done");
  }
  if (instance.wasScriptKilled) flags.push("script_kill_sent");
  return flags.join(",");
}

export function describe(state: State, instance: Instance): [string, string][] {
  const { nowMs } = state;
  const { link, address } = instance;
  const since = (ms: number) => `${Math.max(0, Math.floor(nowMs - ms))}`;
  const fields: [string, string][] = [
    ["name", state.nameOf(instance)],
    ["ip", state.shown(address)],
    ["port", `${address.port}`],
    ["runid", instance.runId],
    ["flags", flagsOf(instance)],
    ["link-pending-commands", `${link.pending}`],
    ["link-refcount", `${link.shares}`],
  ];
  if (instance.kind === "master" && instance.failover !== null) {
    fields.push(["failover-state", instance.failover.state]);
  }
  const unanswered = link.unansweredMs;
  fields.push(
    ["last-ping-sent", unanswered === null ? "0" : since(unanswered)],
    ["last-ok-ping-reply", since(link.availableMs)],
    ["last-ping-reply", since(Math.max(link.answeredMs, instance.nowMs))],
  );
  if (instance.downSinceMs !== null) fields.push(["s-down-time", since(instance.downSinceMs)]);
  if (instance.kind === "master" && instance.objectivelyDownSinceMs !== null) {
    fields.push(["o-down-time", since(instance.objectivelyDownSinceMs)]);
  }
  fields.push(["down-after-milliseconds", `${instance.primary.downAfterMs}`]);
  if (instance.kind !== "sentinel") {
    fields.push(
      ["info-refresh", instance.infoMs === null ? "0" : since(instance.infoMs)],
      ["role-reported", instance.roleReported],
      ["role-reported-time", since(instance.roleReportedMs)],
    );
  }
  if (instance.kind === "master") fields.push(...ofPrimary(instance));
  else if (instance.kind === "slave") fields.push(...ofReplica(instance));
  else fields.push(...ofPeer(instance, since));
  return fields;
}

function ofPrimary(primary: Primary): [string, string][] {
  const fields: [string, string][] = [
    ["config-epoch", `${primary.configEpoch}`],
    ["num-slaves", `${primary.replicas.size}`],
    ["num-other-sentinels", `${primary.peers.size}`],
    ["quorum", `${primary.quorum}`],
    ["failover-timeout", `${primary.failoverTimeoutMs}`],
    ["parallel-syncs", `${primary.parallelSyncs}`],
  ];
  if (primary.notificationScript !== "") {
    fields.push(["notification-script", primary.notificationScript]);
  }
  if (primary.reconfigScript !== "") {
    fields.push(["client-reconfig-script", primary.reconfigScript]);
  }
  return fields;
}

function ofReplica(replica: Replica): [string, string][] {
  return [
    ["master-link-down-time", `${replica.linkDownMs}`],
    ["master-link-status", replica.linkStatus],
    ["master-host", replica.followed.host === "" ? "?" : replica.followed.host],
    ["master-port", `${replica.followed.port}`],
    ["slave-priority", `${replica.priority}`],
    ["slave-repl-offset", `${replica.offset}`],
    ["replica-announced", replica.isAnnounced ? "1" : "0"],
  ];
}

function ofPeer(peer: Peer, since: (ms: number) => string): [string, string][] {
  return [
    ["last-hello-message", since(peer.helloMs)],
    ["voted-leader", peer.vote.runId === "" ? "?" : peer.vote.runId],
    ["voted-leader-epoch", `${peer.vote.epoch}`],
  ];
}

/** Whether enough Sentinels can be reached to agree that a primary is down, and to lead a failover. */
export function checkQuorum(
  primary: Primary,
): { usable: number; quorum: boolean; majority: boolean } {
  let usable = 1;
  for (const peer of primary.peers.values()) if (!peer.isDown && peer.link.isOpen) usable++;
  const voters = primary.peers.size + 1;
  return {
    usable,
    quorum: usable >= primary.quorum,
    majority: usable >= Math.floor(voters / 2) + 1,
  };
}

/** How INFO calls a primary's state. */
export function statusOf(primary: Primary): string {
  if (primary.objectivelyDownSinceMs !== null) return "odown";
  return primary.isDown ? "sdown" : "ok";
}

/** The lines of INFO's section. */
export function infoLines(
  state: State,
  scripts: { running: number; waiting: number },
): [string, string | number][] {
  const { tiltSinceMs } = state;
  const lines: [string, string | number][] = [
    ["sentinel_masters", state.primaries.size],
    ["sentinel_tilt", tiltSinceMs === null ? 0 : 1],
    [
      "sentinel_tilt_since_seconds",
      tiltSinceMs === null ? -1 : Math.floor((state.nowMs - tiltSinceMs) / 1000),
    ],
    ["sentinel_running_scripts", scripts.running],
    ["sentinel_scripts_queue_length", scripts.waiting],
    ["sentinel_simulate_failure_flags", state.simulatedFailures],
  ];
  let number = 0;
  for (const primary of state.primaries.values()) {
    const address = state.joined(primary.address);
    lines.push([
      `master${number++}`,
      `name=${primary.name},status=${statusOf(primary)},address=${address},` +
      `slaves=${primary.replicas.size},sentinels=${primary.peers.size + 1}`,
    ]);
  }
  return lines;
}
