/** SENTINEL CONFIG, DEBUG and FLUSHCONFIG: settings of the whole Sentinel. */

import type { CommandSpec } from "../../../server/commands/define.ts";
import { globMatches } from "../../../server/config/glob.ts";
import type { Sentinel } from "../sentinel.ts";
import type { State } from "../state.ts";
import { DEFAULT_TIMING, type TimingName } from "../timing.ts";
import { type Asked, subcommand, textOf, wholeNumber } from "./parts.ts";

/** A parameter: its text, and how it is set; false where the text is wrong. */
interface Parameter {
  name: string;
  get(asked: Asked): string;
  set(asked: Asked, text: string): boolean | void;
}

function flag(name: string, key: "resolvesHostnames" | "announcesHostnames"): Parameter {
  return {
    name,
    get: ({ state }) => state.settings[key] ? "yes" : "no",
    set({ state }, text) {
      if (text !== "yes" && text !== "no") return false;
      state.settings[key] = text === "yes";
    },
  };
}
function text(
  name: string,
  key: "announceHost" | "user" | "password",
  changed: (state: State) => void = () => {},
): Parameter {
  return {
    name,
    get: ({ state }) => state.settings[key],
    set({ state }, value) {
      state.settings[key] = value;
      changed(state);
    },
  };
}
/** Links to other Sentinels are made anew, with what is needed to get in now. */
function dropPeers(state: State): void {
  for (const { peers } of state.primaries.values()) {
    for (const peer of peers.values()) state.closeChannels(peer.link);
  }
}

const LEVELS = ["debug", "verbose", "notice", "warning", "nothing"] as const;

const parameters: readonly Parameter[] = [
  flag("resolve-hostnames", "resolvesHostnames"),
  flag("announce-hostnames", "announcesHostnames"),
  text("announce-ip", "announceHost"),
  {
    name: "announce-port",
    get: ({ state }) => `${state.settings.announcePort}`,
    set({ state }, value) {
      const port = wholeNumber(value);
      if (port === null || port < 0 || port > 65535) return false;
      state.settings.announcePort = port;
    },
  },
  text("sentinel-user", "user", dropPeers),
  text("sentinel-pass", "password", dropPeers),
  {
    name: "loglevel",
    get: ({ c }) => c.server.config.text("loglevel"),
    set({ c }, value) {
      if (!LEVELS.some((level) => level === value.toLowerCase())) return false;
      return c.server.config.set([["loglevel", value]]) === undefined;
    },
  },
];

const WRONG = "ERR Only SENTINEL CONFIG GET <param> [<param> <param> ...] / SET <param> <value> " +
  "[<param> <value> ...] are supported.";

function getParameters(asked: Asked): void {
  const { c } = asked;
  const found = new Map<string, Parameter>();
  for (let i = 3; i < c.argc; i++) {
    for (const parameter of parameters) {
      if (globMatches(c.option(i), parameter.name)) found.set(parameter.name, parameter);
    }
  }
  c.reply.map(found.size);
  for (const [name, parameter] of found) {
    c.reply.bulk(name);
    c.reply.bulk(parameter.get(asked));
  }
}

function setParameters(asked: Asked): void {
  const { c, state } = asked;
  const pairs: [Parameter, string][] = [];
  for (let i = 3; i < c.argc; i += 2) {
    const parameter = parameters.find(({ name }) => name === c.option(i));
    if (parameter === undefined) {
      return c.reply.error(`ERR Invalid argument '${c.shown(i)}' to SENTINEL CONFIG SET`);
    }
    if (i + 1 >= c.argc) {
      return c.reply.error(`ERR Missing argument '${c.shown(i)}' value`);
    }
    if (pairs.some(([other]) => other === parameter)) {
      return c.reply.error(`ERR Duplicate argument '${c.shown(i)}' to SENTINEL CONFIG SET`);
    }
    pairs.push([parameter, textOf(c, i + 1)]);
  }
  // All or none: what was set before one that is wrong is taken back.
  const before = pairs.map(([parameter]) => parameter.get(asked));
  for (const [i, [parameter, value]] of pairs.entries()) {
    if (parameter.set(asked, value) !== false) continue;
    for (let k = 0; k < i; k++) pairs[k][0].set(asked, before[k]);
    return c.reply.error(`ERR Invalid value '${value}' to SENTINEL CONFIG SET '${parameter.name}'`);
  }
  state.save();
  c.reply.ok();
}

function config(asked: Asked): void {
  const { c } = asked;
  const action = c.option(2);
  if (action === "get" && c.argc >= 4) return getParameters(asked);
  if (action === "set" && c.argc >= 5) return setParameters(asked);
  c.reply.error(WRONG);
}

function debug({ c, state }: Asked): void {
  const names = Object.keys(DEFAULT_TIMING) as TimingName[];
  if (c.argc === 2) {
    c.reply.map(names.length);
    for (const name of names) {
      c.reply.bulk(name.toUpperCase());
      c.reply.bulk(`${state.timing[name]}`);
    }
    return;
  }
  for (let i = 2; i < c.argc; i += 2) {
    const name = names.find((known) => known === c.option(i));
    if (name === undefined || i + 1 >= c.argc) {
      return c.reply.error(
        `ERR Unknown option or number of arguments for SENTINEL DEBUG '${c.shown(i)}'`,
      );
    }
    const ms = wholeNumber(textOf(c, i + 1));
    if (ms === null || ms <= 0) {
      return c.reply.error(
        `ERR Invalid argument '${c.shown(i + 1)}' for SENTINEL DEBUG '${c.shown(i)}'`,
      );
    }
    state.timing[name] = ms;
  }
  c.reply.ok();
}

export function configuration(sentinel: Sentinel): CommandSpec[] {
  return [
    {
      ...subcommand(sentinel, {
        name: "CONFIG",
        since: "6.2.0",
        arity: -4,
        summary: "Gets and sets parameters of the whole Sentinel.",
      }, config),
      secrets(c) {
        const found: number[] = [];
        for (let i = 3; i + 1 < c.argc; i++) if (c.option(i) === "sentinel-pass") found.push(i + 1);
        return found;
      },
    },
    subcommand(sentinel, {
      name: "DEBUG",
      since: "7.0.0",
      arity: -2,
      summary: "Lists and sets the periods that a Sentinel works by.",
    }, debug),
    subcommand(sentinel, {
      name: "FLUSHCONFIG",
      since: "2.8.4",
      arity: 2,
      summary: "Writes the configuration to disk.",
    }, ({ c }) => {
      const { state } = sentinel.machine;
      state.save();
      sentinel.settle();
      if (state.isSaved) c.reply.ok();
      else c.reply.error("ERR Failed to save config file. Check server logs.");
    }),
  ];
}
