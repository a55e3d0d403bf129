/** The access clock: what lookups stamp on entries, for eviction by recency or by frequency. */

import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";

/** What the clock needs of the server. */
export interface AccessClockNeeds {
  readonly core: Core;
  readonly config: Config;
  readonly nowSeconds: number;
}

/** Sets it to the time of the turn: seconds in 24 bits for LRU and LRM, minutes in 16 for LFU. */
export function setAccessClock({ core, config, nowSeconds }: AccessClockNeeds): void {
  const { at, u32 } = core;
  const lfu = config.values["maxmemory-policy"].includes("lfu");
  const lrm = config.values["maxmemory-policy"].includes("lrm");
  u32[at.STAMPS] = lfu ? at.STAMP_FREQUENCY : lrm ? at.STAMP_CHANGE : at.STAMP_USE;
  u32[at.ACCESS_CLOCK] = lfu ? Math.floor(nowSeconds / 60) & 0xffff : nowSeconds & 0xffffff;
  u32[at.LFU_LOG_FACTOR] = config.values["lfu-log-factor"];
  u32[at.LFU_DECAY_MINUTES] = config.values["lfu-decay-time"];
}
