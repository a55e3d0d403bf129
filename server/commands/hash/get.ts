/** HGET, HMGET, HGETALL, HKEYS, HVALS, HLEN, HEXISTS and HSTRLEN. */

import { command, type CommandSpec, keysAt } from "../define.ts";
import { fieldArgument, fieldsArgument, keyArgument, read, reads } from "./shared.ts";

export const hget = command({
  ...reads,
  name: "HGET",
  summary: "Returns the value of a field of a hash.",
  arity: 3,
  arguments: [keyArgument, fieldArgument],
  run: (c) => read(c, c.x.hashGet(c.db, 1, 2)),
});

export const hmget = command({
  ...reads,
  name: "HMGET",
  summary: "Returns the values of several fields of a hash.",
  complexity: "O(N) where N is the number of fields asked for",
  arity: -3,
  arguments: [keyArgument, fieldsArgument],
  run: (c) => read(c, c.x.hashGetMany(c.db, 1, 2, c.argc)),
});

/** What those share that look at a field or count them without giving a value away. */
const looks = { ...reads, keys: [keysAt(1, 1, 1, "RO")] } satisfies Partial<CommandSpec>;

export const hexists = command({
  ...looks,
  name: "HEXISTS",
  summary: "Tells whether a hash has a field.",
  arity: 3,
  arguments: [keyArgument, fieldArgument],
  run: (c) => read(c, c.x.hashFieldLength(c.db, 1, 2, true)),
});

export const hstrlen = command({
  ...looks,
  name: "HSTRLEN",
  summary: "Returns the length of the value of a field of a hash.",
  since: "3.2.0",
  arity: 3,
  arguments: [keyArgument, fieldArgument],
  run: (c) => read(c, c.x.hashFieldLength(c.db, 1, 2, false)),
});

export const hlen = command({
  ...looks,
  name: "HLEN",
  summary: "Returns the number of fields of a hash.",
  arity: 2,
  arguments: [keyArgument],
  run: (c) => read(c, c.x.hashCount(c.db, 1)),
});

/** What those share that return everything. */
const whole = {
  ...reads,
  complexity: "O(N) where N is the number of fields of the hash",
  arity: 2,
  flags: ["readonly"],
  arguments: [keyArgument],
  tips: ["nondeterministic_output_order"],
} satisfies Partial<CommandSpec>;

export const hgetall = command({
  ...whole,
  name: "HGETALL",
  summary: "Returns all fields of a hash with their values.",
  run: (c) => read(c, c.x.hashGetAll(c.db, 1, c.core.at.HASH_FIELDS | c.core.at.HASH_VALUES)),
});

export const hkeys = command({
  ...whole,
  name: "HKEYS",
  summary: "Returns all fields of a hash.",
  run: (c) => read(c, c.x.hashGetAll(c.db, 1, c.core.at.HASH_FIELDS)),
});

export const hvals = command({
  ...whole,
  name: "HVALS",
  summary: "Returns the values of all fields of a hash.",
  run: (c) => read(c, c.x.hashGetAll(c.db, 1, c.core.at.HASH_VALUES)),
});
