/** What instances say of themselves (INFO), and what Sentinels tell each other through them (hellos). */

import { sawEpoch } from "./election.ts";
import {
  type FailoverHooks,
  noteReconfiguration,
  promoted,
  reconfigure,
  switchTo,
} from "./failover.ts";
import { isSamePlace, type Peer, type Primary, type Replica } from "./instance.ts";
import { helloToAll } from "./keepalive.ts";
import { isIp } from "../../server/net/ip.ts";
import type { State } from "./state.ts";

/** Hellos that others are given time to send before this Sentinel sets somebody right. */
const PATIENT_HELLOS = 4;

/** What INFO says, as far as it matters here. */
interface Facts {
  fields: Map<string, string>;
  replicas: { host: string; port: number }[];
}

function parse(text: string): Facts {
  const fields = new Map<string, string>();
  const replicas: Facts["replicas"] = [];
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1);
    if (!/^slave\d+$/.test(name)) fields.set(name, value);
    else {
      const host = /(?:^|,)ip=([^,]+)/.exec(value)?.[1];
      const port = Number(/(?:^|,)port=(\d+)/.exec(value)?.[1] ?? 0);
      if (host !== undefined && port > 0 && port < 65536) replicas.push({ host, port });
    }
  }
  return { fields, replicas };
}

/** An instance has answered INFO. */
export function tookInfo(
  state: State,
  instance: Primary | Replica,
  text: string,
  hooks: FailoverHooks,
): void {
  const { fields, replicas } = parse(text);
  const { nowMs } = state;
  instance.info = text;
  instance.infoMs = nowMs;
  const runId = fields.get("run_id") ?? "";
  if (runId !== "") noteRunId(state, instance, runId);
  const role = fields.get("role");
  if (instance.kind === "master" && role === "master") {
    for (const { host, port } of replicas) discover(state, instance, host, port);
  }
  if (instance.kind === "slave") readReplica(instance, fields, nowMs);
  if (role !== "master" && role !== "slave") return;
  if (role !== instance.roleReported) {
    instance.roleReported = role;
    instance.roleReportedMs = nowMs;
    if (instance.kind === "slave") instance.followedSinceMs = nowMs;
    const expected = role === instance.kind;
    state.tell(
      "verbose",
      expected ? "+role-change" : "-role-change",
      instance,
      `new reported role is ${role}`,
    );
  }
  if (state.tiltSinceMs !== null || instance.kind === "master") return;
  if (role === "master") saysPrimary(state, instance, hooks);
  else {
    setRight(state, instance);
    noteReconfiguration(state, instance);
  }
}

function noteRunId(state: State, instance: Primary | Replica, runId: string): void {
  if (instance.runId === runId) return;
  if (instance.runId !== "") {
    state.tell("notice", "+reboot", instance);
    if (instance.kind === "master" && instance.rebootDownAfterMs > 0) {
      instance.rebootedMs = state.nowMs;
    }
  }
  instance.runId = runId;
}

function discover(state: State, primary: Primary, host: string, port: number): void {
  if (state.replicaAt(primary, host, port) !== undefined) return;
  if (!state.isHost(host)) {
    state.act({
      do: "log",
      level: "warning",
      text: `Replica ${host}:${port} of ${primary.name} has a name for an address, and ` +
        "resolve-hostnames is no",
    });
    return;
  }
  const replica = state.addReplica(primary, state.address(host, port));
  if (replica === null) return;
  state.tell("notice", "+slave", replica);
  state.save();
}

function readReplica(replica: Replica, fields: Map<string, string>, nowMs: number): void {
  const seconds = Number(fields.get("master_link_down_since_seconds") ?? 0);
  replica.linkDownMs = Math.max(0, seconds) * 1000;
  const host = fields.get("master_host");
  const port = Number(fields.get("master_port") ?? 0);
  if (host !== undefined && (host !== replica.followed.host || port !== replica.followed.port)) {
    replica.followed = { host, port };
    replica.followedSinceMs = nowMs;
  }
  replica.linkStatus = fields.get("master_link_status") === "up" ? "ok" : "err";
  replica.priority = Number(fields.get("slave_priority") ?? replica.priority);
  replica.offset = Number(fields.get("slave_repl_offset") ?? fields.get("master_repl_offset") ?? 0);
  replica.isAnnounced = fields.get("replica_announced") !== "0";
}

function saysPrimary(state: State, replica: Replica, hooks: FailoverHooks): void {
  const { primary } = replica;
  const { failover } = primary;
  if (failover?.promoted === replica) {
    if (failover.state === "wait_promotion") promoted(state, primary, failover, hooks);
    return;
  }
  if (failover !== null) return;
  if (!looksSane(state, primary)) return;
  const waitMs = state.timing["publish-period"] * PATIENT_HELLOS;
  if (!isConfirmed(primary, replica.roleReportedMs) && !hasSettled(state, replica, waitMs)) return;
  const { address } = primary;
  if (!reconfigure(state, replica, state.shown(address), `${address.port}`, "reconfigure")) return;
  state.tell("notice", "+convert-to-slave", replica);
}

/** The primary is there, and says that it is one. */
function looksSane(state: State, primary: Primary): boolean {
  return primary.roleReported === "master" && !primary.isDown && primary.infoMs !== null &&
    state.nowMs - primary.infoMs < state.timing["info-period"] * 2;
}

/**
 * Most Sentinels have told the same configuration since then. A later one is made by most of them, so there is
 * none: who says otherwise can be set right at once.
 */
function isConfirmed(primary: Primary, sinceMs: number): boolean {
  let count = 1;
  for (const { helloMs, configEpoch } of primary.peers.values()) {
    if (helloMs > sinceMs && configEpoch === primary.configEpoch) count++;
  }
  return count > (primary.peers.size + 1) / 2;
}

/** Neither its role nor its state has changed for so long. */
function hasSettled(state: State, replica: Replica, waitMs: number): boolean {
  const { nowMs } = state;
  return !replica.isDown && nowMs - replica.roleReportedMs > waitMs &&
    replica.link.isOpen && nowMs - replica.link.commandOpenedMs > waitMs;
}

/** A replica that follows somebody else is told whom to follow. */
function setRight(state: State, replica: Replica): void {
  const { primary, followed } = replica;
  if (primary.failover !== null || followed.host === "") return;
  const { address } = primary;
  if (isSamePlace(address, followed.host, followed.port)) return;
  const waitMs = Math.min(
    primary.failoverTimeoutMs,
    state.timing["publish-period"] * PATIENT_HELLOS * 4,
  );
  if (!looksSane(state, primary) || !hasSettled(state, replica, waitMs)) return;
  if (state.nowMs - replica.followedSinceMs <= waitMs) return;
  if (!reconfigure(state, replica, state.shown(address), `${address.port}`, "reconfigure")) return;
  replica.followedSinceMs = state.nowMs;
  state.tell("notice", "+fix-slave-config", replica);
}

// ---- hellos -----------------------------------------------------------------------------------------

/** Another Sentinel, or this one, has published what it knows of a primary. */
export function heardHello(state: State, payload: string, hooks: FailoverHooks): void {
  const words = payload.split(",");
  if (words.length !== 8) return;
  const [host, port, runId, epoch, name, primaryHost, primaryPort, configEpoch] = words;
  const primary = state.primaries.get(name);
  const numbers = [port, epoch, primaryPort, configEpoch].map(Number);
  if (primary === undefined || runId === state.id || runId === "" || !numbers.every(isCount)) {
    return;
  }
  const [peerPort, peerEpoch, itsPort, itsConfigEpoch] = numbers;
  const peer = primary.peers.get(runId);
  const known = peer !== undefined && isSamePlace(peer.address, host, peerPort)
    ? peer
    : meet(state, primary, host, peerPort, runId);
  sawEpoch(state, peerEpoch);
  if (itsConfigEpoch > primary.configEpoch) {
    primary.configEpoch = itsConfigEpoch;
    if (isSamePlace(primary.address, primaryHost, itsPort)) state.save();
    else takeConfiguration(state, primary, known, primaryHost, itsPort, hooks);
  } else if (itsConfigEpoch === primary.configEpoch) {
    const address = state.currentAddress(primary);
    if (!isSamePlace(address, primaryHost, itsPort) && runId < state.id) outbid(state, primary);
  }
  // Where it has moved, or the primary is another now, it is another object.
  const now = primary.peers.get(runId);
  if (now === undefined) return;
  now.helloMs = state.nowMs;
  now.configEpoch = itsConfigEpoch;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

/** A Sentinel that was not known, or has moved. */
function meet(
  state: State,
  primary: Primary,
  host: string,
  port: number,
  runId: string,
): Peer | null {
  if (!state.isHost(host) || port < 1 || port > 65535) return null;
  const moved = primary.peers.get(runId);
  if (moved !== undefined) {
    state.tell(
      "notice",
      "+sentinel-address-switch",
      primary,
      `ip ${host} port ${port} for ${runId}`,
    );
    // Where it is shared it has moved for all.
    for (const other of state.primaries.values()) {
      const same = other.peers.get(runId);
      if (same !== undefined && same !== moved) state.remove(same);
    }
    state.remove(moved);
  } else {
    for (const other of primary.peers.values()) {
      if (!isSamePlace(other.address, host, port)) continue;
      // It has come back as somebody else, and is not there any more as who it was.
      state.tell("notice", "+sentinel-invalid-addr", other);
      other.address = { ...other.address, port: 0 };
      state.closeChannels(other.link);
    }
  }
  const peer = state.addPeer(primary, runId, state.address(host, port));
  if (peer === null) return null;
  state.tell("notice", "+sentinel", peer);
  state.save();
  return peer;
}

/**
 * Two operators have asked two Sentinels for a failover at once, and both were done in the same epoch. One of them
 * has to be the later one: the Sentinel whose ID is greater says that it is its own.
 */
function outbid(state: State, primary: Primary): void {
  if (primary.failover !== null && !primary.failover.hasPromoted) return;
  state.epoch++;
  primary.configEpoch = state.epoch;
  state.save();
  state.tellText("warning", "+new-epoch", `${state.epoch}`);
  helloToAll(state, primary);
}

function takeConfiguration(
  state: State,
  primary: Primary,
  from: Peer | null,
  host: string,
  port: number,
  hooks: FailoverHooks,
): void {
  if (from !== null) state.tell("warning", "+config-update-from", from);
  const before = primary.address;
  const address = isIp(host) || state.isHost(host) ? state.address(host, port) : null;
  if (address === null) return state.save();
  hooks.reconfigured(primary, "observer", before, address);
  switchTo(state, primary, address);
  helloToAll(state, primary);
}
