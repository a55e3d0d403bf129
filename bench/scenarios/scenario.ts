/** What a scenario is. */

import type { Figure } from "../figures.ts";
import type { Pair, ServerSpec } from "../servers.ts";

/** What a scenario needs to know of the run it is part of. */
export interface Bench {
  specs: Pair<ServerSpec>;
  rounds: number;
  /** Smaller and shorter, to see that everything works rather than to publish. */
  quick: boolean;
  /** Reports progress. */
  log(text: string): void;
}

/** A measurement that starts its own servers. */
export interface Scenario {
  /** Unique; the report and `--only` know the row by it. */
  name: string;
  run(bench: Bench): Promise<Figure[]>;
}

/** The group that the figures of scenarios belong to. */
export const scenarioGroup = "scenario";
