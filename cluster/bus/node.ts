/** The nodes of a cluster as one of them knows them, and the slots that they serve. */

import { type ClusterNode, SLOT_COUNT } from "../../server/cluster/cluster.ts";
import type { Message } from "./message.ts";
import { At, SLOT_BYTES } from "./packet.ts";

/** A link that this node has made to another. */
export interface BusLink {
  readonly id: number;
  isOpen: boolean;
  madeMs: number;
}

/** What most nodes have none of is made when they have some. */
const NO_SLOTS = new Uint8Array(SLOT_BYTES);
const NO_SLOT_WORDS = new Uint32Array(NO_SLOTS.buffer);
const NO_NODES: ReadonlySet<Node> = new Set();

export class Node implements ClusterNode {
  // What every message and every tick looks at stands together.
  isMaster = true;
  isPossiblyFailing = false;
  isFailing = false;
  /** Not known to be anybody yet: it has been met, and has not answered. */
  isInHandshake = false;
  /** It is to be sent a MEET first. */
  isToMeet = false;
  hasNoAddress = false;
  hasNoFailover = false;
  /** It was a primary with replicas, once: others may move to it. */
  migratesTo = false;
  /** A PING that was not answered yet, and the last answer; 0 = none. */
  pingSentMs = 0;
  pongReceivedMs = 0;
  /** The last byte that came. */
  dataReceivedMs = 0;
  link: BusLink | null = null;
  slotCount = 0;
  /** How many say that it fails. */
  reportCount = 0;
  /** Its row in the roster, and the address that is written there. */
  row = 0;
  rowIp = "";
  ip = "";
  port = 0;
  busPort = 0;
  plainPort = 0;
  // ---- who it is
  primary: Node | null = null;
  replicas: ReadonlySet<Node> = NO_NODES;
  hostname = "";
  humanName = "";
  shardId: string;
  /** It says which shard it is of, as nodes do since 7.2, and understands it. */
  knowsShards = true;
  configEpoch = 0;
  offset = 0;
  /** A bit for each slot that it serves; to read. */
  slots: Uint8Array = NO_SLOTS;
  #slotWords: Uint32Array = NO_SLOT_WORDS;
  // ---- how it is reached
  /** Where it could be reached last, and how often it could not since: then its name may know more. */
  lastBusPort = 0;
  failedDials = 0;
  /** The link that it has made to this node. */
  inboundLink: number | null = null;
  inboundMadeMs = 0;
  /** When the last PING was sent that it has answered. */
  answeredMs = -Infinity;
  // ---- when it fails
  #reports: Map<Node, number> | null = null;
  /** When it failed; ms of the machine's clock. */
  failedMs = 0;
  /** When this node has voted for a replica of it last, and which. */
  votedMs = -Infinity;
  votedFor: Node | null = null;
  orphanedMs = 0;

  constructor(
    public id: string,
    readonly isSelf: boolean,
    readonly madeMs: number,
    shardId: string,
  ) {
    this.shardId = shardId;
  }

  hasSlot(slot: number): boolean {
    return (this.slots[slot >> 3] & (1 << (slot & 7))) !== 0;
  }
  setSlot(slot: number): void {
    if (this.hasSlot(slot)) return;
    if (this.slots === NO_SLOTS) {
      this.slots = new Uint8Array(SLOT_BYTES);
      this.#slotWords = new Uint32Array(this.slots.buffer);
    }
    this.slots[slot >> 3] |= 1 << (slot & 7);
    this.slotCount++;
  }
  clearSlot(slot: number): void {
    if (!this.hasSlot(slot)) return;
    this.slots[slot >> 3] &= ~(1 << (slot & 7));
    this.slotCount--;
  }

  /** Whether these are the slots that a message says its sender, or its primary, serves. */
  isClaimedBy({ words }: Message): boolean {
    const own = this.#slotWords;
    const first = At.SLOTS >> 2;
    for (let i = 0; i < own.length; i++) if (own[i] !== words[first + i]) return false;
    return true;
  }

  /** Another says that it fails. @returns whether it has not said so before */
  report(by: Node, nowMs: number): boolean {
    this.#reports ??= new Map();
    this.#reports.set(by, nowMs);
    const isNew = this.#reports.size > this.reportCount;
    this.reportCount = this.#reports.size;
    return isNew;
  }
  /** Another says so no longer, or is forgotten. @returns whether it had */
  unreport(by: Node): boolean {
    if (this.reportCount === 0 || !this.#reports!.delete(by)) return false;
    this.reportCount--;
    return true;
  }
  dropReportsBefore(oldestMs: number): void {
    if (this.reportCount === 0) return;
    for (const [by, ms] of this.#reports!) if (ms < oldestMs) this.unreport(by);
  }

  /** Becomes the replica of another, or of nobody. */
  follow(primary: Node | null): void {
    const before = this.primary;
    if (before !== null) (before.replicas as Set<Node>).delete(this);
    this.primary = primary;
    this.isMaster = primary === null;
    if (primary === null) return;
    if (primary.replicas === NO_NODES) primary.replicas = new Set();
    (primary.replicas as Set<Node>).add(this);
    this.shardId = primary.shardId;
  }
}

/** Whether a bitmap of slots has one. */
export function bitmapHas(slots: Uint8Array, slot: number): boolean {
  return (slots[slot >> 3] & (1 << (slot & 7))) !== 0;
}

/** A bitmap that has these slots. */
export function bitmapOf(slots: Iterable<number>): Uint8Array {
  const bitmap = new Uint8Array(SLOT_BYTES);
  for (const slot of slots) bitmap[slot >> 3] |= 1 << (slot & 7);
  return bitmap;
}

/** Stretches of a bitmap's slots, first and last. */
export function rangesOf(slots: Uint8Array): [number, number][] {
  const ranges: [number, number][] = [];
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    // Most nodes have few stretches: eight slots at a time that are none of them.
    if (slots[slot >> 3] === 0) {
      slot |= 7;
      continue;
    }
    if (!bitmapHas(slots, slot)) continue;
    const first = slot;
    while (slot + 1 < SLOT_COUNT && bitmapHas(slots, slot + 1)) {
      slot++;
      if ((slot & 7) === 7) { while (slots[(slot + 1) >> 3] === 0xff) slot += 8; }
    }
    ranges.push([first, slot]);
  }
  return ranges;
}
