/** GEOADD, GEOPOS, GEODIST and GEOHASH. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { wrote } from "../zset/shared.ts";
import {
  failed,
  keyArgument,
  latitudeArgument,
  longitudeArgument,
  memberArgument,
  read,
  reads,
  unitArgument,
} from "./shared.ts";

/** The core's bit of a GEOADD option, 0 for a word that is none. */
function optionBit(c: Context, index: number): number {
  const { at } = c.core;
  switch (c.option(index)) {
    case "nx":
      return at.ZADD_NX;
    case "xx":
      return at.ZADD_XX;
    case "ch":
      return at.ZADD_CH;
    default:
      return 0;
  }
}

export const geoadd = command({
  name: "GEOADD",
  summary: "Adds members with their places, or moves those that are there.",
  since: "3.2.0",
  group: "geo",
  complexity: "O(log(N)) for each member, where N is the number of members",
  arity: -5,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
  arguments: [
    keyArgument,
    {
      name: "condition",
      type: "oneof",
      since: "6.2.0",
      optional: true,
      arguments: [
        { name: "nx", type: "pure-token", token: "NX" },
        { name: "xx", type: "pure-token", token: "XX" },
      ],
    },
    { name: "change", type: "pure-token", token: "CH", since: "6.2.0", optional: true },
    {
      name: "longitude_latitude_member",
      type: "block",
      multiple: true,
      arguments: [longitudeArgument, latitudeArgument, memberArgument],
    },
  ],
  history: [["6.2.0", "`CH`, `NX` and `XX` came."]],
  run(c) {
    // One place leaves no room for options: none need be looked for unless it makes no sense.
    if (c.argc === 5) {
      const status = c.x.geoAdd(c.db, 1, 2, 0);
      if (status === c.core.at.NOT_A_FLOAT && optionBit(c, 2) !== 0) c.reply.error(errors.syntax);
      else if (!failed(c, status)) wrote(c, status, "zadd");
      return;
    }
    let flags = 0;
    let first = 2;
    for (let bit; first < c.argc && (bit = optionBit(c, first)) !== 0; first++) flags |= bit;
    const { ZADD_NX, ZADD_XX } = c.core.at;
    const isBoth = (flags & ZADD_NX) !== 0 && (flags & ZADD_XX) !== 0;
    if (first === c.argc || (c.argc - first) % 3 !== 0 || isBoth) {
      return c.reply.error(errors.syntax);
    }
    const status = c.x.geoAdd(c.db, 1, first, flags);
    if (!failed(c, status)) wrote(c, status, "zadd");
  },
});

export const geopos = command({
  ...reads,
  name: "GEOPOS",
  summary: "Returns the longitudes and latitudes of members.",
  since: "3.2.0",
  complexity: "O(N) where N is the number of members asked for",
  arity: -2,
  arguments: [keyArgument, { ...memberArgument, multiple: true }],
  run: (c) => read(c, c.x.geoPlaces(c.db, 1, 2)),
});

export const geodist = command({
  ...reads,
  name: "GEODIST",
  summary: "Returns the distance between two members.",
  since: "3.2.0",
  complexity: "O(1)",
  arity: -4,
  arguments: [
    keyArgument,
    { name: "member1", type: "string" },
    { name: "member2", type: "string" },
    { ...unitArgument, optional: true },
  ],
  run(c) {
    if (c.argc > 5) return c.reply.error(errors.syntax);
    read(c, c.x.geoDistance(c.db, 1, 2, c.argc === 5 ? 4 : 0));
  },
});

export const geohash = command({
  ...reads,
  name: "GEOHASH",
  summary: "Returns the geohashes of members, as other systems spell them.",
  since: "3.2.0",
  complexity: "O(N) where N is the number of members asked for",
  arity: -2,
  arguments: [keyArgument, { ...memberArgument, multiple: true }],
  run: (c) => read(c, c.x.geoHashes(c.db, 1, 2)),
});
