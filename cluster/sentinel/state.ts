/** What a Sentinel knows, and how it speaks of it. No decisions here. */

import { isIp } from "../../server/net/ip.ts";
import type { EventLevel, SentinelAction } from "./actions.ts";
import {
  type Address,
  type Instance,
  isSamePlace,
  Link,
  Peer,
  type Primary,
  Replica,
} from "./instance.ts";
import { DEFAULT_TIMING, type Timing } from "./timing.ts";

/** Settings of the whole Sentinel. */
export interface Settings {
  announceHost: string;
  announcePort: number;
  resolvesHostnames: boolean;
  announcesHostnames: boolean;
  deniesScripts: boolean;
  user: string;
  password: string;
}

/** Failures that an operator has asked for. */
export const SIMULATED = { "crash-after-election": 1, "crash-after-promotion": 2 } as const;

export class State {
  readonly primaries = new Map<string, Primary>();
  readonly links = new Map<number, Link>();
  readonly instances = new Map<number, Instance>();
  /** 40 hex digits. */
  id = "";
  epoch = 0;
  nowMs = 0;
  previousTickMs: number | null = null;
  tiltSinceMs: number | null = null;
  simulatedFailures = 0;
  readonly settings: Settings = {
    announceHost: "",
    announcePort: 0,
    resolvesHostnames: false,
    announcesHostnames: false,
    deniesScripts: true,
    user: "",
    password: "",
  };
  readonly timing: Timing = { ...DEFAULT_TIMING };
  /** Addresses that names had last. */
  readonly known = new Map<string, string>();
  #actions: SentinelAction[] = [];
  #made = 0;

  constructor(
    /** Where this Sentinel itself listens, and what its own clients must give. */
    readonly own: { port(): number; password(): string },
    /** From 0 up to 1. */
    readonly random: () => number,
  ) {}

  // ---- actions ----------------------------------------------------------------------------------

  /** What it has promised is on the disk: who leads must not forget its epoch, nor anybody its vote. */
  isSaved = true;

  act(action: SentinelAction): void {
    this.#actions.push(action);
  }
  /** What is to be done, in order. */
  take(): SentinelAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }
  save(): void {
    this.isSaved = false;
    // Once for all that has changed since anything else was to be done.
    if (this.#actions.at(-1)?.do !== "save") this.act({ do: "save" });
  }

  /** Tells subscribers and the log of something that concerns an instance; warnings also to the operator's script. */
  tell(level: EventLevel, name: string, instance: Instance, detail = ""): void {
    const text = `${this.identity(instance)}${detail === "" ? "" : ` ${detail}`}`;
    this.tellOf(level, name, instance.primary, text);
  }
  /** The same in words that do not say of whom. */
  tellOf(level: EventLevel, name: string, primary: Primary, text: string): void {
    this.tellText(level, name, text);
    if (level === "warning" && primary.notificationScript !== "") {
      this.onWarning?.(primary, name, text);
    }
  }
  /** Called for warnings of primaries with a script. */
  onWarning: ((primary: Primary, name: string, text: string) => void) | null = null;
  tellText(level: EventLevel, name: string, text: string): void {
    this.act({ do: "tell", level, name, text });
  }

  /** `<kind> <name> <ip> <port>`, and of whom. */
  identity(instance: Instance): string {
    const own = `${instance.kind} ${this.nameOf(instance)} ${this.shown(instance.address)} ` +
      `${instance.address.port}`;
    if (instance.kind === "master") return own;
    const { name, address } = instance.primary;
    return `${own} @ ${name} ${this.shown(address)} ${address.port}`;
  }
  nameOf(instance: Instance): string {
    if (instance.kind === "master") return instance.name;
    return instance.kind === "sentinel" ? instance.runId : this.joined(instance.address);
  }
  /** An address's host as it is told to others. */
  shown({ host, ip }: Address): string {
    return this.settings.announcesHostnames || ip === "" ? host : ip;
  }
  joined(address: Address): string {
    const shown = this.shown(address);
    return shown.includes(":") ? `[${shown}]:${address.port}` : `${shown}:${address.port}`;
  }

  // ---- instances --------------------------------------------------------------------------------

  nextId(): number {
    return ++this.#made;
  }
  newLink(): Link {
    const link = new Link(this.nextId(), this.nowMs);
    this.links.set(link.id, link);
    return link;
  }

  address(host: string, port: number): Address {
    if (isIp(host)) return { host, ip: host, port };
    const known = this.known.get(host.toLowerCase()) ?? "";
    if (this.settings.resolvesHostnames && known === "") this.act({ do: "resolve", host });
    return { host, ip: known, port };
  }
  /** Whether a host may be given. */
  isHost(host: string): boolean {
    return isIp(host) || (this.settings.resolvesHostnames && /^[a-z0-9._-]{1,253}$/i.test(host));
  }

  addReplica(primary: Primary, address: Address): Replica | null {
    const name = this.joined(address);
    if (primary.replicas.has(name)) return null;
    const replica = new Replica(this.nextId(), address, this.newLink(), this.nowMs, primary);
    primary.replicas.set(name, replica);
    this.instances.set(replica.id, replica);
    return replica;
  }

  addPeer(primary: Primary, runId: string, address: Address): Peer | null {
    if (primary.peers.has(runId)) return null;
    const peer = new Peer(
      this.nextId(),
      address,
      this.#linkOfPeer(runId, address) ?? this.newLink(),
      this.nowMs,
      primary,
    );
    peer.runId = runId;
    primary.peers.set(runId, peer);
    this.instances.set(peer.id, peer);
    return peer;
  }

  /** The link that the same Sentinel has as a peer at another primary. */
  #linkOfPeer(runId: string, { host, port }: Address): Link | null {
    for (const { peers } of this.primaries.values()) {
      const same = peers.get(runId);
      if (same === undefined || !isSamePlace(same.address, host, port)) continue;
      same.link.shares++;
      return same.link;
    }
    return null;
  }

  /** Forgets an instance; its channels are closed where nobody else uses them. */
  remove(instance: Instance): void {
    this.instances.delete(instance.id);
    if (instance.kind === "slave") {
      const { replicas } = instance.primary;
      for (const [name, replica] of replicas) if (replica === instance) replicas.delete(name);
    } else if (instance.kind === "sentinel") instance.primary.peers.delete(instance.runId);
    this.drop(instance.link);
  }
  drop(link: Link): void {
    if (--link.shares > 0) return;
    this.closeChannels(link);
    this.links.delete(link.id);
  }
  closeChannels(link: Link): void {
    this.closeChannel(link, "command");
    this.closeChannel(link, "hello");
  }
  closeChannel(link: Link, channel: "command" | "hello"): void {
    if (link[channel] === "closed") return;
    link[channel] = "closed";
    if (channel === "command") link.pending = 0;
    this.act({ do: "close", link: link.id, channel });
  }

  replicaAt(primary: Primary, host: string, port: number): Replica | undefined {
    for (const replica of primary.replicas.values()) {
      if (isSamePlace(replica.address, host, port)) return replica;
    }
    return undefined;
  }
  primaryAt(host: string, port: number): Primary | undefined {
    for (const primary of this.primaries.values()) {
      if (isSamePlace(primary.address, host, port)) return primary;
    }
    return undefined;
  }

  /** The address that clients are told: the promoted replica's as soon as it has taken over. */
  currentAddress(primary: Primary): Address {
    const { failover } = primary;
    return failover?.hasPromoted && failover.promoted !== null
      ? failover.promoted.address
      : primary.address;
  }
}
