/** The nodes of a cluster as one of them knows them, and the slots that they serve. */

import { type ClusterNode, SLOT_COUNT } from "../../server/cluster/cluster.ts";
import { SLOT_BYTES } from "./packet.ts";

/** A link that this node has made to another. */
export interface BusLink {
  readonly id: number;
  isOpen: boolean;
  madeMs: number;
}

export class Node implements ClusterNode {
  isMaster = true;
  primary: Node | null = null;
  ip = "";
  port = 0;
  busPort = 0;
  plainPort = 0;
  hostname = "";
  humanName = "";
  /** Where it could be reached last, and how often it could not since: then its name may know more. */
  lastBusPort = 0;
  failedDials = 0;
  shardId: string;
  // ---- state
  isPossiblyFailing = false;
  isFailing = false;
  /** Not known to be anybody yet: it has been met, and has not answered. */
  isInHandshake = false;
  /** It is to be sent a MEET first. */
  isToMeet = false;
  hasNoAddress = false;
  hasNoFailover = false;
  /** It says which shard it is of, as nodes do since 7.2, and understands it. */
  knowsShards = true;
  /** It was a primary with replicas, once: others may move to it. */
  migratesTo = false;
  configEpoch = 0;
  offset = 0;
  /** When it was heard of it first, when it failed; ms of the machine's clock. */
  failedMs = 0;
  /** When this node has voted for a replica of it last, and which. */
  votedMs = -Infinity;
  votedFor: Node | null = null;
  orphanedMs = 0;
  /** A PING that was not answered yet, and the last answer; 0 = none. */
  pingSentMs = 0;
  pongReceivedMs = 0;
  /** When the last PING was sent that it has answered. */
  answeredMs = -Infinity;
  /** The last byte that came. */
  dataReceivedMs = 0;
  /** Who says that it fails, and when. */
  readonly reports = new Map<Node, number>();
  readonly slots = new Uint8Array(SLOT_BYTES);
  slotCount = 0;
  readonly replicas = new Set<Node>();
  link: BusLink | null = null;
  /** The link that it has made to this node. */
  inboundLink: number | null = null;
  inboundMadeMs = 0;

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
    this.slots[slot >> 3] |= 1 << (slot & 7);
    this.slotCount++;
  }
  clearSlot(slot: number): void {
    if (!this.hasSlot(slot)) return;
    this.slots[slot >> 3] &= ~(1 << (slot & 7));
    this.slotCount--;
  }

  /** Becomes the replica of another, or of nobody. */
  follow(primary: Node | null): void {
    this.primary?.replicas.delete(this);
    this.primary = primary;
    this.isMaster = primary === null;
    primary?.replicas.add(this);
    if (primary !== null) this.shardId = primary.shardId;
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
    while (slot + 1 < SLOT_COUNT && bitmapHas(slots, slot + 1)) slot++;
    ranges.push([first, slot]);
  }
  return ranges;
}
