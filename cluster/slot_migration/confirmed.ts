/** Whether a node that did not hear of something would have: most primaries have answered it since. */

import { ping } from "../bus/gossip.ts";
import type { BusState } from "../bus/state.ts";

/** Whether most primaries have answered what they were asked since a moment, and a node has, unless it fails. */
export function confirmedSince(state: BusState, ms: number, id: string): boolean {
  const node = state.find(id);
  const isSilent = node === undefined || node.isFailing || node.isPossiblyFailing;
  if (!isSilent && node.answeredMs < ms) return false;
  let primaries = 0;
  let answered = 0;
  for (const other of state.nodes.values()) {
    if (!other.isMaster || other.slotCount === 0) continue;
    primaries++;
    if (other.isSelf || other.answeredMs >= ms) answered++;
  }
  return answered > primaries / 2;
}

/** Asks all primaries that are not being asked already. */
export function probe(state: BusState, wallOffsetMs: number): void {
  for (const node of state.nodes.values()) {
    if (node.isMaster && !node.isSelf && node.pingSentMs === 0) ping(state, node, wallOffsetMs);
  }
}
