/** SADD, SREM, SMOVE, SISMEMBER, SMISMEMBER, SMEMBERS and SCARD. */

import { command, keysAt } from "../define.ts";
import {
  keyArgument,
  lost,
  memberArgument,
  membersArgument,
  read,
  reads,
  writes,
} from "./shared.ts";

const manyMembers = [["2.4.0", "Several members can be given."]] as const;

export const sadd = command({
  ...writes,
  name: "SADD",
  summary: "Adds members to a set, which is made where there is none.",
  complexity: "O(N) where N is the number of members given",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "insert")],
  arguments: [keyArgument, membersArgument],
  history: manyMembers,
  run(c) {
    const status = c.x.setAdd(c.db, 1, 2, c.argc);
    if (status === 0) return;
    // Where memory ran out on the way, what has been added stays.
    if (status < 0 && c.x.setAddedCount() === 0) {
      c.failed(status);
      return;
    }
    if (c.x.setMadeKey()) c.added(1);
    c.wroteMany(1, "s", "sadd", c.x.setAddedCount());
    c.failed(status);
  },
});

export const srem = command({
  ...writes,
  name: "SREM",
  summary: "Removes members from a set, and its key with the last one.",
  complexity: "O(N) where N is the number of members given",
  arity: -3,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "delete")],
  arguments: [keyArgument, membersArgument],
  history: manyMembers,
  run(c) {
    const status = c.x.setRemove(c.db, 1, 2, c.argc);
    if (status <= 0) return void c.failed(status);
    const removed = status & ~c.core.at.SET_GONE;
    lost(c, "srem", removed !== status, removed);
  },
});

export const smove = command({
  ...writes,
  name: "SMOVE",
  summary: "Moves a member from one set to another.",
  arity: 4,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "delete"), keysAt(2, 2, 1, "RW", "insert")],
  arguments: [
    { name: "source", type: "key", keySpec: 0 },
    { name: "destination", type: "key", keySpec: 1 },
    memberArgument,
  ],
  run(c) {
    const { SET_MOVED_LAST, SET_MOVED_NEW, SET_MOVED_NEW_KEY } = c.core.at;
    const status = c.x.setMove(c.db, 1, 2, 3);
    if (status === 0 || c.failed(status)) return;
    lost(c, "srem", (status & SET_MOVED_LAST) !== 0);
    if ((status & SET_MOVED_NEW_KEY) !== 0) c.added(2);
    if ((status & SET_MOVED_NEW) !== 0) c.wrote(2, "s", "sadd");
  },
});

export const sismember = command({
  ...reads,
  name: "SISMEMBER",
  summary: "Tells whether a set has a member.",
  arity: 3,
  arguments: [keyArgument, memberArgument],
  run: (c) => read(c, c.x.setHas(c.db, 1, 2)),
});

export const smismember = command({
  ...reads,
  name: "SMISMEMBER",
  summary: "Tells of each of several members whether a set has it.",
  since: "6.2.0",
  complexity: "O(N) where N is the number of members given",
  arity: -3,
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [keyArgument, membersArgument],
  run: (c) => read(c, c.x.setHasMany(c.db, 1, 2, c.argc)),
});

export const smembers = command({
  ...reads,
  name: "SMEMBERS",
  summary: "Returns all members of a set.",
  complexity: "O(N) where N is the number of members",
  arity: 2,
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [keyArgument],
  tips: ["nondeterministic_output_order"],
  run: (c) => read(c, c.x.setMembers(c.db, 1)),
});

export const scard = command({
  ...reads,
  name: "SCARD",
  summary: "Returns the number of members of a set.",
  arity: 2,
  arguments: [keyArgument],
  run: (c) => read(c, c.x.setCount(c.db, 1)),
});
