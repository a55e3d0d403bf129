/** GEOSEARCH, GEOSEARCHSTORE and their older relatives GEORADIUS and GEORADIUSBYMEMBER. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt, type KeySpec } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { wroteStore } from "../zset/shared.ts";
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

/** What the arguments of a search say: where its values are, and flags; see the core's geoquery.ts. */
interface Query {
  /** Argument of the key that is searched. */
  key: number;
  /** Arguments of middle, shape, count and the key to store at; 0 where there is none. */
  middle: number;
  shape: number;
  count: number;
  store: number;
  /** GEO_* of the core. */
  flags: number;
}

/** What a command's name says already, and which options it takes. */
interface Form {
  kind: "search" | "searchstore" | "radius" | "member";
  /** Takes STORE and STOREDIST with a key. */
  stores?: boolean;
}

/** Whether what was read so far is wrong, which then is answered. */
function isWrong(c: Context, { key, middle, shape, count, flags }: Query): boolean {
  return failed(c, c.x.geoCheck(c.db, key, middle, shape, count, flags));
}

/** The query before its options. */
function startOf(c: Context, { kind }: Form): Query {
  const { GEO_BY_MEMBER, GEO_LENIENT } = c.core.at;
  const query = { key: 1, middle: 0, shape: 0, count: 0, store: 0, flags: 0 };
  if (kind === "search") return query;
  if (kind === "searchstore") return { ...query, key: 2, store: 1 };
  if (kind === "radius") return { ...query, middle: 2, shape: 4 };
  return { ...query, middle: 2, shape: 3, flags: GEO_BY_MEMBER | GEO_LENIENT };
}

/** Reads the options from argument `first` on. @returns whether they made sense; else they are answered */
function readOptions(c: Context, query: Query, first: number, form: Form): boolean {
  for (let i = first; i < c.argc;) {
    const option = c.option(i);
    const taken = flagOption(c, query, option) || placeOption(c, query, option, i, form) ||
      valueOption(c, query, option, i, form);
    if (taken === 0) {
      if (!isWrong(c, query)) c.reply.error(errors.syntax);
      return false;
    }
    if (taken < 0) return false;
    i += taken;
  }
  return true;
}

/** An option that is one word. @returns the arguments that it takes, 0 when it is none of these */
function flagOption(c: Context, query: Query, option: string): number {
  const { at } = c.core;
  switch (option) {
    case "asc":
      query.flags = query.flags & ~at.GEO_DESCENDING | at.GEO_ASCENDING;
      return 1;
    case "desc":
      query.flags = query.flags & ~at.GEO_ASCENDING | at.GEO_DESCENDING;
      return 1;
    case "any":
      query.flags |= at.GEO_ANY;
      return 1;
    case "withcoord":
      query.flags |= at.GEO_WITH_PLACE;
      return 1;
    case "withdist":
      query.flags |= at.GEO_WITH_DISTANCE;
      return 1;
    case "withhash":
      query.flags |= at.GEO_WITH_HASH;
      return 1;
    default:
      return 0;
  }
}

/** GEOSEARCH's middle and shape. @returns as {@link flagOption}, -1 when an error was answered */
function placeOption(c: Context, query: Query, option: string, i: number, form: Form): number {
  if (form.kind !== "search" && form.kind !== "searchstore") return 0;
  const { GEO_BOX, GEO_BY_MEMBER } = c.core.at;
  const isMiddle = option === "frommember" || option === "fromlonlat";
  if (!isMiddle && option !== "byradius" && option !== "bybox") return 0;
  const flag = isMiddle ? GEO_BY_MEMBER : GEO_BOX;
  const isSet = option === "frommember" || option === "bybox";
  const values = option === "frommember" ? 1 : option === "bybox" ? 3 : 2;
  if (i + values >= c.argc) return 0;
  const before = isMiddle ? query.middle : query.shape;
  if (before !== 0) {
    if (((query.flags & flag) !== 0) !== isSet) return 0;
    // The last of several counts, but all must be right.
    if (isWrong(c, query)) return -1;
  }
  if (isSet) query.flags |= flag;
  if (isMiddle) query.middle = i + 1;
  else query.shape = i + 1;
  return values + 1;
}

/** COUNT and where to store. @returns as {@link placeOption} */
function valueOption(c: Context, query: Query, option: string, i: number, form: Form): number {
  const { GEO_STORE_DISTANCE } = c.core.at;
  if (option === "storedist" && form.kind === "searchstore") {
    query.flags |= GEO_STORE_DISTANCE;
    return 1;
  }
  if (i + 1 >= c.argc) return 0;
  if (option === "count") {
    if (query.count !== 0 && isWrong(c, query)) return -1;
    query.count = i + 1;
    return 2;
  }
  if (!form.stores || (option !== "store" && option !== "storedist")) return 0;
  query.store = i + 1;
  if (option === "store") query.flags &= ~GEO_STORE_DISTANCE;
  else query.flags |= GEO_STORE_DISTANCE;
  return 2;
}

/** What is missing in a query or does not go together; undefined when nothing is. */
function clash(c: Context, query: Query, { kind }: Form): string | undefined {
  const { GEO_ANY, GEO_WITH_DISTANCE, GEO_WITH_HASH, GEO_WITH_PLACE } = c.core.at;
  const shows = GEO_WITH_DISTANCE | GEO_WITH_HASH | GEO_WITH_PLACE;
  if (query.store !== 0 && (query.flags & shows) !== 0) {
    const what = kind === "searchstore" ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
    return `ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`;
  }
  if (query.middle === 0) {
    return `ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${c.arg(0)}`;
  }
  if (query.shape === 0) {
    return `ERR exactly one of BYRADIUS and BYBOX can be specified for ${c.arg(0)}`;
  }
  if ((query.flags & GEO_ANY) !== 0 && query.count === 0) {
    return "ERR the ANY argument requires COUNT argument";
  }
}

/** Counts the hit or miss of a key that was looked up before the query made no sense. */
function lookedInVain(c: Context, key: number): void {
  c.looked(c.x.keyPeek(c.db, key) !== 0, key);
}

function search(c: Context, form: Form): void {
  const query = startOf(c, form);
  const first = form.kind === "radius" ? 6 : form.kind === "member" ? 5 : query.key + 1;
  if (!readOptions(c, query, first, form)) return lookedInVain(c, query.key);
  const wrong = clash(c, query, form);
  if (wrong !== undefined) {
    if (!isWrong(c, query)) c.reply.error(wrong);
    return lookedInVain(c, query.key);
  }
  const { key, middle, shape, count, store, flags } = query;
  if (store !== 0) c.replacing(store);
  const status = c.x.geoSearch(c.db, key, store, middle, shape, count, flags);
  const changes = c.core.resultNumber();
  const { GEO_FOUND, MISSING, WRONG_TYPE } = c.core.at;
  if (status < 0 && status !== MISSING && status !== WRONG_TYPE) lookedInVain(c, key);
  if (store === 0) return read(c, status);
  if (status === WRONG_TYPE) c.looked(true, key);
  if (failed(c, status)) return;
  c.looked((status & GEO_FOUND) !== 0, key);
  const event = form.kind === "searchstore" ? "geosearchstore" : "georadiusstore";
  wroteStore(c, status & ~GEO_FOUND, event, store, (status & GEO_FOUND) !== 0 ? changes : 1);
}

// ---- specifications -------------------------------------------------------------------------------

const orderArgument: Argument = {
  name: "order",
  type: "oneof",
  optional: true,
  arguments: [
    { name: "asc", type: "pure-token", token: "ASC" },
    { name: "desc", type: "pure-token", token: "DESC" },
  ],
};

/** @param since when ANY came, where that was after the command */
function countArgument(since?: string): Argument {
  const any: Argument = { name: "any", type: "pure-token", token: "ANY", optional: true };
  return {
    name: "count",
    type: "block",
    optional: true,
    arguments: [
      { name: "count", type: "integer", token: "COUNT" },
      since === undefined ? any : { ...any, since },
    ],
  };
}

const withArguments: readonly Argument[] = ["coord", "dist", "hash"].map((what) => ({
  name: `with${what}`,
  type: "pure-token",
  token: `WITH${what.toUpperCase()}`,
  optional: true,
}));

const searchArguments: readonly Argument[] = [
  {
    name: "from",
    type: "oneof",
    arguments: [
      { name: "member", type: "string", token: "FROMMEMBER" },
      {
        name: "longitude_latitude",
        type: "block",
        token: "FROMLONLAT",
        arguments: [longitudeArgument, latitudeArgument],
      },
    ],
  },
  {
    name: "by",
    type: "oneof",
    arguments: [
      {
        name: "circle",
        type: "block",
        arguments: [{ name: "radius", type: "double", token: "BYRADIUS" }, unitArgument],
      },
      {
        name: "box",
        type: "block",
        arguments: [
          { name: "width", type: "double", token: "BYBOX" },
          { name: "height", type: "double" },
          unitArgument,
        ],
      },
    ],
  },
  orderArgument,
  countArgument(),
];

const uppercase = ["7.0.0", "Units may be in upper case."] as const;

const searches = {
  since: "6.2.0",
  complexity:
    "O(N+log(M)) where N is the number of members in the cells around the shape and M how many there are",
  history: [uppercase],
} satisfies Partial<CommandSpec>;

export const geosearch = command({
  ...reads,
  ...searches,
  name: "GEOSEARCH",
  summary: "Returns the members within a circle or a box.",
  arity: -7,
  arguments: [keyArgument, ...searchArguments, ...withArguments],
  run: (c) => search(c, { kind: "search" }),
});

export const geosearchstore = command({
  ...searches,
  name: "GEOSEARCHSTORE",
  summary: "Makes a key's sorted set of the members within a circle or a box.",
  group: "geo",
  arity: -8,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, 1, 1, "OW", "update"), keysAt(2, 2, 1, "RO", "access")],
  arguments: [
    { name: "destination", type: "key", keySpec: 0 },
    { name: "source", type: "key", keySpec: 1 },
    ...searchArguments,
    { name: "storedist", type: "pure-token", token: "STOREDIST", optional: true },
  ],
  run: (c) => search(c, { kind: "searchstore" }),
});

const radiusArguments: readonly Argument[] = [
  { name: "radius", type: "double" },
  unitArgument,
  ...withArguments,
  countArgument("6.2.0"),
  orderArgument,
];
const storeArguments: readonly Argument[] = [
  { name: "key", type: "key", keySpec: 1, token: "STORE", optional: true },
  { name: "key", type: "key", keySpec: 2, token: "STOREDIST", optional: true },
];
const placeArguments = [keyArgument, longitudeArgument, latitudeArgument, ...radiusArguments];
const memberArguments = [keyArgument, memberArgument, ...radiusArguments];

const any = ["6.2.0", "`ANY` came."] as const;

/** What the deprecated ones share. */
const radii = {
  complexity: searches.complexity,
  history: [any, uppercase],
} satisfies Partial<CommandSpec>;

/** The key that is searched, and those behind STORE and STOREDIST from an argument on. */
function storeKeys(from: number): readonly KeySpec[] {
  const behind = (keyword: string): KeySpec => ({
    flags: ["OW", "update"],
    begin: { keyword, from },
    find: { last: 0, step: 1, limit: 0 },
  });
  return [keysAt(1, 1, 1, "RO", "access"), behind("STORE"), behind("STOREDIST")];
}

function replacedBy(commands: string, how: string): { since: string; replacedBy: string } {
  return { since: "6.2.0", replacedBy: `${commands} with the ${how}` };
}
const both = "`GEOSEARCH` and `GEOSEARCHSTORE`";

export const georadius = command({
  ...radii,
  name: "GEORADIUS",
  summary: "Returns the members within a distance of a place, or stores them.",
  since: "3.2.0",
  group: "geo",
  arity: -6,
  flags: ["write", "denyoom", "movablekeys"],
  keys: storeKeys(6),
  arguments: [...placeArguments, ...storeArguments],
  deprecated: replacedBy(both, "`BYRADIUS` argument"),
  run: (c) => search(c, { kind: "radius", stores: true }),
});

export const georadiusRo = command({
  ...reads,
  ...radii,
  name: "GEORADIUS_RO",
  summary: "Returns the members within a distance of a place.",
  since: "3.2.10",
  arity: -6,
  arguments: placeArguments,
  deprecated: replacedBy("`GEOSEARCH`", "`BYRADIUS` argument"),
  run: (c) => search(c, { kind: "radius" }),
});

export const georadiusbymember = command({
  ...radii,
  name: "GEORADIUSBYMEMBER",
  summary: "Returns the members within a distance of one of them, or stores them.",
  since: "3.2.0",
  group: "geo",
  arity: -5,
  flags: ["write", "denyoom", "movablekeys"],
  keys: storeKeys(5),
  arguments: [...memberArguments, ...storeArguments],
  deprecated: replacedBy(both, "`BYRADIUS` and `FROMMEMBER` arguments"),
  run: (c) => search(c, { kind: "member", stores: true }),
});

export const georadiusbymemberRo = command({
  ...reads,
  ...radii,
  name: "GEORADIUSBYMEMBER_RO",
  summary: "Returns the members within a distance of one of them.",
  since: "3.2.10",
  arity: -5,
  arguments: memberArguments,
  deprecated: replacedBy("`GEOSEARCH`", "`BYRADIUS` and `FROMMEMBER` arguments"),
  run: (c) => search(c, { kind: "member" }),
});
