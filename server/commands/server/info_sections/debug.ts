/** INFO debug. */

import type { Services } from "../../context.ts";
import type { Row } from "./format.ts";

export function debugSection({ stats: { loop } }: Services): Row[] {
  return [
    ["eventloop_duration_aof_sum", Math.floor(loop.fileUs)],
    ["eventloop_duration_cron_sum", Math.floor(loop.cronUs)],
    ["eventloop_duration_max", Math.floor(loop.longestUs)],
    ["eventloop_cmd_per_cycle_max", loop.mostCommands],
  ];
}
