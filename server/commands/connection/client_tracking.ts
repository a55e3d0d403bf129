/** CLIENT TRACKING, CACHING, TRACKINGINFO and GETREDIR: what a client's cache wants to hear of. */

import { errors } from "../../resp/errors.ts";
import { overlaps, type TrackingModes } from "../../tracking/state.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";

/** Reads the options from argument 3 on. @returns null when they were answered as wrong */
function readModes(c: Context): TrackingModes | null {
  const modes: TrackingModes = {
    ...{ redirect: 0, broadcast: false, optIn: false, optOut: false, noLoop: false },
    prefixes: new Set(),
  };
  for (let i = 3; i < c.argc; i++) {
    const option = c.option(i);
    const more = i + 1 < c.argc;
    if (option === "redirect" && more) {
      if (!readRedirect(c, ++i, modes)) return null;
    } else if (option === "bcast") modes.broadcast = true;
    else if (option === "optin") modes.optIn = true;
    else if (option === "optout") modes.optOut = true;
    else if (option === "noloop") modes.noLoop = true;
    else if (option === "prefix" && more) modes.prefixes.add(c.arg(++i));
    else {
      c.reply.error(errors.syntax);
      return null;
    }
  }
  return modes;
}

function readRedirect(c: Context, index: number, modes: TrackingModes): boolean {
  if (modes.redirect !== 0) {
    c.reply.error("ERR A client can only redirect to a single other client");
    return false;
  }
  const id = c.integer(index);
  if (id === null) return false;
  if (!c.server.clients.all.has(id)) {
    c.reply.error("ERR The client ID you want redirect to does not exist");
    return false;
  }
  modes.redirect = id;
  return true;
}

const OTHER_MODE = "before disabling tracking for this client, and then re-enabling it with a " +
  "different mode.";

/** What speaks against modes, by themselves or after those that the client is in. */
function refusal(c: Context, modes: TrackingModes): string | null {
  const before = c.connection.tracking;
  if (!modes.broadcast && modes.prefixes.size !== 0) {
    return "ERR PREFIX option requires BCAST mode to be enabled";
  }
  if (before !== null && before.broadcast !== modes.broadcast) {
    return `ERR You can't switch BCAST mode on/off ${OTHER_MODE}`;
  }
  if (modes.broadcast && (modes.optIn || modes.optOut)) {
    return "ERR OPTIN and OPTOUT are not compatible with BCAST";
  }
  if (modes.optIn && modes.optOut) return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  if (before !== null && ((modes.optIn && before.optOut) || (modes.optOut && before.optIn))) {
    return `ERR You can't switch OPTIN/OPTOUT mode ${OTHER_MODE}`;
  }
  return overlap([...modes.prefixes], [...before?.prefixes ?? []].sort());
}

function overlap(given: readonly string[], existing: readonly string[]): string | null {
  const refuse = (prefix: string, what: string, other: string) =>
    `ERR Prefix '${prefix}' overlaps with ${what} prefix '${other}'. ` +
    "Prefixes for a single client must not overlap.";
  for (const [i, prefix] of given.entries()) {
    const known = existing.find((other) => overlaps(prefix, other));
    if (known !== undefined) return refuse(prefix, "an existing", known);
    const other = given.slice(i + 1).find((other) => overlaps(prefix, other));
    if (other !== undefined) return refuse(prefix, "another provided", other);
  }
  return null;
}

export const tracking = command({
  name: "TRACKING",
  summary: "Switches on or off that the client is told when keys change that it may have cached.",
  since: "6.0.0",
  group: "connection",
  complexity: "O(1), or O(N) where N is the number of prefixes given",
  arity: -3,
  flags: ["noscript", "loading", "stale"],
  arguments: [
    {
      name: "status",
      type: "oneof",
      arguments: [
        { name: "on", type: "pure-token", token: "ON" },
        { name: "off", type: "pure-token", token: "OFF" },
      ],
    },
    { name: "client-id", type: "integer", token: "REDIRECT", optional: true },
    {
      name: "prefix",
      type: "string",
      token: "PREFIX",
      optional: true,
      multiple: true,
      multipleToken: true,
    },
    { name: "bcast", type: "pure-token", token: "BCAST", optional: true },
    { name: "optin", type: "pure-token", token: "OPTIN", optional: true },
    { name: "optout", type: "pure-token", token: "OPTOUT", optional: true },
    { name: "noloop", type: "pure-token", token: "NOLOOP", optional: true },
  ],
  run(c) {
    const modes = readModes(c);
    if (modes === null) return;
    const status = c.option(2);
    if (status === "off") c.server.tracking.disable(c.connection);
    else if (status !== "on") return c.reply.error(errors.syntax);
    else {
      const refused = refusal(c, modes);
      if (refused !== null) return c.reply.error(refused);
      c.server.tracking.enable(c.connection, modes);
    }
    c.reply.ok();
  },
});

export const caching = command({
  name: "CACHING",
  summary: "Says whether the keys of the next command are to be tracked.",
  since: "6.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 3,
  flags: ["noscript", "loading", "stale"],
  arguments: [{
    name: "mode",
    type: "oneof",
    arguments: [
      { name: "yes", type: "pure-token", token: "YES" },
      { name: "no", type: "pure-token", token: "NO" },
    ],
  }],
  run(c) {
    const state = c.connection.tracking;
    if (state === null) {
      return c.reply.error(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or " +
          "OPTOUT mode enabled",
      );
    }
    const word = c.option(2);
    if (word === "yes" && !state.optIn) {
      return c.reply.error(
        "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
      );
    }
    if (word === "no" && !state.optOut) {
      return c.reply.error(
        "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
      );
    }
    if (word !== "yes" && word !== "no") return c.reply.error(errors.syntax);
    state.caching = true;
    c.reply.ok();
  },
});

export const trackingInfo = command({
  name: "TRACKINGINFO",
  summary: "Returns the modes in which the connection tracks keys.",
  since: "6.2.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  run(c) {
    const { reply } = c;
    const state = c.connection.tracking;
    const flags = [state === null ? "off" : "on"];
    if (state?.broadcast) flags.push("bcast");
    if (state?.optIn) flags.push("optin", ...state.caching ? ["caching-yes"] : []);
    if (state?.optOut) flags.push("optout", ...state.caching ? ["caching-no"] : []);
    if (state?.noLoop) flags.push("noloop");
    if (state?.broken) flags.push("broken_redirect");
    reply.map(3);
    reply.bulk("flags");
    reply.set(flags.length);
    for (const flag of flags) reply.bulk(flag);
    reply.bulk("redirect");
    reply.number(redirectionOf(c));
    reply.bulk("prefixes");
    const prefixes = [...state?.prefixes ?? []].sort();
    reply.array(prefixes.length);
    for (const prefix of prefixes) reply.binary(prefix);
  },
});

/** The client that gets the invalidation messages: 0 = the connection itself, -1 = nobody. */
function redirectionOf(c: Context): number {
  return c.connection.tracking?.redirect ?? -1;
}

export const getRedirection = command({
  name: "GETREDIR",
  summary: "Returns the ID of the client that gets the connection's invalidation messages.",
  since: "6.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  run: (c) => c.reply.number(redirectionOf(c)),
});
