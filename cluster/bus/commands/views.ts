/** CLUSTER INFO, NODES, SLOTS, SHARDS, LINKS and others that only tell. */

import { SLOT_COUNT } from "../../../server/cluster/cluster.ts";
import type { Context } from "../../../server/commands/context.ts";
import type { ClusterBus } from "../bus.ts";
import { type Node, rangesOf } from "../node.ts";
import { lineOf } from "../nodes_file.ts";
import { dropOldReports } from "../health.ts";
import { type Handlers, nodeNamed } from "./parts.ts";

const TYPES = [
  "ping",
  "pong",
  "meet",
  "fail",
  "publish",
  "auth-req",
  "auth-ack",
  "update",
  "mfstart",
  "module",
  "publishshard",
];

function countRows(counts: ReadonlyMap<number, number>, what: string): string[] {
  const rows: string[] = [];
  let total = 0;
  TYPES.forEach((name, type) => {
    const count = counts.get(type) ?? 0;
    total += count;
    if (count > 0) rows.push(`cluster_stats_messages_${name}_${what}:${count}`);
  });
  rows.push(`cluster_stats_messages_${what}:${total}`);
  return rows;
}

function info(c: Context, { state, linksOverLimit }: ClusterBus): void {
  const counts = { assigned: 0, ok: 0, pfail: 0, fail: 0 };
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const owner = state.owners[slot];
    if (owner === null) continue;
    counts.assigned++;
    if (owner.isFailing) counts.fail++;
    else if (owner.isPossiblyFailing) counts.pfail++;
    else counts.ok++;
  }
  const rows = [
    `cluster_state:${state.isDown ? "fail" : "ok"}`,
    `cluster_slots_assigned:${counts.assigned}`,
    `cluster_slots_ok:${counts.ok}`,
    `cluster_slots_pfail:${counts.pfail}`,
    `cluster_slots_fail:${counts.fail}`,
    `cluster_known_nodes:${state.nodes.size}`,
    `cluster_size:${state.size}`,
    `cluster_current_epoch:${state.currentEpoch}`,
    `cluster_my_epoch:${state.primary.configEpoch}`,
    ...countRows(state.counts.sent, "sent"),
    ...countRows(state.counts.received, "received"),
    `total_cluster_links_buffer_limit_exceeded:${linksOverLimit}`,
    "",
  ];
  c.reply.verbatim(rows.join("\r\n"));
}

function speaksTls(c: Context): boolean {
  return c.connection.link.kind === "tls";
}

function listNodes(c: Context, { state, wallOffsetMs }: ClusterBus): void {
  const plain = !speaksTls(c);
  const lines = [...state.nodes.values()].map((node) => lineOf(state, node, wallOffsetMs, plain));
  c.reply.verbatim(lines.join("\n") + "\n");
}

/** How much of the stream a node has. */
function offsetOf(bus: ClusterBus, node: Node): number {
  return node.isSelf ? bus.server.role.offset : node.offset;
}

/** Replicas that clients can be sent to: they have not failed, and have something. */
function replicasOf(bus: ClusterBus, node: Node): Node[] {
  return [...node.replicas].filter((replica) => !replica.isFailing && offsetOf(bus, replica) > 0);
}

function replySlotNode(c: Context, bus: ClusterBus, node: Node): void {
  const { reply, server } = c;
  const { ip, hostname } = bus.placeOf(node);
  const preferred = server.config.values["cluster-preferred-endpoint-type"];
  reply.array(4);
  if (preferred === "unknown-endpoint") reply.null();
  else reply.bulk(bus.preferredHost(node));
  reply.number(bus.clientPort(node, speaksTls(c)));
  reply.bulk(node.id);
  const more: [string, string][] = [];
  if (preferred !== "ip") more.push(["ip", ip]);
  if (preferred !== "hostname" && hostname !== "") more.push(["hostname", hostname]);
  reply.map(more.length);
  for (const [name, value] of more) {
    reply.bulk(name);
    reply.bulk(value);
  }
}

function slots(c: Context, bus: ClusterBus): void {
  const { state } = bus;
  const ranges: [number, number, Node][] = [];
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const owner = state.owners[slot];
    if (owner === null) continue;
    const first = slot;
    while (slot + 1 < SLOT_COUNT && state.owners[slot + 1] === owner) slot++;
    ranges.push([first, slot, owner]);
  }
  const { reply } = c;
  reply.array(ranges.length);
  for (const [first, last, owner] of ranges) {
    const shown = [owner, ...replicasOf(bus, owner)];
    reply.array(2 + shown.length);
    reply.number(first);
    reply.number(last);
    for (const node of shown) replySlotNode(c, bus, node);
  }
}

function replyShardNode(c: Context, bus: ClusterBus, node: Node): void {
  const { reply, server } = c;
  const { ip, hostname } = bus.placeOf(node);
  const { values } = server.config;
  const settings = node.isSelf ? bus.state.settings() : node;
  const plain = values["tls-cluster"] ? settings.plainPort : settings.port;
  const tls = values["tls-cluster"] ? settings.port : 0;
  const endpoint = bus.preferredHost(node);
  const fields: [string, string | number][] = [["id", node.id]];
  if (plain !== 0) fields.push(["port", plain]);
  if (tls !== 0) fields.push(["tls-port", tls]);
  fields.push(["ip", ip], ["endpoint", endpoint]);
  if (hostname !== "") fields.push(["hostname", hostname]);
  const offset = offsetOf(bus, node);
  const isLost = node.isFailing || node.isPossiblyFailing;
  const isLoading = !node.isMaster && offset === 0;
  fields.push(
    ["role", node.isMaster ? "master" : "replica"],
    ["replication-offset", offset],
    ["health", isLost ? "fail" : isLoading ? "loading" : "online"],
  );
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.bulk(name);
    if (typeof value === "number") reply.number(value);
    else reply.bulk(value);
  }
}

function shards(c: Context, bus: ClusterBus): void {
  const { reply } = c;
  const primaries = [...bus.state.nodes.values()]
    .filter(({ isMaster, isInHandshake }) => isMaster && !isInHandshake);
  reply.array(primaries.length);
  for (const primary of primaries) {
    const ranges = rangesOf(primary.slots);
    const members = [primary, ...primary.replicas];
    reply.map(2);
    reply.bulk("slots");
    reply.array(ranges.length * 2);
    for (const range of ranges) for (const slot of range) reply.number(slot);
    reply.bulk("nodes");
    reply.array(members.length);
    for (const node of members) replyShardNode(c, bus, node);
  }
}

function links(c: Context, bus: ClusterBus): void {
  const { reply } = c;
  const { state, wallOffsetMs } = bus;
  const found: [string, Node, number, number][] = [];
  for (const node of state.nodes.values()) {
    const { link, inboundLink, inboundMadeMs } = node;
    if (link?.isOpen) {
      found.push(["to", node, link.madeMs, bus.outbound.get(link.id)?.pendingBytes ?? 0]);
    }
    if (inboundLink !== null) {
      found.push(["from", node, inboundMadeMs, bus.inbound.get(inboundLink)?.pendingBytes ?? 0]);
    }
  }
  reply.array(found.length);
  for (const [direction, node, madeMs, pendingBytes] of found) {
    reply.map(6);
    reply.bulk("direction");
    reply.bulk(direction);
    reply.bulk("node");
    reply.bulk(node.id);
    reply.bulk("create-time");
    reply.number(Math.floor(madeMs + wallOffsetMs));
    reply.bulk("events");
    reply.bulk(pendingBytes > 0 ? "rw" : "r");
    reply.bulk("send-buffer-allocated");
    reply.number(pendingBytes);
    reply.bulk("send-buffer-used");
    reply.number(pendingBytes);
  }
}

function replicas(c: Context, bus: ClusterBus): void {
  const node = nodeNamed(c, bus, 2);
  if (node === null) return;
  if (!node.isMaster) return c.reply.error("ERR The specified node is not a master");
  c.reply.bulks(
    [...node.replicas].map((replica) =>
      lineOf(bus.state, replica, bus.wallOffsetMs, !speaksTls(c))
    ),
  );
}

export const views: Handlers = {
  INFO: info,
  NODES: listNodes,
  SLOTS: slots,
  SHARDS: shards,
  LINKS: links,
  MYID: (c, { self }) => c.reply.bulk(self.id),
  MYSHARDID: (c, { self }) => c.reply.bulk(self.shardId),
  REPLICAS: replicas,
  SLAVES: replicas,
  "COUNT-FAILURE-REPORTS": (c, bus) => {
    const node = nodeNamed(c, bus, 2);
    if (node === null) return;
    dropOldReports(bus.state, node);
    c.reply.number(node.reportCount);
  },
};
