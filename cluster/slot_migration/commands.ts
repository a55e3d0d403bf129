/**
 * Slot migrations by command: CLUSTER MIGRATION as Redis 8.4 has it, said to the target; CLUSTER MIGRATESLOTS,
 * GETSLOTMIGRATIONS and CANCELSLOTMIGRATIONS as Valkey 9 has them, said to the source; and what the nodes say to each
 * other, CLUSTER SYNCSLOTS.
 */

import type { ClusterBus } from "../bus/bus.ts";
import { type Handlers, slotAt } from "../bus/commands/parts.ts";
import type { Context } from "../../server/commands/context.ts";
import { randomId } from "../../server/propagation/role.ts";
import { errors } from "../../server/resp/errors.ts";
import { type Job, type JobState, type MigrationRequest, type Ranges, slotsOf } from "./job.ts";

/** Pairs of arguments as stretches of slots; an error is sent where they are none. */
function rangesAt(c: Context, from: number, end: number): Ranges | null {
  if (from >= end || (end - from) % 2 !== 0) {
    c.reply.error(errors.syntax);
    return null;
  }
  const ranges: [number, number][] = [];
  const seen = new Set<number>();
  for (let i = from; i < end; i += 2) {
    const first = slotAt(c, i);
    const last = first === null ? null : slotAt(c, i + 1);
    if (first === null || last === null) return null;
    if (first > last) {
      c.reply.error(`ERR start slot number ${first} is greater than end slot number ${last}`);
      return null;
    }
    for (let slot = first; slot <= last; slot++) {
      if (!seen.has(slot)) seen.add(slot);
      else {
        c.reply.error(`ERR Slot ${slot} specified multiple times`);
        return null;
      }
    }
    ranges.push([first, last]);
  }
  return ranges;
}

/** Whether slots can leave or come at all; an error, null where they can. */
function whyNot({ state, slotMigration }: ClusterBus, ranges: Ranges): string | null {
  if (!state.self.isMaster) return "ERR I am not a master";
  for (const slot of slotsOf(ranges)) {
    if (state.migrating.has(slot) || state.importing.has(slot)) {
      return `ERR Slot ${slot} is being migrated key by key`;
    }
    if (slotMigration.machine.active.some(({ slots }) => slots.includes(slot))) {
      return `ERR Slot ${slot} is being migrated already`;
    }
  }
  return null;
}

// ---- at the source ----------------------------------------------------------------------------------

/** Why slots cannot go to a node; null where they can. */
function whyNotExport(bus: ClusterBus, target: string, ranges: Ranges): string | null {
  const { state } = bus;
  const node = state.find(target);
  if (node === undefined || node.isInHandshake) return `ERR Unknown node ${target}`;
  if (node.isSelf) return "ERR Slots cannot be migrated to this node itself";
  if (!node.isMaster) return "ERR Target node is not a master";
  for (const slot of slotsOf(ranges)) {
    if (state.owners[slot] !== state.self) return `ERR I'm not the owner of hash slot ${slot}`;
  }
  return whyNot(bus, ranges);
}

function migrateSlots(c: Context, bus: ClusterBus): void {
  const { state, slotMigration, server } = bus;
  const requests: MigrationRequest[] = [];
  const taken = new Set<number>();
  for (let at = 2; at < c.argc;) {
    if (c.option(at) !== "slotsrange") return c.reply.error(errors.syntax);
    let end = at + 1;
    while (end < c.argc && c.option(end) !== "node") end++;
    if (end + 1 >= c.argc) return c.reply.error(errors.syntax);
    const ranges = rangesAt(c, at + 1, end);
    if (ranges === null) return;
    const target = c.word(end + 1).toLowerCase();
    const wrong = whyNotExport(bus, target, ranges);
    if (wrong !== null) return c.reply.error(wrong);
    for (const slot of slotsOf(ranges)) {
      if (taken.has(slot)) return c.reply.error(`ERR Slot ${slot} specified multiple times`);
      taken.add(slot);
    }
    requests.push({ id: randomId(server.random), source: state.self.id, target, ranges });
    at = end + 2;
  }
  c.reply.ok();
  for (const request of requests) slotMigration.tell({ on: "export", request });
}

function cancelExports(c: Context, { slotMigration }: ClusterBus): void {
  const count = slotMigration.cancel(({ side }) => side === "export");
  if (count === 0) c.reply.error("ERR No migrations ongoing");
  else c.reply.ok();
}

function seconds(bus: ClusterBus, ms: number): number {
  return ms === 0 ? 0 : Math.floor((ms + bus.wallOffsetMs) / 1000);
}

function listMigrations(c: Context, bus: ClusterBus): void {
  const { jobs } = bus.slotMigration.machine;
  c.reply.array(jobs.length);
  for (const job of jobs) {
    replyFields(c, [
      ["name", job.id],
      ["operation", job.side.toUpperCase()],
      ["slot_ranges", job.rangesText],
      ["target_node", job.target],
      ["source_node", job.source],
      ["create_time", seconds(bus, job.createMs)],
      ["last_update_time", seconds(bus, job.updateMs)],
      ["last_ack_time", seconds(bus, job.ackMs)],
      ["state", job.state],
      ["message", job.message],
      ["cow_size", 0],
    ]);
  }
}

function replyFields(c: Context, fields: readonly (readonly [string, string | number])[]): void {
  c.reply.map(fields.length);
  for (const [name, value] of fields) {
    c.reply.bulk(name);
    if (typeof value === "number") c.reply.number(value);
    else c.reply.bulk(value);
  }
}

// ---- at the target ----------------------------------------------------------------------------------

function migration(c: Context, bus: ClusterBus): void {
  const action = c.option(2);
  if (action === "import") return importSlots(c, bus);
  if (action !== "cancel" && action !== "status") return c.reply.error(errors.syntax);
  const word = c.option(3);
  const isAll = word === "all" && c.argc === 4;
  if (!isAll && !(word === "id" && c.argc === 5)) return c.reply.error(errors.syntax);
  const id = isAll ? null : c.word(4).toLowerCase();
  const isMeant = (job: Job) => id === null || job.id === id;
  if (action === "cancel") return c.reply.number(bus.slotMigration.cancel(isMeant));
  const jobs = bus.slotMigration.machine.jobs.filter(isMeant);
  c.reply.array(jobs.length);
  for (const job of jobs) replyStatus(c, bus, job);
}

function importSlots(c: Context, bus: ClusterBus): void {
  const { state, server, slotMigration } = bus;
  const ranges = rangesAt(c, 3, c.argc);
  if (ranges === null) return;
  const owners = new Set(slotsOf(ranges).map((slot) => state.owners[slot]));
  const [owner] = owners;
  if (owners.has(null)) return c.reply.error("ERR Some of these slots are served by nobody");
  if (owners.has(state.self)) {
    return c.reply.error("ERR Some of these slots are served here already");
  }
  if (owners.size > 1) return c.reply.error("ERR These slots are served by several nodes");
  const wrong = whyNot(bus, ranges);
  if (wrong !== null) return c.reply.error(wrong);
  const id = randomId(server.random);
  c.reply.bulk(id);
  const request = { id, source: owner!.id, target: state.self.id, ranges };
  slotMigration.tell({ on: "import", request });
}

/** What Redis calls the states. */
const STATES: Partial<Record<JobState, string>> = {
  success: "completed",
  failed: "failed",
  cancelled: "canceled",
};

function replyStatus(c: Context, { wallOffsetMs }: ClusterBus, job: Job): void {
  const time = (ms: number) => ms === 0 ? 0 : Math.floor(ms + wallOffsetMs);
  replyFields(c, [
    ["id", job.id],
    ["slots", job.rangesText],
    ["source", job.source],
    ["dest", job.target],
    ["operation", job.side === "import" ? "import" : "migrate"],
    ["state", STATES[job.state] ?? "in_progress"],
    ["last_error", job.message],
    ["retries", job.retries],
    ["create_time", time(job.createMs)],
    ["start_time", time(job.startMs)],
    ["end_time", time(job.endMs)],
    ["write_pause_ms", Math.round(job.pausedMs)],
  ]);
}

// ---- between nodes ------------------------------------------------------------------------------------

function syncSlots(c: Context, bus: ClusterBus): void {
  const { state, slotMigration } = bus;
  const word = c.option(2);
  if (word === "hide" || word === "show") return hideSlots(c, bus, word === "hide");
  if (word === "import" || word === "export") {
    if (c.argc < 7) return c.reply.error(errors.syntax);
    const ranges = rangesAt(c, 5, c.argc);
    if (ranges === null) return;
    const [id, node] = [c.word(3), c.word(4)];
    if (word === "import") {
      const request = { id, source: node, target: state.self.id, ranges };
      return slotMigration.introduced(c.connection, request);
    }
    const wrong = whyNotExport(bus, node, ranges);
    if (wrong !== null) return c.reply.error(wrong);
    c.reply.ok();
    const request = { id, source: state.self.id, target: node, ranges };
    return slotMigration.tell({ on: "export", request });
  }
  const id = slotMigration.jobOf(c.connection);
  if (id === null) return c.reply.error("ERR This connection imports no slots");
  if (word === "ping") return slotMigration.tell({ on: "pinged", id });
  const stampMs = word === "finish" && c.argc === 4 ? c.integer(3) : null;
  if (stampMs !== null) slotMigration.tell({ on: "finish", id, stampMs });
}

/** What a primary says to its replicas, and to the append-only file, where it is of another time. */
function hideSlots(c: Context, { server, state }: ClusterBus, hides: boolean): void {
  if (!c.connection.exempt) return c.reply.error(errors.syntax);
  if (state.self.isMaster) return;
  const ranges = rangesAt(c, 3, c.argc);
  if (ranges === null) return;
  const { hidden } = server.slotKeys;
  if (hides) hidden.add(slotsOf(ranges));
  else hidden.remove(slotsOf(ranges));
}

export const slotMigrations: Handlers = {
  MIGRATESLOTS: migrateSlots,
  GETSLOTMIGRATIONS: listMigrations,
  CANCELSLOTMIGRATIONS: cancelExports,
  MIGRATION: migration,
  SYNCSLOTS: syncSlots,
};
