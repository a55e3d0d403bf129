/** Options of the data: memory, eviction, expiry, encodings, notifications, access control. */

import { eventFlags } from "../compound_types.ts";
import {
  bool,
  choice,
  int,
  INT_MAX,
  INT_MIN,
  LONG_MAX,
  memory,
  optionalText,
  text,
  ULONG_MAX,
} from "../types.ts";

export const dataOptions = {
  "maxmemory": memory("0", { max: ULONG_MAX }),
  "maxmemory-policy": choice(
    [
      "volatile-lru",
      "volatile-lfu",
      "volatile-random",
      "volatile-ttl",
      "allkeys-lru",
      "allkeys-lfu",
      "allkeys-random",
      "noeviction",
      "volatile-lrm",
      "allkeys-lrm",
    ],
    "noeviction",
  ),
  "maxmemory-samples": int(5, { min: 1 }),
  "maxmemory-eviction-tenacity": int(10, { max: 100 }),
  "lfu-log-factor": int(10),
  "lfu-decay-time": int(1),
  "active-expire-effort": int(1, { min: 1, max: 10 }),
  "activerehashing": bool("yes"),

  "lazyfree-lazy-eviction": bool("no"),
  "lazyfree-lazy-expire": bool("no"),
  "lazyfree-lazy-server-del": bool("no"),
  "lazyfree-lazy-user-del": bool("no"),
  "lazyfree-lazy-user-flush": bool("no"),

  "activedefrag": bool("yes"),
  "active-defrag-ignore-bytes": memory("100mb", { min: 1 }),
  "active-defrag-threshold-lower": int(10, { max: 1000 }),
  "active-defrag-threshold-upper": int(100, { max: 1000 }),
  "active-defrag-cycle-min": int(1, { min: 1, max: 99 }),
  "active-defrag-cycle-max": int(25, { min: 1, max: 99 }),
  "active-defrag-max-scan-fields": int(1000, { min: 1, max: LONG_MAX, effect: "none" }),
  "jemalloc-bg-thread": bool("yes", { effect: "none" }),

  "hash-max-listpack-entries": int(512, { max: LONG_MAX, alias: "hash-max-ziplist-entries" }),
  "hash-max-listpack-value": memory("64", { alias: "hash-max-ziplist-value" }),
  "list-max-listpack-size": int(-2, {
    min: INT_MIN,
    max: INT_MAX,
    alias: "list-max-ziplist-size",
  }),
  "list-compress-depth": int(0),
  "set-max-intset-entries": int(512, { max: LONG_MAX }),
  "set-max-listpack-entries": int(128, { max: LONG_MAX, origin: "redis 7.2" }),
  "set-max-listpack-value": memory("64", { origin: "redis 7.2" }),
  "zset-max-listpack-entries": int(128, { max: LONG_MAX, alias: "zset-max-ziplist-entries" }),
  "zset-max-listpack-value": memory("64", { alias: "zset-max-ziplist-value" }),
  "hll-sparse-max-bytes": memory("3000"),
  "stream-node-max-bytes": memory("4kb"),
  "stream-node-max-entries": int(100, { max: LONG_MAX }),

  "notify-keyspace-events": eventFlags(),

  "requirepass": optionalText(),
  "aclfile": text("", { immutable: true }),
  "acllog-max-len": int(128, { max: LONG_MAX }),
  "acl-pubsub-default": choice(["allchannels", "resetchannels"], "resetchannels"),
};
