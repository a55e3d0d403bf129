/** SORT and SORT_RO. */

import type { Context } from "../context.ts";
import type { Arguments } from "../facts.ts";
import { type Argument, command, keysAt, type KeySpec, type KeyUse } from "../define.ts";
import { errors } from "../../resp/errors.ts";

/** What a SORT's options say; arguments by index, 0 where there is none. */
interface SortOptions {
  /** SORT_* of the core. */
  flags: number;
  by: number;
  store: number;
  offset: number;
  limit: number;
}

/** Reads the options. @returns null when they were answered as wrong */
function readOptions(c: Context, stores: boolean): SortOptions | null {
  const { SORT_ALPHA, SORT_DOWN } = c.core.at;
  const options: SortOptions = { flags: 0, by: 0, store: 0, offset: 0, limit: -1 };
  for (let i = 2; i < c.argc; i++) {
    const option = c.option(i);
    const left = c.argc - i - 1;
    if (option === "asc") options.flags &= ~SORT_DOWN;
    else if (option === "desc") options.flags |= SORT_DOWN;
    else if (option === "alpha") options.flags |= SORT_ALPHA;
    else if (option === "limit" && left >= 2) {
      const offset = c.integer(++i);
      const limit = offset === null ? null : c.integer(++i);
      if (offset === null || limit === null) return null;
      [options.offset, options.limit] = [offset, limit];
    } else if (option === "store" && left >= 1 && stores) options.store = ++i;
    else if ((option === "by" || option === "get") && left >= 1) {
      if (isDenied(c, option, ++i)) return null;
      // Of several patterns the last one counts, but one without a star keeps all from being sorted.
      if (option === "by" && (options.by === 0 || hasStar(c, options.by))) options.by = i;
    } else {
      c.reply.error(errors.syntax);
      return null;
    }
  }
  return options;
}

/** Whether an argument is a pattern, with a star before a NUL. */
function hasStar(c: Context, index: number): boolean {
  const ptr = c.core.argPtr(index);
  const bytes = c.core.u8.subarray(ptr, ptr + c.core.argLen(index));
  const star = bytes.indexOf(0x2a);
  return star >= 0 && !bytes.subarray(0, star).includes(0);
}

/** Whether a cluster or the user forbids a pattern, whose keys may be any; this is answered. */
function isDenied(c: Context, option: string, index: number): boolean {
  const { user } = c.connection;
  const inCluster = c.server.config.values["cluster-enabled"];
  if (!inCluster && user.readsAllKeys) return false;
  if (option === "by" && !hasStar(c, index)) return false;
  const reason = inCluster ? "in Cluster mode." : "due to insufficient ACL permissions.";
  c.reply.error(`ERR ${option.toUpperCase()} option of SORT denied ${reason}`);
  return true;
}

function sortWith(c: Context, stores: boolean): void {
  const options = readOptions(c, stores);
  if (options === null) return;
  const { core, server, x } = c;
  const { at } = core;
  const { by, limit, offset, store } = options;
  const tells = server.changes.observed && server.notifications.tellsOf("m");
  const flags = tells ? options.flags | at.SORT_TELLS_MISSES : options.flags;
  if (store !== 0) c.replacing(store);
  const status = x.sortKey(c.db, 1, store, by, flags, offset, limit);
  const stored = core.resultNumber();
  c.looked(status !== 0 && (status < 0 || (status & at.SORT_FOUND) !== 0));
  server.stats.hits += x.sortHits();
  server.stats.misses += x.sortMisses();
  if (status === at.SORT_NO_NUMBER) {
    return c.reply.error("ERR One or more scores can't be converted into double");
  }
  if (c.failed(status)) return;
  if ((status & at.SORT_CREATED) !== 0) c.added(store);
  if ((status & at.SORT_STORED) !== 0) c.wroteMany(store, "l", "sortstore", stored);
  if ((status & at.SORT_REMOVED) !== 0) c.wrote(store, "g", "del");
}

/** The key sorted, and the last one to store at: words that are values are passed over. */
function sortKeys(c: Arguments): KeyUse[] {
  let store = 0;
  for (let i = 2; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "limit") i += 2;
    else if (option === "get" || option === "by") i++;
    else if (option === "store" && i + 1 < c.argc) store = ++i;
  }
  const keys: KeyUse[] = [{ index: 1, flags: ["RO", "access"] }];
  if (store !== 0) keys.push({ index: store, flags: ["OW", "update"] });
  return keys;
}

const patternKeys: KeySpec = {
  flags: ["RO", "access"],
  begin: "unknown",
  find: "unknown",
  notes:
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from " +
    "the content of the key we sort",
};
const storeKeys: KeySpec = {
  flags: ["OW", "update"],
  begin: "unknown",
  find: "unknown",
  notes: "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear " +
    "anywhere in the argument array",
};

const sortArguments: readonly Argument[] = [
  { name: "key", type: "key", keySpec: 0 },
  { name: "pattern", type: "pattern", keySpec: 1, token: "BY", optional: true },
  {
    name: "offset_count",
    type: "block",
    token: "LIMIT",
    optional: true,
    arguments: [{ name: "offset", type: "integer" }, { name: "count", type: "integer" }],
  },
  {
    name: "pattern",
    type: "pattern",
    keySpec: 1,
    token: "GET",
    optional: true,
    multiple: true,
    multipleToken: true,
  },
  {
    name: "order",
    type: "oneof",
    optional: true,
    arguments: [
      { name: "asc", type: "pure-token", token: "ASC" },
      { name: "desc", type: "pure-token", token: "DESC" },
    ],
  },
  { name: "sorting", type: "pure-token", token: "ALPHA", optional: true },
];

const categories = ["set", "sortedset", "list", "dangerous", "-keyspace"];
const complexity =
  "O(N+M*log(M)) where N is the number of elements and M how many are returned; O(N) where nothing is sorted";

export const sort = command({
  name: "SORT",
  summary: "Returns the elements of a list, a set or a sorted set in order, or stores them.",
  since: "1.0.0",
  group: "generic",
  complexity,
  arity: -2,
  flags: ["write", "denyoom", "movablekeys"],
  categories,
  keys: [keysAt(1, 1, 1, "RO", "access"), patternKeys, storeKeys],
  arguments: [
    ...sortArguments,
    { name: "destination", type: "key", keySpec: 2, token: "STORE", optional: true },
  ],
  getKeys: sortKeys,
  run: (c) => sortWith(c, true),
});

export const sortRo = command({
  name: "SORT_RO",
  summary: "Returns the elements of a list, a set or a sorted set in order.",
  since: "7.0.0",
  group: "generic",
  complexity,
  arity: -2,
  flags: ["readonly", "movablekeys"],
  categories,
  keys: [keysAt(1, 1, 1, "RO", "access"), patternKeys],
  arguments: sortArguments,
  getKeys: () => [{ index: 1, flags: ["RO", "access"] }],
  run: (c) => sortWith(c, false),
});
