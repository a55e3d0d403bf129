/** LATENCY and its subcommands. */

import { cumulative, totalOf } from "../../stats/latency/histogram.ts";
import { latencyReport } from "../../stats/latency/doctor.ts";
import { latencyGraph } from "../../stats/latency/graph.ts";
import type { Context } from "../context.ts";
import { command, type CommandFacts, type CommandSpec } from "../define.ts";
import { replyHelp } from "../help.ts";

const special = [
  "nondeterministic_output",
  "request_policy:all_nodes",
  "response_policy:special",
];

const shared = {
  group: "server",
  since: "2.8.13",
  complexity: "O(1)",
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  tips: special,
} satisfies Partial<CommandSpec>;

const latest = command({
  ...shared,
  name: "LATEST",
  summary: "Returns the last and the longest time that each event took.",
  run(c) {
    const { events } = c.server.inspectors.latency;
    c.reply.array(events.size);
    for (const [name, { samples, maxMs }] of events) {
      const last = samples[samples.length - 1];
      c.reply.array(4);
      c.reply.bulk(name);
      c.reply.number(last.timeS);
      c.reply.number(last.ms);
      c.reply.number(maxMs);
    }
  },
});

const history = command({
  ...shared,
  name: "HISTORY",
  summary: "Returns when an event happened and how long it took.",
  arity: 3,
  arguments: [{ name: "event", type: "string" }],
  run(c) {
    const samples = c.server.inspectors.latency.events.get(c.word(2))?.samples ?? [];
    c.reply.array(samples.length);
    for (const { timeS, ms } of samples) {
      c.reply.array(2);
      c.reply.number(timeS);
      c.reply.number(ms);
    }
  },
});

const graph = command({
  ...shared,
  name: "GRAPH",
  summary: "Draws how long an event took over time.",
  arity: 3,
  arguments: [{ name: "event", type: "string" }],
  run(c) {
    const name = c.word(2);
    const event = c.server.inspectors.latency.events.get(name);
    if (event === undefined) {
      return c.reply.error(`ERR No samples available for event '${c.shown(2)}'`);
    }
    const nowS = Math.floor(c.server.clock.nowMs() / 1000);
    c.reply.verbatim(latencyGraph(name, event, nowS));
  },
});

const reset = command({
  ...shared,
  name: "RESET",
  summary: "Forgets what was measured, of some events or of all.",
  arity: -2,
  tips: ["request_policy:all_nodes", "response_policy:agg_sum"],
  arguments: [{ name: "event", type: "string", optional: true, multiple: true }],
  run(c) {
    const { latency } = c.server.inspectors;
    const names = c.argc === 2 ? [...latency.events.keys()] : [];
    for (let i = 2; i < c.argc; i++) names.push(c.word(i));
    c.reply.number(names.filter((name) => latency.reset(name)).length);
  },
});

const doctor = command({
  ...shared,
  name: "DOCTOR",
  summary: "Tells what has held the server up, and what may help.",
  run(c) {
    const { values } = c.server.config;
    c.reply.verbatim(latencyReport(c.server.inspectors.latency.events, {
      thresholdMs: values["latency-monitor-threshold"],
      slowlogUs: values["slowlog-log-slower-than"],
      tenacity: values["maxmemory-eviction-tenacity"],
      hz: values.hz,
    }));
  },
});

/** Commands asked for by name, a container with all its subcommands; every one where none is named. */
function asked(c: Context): readonly CommandFacts[] {
  const { registry } = c.server;
  if (c.argc === 2) return registry.all;
  const found: CommandFacts[] = [];
  for (let i = 2; i < c.argc; i++) {
    const named = registry.find(c.word(i));
    if (named !== undefined) found.push(named, ...named.subcommands?.values() ?? []);
  }
  return found;
}

const histogram = command({
  ...shared,
  name: "HISTOGRAM",
  summary: "Returns how many calls of commands took at most so long.",
  since: "7.0.0",
  complexity: "O(N) where N is the number of commands with latencies",
  arity: -2,
  arguments: [{ name: "command", type: "string", optional: true, multiple: true }],
  run(c) {
    const { latencies } = c.server.stats;
    const found = asked(c).map(({ id, name }) => ({ name, counts: latencies.of(id) }))
      .filter(({ counts }) => counts !== null);
    c.reply.map(found.length);
    for (const { name, counts } of found) {
      c.reply.bulk(name);
      c.reply.map(2);
      c.reply.bulk("calls");
      c.reply.number(totalOf(counts!));
      c.reply.bulk("histogram_usec");
      const rows = cumulative(counts!);
      c.reply.map(rows.length);
      for (const [us, calls] of rows) {
        c.reply.number(us);
        c.reply.number(calls);
      }
    }
  },
});

const help = command({
  ...shared,
  name: "HELP",
  summary: "Lists the subcommands.",
  flags: ["loading", "stale"],
  tips: [],
  run: (c) =>
    replyHelp(c, [
      ["DOCTOR", "What has held the server up, and what may help."],
      ["GRAPH <event>", "A drawing of how long an event took."],
      [
        "HISTOGRAM [<command> ...]",
        "For commands, all by default: how many calls took at most so many microseconds.",
      ],
      ["HISTORY <event>", "When an event happened, and how long it took in milliseconds."],
      ["LATEST", "Of each event when it was last, how long it took then and at most."],
      ["RESET [<event> ...]", "Forget what was measured, of all events by default."],
    ]),
});

export const latency = command({
  name: "LATENCY",
  summary: "Tells what holds the server up, and how long commands take.",
  since: "2.8.13",
  group: "server",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [latest, history, graph, reset, doctor, histogram, help],
});
