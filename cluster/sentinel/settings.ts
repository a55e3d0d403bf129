/** The `sentinel ...` lines of the configuration file: read at the start, and written whenever they change. */

import { quoteWord } from "../../server/config/words.ts";
import { Primary } from "./instance.ts";
import type { State } from "./state.ts";

const WRONG = "Unrecognized sentinel configuration statement.";
const MAX_PORT = 65535;

/** What settings ask of the system. */
export interface SettingsNeeds {
  /** Whether a file is there and may be run. */
  isExecutable(path: string): boolean;
}

/** Why a line cannot be taken; undefined where it was. */
type Refusal = string | undefined;

/** Lines of these come first, whatever their order: others depend on them. */
const GLOBAL = [
  "announce-ip",
  "announce-port",
  "deny-scripts-reconfig",
  "sentinel-user",
  "sentinel-pass",
  "current-epoch",
  "myid",
  "announce-hostnames",
  "resolve-hostnames",
];

/** The order in which lines are to be read: settings of all, primaries, settings of primaries. */
export function phaseOf(directive: string): number {
  const name = directive.toLowerCase();
  return GLOBAL.includes(name) ? 0 : name === "monitor" ? 1 : 2;
}

/** Takes a line, its words without `sentinel`. */
export function readSetting(
  state: State,
  words: readonly string[],
  needs: SettingsNeeds,
): Refusal {
  const [directive, ...args] = words;
  const name = directive.toLowerCase();
  if (name === "monitor") return args.length === 4 ? monitor(state, args) : WRONG;
  if (args.length === 1) return readGlobal(state, name, args[0]);
  const options = ofPrimary[name];
  if (options === undefined || args.length !== options.words + 1) return WRONG;
  const primary = state.primaries.get(args[0]);
  if (primary === undefined) return "No such master with specified name.";
  return options.read(primary, args.slice(1), state, needs);
}

function monitor(state: State, [name, host, portText, quorumText]: string[]): Refusal {
  const quorum = number(quorumText);
  if (quorum <= 0) return "Quorum must be 1 or greater.";
  if (state.primaries.has(name)) return "Duplicate master name.";
  if (!state.isHost(host)) return "Can't resolve instance hostname.";
  const port = number(portText);
  if (port < 0 || port > MAX_PORT) return "Invalid port number.";
  addPrimary(state, name, host, port, quorum);
}

/** Begins to watch a primary. */
export function addPrimary(
  state: State,
  name: string,
  host: string,
  port: number,
  quorum: number,
): Primary {
  const primary = new Primary(
    state.nextId(),
    name,
    state.address(host, port),
    state.newLink(),
    state.nowMs,
    quorum,
    {
      downAfterMs: state.timing["default-down-after"],
      failoverTimeoutMs: state.timing["default-failover-timeout"],
    },
  );
  state.primaries.set(name, primary);
  state.instances.set(primary.id, primary);
  return primary;
}

function readGlobal(state: State, name: string, value: string): Refusal {
  const { settings } = state;
  switch (name) {
    case "announce-ip":
      settings.announceHost = value;
      return;
    case "announce-port":
      settings.announcePort = number(value);
      return;
    case "sentinel-user":
      settings.user = value;
      return;
    case "sentinel-pass":
      settings.password = value;
      return;
    case "current-epoch":
      state.epoch = Math.max(state.epoch, number(value));
      return;
    case "myid":
      if (!/^[0-9a-f]{40}$/i.test(value)) return "Malformed Sentinel id in myid option.";
      state.id = value;
      return;
  }
  const flag = FLAGS[name];
  if (flag === undefined) return WRONG;
  if (value !== "yes" && value !== "no") {
    return `Please specify yes or no for the ${name} option${
      name === "deny-scripts-reconfig" ? "s" : ""
    }.`;
  }
  settings[flag] = value === "yes";
}

const FLAGS: Record<
  string,
  "deniesScripts" | "resolvesHostnames" | "announcesHostnames" | undefined
> = {
  "deny-scripts-reconfig": "deniesScripts",
  "resolve-hostnames": "resolvesHostnames",
  "announce-hostnames": "announcesHostnames",
};

/** A number as C reads it: what is none is 0. */
function number(text: string): number {
  const value = parseInt(text, 10);
  return Number.isNaN(value) ? 0 : value;
}

/** A line `sentinel <option> <primary> <word> ...`. */
interface OptionOfPrimary {
  words: number;
  read(primary: Primary, words: string[], state: State, needs: SettingsNeeds): Refusal;
}

function time(set: (primary: Primary, ms: number) => void): OptionOfPrimary {
  return {
    words: 1,
    read(primary, [text]) {
      const ms = number(text);
      if (ms <= 0) return "negative or zero time parameter.";
      set(primary, ms);
    },
  };
}
function value(set: (primary: Primary, text: string, state: State) => unknown): OptionOfPrimary {
  return {
    words: 1,
    read(primary, [text], state) {
      set(primary, text, state);
      return undefined;
    },
  };
}
function script(
  what: string,
  set: (primary: Primary, path: string) => void,
): OptionOfPrimary {
  return {
    words: 1,
    read(primary, [path], _, needs) {
      if (!needs.isExecutable(path)) return `${what} script seems non existing or non executable.`;
      set(primary, path);
    },
  };
}

const knownReplica: OptionOfPrimary = {
  words: 2,
  read(primary, [host, port], state) {
    if (!state.isHost(host)) return "Can't resolve instance hostname.";
    if (number(port) < 0 || number(port) > MAX_PORT) return "Invalid port number.";
    if (state.addReplica(primary, state.address(host, number(port))) === null) {
      return "Duplicate hostname and port for replica.";
    }
  },
};
const knownSentinel: OptionOfPrimary = {
  words: 3,
  read(primary, [host, port, runId], state) {
    if (!state.isHost(host)) return "Can't resolve instance hostname.";
    if (number(port) < 0 || number(port) > MAX_PORT) return "Invalid port number.";
    if (state.addPeer(primary, runId, state.address(host, number(port))) === null) {
      return "Duplicate runid for sentinel.";
    }
  },
};

const ofPrimary: Record<string, OptionOfPrimary | undefined> = {
  "down-after-milliseconds": time((primary, ms) => primary.downAfterMs = ms),
  "failover-timeout": time((primary, ms) => primary.failoverTimeoutMs = ms),
  "parallel-syncs": value((primary, text) => primary.parallelSyncs = number(text)),
  "notification-script": script(
    "Notification",
    (primary, path) => primary.notificationScript = path,
  ),
  "client-reconfig-script": script(
    "Client reconfiguration",
    (primary, path) => primary.reconfigScript = path,
  ),
  "auth-pass": value((primary, text) => primary.password = text),
  "auth-user": value((primary, text) => primary.user = text),
  "config-epoch": value((primary, text, state) => {
    primary.configEpoch = number(text);
    state.epoch = Math.max(state.epoch, primary.configEpoch);
  }),
  "leader-epoch": value((primary, text, state) => {
    primary.vote = { runId: "", epoch: number(text) };
    state.epoch = Math.max(state.epoch, primary.vote.epoch);
  }),
  "master-reboot-down-after-period": {
    words: 1,
    read(primary, [text]) {
      if (number(text) < 0) return "negative time parameter.";
      primary.rebootDownAfterMs = number(text);
    },
  },
  "rename-command": {
    words: 2,
    read(primary, [from, to]) {
      if (primary.renamed.has(from.toLowerCase())) {
        return "Same command renamed multiple times with rename-command.";
      }
      primary.renamed.set(from.toLowerCase(), to);
    },
  },
  "known-replica": knownReplica,
  "known-slave": knownReplica,
  "known-sentinel": knownSentinel,
};

/** A word of a line: quoted where it must be. */
function quoted(word: string): string {
  return /^[\w.:*@/+-]+$/.test(word) ? word : quoteWord(word);
}

/** All that is to be remembered, as lines without `sentinel`. */
export function settingLines(state: State): string[] {
  const { settings } = state;
  const lines: string[] = [`myid ${state.id}`];
  if (!settings.deniesScripts) lines.push("deny-scripts-reconfig no");
  if (settings.resolvesHostnames) lines.push("resolve-hostnames yes");
  if (settings.announcesHostnames) lines.push("announce-hostnames yes");
  if (settings.announceHost !== "") lines.push(`announce-ip ${quoted(settings.announceHost)}`);
  if (settings.announcePort !== 0) lines.push(`announce-port ${settings.announcePort}`);
  if (settings.user !== "") lines.push(`sentinel-user ${quoted(settings.user)}`);
  if (settings.password !== "") lines.push(`sentinel-pass ${quoted(settings.password)}`);
  for (const primary of state.primaries.values()) lines.push(...linesOf(state, primary));
  lines.push(`current-epoch ${state.epoch}`);
  return lines;
}

function* linesOf(state: State, primary: Primary): Generator<string> {
  const { timing } = state;
  const name = quoted(primary.name);
  // Where a failover has given it another address that one is the primary's.
  const address = state.currentAddress(primary);
  yield `monitor ${name} ${quoted(state.shown(address))} ${address.port} ${primary.quorum}`;
  if (primary.downAfterMs !== timing["default-down-after"]) {
    yield `down-after-milliseconds ${name} ${primary.downAfterMs}`;
  }
  if (primary.failoverTimeoutMs !== timing["default-failover-timeout"]) {
    yield `failover-timeout ${name} ${primary.failoverTimeoutMs}`;
  }
  if (primary.parallelSyncs !== 1) yield `parallel-syncs ${name} ${primary.parallelSyncs}`;
  if (primary.notificationScript !== "") {
    yield `notification-script ${name} ${quoted(primary.notificationScript)}`;
  }
  if (primary.reconfigScript !== "") {
    yield `client-reconfig-script ${name} ${quoted(primary.reconfigScript)}`;
  }
  if (primary.user !== "") yield `auth-user ${name} ${quoted(primary.user)}`;
  if (primary.password !== "") yield `auth-pass ${name} ${quoted(primary.password)}`;
  if (primary.rebootDownAfterMs !== 0) {
    yield `master-reboot-down-after-period ${name} ${primary.rebootDownAfterMs}`;
  }
  for (const [from, to] of primary.renamed) {
    yield `rename-command ${name} ${quoted(from)} ${quoted(to)}`;
  }
  yield `config-epoch ${name} ${primary.configEpoch}`;
  yield `leader-epoch ${name} ${primary.vote.epoch}`;
  for (const replica of primary.replicas.values()) {
    // The one that takes over changes places with the old primary.
    const place = address === replica.address ? primary.address : replica.address;
    yield `known-replica ${name} ${quoted(state.shown(place))} ${place.port}`;
  }
  for (const { address: { port }, address: at, runId } of primary.peers.values()) {
    yield `known-sentinel ${name} ${quoted(state.shown(at))} ${port} ${runId}`;
  }
}
