/**
 * The table of nodes as text: the lines of `nodes.conf`, and of CLUSTER NODES.
 *
 * ```
 * <id> <ip>:<port>@<bus port>[,<hostname>[,shard-id=<id>]] <flags> <primary or -> <ping> <pong> <epoch> <link> <slots...>
 * vars currentEpoch <n> lastVoteEpoch <n>
 * ```
 */

import { SLOT_COUNT } from "../../server/cluster/cluster.ts";
import { type Node, rangesOf } from "./node.ts";
import { claimedSlots } from "./slots.ts";
import type { BusState } from "./state.ts";

/** What a line may say of a node, and of the link to it. */
const FLAGS = new Set(
  ["myself", "master", "slave", "fail?", "fail", "handshake", "noaddr", "nofailover", "noflags"],
);
const LINKS = new Set(["connected", "disconnected"]);

function flagWords(node: Node): string {
  const words: string[] = [];
  if (node.isSelf) words.push("myself");
  // What a node is, it says when it answers.
  if (!node.isInHandshake) words.push(node.isMaster ? "master" : "slave");
  if (node.isPossiblyFailing) words.push("fail?");
  if (node.isFailing) words.push("fail");
  if (node.isInHandshake) words.push("handshake");
  if (node.hasNoAddress) words.push("noaddr");
  if (node.hasNoFailover) words.push("nofailover");
  return words.join(",");
}

/** Where a node is, as the lines have it. */
export function placeOf(state: BusState, node: Node, plainPorts: boolean): string {
  const port = plainPorts && node.plainPort !== 0 ? node.plainPort : node.port;
  const { ip, hostname } = node.isSelf ? ownPlace(state) : node;
  return `${ip}:${port}@${node.busPort}${hostname === "" ? "" : `,${hostname}`}`;
}

function ownPlace(state: BusState): { ip: string; hostname: string } {
  const { ip, hostname } = state.settings();
  return { ip: ip !== "" ? ip : state.self.ip, hostname };
}

function slotWords(state: BusState, node: Node, slots: Uint8Array): string[] {
  const words = rangesOf(slots)
    .map(([first, last]) => first === last ? `${first}` : `${first}-${last}`);
  if (!node.isSelf) return words;
  for (const [slot, to] of state.migrating) words.push(`[${slot}->-${to.id}]`);
  for (const [slot, from] of state.importing) words.push(`[${slot}-<-${from.id}]`);
  return words;
}

/** @param auxiliary what only the file has */
export function lineOf(
  state: BusState,
  node: Node,
  wallOffsetMs: number,
  plainPorts = false,
  auxiliary = "",
  slots: Uint8Array = node.slots,
): string {
  const wall = (ms: number) => ms === 0 ? 0 : Math.max(0, Math.floor(ms + wallOffsetMs));
  const isLinked = node.isSelf || node.link?.isOpen;
  const epoch = node.primary?.configEpoch ?? node.configEpoch;
  return [
    node.id,
    placeOf(state, node, plainPorts) + auxiliary,
    flagWords(node),
    node.primary?.id ?? "-",
    wall(node.pingSentMs),
    wall(node.pongReceivedMs),
    epoch,
    isLinked ? "connected" : "disconnected",
    ...slotWords(state, node, slots),
  ].join(" ");
}

export function fileText(state: BusState, wallOffsetMs: number): string {
  const lines = [...state.nodes.values()].filter(({ isInHandshake }) => !isInHandshake)
    .map((node) => {
      const { hostname } = node.isSelf ? ownPlace(state) : node;
      const shard = node.knowsShards
        ? `${hostname === "" ? "," : ""},shard-id=${node.shardId}`
        : "";
      // Whom the others belong to it could not tell any more from those that the node has after a start.
      return lineOf(state, node, wallOffsetMs, false, shard, claimedSlots(state, node));
    });
  lines.push(`vars currentEpoch ${state.currentEpoch} lastVoteEpoch ${state.lastVoteEpoch}`);
  return lines.join("\n") + "\n";
}

/** A line that is wrong. */
export class NodesFileError extends Error {}

/** The name of the node whose file it is. @throws NodesFileError */
export function ownName(text: string): string {
  for (const line of text.split("\n")) {
    const words = line.split(" ");
    if (words[2]?.split(",").includes("myself") && isName(words[0])) return words[0];
  }
  throw new NodesFileError("there is no line of this node itself");
}

/** Takes a file's lines into the table of a node that knows nobody yet. @throws NodesFileError */
export function readFile(state: BusState, text: string): void {
  const lines = text.split("\n").filter((line) => line !== "");
  const nodes = lines.filter((line) => !line.startsWith("vars "));
  if (nodes.length === lines.length) {
    throw new NodesFileError("there is no line of epochs: it was cut off");
  }
  for (const line of nodes) addNode(state, line);
  for (const line of nodes) readNode(state, line);
  for (const line of lines) if (line.startsWith("vars ")) readVars(state, line);
  for (const { configEpoch } of state.nodes.values()) {
    state.currentEpoch = Math.max(state.currentEpoch, configEpoch);
  }
}

function isName(word: string): boolean {
  return /^[0-9a-f]{40}$/.test(word);
}

function addNode(state: BusState, line: string): void {
  const words = line.split(" ");
  if (words.length < 8 || !isName(words[0])) {
    throw new NodesFileError(`bad line: ${line.slice(0, 80)}`);
  }
  if (state.find(words[0]) === undefined) state.add(words[0]);
}

function readVars(state: BusState, line: string): void {
  const words = line.split(" ");
  for (let i = 1; i < words.length; i += 2) {
    const value = i + 1 < words.length ? Number(words[i + 1]) : NaN;
    if (!Number.isInteger(value)) throw new NodesFileError(`bad line: ${line}`);
    if (words[i] === "currentEpoch") state.currentEpoch = value;
    else if (words[i] === "lastVoteEpoch") state.lastVoteEpoch = value;
  }
}

function readNode(state: BusState, line: string): void {
  const [name, place, flags, primary, ping, pong, epoch, link, ...slots] = line.trimEnd().split(
    " ",
  );
  const node = state.find(name)!;
  const bad = () => new NodesFileError(`bad line: ${line.slice(0, 80)}`);
  const [address, hostname = "", ...aux] = place.split(",");
  const [, ip, port, busPort] = /^(.*):(\d+)(?:@(\d+))?$/.exec(address) ?? [];
  if (ip === undefined) throw bad();
  node.ip = ip;
  node.port = Number(port);
  node.busPort = busPort === undefined ? Number(port) + 10000 : Number(busPort);
  node.hostname = hostname;
  node.knowsShards = node.isSelf;
  for (const field of aux) {
    if (!field.startsWith("shard-id=")) continue;
    node.shardId = field.slice(9);
    node.knowsShards = true;
  }
  const words = flags.split(",");
  const isSound = words.every((word) => FLAGS.has(word)) && LINKS.has(link) &&
    words.includes("myself") === node.isSelf &&
    [ping, pong, epoch].every((word) => /^\d+$/.test(word));
  if (!isSound) throw bad();
  state.suspect(node, words.includes("fail?"));
  node.isFailing = words.includes("fail");
  node.hasNoAddress = words.includes("noaddr");
  node.hasNoFailover = words.includes("nofailover");
  if (node.isFailing) node.failedMs = state.nowMs;
  if (ping !== "0") node.pingSentMs = state.nowMs;
  node.configEpoch = Number(epoch);
  if (primary !== "-") {
    const followed = state.find(primary) ?? (isName(primary) ? state.add(primary) : undefined);
    if (followed === undefined || followed === node) throw bad();
    node.follow(followed);
  }
  for (const word of slots) if (!readSlots(state, node, word)) throw bad();
}

function readSlots(state: BusState, node: Node, word: string): boolean {
  const moving = /^\[(\d+)-([<>])-([0-9a-f]{40})\]$/.exec(word);
  const isSlot = (slot: number) => Number.isInteger(slot) && slot >= 0 && slot < SLOT_COUNT;
  if (moving !== null) {
    const [, slot, way, name] = moving;
    if (!isSlot(Number(slot))) return false;
    const other = state.find(name) ?? state.add(name);
    (way === ">" ? state.migrating : state.importing).set(Number(slot), other);
    return true;
  }
  if (!/^\d+(-\d+)?$/.test(word)) return false;
  const [first, last = first] = word.split("-").map(Number);
  if (!isSlot(first) || !isSlot(last) || last < first) return false;
  for (let slot = first; slot <= last; slot++) state.own(slot, node);
  return true;
}
