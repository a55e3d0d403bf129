/** CLUSTER ADDSLOTS, DELSLOTS, their ranges, FLUSHSLOTS, SETSLOT: who serves what. */

import type { Context } from "../../../server/commands/context.ts";
import type { ClusterBus } from "../bus.ts";
import { claimSlots } from "../failover.ts";
import { updateState } from "../slots.ts";
import { type Handlers, type nodeNamed, slotAt } from "./parts.ts";

/** The slots that the arguments name, once each; null when an error was sent. */
function slotsOf(
  c: Context,
  isRanges: boolean,
  check: (slot: number) => string | null,
): number[] | null {
  const found = new Set<number>();
  const name = c.command.name;
  if (isRanges && c.argc % 2 === 1) {
    c.reply.error(`ERR wrong number of arguments for '${name}' command`);
    return null;
  }
  for (let i = 2; i < c.argc; i += isRanges ? 2 : 1) {
    const first = slotAt(c, i);
    if (first === null) return null;
    const last = isRanges ? slotAt(c, i + 1) : first;
    if (last === null) return null;
    if (first > last) {
      c.reply.error(`ERR start slot number ${first} is greater than end slot number ${last}`);
      return null;
    }
    for (let slot = first; slot <= last; slot++) {
      const wrong = check(slot) ??
        (found.has(slot) ? `ERR Slot ${slot} specified multiple times` : null);
      if (wrong !== null) {
        c.reply.error(wrong);
        return null;
      }
      found.add(slot);
    }
  }
  return [...found];
}

function addSlots(isRanges: boolean) {
  return (c: Context, { state }: ClusterBus) => {
    const slots = slotsOf(
      c,
      isRanges,
      (slot) => state.owners[slot] === null ? null : `ERR Slot ${slot} is already busy`,
    );
    if (slots === null) return;
    for (const slot of slots) {
      state.importing.delete(slot);
      state.own(slot, state.self);
    }
    updateState(state);
    state.save();
    c.reply.ok();
  };
}

function deleteSlots(isRanges: boolean) {
  return (c: Context, { state }: ClusterBus) => {
    const slots = slotsOf(
      c,
      isRanges,
      (slot) => state.owners[slot] === null ? `ERR Slot ${slot} is already unassigned` : null,
    );
    if (slots === null) return;
    for (const slot of slots) state.disown(slot);
    updateState(state);
    state.save();
    c.reply.ok();
  };
}

function flushSlots(c: Context, { state }: ClusterBus): void {
  if (state.server.keyCount !== 0) {
    return c.reply.error("ERR DB must be empty to perform CLUSTER FLUSHSLOTS.");
  }
  for (let slot = 0; slot < state.owners.length; slot++) {
    if (state.owners[slot] === state.self) state.disown(slot);
  }
  updateState(state);
  state.save();
  c.reply.ok();
}

function setSlot(c: Context, bus: ClusterBus): void {
  const { state } = bus;
  const { self } = state;
  const { reply } = c;
  if (!self.isMaster) {
    return reply.error("ERR Please use SETSLOT only with masters.");
  }
  const slot = slotAt(c, 2);
  if (slot === null) return;
  const action = c.option(3);
  if (action === "stable" && c.argc === 4) {
    state.importing.delete(slot);
    state.migrating.delete(slot);
    return done(c, bus);
  }
  if (c.argc !== 5 || !["migrating", "importing", "node"].includes(action)) {
    return reply.error(
      "ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP",
    );
  }
  if (action === "migrating" && state.owners[slot] !== self) {
    return reply.error(`ERR I'm not the owner of hash slot ${slot}`);
  }
  if (action === "importing" && state.owners[slot] === self) {
    return reply.error(`ERR I'm already the owner of hash slot ${slot}`);
  }
  const name = c.word(4).toLowerCase();
  const node = state.find(name);
  if (node === undefined) {
    const known = action === "node" ? "Unknown node" : "I don't know about node";
    return reply.error(`ERR ${known} ${c.shown(4)}`);
  }
  if (!node.isMaster) return reply.error("ERR Target node is not a master");
  if (action === "migrating") state.migrating.set(slot, node);
  else if (action === "importing") state.importing.set(slot, node);
  else if (!assign(c, bus, slot, node)) return;
  done(c, bus);
}

/** SETSLOT NODE. @returns false when an error was sent */
function assign(
  c: Context,
  { state, wallOffsetMs }: ClusterBus,
  slot: number,
  node: NonNullable<ReturnType<typeof nodeNamed>>,
): boolean {
  const { self } = state;
  if (state.owners[slot] === self && node !== self && state.server.keysIn(slot) !== 0) {
    c.reply.error(
      `ERR Can't assign hashslot ${slot} to a different node while I still hold keys for this hash slot.`,
    );
    return false;
  }
  if (state.server.keysIn(slot) === 0) state.migrating.delete(slot);
  const comesHere = node === self && state.importing.has(slot);
  if (!comesHere) state.own(slot, node);
  else if (claimSlots(state, [slot], wallOffsetMs)) {
    state.log("configEpoch updated after importing slot " + slot, "warning");
  }
  return true;
}

function done(c: Context, { state }: ClusterBus): void {
  state.isChanged = true;
  updateState(state);
  state.save();
  c.reply.ok();
}

export const ownership: Handlers = {
  ADDSLOTS: addSlots(false),
  ADDSLOTSRANGE: addSlots(true),
  DELSLOTS: deleteSlots(false),
  DELSLOTSRANGE: deleteSlots(true),
  FLUSHSLOTS: flushSlots,
  SETSLOT: setSlot,
};
