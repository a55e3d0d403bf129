/**
 * The server: what its parts share, and what happens in a turn. It is made of parts that are handed to
 * it (core, configuration, clock, transports), so that tests and simulations can hand it others.
 */

import type { Core } from "../core-as/host/core.ts";
import { Access } from "./acl/access.ts";
import { type User, Users } from "./acl/users.ts";
import type { Context, Services } from "./commands/context.ts";
import { clientLine } from "./commands/connection/client_line.ts";
import { Dispatcher } from "./commands/dispatch.ts";
import { Execution } from "./commands/execution.ts";
import { typeNames } from "./commands/generic/types.ts";
import type { Registry } from "./commands/registry.ts";
import type { ConfigFiles } from "./commands/services.ts";
import type { ClusterView } from "./cluster/cluster.ts";
import { followRoutes } from "./cluster/leaving.ts";
import { Routing } from "./cluster/routing.ts";
import { SlotKeys } from "./cluster/slot_keys.ts";
import type { Config } from "./config/config.ts";
import type { Clock, Environment, Random, Timers } from "./env/env.ts";
import type { Link, PageReleaser, Poller, TransportEvents } from "./env/network.ts";
import type { ProcessInfo } from "./env/process.ts";
import { setAccessClock } from "./keyspace/access_clock.ts";
import { Blocked } from "./keyspace/blocked.ts";
import { Gates } from "./gates/gates.ts";
import { gatesOf } from "./gates/table.ts";
import { Changes } from "./keyspace/changes.ts";
import { Databases } from "./keyspace/databases.ts";
import { Eviction } from "./keyspace/eviction.ts";
import { Expiry } from "./keyspace/expiry.ts";
import { FieldExpiry } from "./keyspace/field_expiry.ts";
import { Defrag } from "./keyspace/defrag.ts";
import { IdlePages } from "./keyspace/idle_pages.ts";
import { LongNames } from "./keyspace/long_names.ts";
import { LazyFree } from "./keyspace/lazyfree.ts";
import { Notifications } from "./keyspace/notifications.ts";
import { Moving } from "./keyspace/moving.ts";
import { Pause } from "./keyspace/pause.ts";
import type { TurnHandler } from "./loop/loop.ts";
import { Cron } from "./loop/cron.ts";
import { ClientMemory, IDLE_BYTES } from "./net/client_memory.ts";
import { Clients } from "./net/clients.ts";
import { type Connection, Gate } from "./net/connection.ts";
import { Limits } from "./net/limits.ts";
import { Output, type SendQueue } from "./net/output.ts";
import { isLocal, PROTECTED_MODE } from "./net/protected_mode.ts";
import type { AppendOnlyFile } from "./propagation/append_only_file.ts";
import type { Migrations } from "./propagation/migration.ts";
import { Propagation } from "./propagation/propagation.ts";
import type { Replication } from "./propagation/replication.ts";
import { randomId, Role } from "./propagation/role.ts";
import { Pubsub } from "./pubsub/pubsub.ts";
import { Tracking } from "./tracking/tracking.ts";
import { errors } from "./resp/errors.ts";
import { followOptions } from "./options_in_force.ts";
import { protocolError } from "./resp/protocol_error.ts";
import { Reply } from "./resp/reply.ts";
import { endIfAsked, type EndRequest } from "./saving/ending.ts";
import { Loading } from "./saving/loading.ts";
import { Within } from "./net/within.ts";
import { Scripting } from "./scripting/engine.ts";
import { Snapshots } from "./saving/snapshots.ts";
import { Inspectors } from "./stats/inspectors.ts";
import type { Log } from "./stats/log.ts";
import { Stats } from "./stats/stats.ts";
import { Watches } from "./transactions/watches.ts";

export interface ServerParts {
  core: Core;
  config: Config;
  registry: Registry;
  environment: Environment;
  log: Log;
  configFiles: ConfigFiles;
  /** Etna's own. */
  version: string;
  /** What kind of server it is, where it is no ordinary one. */
  mode?: "cluster" | "sentinel";
}

export class Server implements Services, TransportEvents, TurnHandler {
  readonly core: Core;
  readonly config: Config;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly process: ProcessInfo;
  readonly configFiles: ConfigFiles;
  readonly version: string;
  readonly mode: Services["mode"];
  /** Compiles the code of Lua. */
  readonly compileLua: () => WebAssembly.Module;
  /** 40 hex digits that name this run of the server. */
  readonly runId: string;
  readonly role: Role;
  readonly output: Output;
  readonly reply: Reply;
  readonly users: Users;
  readonly access: Access<Context>;
  readonly clients: Clients;
  readonly gates = new Gates();
  readonly pubsub: Pubsub;
  readonly limits: Limits;
  readonly clientMemory: ClientMemory;
  readonly stats: Stats;
  readonly execution: Execution;
  readonly dispatcher: Dispatcher;
  readonly inspectors: Inspectors;
  readonly expiry: Expiry;
  readonly fieldExpiry: FieldExpiry;
  readonly lazyFree = new LazyFree(this);
  readonly idlePages = new IdlePages(this);
  readonly defrag = new Defrag(this);
  readonly longNames = new LongNames();
  readonly pause: Pause;
  readonly moving: Moving;
  readonly notifications: Notifications;
  readonly tracking: Tracking;
  readonly changes: Changes;
  readonly propagation: Propagation;
  readonly blocked: Blocked<Context>;
  readonly watches: Watches;
  readonly databases: Databases;
  readonly eviction: Eviction;
  readonly snapshots: Snapshots;
  readonly loading: Loading;
  readonly within: Within;
  readonly scripting: Scripting;
  readonly routing: Routing;
  readonly slotKeys = new SlotKeys(this);
  readonly cronJobs: Cron;

  /** Wall clock of the turn, ms since the epoch. */
  nowMs = 0;
  /** The same in whole seconds. */
  nowSeconds = 0;
  /** When the server was made, and the memory that it took then. */
  readonly startedMs: number;
  readonly startupBytes: number;
  /** What carries the bytes, for INFO. */
  transportName = "loopback";
  /** Where the system takes memory back. */
  readonly pages: PageReleaser;
  /** Monotonic clock at the start of the command under way, us. */
  commandStartUs = 0;
  /** Changes to the data set since the start (or the last snapshot). */
  dirty = 0;
  /** Whose requests are executed. */
  serving: Connection | null = null;
  /** The transport that the loop waits in, where there is one. */
  poller: Poller | null = null;
  /** The append-only file, where there can be one. */
  appendOnlyFile: AppendOnlyFile | null = null;
  /** Replicas and the primary, where there is a network. */
  replication: Replication | null = null;
  migrations: Migrations<Context> | null = null;
  /** Called by SHUTDOWN: what embeds the server decides what its end means. */
  onShutdown: (() => void) | null = null;
  onCrash: ((signal: "SIGABRT" | "SIGSEGV") => void) | null = null;
  readonly endRequest: EndRequest = { act: null, lagging: null };
  /** Makes a sleeping loop run a turn. */
  onWake: () => void = () => {};

  /** {@link closeAll} was called. */
  #ended = false;
  readonly #closing: Connection[] = [];
  readonly #ready: (() => void)[] = [];
  readonly #statuses: { needMore: number; protocolError: number; unknown: number; lost: number };

  constructor(parts: ServerParts) {
    this.core = parts.core;
    this.config = parts.config;
    this.registry = parts.registry;
    const { environment } = parts;
    ({ clock: this.clock, timers: this.timers, random: this.random } = environment);
    this.pages = environment.pageReleaser(this.core);
    this.log = parts.log;
    this.process = environment.process;
    this.configFiles = parts.configFiles;
    this.version = parts.version;
    this.mode = parts.mode ?? "standalone";
    this.compileLua = () => environment.compileLua();
    this.runId = randomId(this.random);
    this.role = new Role(this);
    this.users = new Users(this);
    this.clients = new Clients(this.core);
    this.clientMemory = new ClientMemory(this);
    this.stats = new Stats(this.registry.all.length);
    this.output = new Output(this.core, this.stats, (connection, whole) => {
      this.#written(connection, whole);
    });
    this.limits = new Limits(this, (connection) => {
      return clientLine(this.execution.context, connection).trimEnd();
    });
    this.pubsub = new Pubsub(this.core, this.output);
    this.reply = new Reply(this.core);
    this.reply.onError = (text) => this.stats.errored(text);
    this.inspectors = new Inspectors(this);
    this.execution = new Execution(this, this.registry.all);
    this.access = new Access<Context>(this, clientLine);
    this.routing = new Routing(this);
    this.dispatcher = new Dispatcher(this, this.registry.all);
    this.expiry = new Expiry(this);
    this.fieldExpiry = new FieldExpiry(this);
    this.pause = new Pause(this);
    this.moving = new Moving(this);
    this.notifications = new Notifications(this);
    this.tracking = new Tracking(this);
    this.changes = new Changes(this);
    this.propagation = new Propagation(this);
    this.blocked = new Blocked<Context>(this);
    this.watches = new Watches(this);
    this.eviction = new Eviction(this);
    const cronJobs = this.cronJobs = new Cron(this);
    cronJobs.every(() => this.propagation.dropIdleBacklog(), () => Infinity);
    cronJobs.every(() => this.scripting.cron(), () => Infinity);
    cronJobs.every(this.slotKeys.run, () => this.slotKeys.dropping === 0 ? Infinity : 0);
    cronJobs.every(() => endIfAsked(this), () => this.endRequest.act === null ? Infinity : 0);
    this.snapshots = new Snapshots(this);
    this.databases = new Databases(this);
    this.loading = new Loading(this);
    this.within = new Within(this);
    this.scripting = new Scripting(this);
    this.#statuses = {
      needMore: this.core.at.NEED_MORE,
      protocolError: this.core.at.PROTOCOL_ERROR,
      unknown: this.core.at.UNKNOWN_COMMAND,
      lost: this.core.at.COMMAND_LOST,
    };
    followOptions(this);
    followRoutes(this);
    for (const row of gatesOf(this)) this.gates.register(row);
    this.updateGate();
    this.changes.observe();
    this.beginTurn();
    this.startedMs = this.nowMs;
    this.snapshots.savedMs = this.nowMs;
    this.startupBytes = this.core.usedBytes - this.core.inheritedBytes;
  }

  /** The cluster, where it is in one. */
  get cluster(): ClusterView | null {
    return this.routing.view;
  }
  set cluster(view: ClusterView | null) {
    this.routing.view = view;
  }

  // ---- the turn ---------------------------------------------------------------------------------

  beginTurn(): void {
    const { core, nowSeconds } = this;
    this.nowMs = Math.floor(this.clock.nowMs());
    this.nowSeconds = Math.floor(this.nowMs / 1000);
    if (this.nowSeconds !== nowSeconds) this.updateAccessClock();
    core.setU64(core.at.NOW_MS, this.nowMs);
  }

  serveReady(): boolean {
    if (this.#ready.length === 0) return false;
    // Twice: whoever waited for what the first ones did goes on in the same turn.
    for (let round = 0; round < 2; round++) {
      for (const serve of this.#ready.splice(0)) {
        try {
          serve();
        } catch (error) {
          this.failed(error);
        }
      }
    }
    return true;
  }

  /** Has `serve` called within the next turn. */
  defer(serve: () => void): void {
    this.#ready.push(serve);
    this.onWake();
  }

  endTurn(): void {
    const { output, core } = this;
    // What expired or was evicted meanwhile may end a wait, too.
    if (this.blocked.hasReady) {
      this.commandStartUs = this.clock.monotonicUs();
      this.blocked.serve();
    }
    this.tracking.endTurn();
    this.replication?.turnEnds();
    this.flushEffects();
    const { queue, receivers } = output;
    if (queue.count + receivers.count !== 0) {
      this.#flushAll(queue);
      // Who has asked goes first: it prepares its next request while the others are sent their messages.
      this.#flushAll(receivers);
      core.x.arenaReset();
      core.x.sharedReset();
    }
    if (this.clientMemory.isOver) this.clientMemory.evict();
    if (this.#closing.length !== 0) {
      for (const connection of this.#closing.splice(0)) this.#release(connection);
    }
  }

  #flushAll(queue: SendQueue): void {
    for (let i = 0; i < queue.count; i++) {
      const connection = queue.at(i);
      connection.queued = false;
      if (!connection.closed && connection.hasOutput) this.#flush(connection);
      // Whoever takes what it is sent is not idle: monitors and subscribers, too.
      if (!connection.sending) connection.activeSeconds = this.nowSeconds;
      if (connection.head !== 0) this.clientMemory.note(connection);
    }
    queue.clear();
  }

  #flush(connection: Connection): void {
    try {
      connection.link.flush(connection);
    } catch (error) {
      this.crashed(connection, error);
    }
  }

  /** No reply leaves before what it acknowledges is as durable as those who follow the data set promise. */
  flushEffects(): void {
    const { propagation, clock, stats } = this;
    if (!propagation.active) return propagation.flush();
    const startUs = clock.monotonicUs();
    propagation.flush();
    stats.loop.fileUs += clock.monotonicUs() - startUs;
  }

  cron(nowUs: number): number {
    this.stats.loop.ended(nowUs);
    const dueMs = this.cronJobs.run(nowUs);
    // Whom it has written to, or closed, does not wait for the next turn.
    this.endTurn();
    return dueMs;
  }

  failed(error: unknown): void {
    const text = error instanceof Error ? error.stack ?? error.message : `${error}`;
    this.log.warning(`Bug, please report it: ${text}`);
  }

  /** What served a client threw: half a reply may be written, so that client is closed. */
  crashed(connection: Connection, error: unknown): void {
    const command = this.registry.all[connection.lastCommand]?.name ?? "none";
    this.log.warning(`Client ${connection.peer} is closed, its last command: ${command}`);
    this.failed(error);
    this.core.u32[this.core.at.NO_TOUCH] = 0;
    this.core.u32[this.core.at.SNAPSHOT_READS] = 0;
    this.lost(connection, "");
  }

  // ---- connections ------------------------------------------------------------------------------

  accepted(
    link: Link,
    peer: string,
    local: string,
    user: User = this.users.standard,
  ): Connection | string {
    const refusal = this.#refusal(link, peer, user);
    if (refusal !== null) {
      this.stats.rejectedConnections++;
      return refusal;
    }
    const connection = this.clients.create(this.nowMs, user);
    connection.link = link;
    connection.isLimited = true;
    connection.peer = peer;
    connection.local = local;
    this.clients.add(connection);
    if (link.certifiedName !== undefined) this.access.certified(connection, link.certifiedName);
    this.clientMemory.note(connection);
    this.stats.connections++;
    if (this.log.verboseEnabled) this.log.verbose(`Accepted ${peer}`);
    return connection;
  }

  /** Why a new connection is not taken, as the error to send it. */
  #refusal(link: Link, peer: string, user: User): string | null {
    if (this.#ended) return "-ERR the server is closed\r\n";
    const { config: { values }, users: { standard } } = this;
    if (this.clients.all.size >= values.maxclients) return "-ERR max number of clients reached\r\n";
    // Who begins as another user needs more than to be connected.
    const isOpen = user === standard && standard.nopass && !isLocal(link, peer);
    return isOpen && values["protected-mode"] ? PROTECTED_MODE : null;
  }

  received(connection: Connection, bytes: number): void {
    if (connection.reader !== null) return this.#receivedByReader(connection, bytes);
    const { core } = this;
    this.stats.inputBytes += bytes;
    this.stats.readEvents++;
    connection.activeSeconds = this.nowSeconds;
    if (connection.partial === 0) core.x.inputFresh(bytes);
    else connection.partial = core.x.inputResume(connection.partial, bytes);
    this.serve(connection);
  }

  /** Bytes that are no client's. */
  #receivedByReader(connection: Connection, bytes: number): void {
    try {
      connection.reader!.received(bytes);
    } catch (error) {
      this.crashed(connection, error);
    }
  }

  /** Goes on with requests that were left waiting. */
  resume(connection: Connection): void {
    if (connection.closed || connection.closeAfterReply) return;
    connection.halted = false;
    if (connection.reader !== null) return connection.reader.resumed?.();
    if (connection.partial === 0) return;
    connection.partial = this.core.x.inputResume(connection.partial, 0);
    this.serve(connection);
  }

  /** Executes what the core has to parse, all of it or until the connection is halted. */
  serve(connection: Connection): void {
    const { core } = this;
    const { x } = core;
    const startUs = this.clock.monotonicUs();
    let commands = 0;
    this.commandStartUs = startUs;
    this.serving = connection;
    this.output.begin(connection);
    if (connection.replyMode !== "on") this.clients.mute(connection);
    core.u32[core.at.IN_UNAUTHENTICATED] = connection.gate & Gate.AUTH;
    core.u32[core.at.IN_DATABASE] = connection.db;
    try {
      commands = this.#execute(connection);
    } catch (error) {
      this.crashed(connection, error);
    }
    // The last command's end.
    this.stats.loop.served(startUs, this.commandStartUs, commands);
    core.u32[core.at.OUT_MUTED] = 0;
    this.propagation.wroteFor(connection);
    let partial = 0;
    if (this.within.client === connection) partial = this.within.end();
    else if (connection.closed) x.inputAbort();
    else partial = x.inputSuspend();
    connection.partial = partial === 1 ? 0 : partial;
    this.#written(connection, this.output.end(connection));
    if (partial === 1) this.lost(connection, "no memory for its request");
    else if (partial !== 0) this.limits.checkInput(connection);
    if (partial > 1 || connection.transaction !== null || connection.countedBytes > IDLE_BYTES) {
      this.clientMemory.note(connection);
    }
  }

  /** Looks at a connection that was written to; where a reply is missing no other may follow. */
  #written(connection: Connection, whole: boolean): void {
    if (!whole) this.lost(connection, "no memory for its replies");
    else if (connection.overLimit || connection.head !== 0) this.limits.checkOutput(connection);
  }

  /** @returns how many commands there were */
  #execute(connection: Connection): number {
    const { dispatcher } = this;
    const { x } = this.core;
    const statuses = this.#statuses;
    let commands = 0;
    for (; !connection.halted; commands++) {
      const id = x.nextCommand();
      if (id >= 0) dispatcher.execute(connection, id);
      else if (id === statuses.needMore) return commands;
      else if (id === statuses.unknown) dispatcher.unknown(connection);
      else if (id === statuses.lost) dispatcher.reject(connection, null, errors.memory);
      else {
        this.#requestFailed(connection, id);
        return commands;
      }
    }
    return commands;
  }

  #requestFailed(connection: Connection, status: number): void {
    if (status !== this.#statuses.protocolError) {
      return this.lost(connection, "no memory for its request");
    }
    const text = protocolError(this.core);
    this.log.verbose(`Protocol error (${text}) from client: ${connection.peer}`);
    this.reply.error(`ERR Protocol error: ${text}`);
    this.closeSoon(connection);
  }

  /** Closes a connection once its replies are sent; it is served no more. */
  closeSoon(connection: Connection): void {
    connection.closeAfterReply = true;
    connection.halted = true;
    if (!connection.hasOutput && !connection.sending) {
      // Replies of the command under way may still come: look again when the turn ends.
      this.#closing.push(connection);
    }
  }

  lost(connection: Connection, reason: string): void {
    if (connection.closed) return;
    connection.closed = true;
    connection.halted = true;
    if (reason !== "") this.log.verbose(`Client closed connection ${connection.peer}: ${reason}`);
    this.#closing.push(connection);
  }

  #release(connection: Connection): void {
    if (!connection.closed) {
      // Closing softly: only when all is sent; the transport reports it lost then.
      if (connection.hasOutput || connection.sending) return;
      connection.closed = true;
    }
    if (connection.released) return;
    connection.released = true;
    this.clients.remove(connection);
    this.clientMemory.forget(connection);
    this.forget(connection);
    this.output.drop(connection);
    if (connection.partial !== 0) this.core.x.partialFree(connection.partial);
    connection.partial = 0;
    connection.link.close();
    connection.reader?.lost("");
  }

  /** Takes a connection out of all that it takes part in. */
  forget(connection: Connection): void {
    this.replication?.forget(connection);
    this.blocked.forget(connection);
    this.inspectors.monitors.remove(connection);
    this.pubsub.forget(connection);
    this.watches.unwatch(connection);
    this.tracking.disable(connection);
    this.endTransaction(connection);
  }

  /** Ends what MULTI has begun, executed or not. */
  endTransaction(connection: Connection): void {
    connection.transaction?.free();
    connection.transaction = null;
    connection.gate &= ~Gate.MULTI;
  }

  /** Nothing changes the data set from here on: what is on the disk is what was acknowledged. */
  standStill(): void {
    this.#ended = true;
    this.cronJobs.paused = true;
    for (const connection of this.clients.everybody) connection.halted = true;
  }

  /** Closes every connection at once, for good. */
  closeAll(): void {
    this.#ended = true;
    this.snapshots.cancel();
    for (const connection of this.clients.everybody) this.lost(connection, "");
    this.endTurn();
  }

  wake(): void {
    this.onWake();
  }

  // ---- gates ------------------------------------------------------------------------------------

  /** To be called when a gate may have opened or shut, or the data set stands still or moves again. */
  updateGate(): void {
    this.gates.update();
    this.expiry.update();
  }

  /** What was on disk has been loaded. */
  loaded(): void {
    this.loading.end();
    this.dirty = 0;
    this.stats.reset();
  }

  /** Takes the access clock that lookups stamp on entries. */
  updateAccessClock(): void {
    setAccessClock(this);
  }

  /** Whether a key is there and has not expired. */
  hasKey(db: number, key: string): boolean {
    return this.typeOfKey(db, key) !== null;
  }

  /** The name of a key's type, null where there is none. */
  typeOfKey(db: number, key: string): string | null {
    const { core } = this;
    const entry = core.withArguments([key], () => core.x.keyPeek(db, 0)) ?? 0;
    return entry === 0 ? null : typeNames[core.x.typeOf(entry)];
  }
}
