/** Whether a node that did not hear of something would have: most primaries have answered it since. */

import { ping } from "../bus/gossip.ts";
import type { BusState } from "../bus/state.ts";

/** Who is cut off takes writes for up to one and a half: until it has asked, and waited for the answers. */
const SILENT_TIMEOUTS = 2;

/**
 * Whether most primaries have answered what they were asked since a moment, and a node has. Where that one fails it
 * need not, but it may be heard by others: they must have answered since it was too silent to do anything by itself. It
 * may be marked as failing for some time after it has come back, so that its marks alone say little.
 */
export function confirmedSince(state: BusState, ms: number, id: string): boolean {
  const node = state.find(id);
  let sinceMs = ms;
  if (node !== undefined && node.answeredMs < ms) {
    const silentMs = node.pongReceivedMs + state.settings().nodeTimeoutMs * SILENT_TIMEOUTS;
    if (!node.isFailing && !node.isPossiblyFailing || state.nowMs < silentMs) return false;
    sinceMs = Math.max(ms, silentMs);
  }
  let primaries = 0;
  let answered = 0;
  for (const other of state.nodes.values()) {
    if (!other.isMaster || other.slotCount === 0) continue;
    primaries++;
    if (other.isSelf || other.answeredMs >= sinceMs) answered++;
  }
  return answered > primaries / 2;
}

/** Asks all primaries that are not being asked already. */
export function probe(state: BusState, wallOffsetMs: number): void {
  for (const node of state.nodes.values()) {
    if (node.isMaster && !node.isSelf && node.pingSentMs === 0) ping(state, node, wallOffsetMs);
  }
}
