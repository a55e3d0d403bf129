/** The wiring: joins the rooms. */

import { loadUsersAtStart } from "./acl/file.ts";
import { type Core, type CoreOptions, makeCore } from "../core-as/host/core.ts";
import { families } from "./commands/families.ts";
import { Registry } from "./commands/registry.ts";
import type { LoadedConfig } from "./config/command_line.ts";
import type { Config } from "./config/config.ts";
import { ConfigFilesHost } from "./config/host.ts";
import type { Disk } from "./env/disk.ts";
import type { Environment } from "./env/env.ts";
import type { Acceptor, Caller, Destination } from "./env/network.ts";
import { AppendOnlyFile } from "../persistence/aof/append_only_file.ts";
import { removeTemporaries } from "../persistence/leftovers.ts";
import { followSlotStats } from "./stats/slot_stats.ts";
import { Migrations } from "../cluster/migration/migrations.ts";
import { ClusterBus } from "../cluster/bus/bus.ts";
import { withCluster } from "../cluster/bus/commands/handlers.ts";
import { Replication } from "../cluster/replication/replication.ts";
import { sentinelFamilies } from "../cluster/sentinel/commands/families.ts";
import { Sentinel } from "../cluster/sentinel/sentinel.ts";
import { Backup } from "../persistence/backup/backup.ts";
import type { ImageHead } from "../persistence/warm/head.ts";
import { startWarm, WarmImage } from "../persistence/warm/image.ts";
import { RdbStore } from "../persistence/rdb/store.ts";
import { applyEncodings } from "./keyspace/encodings.ts";
import { Http } from "./http/http.ts";
import { HttpSocket } from "./http/socket.ts";
import { Upstreams } from "./http/upstream.ts";
import { Loop } from "./loop/loop.ts";
import { openTransports, type Transports } from "./net/listen.ts";
import { loadClientTls } from "./net/tls_files.ts";
import type { ConfigFiles } from "./commands/services.ts";
import { Server } from "./server.ts";
import { ETNA_VERSION, REDIS_VERSION } from "./version.ts";
import { Log } from "./stats/log.ts";

/** The commands of all servers that are no Sentinels and in no cluster. */
const ordinary = new Registry(families);

export interface StartOptions {
  config: Config;
  /** What the configuration file held beside options. */
  loaded?: LoadedConfig;
  /** Inside another program, whose event loop the server must not hold up. */
  embedded: boolean;
  /** Listen on a free TCP port, whatever the option `port` says. */
  anyPort?: boolean;
  /** Called when all is made and nothing listens yet. */
  beforeListening?: (server: Server) => void;
  /** False for a server that is only called within its process. */
  listens?: boolean;
  /** Begin with what is on disk. */
  loads?: boolean;
  /** The bytes of an RDB file to begin with, in place of the one on disk. */
  snapshot?: Uint8Array;
  /** Watch others' servers instead of serving data. */
  sentinel?: boolean;
  /** Memory of the core; all that 32 bits can address where it is not given. */
  coreBytes?: number;
  /** Gives the core, where it was made before. */
  makeCore?: (options: CoreOptions) => Core;
}

/** A server that runs. */
export interface Running {
  readonly server: Server;
  readonly sentinel: Sentinel | null;
  readonly http: Http;
  /** The TCP port listened on, 0 where there is none. */
  readonly port: number;
  /** Closes every connection, stops listening, ends the loop; once, however often it is called. */
  close(): Promise<void>;
}

/** Starts a server as configured. It owns its environment. @throws Error in the words of Redis's log */
export async function startServer(
  options: StartOptions,
  environment: Environment,
): Promise<Running> {
  const { config } = options;
  const { disk, timers } = environment;
  const log = new Log(environment.log);
  const coreOptions = {
    seed: environment.random.bytes(24),
    databases: config.values[config.values["cluster-enabled"] ? "cluster-databases" : "databases"],
    limitBytes: options.coreBytes,
  };
  const image = await environment.compileCore();
  const make = async () => options.makeCore?.(coreOptions) ?? await makeCore(coreOptions, image);
  const sentinel = options.sentinel ? new Sentinel(environment) : null;
  const fromDisk = sentinel === null && (config.values.appendonly || (options.loads ?? false));
  const loads = fromDisk || options.snapshot !== undefined;
  const warm = fromDisk && options.snapshot === undefined
    ? await startWarm(make, config, environment, ETNA_VERSION)
    : null;
  const core = warm?.core ?? await make();
  const isWarm = warm !== null && warm.image !== null;
  sentinel?.configure(options.loaded);
  const inCluster = sentinel === null && config.values["cluster-enabled"];
  if (inCluster && !isWarm && !core.x.slotsInit()) {
    throw new Error("no memory for the keys of slots");
  }
  let bus: ClusterBus | null = null;
  const registry = sentinel !== null
    ? new Registry(sentinelFamilies(sentinel))
    : inCluster
    ? new Registry(withCluster(families, () => bus!))
    : ordinary;
  const renames = options.loaded?.kept.renames ?? [];
  registry.install(core, new Map(renames.map(({ words }) => [words[0].toLowerCase(), words[1]])));
  const server = new Server({
    core,
    config,
    registry,
    environment,
    log,
    configFiles: configFilesOf(config, disk, options.loaded),
    version: ETNA_VERSION,
    mode: sentinel !== null ? "sentinel" : inCluster ? "cluster" : undefined,
  });
  const { pages } = server;
  // Nothing here is forked: a large page costs no more than a small one when it is written to.
  if (!config.values["disable-thp"] && !pages.useLarge(true)) {
    log.warning("disable-thp is no, but the system gives this process no transparent huge pages");
  }
  if (inCluster) followSlotStats(server);
  loadUsersAtStart(server, options.loaded?.kept.users ?? []);
  applyEncodings(server);
  if (sentinel === null) {
    server.snapshots.store = new RdbStore(server, disk, REDIS_VERSION);
    server.appendOnlyFile = new AppendOnlyFile(server, disk, REDIS_VERSION);
    server.snapshots.image = new WarmImage(server, disk);
    server.snapshots.backup = new Backup(server, disk, REDIS_VERSION);
  }
  options.beforeListening?.(server);
  if (warm?.note) log.notice(warm.note);
  if (loads) server.loading.begin();
  const http = new Http(server);
  let transports: Transports;
  try {
    transports = await openTransports(server, environment, {
      anyPort: options.anyPort ?? false,
      listens: options.listens ?? true,
      acceptHttp: (link, peer, local) => HttpSocket.open(http, link, peer, local),
    });
  } catch (error) {
    environment.close();
    throw error;
  }
  const surroundings = {
    disk,
    dial: (destination: Destination, caller: Caller) => transports.dial(destination, caller),
    port: () => transports.port,
    tls: () => loadClientTls(config, disk),
    lookup: (host: string) => environment.network.lookup(host),
    listenFor: (port: number, tls: boolean, accept: Acceptor) =>
      transports.listenFor(port, tls, accept),
  };
  http.upstreams = new Upstreams(server, surroundings);
  const replication = sentinel === null ? new Replication(server, surroundings) : null;
  server.replication = replication;
  const migrations = new Migrations(server, surroundings);
  server.migrations = migrations;
  try {
    if (inCluster) bus = new ClusterBus(server, surroundings);
  } catch (error) {
    await transports.close();
    environment.close();
    throw error;
  }
  server.cluster = bus;
  server.transportName = transports.poller?.name ?? "deno";
  // A port that the system chose is the one to tell of.
  if (options.anyPort) config.assign("port", transports.port);
  const { poller } = transports;
  server.poller = poller;
  const loop = new Loop(server, environment.clock, timers, poller, options.embedded, () => {
    // Files that are being loaded wait for their turn behind it, too.
    return server.loading.active || transports.others();
  }, (nowUs) => transports.isWhole ? environment.quietUs(nowUs) : 0);
  server.onWake = () => loop.wake();
  const end = async () => {
    sentinel?.close();
    http.close();
    bus?.close();
    replication?.close();
    migrations.close();
    server.standStill();
    server.snapshots.backup?.close();
    await loop.stop();
    server.closeAll();
    server.appendOnlyFile?.close();
    server.snapshots.image?.write();
    await transports.close();
    if (pages.releaseWhole()) core.retire();
    server.stats.latencies.release();
    environment.close();
  };
  let ended: Promise<void> | undefined;
  const close = () => ended ??= end();
  if (loads) {
    try {
      await loadDatabases(server, disk, options, warm?.image ?? null, () => {
        loop.start();
      });
    } catch (error) {
      await close();
      throw error;
    }
  }
  const { replicaof } = config.values;
  if (replicaof !== null) replication?.follow(replicaof.host, replicaof.port);
  sentinel?.begin(server, surroundings);
  try {
    await bus?.begin();
  } catch (error) {
    await close();
    throw error;
  }
  loop.start();
  return { server, sentinel, http, port: transports.port, close };
}

/** A slice of loading takes a millisecond or so: others get their turn after some of them. */
const SLICES_PER_TURN = 16;

/**
 * Loads what is on disk, as configured.
 *
 * @param image what is in memory already, null where nothing is
 * @param takesLong is called as soon as others are to be answered meanwhile, that there is nothing yet
 * @throws Error that says why the server cannot start with it
 */
async function loadDatabases(
  server: Server,
  disk: Disk,
  options: StartOptions,
  image: ImageHead | null,
  takesLong: () => void,
): Promise<void> {
  let slices = 0;
  const rest = async () => {
    if (++slices % SLICES_PER_TURN !== 0) return;
    takesLong();
    await server.timers.yield();
  };
  try {
    for (const code of image?.functions ?? []) server.scripting.functions.load(code, true);
    const { loads = false, snapshot = null } = options;
    const loadSnapshot = async () => {
      if (image !== null || !(loads || snapshot !== null)) return;
      await server.snapshots.loadAtStart(snapshot, rest);
    };
    if (server.config.values.appendonly) {
      const beginWithSnapshot = async () => {
        await loadSnapshot();
        if (server.databases.keys === 0) return;
        server.log.notice(
          "There is no append-only file yet: it begins with what the snapshot holds",
        );
      };
      await server.appendOnlyFile!.openAtStart(rest, beginWithSnapshot, image !== null);
    } else {
      await loadSnapshot();
      const { replication } = server.snapshots.loaded;
      if (replication !== null) server.replication?.resume(replication);
    }
    const moment = image?.replication ?? null;
    if (moment !== null) server.replication?.resume(moment);
    if (server.config.values.appendonly || loads) removeTemporaries(server, disk);
    server.loaded();
  } catch (error) {
    const { message } = error as Error;
    server.log.warning(message);
    throw new Error(`Fatal error loading the DB: ${message.replace(/\.$/, "")}. Exiting.`);
  }
}

/** The file that the configuration came from, and the server's working directory. */
function configFilesOf(
  config: Config,
  disk: Disk,
  loaded: LoadedConfig | undefined,
): ConfigFiles {
  const host = new ConfigFilesHost(disk, config.values.dir);
  return {
    path: loaded?.path,
    enterDirectory: (path) => host.enterDirectory(path),
    textOf: (path) => host.textOf(path),
    writeAtomic: (path, text) => host.writeAtomic(path, text),
    binaryOf: (path) => host.binaryOf(path),
    writeBinary: (path, binary) => host.writeBinary(path, binary),
  };
}
