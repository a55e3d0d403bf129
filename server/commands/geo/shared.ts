/** What the geo commands' specifications and handlers share. */

import type { Context } from "../context.ts";
import { type Argument, type CommandSpec, keysAt } from "../define.ts";

export const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };
export const memberArgument: Argument = { name: "member", type: "string" };
export const longitudeArgument: Argument = { name: "longitude", type: "double" };
export const latitudeArgument: Argument = { name: "latitude", type: "double" };
export const unitArgument: Argument = {
  name: "unit",
  type: "oneof",
  arguments: [
    { name: "m", type: "pure-token", token: "M" },
    { name: "km", type: "pure-token", token: "KM" },
    { name: "ft", type: "pure-token", token: "FT" },
    { name: "mi", type: "pure-token", token: "MI" },
  ],
};

/** A command that reads one key. */
export const reads = {
  group: "geo",
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
} satisfies Partial<CommandSpec>;

/** Answers the core's statuses, those of places among them. @returns whether it was an error */
export function failed(c: Context, status: number): boolean {
  if (status >= 0) return false;
  const { core, reply } = c;
  const { at } = core;
  switch (status) {
    case at.GEO_BAD_PLACE: {
      const longitude = core.f64[at.RESULT_F64 >> 1];
      const latitude = core.f64[at.GEO_LATITUDE >> 1];
      const place = `${fixed6(longitude)},${fixed6(latitude)}`;
      reply.error(`ERR invalid longitude,latitude pair ${place}`);
      return true;
    }
    case at.GEO_BAD_UNIT:
      reply.error("ERR unsupported unit provided. please use M, KM, FT, MI");
      return true;
    case at.GEO_NO_MEMBER:
      reply.error("ERR could not decode requested zset member");
      return true;
    case at.GEO_BAD_RADIUS:
      reply.error("ERR need numeric radius");
      return true;
    case at.GEO_BAD_WIDTH:
      reply.error("ERR need numeric width");
      return true;
    case at.GEO_BAD_HEIGHT:
      reply.error("ERR need numeric height");
      return true;
    case at.GEO_NEGATIVE_RADIUS:
      reply.error("ERR radius cannot be negative");
      return true;
    case at.GEO_NEGATIVE_SIDE:
      reply.error("ERR height or width cannot be negative");
      return true;
    case at.GEO_BAD_COUNT:
      reply.error("ERR COUNT must be > 0");
      return true;
    default:
      return c.failed(status);
  }
}

/** Ends a read: counts the hit or miss, answers what is wrong. A key of another type is there, too. */
export function read(c: Context, status: number): void {
  const { MISSING, WRONG_TYPE } = c.core.at;
  if (status >= 0 || status === MISSING || status === WRONG_TYPE) c.looked(status !== MISSING);
  failed(c, status);
}

/** A number as C's `%f` shows it. */
export function fixed6(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (size >= 1e21) return `${sign}${BigInt(size)}.000000`;
  // A tie goes to the even digit there, here always up: odd multiples of 1/128 are such.
  const exact = size.toFixed(7);
  const isTie = Number.isInteger(size * 128) && /[02468]5$/.test(exact);
  return sign + (isTie ? exact.slice(0, -1) : size.toFixed(6));
}
