/** DBSIZE, FLUSHDB, FLUSHALL, SWAPDB: commands on whole databases. */

import { errors } from "../../resp/errors.ts";
import type { Freeing } from "../../keyspace/databases.ts";
import type { Context } from "../context.ts";
import { type Argument, command } from "../define.ts";

export const dbsize = command({
  name: "DBSIZE",
  summary: "Returns the number of keys in the selected database.",
  since: "1.0.0",
  group: "server",
  complexity: "O(1)",
  arity: 1,
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  tips: ["request_policy:all_shards", "response_policy:agg_sum"],
  run: (c) => c.reply.number(c.x.databaseSize(c.db) - c.server.slotKeys.hidden.keys(c.db)),
});

const modeArguments: readonly Argument[] = [{
  name: "async",
  type: "oneof",
  optional: true,
  arguments: [
    { name: "async", type: "pure-token", token: "ASYNC", since: "4.0.0" },
    { name: "sync", type: "pure-token", token: "SYNC", since: "6.2.0" },
  ],
}];
const modeHistory = [
  ["4.0.0", "Added ASYNC."],
  ["6.2.0", "Added SYNC."],
] as const;

/** The mode asked for; null, after an error, for what is none. */
function readMode(c: Context): Freeing | null {
  if (c.argc === 1) return c.server.config.values["lazyfree-lazy-user-flush"] ? "async" : "default";
  const word = c.option(1);
  if (c.argc === 2 && (word === "async" || word === "sync")) return word;
  c.reply.error(errors.syntax);
  return null;
}

export const flushdb = command({
  name: "FLUSHDB",
  summary: "Deletes all keys of the selected database.",
  since: "1.0.0",
  group: "server",
  complexity: "O(N) where N is the number of keys in the database",
  arity: -1,
  flags: ["write"],
  categories: ["keyspace", "dangerous"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  arguments: modeArguments,
  history: modeHistory,
  run(c) {
    const mode = readMode(c);
    if (mode === null) return;
    c.server.databases.empty(c.db, mode);
    c.insteadFrom([], 0); // of no key, too
    c.reply.ok();
  },
});

export const flushall = command({
  name: "FLUSHALL",
  summary: "Deletes all keys of all databases.",
  since: "1.0.0",
  group: "server",
  complexity: "O(N) where N is the number of keys in all databases",
  arity: -1,
  flags: ["write"],
  categories: ["keyspace", "dangerous"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  arguments: modeArguments,
  history: modeHistory,
  run(c) {
    const mode = readMode(c);
    if (mode === null) return;
    c.server.databases.emptyAll(mode);
    c.insteadFrom([], 0); // of no key, too
    c.reply.ok();
  },
});

/** A database's number; null, after the error, for what is none. */
function readDatabase(c: Context, index: number, error: string): number | null {
  const db = c.integer(index, error);
  if (db === null) return null;
  if (db >= -(2 ** 31) && db < 2 ** 31) return db;
  c.reply.error(error);
  return null;
}

export const swapdb = command({
  name: "SWAPDB",
  summary: "Exchanges two databases: clients of the one see the keys of the other.",
  since: "4.0.0",
  group: "server",
  complexity: "O(N) where N is the number of clients that watch or wait for keys of the two",
  arity: 3,
  flags: ["write", "fast"],
  categories: ["keyspace", "dangerous"],
  arguments: [{ name: "index1", type: "integer" }, { name: "index2", type: "integer" }],
  run(c) {
    if (c.server.config.values["cluster-enabled"]) {
      return c.reply.error("ERR SWAPDB is not allowed in cluster mode");
    }
    const first = readDatabase(c, 1, "ERR invalid first DB index");
    if (first === null) return;
    const second = readDatabase(c, 2, "ERR invalid second DB index");
    if (second === null) return;
    const { databases } = c.server;
    const { count } = databases;
    if (Math.min(first, second) < 0 || Math.max(first, second) >= count) {
      return c.reply.error(errors.dbIndex);
    }
    databases.swap(first, second);
    c.server.dirty++;
    c.reply.ok();
  },
});
