/**
 * Slots that migrate as a whole, by the thousand: the machines of migrations and of the bus on models of servers, each
 * with its keys. Nodes die and come back with their disks, hang, are cut off, links break; operators begin migrations
 * at either side and give them up; clients, who are where most nodes are, write all the while.
 *
 * Once the world has healed all agree on who serves what, each slot's keys are at its owner and nowhere else, once, and
 * all that was acknowledged is there.
 */

import type { CoreImage } from "../../core-as/host/core.ts";
import type { BusAction } from "../../cluster/bus/actions.ts";
import { bumpEpochBeyond, claimSlots } from "../../cluster/bus/failover.ts";
import { confirmedSince, probe } from "../../cluster/slot_migration/confirmed.ts";
import { slotsOf } from "../../cluster/slot_migration/job.ts";
import {
  type MigrationAction,
  type MigrationEvent,
  MigrationMachine,
} from "../../cluster/slot_migration/machine.ts";
import { BusNet } from "./bus_net.ts";
import { disagreement, join, Judge, ModelNode, WATCHED_SLOTS } from "./clusters.ts";
import { World } from "./world.ts";

const DISTURBED_US = 40e6;
const HEALING_US = 150e6;
const TICK_US = 50_000;
const WALL_OFFSET_MS = 1e12;

/** A connection between the two sides of a migration: what is sent arrives in order, or not at all. */
class Channel {
  isOpen = true;
  /** What is on its way to each end, the oldest first, and when it is there at the earliest. */
  readonly #queues: { atUs: number; deliver: (mover: Mover) => void }[][] = [[], []];
  readonly #lives: readonly [number, number];

  constructor(
    readonly world: World,
    readonly net: BusNet<ModelNode>,
    readonly ends: readonly [Mover, Mover],
  ) {
    this.#lives = [ends[0].node.life, ends[1].node.life];
  }

  /** @param to which end it is for */
  send(to: 0 | 1, deliver: (mover: Mover) => void): void {
    const queue = this.#queues[to];
    queue.push({ atUs: this.world.nowUs + this.net.delayUs(), deliver });
    if (queue.length === 1) this.#later(to, queue[0].atUs);
  }

  #later(to: 0 | 1, atUs: number): void {
    this.world.after(Math.max(1, atUs - this.world.nowUs), () => this.#arrive(to));
  }

  #arrive(to: 0 | 1): void {
    const { world, ends } = this;
    const { node } = ends[to];
    const queue = this.#queues[to];
    if (!this.isOpen || !node.isUp || node.life !== this.#lives[to]) return;
    const isCut = !this.net.connects(ends[0].node.ip, ends[1].node.ip);
    if (isCut) return this.#later(to, world.nowUs + 30_000);
    if (world.nowUs < node.hangsUntilUs) return this.#later(to, node.hangsUntilUs + 1);
    const { deliver } = queue.shift()!;
    if (queue.length > 0) this.#later(to, queue[0].atUs);
    deliver(ends[to]);
  }

  /** Both sides hear of it, sooner or later. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const [i, mover] of this.ends.entries()) {
      this.world.after(this.net.delayUs(), () => {
        if (mover.node.isUp && mover.node.life === this.#lives[i]) mover.closed(this);
      });
    }
  }
}

/** What a source sends of a migration. */
interface Exporting {
  readonly sent: Set<number>;
}

class Mover {
  machine!: MigrationMachine;
  isPaused = false;
  /** By slot; on a disk, each at once. */
  readonly keys = new Map<number, number[]>();
  /** Slots that a source has died of handing over: what it would need to know is gone with it. */
  readonly excused = new Set<number>();
  #channels = new Map<string, Channel>();
  #exports = new Map<string, Exporting>();
  #answering: Channel | null = null;
  #events: MigrationEvent[] = [];
  #isStepping = false;
  #life = 0;

  constructor(
    readonly world: World,
    readonly node: ModelNode,
    readonly movers: Map<string, Mover>,
    readonly pauseMs: number,
  ) {
    node.keysIn = (slot) => this.keys.get(slot)?.length ?? 0;
    node.onAction = (action) => this.#busActs(action);
    this.#restart();
    this.#tick();
  }

  #restart(): void {
    const { node } = this;
    for (const { isDecided, slots } of this.machine?.active ?? []) {
      if (isDecided) { for (const slot of slots) this.excused.add(slot); }
    }
    this.#life = node.life;
    this.isPaused = false;
    for (const channel of this.#channels.values()) channel.close();
    this.#channels = new Map();
    this.#exports = new Map();
    this.#events = [];
    this.machine = new MigrationMachine({
      self: node.state.self.id,
      get isPrimary() {
        return node.state.self.isMaster;
      },
      get epoch() {
        return node.state.currentEpoch;
      },
      ownerOf: (slot) => node.state.owners[slot]?.id ?? null,
      isGoodPrimary: (id) => {
        const other = node.state.find(id);
        return other !== undefined && other.isMaster && !other.isFailing;
      },
      keysIn: (slot) => this.keys.get(slot)?.length ?? 0,
      bytesBehind: () => 0,
      isMidway: false,
      offset: 0,
      replicaLagBytes: 0,
      replicasHave: () => true,
      isConfirmedSince: (ms, id) => confirmedSince(node.state, ms, id),
    }, () => ({ maxLagBytes: 0, pauseMs: this.pauseMs, timeoutMs: 3000, logLength: 10 }));
    this.drop([...this.keys.keys()]);
  }

  #tick(): void {
    const { world, node } = this;
    if (node.isUp && world.nowUs >= node.hangsUntilUs) {
      if (node.life !== this.#life) this.#restart();
      this.tell({ on: "tick" });
    }
    world.after(TICK_US, () => this.#tick());
  }

  #busActs(action: BusAction): void {
    if (this.node.life !== this.#life) return;
    if (action.do === "changed") this.tell({ on: "owners" });
    else if (action.do === "drop") this.drop(action.slots);
  }

  /** Deletes keys of slots that are another's. */
  drop(slots: readonly number[]): void {
    const { owners, self } = this.node.state;
    for (const slot of slots) {
      if (owners[slot] !== null && owners[slot] !== self) this.keys.delete(slot);
    }
  }

  tell(event: MigrationEvent): void {
    this.#events.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      for (const action of this.machine.step(next, this.world.nowUs / 1000)) this.carryOut(action);
    }
    this.#isStepping = false;
  }
  cancel(): void {
    const { actions } = this.machine.cancel(() => true, this.world.nowUs / 1000);
    for (const action of actions) this.carryOut(action);
  }

  closed(channel: Channel): void {
    for (const [id, own] of this.#channels) {
      if (own !== channel) continue;
      this.#channels.delete(id);
      this.tell({ on: "closed", id, reason: "" });
    }
  }

  // ---- actions ----------------------------------------------------------------------------------

  carryOut(action: MigrationAction): void {
    const { node } = this;
    switch (action.do) {
      case "dial":
        return this.#dial(action.id, action.node);
      case "close":
        this.#channels.get(action.id)?.close();
        return void this.#channels.delete(action.id);
      case "send":
        return this.#channels.get(action.id)?.send(1, (to) => to.#said(action.words, action.id));
      case "answer": {
        const { id, line } = action;
        const channel = this.#answering ?? this.#channels.get(id);
        if (this.#answering !== null && line === "+OK") this.#channels.set(id, this.#answering);
        return channel?.send(0, (to) => to.tell({ on: "answered", id, line }));
      }
      case "export":
        return this.#export(action.id);
      case "stop":
        return void this.#exports.delete(action.id);
      case "drop":
        return this.drop(action.slots);
      case "pause":
        this.isPaused = true;
        return this.#disturbHandOver();
      case "unpause":
        this.isPaused = false;
        return;
      case "claim":
        return node.act((state) => {
          claimSlots(state, action.slots, WALL_OFFSET_MS, true);
          node.judge.unvoted.add(state.self.configEpoch);
        });
      case "outdo":
        return node.act((state) => {
          bumpEpochBeyond(state, action.epoch, WALL_OFFSET_MS);
          node.judge.unvoted.add(state.self.configEpoch);
        });
      case "probe":
        return node.act((state) => probe(state, WALL_OFFSET_MS));
      case "log":
        node.log.push(`${(this.world.nowUs / 1e6).toFixed(3)} ${action.text}`);
    }
  }

  /** Much happens in the short time in which a slot is handed over. */
  #disturbHandOver(): void {
    const { world, node: { net } } = this;
    const { random } = world;
    if (random.chance(0.5)) return;
    const victim = random.pick([...this.movers.values()]);
    world.after(random.below(net.slowUs * 3), () => {
      if (random.chance(0.4)) return this.cutLinks();
      net.sides.set(victim.node.ip, 2);
      world.after(random.below(15e6), () => net.sides.clear());
    });
  }

  #dial(id: string, name: string): void {
    const { world, node } = this;
    const { life } = node;
    const other = this.movers.get(name);
    world.after(node.net.delayUs(), () => {
      if (!node.isUp || node.life !== life || this.machine.find(id) === undefined) return;
      const isThere = other !== undefined && other.node.isUp &&
        node.net.connects(node.ip, other.node.ip);
      if (!isThere) return this.tell({ on: "closed", id, reason: "no connection" });
      this.#channels.get(id)?.close();
      this.#channels.set(id, new Channel(world, node.net, [this, other]));
      this.tell({ on: "opened", id });
    });
  }

  /** What the other side says over a connection that it has made. */
  #said([word, ...words]: readonly string[], id: string): void {
    const self = this.node.state.self.id;
    const ranges: [number, number][] = [];
    for (let i = 2; i < words.length; i += 2) ranges.push([Number(words[i]), Number(words[i + 1])]);
    const channel = this.#channelTo(id);
    if (word === "PING") return this.tell({ on: "pinged", id });
    if (word === "FINISH") return this.tell({ on: "finish", id, stampMs: Number(words[0]) });
    if (channel === null) return;
    if (word === "IMPORT") {
      this.#answering = channel;
      this.tell({ on: "introduced", request: { id, source: words[1], target: self, ranges } });
      this.#answering = null;
      return;
    }
    const request = { id, source: self, target: words[1], ranges };
    const { owners } = this.node.state;
    const slots = slotsOf(ranges);
    const isOurs = slots.every((slot) => owners[slot]?.id === self);
    const isFree = !this.machine.active.some((job) => job.overlaps(slots));
    const line = isOurs && isFree ? "+OK" : "-ERR no";
    channel.send(0, (to) => to.tell({ on: "answered", id, line }));
    if (line === "+OK") this.tell({ on: "export", request });
  }
  /** The connection that another has made to this node for a job. */
  #channelTo(id: string): Channel | null {
    for (const mover of this.movers.values()) {
      const channel = mover.#channels.get(id);
      if (
        mover !== this && channel?.isOpen && channel.ends[0] === mover && channel.ends[1] === this
      ) {
        return channel;
      }
    }
    return null;
  }

  // ---- data -------------------------------------------------------------------------------------

  /** Sends slot after slot as each is then. */
  #export(id: string): void {
    const { world, node } = this;
    const job = this.machine.find(id)!;
    const exporting: Exporting = { sent: new Set() };
    this.#exports.set(id, exporting);
    const left = [...job.slots].filter((slot) => WATCHED_SLOTS.includes(slot));
    const { life } = node;
    const step = (): void => {
      if (!node.isUp || node.life !== life || this.#exports.get(id) !== exporting) return;
      if (world.nowUs < node.hangsUntilUs) {
        return void world.after(node.hangsUntilUs - world.nowUs + 1, step);
      }
      const slot = left.shift();
      if (slot === undefined) return this.tell({ on: "exported", id });
      const keys = [...this.keys.get(slot) ?? []];
      this.#channels.get(id)?.send(1, (to) => to.#takes(id, slot, keys));
      exporting.sent.add(slot);
      world.after(world.random.below(200_000), step);
    };
    step();
  }

  #takes(id: string, slot: number, keys: readonly number[]): void {
    const job = this.machine.find(id);
    if (job?.side !== "import" || job.state !== "importing") return;
    this.keys.set(slot, [...this.keys.get(slot) ?? [], ...keys]);
  }

  /** Whether a client's write is taken. */
  get takesWrites(): boolean {
    const { node, world } = this;
    return node.isUp && node.life === this.#life && world.nowUs >= node.hangsUntilUs &&
      !this.isPaused;
  }
  serves(slot: number): boolean {
    const { state } = this.node;
    return this.takesWrites && !state.isDown && state.owners[slot] === state.self;
  }

  /** A client throws all data away, those of slots that are on their way here, too. */
  flush(): void {
    this.keys.clear();
    this.tell({ on: "flushed" });
  }

  /** A client writes. @returns whether it was acknowledged */
  write(slot: number, key: number): boolean {
    if (!this.serves(slot)) return false;
    const keys = this.keys.get(slot) ?? [];
    keys.push(key);
    this.keys.set(slot, keys);
    for (const [id, { sent }] of this.#exports) {
      if (sent.has(slot)) this.#channels.get(id)?.send(1, (to) => to.#takes(id, slot, [key]));
    }
    return true;
  }

  cutLinks(): void {
    for (const channel of this.#channels.values()) channel.close();
  }
}

/** What clients have been told. */
class Told {
  /** By slot: keys that were acknowledged, and are to be there. */
  readonly there = new Map<number, number[]>(WATCHED_SLOTS.map((slot) => [slot, []]));
  /** Keys that were thrown away. */
  readonly gone = new Set<number>();
}

/** Runs a seed. @throws Error that says what was wrong, with the seed */
export function slotMigrations(seed: number, _image?: CoreImage): Promise<World> {
  return run(seed, false);
}

/** The same with clients that throw data away, on either side. */
export function flushedSlotMigrations(seed: number, _image?: CoreImage): Promise<World> {
  return run(seed, true);
}

// deno-lint-ignore require-await
async function run(seed: number, flushes: boolean): Promise<World> {
  const world = new World(seed);
  const { random } = world;
  const net = new BusNet<ModelNode>(world);
  net.slowUs = random.pick([500, 2000, 20_000]);
  const judge = new Judge(world.failures, WATCHED_SLOTS);
  const settings = {
    nodeTimeoutMs: random.pick([500, 1000, 2000]),
    requiresFullCoverage: false,
    migrationBarrier: 1,
  };
  const nodes = Array.from(
    { length: random.between(3, 5) },
    (_, i) => new ModelNode(net, `10.0.0.${i + 1}`, settings, judge),
  );
  join(world, nodes, nodes.length);
  const pauseMs = random.pick([400, 2000, 10_000]);
  const movers = new Map<string, Mover>();
  for (const node of nodes) {
    movers.set(node.state.self.id, new Mover(world, node, movers, pauseMs));
  }
  const all = [...movers.values()];
  const told = new Told();
  write(world, net, all, told);
  settle(world, () => disagreement(nodes), all, seed);
  const endUs = world.nowUs + DISTURBED_US;
  while (world.nowUs < endUs) {
    if (flushes && random.chance(0.2)) flush(net, random.pick(all), all, told);
    else disturb(world, net, all);
    world.advance(random.between(10_000, random.pick([300_000, 3_000_000])));
  }
  net.sides.clear();
  for (const node of nodes) {
    node.hangsUntilUs = 0;
    if (!node.isUp) node.start();
  }
  settle(
    world,
    () => disagreement(nodes) ?? unfinished(all) ?? misplaced(all, told),
    all,
    seed,
  );
  return world;
}

/** Whether a node is where most nodes are and answer, as clients are: who is cut off may lose what it acknowledges. */
function isReached(net: BusNet<ModelNode>, { node, world }: Mover, movers: Mover[]): boolean {
  const answer = movers.filter(({ node: other }) =>
    other.isUp && world.nowUs >= other.hangsUntilUs && net.connects(node.ip, other.ip)
  );
  return answer.length > movers.length / 2;
}

/** Throws away all that a node has; what it serves is gone then. */
function flush(net: BusNet<ModelNode>, mover: Mover, movers: Mover[], { there, gone }: Told): void {
  if (!mover.takesWrites || !isReached(net, mover, movers)) return;
  const { owners, self } = mover.node.state;
  for (const [slot, keys] of there) {
    // That needs no slot which is served, as a write does.
    if (owners[slot] !== self) continue;
    const isServed = mover.serves(slot);
    for (const key of keys.splice(0)) if (isServed) gone.add(key);
  }
  mover.flush();
}

/** A client writes to whoever says that a slot is its own, and can be reached where most nodes are. */
function write(world: World, net: BusNet<ModelNode>, movers: Mover[], { there }: Told): void {
  let key = 0;
  const again = (): void => {
    const slot = world.random.pick(WATCHED_SLOTS);
    key++;
    for (const mover of movers) {
      if (!isReached(net, mover, movers) || !mover.write(slot, key)) continue;
      there.get(slot)!.push(key);
      break;
    }
    world.after(world.random.below(20_000), again);
  };
  again();
}

function disturb(world: World, net: BusNet<ModelNode>, movers: Mover[]): void {
  const { random } = world;
  const mover = random.pick(movers);
  const { node } = mover;
  switch (random.below(12)) {
    case 0:
    case 1:
      if (!node.isUp) return;
      node.crash();
      mover.cutLinks();
      return void world.after(random.below(random.chance(0.5) ? 1e6 : 8e6), () => {
        if (!node.isUp) node.start();
      });
    case 2:
      node.hangsUntilUs = world.nowUs + random.below(6e6);
      return;
    case 3:
      for (const { node: { ip } } of movers) net.sides.set(ip, random.below(2));
      return void world.after(random.below(8e6), () => net.sides.clear());
    case 4:
      net.sides.set(node.ip, 2);
      return void world.after(random.below(12e6), () => net.sides.clear());
    case 5:
      return mover.cutLinks();
    case 6:
      if (node.isUp && random.chance(0.3)) mover.cancel();
      return;
    default:
      return migrate(world, mover, random.pick(movers));
  }
}

/** An operator begins a migration, at one of its sides. */
function migrate(world: World, from: Mover, to: Mover): void {
  if (from === to || !from.node.isUp || !to.node.isUp) return;
  const [source, target] = [from.node.state.self, to.node.state.self];
  const first = world.random.pick(WATCHED_SLOTS);
  const last = first + world.random.pick([0, 512]);
  const actor = world.random.chance(0.5) ? from : to;
  const { owners } = actor.node.state;
  for (let slot = first; slot <= last; slot++) if (owners[slot]?.id !== source.id) return;
  const ranges = [[first, last] as const];
  const slots = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  if (actor.machine.active.some((job) => job.overlaps(slots))) return;
  const id = `${world.nowUs}`;
  const request = { id, source: source.id, target: target.id, ranges };
  actor.tell(actor === from ? { on: "export", request } : { on: "import", request });
}

function unfinished(movers: Mover[]): string | null {
  for (const { machine, node } of movers) {
    for (const job of machine.active) return `${node.ip}: ${job.side} ${job.id} is ${job.state}`;
  }
  return null;
}

/** A key that is lost, doubled, or where it should not be. */
function misplaced(movers: Mover[], told: Told): string | null {
  const excused = new Set(movers.flatMap((mover) => [...mover.excused]));
  for (const [slot, keys] of told.there) {
    const holders = movers.filter((mover) => (mover.keys.get(slot)?.length ?? 0) > 0);
    if (holders.length > 1) {
      return `slot ${slot} is at ${holders.map(({ node }) => node.ip).join(" and ")}`;
    }
    const [holder] = holders;
    const { state } = movers[0].node;
    if (holder !== undefined && state.owners[slot]?.id !== holder.node.state.self.id) {
      return `slot ${slot} has its keys at ${holder.node.ip}, which does not serve it`;
    }
    const there = holder?.keys.get(slot) ?? [];
    const found = new Set(there);
    if (found.size !== there.length) return `slot ${slot} has a key twice`;
    if (excused.has(slot)) continue;
    const back = there.find((key) => told.gone.has(key));
    if (back !== undefined) return `slot ${slot}: key ${back} was thrown away, and is back`;
    const lost = keys.filter((key) => !found.has(key));
    if (lost.length > 0) {
      return `slot ${slot}: ${lost.length} of ${keys.length} acknowledged keys are lost, as ${
        lost[0]
      }`;
    }
  }
  return null;
}

function settle(world: World, fault: () => string | null, movers: Mover[], seed: number): void {
  const limitUs = world.nowUs + HEALING_US;
  let settledUs = 0;
  while (world.nowUs < limitUs && settledUs < 3e6 && world.failures.length === 0) {
    world.advance(500_000);
    settledUs = fault() === null ? settledUs + 500_000 : 0;
  }
  const wrong = world.failures[0] ?? (settledUs < 3e6 ? new Error(`${fault()}`) : null);
  if (wrong === null) return;
  const lines = Number(Deno.env.get("LINES") ?? 15);
  const logs = movers.map(({ node: { ip, log, state } }) =>
    `${ip} ${state.self.id.slice(0, 8)}:\n    ${log.slice(-lines).join("\n    ")}`
  ).join("\n  ");
  throw new Error(`seed ${seed}: ${(wrong as Error).stack}\n  ${logs}`);
}
