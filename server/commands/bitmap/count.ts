/** BITCOUNT and BITPOS. */

import { type Argument, command, keysAt } from "../define.ts";
import { keyArgument, wasLooked, wrong } from "./shared.ts";

const BAD_BIT = "ERR The bit argument must be 1 or 0.";

const start: Argument = { name: "start", type: "integer" };
const endAndUnit: readonly Argument[] = [
  { name: "end", type: "integer" },
  {
    name: "index_unit",
    type: "oneof",
    since: "7.0.0",
    optional: true,
    arguments: [
      { name: "byte", type: "pure-token", token: "BYTE" },
      { name: "bit", type: "pure-token", token: "BIT" },
    ],
  },
];

export const bitcount = command({
  name: "BITCOUNT",
  summary: "Returns how many bits are set in the string at a key, or in a part of it.",
  since: "2.6.0",
  group: "bitmap",
  complexity: "O(N) where N is the length of the part",
  arity: -2,
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [
    keyArgument,
    { name: "index", type: "block", optional: true, arguments: [start, ...endAndUnit] },
  ],
  history: [["7.0.0", "Added the `BYTE|BIT` option."]],
  run(c) {
    const status = c.x.bitmapCount(c.db, 1);
    c.looked(status !== c.core.at.MISSING);
    wrong(c, status, BAD_BIT);
  },
});

export const bitpos = command({
  name: "BITPOS",
  summary: "Returns where the first set or clear bit of the string at a key is.",
  since: "2.8.7",
  group: "bitmap",
  complexity: "O(N) where N is the number of bytes up to there",
  arity: -3,
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [
    keyArgument,
    { name: "bit", type: "integer" },
    {
      name: "index",
      type: "block",
      optional: true,
      arguments: [
        start,
        { name: "end_index", type: "block", optional: true, arguments: endAndUnit },
      ],
    },
  ],
  history: [["7.0.0", "Added the `BYTE|BIT` option."]],
  run(c) {
    const status = c.x.bitmapPosition(c.db, 1, 2);
    if (wasLooked(c, status)) c.looked(status !== c.core.at.MISSING);
    wrong(c, status, BAD_BIT);
  },
});
