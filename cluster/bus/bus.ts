/** The bus of a cluster: drives its machine on the server's clock, network, disk and data. */

import type { ClusterDown, ClusterNode, ClusterView } from "../../server/cluster/cluster.ts";
import { cheapRandom } from "../../server/env/cheap_random.ts";
import type { Disk } from "../../server/env/disk.ts";
import { replaceFile } from "../../server/env/file_sink.ts";
import { readText } from "../../server/env/disk.ts";
import type { Acceptor, Caller, Destination, TlsOptions } from "../../server/env/network.ts";
import { wordsOf } from "../../server/env/system_error.ts";
import { isIp } from "../../server/net/ip.ts";
import { randomId } from "../../server/propagation/role.ts";
import type { Server } from "../../server/server.ts";
import type { BusAction, BusEvent, BusSettings, ServerFacts } from "./actions.ts";
import { BusSocket } from "./bus_socket.ts";
import { BusMachine, TICK_MS } from "./machine.ts";
import type { Node } from "./node.ts";
import { fileText, NodesFileError, ownName, readFile } from "./nodes_file.ts";
import { MessageType } from "./packet.ts";
import { BusState } from "./state.ts";
import { updateState } from "./slots.ts";
import { SlotMigration } from "../slot_migration/slot_migration.ts";

/** The bus listens so far above the port for clients. */
const BUS_PORT_OFFSET = 10_000;

export interface BusSurroundings {
  disk: Disk;
  dial(destination: Destination, caller: Caller): () => void;
  listenFor(port: number, tls: boolean, accept: Acceptor): Promise<void>;
  tls(): TlsOptions;
  /** The address of a name, null = it has none. */
  lookup(host: string): Promise<string | null>;
  port(): number;
}

/** The server's ticks may come a little early. */
const TICK_SLACK_MS = 20;

export class ClusterBus implements ClusterView {
  readonly machine: BusMachine;
  readonly state: BusState;
  onChange: (() => void) | null = null;
  readonly outbound = new Map<number, BusSocket>();
  readonly inbound = new Map<number, BusSocket>();
  readonly slotMigration: SlotMigration;
  /** Links that were closed because too much waited to be sent over them. */
  linksOverLimit = 0;
  #made = 0;
  #carrying = 0;
  #isOver = false;
  #tickedMs = -Infinity;
  #unlock: () => void = () => {};

  constructor(readonly server: Server, readonly surroundings: BusSurroundings) {
    const { random } = server;
    this.#lock();
    const text = this.#readFile();
    const found = text !== null && text !== "";
    const name = () => randomId(random);
    this.state = new BusState(
      found ? this.#trying(() => ownName(text)) : name(),
      name(),
      this.nowMs,
      cheapRandom(new Uint32Array(random.bytes(4).buffer)[0]),
      () => this.#settings(),
      this.#facts(),
      name,
    );
    this.machine = new BusMachine(this.state, () => this.wallOffsetMs);
    this.slotMigration = new SlotMigration(this);
    const { log } = server;
    if (!found) log.notice(`No cluster configuration found, I'm ${this.state.self.id}`);
    else {
      this.#trying(() => readFile(this.state, text));
      log.notice(`Node configuration loaded, I'm ${this.state.self.id}`);
    }
    const { self } = this.state;
    self.port = this.#settings().port;
    self.busPort = this.#settings().busPort;
    this.state.isDown = true;
  }

  // ---- the table on disk ------------------------------------------------------------------------

  get path(): string {
    const { dir, "cluster-config-file": file } = this.server.config.values;
    return file.startsWith("/") ? file : `${dir}/${file}`;
  }
  /** Keeps the table's file from other nodes, as it is now: each save is another file. */
  #lock(): void {
    const file = this.server.config.values["cluster-config-file"];
    let unlock: (() => void) | null;
    try {
      unlock = this.surroundings.disk.lock(this.path);
    } catch (error) {
      throw new Error(`Can't open ${file} in order to acquire a lock: ${wordsOf(error)}`);
    }
    if (unlock === null) {
      throw new Error(
        `Sorry, the cluster configuration file ${file} is already ` +
          "used by a different Redis Cluster node. Please make sure that different nodes use different cluster " +
          "configuration files.",
      );
    }
    this.#unlock();
    this.#unlock = unlock;
  }

  #readFile(): string | null {
    return readText(this.surroundings.disk, this.path);
  }
  #trying<Result>(act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      this.#unlock();
      if (!(error instanceof NodesFileError)) throw error;
      throw new Error(
        `Unrecoverable error: corrupted cluster config file '${this.path}': ${error.message}`,
      );
    }
  }
  /** @returns whether the table is on the disk */
  save(): boolean {
    try {
      replaceFile(
        this.surroundings.disk,
        this.path,
        fileText(this.state, this.wallOffsetMs),
        `${this.path}.tmp`,
      );
      this.#lock();
      return true;
    } catch (error) {
      this.server.log.warning(`Could not save the cluster's table: ${wordsOf(error)}`);
      return false;
    }
  }

  // ---- what the machine is told -----------------------------------------------------------------

  get nowMs(): number {
    return Math.floor(this.server.clock.monotonicUs() / 1000);
  }
  get wallOffsetMs(): number {
    return Math.floor(this.server.clock.nowMs()) - this.nowMs;
  }

  #settings(): BusSettings {
    const { values } = this.server.config;
    const tls = values["tls-cluster"];
    const own = this.surroundings.port();
    const clientPort = tls ? values["tls-port"] : own;
    return {
      nodeTimeoutMs: values["cluster-node-timeout"],
      requiresFullCoverage: values["cluster-require-full-coverage"],
      validityFactor: values["cluster-replica-validity-factor"],
      hasNoFailover: values["cluster-replica-no-failover"],
      allowsMigration: values["cluster-allow-replica-migration"],
      migrationBarrier: values["cluster-migration-barrier"],
      pingPeriodMs: values["repl-ping-replica-period"] * 1000,
      hostname: values["cluster-announce-hostname"] ?? "",
      humanName: values["cluster-announce-human-nodename"] ?? "",
      ip: values["cluster-announce-ip"] ?? "",
      port: (tls ? values["cluster-announce-tls-port"] : values["cluster-announce-port"]) ||
        clientPort,
      plainPort: tls ? values["cluster-announce-port"] || own : 0,
      busPort: values["cluster-announce-bus-port"] || this.busPort,
    };
  }
  get busPort(): number {
    const { values } = this.server.config;
    const base = values["tls-cluster"] ? values["tls-port"] : this.surroundings.port();
    return values["cluster-port"] || base + BUS_PORT_OFFSET;
  }

  #facts(): ServerFacts {
    const { server } = this;
    return {
      get offset() {
        return server.role.offset;
      },
      get isLinkUp() {
        return server.replication?.link?.state === "connected";
      },
      get silentMs() {
        const link = server.replication?.link;
        if (link === null || link === undefined) return 0;
        const sinceMs = link.state === "connected" ? link.heardMs : link.downSinceMs;
        return Math.max(0, server.nowMs - sinceMs);
      },
      keysIn: (slot) => this.keysIn(slot),
      get keyCount() {
        return server.databases.keys;
      },
      get logsVerbose() {
        return server.log.verboseEnabled;
      },
    };
  }
  /** Keys of a slot. */
  keysIn(slot: number): number {
    return this.server.slotKeys.count(slot);
  }

  // ---- life -------------------------------------------------------------------------------------

  /** Begins to talk. @throws Error when its port is taken */
  async begin(): Promise<void> {
    const { server, surroundings } = this;
    if (this.busPort > 65535) {
      throw new Error(
        "Redis port number too high. Cluster communication port is 10,000 port numbers higher than " +
          "your Redis port. Your Redis port number must be 55535 or less.",
      );
    }
    if (!this.save()) throw new Error(`Cannot write the cluster's table to ${this.path}`);
    const accept: Acceptor = (link, peer, local) => {
      const id = ++this.#made;
      const socket = new BusSocket(server, {
        opened: () => {},
        message: (message, from, to) =>
          this.#step({ on: "message", link: id, isInbound: true, message, peer: from, local: to }),
        closed: () => {
          this.inbound.delete(id);
          this.#step({ on: "closed", link: id, isInbound: true });
        },
      });
      this.inbound.set(id, socket);
      return socket.connected(link, peer, local)!;
    };
    await surroundings.listenFor(this.busPort, server.config.values["tls-cluster"], accept);
    const { self } = this.state;
    if (self.primary !== null && self.primary.ip !== "") {
      this.carryOut([{ do: "follow", host: self.primary.ip, port: self.primary.port }]);
    }
    this.slotMigration.dropForeign();
    // With the server's own ticks, which a node that does nothing else wakes for in any case.
    server.cronJobs.everyEvenLoading(() => this.#tick(), () => this.#restMs);
  }

  get #restMs(): number {
    if (this.#isOver || this.slotMigration.machine.active.length > 0) return 0;
    return this.machine.restMs - (this.nowMs - this.#tickedMs);
  }

  #tick(): void {
    const { nowMs } = this;
    if (this.#isOver || nowMs - this.#tickedMs < TICK_MS - TICK_SLACK_MS) return;
    this.#tickedMs = nowMs;
    this.#closeOverfull();
    this.#step({ on: "tick" });
    this.slotMigration.tell({ on: "tick" });
  }

  /** Closes links over which more waits to be sent than `cluster-link-sendbuf-limit`: they are made anew. */
  #closeOverfull(): void {
    const limitBytes = this.server.config.values["cluster-link-sendbuf-limit"];
    if (limitBytes === 0) return;
    for (const sockets of [this.outbound, this.inbound]) {
      for (const [id, socket] of [...sockets]) {
        const { pendingBytes } = socket;
        if (pendingBytes <= limitBytes) continue;
        this.linksOverLimit++;
        const isInbound = sockets === this.inbound;
        this.server.log.warning(
          `Freeing cluster link(${isInbound ? "from" : "to"} node ${
            this.#nodeOf(id, isInbound)?.id
          }, ` +
            `used memory: ${pendingBytes}) due to exceeding send buffer memory limit.`,
        );
        socket.end();
      }
    }
  }

  #nodeOf(link: number, isInbound: boolean): Node | undefined {
    if (!isInbound) return this.state.links.get(link);
    return [...this.state.nodes.values()].find(({ inboundLink }) => inboundLink === link);
  }

  #step(event: BusEvent): void {
    if (!this.#isOver) this.carryOut(this.machine.step(event, this.nowMs));
  }
  /** Does what commands have left to be done. */
  settle(): void {
    this.carryOut(this.state.take());
  }
  /** To be called before a command asks or changes anything. */
  look(): void {
    this.state.nowMs = this.nowMs;
  }

  close(): void {
    this.#isOver = true;
    this.#unlock();
    this.slotMigration.close();
    for (const socket of [...this.outbound.values(), ...this.inbound.values()]) socket.close();
  }

  // ---- actions ----------------------------------------------------------------------------------

  carryOut(actions: readonly BusAction[]): void {
    this.#carrying++;
    for (const action of actions) this.#carryOut(action);
    // What carrying out one of them has led to may have come in between.
    if (--this.#carrying === 0) this.state.sent();
  }

  #carryOut(action: BusAction): void {
    const { server } = this;
    switch (action.do) {
      case "dial":
        return this.#dial(action);
      case "close": {
        const sockets = action.isInbound ? this.inbound : this.outbound;
        sockets.get(action.link)?.close();
        return void sockets.delete(action.link);
      }
      case "send":
        return (action.isInbound ? this.inbound : this.outbound).get(action.link)?.send(
          action.bytes,
        );
      case "wake":
        server.timers.after(action.afterMs, () => {
          server.defer(() => this.#step({ on: "wake" }));
        });
        return;
      case "save":
        return void this.save();
      case "log":
        return server.log[action.level](action.text);
      case "follow":
        return server.replication?.follow(action.host, action.port);
      case "lead":
        return server.replication?.standAlone("the cluster");
      case "drop":
        return this.dropSlots(action.slots);
      case "changed":
        this.onChange?.();
        return this.slotMigration.ownersChanged();
      case "publish":
        return this.#publish(action);
      case "pause":
        return server.pause.begin("write", action.untilMs - this.nowMs, "failover");
      case "unpause":
        return server.pause.end("failover");
    }
  }

  /** Deletes keys of slots that are another's now. */
  dropSlots(slots: readonly number[]): void {
    this.server.slotKeys.drop(slots);
  }

  #dial({ link, host, port }: BusAction & { do: "dial" }): void {
    const { server } = this;
    const { values } = server.config;
    const socket = new BusSocket(server, {
      opened: () => this.#step({ on: "opened", link }),
      message: (message, peer, local) =>
        this.#step({ on: "message", link, isInbound: false, message, peer, local }),
      closed: () => {
        this.outbound.delete(link);
        this.#step({ on: "closed", link, isInbound: false });
      },
    });
    this.outbound.set(link, socket);
    try {
      const tls = values["tls-cluster"] ? this.surroundings.tls() : null;
      const from = values["bind-source-addr"] ?? "";
      socket.dial((caller) => this.#reach({ host, port, tls, from }, caller));
    } catch {
      server.defer(() => {
        this.outbound.delete(link);
        this.#step({ on: "closed", link, isInbound: false });
      });
    }
  }

  /** Makes a connection to an address, or to where a name leads to now. @returns what takes that back */
  #reach(destination: Destination, caller: Caller): () => void {
    const { surroundings, server } = this;
    if (isIp(destination.host)) return surroundings.dial(destination, caller);
    let cancel = (): void => {};
    let isOver = false;
    void surroundings.lookup(destination.host).then((host) =>
      server.defer(() => {
        if (isOver) return;
        if (host === null) caller.failed("no such name");
        else cancel = surroundings.dial({ ...destination, host }, caller);
      })
    );
    return () => {
      isOver = true;
      cancel();
    };
  }

  #publish({ channel, text, isShard }: BusAction & { do: "publish" }): void {
    const { core, pubsub } = this.server;
    const binary = (bytes: Uint8Array) =>
      Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    core.withArguments([binary(channel), binary(text)], () => {
      const words = [core.argPtr(0), core.argLen(0), core.argPtr(1), core.argLen(1)] as const;
      if (isShard) pubsub.publishToShard(...words);
      else pubsub.publish(...words);
    });
    this.server.wake();
  }

  // ---- what routing asks ------------------------------------------------------------------------

  get self(): Node {
    return this.state.self;
  }
  get down(): ClusterDown | null {
    return this.state.isDown ? this.state.downReason ?? "uncovered" : null;
  }
  ownerOf(slot: number): Node | null {
    return this.state.owners[slot];
  }
  migratingTo(slot: number): Node | null {
    return this.state.migrating.get(slot) ?? null;
  }
  importingFrom(slot: number): Node | null {
    return this.state.importing.get(slot) ?? null;
  }
  endpoint(node: ClusterNode, tls: boolean): string {
    const known = node as Node;
    return `${this.preferredHost(known)}:${this.clientPort(known, tls)}`;
  }
  /** What a client is to connect to; "" = the host that it has used. */
  preferredHost(node: Node): string {
    const { ip, hostname } = this.placeOf(node);
    switch (this.server.config.values["cluster-preferred-endpoint-type"]) {
      case "hostname":
        return hostname === "" ? "?" : hostname;
      case "unknown-endpoint":
        return "";
      default:
        return ip;
    }
  }
  placeOf(node: Node): { ip: string; hostname: string } {
    if (!node.isSelf) return node;
    const { ip, hostname } = this.#settings();
    return { ip: ip || node.ip, hostname };
  }
  clientPort(node: Node, tls: boolean): number {
    const settings = this.#settings();
    const { port, plainPort } = node.isSelf ? settings : node;
    if (this.server.config.values["tls-cluster"]) return tls ? port : plainPort;
    return port;
  }

  get linkBytes(): number {
    let bytes = 0;
    for (const sockets of [this.outbound, this.inbound]) {
      for (const socket of sockets.values()) bytes += socket.heldBytes;
    }
    return bytes;
  }

  publish(channel: Uint8Array, text: Uint8Array, shard: boolean): void {
    const { state } = this;
    this.look();
    const type = shard ? MessageType.PUBLISHSHARD : MessageType.PUBLISH;
    if (!shard) state.broadcast(type, { channel, text });
    else {
      const bytes = state.encode(type, { channel, text });
      const { primary } = state;
      for (const node of [primary, ...primary.replicas]) {
        if (node.isSelf || node.link === null || !node.link.isOpen) continue;
        state.sendOver(node.link.id, false, bytes, type);
      }
    }
    this.settle();
  }

  /** Looks anew whether the cluster serves. */
  update(): void {
    updateState(this.state);
  }
}
