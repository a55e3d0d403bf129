/** The commands of Pub/Sub. */

import type { CommandSpec } from "../define.ts";
import { publish, shardPublish } from "./publish.ts";
import { pubsub } from "./pubsub.ts";
import { patternSubscribe, shardSubscribe, subscribe } from "./subscribe.ts";
import { patternUnsubscribe, shardUnsubscribe, unsubscribe } from "./unsubscribe.ts";

export const pubsubCommands: readonly CommandSpec[] = [
  patternSubscribe,
  publish,
  pubsub,
  patternUnsubscribe,
  shardPublish,
  shardSubscribe,
  subscribe,
  shardUnsubscribe,
  unsubscribe,
];
