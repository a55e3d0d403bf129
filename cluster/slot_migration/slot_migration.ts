/** Slot migrations on real sockets and data: drives their machine, and does what it says. */

import type { BusState } from "../bus/state.ts";
import { bumpEpochBeyond, claimSlots } from "../bus/failover.ts";
import { bitmapOf, rangesOf } from "../bus/node.ts";
import type { Caller, Destination, TlsOptions } from "../../server/env/network.ts";
import type { Connection } from "../../server/net/connection.ts";
import type { Server } from "../../server/server.ts";
import { SLOT_COUNT } from "../../server/cluster/cluster.ts";
import { AskingLink, Exporter, type LinkHost } from "./exporter.ts";
import { Importer } from "./importer.ts";
import type { Job, MigrationRequest } from "./job.ts";
import {
  type MigrationAction,
  type MigrationEvent,
  type MigrationFacts,
  MigrationMachine,
} from "./machine.ts";
import { confirmedSince, probe } from "./confirmed.ts";

/** While replicas are waited for, and writes with them, it is looked so often. */
const LOOK_MS = 2;

/** The bus, as migrations need it. */
export interface MigrationBus {
  readonly server: Server;
  readonly state: BusState;
  readonly surroundings: {
    dial(destination: Destination, caller: Caller): () => void;
    tls(): TlsOptions;
  };
  readonly nowMs: number;
  readonly wallOffsetMs: number;
  keysIn(slot: number): number;
  /** Around what changes the state. */
  look(): void;
  settle(): void;
}

export class SlotMigration {
  readonly machine: MigrationMachine;
  /** By job: the link that this node has made, or what reads the one that was made to it. */
  readonly #links = new Map<string, AskingLink>();
  readonly #importers = new Map<string, Importer>();
  /** Whose introduction is being answered. */
  #introducing: Connection | null = null;
  /** The primary of this node's shard when it was last looked, and by slot whether that served it. */
  #shard = "";
  readonly #served = new Uint8Array(SLOT_COUNT);
  readonly #events: MigrationEvent[] = [];
  #isStepping = false;
  #isLooking = false;

  constructor(readonly bus: MigrationBus) {
    this.machine = new MigrationMachine(this.#facts(), () => {
      const { values } = bus.server.config;
      return {
        maxLagBytes: values["cluster-slot-migration-handoff-max-lag-bytes"],
        pauseMs: values["cluster-slot-migration-write-pause-timeout"],
        timeoutMs: values["repl-timeout"] * 1000,
        logLength: values["cluster-slot-migration-log-max-len"],
      };
    });
    bus.server.databases.onReplaced = () => this.tell({ on: "flushed" });
  }

  #facts(): MigrationFacts {
    const { bus } = this;
    const { server, state } = bus;
    return {
      get self() {
        return state.self.id;
      },
      get isPrimary() {
        return state.self.isMaster;
      },
      get epoch() {
        return state.currentEpoch;
      },
      ownerOf: (slot) => state.owners[slot]?.id ?? null,
      isGoodPrimary: (id) => {
        const node = state.find(id);
        return node !== undefined && node.isMaster && !node.isFailing && !node.isPossiblyFailing;
      },
      keysIn: (slot) => bus.keysIn(slot),
      bytesBehind: (id) => {
        const link = this.#links.get(id);
        return link instanceof Exporter ? link.bytesBehind : 0;
      },
      get isMidway() {
        return server.within.client !== null;
      },
      get offset() {
        server.propagation.drain();
        return server.propagation.offset;
      },
      get replicaLagBytes() {
        const lags = onlineReplicas(bus).map(({ offset }) => server.propagation.offset - offset);
        return Math.max(0, ...lags);
      },
      replicasHave: (offset) => onlineReplicas(bus).every((replica) => replica.offset >= offset),
      isConfirmedSince: (ms, id) => confirmedSince(state, ms, id),
    };
  }

  // ---- events -----------------------------------------------------------------------------------

  /** Tells the machine, now or once what it said last is done. */
  tell(event: MigrationEvent): void {
    if (event.on !== "tick" || this.machine.active.length > 0) this.#events.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        for (const action of this.machine.step(next, this.bus.nowMs)) this.#carryOut(action);
      }
    } finally {
      this.#isStepping = false;
    }
    this.#lookSoon();
  }

  /** @returns how many were given up */
  cancel(which: (job: Job) => boolean): number {
    const { count, actions } = this.machine.cancel(which, this.bus.nowMs);
    for (const action of actions) this.#carryOut(action);
    return count;
  }

  readonly #host: LinkHost = {
    opened: (id) => this.tell({ on: "opened", id }),
    closed: (id, reason) => this.tell({ on: "closed", id, reason }),
    answered: (id, line) => this.tell({ on: "answered", id, line }),
    exported: (id) => this.tell({ on: "exported", id }),
    broken: (id, reason) => this.tell({ on: "broken", id, reason }),
  };

  /** Who serves what has changed, or what this node is. */
  ownersChanged(): void {
    this.tell({ on: "owners" });
    this.#noteLeft();
    this.#lookAtHidden();
  }

  /** Keys of slots that a replica's primary has given away go soon: if that dies before, they are not this node's. */
  #noteLeft(): void {
    const { server: { slotKeys }, state } = this.bus;
    const { owners, primary, self } = state;
    const isSameShard = this.#shard === primary.id && !self.isMaster;
    this.#shard = primary.id;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const isServed = owners[slot] === primary ? 1 : 0;
      const hasLeft = isSameShard && this.#served[slot] !== 0 && isServed === 0;
      if (hasLeft && this.bus.keysIn(slot) > 0) slotKeys.hidden.add([slot]);
      this.#served[slot] = isServed;
    }
  }

  /** Slots that were hidden for a primary that is no more, or are served by now. */
  #lookAtHidden(): void {
    const { server: { slotKeys }, state } = this.bus;
    const arriving = new Set(
      this.machine.active.filter(({ state }) => state === "importing" || state === "taking-over")
        .flatMap(({ slots }) => slots),
    );
    const hidden = [...slotKeys.hidden.all]
      .filter((slot) => !arriving.has(slot) && !slotKeys.isDropping(slot));
    const isOurs = (slot: number) => state.owners[slot] === state.primary;
    slotKeys.hidden.remove(hidden.filter(isOurs));
    if (state.self.isMaster) slotKeys.drop(hidden.filter((slot) => !isOurs(slot)));
  }

  #lookSoon(): void {
    if (this.#isLooking || !this.machine.active.some(({ state }) => state === "taking-over")) {
      return;
    }
    this.#isLooking = true;
    const { server } = this.bus;
    server.timers.after(LOOK_MS, () =>
      server.defer(() => {
        this.#isLooking = false;
        this.tell({ on: "tick" });
      }));
  }

  // ---- what the other side says -----------------------------------------------------------------

  /** A source says over its connection that it comes. */
  introduced(connection: Connection, request: MigrationRequest): void {
    this.#introducing = connection;
    this.tell({ on: "introduced", request });
    this.#introducing = null;
  }

  /** The job that a source's connection is about. */
  jobOf(connection: Connection): string | null {
    for (const [id, importer] of this.#importers) if (importer.connection === connection) return id;
    return null;
  }

  #answer(id: string, line: string): void {
    const connection = this.#introducing;
    if (connection === null) return this.#importers.get(id)?.answer(line);
    this.bus.server.reply.raw(`${line}\r\n`);
    if (line !== "+OK") return;
    const importer = new Importer(this.bus.server, connection, (reason) => {
      if (this.#importers.get(id) === importer) this.tell({ on: "broken", id, reason });
    });
    this.#importers.set(id, importer);
    this.#choosePages();
  }

  /** What comes is kept in large pages, as what is loaded from files: to get small ones takes a good part of the time. */
  #choosePages(): void {
    const { pages, config } = this.bus.server;
    if (config.values["disable-thp"]) pages.useLarge(this.#importers.size > 0);
  }

  // ---- actions ----------------------------------------------------------------------------------

  #carryOut(action: MigrationAction): void {
    const { bus } = this;
    const { server } = bus;
    switch (action.do) {
      case "dial":
        return this.#dial(action.id, action.node);
      case "close":
        this.#links.get(action.id)?.close();
        this.#links.delete(action.id);
        this.#importers.get(action.id)?.close();
        this.#importers.delete(action.id);
        return this.#choosePages();
      case "send":
        return this.#send(action.id, action.words);
      case "answer":
        return this.#answer(action.id, action.line);
      case "export": {
        const link = this.#links.get(action.id);
        return link instanceof Exporter ? link.begin() : undefined;
      }
      case "stop": {
        const link = this.#links.get(action.id);
        return link instanceof Exporter ? link.stop() : undefined;
      }
      case "hide":
        return this.#hide(action.slots, true);
      case "show":
        return this.#hide(action.slots, false);
      case "drop":
        this.#hide(action.slots, false);
        return server.slotKeys.drop(action.slots);
      case "pause":
        return server.pause.begin("write", Infinity, "migration");
      case "unpause":
        return server.pause.end("migration");
      case "ask replicas":
        return server.replication?.askReplicas();
      case "claim":
        return this.#claim(action.slots);
      case "probe":
        bus.look();
        probe(bus.state, bus.wallOffsetMs);
        return bus.settle();
      case "outdo":
        bus.look();
        bumpEpochBeyond(bus.state, action.epoch, bus.wallOffsetMs);
        return bus.settle();
      case "log":
        return server.log[action.level](action.text);
    }
  }

  #dial(id: string, name: string): void {
    const { bus } = this;
    const job = this.machine.find(id);
    const node = bus.state.find(name);
    if (job === undefined) return;
    this.#links.get(id)?.close();
    const make = job.side === "export" ? Exporter : AskingLink;
    const link = new make(bus.server, this.#host, job);
    this.#links.set(id, link);
    if (node === undefined || node.ip === "") return link.unreachable("the node is not known");
    const { values } = bus.server.config;
    try {
      const tls = values["tls-cluster"] ? bus.surroundings.tls() : null;
      const destination = {
        host: node.ip,
        port: node.port,
        tls,
        from: values["bind-source-addr"] ?? "",
      };
      link.dial((caller) => bus.surroundings.dial(destination, caller));
    } catch (error) {
      link.unreachable(`${error instanceof Error ? error.message : error}`);
    }
  }

  #send(id: string, words: readonly string[]): void {
    const link = this.#links.get(id);
    const { server } = this.bus;
    if (link instanceof Exporter) {
      // What has happened goes before it.
      server.expiry.drain();
      server.propagation.drain();
      link.bytesBehind = 0;
    }
    link?.send(words);
  }

  /** Has a slot's keys seen by nobody, or seen again, here and at replicas. */
  #hide(slots: readonly number[], hides: boolean): void {
    const { slotKeys: { hidden }, propagation } = this.bus.server;
    if (hides) hidden.add(slots);
    else hidden.remove(slots);
    const words = rangesOf(bitmapOf(slots)).flat().map(String);
    propagation.tell(["CLUSTER", "SYNCSLOTS", hides ? "HIDE" : "SHOW", ...words]);
  }

  #claim(slots: readonly number[]): void {
    const { bus } = this;
    this.#hide(slots, false);
    bus.look();
    claimSlots(bus.state, slots, bus.wallOffsetMs, true);
    bus.settle();
  }

  // ---- what is left of another time ------------------------------------------------------------

  /** As the server starts: keys of slots that others serve are what a migration has left, and go. */
  dropForeign(): void {
    const { server, state } = this.bus;
    if (!state.self.isMaster) return;
    const foreign: number[] = [];
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const owner = state.owners[slot];
      if (owner === null || owner === state.self || state.importing.has(slot)) continue;
      if (this.bus.keysIn(slot) > 0) foreign.push(slot);
    }
    if (foreign.length === 0) return;
    server.log.warning(
      `There are keys of ${foreign.length} slots that other nodes serve: they are deleted.`,
    );
    server.slotKeys.drop(foreign);
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }
}

function onlineReplicas({ server }: MigrationBus) {
  return (server.replication?.replicas ?? []).filter(({ state }) => state === "online");
}
