/** Subcommands that change what is watched: MONITOR, REMOVE, RESET, SET, FAILOVER. */

import type { CommandSpec } from "../../../server/commands/define.ts";
import { globMatches } from "../../../server/config/glob.ts";
import { begin, hasCandidate, proceed, reset } from "../failover.ts";
import type { Primary } from "../instance.ts";
import { allOf } from "../keepalive.ts";
import type { Sentinel } from "../sentinel.ts";
import { addPrimary } from "../settings.ts";
import { type Asked, primaryNamed, subcommand, textOf, wholeNumber } from "./parts.ts";

const MAX_PORT = 65535;

function monitor({ c, state }: Asked): void {
  const { reply } = c;
  const [name, host, portText, quorumText] = [2, 3, 4, 5].map((i) => textOf(c, i));
  const quorum = wholeNumber(quorumText);
  if (quorum === null) return reply.error("ERR Invalid quorum");
  const port = wholeNumber(portText);
  if (port === null) return reply.error("ERR Invalid port");
  if (quorum <= 0) return reply.error("ERR Quorum must be 1 or greater.");
  if (!state.isHost(host)) return reply.error("ERR Invalid IP address or hostname specified");
  if (port < 0 || port > MAX_PORT) return reply.error("ERR Invalid port number.");
  if (state.primaries.has(name)) return reply.error("ERR Duplicate master name.");
  const primary = addPrimary(state, name, host, port, quorum);
  state.save();
  state.tell("warning", "+monitor", primary, `quorum ${quorum}`);
  reply.ok();
}

function remove(asked: Asked): void {
  const { c, state } = asked;
  const primary = primaryNamed(asked, 2);
  if (primary === null) return;
  state.tell("warning", "-monitor", primary);
  for (const instance of [...allOf(primary)]) state.remove(instance);
  state.primaries.delete(primary.name);
  state.save();
  c.reply.ok();
}

function resetMatching({ c, state }: Asked): void {
  const pattern = textOf(c, 2);
  let count = 0;
  for (const primary of state.primaries.values()) {
    if (!globMatches(pattern, primary.name)) continue;
    reset(state, primary, true);
    state.tell("warning", "+reset-master", primary);
    count++;
  }
  if (count > 0) state.save();
  c.reply.number(count);
}

function failover(asked: Asked): void {
  const { c, state } = asked;
  const primary = primaryNamed(asked, 2);
  if (primary === null) return;
  if (primary.failover !== null) return c.reply.error("INPROG Failover already in progress");
  if (!hasCandidate(state, primary)) {
    return c.reply.error("NOGOODSLAVE No suitable replica to promote");
  }
  state.act({
    do: "log",
    level: "warning",
    text: `Executing user requested FAILOVER of '${primary.name}'`,
  });
  begin(state, primary, true);
  proceed(state, primary);
  c.reply.ok();
}

/** An option of SENTINEL SET: how many values it takes, and what they do; false where one is wrong. */
interface Option {
  values: number;
  isScript?: boolean;
  set(primary: Primary, values: string[], asked: Asked): boolean | void;
}

function number(least: number, set: (primary: Primary, value: number) => void): Option {
  return {
    values: 1,
    set(primary, [text]) {
      const value = wholeNumber(text);
      if (value === null || value < least) return false;
      set(primary, value);
    },
  };
}
function script(set: (primary: Primary, path: string) => void): Option {
  return {
    values: 1,
    isScript: true,
    set(primary, [path], { sentinel }) {
      if (path !== "" && !sentinel.environment.processes.isExecutable(path)) return false;
      set(primary, path);
    },
  };
}
/** Links are made anew, with what is needed to get in now. */
function credential(set: (primary: Primary, text: string) => void): Option {
  return {
    values: 1,
    set(primary, [text], { state }) {
      set(primary, text);
      for (const instance of allOf(primary)) {
        if (instance.kind !== "sentinel") state.closeChannels(instance.link);
      }
    },
  };
}

const options: Record<string, Option | undefined> = {
  "down-after-milliseconds": number(1, (primary, ms) => primary.downAfterMs = ms),
  "failover-timeout": number(1, (primary, ms) => primary.failoverTimeoutMs = ms),
  "parallel-syncs": number(1, (primary, count) => primary.parallelSyncs = count),
  quorum: number(1, (primary, count) => primary.quorum = count),
  "master-reboot-down-after-period": number(0, (primary, ms) => primary.rebootDownAfterMs = ms),
  "notification-script": script((primary, path) => primary.notificationScript = path),
  "client-reconfig-script": script((primary, path) => primary.reconfigScript = path),
  "auth-pass": credential((primary, text) => primary.password = text),
  "auth-user": credential((primary, text) => primary.user = text),
  "rename-command": {
    values: 2,
    set(primary, [from, to]) {
      const name = from.toLowerCase();
      if (from === "" || to === "") return false;
      primary.renamed.delete(name);
      if (name !== to.toLowerCase()) primary.renamed.set(name, to);
    },
  },
};

const SCRIPTS_DENIED =
  "ERR Reconfiguration of scripts path is denied for security reasons. Check the " +
  "deny-scripts-reconfig configuration directive in your Sentinel configuration";

function set(asked: Asked): void {
  const { c, state } = asked;
  const { reply } = c;
  const primary = primaryNamed(asked, 2);
  if (primary === null) return;
  let changes = 0;
  const stop = (error: string) => {
    // What came before the error holds.
    if (changes > 0) state.save();
    reply.error(error);
  };
  for (let i = 3; i < c.argc;) {
    const name = c.option(i);
    const option = options[name];
    if (option === undefined || i + option.values >= c.argc) {
      return stop(`ERR Unknown option or number of arguments for SENTINEL SET '${c.shown(i)}'`);
    }
    if (option.isScript && state.settings.deniesScripts) return stop(SCRIPTS_DENIED);
    const values = Array.from({ length: option.values }, (_, k) => textOf(c, i + 1 + k));
    if (option.set(primary, values, asked) === false) {
      return stop(`ERR Invalid argument '${values[0]}' for SENTINEL SET '${c.shown(i)}'`);
    }
    const shown = name === "auth-pass" ? ["******"] : values;
    state.tell("warning", "+set", primary, `${name} ${shown.join(" ")}`);
    changes++;
    i += option.values + 1;
  }
  state.save();
  reply.ok();
}

export function watching(sentinel: Sentinel): CommandSpec[] {
  const of = (name: string, arity: number, summary: string, run: (asked: Asked) => void) =>
    subcommand(sentinel, { name, since: "2.8.4", arity, summary }, run);
  return [
    of("FAILOVER", 3, "Fails over a primary without asking others.", failover),
    of("MONITOR", 6, "Begins to watch a primary.", monitor),
    of("REMOVE", 3, "Watches a primary no more.", remove),
    of("RESET", 3, "Forgets what was learnt of primaries.", resetMatching),
    {
      ...of("SET", -5, "Sets options of a primary.", set),
      secrets(c) {
        const found: number[] = [];
        for (let i = 3; i + 1 < c.argc; i++) if (c.option(i) === "auth-pass") found.push(i + 1);
        return found;
      },
    },
  ];
}
