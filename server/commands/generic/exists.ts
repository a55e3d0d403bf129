/** EXISTS, TOUCH and TYPE. */

import { command, keysAt } from "../define.ts";
import { typeNames } from "./types.ts";

export const exists = command({
  name: "EXISTS",
  summary: "Counts the keys that exist; a key given twice counts twice.",
  since: "1.0.0",
  group: "generic",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, -1, 1, "RO")],
  arguments: [{ name: "key", type: "key", keySpec: 0, multiple: true }],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  history: [["3.0.3", "Several keys may be given."]],
  run(c) {
    const { argc, db, x } = c;
    let found = 0;
    for (let i = 1; i < argc; i++) {
      const hit = x.keyPeek(db, i) !== 0;
      c.looked(hit, i);
      if (hit) found++;
    }
    c.reply.number(found);
  },
});

export const touch = command({
  name: "TOUCH",
  summary: "Makes keys count as just used; returns how many of them exist.",
  since: "3.2.1",
  group: "generic",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, -1, 1, "RO")],
  arguments: [{ name: "key", type: "key", keySpec: 0, multiple: true }],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  run(c) {
    const { argc, db, x } = c;
    let found = 0;
    for (let i = 1; i < argc; i++) {
      const hit = x.keyLookup(db, i) !== 0;
      c.looked(hit, i);
      if (hit) found++;
    }
    c.reply.number(found);
  },
});

export const type = command({
  name: "TYPE",
  summary: "Returns the name of the type that a key holds.",
  since: "1.0.0",
  group: "generic",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO")],
  arguments: [{ name: "key", type: "key", keySpec: 0 }],
  run(c) {
    const entry = c.x.keyPeek(c.db, 1);
    c.looked(entry !== 0);
    c.reply.simple(entry === 0 ? "none" : typeNames[c.x.typeOf(entry)]);
  },
});
