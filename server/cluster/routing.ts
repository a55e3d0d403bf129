/**
 * Routing: whether this node of a cluster serves a command, and where else the client is to go.
 *
 * Nearly all commands that a client of a cluster sends are for a slot that this node serves. They are told by a
 * byte: {@link Routing.serves} asks the core for the slot of the keys and looks into a table of slots, of which
 * each byte is 0 as long as whatever comes for it may run. All else is looked at key by key.
 */

import type { Core } from "../../core-as/host/core.ts";
import { type Arguments, type CommandFacts, flagBits, KEYED_COMMAND } from "../commands/facts.ts";
import { keyRow } from "../commands/keys.ts";
import type { Candidate, GateRow } from "../gates/gates.ts";
import { type Connection, Gate } from "../net/connection.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { type ClusterView, SLOT_COUNT } from "./cluster.ts";
import { Query } from "./query.ts";

/** What routing needs of the server. */
export interface RoutingNeeds {
  readonly core: Core;
  readonly registry: { readonly all: readonly CommandFacts[] };
  readonly execution: { readonly context: Arguments };
  readonly config: {
    readonly values: {
      readonly "cluster-allow-reads-when-down": boolean;
      readonly "cluster-allow-pubsubshard-when-down": boolean;
    };
  };
  updateGate(): void;
}

/** Why this node does not serve keys. */
type Refusal =
  | "unowned"
  | "crossing"
  | "down"
  | "read only"
  | "try again"
  | "ask"
  | "moved";

const texts = {
  unowned: "CLUSTERDOWN Hash slot not served",
  crossing: "CROSSSLOT Keys in request don't hash to the same slot",
  down: "CLUSTERDOWN The cluster is down",
  "read only": "CLUSTERDOWN The cluster is down and only accepts read commands",
  "try again": "TRYAGAIN Multiple keys request during rehashing of slot",
} as const;

export class Routing {
  /** Called when the cluster, or what it serves, has changed. */
  onChange: (() => void) | null = null;
  #view: ClusterView | null = null;
  /** By slot: 0 = it is served here. */
  readonly #shut = new Uint8Array(SLOT_COUNT).fill(1);
  /** By command: the row of its keys; 0 = it has none such. */
  readonly #first: Uint8Array;
  readonly #last: Int8Array;
  readonly #step: Uint8Array;
  readonly #query = new Query();

  constructor(readonly server: RoutingNeeds) {
    const { all } = server.registry;
    this.#first = new Uint8Array(all.length);
    this.#last = new Int8Array(all.length);
    this.#step = new Uint8Array(all.length);
    for (const command of all) {
      const row = keyRow(command);
      if (row === null) continue;
      this.#first[command.id] = row.first;
      this.#last[command.id] = row.last;
      this.#step[command.id] = row.step;
    }
  }

  get view(): ClusterView | null {
    return this.#view;
  }

  set view(view: ClusterView | null) {
    if (this.#view !== null) this.#view.onChange = null;
    this.#view = view;
    if (view !== null) view.onChange = () => this.#changed();
    this.#changed();
    this.server.updateGate();
  }

  #changed(): void {
    const view = this.#view;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const isOpen = view !== null && view.down === null &&
        (view.ownerOf(slot)?.isSelf ?? false) && view.migratingTo(slot) === null &&
        view.importingFrom(slot) === null;
      this.#shut[slot] = isOpen ? 0 : 1;
    }
    this.onChange?.();
  }

  /** Whether it is clear at once that the command under way is served here. */
  serves({ id }: CommandFacts): boolean {
    const slot = this.#slotOfRow(id);
    return slot >= 0 && this.#shut[slot] === 0;
  }

  /** The one slot of keys that are in a row; negative where they are not, or of several slots. */
  #slotOfRow(id: number): number {
    const first = this.#first[id];
    if (first === 0) return -1;
    const { core } = this.server;
    const { argc } = core;
    const last = this.#last[id] < 0 ? argc + this.#last[id] : this.#last[id];
    if (last >= argc || last < first) return -1;
    return core.x.argumentsSlot(first, last, this.#step[id]);
  }

  readonly gate: GateRow = {
    name: "cluster",
    connections: 0,
    commands: () => this.#view === null ? 0 : KEYED_COMMAND,
    refuse: (candidate) => {
      if (this.#view === null || (candidate.bits & KEYED_COMMAND) === 0) return null;
      return this.#refuse(candidate, this.#view);
    },
  };

  #refuse({ connection, id, name, bits }: Candidate, view: ClusterView): string | null {
    const { registry: { all }, execution: { context } } = this.server;
    const command = all[id];
    if (name !== "exec") {
      if (this.serves(command)) return null;
      this.#query.reset();
      this.#query.add(context, command, view, connection.db);
    } else if (connection.transaction !== null) {
      this.#look(connection, connection.transaction, view);
    } else return null;
    const refusal = this.#judge(command, connection, bits, view);
    return refusal === null ? null : this.#text(refusal, connection, view);
  }

  /** Looks at the keys of all commands of a transaction. */
  #look({ db }: Connection, { ids, saved, failed }: Transaction, view: ClusterView): void {
    const { core: { u32, at, x }, registry: { all }, execution: { context } } = this.server;
    const query = this.#query;
    query.reset();
    // EXEC tells of what was refused before.
    if (failed) return;
    const [argv, argc, contextArgc] = [u32[at.ARGV], u32[at.ARGC], context.argc];
    for (let i = 0; i < ids.length; i++) {
      x.commandLoad(saved[i]);
      context.argc = u32[at.ARGC];
      query.add(context, all[ids[i]], view, db);
    }
    [u32[at.ARGV], u32[at.ARGC], context.argc] = [argv, argc, contextArgc];
  }

  /** Whether this node serves the keys of {@link #query}, and if not, why. */
  #judge(
    { name }: CommandFacts,
    { gate }: Connection,
    bits: number,
    view: ClusterView,
  ): Refusal | null {
    const query = this.#query;
    if (query.slot < 0) return null;
    if (query.isUnowned) return "unowned";
    if (query.isCrossing) return "crossing";
    const writes = (bits & flagBits.write) !== 0;
    if (view.down !== null) {
      const refusal = this.#whenDown(bits, writes);
      if (refusal !== null) return refusal;
    }
    if ((query.isMigrating || query.isImporting) && name === "migrate") return null;
    // In one database the key has been sent, in the other it may not.
    if (query.isMigrating && query.isBetweenDatabases) return "try again";
    if (query.isMigrating && query.hasMissing) return query.hasExisting ? "try again" : "ask";
    const isAsking = (gate & Gate.ASKING) !== 0 || (bits & flagBits.asking) !== 0;
    if (query.isImporting && isAsking) {
      const isPartial = query.isMultiple && query.hasMissing;
      return isPartial || query.isBetweenDatabases ? "try again" : null;
    }
    const owner = view.ownerOf(query.slot);
    if (owner === null || owner.isSelf) return null;
    // Whoever publishes to a shard channel is heard on all nodes of the shard.
    const reads = (gate & Gate.READS_REPLICA) !== 0 && !writes;
    const mayRun = reads || (bits & flagBits.pubsub) !== 0;
    return mayRun && view.self.primary === owner ? null : "moved";
  }

  #whenDown(bits: number, writes: boolean): "down" | "read only" | null {
    const { values } = this.server.config;
    if ((bits & flagBits.pubsub) !== 0) {
      return values["cluster-allow-pubsubshard-when-down"] ? null : "down";
    }
    if (!values["cluster-allow-reads-when-down"]) return "down";
    return writes ? "read only" : null;
  }

  #text(refusal: Refusal, connection: Connection, view: ClusterView): string {
    if (refusal !== "ask" && refusal !== "moved") return texts[refusal];
    const { slot } = this.#query;
    const node = refusal === "ask" ? view.migratingTo(slot) : view.ownerOf(slot);
    return this.#redirection(refusal, slot, view.endpoint(node!, connection.link.kind === "tls"));
  }

  #redirection(refusal: "ask" | "moved", slot: number, endpoint: string): string {
    return `${refusal.toUpperCase()} ${slot} ${endpoint}`;
  }

  // ---- scripts ----------------------------------------------------------------------------------

  /** The slot of the keys of the command under way, -1 = it has none. */
  slotOf(command: CommandFacts): number {
    if (this.#view === null) return -1;
    const slot = this.#slotOfRow(command.id);
    if (slot >= 0) return slot;
    this.#query.reset();
    this.#query.add(this.server.execution.context, command, this.#view, 0);
    return this.#query.slot;
  }

  /**
   * Why a script may not run the command under way.
   *
   * @param caller whose script it is
   * @param run the slot that the script keeps to, -1 = none yet; may others be used, too?
   */
  refusalInScript(
    caller: Connection,
    command: CommandFacts,
    run: { slot: number; readonly mayCross: boolean },
  ): string | null {
    const view = this.#view;
    if (view === null || caller.exempt || (command.bits & KEYED_COMMAND) === 0) return null;
    this.#query.reset();
    this.#query.add(this.server.execution.context, command, view, caller.db);
    const refusal = this.#judge(command, caller, command.bits, view);
    switch (refusal) {
      case null:
        break;
      case "read only":
        return "ERR Script attempted to execute a write command while the cluster is down and readonly";
      case "down":
        return "ERR Script attempted to execute a command while the cluster is down";
      default:
        return "ERR Script attempted to access a non local key in a cluster node";
    }
    const { slot } = this.#query;
    if (slot < 0 || run.mayCross) return null;
    if (run.slot < 0) run.slot = slot;
    if (run.slot === slot) return null;
    return "ERR Script attempted to access keys that do not hash to the same slot";
  }

  // ---- those who wait -----------------------------------------------------------------------------

  /** Why a key's slot is no longer waited for here; null = it may be. */
  whyNotWait(connection: Connection, slot: number, reads: boolean): string | null {
    const view = this.#view;
    if (view === null || this.#shut[slot] === 0) return null;
    if (view.down !== null) return texts.down;
    const owner = view.ownerOf(slot);
    if (owner?.isSelf || view.importingFrom(slot) !== null) return null;
    if (owner === null) return texts.unowned;
    const mayRead = (connection.gate & Gate.READS_REPLICA) !== 0 && reads &&
      view.self.primary === owner;
    if (mayRead) return null;
    return this.#redirection("moved", slot, view.endpoint(owner, connection.link.kind === "tls"));
  }

  /** Whether subscribers of a slot's channels have to go elsewhere. */
  hasLost(slot: number): boolean {
    const view = this.#view;
    if (view === null || this.#shut[slot] === 0) return false;
    const owner = view.ownerOf(slot);
    return owner !== null && !owner.isSelf && view.self.primary !== owner;
  }
}
