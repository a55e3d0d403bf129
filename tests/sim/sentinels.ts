/**
 * Sentinels by the thousand: the machines that decide, on a network and servers that are only models, so that a
 * seed takes milliseconds. (`watched.ts` runs whole servers.)
 *
 * A few servers and Sentinels live through crashes with and without a restart, partitions, servers that hang, slow
 * links, processes that stall, clocks that jump, disks that are full, and operators who ask for failovers. At any time: one vote a Sentinel and epoch, one
 * leader an epoch, one address an epoch. Once the world has healed: one primary, which all Sentinels name and all
 * others follow.
 */

import type { CoreImage } from "../../core-as/host/core.ts";
import type { Channel, SentinelAction, SentinelEvent } from "../../cluster/sentinel/actions.ts";
import { begin, hasCandidate } from "../../cluster/sentinel/failover.ts";
import { Machine } from "../../cluster/sentinel/machine.ts";
import { readSetting, settingLines } from "../../cluster/sentinel/settings.ts";
import { splitWords } from "../../server/config/words.ts";
import { ReplyError, type ReplyValue } from "../../server/resp/decoder.ts";
import { World } from "./world.ts";

const NAME = "group";
const SERVER_PORT = 6379;
const SENTINEL_PORT = 26379;
const HELLO_CHANNEL = "__sentinel__:hello";
const DISTURBED_US = 40e6;
/** With periods of half a second a failover needs a second or two; several may follow each other. */
const HEALING_US = 120e6;

/** A place on the network. */
abstract class Node {
  isUp = true;
  /** It lives, and does nothing. */
  hangsUntilUs = 0;
  life = 0;
  constructor(readonly net: Net, readonly ip: string) {}
  abstract answer(words: readonly string[], session: Session): ReplyValue;
  abstract readonly port: number;
}

/** What a connection is in the middle of, at the one asked. */
interface Session {
  isMulti: boolean;
  deliver: ((payload: string) => void) | null;
}

/** Messages, in order for each connection; they wait for a partition to heal. */
class Net {
  readonly nodes = new Map<string, Node>();
  readonly sides = new Map<string, number>();
  slowUs = 2000;

  constructor(readonly world: World) {}

  connects(one: string, other: string): boolean {
    return (this.sides.get(one) ?? 0) === (this.sides.get(other) ?? 0);
  }
  delayUs(): number {
    const { random } = this.world;
    return 50 + random.below(random.chance(0.02) ? 200_000 : this.slowUs);
  }
}

/** A server as Sentinels see it. */
class ModelServer extends Node {
  readonly port = SERVER_PORT;
  primary: string | null = null;
  offset = 0;
  runId = "";
  linkDownSinceUs: number | null = null;
  readonly listeners = new Set<Session>();
  #queued: (readonly string[])[] = [];

  constructor(net: Net, ip: string, primary: string | null) {
    super(net, ip);
    this.primary = primary;
    this.start();
  }
  start(): void {
    this.isUp = true;
    this.life++;
    this.runId = this.net.world.randomBytes().bytes(20)
      .reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "");
    this.linkDownSinceUs = this.primary === null ? null : this.net.world.nowUs;
  }
  get followed(): ModelServer | null {
    const node = this.primary === null ? null : this.net.nodes.get(this.primary);
    return node instanceof ModelServer ? node : null;
  }

  /** Writes come in, and what the primary has comes over. */
  live(): void {
    const { world } = this.net;
    if (!this.isUp || world.nowUs < this.hangsUntilUs) return;
    if (this.primary === null) {
      this.offset += world.random.below(100);
      return;
    }
    const from = this.followed;
    const isLinked = from !== null && from.isUp && this.net.connects(this.ip, from.ip) &&
      from !== this;
    if (isLinked && (from.primary === null || from.linkDownSinceUs === null)) {
      this.offset = from.offset;
      this.linkDownSinceUs = null;
    } else this.linkDownSinceUs ??= world.nowUs;
  }

  answer(words: readonly string[], session: Session): ReplyValue {
    const command = words[0].toUpperCase();
    if (session.isMulti && command !== "EXEC") {
      this.#queued.push(words);
      return "QUEUED";
    }
    switch (command) {
      case "PING":
        return "PONG";
      case "INFO":
        return this.#info();
      case "MULTI":
        session.isMulti = true;
        this.#queued = [];
        return "OK";
      case "EXEC":
        session.isMulti = false;
        for (const queued of this.#queued.splice(0)) this.answer(queued, session);
        return [];
      case "SLAVEOF":
        this.primary = words[1] === "NO" ? null : words[1];
        this.linkDownSinceUs = this.primary === null ? null : this.net.world.nowUs;
        return "OK";
      case "PUBLISH":
        for (const { deliver } of this.listeners) deliver?.(words[2]);
        return 1;
      case "SUBSCRIBE":
        this.listeners.add(session);
        return ["subscribe", HELLO_CHANNEL, 1];
      default:
        return "OK";
    }
  }

  #info(): string {
    const { world, nodes } = this.net;
    const lines = [`run_id:${this.runId}`, `role:${this.primary === null ? "master" : "slave"}`];
    if (this.primary !== null) {
      lines.push(
        `master_host:${this.primary}`,
        `master_port:${SERVER_PORT}`,
        `master_link_status:${this.linkDownSinceUs === null ? "up" : "down"}`,
        `slave_repl_offset:${this.offset}`,
        "slave_priority:100",
      );
      if (this.linkDownSinceUs !== null) {
        lines.push(
          `master_link_down_since_seconds:${
            Math.floor((world.nowUs - this.linkDownSinceUs) / 1e6)
          }`,
        );
      }
    }
    let number = 0;
    for (const node of nodes.values()) {
      if (
        node instanceof ModelServer && node.primary === this.ip && node.linkDownSinceUs === null
      ) {
        lines.push(
          `slave${number++}:ip=${node.ip},port=${SERVER_PORT},state=online,offset=0,lag=0`,
        );
      }
    }
    return lines.join("\r\n");
  }
}

/** One side's channel to a node. */
interface Open {
  session: Session;
  to: Node;
  life: number;
  /** When the last message, and the last answer, arrive. */
  sentUs: number;
  answeredUs: number;
}

class ModelSentinel extends Node {
  readonly port = SENTINEL_PORT;
  machine!: Machine;
  /** The configuration on disk. */
  saved: string[];
  #open = new Map<string, Open>();
  /** Nothing can be written to it until then. */
  fullUntilUs = 0;
  /** Ticks are late until then. */
  stallsUntilUs = 0;
  /** How far its clock has jumped ahead. */
  aheadMs = 0;
  readonly log: string[] = [];

  constructor(net: Net, ip: string, lines: string[], readonly judge: Judge) {
    super(net, ip);
    this.saved = lines;
    this.start();
  }

  start(): void {
    const { world } = this.net;
    this.isUp = true;
    this.life++;
    this.#open = new Map();
    this.machine = new Machine(
      { port: () => SENTINEL_PORT, password: () => "" },
      () => world.random.below(1 << 20) / (1 << 20),
    );
    const { state } = this.machine;
    state.nowMs = this.nowMs;
    const lines = this.saved.map((line) => splitWords(line)!);
    const order = ["monitor"];
    for (const first of [true, false]) {
      for (const words of lines) {
        if (order.includes(words[0]) !== first) continue;
        const refused = readSetting(state, words, { isExecutable: () => true });
        if (refused !== undefined) throw new Error(`${words.join(" ")}: ${refused}`);
      }
    }
    state.timing["info-period"] = 2000;
    state.timing["publish-period"] = 500;
    state.timing["tilt-period"] = 3000;
    this.#tick(this.life);
  }

  get nowMs(): number {
    return this.net.world.nowUs / 1000 + this.aheadMs;
  }

  #tick(life: number): void {
    const { world } = this.net;
    if (!this.isUp || life !== this.life) return;
    const late = this.stallsUntilUs - world.nowUs;
    if (late > 0) return void world.after(late, () => this.#tick(life));
    this.step({ on: "tick" });
    world.after(this.machine.tickMs * 1000, () => this.#tick(life));
  }

  step(event: SentinelEvent): void {
    if (!this.isUp) return;
    this.#carryOut(this.machine.step(event, this.nowMs));
  }
  settle(): void {
    this.#carryOut(this.machine.state.take());
  }

  #carryOut(actions: readonly SentinelAction[]): void {
    let isSaved = false;
    for (const action of actions) {
      switch (action.do) {
        case "open":
          this.#dial(action.link, action.channel, action.host);
          break;
        case "close":
          this.#drop(`${action.link} ${action.channel}`);
          break;
        case "send":
          this.#send(action);
          break;
        case "save":
          isSaved = this.net.world.nowUs >= this.fullUntilUs;
          if (isSaved) this.saved = settingLines(this.machine.state);
          break;
        case "tell":
          this.log.push(`${(this.net.world.nowUs / 1e6).toFixed(3)} ${action.name} ${action.text}`);
          this.judge.told(this, action.name, action.text);
      }
    }
    if (isSaved) this.step({ on: "saved" });
  }

  #drop(key: string): void {
    const open = this.#open.get(key);
    if (open?.to instanceof ModelServer) open.to.listeners.delete(open.session);
    this.#open.delete(key);
  }

  /** Has something happen when a message has crossed, and there is somebody to get it. */
  #cross(to: Node, atUs: number, act: () => void, lost: () => void): void {
    const { world } = this.net;
    const [own, its] = [this.life, to.life];
    const arrive = (): void => {
      if (!this.isUp || own !== this.life) return;
      if (!this.net.connects(this.ip, to.ip)) return void world.after(50_000, arrive);
      if (!to.isUp || to.life !== its) return lost();
      if (world.nowUs < to.hangsUntilUs) {
        return void world.after(to.hangsUntilUs - world.nowUs, arrive);
      }
      act();
    };
    world.after(atUs - world.nowUs, arrive);
  }

  #dial(link: number, channel: Channel, ip: string): void {
    const { world, nodes } = this.net;
    const key = `${link} ${channel}`;
    const to = nodes.get(ip);
    const closed = () => this.step({ on: "closed", link, channel, reason: "" });
    const atUs = world.nowUs + this.net.delayUs();
    if (to === undefined || !to.isUp) return void world.after(atUs - world.nowUs, closed);
    const session: Session = { isMulti: false, deliver: null };
    const open: Open = { session, to, life: to.life, sentUs: 0, answeredUs: 0 };
    this.#open.set(key, open);
    const isCurrent = () => this.#open.get(key) === open;
    this.#cross(to, atUs, () => {
      if (!isCurrent()) return;
      if (channel === "hello") {
        session.deliver = (payload) => {
          open.answeredUs = Math.max(open.answeredUs, world.nowUs + this.net.delayUs());
          this.#cross(to, open.answeredUs, () => {
            if (!isCurrent()) return;
            this.machine.state.links.get(link)!.helloActivityMs = this.nowMs;
            this.step({ on: "hello", payload });
          }, () => {});
        };
        to.answer(["SUBSCRIBE", HELLO_CHANNEL], session);
      }
      this.step({ on: "opened", link, channel, local: this.ip });
    }, () => {
      if (!isCurrent()) return;
      this.#drop(key);
      closed();
    });
  }

  #send({ link, channel, words, instance, purpose }: SentinelAction & { do: "send" }): void {
    const key = `${link} ${channel}`;
    const open = this.#open.get(key);
    if (open === undefined) return;
    const { world } = this.net;
    const { to } = open;
    const isCurrent = () => this.#open.get(key) === open;
    const lost = () => {
      if (!isCurrent()) return;
      this.#drop(key);
      this.step({ on: "closed", link, channel, reason: "" });
    };
    if (!to.isUp || to.life !== open.life) {
      return void world.after(this.net.delayUs(), () => this.isUp && lost());
    }
    open.sentUs = Math.max(open.sentUs + 1, world.nowUs + this.net.delayUs());
    this.#cross(to, open.sentUs, () => {
      if (!isCurrent()) return;
      const value = to.answer(words, open.session);
      open.answeredUs = Math.max(open.answeredUs + 1, world.nowUs + this.net.delayUs());
      this.#cross(to, open.answeredUs, () => {
        if (isCurrent()) this.step({ on: "reply", instance, purpose, value });
      }, lost);
    }, lost);
  }

  /** Others ask. */
  answer(words: readonly string[]): ReplyValue {
    const { state } = this.machine;
    state.nowMs = this.nowMs;
    if (words[0] === "PING") return "PONG";
    if (words[0] === "PUBLISH") {
      this.step({ on: "hello", payload: words[2] });
      return 1;
    }
    if (words[1] !== "is-master-down-by-addr") return new ReplyError("ERR unknown");
    const [, , host, port, epoch, runId] = words;
    const { isDown, vote: own } = this.machine.isDownByAddress(
      host,
      Number(port),
      Number(epoch),
      runId,
    );
    this.settle();
    const vote = state.isSaved ? own : null;
    if (runId !== "*" && vote !== null && vote.runId !== "") {
      this.judge.voted(this, vote.epoch, vote.runId);
      const { world } = this.net;
      // It has told its vote, and dies of it.
      if (world.random.chance(0.1)) {
        world.after(world.random.below(1000), () => {
          this.isUp = false;
          world.after(world.random.below(5000), () => !this.isUp && this.start());
        });
      }
    }
    return [
      isDown ? 1 : 0,
      vote === null || vote.runId === "" ? "*" : vote.runId,
      vote?.epoch ?? 0,
    ];
  }

  get address(): string {
    const primary = this.machine.state.primaries.get(NAME)!;
    return this.machine.state.currentAddress(primary).ip;
  }
}

/** What must hold at any time. */
class Judge {
  readonly #votes = new Map<string, string>();
  readonly #leaders = new Map<number, string>();
  readonly #promoted = new Map<number, string>();

  constructor(readonly failures: unknown[]) {}

  voted({ ip }: ModelSentinel, epoch: number, runId: string): void {
    const key = `${ip} ${epoch}`;
    const before = this.#votes.get(key) ?? runId;
    if (before !== runId) this.failures.push(new Error(`${ip} votes twice in epoch ${epoch}`));
    this.#votes.set(key, runId);
  }

  told({ ip, machine }: ModelSentinel, name: string, text: string): void {
    const { failover } = machine.state.primaries.get(NAME)!;
    if (failover === null || failover.isForced) return;
    if (name === "+elected-leader") this.#only(this.#leaders, failover.epoch, ip, "leaders");
    if (name === "+promoted-slave") this.#only(this.#promoted, failover.epoch, text, "promoted");
  }

  #only(seen: Map<number, string>, epoch: number, what: string, name: string): void {
    const before = seen.get(epoch) ?? what;
    if (before !== what) {
      this.failures.push(new Error(`two ${name} in epoch ${epoch}: ${before} and ${what}`));
    }
    seen.set(epoch, what);
  }
}

/** Runs a seed. @throws Error that says what was wrong, with the seed */
// deno-lint-ignore require-await
export async function sentinels(seed: number, _image?: CoreImage): Promise<World> {
  const world = new World(seed);
  const { random } = world;
  const net = new Net(world);
  net.slowUs = random.pick([500, 2000, 20_000]);
  const judge = new Judge(world.failures);
  const serverCount = random.between(2, 4);
  const sentinelCount = random.pick([1, 2, 3, 3, 3, 5]);
  const servers = Array.from({ length: serverCount }, (_, i) => {
    const server = new ModelServer(net, `10.0.0.${i + 1}`, i === 0 ? null : "10.0.0.1");
    net.nodes.set(server.ip, server);
    return server;
  });
  const quorum = random.between(1, Math.floor(sentinelCount / 2) + 1);
  const downAfterMs = random.pick([300, 500, 1500]);
  const watchers = Array.from({ length: sentinelCount }, (_, i) => {
    const id = (i + 1).toString(16).repeat(40).slice(0, 40);
    const watcher = new ModelSentinel(net, `10.0.1.${i + 1}`, [
      `myid ${id}`,
      `monitor ${NAME} 10.0.0.1 ${SERVER_PORT} ${quorum}`,
      `down-after-milliseconds ${NAME} ${downAfterMs}`,
      `failover-timeout ${NAME} ${random.pick([2000, 6000])}`,
      `parallel-syncs ${NAME} ${random.between(1, 2)}`,
    ], judge);
    net.nodes.set(watcher.ip, watcher);
    return watcher;
  });
  const live = () => {
    for (const server of servers) server.live();
    world.after(20_000, live);
  };
  live();
  world.advance(5e6);
  const endUs = world.nowUs + DISTURBED_US;
  while (world.nowUs < endUs) {
    disturb(world, net, servers, watchers);
    world.advance(random.between(10_000, random.pick([200_000, 4_000_000])));
  }
  heal(net, servers, watchers);
  const fault = () => disagreement(servers, watchers);
  const limitUs = world.nowUs + HEALING_US;
  let settledUs = 0;
  while (world.nowUs < limitUs && settledUs < 10e6) {
    world.advance(500_000);
    settledUs = fault() === null ? settledUs + 500_000 : 0;
  }
  const wrong = world.failures[0] ??
    (settledUs < 10e6 ? new Error(fault() ?? "it does not settle") : null);
  if (wrong === null) return world;
  const logs = watchers.map(({ ip, log }) =>
    `${ip}:\n    ${log.slice(-Number(Deno.env.get("LINES") ?? 30)).join("\n    ")}`
  ).join("\n  ");
  throw new Error(`seed ${seed}: ${(wrong as Error).stack}\n  ${logs}`);
}

function disturb(world: World, net: Net, servers: ModelServer[], watchers: ModelSentinel[]): void {
  const { random } = world;
  const server = random.pick(servers);
  const watcher = random.pick(watchers);
  switch (random.below(11)) {
    case 0:
    case 1:
      server.isUp = false;
      server.listeners.clear();
      // Where it is meant to begin again it does as what it was.
      return void world.after(
        random.below(random.chance(0.5) ? 1e6 : 10e6),
        () => !server.isUp && server.start(),
      );
    case 2:
      server.hangsUntilUs = world.nowUs + random.below(3e6);
      return;
    case 3:
      watcher.isUp = false;
      return void world.after(random.below(5e6), () => !watcher.isUp && watcher.start());
    case 4:
      watcher.stallsUntilUs = world.nowUs + random.below(4e6);
      return;
    case 5:
      for (const { ip } of [...servers, ...watchers]) net.sides.set(ip, random.below(2));
      return void world.after(random.below(6e6), () => net.sides.clear());
    case 6: {
      net.sides.set(random.pick([server, watcher]).ip, 2);
      return void world.after(random.below(4e6), () => net.sides.clear());
    }
    case 7: {
      if (!watcher.isUp || random.chance(0.5)) return;
      const { state } = watcher.machine;
      const primary = state.primaries.get(NAME)!;
      state.nowMs = watcher.nowMs;
      if (primary.failover !== null || !hasCandidate(state, primary)) return;
      begin(state, primary, true);
      return watcher.settle();
    }
    case 8:
      watcher.fullUntilUs = world.nowUs + random.below(6e6);
      return;
    case 9:
      // A machine that was asleep: its clock goes on from where the others' are.
      watcher.aheadMs += random.below(random.chance(0.5) ? 3000 : 60_000);
      return;
  }
}

function heal(net: Net, servers: ModelServer[], watchers: ModelSentinel[]): void {
  net.sides.clear();
  for (const server of servers) {
    server.hangsUntilUs = 0;
    if (!server.isUp) server.start();
  }
  for (const watcher of watchers) {
    watcher.stallsUntilUs = watcher.fullUntilUs = 0;
    if (!watcher.isUp) watcher.start();
  }
}

/** What all are not agreed on; null where they are. */
function disagreement(servers: ModelServer[], watchers: ModelSentinel[]): string | null {
  const named = new Set(watchers.map(({ address }) => address));
  if (named.size !== 1) return `Sentinels name ${[...named]}`;
  const [address] = named;
  for (const { machine: { state }, ip } of watchers) {
    const { failover } = state.primaries.get(NAME)!;
    if (failover !== null) return `${ip} is still at a failover (${failover.state})`;
  }
  for (const { ip, primary, linkDownSinceUs } of servers) {
    if (ip === address ? primary !== null : primary !== address) {
      return `${ip} follows ${primary}, the primary is ${address}`;
    }
    if (ip !== address && linkDownSinceUs !== null) return `${ip} has lost ${address}`;
  }
  return null;
}
