/** Whether a node that did not hear of something would have: most primaries have answered it since. */

import type { BusState } from "../bus/state.ts";

/** Whether most primaries have answered since a moment, and a node has, unless it fails. */
export function confirmedSince(state: BusState, ms: number, id: string): boolean {
  if (state.nowMs < ms) return false;
  const node = state.find(id);
  const isSilent = node === undefined || node.isFailing || node.isPossiblyFailing;
  if (!isSilent && node.pongReceivedMs < ms) return false;
  let primaries = 0;
  let heard = 0;
  for (const other of state.nodes.values()) {
    if (!other.isMaster || other.slotCount === 0) continue;
    primaries++;
    if (other.isSelf || other.pongReceivedMs >= ms) heard++;
  }
  return heard > primaries / 2;
}
