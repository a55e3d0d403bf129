/** The confirmations of subscriptions and of their ends, which are messages rather than replies. */

import type { Connection } from "../../net/connection.ts";
import type { Context } from "../context.ts";

/** Lets confirmations through where the client's replies are off. @returns what to call afterwards */
export function unmuted(c: Context, confirm: () => void): void {
  const { u32, at } = c.core;
  const muted = u32[at.OUT_MUTED];
  u32[at.OUT_MUTED] = 0;
  confirm();
  u32[at.OUT_MUTED] = muted;
}

/** How many subscriptions a confirmation counts: those to channels and patterns, or those to shard channels. */
export function countOf(c: Context, connection: Connection, kind: number): number {
  return kind === c.core.at.SHARD_CHANNELS
    ? connection.shardChannelCount
    : connection.channelCount + connection.patternCount;
}
