/**
 * Clusters by the thousand: the machines of the bus on a network and servers that are only models. Nodes die and
 * come back with what they saved, are cut off, hang; operators add and remove nodes, move slots and ask for failovers.
 *
 * At any time: a slot has one owner an epoch that was voted for, and a primary votes once an epoch. Once the world has healed: all agree
 * on who serves what, every slot is served, and no replica follows a replica.
 */

import type { CoreImage } from "../../core-as/host/core.ts";
import type { BusAction, BusEvent, BusSettings } from "../../cluster/bus/actions.ts";
import { beginManual, bumpEpoch } from "../../cluster/bus/failover.ts";
import { announce, handshake } from "../../cluster/bus/gossip.ts";
import { BusMachine, TICK_MS } from "../../cluster/bus/machine.ts";
import { fileText, ownName, readFile } from "../../cluster/bus/nodes_file.ts";
import { decode } from "../../cluster/bus/message.ts";
import { followNode } from "../../cluster/bus/slots.ts";
import { BusState } from "../../cluster/bus/state.ts";
import { SLOT_COUNT } from "../../server/cluster/cluster.ts";
import { BusNet } from "./bus_net.ts";
import { World } from "./world.ts";

const PORT = 6379;
const BUS_PORT = 16379;
const DISTURBED_US = 30e6;
const HEALING_US = 120e6;

/** One link, as both sides have it. */
interface Wire {
  from: ModelNode;
  to: ModelNode;
  fromLife: number;
  toLife: number;
  /** Its number at the side that made it, and at the other. */
  outbound: number;
  inbound: number;
  isOpen: boolean;
  arrivesUs: [number, number];
}

export class ModelNode {
  machine!: BusMachine;
  isUp = false;
  life = 0;
  hangsUntilUs = 0;
  /** The table on disk; null before the first save. */
  saved: string | null = null;
  readonly log: string[] = [];
  /** Hears of what the machine wants to be done that no model of a server does. */
  onAction: ((action: BusAction) => void) | null = null;
  // ---- the data
  keysIn: (slot: number) => number = () => 0;
  offset = 0;
  followed: string | null = null;
  linkUp = false;
  silentSinceUs = 0;
  #wires = new Map<number, Wire>();
  #inbound = new Map<number, Wire>();
  #made = 0;

  constructor(
    readonly net: BusNet<ModelNode>,
    public ip: string,
    readonly settings: Pick<
      BusSettings,
      "nodeTimeoutMs" | "requiresFullCoverage" | "migrationBarrier"
    >,
    readonly judge: Judge,
    /** "" = it announces its address. */
    readonly name = "",
  ) {
    net.nodes.set(ip, this);
    this.start();
  }

  get state(): BusState {
    return this.machine.state;
  }

  start(): void {
    const { world } = this.net;
    this.isUp = true;
    this.life++;
    this.#wires = new Map();
    this.#inbound = new Map();
    const newName = () =>
      Array.from(world.randomBytes().bytes(20), (byte) => byte.toString(16).padStart(2, "0")).join(
        "",
      );
    const settings: BusSettings = {
      ...this.settings,
      validityFactor: 10,
      hasNoFailover: false,
      allowsMigration: true,
      pingPeriodMs: 10_000,
      hostname: this.name,
      humanName: "",
      ip: this.name === "" ? this.ip : "",
      port: PORT,
      plainPort: 0,
      busPort: BUS_PORT,
    };
    // deno-lint-ignore no-this-alias
    const node = this;
    const facts = {
      get offset() {
        return node.offset;
      },
      get isLinkUp() {
        return node.linkUp;
      },
      get silentMs() {
        return (world.nowUs - node.silentSinceUs) / 1000;
      },
      keysIn: (slot: number) => node.keysIn(slot),
      keyCount: 0,
      logsVerbose: this.net.keepsLogs,
    };
    const state = new BusState(
      this.saved === null ? newName() : ownName(this.saved),
      newName(),
      this.net.nowMs,
      () => world.random.below(1 << 20) / (1 << 20),
      () => settings,
      facts,
      newName,
    );
    if (this.saved !== null) readFile(state, this.saved);
    if (this.name === "") state.self.ip = this.ip;
    state.self.port = PORT;
    state.self.busPort = BUS_PORT;
    this.machine = new BusMachine(state, () => 1e12);
    this.followed = state.self.primary?.ip ?? null;
    this.linkUp = false;
    this.silentSinceUs = world.nowUs;
    this.#tick(this.life);
  }

  /** Has another address from its next start on. */
  move(ip: string): void {
    const { nodes } = this.net;
    if (nodes.get(this.ip) === this) nodes.delete(this.ip);
    this.ip = ip;
    nodes.set(ip, this);
  }

  crash(): void {
    this.isUp = false;
    const { world } = this.net;
    // Its system tells the others, where they can be reached.
    for (const wire of [...this.#wires.values(), ...this.#inbound.values()]) {
      world.after(this.net.delayUs(), () => this.#cut(wire));
    }
  }

  #cut(wire: Wire): void {
    if (!wire.isOpen) return;
    wire.isOpen = false;
    const { from, to } = wire;
    if (from.isUp && from.life === wire.fromLife) {
      from.#wires.delete(wire.outbound);
      from.step({ on: "closed", link: wire.outbound, isInbound: false });
    }
    if (to.isUp && to.life === wire.toLife) {
      to.#inbound.delete(wire.inbound);
      to.step({ on: "closed", link: wire.inbound, isInbound: true });
    }
  }

  #tick(life: number): void {
    const { world } = this.net;
    if (!this.isUp || life !== this.life) return;
    if (world.nowUs < this.hangsUntilUs) {
      return void world.after(this.hangsUntilUs - world.nowUs, () => this.#tick(life));
    }
    this.#live();
    this.step({ on: "tick" });
    world.after(TICK_MS * 1000, () => this.#tick(life));
  }

  #wake(afterMs: number, life: number): void {
    const { world } = this.net;
    world.after(afterMs * 1000, () => {
      if (life !== this.life) return;
      if (world.nowUs >= this.hangsUntilUs) return this.step({ on: "wake" });
      this.#wake((this.hangsUntilUs - world.nowUs) / 1000, life);
    });
  }

  /** Writes come in; what the primary has comes over. */
  #live(): void {
    const { world, nodes } = this.net;
    if (this.followed === null) {
      this.offset += world.random.below(100);
      return;
    }
    const primary = nodes.get(this.followed);
    this.linkUp = primary !== undefined && primary.isUp && this.net.connects(this.ip, primary.ip) &&
      world.nowUs >= primary.hangsUntilUs;
    if (!this.linkUp) return;
    this.offset = primary!.offset;
    this.silentSinceUs = world.nowUs;
  }

  step(event: BusEvent): void {
    if (!this.isUp) return;
    this.carryOut(this.machine.step(event, this.net.nowMs));
  }
  /** Has an operator act. */
  act(what: (state: BusState) => void): void {
    if (!this.isUp) return;
    this.state.nowMs = this.net.nowMs;
    what(this.state);
    this.carryOut(this.state.take());
  }

  carryOut(actions: readonly BusAction[]): void {
    for (const action of actions) {
      switch (action.do) {
        case "dial":
          this.#dial(action.link, action.host);
          break;
        case "close": {
          const wire = (action.isInbound ? this.#inbound : this.#wires).get(action.link);
          if (wire !== undefined) this.net.world.after(0, () => this.#cut(wire));
          break;
        }
        case "send":
          this.#send(action);
          break;
        case "wake":
          this.#wake(action.afterMs, this.life);
          break;
        case "save":
          if (this.net.keepsFiles) this.saved = fileText(this.state, 1e12);
          break;
        case "log":
          if (this.net.keepsLogs) {
            this.log.push(`${(this.net.world.nowUs / 1e6).toFixed(3)} ${action.text}`);
          }
          this.#note(action.text);
          break;
        case "follow":
          this.followed = action.host;
          this.linkUp = false;
          break;
        case "lead":
          this.followed = null;
          break;
        default:
          this.onAction?.(action);
      }
    }
    this.state.sent();
    this.judge.look(this);
  }

  #note(text: string): void {
    const collided = /^WARNING: configEpoch collision.* set to (\d+)$/.exec(text)?.[1];
    if (collided !== undefined) this.judge.unvoted.add(Number(collided));
    const [, id, epoch] = /^Failover auth granted to (\w+) for epoch (\d+)/.exec(text) ?? [];
    if (id === undefined) return;
    this.judge.voted(this.ip, Number(epoch), id);
    // It has told its vote, and dies of it.
    const { world } = this.net;
    if (!world.random.chance(this.net.deathsByVote)) return;
    world.after(world.random.below(1000), () => {
      this.crash();
      world.after(world.random.below(5000), () => !this.isUp && this.start());
    });
  }

  #dial(link: number, host: string): void {
    const { world, nodes } = this.net;
    const { life } = this;
    const arrive = (): void => {
      if (!this.isUp || life !== this.life) return;
      const to = nodes.get(host) ?? this.net.named(host);
      const closed = () => this.step({ on: "closed", link, isInbound: false });
      if (to === undefined) return closed();
      if (!this.net.connects(this.ip, to.ip)) return void world.after(50_000, arrive);
      if (!to.isUp) return closed();
      const wire: Wire = {
        from: this,
        to,
        fromLife: life,
        toLife: to.life,
        outbound: link,
        inbound: ++to.#made,
        isOpen: true,
        arrivesUs: [0, 0],
      };
      this.#wires.set(link, wire);
      to.#inbound.set(wire.inbound, wire);
      this.step({ on: "opened", link });
    };
    world.after(this.net.delayUs(), arrive);
  }

  #send({ link, isInbound, bytes }: BusAction & { do: "send" }): void {
    const wire = (isInbound ? this.#inbound : this.#wires).get(link);
    if (wire === undefined || !wire.isOpen) return;
    const { world } = this.net;
    this.net.messages++;
    this.net.bytes += bytes.length;
    const other = isInbound ? wire.from : wire.to;
    const otherLife = isInbound ? wire.fromLife : wire.toLife;
    const way = isInbound ? 1 : 0;
    const { length } = bytes;
    const buffer = this.net.copy(bytes);
    wire.arrivesUs[way] = Math.max(wire.arrivesUs[way] + 1, world.nowUs + this.net.delayUs());
    const arrive = (): void => {
      if (!wire.isOpen || !other.isUp || other.life !== otherLife) return this.net.free(buffer);
      if (!this.net.connects(this.ip, other.ip)) return void world.after(50_000, arrive);
      if (world.nowUs < other.hangsUntilUs) {
        return void world.after(other.hangsUntilUs - world.nowUs, arrive);
      }
      const message = decode(buffer.subarray(0, length));
      if (message === null) throw new Error("a message that cannot be read");
      other.step({
        on: "message",
        link: isInbound ? wire.outbound : wire.inbound,
        isInbound: !isInbound,
        message,
        peer: this.ip,
        local: other.ip,
      });
      this.net.free(buffer);
    };
    world.after(wire.arrivesUs[way] - world.nowUs, arrive);
  }
}

/** What must hold at any time. */
export class Judge {
  /** Who has claimed a slot in an epoch, by slot and epoch. */
  readonly #claims = new Map<number, Map<number, string>>();
  readonly #votes = new Map<string, string>();
  /**
   * Epochs that were taken without votes: by an operator who moves slots, and after a collision. Two nodes may
   * take the same one; the one whose name is less takes another then.
   */
  readonly unvoted = new Set<number>();

  constructor(readonly failures: unknown[], readonly slots: readonly number[]) {}

  /** Looks at what a node says of itself. */
  look({ state }: ModelNode): void {
    const { self } = state;
    if (!self.isMaster || self.configEpoch === 0 || this.unvoted.has(self.configEpoch)) return;
    for (const slot of this.slots) {
      if (state.owners[slot] !== self) continue;
      let byEpoch = this.#claims.get(slot);
      if (byEpoch === undefined) this.#claims.set(slot, byEpoch = new Map());
      const before = byEpoch.get(self.configEpoch) ?? self.id;
      if (before !== self.id) {
        this.failures.push(
          new Error(
            `slot ${slot} in epoch ${self.configEpoch}: ${before.slice(0, 8)} and ${
              self.id.slice(0, 8)
            }`,
          ),
        );
      }
      byEpoch.set(self.configEpoch, self.id);
    }
  }
  voted(ip: string, epoch: number, id: string): void {
    const key = `${ip} ${epoch}`;
    const before = this.#votes.get(key) ?? id;
    if (before !== id) this.failures.push(new Error(`${ip} votes twice in epoch ${epoch}`));
    this.#votes.set(key, id);
  }
}

/** Slots that are looked at: all are moved in stretches that these lie in. */
export const WATCHED_SLOTS = Array.from({ length: 64 }, (_, i) => i * 256);

/** Runs a seed. @throws Error that says what was wrong, with the seed */
// deno-lint-ignore require-await
export async function clusters(seed: number, _image?: CoreImage): Promise<World> {
  const world = new World(seed);
  const { random } = world;
  const net = new BusNet<ModelNode>(world);
  net.slowUs = random.pick([500, 2000, 20_000]);
  const judge = new Judge(world.failures, WATCHED_SLOTS);
  const primaries = random.between(3, 5);
  const settings = {
    nodeTimeoutMs: random.pick([500, 1000, 2000]),
    requiresFullCoverage: random.chance(0.7),
    migrationBarrier: 1,
  };
  const nodes = Array.from(
    { length: primaries * random.between(2, 3) },
    (_, i) => new ModelNode(net, `10.0.0.${i + 1}`, settings, judge),
  );
  join(world, nodes, primaries);
  const fault = () => disagreement(nodes);
  settle(world, fault, "the cluster to come up", seed, nodes);
  const endUs = world.nowUs + DISTURBED_US;
  while (world.nowUs < endUs) {
    disturb(world, net, nodes);
    world.advance(random.between(10_000, random.pick([300_000, 5_000_000])));
  }
  net.sides.clear();
  for (const node of nodes) {
    node.hangsUntilUs = 0;
    if (!node.isUp) node.start();
  }
  settle(world, fault, "all to agree", seed, nodes);
  return world;
}

/** A cluster of nodes that have names, all of which get other addresses at once: half of them those of others. */
export function moved(seed: number): void {
  const world = new World(seed);
  const net = new BusNet<ModelNode>(world);
  const judge = new Judge(world.failures, WATCHED_SLOTS);
  const settings = { nodeTimeoutMs: 1000, requiresFullCoverage: true, migrationBarrier: 1 };
  const nodes = Array.from(
    { length: 6 },
    (_, i) => new ModelNode(net, `10.0.0.${i + 1}`, settings, judge, `node-${i}`),
  );
  join(world, nodes, 3);
  const fault = () => disagreement(nodes);
  settle(world, fault, "the cluster to come up", seed, nodes);
  for (const node of nodes) node.crash();
  world.advance(1e6);
  const addresses = nodes.map((_, i) => i < 3 ? `10.0.0.${3 - i}` : `10.0.1.${i}`);
  net.nodes.clear();
  for (const [i, node] of nodes.entries()) node.move(addresses[i]);
  for (const node of nodes) node.start();
  settle(world, fault, "all to find each other", seed, nodes);
}

/** Makes a cluster of nodes that know nobody, as redis-cli does. */
export function join(world: World, nodes: ModelNode[], primaries: number): void {
  nodes.forEach((node, i) => {
    node.act((state) => {
      state.self.configEpoch = i + 1;
      state.currentEpoch = i + 1;
      if (i < primaries) {
        const first = Math.floor(SLOT_COUNT * i / primaries);
        const end = Math.floor(SLOT_COUNT * (i + 1) / primaries);
        for (let slot = first; slot < end; slot++) state.own(slot, state.self);
      }
      state.save();
    });
  });
  for (const node of nodes.slice(1)) {
    node.act((state) => void handshake(state, nodes[0].ip, PORT, BUS_PORT, true));
  }
  world.advance(8e6);
  nodes.slice(primaries).forEach((node, i) => {
    const { id } = nodes[i % primaries].state.self;
    // In a large cluster not all know all yet.
    while (node.state.find(id) === undefined) world.advance(100_000);
    node.act((state) => followNode(state, state.find(id)!));
  });
}

function settle(
  world: World,
  fault: () => string | null,
  what: string,
  seed: number,
  nodes: ModelNode[],
): void {
  const limitUs = world.nowUs + HEALING_US;
  let settledUs = 0;
  while (world.nowUs < limitUs && settledUs < 5e6 && world.failures.length === 0) {
    world.advance(500_000);
    settledUs = fault() === null ? settledUs + 500_000 : 0;
  }
  const wrong = world.failures[0] ?? (settledUs < 5e6 ? new Error(`${what}: ${fault()}`) : null);
  if (wrong === null) return;
  const lines = Number(Deno.env.get("LINES") ?? 15);
  const logs = nodes.map(({ ip, log, state }) =>
    `${ip} ${state.self.id.slice(0, 8)}:\n    ${log.slice(-lines).join("\n    ")}`
  ).join("\n  ");
  throw new Error(`seed ${seed}: ${(wrong as Error).stack}\n  ${logs}`);
}

function disturb(world: World, net: BusNet<ModelNode>, nodes: ModelNode[]): void {
  const { random } = world;
  const node = random.pick(nodes);
  switch (random.below(8)) {
    case 0:
    case 1: {
      if (!node.isUp) return;
      node.crash();
      const us = random.below(random.chance(0.5) ? 1e6 : 12e6);
      return void world.after(us, () => !node.isUp && node.start());
    }
    case 2:
      node.hangsUntilUs = world.nowUs + random.below(5e6);
      return;
    case 3:
      for (const { ip } of nodes) net.sides.set(ip, random.below(2));
      return void world.after(random.below(8e6), () => net.sides.clear());
    case 4:
      net.sides.set(node.ip, 2);
      return void world.after(random.below(6e6), () => net.sides.clear());
    case 5:
      return node.act((state) => {
        const { self } = state;
        if (self.isMaster || self.primary === null || self.primary.isFailing) return;
        beginManual(state, random.pick(["plain", "force"]), 1e12);
      });
    case 6:
      return moveSlots(world, nodes);
  }
}

/** An operator moves a stretch of slots, as redis-cli does when it holds no keys: NODE at the destination, then here. */
function moveSlots(world: World, nodes: ModelNode[]): void {
  const { random } = world;
  const from = random.pick(nodes);
  const to = random.pick(nodes);
  if (from === to || !from.isUp || !to.isUp) return;
  const [source, target] = [from.state.self, to.state.self];
  if (!source.isMaster || !target.isMaster || source.slotCount < 1000) return;
  const first = random.pick(WATCHED_SLOTS);
  const slots = Array.from({ length: 256 }, (_, i) => first + i)
    .filter((slot) =>
      from.state.owners[slot] === source && to.state.owners[slot]?.id === source.id
    );
  if (slots.length === 0) return;
  to.act((state) => {
    for (const slot of slots) {
      state.importing.delete(slot);
      state.own(slot, state.self);
    }
    bumpEpoch(state);
    to.judge.unvoted.add(state.self.configEpoch);
    state.save();
    announce(state, 1e12);
  });
}

/** What not all agree on; null where they do. */
export function disagreement(nodes: ModelNode[]): string | null {
  const [first] = nodes;
  const byId = new Map(nodes.map((node) => [node.state.self.id, node]));
  for (let slot = 0; slot < SLOT_COUNT; slot += 64) {
    const owner = first.state.owners[slot];
    if (owner === null) return `slot ${slot} is nobody's`;
    for (const { state, ip } of nodes) {
      if (state.owners[slot]?.id !== owner.id) {
        return `slot ${slot}: ${first.ip} says ${owner.id.slice(0, 8)}, ${ip} says ${
          state.owners[slot]?.id.slice(0, 8)
        }`;
      }
    }
    if (!byId.get(owner.id)?.state.self.isMaster) return `${owner.id.slice(0, 8)} is no primary`;
  }
  for (const { state, ip, followed } of nodes) {
    if (state.isDown) return `${ip} says that the cluster is down (${state.downReason})`;
    const { self } = state;
    if (state.nodes.size !== nodes.length) return `${ip} knows ${state.nodes.size} nodes`;
    for (const other of state.nodes.values()) {
      if (other.isFailing || other.isPossiblyFailing) {
        return `${ip} says that ${other.id.slice(0, 8)} fails`;
      }
    }
    if (self.primary === null) {
      if (followed !== null) return `${ip} is a primary and follows ${followed}`;
      continue;
    }
    if (!self.primary.isMaster) return `${ip} follows a replica`;
    if (followed !== self.primary.ip) {
      return `${ip} follows ${followed}, its primary is ${self.primary.ip}`;
    }
  }
  return null;
}
