/** Pings and what they carry: what a node knows of a few others, by chance, and of all that seem to fail. */

import type { Forgotten, Message } from "./message.ts";
import type { Node } from "./node.ts";
import {
  type Extensions,
  GOSSIP_BYTES,
  GossipAt,
  HEADER_BYTES,
  IP_BYTES,
  MessageType,
  NAME_BYTES,
  NodeFlag,
} from "./packet.ts";
import { failIfAgreed } from "./health.ts";
import type { BusState } from "./state.ts";

/** A tenth of the cluster, and no fewer than this. */
const LEAST_ENTRIES = 3;
/** What others heard later than now is no news. */
const CLOCK_SLACK_MS = 500;

/** Of a cluster. */
const GOSSIPED_PART = 10;

/** A PING, PONG or MEET: nodes by chance, a tenth of all, and those that seem to fail. */
function encodePing(
  state: BusState,
  type: number,
  wallOffsetMs: number,
  knowsShards: boolean,
  forgotten: readonly Forgotten[] = [],
): Uint8Array {
  const { suspects, nodes } = state;
  const drawn = draw(state, Math.max(LEAST_ENTRIES, Math.floor(nodes.size / GOSSIPED_PART)));
  let failing = 0;
  for (const node of suspects) if (isNews(node)) failing++;
  const { hostname, humanName } = state.settings();
  const extensions: Extensions = {
    hostname: hostname === "" ? null : hostname,
    humanName: humanName === "" ? null : humanName,
    // Nodes before 7.2 complain of what they do not know.
    shardId: knowsShards ? state.self.shardId : null,
    forgotten,
  };
  const bytes = state.encode(type, { gossipCount: drawn + failing, extensions });
  let at = bytes.byteOffset + HEADER_BYTES;
  for (let i = 0; i < drawn; i++, at += GOSSIP_BYTES) {
    writeEntry(state, nodes.deck[i], at, wallOffsetMs);
  }
  for (const node of suspects) {
    if (!isNews(node)) continue;
    writeEntry(state, node, at, wallOffsetMs);
    at += GOSSIP_BYTES;
  }
  return bytes;
}

/** Whether others may be told of a node. */
function isNews(node: Node): boolean {
  return !node.isSelf && !node.isInHandshake && !node.hasNoAddress;
}

/** Draws so many nodes that are well to the beginning of the deck, each as likely as the others. @returns how many there were */
function draw(state: BusState, wanted: number): number {
  const { deck } = state.nodes;
  let drawn = 0;
  for (let i = 0; i < deck.length && drawn < wanted; i++) {
    const other = i + state.below(deck.length - i);
    const node = deck[other];
    deck[other] = deck[i];
    deck[i] = node;
    if (node.isPossiblyFailing || !isNews(node)) continue;
    if (node.link === null && node.slotCount === 0) continue;
    deck[i] = deck[drawn];
    deck[drawn++] = node;
  }
  return drawn;
}

/** Writes an entry at a place of the room for messages. */
function writeEntry(state: BusState, node: Node, at: number, wallOffsetMs: number): void {
  const { view, words } = state.room;
  state.nodes.spell(node, words, at);
  view.setUint32(at + GossipAt.PING, secondsOf(node.pingSentMs, wallOffsetMs));
  view.setUint32(at + GossipAt.PONG, secondsOf(node.pongReceivedMs, wallOffsetMs));
  view.setUint16(at + GossipAt.PORT, node.port);
  view.setUint16(at + GossipAt.BUS_PORT, node.busPort);
  view.setUint16(at + GossipAt.FLAGS, state.flagsOf(node) & ~NodeFlag.MYSELF);
  view.setUint16(at + GossipAt.PLAIN_PORT, node.plainPort);
}

function secondsOf(ms: number, wallOffsetMs: number): number {
  return ms === 0 ? 0 : Math.max(0, Math.floor((ms + wallOffsetMs) / 1000));
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
  const bytes = encodePing(state, type, wallOffsetMs, node.knowsShards);
  state.sendOver(link.id, false, bytes, type);
}

/** Answers a question by the way that it came. */
export function pong(
  state: BusState,
  link: number,
  isInbound: boolean,
  wallOffsetMs: number,
  knowsShards: boolean,
): void {
  const bytes = encodePing(state, MessageType.PONG, wallOffsetMs, knowsShards);
  state.sendOver(link, isInbound, bytes, MessageType.PONG);
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
    const bytes = encodePing(state, MessageType.PING, wallOffsetMs, true, [{ name, ttlS }]);
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
  const end = HEADER_BYTES + message.gossipCount * GOSSIP_BYTES;
  for (let at = HEADER_BYTES; at < end; at += GOSSIP_BYTES) {
    const node = state.nodes.named(message, at);
    if (node !== undefined) takeEntry(state, sender, node, message, at, wallOffsetMs);
    else if (sender !== null && isWelcome(state, message, at)) {
      const { view } = message;
      const ip = message.text(at + GossipAt.IP, IP_BYTES);
      handshake(
        state,
        ip,
        view.getUint16(at + GossipAt.PORT),
        view.getUint16(at + GossipAt.BUS_PORT),
      );
    }
  }
}

/** What the entry at a place says of a node that is known. */
function takeEntry(
  state: BusState,
  sender: Node | null,
  node: Node,
  message: Message,
  at: number,
  wallOffsetMs: number,
): void {
  const { view } = message;
  const flags = view.getUint16(at + GossipAt.FLAGS);
  const saysFailing = (flags & (NodeFlag.PFAIL | NodeFlag.FAIL)) !== 0;
  const isReporter = sender !== null && sender.isMaster && sender.slotCount > 0 && sender !== node;
  if (isReporter && !node.isSelf) {
    if (saysFailing) {
      if (node.report(sender, state.nowMs) && state.server.logsVerbose) {
        state.log(`Node ${sender.id} reported node ${node.id} as not reachable.`, "verbose");
      }
      failIfAgreed(state, node);
    } else if (node.unreport(sender) && state.server.logsVerbose) {
      state.log(`Node ${sender.id} reported node ${node.id} is back online.`, "verbose");
    }
  }
  if (!saysFailing && node.pingSentMs === 0 && node.reportCount === 0) {
    // Somebody else has heard of it meanwhile: it need not be asked. (Of itself a node shows when others did.)
    const heardMs = view.getUint32(at + GossipAt.PONG) * 1000 - wallOffsetMs;
    if (heardMs > node.pongReceivedMs && heardMs <= state.nowMs + CLOCK_SLACK_MS) {
      node.pongReceivedMs = heardMs;
    }
  }
  const seemsLost = node.isPossiblyFailing || node.isFailing;
  if (seemsLost && !saysFailing && (flags & NodeFlag.NOADDR) === 0) {
    takeAddress(state, node, message, at);
  }
}

/** A node that is not heard of may be where another says that it is. */
function takeAddress(state: BusState, node: Node, message: Message, at: number): void {
  const { view } = message;
  const ip = message.text(at + GossipAt.IP, IP_BYTES, node.ip);
  const port = view.getUint16(at + GossipAt.PORT);
  const busPort = view.getUint16(at + GossipAt.BUS_PORT);
  const hasMoved = node.ip !== ip || node.port !== port || node.busPort !== busPort;
  if (!hasMoved || ip === "") return;
  state.dropLink(node);
  node.ip = ip;
  node.port = port;
  node.busPort = busPort;
  node.plainPort = view.getUint16(at + GossipAt.PLAIN_PORT);
  node.hasNoAddress = false;
  state.save();
  state.isChanged = true;
}

/** Whether the node that the entry at a place is of may be met. */
function isWelcome(state: BusState, message: Message, at: number): boolean {
  const { view, bytes } = message;
  const hasNoAddress = (view.getUint16(at + GossipAt.FLAGS) & NodeFlag.NOADDR) !== 0 ||
    bytes[at + GossipAt.IP] === 0 || view.getUint16(at + GossipAt.PORT) === 0;
  if (hasNoAddress || bytes[at] === 0) return false;
  if (state.forgotten.size === 0) return true;
  return (state.forgotten.get(message.text(at, NAME_BYTES)) ?? -Infinity) <= state.nowMs;
}

/** Begins to get to know a node. @returns whether one is under way */
export function handshake(
  state: BusState,
  ip: string,
  port: number,
  busPort: number,
  meets = false,
): boolean {
  const node = state.addStranger(ip, port);
  if (node === null) return false;
  node.isToMeet = meets;
  node.busPort = busPort;
  return true;
}
