/** Pings and what they carry: what a node knows of a few others, by chance, and of all that seem to fail. */

import type { Node } from "./node.ts";
import {
  type Body,
  encode,
  type Extensions,
  type GossipEntry,
  type Message,
  MessageType,
  NodeFlag,
} from "./packet.ts";
import { failIfAgreed } from "./health.ts";
import type { BusState } from "./state.ts";

/** A tenth of the cluster, and no fewer than this. */
const LEAST_ENTRIES = 3;
/** What others heard later than now is no news. */
const CLOCK_SLACK_MS = 500;

function entryOf(state: BusState, node: Node, wallOffsetMs: number): GossipEntry {
  const seconds = (ms: number) =>
    ms === 0 ? 0 : Math.max(0, Math.floor((ms + wallOffsetMs) / 1000));
  return {
    name: node.id,
    pingSentS: seconds(node.pingSentMs),
    pongReceivedS: seconds(node.pongReceivedMs),
    ip: node.ip,
    port: node.port,
    busPort: node.busPort,
    flags: state.flagsOf(node) & ~NodeFlag.MYSELF,
    plainPort: node.plainPort,
  };
}

/** What a PING, PONG or MEET carries. */
export function gossipBody(state: BusState, wallOffsetMs: number, knowsShards: boolean): Body {
  const candidates: Node[] = [];
  const failing: Node[] = [];
  for (const node of state.nodes.values()) {
    if (node.isSelf || node.isInHandshake || node.hasNoAddress) continue;
    if (node.isPossiblyFailing) failing.push(node);
    else if (node.link !== null || node.slotCount > 0) candidates.push(node);
  }
  const wanted = Math.min(
    candidates.length,
    Math.max(LEAST_ENTRIES, Math.floor(state.nodes.size / 10)),
  );
  for (let i = 0; i < wanted; i++) {
    const other = i + state.below(candidates.length - i);
    [candidates[i], candidates[other]] = [candidates[other], candidates[i]];
  }
  const gossip = [...candidates.slice(0, wanted), ...failing]
    .map((node) => entryOf(state, node, wallOffsetMs));
  const { hostname, humanName } = state.settings();
  const extensions: Extensions = {
    hostname: hostname === "" ? null : hostname,
    humanName: humanName === "" ? null : humanName,
    // Nodes before 7.2 complain of what they do not know.
    shardId: knowsShards ? state.self.shardId : null,
    forgotten: [],
  };
  return { gossip, extensions };
}

export function ping(
  state: BusState,
  node: Node,
  wallOffsetMs: number,
  type: number = MessageType.PING,
): void {
  const { link } = node;
  if (link === null || !link.isOpen) return;
  if (type !== MessageType.PONG) node.pingSentMs = state.nowMs;
  const bytes = encode(state.header(type), gossipBody(state, wallOffsetMs, node.knowsShards));
  state.sendOver(link.id, false, bytes, type);
}

/** Tells all, or the other replicas of its primary, what this node is now. */
export function announce(state: BusState, wallOffsetMs: number, toShardAlone = false): void {
  for (const node of state.nodes.values()) {
    if (node.isSelf || node.isInHandshake) continue;
    if (toShardAlone && node.primary !== state.primary && node !== state.primary) continue;
    ping(state, node, wallOffsetMs, MessageType.PONG);
  }
}

/** Has all who understand it forget a node, too: otherwise its name would come back from them. */
export function tellForgotten(
  state: BusState,
  wallOffsetMs: number,
  name: string,
  ttlS: number,
): void {
  for (const node of state.nodes.values()) {
    if (node.isSelf || node.isInHandshake || !node.knowsShards || !node.link?.isOpen) continue;
    const body = gossipBody(state, wallOffsetMs, true);
    const extensions = { ...body.extensions!, forgotten: [{ name, ttlS }] };
    const bytes = encode(state.header(MessageType.PING), { ...body, extensions });
    state.sendOver(node.link.id, false, bytes, MessageType.PING);
  }
}

/** Primaries that are told, beside the replicas of whom it is about. */
const TOLD_PRIMARIES = 2;

/**
 * Says of nodes that they seem to fail, without waiting for the next ping, to the few whom it concerns or who are
 * first by their names: it takes but one node that has heard a majority, and it tells all.
 */
export function report(state: BusState, failed: readonly Node[], wallOffsetMs: number): void {
  for (const node of failed) failIfAgreed(state, node);
  if (!state.self.isMaster || state.self.slotCount === 0) return;
  const told = new Set(failed.flatMap((node) => [...node.replicas]));
  const isWell = (node: Node) => !node.isFailing && !node.isPossiblyFailing;
  const primaries = [...state.nodes.values()]
    .filter((node) => node.isMaster && node.slotCount > 0 && isWell(node))
    .sort((one, other) => one.id < other.id ? -1 : 1);
  for (const primary of primaries.slice(0, TOLD_PRIMARIES)) told.add(primary);
  for (const node of told) {
    if (!node.isSelf && isWell(node)) ping(state, node, wallOffsetMs, MessageType.PONG);
  }
}

/** What a message says of others. */
export function takeGossip(
  state: BusState,
  sender: Node | null,
  message: Message,
  wallOffsetMs: number,
): void {
  for (const entry of message.gossip) {
    const node = state.find(entry.name);
    if (node !== undefined) takeEntry(state, sender, node, entry, wallOffsetMs);
    else if (sender !== null && isWelcome(state, entry)) {
      handshake(state, entry.ip, entry.port, entry.busPort);
    }
  }
}

function takeEntry(
  state: BusState,
  sender: Node | null,
  node: Node,
  entry: GossipEntry,
  wallOffsetMs: number,
): void {
  if (node.isSelf) return;
  const saysFailing = (entry.flags & (NodeFlag.PFAIL | NodeFlag.FAIL)) !== 0;
  if (sender !== null && sender.isMaster && sender.slotCount > 0 && sender !== node) {
    if (saysFailing) {
      if (!node.reports.has(sender)) {
        state.log(`Node ${sender.id} reported node ${node.id} as not reachable.`, "verbose");
      }
      node.reports.set(sender, state.nowMs);
      failIfAgreed(state, node);
    } else if (node.reports.delete(sender)) {
      state.log(`Node ${sender.id} reported node ${node.id} is back online.`, "verbose");
    }
  }
  if (!saysFailing && node.pingSentMs === 0 && node.reports.size === 0) {
    // Somebody else has heard of it meanwhile: it need not be asked.
    const heardMs = entry.pongReceivedS * 1000 - wallOffsetMs;
    if (heardMs > node.pongReceivedMs && heardMs <= state.nowMs + CLOCK_SLACK_MS) {
      node.pongReceivedMs = heardMs;
    }
  }
  const seemsLost = node.isPossiblyFailing || node.isFailing;
  const hasMoved = node.ip !== entry.ip || node.port !== entry.port ||
    node.busPort !== entry.busPort;
  const isUsable = (entry.flags & NodeFlag.NOADDR) === 0 && entry.ip !== "" && !saysFailing;
  if (seemsLost && hasMoved && isUsable) {
    state.dropLink(node);
    node.ip = entry.ip;
    node.port = entry.port;
    node.busPort = entry.busPort;
    node.plainPort = entry.plainPort;
    node.hasNoAddress = false;
    state.save();
    state.isChanged = true;
  }
}

function isWelcome(state: BusState, { name, flags, ip, port }: GossipEntry): boolean {
  if ((flags & NodeFlag.NOADDR) !== 0 || ip === "" || port === 0 || name === "") return false;
  return (state.forgotten.get(name) ?? -Infinity) <= state.nowMs;
}

/** Begins to get to know a node. @returns whether one is under way */
export function handshake(
  state: BusState,
  ip: string,
  port: number,
  busPort: number,
  meets = false,
): boolean {
  for (const node of state.nodes.values()) {
    if (node.isInHandshake && node.ip === ip && node.port === port) return false;
  }
  const node = state.add(state.newName());
  node.isInHandshake = true;
  node.isToMeet = meets;
  node.ip = ip;
  node.port = port;
  node.busPort = busPort;
  return true;
}
