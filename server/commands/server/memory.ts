/** MEMORY and its subcommands. */

import { errors } from "../../resp/errors.ts";
import { humanBytes } from "./info_sections/format.ts";
import { memoryFigures } from "../../stats/memory.ts";
import { doctorReport } from "../../stats/memory_doctor.ts";
import type { Context } from "../context.ts";
import { command, type CommandSpec, keysAt } from "../define.ts";
import { replyHelp } from "../help.ts";

const shared = {
  group: "server",
  since: "4.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: [],
} satisfies Partial<CommandSpec>;

const special = ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"];

const DEFAULT_SAMPLES = 5;
const ALL_SAMPLES = 0xffffffff;

/** How many elements of a large value to look at; null, after an error, for arguments that are wrong. */
function readSamples(c: Context): number | null {
  let samples = DEFAULT_SAMPLES;
  for (let i = 3; i < c.argc; i += 2) {
    if (c.option(i) !== "samples" || i + 1 === c.argc) {
      c.reply.error(errors.syntax);
      return null;
    }
    const value = c.integer(i + 1);
    if (value === null) return null;
    if (value < 0) {
      c.reply.error(errors.syntax);
      return null;
    }
    samples = value === 0 ? ALL_SAMPLES : Math.min(value, ALL_SAMPLES);
  }
  return samples;
}

const usage = command({
  ...shared,
  name: "USAGE",
  summary: "Returns the bytes that a key and its value occupy.",
  complexity: "O(N) where N is the number of samples",
  arity: -3,
  flags: ["readonly"],
  keys: [keysAt(2, 2, 1, "RO")],
  arguments: [
    { name: "key", type: "key", keySpec: 0 },
    { name: "count", type: "integer", token: "SAMPLES", optional: true },
  ],
  run(c) {
    const samples = readSamples(c);
    if (samples === null) return;
    const entry = c.x.keyPeek(c.db, 2);
    if (entry === 0) c.reply.null();
    else c.reply.number(c.x.usageOf(entry, samples));
  },
});

const stats = command({
  ...shared,
  name: "STATS",
  summary: "Returns where the memory is, in numbers.",
  tips: special,
  run(c) {
    const figures = memoryFigures(c.server);
    const { used, peak, startup, resident, active, mapped, overhead, dataset, keys } = figures;
    const net = used - startup;
    const before: [string, number][] = [
      ["peak.allocated", peak],
      ["total.allocated", used],
      ["startup.allocated", startup],
      ["replication.backlog", c.server.propagation.stream.backlog.heldBytes],
      ["clients.slaves", 0],
      ["clients.normal", figures.clients],
      ["cluster.links", c.server.cluster?.linkBytes ?? 0],
      ["aof.buffer", 0],
      ["lua.caches", c.server.scripting.scriptBytes],
      ["functions.caches", c.server.scripting.functions.bytes],
    ];
    const after: [string, number, "ratio"?][] = [
      ["overhead.total", overhead],
      ["keys.count", keys],
      ["keys.bytes-per-key", keys === 0 ? 0 : Math.floor(net / keys)],
      ["dataset.bytes", dataset],
      ["dataset.percentage", net <= 0 ? 0 : dataset * 100 / net, "ratio"],
      ["peak.percentage", peak === 0 ? 0 : used * 100 / peak, "ratio"],
      ["allocator.allocated", used],
      ["allocator.active", active],
      ["allocator.resident", mapped],
      ["allocator-fragmentation.ratio", active / used, "ratio"],
      ["allocator-fragmentation.bytes", active - used],
      ["allocator-rss.ratio", mapped / active, "ratio"],
      ["allocator-rss.bytes", mapped - active],
      ["rss-overhead.ratio", resident / mapped, "ratio"],
      ["rss-overhead.bytes", resident - mapped],
      ["fragmentation", resident / used, "ratio"],
      ["fragmentation.bytes", resident - used],
    ];
    c.reply.map(before.length + figures.databases.length + after.length);
    for (const [name, value] of before) replyField(c, name, value);
    for (const { db, keysTable, expiresTable } of figures.databases) {
      c.reply.bulk(`db.${db}`);
      c.reply.map(3);
      replyField(c, "overhead.hashtable.main", keysTable);
      replyField(c, "overhead.hashtable.expires", expiresTable);
      replyField(c, "overhead.hashtable.slot-to-keys", 0);
    }
    for (const [name, value, kind] of after) replyField(c, name, value, kind);
  },
});

function replyField(c: Context, name: string, value: number, kind?: "ratio"): void {
  c.reply.bulk(name);
  if (kind === "ratio") c.reply.double(value);
  else c.reply.number(value);
}

const doctor = command({
  ...shared,
  name: "DOCTOR",
  summary: "Tells of what looks wrong with the memory, and what to do.",
  tips: special,
  run: (c) => c.reply.verbatim(doctorReport(memoryFigures(c.server), c.server.clients.all.size)),
});

const mallocStats = command({
  ...shared,
  name: "MALLOC-STATS",
  summary: "Tells how the allocator stands.",
  tips: special,
  run(c) {
    const { u32, at } = c.core;
    const { used, active, mapped, resident } = memoryFigures(c.server);
    const lines = [
      `blocks: ${u32[at.LIVE_BLOCKS]}, ${used} bytes (${humanBytes(used)})`,
      `pages in use: ${u32[at.USED_PAGES]}, ${active} bytes (${humanBytes(active)})`,
      `pages occupied at most: ${mapped} bytes (${humanBytes(mapped)})`,
      `address space: ${u32[at.LIMIT_PAGE]} pages, of which ${
        u32[at.TOP_PAGE]
      } have been handed out`,
      `the whole process: ${resident} bytes (${humanBytes(resident)})`,
    ];
    c.reply.verbatim(`${lines.join("\n")}\n`);
  },
});

const purge = command({
  ...shared,
  name: "PURGE",
  summary: "Gives memory that is not in use back to the system.",
  complexity: "O(N) where N is the number of runs of pages",
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  run(c) {
    c.server.pages.release();
    // What blocks stand in the way of follows when they have moved.
    c.server.defrag.begin();
    c.reply.ok();
  },
});

const help = command({
  ...shared,
  name: "HELP",
  summary: "Lists the subcommands.",
  flags: ["loading", "stale"],
  run: (c) =>
    replyHelp(c, [
      ["DOCTOR", "What looks wrong with the memory."],
      ["MALLOC-STATS", "How the allocator stands."],
      ["PURGE", "Gives memory that is not in use back to the system."],
      ["STATS", "Where the memory is, in numbers."],
      [
        "USAGE <key> [SAMPLES <count>]",
        "Bytes that a key and its value occupy. Of a large value <count> elements are",
        "looked at (5 by default, 0 for all).",
      ],
    ]),
});

export const memory = command({
  ...shared,
  name: "MEMORY",
  summary: "Tells of the memory.",
  complexity: "Depends on the subcommand",
  arity: -2,
  subcommands: [usage, stats, doctor, mallocStats, purge, help],
});
