/** COPY and MOVE. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { databaseArgument, isClusterOfOne } from "./database.ts";

/** Reads COPY's options. @returns null when they were answered as wrong */
function readOptions(c: Context): { db: number; replace: boolean } | null {
  let db = c.db;
  let replace = false;
  for (let i = 3; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "replace") replace = true;
    else if (option === "db" && i + 1 < c.argc) {
      const found = databaseArgument(c, ++i, OTHER_DATABASE);
      if (found === null) return null;
      db = found;
    } else {
      c.reply.error(errors.syntax);
      return null;
    }
  }
  return { db, replace };
}

const OTHER_DATABASE = "ERR Copying to another database is not allowed in cluster mode";

export const copy = command({
  name: "COPY",
  summary: "Copies a key, in this database or to another one.",
  since: "6.2.0",
  group: "generic",
  complexity: "O(N) where N is the number of elements that the key holds; O(1) for a string",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, 1, 1, "RO", "access"), keysAt(2, 2, 1, "OW", "update")],
  arguments: [
    { name: "source", type: "key", keySpec: 0 },
    { name: "destination", type: "key", keySpec: 1 },
    { name: "destination-db", type: "integer", token: "DB", optional: true },
    { name: "replace", type: "pure-token", token: "REPLACE", optional: true },
  ],
  run(c) {
    const options = readOptions(c);
    if (options === null) return;
    const { db, replace } = options;
    if (db === c.db && c.x.sameArguments(1, 2)) return c.reply.error(errors.sameObject);
    const status = c.x.keyCopy(c.db, 1, db, 2, replace);
    c.looked(status !== c.core.at.MISSING);
    if (c.failed(status)) return;
    if (status === 1) {
      c.added(2, db);
      c.wrote(2, "g", "copy_to", db);
    }
    c.reply.number(status === 1 ? 1 : 0);
  },
});

export const move = command({
  name: "MOVE",
  summary: "Moves a key to another database, if that has no key of its name.",
  since: "1.0.0",
  group: "generic",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "update")],
  arguments: [
    { name: "key", type: "key", keySpec: 0 },
    { name: "db", type: "integer" },
  ],
  run(c) {
    if (isClusterOfOne(c)) {
      return c.reply.error("ERR MOVE is not allowed in cluster mode");
    }
    const db = databaseArgument(c, 2);
    if (db === null) return;
    if (db === c.db) return c.reply.error(errors.sameObject);
    const status = c.x.keyMove(c.db, 1, db);
    if (c.failed(status)) return;
    if (status === 1) {
      c.added(1, db);
      c.wrote(1, "g", "move_from");
      c.changed(1, "g", "move_to", db);
    }
    c.reply.number(status === 1 ? 1 : 0);
  },
});
