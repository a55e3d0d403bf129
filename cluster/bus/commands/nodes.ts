/** CLUSTER MEET, FORGET, REPLICATE, RESET, FAILOVER: who is in the cluster, and as what. */

import type { Context } from "../../../server/commands/context.ts";
import { isIp } from "../../../server/net/ip.ts";
import type { ClusterBus } from "../bus.ts";
import { beginManual, type ManualKind } from "../failover.ts";
import { announce, handshake, tellForgotten } from "../gossip.ts";
import { endManualFailover, followNode, updateState } from "../slots.ts";
import { type Handlers, nodeNamed } from "./parts.ts";

const MAX_PORT = 65535;
const BUS_PORT_OFFSET = 10_000;
const FORGET_MS = 60_000;

function meet(c: Context, { state }: ClusterBus): void {
  const { reply } = c;
  if (c.argc > 5) return reply.error("ERR wrong number of arguments for 'cluster|meet' command");
  const host = c.word(2);
  const port = Number(/^\d+$/.exec(c.word(3))?.[0] ?? NaN);
  if (Number.isNaN(port)) return reply.error(`ERR Invalid TCP base port specified: ${c.shown(3)}`);
  let busPort = port + BUS_PORT_OFFSET;
  if (c.argc === 5) {
    busPort = Number(/^\d+$/.exec(c.word(4))?.[0] ?? NaN);
    if (Number.isNaN(busPort)) {
      return reply.error(`ERR Invalid TCP bus port specified: ${c.shown(4)}`);
    }
  }
  const isPort = (value: number) => value > 0 && value <= MAX_PORT;
  if (!isIp(host) || !isPort(port) || !isPort(busPort)) {
    return reply.error(`ERR Invalid node address specified: ${host}:${c.shown(3)}`);
  }
  handshake(state, host, port, busPort, true);
  reply.ok();
}

function forget(c: Context, bus: ClusterBus): void {
  const { state } = bus;
  const { reply } = c;
  const name = c.word(2).toLowerCase();
  const node = state.find(name);
  if (node === undefined) {
    // It was forgotten a moment ago, as somebody else has said.
    if (state.forgotten.has(name)) return reply.ok();
    return reply.error(`ERR Unknown node ${c.shown(2)}`);
  }
  if (node.isSelf) return reply.error("ERR I tried hard but I can't forget myself...");
  if (state.self.primary === node) return reply.error("ERR Can't forget my master!");
  state.forgotten.set(node.id, state.nowMs + FORGET_MS);
  state.remove(node);
  tellForgotten(state, bus.wallOffsetMs, node.id, FORGET_MS / 1000);
  updateState(state);
  state.save();
  reply.ok();
}

function replicate(c: Context, bus: ClusterBus): void {
  const { state } = bus;
  const { self } = state;
  const { reply } = c;
  const node = nodeNamed(c, bus, 2);
  if (node === null) return;
  if (node.isSelf) return reply.error("ERR Can't replicate myself");
  if (!node.isMaster) return reply.error("ERR I can only replicate a master, not a replica.");
  if (self.isMaster && (self.slotCount !== 0 || state.server.keyCount !== 0)) {
    return reply.error(
      "ERR To set a master the node must be empty and without assigned slots.",
    );
  }
  if (self.primary !== node) {
    followNode(state, node);
    // Who has not heard of it denies this node its vote.
    announce(state, bus.wallOffsetMs);
  }
  reply.ok();
}

function tooMany(c: Context): void {
  const name = c.shown(1);
  c.reply.error(
    `ERR unknown subcommand or wrong number of arguments for '${name}'. Try CLUSTER HELP.`,
  );
}

function reset(c: Context, bus: ClusterBus): void {
  const { state } = bus;
  const { reply } = c;
  const kind = c.argc === 3 ? c.option(2) : "soft";
  if (c.argc > 3) return tooMany(c);
  if (kind !== "soft" && kind !== "hard") return reply.error("ERR syntax error");
  const { self } = state;
  if (self.isMaster && state.server.keyCount !== 0) {
    return reply.error("ERR CLUSTER RESET can't be called with master nodes containing keys");
  }
  if (!self.isMaster) {
    self.follow(null);
    state.act({ do: "lead" });
    c.server.databases.clear();
  }
  endManualFailover(state);
  state.migrating.clear();
  state.importing.clear();
  for (let slot = 0; slot < state.owners.length; slot++) state.disown(slot);
  for (const node of [...state.nodes.values()]) if (!node.isSelf) state.remove(node);
  state.forgotten.clear();
  if (kind === "hard") {
    state.currentEpoch = state.lastVoteEpoch = self.configEpoch = 0;
    state.rename(self, state.newName());
    self.shardId = state.newName();
    state.log(`Node hard reset, now I'm ${self.id}`, "warning");
  }
  updateState(state);
  state.isChanged = true;
  state.save();
  reply.ok();
}

function failover(c: Context, { state, wallOffsetMs }: ClusterBus): void {
  const { reply } = c;
  const { self } = state;
  const word = c.argc === 2 ? "" : c.option(2);
  if (c.argc > 3) return tooMany(c);
  if (!["", "force", "takeover"].includes(word)) return reply.error("ERR syntax error");
  if (self.isMaster) return reply.error("ERR You should send CLUSTER FAILOVER to a replica");
  const { primary } = self;
  if (primary === null) return reply.error("ERR I'm a replica but my master is unknown to me");
  if ((primary.isFailing || primary.link === null) && word === "") {
    return reply.error(
      "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE",
    );
  }
  const kind: ManualKind = word === "" ? "plain" : word as ManualKind;
  beginManual(state, kind, wallOffsetMs);
  reply.ok();
}

export const nodes: Handlers = {
  MEET: meet,
  FORGET: forget,
  REPLICATE: replicate,
  RESET: reset,
  FAILOVER: failover,
};
