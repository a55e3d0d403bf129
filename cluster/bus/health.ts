/** Who fails: for this node (PFAIL), and for most primaries (FAIL). */

import type { Node } from "./node.ts";
import { MessageType } from "./packet.ts";
import type { BusState } from "./state.ts";

/** What others have said of a node counts for so many timeouts. */
const REPORT_TIMEOUTS = 2;
/** A failed primary whose slots nobody took is there again after so many. */
const UNDO_TIMEOUTS = 2;

/** How long a primary that was cut off waits before it takes writes again. */
export function rejoinDelayMs(state: BusState): number {
  return Math.min(5000, Math.max(500, state.settings().nodeTimeoutMs));
}

export function dropOldReports(state: BusState, node: Node): void {
  const oldestMs = state.nowMs - state.settings().nodeTimeoutMs * REPORT_TIMEOUTS;
  node.dropReportsBefore(oldestMs);
}

/** Looks whether most primaries agree that a node fails. */
export function failIfAgreed(state: BusState, node: Node): void {
  if (!node.isPossiblyFailing || node.isFailing) return;
  dropOldReports(state, node);
  const count = node.reportCount + (state.self.isMaster ? 1 : 0);
  if (count < state.majority) return;
  state.log(`Marking node ${node.id} as failing (quorum reached).`);
  fail(state, node);
  // Replicas of others leave it to the primaries and to its own replicas: where many die at once all of them would tell
  // all of all, and most of what they say is what everybody has just heard.
  const { self } = state;
  if (self.isMaster || self.primary === node) state.broadcast(MessageType.FAIL, { about: node.id });
}

export function fail(state: BusState, node: Node): void {
  state.suspect(node, false);
  node.isFailing = true;
  node.failedMs = state.nowMs;
  state.isChanged = true;
  state.save();
}

/** A node that was taken for failing answers. */
export function clearFailure(state: BusState, node: Node): void {
  if (!node.isFailing) return;
  const isHarmless = !node.isMaster || node.slotCount === 0;
  const isUntaken = node.isMaster && node.slotCount > 0 &&
    state.nowMs - node.failedMs > state.settings().nodeTimeoutMs * UNDO_TIMEOUTS;
  if (!isHarmless && !isUntaken) return;
  state.log(
    `Clear FAIL state for node ${node.id}: ${
      isHarmless
        ? "replica or master without slots is reachable again"
        : "is reachable again and nobody is serving its slots after some time"
    }.`,
  );
  node.isFailing = false;
  state.isChanged = true;
  state.save();
}
