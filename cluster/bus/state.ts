/** What a node knows of its cluster; small changes to it. No decisions here. */

import { SLOT_COUNT } from "../../server/cluster/cluster.ts";
import type { BusAction, BusSettings, ServerFacts } from "./actions.ts";
import { Node } from "./node.ts";
import { Roster } from "./roster.ts";
import {
  type Body,
  encode,
  type Header,
  MessageFlag,
  MessageRoom,
  MessageType,
  NodeFlag,
} from "./packet.ts";

/** What each table begins with: a copy takes a tenth of the time of filling. */
const NOBODYS: readonly (Node | null)[] = new Array(SLOT_COUNT).fill(null);

/** Messages sent and received, by type: CLUSTER INFO shows them. */
export class Counts {
  readonly sent = new Map<number, number>();
  readonly received = new Map<number, number>();
  add(which: "sent" | "received", type: number): void {
    this[which].set(type, (this[which].get(type) ?? 0) + 1);
  }
}

/** A failover that an operator has asked for, on either side. */
export interface ManualFailover {
  endMs: number;
  /** At the primary: the replica that takes over. */
  replica: Node | null;
  /** At the replica: how much the primary had when it stopped; null = it has not said. */
  primaryOffset: number | null;
  canStart: boolean;
}

export class BusState {
  readonly nodes = new Roster();
  /** Nodes that seem to fail to this one, and are not known to most as failing. */
  readonly suspects = new Set<Node>();
  /** Whom the links that this node has made lead to. */
  readonly links = new Map<number, Node>();
  readonly self: Node;
  readonly owners: (Node | null)[] = NOBODYS.slice();
  readonly migrating = new Map<number, Node>();
  readonly importing = new Map<number, Node>();
  /** Slots whose owner has said since that it does not serve them: whoever claims one gets it. */
  readonly unclaimed = new Set<number>();
  /** Names that are not taken in again before a moment. */
  readonly forgotten = new Map<string, number>();
  readonly counts = new Counts();
  readonly room = new MessageRoom();
  /** Nodes that have been met and not answered yet, by where they are. */
  readonly #strangers = new Map<string, Node>();
  nowMs = 0;
  currentEpoch = 0;
  lastVoteEpoch = 0;
  isDown = true;
  downReason: "minority" | "uncovered" | null = "uncovered";
  /** Primaries that serve slots. */
  size = 1;
  // ---- an election of this node
  electionMs = -Infinity;
  electionEpoch = 0;
  votes = 0;
  rank = 0;
  hasAsked = false;
  /** Another replica asks at the same time, when it is asked again if that has cost too many votes, and how often it was. */
  isContested = false;
  askAgainMs = Infinity;
  asked = 0;
  manual: ManualFailover | null = null;
  /** When it was last in the smaller part, or was started. */
  minorityMs = -Infinity;
  readonly startedMs: number;
  isSaveNeeded = false;
  #isChanged = false;
  /** Whether all slots are served; null = it is to be looked at. */
  #isCovered: boolean | null = null;
  /** What was told last of why it cannot take over, and when. */
  cannotWhy = "";
  cannotMs = -Infinity;
  #actions: BusAction[] = [];
  #links = 0;

  constructor(
    id: string,
    shardId: string,
    nowMs: number,
    readonly random: () => number,
    readonly settings: () => BusSettings,
    readonly server: ServerFacts,
    /** A name for nodes that have none yet. */
    readonly newName: () => string,
  ) {
    this.nowMs = this.startedMs = nowMs;
    this.self = new Node(id, true, nowMs, shardId);
    this.nodes.add(this.self);
  }

  act(action: BusAction): void {
    this.#actions.push(action);
  }
  /** What is to be done, in order; the table is saved before anything leaves. */
  take(): BusAction[] {
    const actions = this.#actions;
    this.#actions = [];
    if (this.isSaveNeeded) actions.unshift({ do: "save" });
    if (this.#isChanged) actions.push({ do: "changed" });
    this.isSaveNeeded = this.#isChanged = false;
    return actions;
  }
  save(): void {
    this.isSaveNeeded = true;
  }
  /** Who serves what, or who fails, is another than before. */
  set isChanged(_: true) {
    this.#isChanged = true;
    this.#isCovered = null;
  }
  /** Whether every slot has an owner that has not failed. */
  get isCovered(): boolean {
    return this.#isCovered ??= this.owners.every((owner) => owner !== null && !owner.isFailing);
  }
  log(text: string, level: "verbose" | "notice" | "warning" = "notice"): void {
    this.act({ do: "log", level, text });
  }
  /** Makes a link to a node. */
  dial(node: Node): void {
    node.link = { id: ++this.#links, isOpen: false, madeMs: this.nowMs };
    this.links.set(node.link.id, node);
    const byName = node.hostname !== "" && (node.hasNoAddress || node.failedDials % 2 === 1);
    const host = byName ? node.hostname : node.ip;
    const port = node.hasNoAddress ? node.lastBusPort : node.busPort;
    this.act({ do: "dial", link: node.link.id, host, port });
  }
  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  // ---- nodes ------------------------------------------------------------------------------------

  /** Whose slots this node has a part in: its own, or its primary's. */
  get primary(): Node {
    return this.self.primary ?? this.self;
  }
  get majority(): number {
    return Math.floor(this.size / 2) + 1;
  }
  find(name: string): Node | undefined {
    return this.nodes.get(name);
  }

  add(name: string, shardId = name): Node {
    const node = new Node(name, false, this.nowMs, shardId);
    this.nodes.add(node);
    return node;
  }

  /** A node of which nothing is known but where it is. @returns null where one is there already */
  addStranger(ip: string, port: number): Node | null {
    const place = `${ip}:${port}`;
    if (this.#strangers.has(place)) return null;
    const node = this.add(this.newName());
    node.isInHandshake = true;
    node.ip = ip;
    node.port = port;
    this.#strangers.set(place, node);
    return node;
  }
  /** A stranger has said who it is. */
  introduce(node: Node, name: string): void {
    this.#strangers.delete(`${node.ip}:${node.port}`);
    node.isInHandshake = false;
    this.rename(node, name);
  }

  remove(node: Node): void {
    this.disownAll(node);
    for (const [slot, to] of this.migrating) if (to === node) this.migrating.delete(slot);
    for (const [slot, from] of this.importing) if (from === node) this.importing.delete(slot);
    for (const replica of [...node.replicas]) replica.follow(null);
    node.follow(null);
    for (const other of this.nodes.values()) other.unreport(node);
    this.dropLink(node);
    this.suspects.delete(node);
    if (node.isInHandshake) this.#strangers.delete(`${node.ip}:${node.port}`);
    this.nodes.delete(node);
    this.isChanged = true;
  }

  rename(node: Node, name: string): void {
    this.log(`Node ${node.id.slice(0, 8)} is ${name}`, "verbose");
    this.nodes.delete(node);
    if (node.shardId === node.id) node.shardId = name;
    node.id = name;
    this.nodes.add(node);
  }

  /** Whether a node seems to fail. */
  suspect(node: Node, seems: boolean): void {
    node.isPossiblyFailing = seems;
    if (seems) this.suspects.add(node);
    else this.suspects.delete(node);
  }

  dropLink(node: Node): void {
    const { link } = node;
    node.link = null;
    if (link === null) return;
    this.links.delete(link.id);
    this.act({ do: "close", link: link.id, isInbound: false });
  }

  // ---- slots ------------------------------------------------------------------------------------

  own(slot: number, node: Node): void {
    this.disown(slot);
    this.owners[slot] = node;
    node.setSlot(slot);
    this.isChanged = true;
  }
  disown(slot: number): void {
    const owner = this.owners[slot];
    if (owner === null) return;
    owner.clearSlot(slot);
    this.owners[slot] = null;
    this.unclaimed.delete(slot);
    this.isChanged = true;
  }

  /** Takes all slots from a node. */
  disownAll(node: Node): void {
    for (let slot = 0; node.slotCount > 0 && slot < SLOT_COUNT; slot++) {
      if (this.owners[slot] === node) this.disown(slot);
    }
  }

  // ---- messages ---------------------------------------------------------------------------------

  flagsOf(node: Node): number {
    return (node.isMaster ? NodeFlag.MASTER : NodeFlag.SLAVE) |
      (node.isPossiblyFailing ? NodeFlag.PFAIL : 0) | (node.isFailing ? NodeFlag.FAIL : 0) |
      (node.isSelf ? NodeFlag.MYSELF : 0) | (node.isInHandshake ? NodeFlag.HANDSHAKE : 0) |
      (node.hasNoAddress ? NodeFlag.NOADDR : 0) | (node.isToMeet ? NodeFlag.MEET : 0) |
      (node.migratesTo ? NodeFlag.MIGRATE_TO : 0) | (node.hasNoFailover ? NodeFlag.NOFAILOVER : 0);
  }

  header(type: number): Header {
    const { self, primary } = this;
    const settings = this.settings();
    const pauses = self.isMaster && this.manual !== null && this.manual.replica !== null;
    let messageFlags = pauses ? MessageFlag.PAUSED : 0;
    if (type === MessageType.AUTH_REQUEST && this.manual !== null) {
      messageFlags |= MessageFlag.FORCE_ACK;
    }
    return {
      type,
      port: settings.port,
      plainPort: settings.plainPort,
      busPort: settings.busPort,
      currentEpoch: this.currentEpoch,
      configEpoch: primary.configEpoch,
      offset: this.server.offset,
      sender: self.id,
      slots: primary.slots,
      primary: self.primary?.id ?? "",
      ip: settings.ip,
      flags: this.flagsOf(self),
      isDown: this.isDown,
      messageFlags,
    };
  }

  /** A message of this node, good until all that is to be done has been done. */
  encode(type: number, body: Body = {}): Uint8Array {
    return encode(this.room, this.header(type), body);
  }
  /** All that {@link take} has given has been done. */
  sent(): void {
    if (this.#actions.length === 0) this.room.clear();
  }

  sendTo(node: Node, type: number, body: Body = {}): void {
    const { link } = node;
    if (link === null || !link.isOpen) return;
    this.sendOver(link.id, false, this.encode(type, body), type);
  }
  sendOver(link: number, isInbound: boolean, bytes: Uint8Array, type: number): void {
    this.counts.add("sent", type);
    this.act({ do: "send", link, isInbound, bytes });
  }
  /** To all that are known well enough. */
  broadcast(type: number, body: Body = {}): void {
    const bytes = this.encode(type, body);
    for (const node of this.nodes.values()) {
      if (node.isSelf || node.isInHandshake || node.link === null || !node.link.isOpen) continue;
      this.sendOver(node.link.id, false, bytes, type);
    }
  }
}
