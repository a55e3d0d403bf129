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
