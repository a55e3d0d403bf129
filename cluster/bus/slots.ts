/** Who serves which slot: what messages claim, and what follows from it. A claim of a later epoch wins. */

import { SLOT_COUNT } from "../../server/cluster/cluster.ts";
import { rejoinDelayMs } from "./health.ts";
import { bitmapHas, type Node } from "./node.ts";
import { MessageType } from "./packet.ts";
import type { BusState } from "./state.ts";

/** Notes which slots of a node's it does not say any more that it serves: it has heard of a claim that was missed here. */
export function noteUnclaimed(state: BusState, node: Node, claimed: Uint8Array): void {
  let left = node.slotCount;
  for (let slot = 0; left > 0 && slot < SLOT_COUNT; slot++) {
    if (!node.hasSlot(slot)) continue;
    left--;
    if (bitmapHas(claimed, slot)) state.unclaimed.delete(slot);
    else state.unclaimed.add(slot);
  }
}

/** The slots that are known to be a node's, as a bitmap, without those that it does not claim itself any more. */
export function claimedSlots(state: BusState, node: Node): Uint8Array {
  if (state.unclaimed.size === 0) return node.slots;
  const claimed = node.slots.slice();
  for (const slot of state.unclaimed) {
    if (state.owners[slot] === node) claimed[slot >> 3] &= ~(1 << (slot & 7));
  }
  return claimed;
}

/** Takes what a node, or somebody about it, says that it serves. */
export function takeClaims(
  state: BusState,
  claimant: Node,
  epoch: number,
  claimed: Uint8Array,
): void {
  const { self, primary: before, owners } = state;
  if (claimant === self) return;
  const lost: number[] = [];
  let next: Node | null = null;
  let fromBefore = 0;
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    if (claimed[slot >> 3] === 0) slot |= 7;
    if (!bitmapHas(claimed, slot)) continue;
    const owner = owners[slot];
    if (owner === claimant || state.importing.has(slot)) continue;
    const isKept = owner !== null && owner.configEpoch >= epoch && !state.unclaimed.has(slot);
    if (isKept) continue;
    if (owner === self && state.server.keysIn(slot) > 0) lost.push(slot);
    if (owner === before) {
      next = claimant;
      fromBefore++;
    }
    state.own(slot, claimant);
    state.migrating.delete(slot);
    state.save();
  }
  if (next !== null && before.slotCount === 0) {
    const takesAll = next.slotCount === fromBefore;
    if (state.settings().allowsMigration || takesAll) {
      state.log(
        `Configuration change detected. Reconfiguring myself as a replica of ${claimant.id}`,
        "warning",
      );
      return followNode(state, claimant);
    }
  }
  // Keys of slots that are another's would be answered for by nobody.
  if (lost.length > 0) state.act({ do: "drop", slots: lost });
}

/** Becomes the replica of a node of the cluster. */
export function followNode(state: BusState, primary: Node): void {
  const { self } = state;
  if (self.isMaster) {
    state.disownAll(self);
    state.migrating.clear();
    state.importing.clear();
    self.migratesTo = false;
  }
  self.follow(primary);
  endManualFailover(state);
  state.electionMs = -Infinity;
  state.isChanged = true;
  state.act({ do: "follow", host: primary.ip, port: primary.port });
  updateState(state);
  state.save();
}

export function endManualFailover(state: BusState): void {
  const { manual } = state;
  state.manual = null;
  if (manual?.replica) state.act({ do: "unpause" });
}

/** Somebody claims slots that belong to another by a later epoch: it is told so. */
export function correct(
  state: BusState,
  sender: Node,
  epoch: number,
  claimed: Uint8Array,
  over: { link: number; isInbound: boolean },
): void {
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    if (claimed[slot >> 3] === 0) slot |= 7;
    if (!bitmapHas(claimed, slot)) continue;
    const owner = state.owners[slot];
    if (owner === null || owner === sender || owner.configEpoch <= epoch) continue;
    if (state.unclaimed.has(slot)) continue;
    state.log(
      `Node ${sender.id} has old slots configuration, sending an UPDATE message about ${owner.id}`,
      "verbose",
    );
    const bytes = state.encode(MessageType.UPDATE, {
      about: owner.id,
      aboutEpoch: owner.configEpoch,
      aboutSlots: claimedSlots(state, owner),
    });
    return state.sendOver(over.link, over.isInbound, bytes, MessageType.UPDATE);
  }
}

/** A replica waits a moment after its start before it is told to be read from; so does a primary. */
const FIRST_WAIT_MS = 2000;

/** Whether the cluster serves, as this node sees it. */
export function updateState(state: BusState): void {
  const { nowMs, self } = state;
  if (self.isMaster && nowMs - state.startedMs < FIRST_WAIT_MS && state.isDown) {
    return; // others may have given its slots away meanwhile: they are given time to say so
  }
  let reason: "minority" | "uncovered" | null = null;
  if (state.settings().requiresFullCoverage && !state.isCovered) reason = "uncovered";
  let size = 0;
  let reachable = 0;
  for (const node of state.nodes.values()) {
    if (!node.isMaster || node.slotCount === 0) continue;
    size++;
    if (!node.isFailing && !node.isPossiblyFailing) reachable++;
  }
  state.size = size;
  if (reachable < state.majority) {
    reason = "minority";
    state.minorityMs = nowMs;
  }
  if ((reason !== null) === state.isDown) {
    state.downReason = reason;
    return;
  }
  if (reason === null && self.isMaster && nowMs - state.minorityMs < rejoinDelayMs(state)) return;
  state.isDown = reason !== null;
  state.downReason = reason;
  state.isChanged = true;
  state.log(`Cluster state changed: ${state.isDown ? "fail" : "ok"}`, "warning");
}
