/**
 * The machine that decides: what happened goes in with its time, what is to be done comes out. It knows no socket,
 * no disk and no clock; `node.ts` drives it on real ones, the simulation on others.
 *
 * ```
 *  events                                   actions
 *  tick, opened, closed, reply, hello  -->  open, close, send, save, tell, run ...
 *  (and the operator's commands)
 * ```
 *
 * Each tick, and each answer that may change something, goes through: channels -> questions that are due -> who is
 * down here (subjectively) -> who is down for a quorum (objectively) -> failover.
 */

import type { Channel, Purpose, SentinelAction, SentinelEvent } from "./actions.ts";
import { heardHello, tookInfo } from "./discovery.ts";
import { vote } from "./election.ts";
import { beginIfNeeded, delayStart, type FailoverHooks, proceed } from "./failover.ts";
import { askPeer, askPeers, checkObjectively, checkSubjectively, peerAnswered } from "./health.ts";
import type { Address, Instance, Primary } from "./instance.ts";
import { ask, connect, reviveStale, send } from "./keepalive.ts";
import { Scripts } from "./scripts.ts";
import { State } from "./state.ts";
import { FAST_TICK_MS, TICK_MS } from "./timing.ts";
import type { ReplyValue } from "../../server/resp/decoder.ts";
import { ReplyError } from "../../server/resp/decoder.ts";

export class Machine {
  readonly state: State;
  readonly scripts: Scripts;
  readonly hooks: FailoverHooks;

  constructor(own: State["own"], random: () => number) {
    this.state = new State(own, random);
    this.scripts = new Scripts(this.state);
    this.hooks = { reconfigured: (...what) => this.#reconfigured(...what) };
    this.state.onWarning = (primary, name, text) =>
      this.scripts.add([primary.notificationScript, name, text]);
  }

  /** How soon it wants to be told the time again. */
  get tickMs(): number {
    for (const { downAfterMs } of this.state.primaries.values()) {
      if (downAfterMs < 1000) return FAST_TICK_MS;
    }
    return TICK_MS;
  }

  /** Takes what happened. @returns what is to be done, in order */
  step(event: SentinelEvent, nowMs: number): SentinelAction[] {
    const { state } = this;
    state.nowMs = nowMs;
    switch (event.on) {
      case "tick":
        this.#tick();
        break;
      case "opened":
        this.#opened(event.link, event.channel, event.local);
        break;
      case "closed":
        this.#closed(event.link, event.channel);
        break;
      case "reply":
        this.#replied(event.instance, event.purpose, event.value);
        break;
      case "hello":
        heardHello(state, event.payload, this.hooks);
        break;
      case "resolved":
        this.#resolved(event.host, event.address);
        break;
      case "saved":
        state.isSaved = true;
        for (const primary of state.primaries.values()) {
          if (primary.failover?.state === "wait_start") this.#decide(primary);
        }
        break;
      case "script":
        this.scripts.ended(event.id, event.status);
    }
    return state.take();
  }

  // ---- time -------------------------------------------------------------------------------------

  #tick(): void {
    this.#checkTilt();
    for (const primary of [...this.state.primaries.values()]) {
      this.#look(primary);
      for (const replica of [...primary.replicas.values()]) this.#look(replica);
      for (const peer of [...primary.peers.values()]) this.#look(peer);
      this.#decide(primary);
    }
    this.scripts.tick();
  }

  /** Time that went too fast, or backwards, makes all that was measured doubtful: nothing is done for a while. */
  #checkTilt(): void {
    const { state } = this;
    const { timing, nowMs, previousTickMs } = state;
    const passedMs = nowMs - (previousTickMs ?? nowMs);
    state.previousTickMs = nowMs;
    if (passedMs < 0 || passedMs > timing["tilt-trigger"]) {
      state.tiltSinceMs = nowMs;
      state.tellText("warning", "+tilt", "#tilt mode entered");
    } else if (state.tiltSinceMs !== null && nowMs - state.tiltSinceMs >= timing["tilt-period"]) {
      state.tiltSinceMs = null;
      state.tellText("warning", "-tilt", "#tilt mode exited");
    }
  }

  #look(instance: Instance): void {
    const { state } = this;
    reviveStale(state, instance);
    connect(state, instance);
    ask(state, instance);
    if (state.tiltSinceMs === null) checkSubjectively(state, instance);
  }

  #decide(primary: Primary): void {
    const { state } = this;
    if (state.tiltSinceMs !== null) return;
    const wasDown = primary.objectivelyDownSinceMs !== null;
    checkObjectively(state, primary);
    if (!wasDown && primary.objectivelyDownSinceMs !== null && primary.peers.size > 0) {
      delayStart(state, primary);
    }
    beginIfNeeded(state, primary);
    proceed(state, primary);
    askPeers(state, primary);
  }

  // ---- channels ---------------------------------------------------------------------------------

  #opened(id: number, channel: Channel, local: string): void {
    const { state } = this;
    const link = state.links.get(id);
    if (link === undefined || link[channel] !== "opening") return;
    link[channel] = "open";
    if (channel === "hello") {
      link.helloOpenedMs = link.helloActivityMs = state.nowMs;
      return;
    }
    link.commandOpenedMs = state.nowMs;
    link.local = local;
    link.pending = 0;
    link.answeredMs = -Infinity;
    link.pingedMs = -Infinity;
    for (const instance of state.instances.values()) {
      if (instance.link === link) ask(state, instance);
    }
  }

  #closed(id: number, channel: Channel): void {
    const link = this.state.links.get(id);
    if (link === undefined) return;
    link[channel] = "closed";
    if (channel === "command") link.pending = 0;
  }

  #resolved(host: string, ip: string | null): void {
    const { state } = this;
    if (ip === null) return;
    const name = host.toLowerCase();
    state.known.set(name, ip);
    for (const instance of state.instances.values()) {
      const { address } = instance;
      if (address.host.toLowerCase() !== name || address.ip === ip) continue;
      instance.address = { ...address, ip };
      state.closeChannels(instance.link);
    }
  }

  // ---- replies ----------------------------------------------------------------------------------

  #replied(id: number, purpose: Purpose, value: ReplyValue): void {
    const { state } = this;
    const instance = state.instances.get(id);
    if (instance === undefined) return;
    const { link, primary } = instance;
    if (link.pending > 0) link.pending--;
    if (purpose === "ping") return this.#ponged(instance, value);
    if (purpose === "info" && instance.kind !== "sentinel" && typeof value === "string") {
      tookInfo(state, instance, value, this.hooks);
      if (primary.failover?.state === "select_slave") this.#decide(primary);
    } else if (purpose === "ask" && instance.kind === "sentinel") {
      peerAnswered(state, instance, value);
      this.#decide(primary);
    }
  }

  #ponged(instance: Instance, value: ReplyValue): void {
    const { state } = this;
    const { link } = instance;
    link.answeredMs = state.nowMs;
    const text = value instanceof ReplyError ? value.message : `${value}`;
    if (/^(PONG|LOADING|MASTERDOWN)/.test(text)) {
      link.availableMs = state.nowMs;
      link.unansweredMs = null;
      if (instance.kind === "master" && !text.startsWith("LOADING")) instance.rebootedMs = null;
    } else if (text.startsWith("BUSY") && instance.isDown && !instance.wasScriptKilled) {
      const { primary } = instance;
      if (send(state, instance, "rest", [primary.word("SCRIPT"), "KILL"])) {
        state.tell("notice", "+script-kill-sent", instance);
      }
      instance.wasScriptKilled = true;
    }
    if (state.tiltSinceMs === null) checkSubjectively(state, instance);
  }

  // ---- others ask -------------------------------------------------------------------------------

  /**
   * Another Sentinel asks whether a primary is down, and for a vote where it has a candidate.
   *
   * @param runId "*" where it only asks
   */
  isDownByAddress(host: string, port: number, epoch: number, runId: string) {
    const { state } = this;
    const primary = state.primaryAt(host, port);
    const isDown = state.tiltSinceMs === null && (primary?.isDown ?? false);
    if (primary === undefined) return { isDown, vote: null };
    const given = runId === "*" ? null : vote(state, primary, epoch, runId);
    // Whoever asks finds it down as well: it need not be waited for.
    if (isDown && primary.objectivelyDownSinceMs === null) {
      for (const peer of primary.peers.values()) {
        if (!peer.saysDown && state.nowMs - peer.askedMs >= FAST_TICK_MS) askPeer(state, peer);
      }
    }
    return { isDown, vote: given };
  }

  #reconfigured(
    primary: Primary,
    role: "leader" | "observer",
    from: Address,
    to: Address,
  ): void {
    if (primary.reconfigScript === "") return;
    const { state } = this;
    const places = [from, to].flatMap((address) => [state.shown(address), `${address.port}`]);
    this.scripts.add([primary.reconfigScript, primary.name, role, "start", ...places]);
  }
}
