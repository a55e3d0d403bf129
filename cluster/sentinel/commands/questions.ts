/** Subcommands that tell what is: MASTERS, REPLICAS, SENTINELS and their like. */

import type { CommandSpec } from "../../../server/commands/define.ts";
import { checkQuorum } from "../describe.ts";
import type { Sentinel } from "../sentinel.ts";
import {
  type Asked,
  primaryNamed,
  replyInstance,
  replyInstances,
  subcommand,
  textOf,
} from "./parts.ts";

const NAME = [{ name: "master-name", type: "string" }] as const;

function replyReplicas(asked: Asked): void {
  const primary = primaryNamed(asked, 2);
  if (primary === null) return;
  replyInstances(asked, [...primary.replicas.values()].filter(({ isAnnounced }) => isAnnounced));
}

function checkedQuorum(asked: Asked): void {
  const { c: { reply } } = asked;
  const primary = primaryNamed(asked, 2);
  if (primary === null) return;
  const { usable, quorum, majority } = checkQuorum(primary);
  if (quorum && majority) {
    return reply.simple(
      `OK ${usable} usable Sentinels. Quorum and failover authorization can be reached`,
    );
  }
  const lacks = [
    quorum ? "" : "Not enough available Sentinels to reach the specified quorum for this master",
    majority ? "" : "Not enough available Sentinels to reach the majority and authorize a failover",
  ].filter((text) => text !== "");
  reply.error(`NOQUORUM ${usable} usable Sentinels. ${lacks.join(". ")}`);
}

/** `<ip> <port> <epoch> <candidate or *>`: whether the primary is down here, and the vote. */
function isDownByAddress({ c, sentinel }: Asked): void {
  const { reply } = c;
  const port = c.integer(3);
  if (port === null) return;
  const epoch = c.integer(4);
  if (epoch === null) return;
  const { isDown, vote } = sentinel.machine.isDownByAddress(
    textOf(c, 2),
    port,
    epoch,
    textOf(c, 5),
  );
  // A vote is told when it is on the disk, and only then.
  sentinel.settle();
  const given = sentinel.machine.state.isSaved ? vote : null;
  reply.array(3);
  reply.number(isDown ? 1 : 0);
  reply.bulk(given === null || given.runId === "" ? "*" : given.runId);
  reply.number(given?.epoch ?? 0);
}

function replyInfoCache({ c, state }: Asked): void {
  const { reply } = c;
  const names = new Set<string>();
  for (let i = 2; i < c.argc; i++) names.add(textOf(c, i));
  const found = [...state.primaries.values()].filter(({ name }) => names.has(name));
  reply.map(found.length);
  for (const primary of found) {
    const instances = [primary, ...primary.replicas.values()];
    reply.bulk(primary.name);
    reply.array(instances.length);
    for (const { info, infoMs } of instances) {
      reply.array(2);
      reply.number(infoMs === null ? 0 : Math.floor(state.nowMs - infoMs));
      if (infoMs === null) reply.null();
      else reply.bulk(info);
    }
  }
}

function replyScripts({ c: { reply }, state, sentinel }: Asked): void {
  const { jobs } = sentinel.machine.scripts;
  reply.array(jobs.length);
  for (const { words, startedMs, dueMs, tries, id } of jobs) {
    const runs = startedMs !== null;
    const timeMs = runs ? state.nowMs - startedMs : Math.max(0, dueMs - state.nowMs);
    reply.map(5);
    reply.bulk("argv");
    reply.bulks(words);
    for (
      const [name, value] of [
        ["flags", runs ? "running" : "scheduled"],
        ["pid", `${runs ? id : 0}`],
        [runs ? "run-time" : "run-delay", `${Math.floor(timeMs)}`],
        ["retry-num", `${tries}`],
      ]
    ) {
      reply.bulk(name);
      reply.bulk(value);
    }
  }
}

export function questions(sentinel: Sentinel): CommandSpec[] {
  const of = (
    name: string,
    since: string,
    arity: number,
    summary: string,
    run: (asked: Asked) => void,
  ) =>
    subcommand(
      sentinel,
      { name, since, arity, summary, ...arity === 3 ? { arguments: NAME } : {} },
      run,
    );
  return [
    of(
      "CKQUORUM",
      "2.8.4",
      3,
      "Tells whether a failover could be agreed on and led.",
      checkedQuorum,
    ),
    of(
      "GET-MASTER-ADDR-BY-NAME",
      "2.8.4",
      3,
      "Returns host and port of the primary of that name.",
      ({ c, state }) => {
        const primary = state.primaries.get(textOf(c, 2));
        if (primary === undefined) return c.reply.nullArray();
        const address = state.currentAddress(primary);
        c.reply.bulks([state.shown(address), `${address.port}`]);
      },
    ),
    of("INFO-CACHE", "3.2.0", -3, "Returns the last replies to INFO.", replyInfoCache),
    of(
      "IS-MASTER-DOWN-BY-ADDR",
      "2.8.4",
      6,
      "Tells whether a primary is down for this Sentinel, and votes.",
      isDownByAddress,
    ),
    of("MASTER", "2.8.4", 3, "Returns the state of a primary.", (asked) => {
      const primary = primaryNamed(asked, 2);
      if (primary !== null) replyInstance(asked, primary);
    }),
    of(
      "MASTERS",
      "2.8.4",
      2,
      "Returns the state of all primaries.",
      (asked) => replyInstances(asked, [...asked.state.primaries.values()]),
    ),
    of(
      "MYID",
      "6.2.0",
      2,
      "Returns the ID of this Sentinel.",
      ({ c, state }) => c.reply.bulk(state.id),
    ),
    of("PENDING-SCRIPTS", "2.8.4", 2, "Returns the scripts that run or are to run.", replyScripts),
    of("REPLICAS", "5.0.0", 3, "Returns the state of a primary's replicas.", replyReplicas),
    of("SENTINELS", "2.8.4", 3, "Returns the state of a primary's other Sentinels.", (asked) => {
      const primary = primaryNamed(asked, 2);
      if (primary !== null) replyInstances(asked, [...primary.peers.values()]);
    }),
    of("SLAVES", "2.8.0", 3, "The older name of SENTINEL REPLICAS.", replyReplicas),
  ];
}
