/** The parts of the server as commands see them: what their handlers may ask and do. */

import type { Core } from "../../core-as/host/core.ts";
import type { Permissions } from "../acl/access.ts";
import type { Users } from "../acl/users.ts";
import type { ClusterView } from "../cluster/cluster.ts";
import type { Routing } from "../cluster/routing.ts";
import type { SlotKeys } from "../cluster/slot_keys.ts";
import type { Config } from "../config/config.ts";
import type { RewriteFiles } from "../config/rewrite.ts";
import type { Clock, Random, Timers } from "../env/env.ts";
import type { PageReleaser } from "../env/network.ts";
import type { ProcessInfo } from "../env/process.ts";
import type { Gates } from "../gates/gates.ts";
import type { Blocked, UnderWay } from "../keyspace/blocked.ts";
import type { Changes } from "../keyspace/changes.ts";
import type { Databases } from "../keyspace/databases.ts";
import type { Eviction } from "../keyspace/eviction.ts";
import type { Expiry } from "../keyspace/expiry.ts";
import type { FieldExpiry } from "../keyspace/field_expiry.ts";
import type { Defrag } from "../keyspace/defrag.ts";
import type { LazyFree } from "../keyspace/lazyfree.ts";
import type { Notifications } from "../keyspace/notifications.ts";
import type { Pause } from "../keyspace/pause.ts";
import type { Behalf } from "../net/behalf.ts";
import type { ClientMemory } from "../net/client_memory.ts";
import type { Clients } from "../net/clients.ts";
import type { Connection } from "../net/connection.ts";
import type { Output } from "../net/output.ts";
import type { AppendOnlyFile } from "../propagation/append_only_file.ts";
import type { Migrations } from "../propagation/migration.ts";
import type { Propagation } from "../propagation/propagation.ts";
import type { Replication } from "../propagation/replication.ts";
import type { Role } from "../propagation/role.ts";
import type { Pubsub } from "../pubsub/pubsub.ts";
import type { Reply } from "../resp/reply.ts";
import type { EndRequest } from "../saving/ending.ts";
import type { Loading } from "../saving/loading.ts";
import type { Scripting } from "../scripting/engine.ts";
import type { Snapshots } from "../saving/snapshots.ts";
import type { Log } from "../stats/log.ts";
import type { Inspectors } from "../stats/inspectors.ts";
import type { Stats } from "../stats/stats.ts";
import type { Tracking } from "../tracking/tracking.ts";
import type { Watches } from "../transactions/watches.ts";
import type { CommandFacts } from "./facts.ts";

/** The configuration's place on disk. */
export interface ConfigFiles extends RewriteFiles {
  /** The file that the server was started with, absolute. */
  readonly path: string | undefined;
  /** Takes another working directory. @returns it, absolute @throws with the system's words */
  enterDirectory(path: string): string;
  /** The bytes of a file, one character each; undefined when there is none. */
  binaryOf(path: string): string | undefined;
  /** Replaces a file, whole or not at all, with bytes of one character each. */
  writeBinary(path: string, binary: string): void;
}

/** The commands that there are. */
export interface CommandTable<Facts extends CommandFacts = CommandFacts> {
  /** By id: containers and subcommands have one, too. */
  readonly all: readonly Facts[];
  /** Top-level commands by lower-case name. */
  readonly byName: ReadonlyMap<string, Facts>;
  /** A command by its full name, `name` or `container|sub`, in any case. */
  find(name: string): Facts | undefined;
}

/** Runs commands in somebody's name (execution.ts). */
export interface Envelope<Context> {
  run(behalf: Behalf): void;
  nested<Result>(behalf: Behalf, act: (c: Context, behalf: Behalf) => Result): Result;
}

/** @typeParam Context what handlers are given */
export interface ServicesFor<Context extends UnderWay> {
  // ---- what it stands on
  readonly core: Core;
  readonly config: Config;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly process: ProcessInfo;
  readonly configFiles: ConfigFiles;
  readonly version: string;
  readonly mode: "standalone" | "cluster" | "sentinel";
  readonly runId: string;
  readonly registry: CommandTable;

  // ---- clients
  readonly output: Output;
  readonly reply: Reply;
  readonly clients: Clients;
  readonly users: Users;
  readonly access: Permissions;
  readonly clientMemory: ClientMemory;
  readonly pubsub: Pubsub;
  readonly tracking: Tracking;
  readonly watches: Watches;
  readonly gates: Gates;
  readonly pause: Pause;

  // ---- keys
  readonly databases: Databases;
  readonly expiry: Expiry;
  readonly fieldExpiry: FieldExpiry;
  readonly lazyFree: LazyFree;
  readonly defrag: Defrag;
  readonly eviction: Eviction;
  readonly changes: Changes;
  readonly notifications: Notifications;
  readonly blocked: Blocked<Context>;
  readonly execution: Envelope<Context>;
  readonly scripting: Scripting;

  // ---- what stays
  readonly role: Role;
  readonly replication: Replication | null;
  /** The cluster that it is in. */
  readonly cluster: ClusterView | null;
  readonly routing: Routing;
  readonly slotKeys: SlotKeys;
  readonly migrations: Migrations<Context> | null;
  readonly propagation: Propagation;
  readonly appendOnlyFile: AppendOnlyFile | null;
  readonly snapshots: Snapshots;
  readonly loading: Loading;

  // ---- how it fares
  readonly stats: Stats;
  readonly inspectors: Inspectors;
  readonly cronJobs: { paused: boolean; hz(): number; sampleRates(): void };
  readonly pages: PageReleaser;
  readonly transportName: string;
  /** When the server was made, and the memory that it took then. */
  readonly startedMs: number;
  readonly startupBytes: number;
  /** Wall clock of the turn. */
  readonly nowMs: number;
  readonly nowSeconds: number;
  /** Monotonic clock at the start of the command under way, us. */
  commandStartUs: number;
  /** Changes to the data set since the start (or the last snapshot). */
  dirty: number;
  /** What a signal has asked for, until the next tick. */
  readonly endRequest: EndRequest;
  /** Called by DEBUG SEGFAULT: ends the process by that signal. Null where it is another program's. */
  readonly onCrash: ((signal: "SIGABRT" | "SIGSEGV") => void) | null;
  /** Called by SHUTDOWN: what embeds the server decides what its end means. */
  readonly onShutdown: (() => void) | null;

  /** Closes a connection at once. */
  lost(connection: Connection, reason: string): void;
  /** Closes a connection once its replies are sent; it is served no more. */
  closeSoon(connection: Connection): void;
  /** What served a client threw: half a reply may be written, so that client is closed. */
  crashed(connection: Connection, error: unknown): void;
  /** Takes a connection out of all that it takes part in. */
  forget(connection: Connection): void;
  /** Ends what MULTI has begun, executed or not. */
  endTransaction(connection: Connection): void;
  /** Goes on with requests that were left waiting. */
  resume(connection: Connection): void;
  /** Has `serve` called within the next turn. */
  defer(serve: () => void): void;
  /** Whether a key is there and has not expired. */
  hasKey(db: number, key: string): boolean;
  updateGate(): void;
}
