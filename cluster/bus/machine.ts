/**
 * The machine of the bus: what happened goes in with its time, what is to be done comes out. `bus.ts` drives it on
 * real sockets, the simulation on others.
 *
 * ```
 *  tick          links are made and pings sent; who does not answer fails; replicas take over; state is looked at
 *  wake          a replica's election begins
 *  message       who sent it is looked up; epochs, roles, slots, gossip; requests and votes
 *  opened/closed a link that this node makes: it begins with MEET or PING
 * ```
 *
 * Each node makes a link of its own to each other one, asks over it and answers over the other's.
 */

import type { BusAction, BusEvent } from "./actions.ts";
import {
  bumpEpoch,
  checkManual,
  considerVote,
  countVote,
  notePaused,
  pauseFor,
  tryFailover,
} from "./failover.ts";
import { handshake, ping, pong, report, takeGossip } from "./gossip.ts";
import { clearFailure, fail } from "./health.ts";
import type { Node } from "./node.ts";
import type { Message } from "./message.ts";
import { At, MessageType, NodeFlag } from "./packet.ts";
import { correct, followNode, noteUnclaimed, takeClaims, updateState } from "./slots.ts";
import type { BusState } from "./state.ts";

/** How often it wants to be told the time, while something is under way, ... */
export const TICK_MS = 100;
/** ... and while all is well: so often within the node timeout, or once a second. */
const CALM_TICKS = 10;
const MOST_CALM_MS = 1000;
/** So often somebody is asked who has not been for longest, or at the tick that is nearest to it. */
const RANDOM_PING_MS = 1000;
const RANDOM_PING_SAMPLES = 5;
const LEAST_HANDSHAKE_MS = 1000;
/** A primary without replicas is looked after when it has been so for so long. */
const ORPHAN_DELAY_MS = 5000;

export class BusMachine {
  /** When somebody was last asked by chance. */
  #pingedMs = -Infinity;
  /** Whether somebody who knew it has reached it since it was started. */
  #knowsPlace = false;

  constructor(
    readonly state: BusState,
    /** Wall clock less the machine's, ms. */ readonly wallOffset: () => number,
  ) {}

  step(event: BusEvent, nowMs: number): BusAction[] {
    const { state } = this;
    state.nowMs = nowMs;
    switch (event.on) {
      case "tick":
        this.#tick();
        break;
      case "wake":
        if (!state.self.isMaster) tryFailover(state, this.wallOffset());
        break;
      case "opened":
        this.#opened(event.link);
        break;
      case "closed":
        this.#closed(event.link, event.isInbound);
        break;
      case "message":
        this.#message(event);
    }
    return state.take();
  }

  // ---- links ------------------------------------------------------------------------------------

  #opened(id: number): void {
    const { state } = this;
    const node = state.links.get(id);
    if (node === undefined || node.link === null) return;
    node.link.isOpen = true;
    node.link.madeMs = state.nowMs;
    // A question that was asked over the link before is asked again; when it was asked first counts.
    const askedMs = node.pingSentMs;
    ping(state, node, this.wallOffset(), node.isToMeet ? MessageType.MEET : MessageType.PING);
    if (askedMs !== 0) node.pingSentMs = askedMs;
    node.isToMeet = false;
  }

  #closed(id: number, isInbound: boolean): void {
    const { links, nodes } = this.state;
    if (!isInbound) {
      const node = links.get(id);
      if (node !== undefined) {
        if (!node.link?.isOpen) node.failedDials++;
        node.link = null;
      }
      return void links.delete(id);
    }
    for (const node of nodes.values()) if (node.inboundLink === id) node.inboundLink = null;
  }

  // ---- time -------------------------------------------------------------------------------------

  /** How long after the last one it needs no tick as things stand: nobody is waited for, and nobody fails. */
  get restMs(): number {
    const { state } = this;
    if (state.isDown || state.manual !== null) return TICK_MS;
    for (const node of state.nodes.values()) {
      const isWell = !node.isInHandshake && node.link?.isOpen && node.pingSentMs === 0 &&
        !node.isPossiblyFailing && !node.isFailing;
      if (!isWell && !node.isSelf) return TICK_MS;
    }
    return Math.max(TICK_MS, Math.min(MOST_CALM_MS, state.settings().nodeTimeoutMs / CALM_TICKS));
  }

  #tick(): void {
    const { state } = this;
    for (const [name, endMs] of state.forgotten) {
      if (endMs <= state.nowMs) state.forgotten.delete(name);
    }
    const { nodeTimeoutMs, hasNoFailover } = state.settings();
    if (hasNoFailover !== state.self.hasNoFailover) {
      // The others need not wait for it when they count who comes before them.
      state.self.hasNoFailover = hasNoFailover;
      state.save();
    }
    for (const node of state.nodes.values()) if (!node.isSelf) this.#keep(node, nodeTimeoutMs);
    if (state.nowMs - this.#pingedMs >= RANDOM_PING_MS - TICK_MS / 2) {
      this.#pingedMs = state.nowMs;
      this.#pingSomebody();
    }
    const failed: Node[] = [];
    for (const node of state.nodes.values()) {
      if (this.#check(node, nodeTimeoutMs)) failed.push(node);
    }
    if (failed.length > 0) report(state, failed, this.wallOffset());
    const { self } = state;
    checkManual(state, this.wallOffset());
    if (!self.isMaster) {
      this.#followToTheEnd();
      tryFailover(state, this.wallOffset());
      if (!self.isMaster && !state.isDown) this.#migrate();
    }
    if (failed.length > 0 || state.isDown || self.isMaster) updateState(state);
  }

  /** Makes links, gives up handshakes. */
  #keep(node: Node, nodeTimeoutMs: number): void {
    const { state } = this;
    if (
      node.isInHandshake && state.nowMs - node.madeMs > Math.max(nodeTimeoutMs, LEAST_HANDSHAKE_MS)
    ) {
      return state.remove(node);
    }
    const isLost = node.hasNoAddress && (node.hostname === "" || node.lastBusPort === 0);
    if (isLost || node.link !== null) return;
    state.dial(node);
    if (node.pingSentMs === 0) node.pingSentMs = state.nowMs;
  }

  /** The one of some that has not been heard of for longest. */
  #pingSomebody(): void {
    const { state } = this;
    const { deck } = state.nodes;
    let oldest: Node | null = null;
    for (let i = 0; i < RANDOM_PING_SAMPLES; i++) {
      const node = deck[state.below(deck.length)];
      if (node.isSelf || node.isInHandshake || node.link === null || node.pingSentMs !== 0) {
        continue;
      }
      if (oldest === null || node.pongReceivedMs < oldest.pongReceivedMs) oldest = node;
    }
    if (oldest !== null) ping(state, oldest, this.wallOffset());
  }

  /** Asks who is to be asked, and looks whether a node answers. @returns whether it begins to fail */
  #check(node: Node, nodeTimeoutMs: number): boolean {
    const { state } = this;
    const { nowMs } = state;
    if (node.isSelf || node.hasNoAddress || node.isInHandshake) return false;
    const waitsMs = node.pingSentMs === 0 ? 0 : nowMs - node.pingSentMs;
    const silentMs = nowMs - node.dataReceivedMs;
    if (
      node.link?.isOpen && nowMs - node.link.madeMs > nodeTimeoutMs && node.pingSentMs !== 0 &&
      waitsMs > nodeTimeoutMs / 2 && silentMs > nodeTimeoutMs / 2
    ) state.dropLink(node); // it may be the link alone: another one is tried
    if (node.link !== null && node.pingSentMs === 0) {
      const isOld = nowMs - node.pongReceivedMs > nodeTimeoutMs / 2;
      const waitsForPause = state.manual !== null && state.manual.replica === node;
      if (isOld || waitsForPause) {
        ping(state, node, this.wallOffset());
        return false;
      }
    }
    if (node.pingSentMs === 0) return false;
    if (Math.min(waitsMs, silentMs) <= nodeTimeoutMs || node.isPossiblyFailing || node.isFailing) {
      return false;
    }
    state.log(`*** NODE ${node.id} possibly failing`, "verbose");
    state.suspect(node, true);
    state.isChanged = true;
    return true;
  }

  /** A replica whose primary has others moves to a primary that has lost all of its own. */
  #migrate(): void {
    const { state } = this;
    const { self } = state;
    const { migrationBarrier, allowsMigration } = state.settings();
    const isWell = (node: Node) => !node.isFailing && !node.isPossiblyFailing;
    if (!allowsMigration || self.primary === null) return;
    if ([...self.primary.replicas].filter(isWell).length <= migrationBarrier) return;
    let orphan: Node | null = null;
    let most = 0;
    let donor: Node = self;
    for (const node of state.nodes.values()) {
      const count = [...node.replicas].filter(isWell).length;
      const isOrphan = node.isMaster && isWell(node) && node.slotCount > 0 && node.migratesTo &&
        count === 0;
      if (!isOrphan) node.orphanedMs = 0;
      else {
        if (node.orphanedMs === 0) node.orphanedMs = state.nowMs;
        orphan ??= node;
      }
      if (!node.isMaster || node.slotCount === 0 || count < most) continue;
      // Of the primary that has most, the replica with the least name moves.
      for (const replica of node.replicas) {
        if (!isWell(replica)) continue;
        if (count > most || replica.id < donor.id) {
          donor = replica;
          most = count;
        }
      }
    }
    if (orphan === null || donor !== self || state.nowMs - orphan.orphanedMs <= ORPHAN_DELAY_MS) {
      return;
    }
    state.log(`Migrating to orphaned master ${orphan.id}`, "warning");
    followNode(state, orphan);
  }

  // ---- messages ---------------------------------------------------------------------------------

  #message({ link, isInbound, message, peer, local }: BusEvent & { on: "message" }): void {
    const { state } = this;
    state.counts.add("received", message.type);
    const known = state.nodes.named(message, At.SENDER);
    const sender = known === undefined || known.isInHandshake ? null : known;
    const about = isInbound ? sender : state.links.get(link) ?? null;
    if (about !== null) about.dataReceivedMs = state.nowMs;
    if (sender !== null) this.#hear(sender, message, isInbound ? link : null);
    switch (message.type) {
      case MessageType.PING:
      case MessageType.PONG:
      case MessageType.MEET:
        return this.#pinged(sender, about, message, link, isInbound, peer, local);
      case MessageType.FAIL: {
        const node = state.find(message.about);
        if (sender === null || node === undefined || node.isSelf || node.isFailing) return;
        state.log(`FAIL message received from ${sender.id} about ${node.id}`);
        return fail(state, node);
      }
      case MessageType.PUBLISH:
      case MessageType.PUBLISHSHARD:
        if (sender === null) return;
        return state.act({
          do: "publish",
          channel: message.channel,
          text: message.published,
          isShard: message.type === MessageType.PUBLISHSHARD,
        });
      case MessageType.AUTH_REQUEST:
        if (sender !== null) considerVote(state, sender, message);
        return;
      case MessageType.AUTH_ACK:
        if (sender !== null) countVote(state, sender, message, this.wallOffset());
        return;
      case MessageType.MFSTART:
        if (sender !== null) pauseFor(state, sender, this.wallOffset());
        return;
      case MessageType.UPDATE:
        if (sender !== null) this.#updated(message);
    }
  }

  /** What every message of a known node says. */
  #hear(sender: Node, message: Message, inbound: number | null): void {
    const { state } = this;
    if (inbound !== null && sender.inboundLink !== inbound) {
      sender.inboundLink = inbound;
      sender.inboundMadeMs = state.nowMs;
    }
    if (message.currentEpoch > state.currentEpoch) state.currentEpoch = message.currentEpoch;
    if (message.configEpoch > sender.configEpoch) {
      sender.configEpoch = message.configEpoch;
      state.save();
    }
    sender.offset = message.offset;
    notePaused(state, sender, message, this.wallOffset());
  }

  #updated(message: Message): void {
    const { state } = this;
    const node = state.find(message.about);
    if (node === undefined || node.configEpoch >= message.aboutEpoch) return;
    if (!node.isMaster) becomeMaster(state, node);
    node.configEpoch = message.aboutEpoch;
    state.save();
    takeClaims(state, node, message.aboutEpoch, message.aboutSlots);
  }

  #pinged(
    sender: Node | null,
    about: Node | null,
    message: Message,
    link: number,
    isInbound: boolean,
    peer: string,
    local: string,
  ): void {
    const { state } = this;
    const { self } = state;
    const isQuestion = message.type !== MessageType.PONG;
    // A node that has a name may have another address than when it was ended.
    const mayHaveMoved = sender !== null && !this.#knowsPlace && state.settings().hostname !== "";
    const isAsked = message.type === MessageType.MEET || self.ip === "" || mayHaveMoved;
    if (mayHaveMoved) this.#knowsPlace = true;
    if (isQuestion && isInbound && isAsked && local !== "" && local !== self.ip) {
      self.ip = local;
      state.log(`IP address for this node updated to ${local}`, "warning");
      state.isChanged = true;
      state.save();
    }
    if (message.type === MessageType.MEET && sender === null && message.sender !== self.id) {
      const ip = message.ip() || peer;
      handshake(state, ip, message.port, message.busPort);
      takeGossip(state, null, message, this.wallOffset());
    }
    // Asked by a node of the same table or by one that means to be: it is answered in any case.
    if (isQuestion) {
      // Before the answer and by the same way: who has been answered has heard what this node knows better.
      if (sender !== null) this.#correct(sender, message, { link, isInbound });
      pong(state, link, isInbound, this.wallOffset(), message.hasShardId);
    }
    if (!isInbound && about !== null && !this.#introduced(sender, about, message)) return;
    const node = sender ?? (about !== null && about.id === message.sender ? about : null);
    if (node === null || node.isSelf) return;
    if (isQuestion && isInbound) this.#moved(node, message, peer);
    node.hasNoFailover = (message.flags & NodeFlag.NOFAILOVER) !== 0;
    if (message.type === MessageType.PONG && about === node && !isInbound) {
      this.#answered(node);
      this.#found(node, message, peer);
    }
    this.#takeRole(node, message);
    this.#takeSlots(node, message);
    takeGossip(state, node, message, this.wallOffset());
    this.#takeExtensions(node, message);
  }

  /** The other side of a link of this node's says who it is. @returns whether it is whom it should be */
  #introduced(sender: Node | null, about: Node, message: Message): boolean {
    const { state } = this;
    if (about.isInHandshake) {
      if (sender !== null) {
        // It is known already, and may have another address now.
        if (sender !== about && !sender.isSelf) this.#adopt(sender, about);
        state.remove(about);
        return false;
      }
      if (message.sender === state.self.id) {
        state.remove(about);
        return false;
      }
      state.introduce(about, message.sender);
      about.isMaster = (message.flags & NodeFlag.MASTER) !== 0;
      if (!message.hasShardId) about.shardId = about.id;
      state.isChanged = true;
      state.save();
      return true;
    }
    if (about === sender) return true;
    state.log(
      `PONG contains mismatching sender ID. About node ${about.id} added ${
        Math.round(state.nowMs - about.madeMs)
      } ms ago, having flags ${state.flagsOf(about)}`,
      "verbose",
    );
    about.lastBusPort = about.busPort || about.lastBusPort;
    about.hasNoAddress = true;
    about.ip = "";
    about.port = about.busPort = about.plainPort = 0;
    state.dropLink(about);
    state.save();
    return false;
  }

  #adopt(node: Node, seen: Node): void {
    const { state } = this;
    if (node.ip === seen.ip && node.port === seen.port && node.busPort === seen.busPort) return;
    node.ip = seen.ip;
    node.port = seen.port;
    node.busPort = seen.busPort;
    node.hasNoAddress = false;
    state.dropLink(node);
    state.isChanged = true;
    state.save();
  }

  /** A node asks from another address than was known: it is where it is. */
  #moved(node: Node, message: Message, peer: string): void {
    const { state } = this;
    const ip = message.ip(node.ip) || peer;
    const { port, busPort, plainPort } = message;
    if (ip === "" || (node.ip === ip && node.port === port && node.busPort === busPort)) return;
    node.ip = ip;
    node.port = port;
    node.busPort = busPort;
    node.plainPort = plainPort;
    node.hasNoAddress = false;
    state.dropLink(node);
    state.log(`Address updated for node ${node.id}, now ${ip}:${port}`, "warning");
    state.isChanged = true;
    state.save();
    if (state.self.primary === node) state.act({ do: "follow", host: ip, port });
  }

  /** A node answers where its name has led to: that is where it is now. */
  #found(node: Node, message: Message, peer: string): void {
    const { state } = this;
    node.failedDials = 0;
    node.lastBusPort = message.busPort;
    const isWhereItWas = node.ip === peer && !node.hasNoAddress;
    if (isWhereItWas || node.hostname === "" || message.ip() !== "" || peer === "") return;
    node.ip = peer;
    node.port = message.port;
    node.busPort = message.busPort;
    node.plainPort = message.plainPort;
    node.hasNoAddress = false;
    state.log(`Address updated for node ${node.id}, now ${peer}:${node.port}`, "warning");
    state.isChanged = true;
    state.save();
    if (state.self.primary === node) state.act({ do: "follow", host: peer, port: node.port });
  }

  #answered(node: Node): void {
    const { state } = this;
    node.pongReceivedMs = state.nowMs;
    if (node.pingSentMs !== 0) node.answeredMs = node.pingSentMs;
    node.pingSentMs = 0;
    if (node.isPossiblyFailing) {
      state.suspect(node, false);
      state.isChanged = true;
    } else clearFailure(state, node);
  }

  #takeRole(node: Node, message: Message): void {
    const { state } = this;
    if (!message.hasPrimary) {
      if (!node.isMaster) becomeMaster(state, node);
      return;
    }
    const primary = state.nodes.named(message, At.PRIMARY);
    if (node.isMaster) {
      state.disownAll(node);
      node.isMaster = false;
      node.migratesTo = false;
      state.isChanged = true;
      state.save();
    }
    if (primary === undefined || node.primary === primary) return;
    node.follow(primary);
    primary.migratesTo = true;
    state.isChanged = true;
    state.save();
    this.#followToTheEnd();
  }

  /**
   * A primary that has become a replica leaves its own with whom it follows. It is looked for at every tick, too: what
   * was heard of the two may have crossed, and each of them have seemed the other's replica.
   */
  #followToTheEnd(): void {
    const { state } = this;
    const { self } = state;
    const next = self.primary?.primary;
    if (next === null || next === undefined || next === self || !next.isMaster) return;
    state.log(
      `I'm a sub-replica! Reconfiguring myself from ${self.primary!.id} to ${next.id}`,
    );
    followNode(state, next);
  }

  #takeSlots(node: Node, message: Message): void {
    const { state } = this;
    const claimant = node.isMaster ? node : node.primary;
    const isSame = claimant === null || claimant.isClaimedBy(message);
    if (node.isMaster && (!isSame || state.unclaimed.size > 0)) {
      noteUnclaimed(state, node, message.slots);
    }
    if (isSame) {
      return this.#settleEpoch(node, message);
    }
    if (node.isMaster) takeClaims(state, node, message.configEpoch, message.slots);
    if (message.type === MessageType.PONG && node.link?.isOpen) {
      correct(state, node, message.configEpoch, message.slots, {
        link: node.link.id,
        isInbound: false,
      });
    }
    this.#settleEpoch(node, message);
  }

  #correct(sender: Node, message: Message, over: { link: number; isInbound: boolean }): void {
    const claimant = sender.isMaster ? sender : sender.primary;
    if (claimant === null || claimant.isClaimedBy(message)) return;
    correct(this.state, sender, message.configEpoch, message.slots, over);
  }

  /** Two primaries of one epoch: the one whose name is less takes another. */
  #settleEpoch(node: Node, message: Message): void {
    const { state } = this;
    const { self } = state;
    if (!node.isMaster || !self.isMaster || message.configEpoch !== self.configEpoch) return;
    if (node.id <= self.id) return;
    state.currentEpoch++;
    self.configEpoch = state.currentEpoch;
    state.log(
      `WARNING: configEpoch collision with node ${node.id}. configEpoch set to ${self.configEpoch}`,
      "verbose",
    );
    state.save();
  }

  #takeExtensions(node: Node, message: Message): void {
    const { state } = this;
    const hostname = message.hostname(node.hostname);
    const humanName = message.humanName(node.humanName);
    if (hostname !== node.hostname || humanName !== node.humanName) {
      node.hostname = hostname;
      node.humanName = humanName;
      state.isChanged = true;
      state.save();
    }
    node.knowsShards = message.hasShardId;
    const shardId = message.shardId(node.shardId);
    if (shardId !== null && shardId !== node.shardId) {
      node.shardId = shardId;
      if (state.self.primary === node) state.self.shardId = node.shardId;
      state.save();
    }
    for (const { name, ttlS } of message.forgotten) {
      const lost = state.find(name);
      if (ttlS <= 0 || lost === undefined || lost.isSelf || lost === state.self.primary) continue;
      state.forgotten.set(name, state.nowMs + ttlS * 1000);
      state.remove(lost);
      state.save();
    }
  }

  /** CLUSTER BUMPEPOCH. */
  bumpEpoch(): boolean {
    return bumpEpoch(this.state);
  }
}

function becomeMaster(state: BusState, node: Node): void {
  const before = node.primary;
  node.follow(null);
  if (before !== null && before.slotCount > 0) node.migratesTo = true;
  state.isChanged = true;
  state.save();
}
