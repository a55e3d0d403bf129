/** Channels are made and kept, instances asked: PING, INFO, and hellos to all. */

import type { Credentials, Purpose } from "./actions.ts";
import type { Instance, Primary } from "./instance.ts";
import type { State } from "./state.ts";
import { FAST_TICK_MS, pace } from "./timing.ts";

/** Requests of an instance that wait for replies at most. */
const MAX_PENDING = 100;
const HELLO_CHANNEL = "__sentinel__:hello";

export function send(
  state: State,
  instance: Instance,
  purpose: Purpose,
  words: readonly string[],
): boolean {
  const { link } = instance;
  if (!link.isOpen || link.pending >= MAX_PENDING * link.shares) return false;
  link.pending++;
  state.act({
    do: "send",
    link: link.id,
    channel: "command",
    words,
    instance: instance.id,
    purpose,
  });
  return true;
}

function credentialsOf(state: State, instance: Instance): Credentials | null {
  const { settings, own } = state;
  if (instance.kind !== "sentinel") {
    const { user, password } = instance.primary;
    return password === "" ? null : { user, password };
  }
  const password = settings.password !== "" ? settings.password : own.password();
  return password === "" ? null : { user: settings.password !== "" ? settings.user : "", password };
}

/** Makes channels that are missing. */
export function connect(state: State, instance: Instance): void {
  const { link, address } = instance;
  const { nowMs, timing } = state;
  if (address.port === 0) return; // another Sentinel has that address now
  const wantsHello = instance.kind !== "sentinel";
  if (link.command !== "closed" && (link.hello !== "closed" || !wantsHello)) return;
  const periodMs = Math.max(
    FAST_TICK_MS,
    Math.min(timing["ping-period"], instance.primary.downAfterMs / 2),
  );
  if (nowMs - link.triedMs < periodMs) return;
  link.triedMs = nowMs;
  const isName = address.host !== address.ip;
  // A name may have another address now; the last one serves meanwhile.
  if (isName && state.settings.resolvesHostnames) state.act({ do: "resolve", host: address.host });
  if (address.ip === "") return;
  const credentials = credentialsOf(state, instance);
  const to = { link: link.id, host: address.ip, port: address.port, credentials };
  if (link.command === "closed") {
    link.command = "opening";
    state.act({ do: "open", channel: "command", ...to });
  }
  if (link.hello === "closed" && wantsHello) {
    link.hello = "opening";
    state.act({ do: "open", channel: "hello", ...to });
  }
}

/** Closes channels that seem to be dead, so that they are made anew. */
export function reviveStale(state: State, instance: Instance): void {
  const { link, primary: { downAfterMs } } = instance;
  const { nowMs, timing } = state;
  const leastMs = timing["min-link-reconnect-period"];
  if (
    link.isOpen && nowMs - link.commandOpenedMs > leastMs && link.unansweredMs !== null &&
    nowMs - link.unansweredMs > downAfterMs / 2 && nowMs - link.answeredMs > downAfterMs / 2
  ) state.closeChannel(link, "command");
  if (
    link.hello === "open" && nowMs - link.helloOpenedMs > leastMs &&
    nowMs - link.helloActivityMs > timing["publish-period"] * 3
  ) state.closeChannel(link, "hello");
}

function infoPeriodMs(state: State, instance: Instance): number {
  const { primary } = instance;
  const { timing } = state;
  if (instance.kind === "slave") {
    if (primary.failover !== null || instance.roleReported === "master") {
      return pace(primary.downAfterMs, 1000);
    }
    if (primary.objectivelyDownSinceMs !== null || instance.linkDownMs !== 0) {
      return Math.min(1000, timing["info-period"]);
    }
  }
  return timing["info-period"];
}

/** Asks an instance what it is. */
export function askInfo(state: State, instance: Instance): void {
  const info = instance.primary.word("INFO");
  if (send(state, instance, "info", [info])) instance.infoAskedMs = state.nowMs;
}

/** Asks what is due. */
export function ask(state: State, instance: Instance): void {
  const { link, primary } = instance;
  const { nowMs, timing } = state;
  if (!link.isOpen) return;
  const infoMs = infoPeriodMs(state, instance);
  const hasAsked = instance.infoMs !== null && nowMs - instance.infoMs <= infoMs;
  if (instance.kind !== "sentinel" && !hasAsked && nowMs - instance.infoAskedMs > infoMs / 2) {
    askInfo(state, instance);
  }
  const pingMs = Math.min(primary.downAfterMs, timing["ping-period"]);
  if (nowMs - link.answeredMs > pingMs && nowMs - link.pingedMs > pingMs / 2) {
    ping(state, instance);
  }
  if (nowMs - instance.helloPublishedMs > helloPeriodMs(state, primary)) sayHello(state, instance);
}

/** Whoever is to notice failures sooner is told of changes sooner, too. */
function helloPeriodMs({ timing }: State, { downAfterMs }: Primary): number {
  return Math.min(timing["publish-period"], Math.max(500, downAfterMs));
}

export function ping(state: State, instance: Instance): void {
  const word = instance.kind === "sentinel" ? "PING" : instance.primary.word("PING");
  if (!send(state, instance, "ping", [word])) return;
  const { link } = instance;
  link.pingedMs = state.nowMs;
  link.unansweredMs ??= state.nowMs;
}

/** Tells everybody at an instance who watches the primary, and what it thinks of it. */
function sayHello(state: State, instance: Instance): void {
  const { primary, link } = instance;
  const { settings, own } = state;
  const host = settings.announceHost !== "" ? settings.announceHost : link.local;
  if (host === "") return;
  const address = state.currentAddress(primary);
  const payload = [
    host,
    settings.announcePort || own.port(),
    state.id,
    state.epoch,
    primary.name,
    state.shown(address),
    address.port,
    primary.configEpoch,
  ].join(",");
  const word = instance.kind === "sentinel" ? "PUBLISH" : primary.word("PUBLISH");
  if (send(state, instance, "publish", [word, HELLO_CHANNEL, payload])) {
    instance.helloPublishedMs = state.nowMs;
  }
}

/** Has everybody told at once. */
export function helloToAll(state: State, primary: Primary): void {
  for (const instance of allOf(primary)) {
    if (instance.link.isOpen) sayHello(state, instance);
    else instance.helloPublishedMs = -Infinity;
  }
}

export function* allOf(primary: Primary): Generator<Instance> {
  yield primary;
  yield* primary.replicas.values();
  yield* primary.peers.values();
}
