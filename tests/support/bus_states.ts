/** What a cluster's node knows, for tests of it that need no server. */

import type { BusSettings, ServerFacts } from "../../cluster/bus/actions.ts";
import { BusState } from "../../cluster/bus/state.ts";

const SETTINGS: BusSettings = {
  nodeTimeoutMs: 1000,
  requiresFullCoverage: true,
  validityFactor: 10,
  hasNoFailover: false,
  allowsMigration: true,
  migrationBarrier: 1,
  pingPeriodMs: 10_000,
  hostname: "",
  humanName: "",
  ip: "",
  port: 7101,
  plainPort: 0,
  busPort: 17101,
};
const FACTS: ServerFacts = {
  offset: 0,
  isLinkUp: true,
  silentMs: 0,
  keysIn: () => 0,
  keyCount: 0,
  logsVerbose: false,
};

/** @param name its own @param newName makes the others' and its shard's @param chance from 0 to 1 */
export function busStateOf(
  name: string,
  newName: () => string,
  nowMs: number,
  chance: () => number,
): BusState {
  return new BusState(name, newName(), nowMs, chance, () => SETTINGS, FACTS, newName);
}
