/** Replication: joins the replicas of this server and its link to a primary to the rest. */

import { RdbFile } from "../../persistence/rdb/file.ts";
import { REDIS_VERSION } from "../../server/version.ts";
import type { Disk } from "../../server/env/disk.ts";
import type { Caller, Destination, TlsOptions } from "../../server/env/network.ts";
import type { Connection } from "../../server/net/connection.ts";
import type {
  FailoverRequest,
  FailoverState,
  Introduction,
  LinkFacts,
  Moment,
  Replication as Contract,
} from "../../server/propagation/replication.ts";
import type { Server } from "../../server/server.ts";
import { EMPTY_MAX_BYTES, EmptyPrimary, holdsNoKeys } from "./empty_data_set.ts";
import { takeDataSet, type Taker } from "./data_set.ts";
import { Failover } from "./failover.ts";
import type { LinkSource } from "./link_source.ts";
import { PrimaryLink } from "./primary_link.ts";
import { Replicas } from "./replicas.ts";

const READ_BYTES = 256 * 1024;

/** What replication needs beside the server. */
export interface ReplicationSurroundings {
  readonly disk: Disk;
  dial(destination: Destination, caller: Caller): () => void;
  port(): number;
  /** What other servers are shown. @throws Error that says what is wrong with it */
  tls(): TlsOptions;
}

export class Replication implements Contract {
  readonly #replicas: Replicas;
  readonly #failover: Failover;
  #link: PrimaryLink | null = null;
  /** What is in memory is neither a history's data nor those of the one that was to take its place. */
  #isBetween = false;
  /** The data set that comes, or that came last. */
  #taking: Promise<number | null> = Promise.resolve(null);

  constructor(readonly server: Server, readonly surroundings: ReplicationSurroundings) {
    this.#replicas = new Replicas(server, {
      disk: surroundings.disk,
      origin: () => ({
        redisVersion: REDIS_VERSION,
        functions: server.scripting.functions.codes,
        replication: server.propagation.moment,
      }),
      acknowledged: () => {
        server.blocked.keylessReady();
        this.#failover.look(server.nowMs, this.#replicas.all);
      },
    });
    this.#failover = new Failover({
      holdWrites: () => {
        server.pause.begin("write", Infinity, "failover");
        server.propagation.drain();
        return server.propagation.offset;
      },
      releaseWrites: () => server.pause.end("failover"),
      askReplicas: () => this.#replicas.ask(),
      handOver: (target) => this.#handOver(target),
      takeBack: () => this.#lead(),
      log: (text) => server.log.notice(text),
    });
    server.cronJobs.every(
      () => this.#failover.look(server.nowMs, this.#replicas.all),
      () => this.#failover.state === "no-failover" ? Infinity : 0,
    );
    // A primary may fall silent in the middle of its data set.
    server.cronJobs.everyEvenLoading(
      () => this.#link?.check(server.config.values["repl-timeout"] * 1000),
      () => Infinity,
    );
    server.config.onChange(
      ["replica-read-only", "replica-serve-stale-data", "min-replicas-to-write"],
      () => server.updateGate(),
    );
    server.config.onChange("replica-refuse-empty-primary", () => this.#link?.goOn());
  }

  get replicas(): Contract["replicas"] {
    return [...this.#replicas.all];
  }
  get link(): LinkFacts | null {
    return this.#link;
  }
  get counts(): Contract["counts"] {
    return this.#replicas.counts;
  }

  introductionOf(connection: Connection): Introduction {
    return this.#replicas.introductionOf(connection);
  }
  sync(connection: Connection, from: { id: string; offset: number } | null): void {
    this.#replicas.sync(connection, from);
  }
  acknowledged(connection: Connection, offset: number, appendedOffset: number): void {
    this.#replicas.acknowledged(connection, offset, appendedOffset);
  }
  acknowledge(): void {
    this.#link?.asked();
  }
  appended(): void {
    this.#link?.appended();
  }
  askReplicas(): void {
    this.#replicas.ask();
  }
  turnEnds(): void {
    this.#replicas.turnEnds();
  }
  forget(connection: Connection): void {
    this.#replicas.forget(connection);
  }

  // ---- handing the role over --------------------------------------------------------------------

  get failoverState(): FailoverState {
    return this.#failover.state;
  }
  failOver(request: FailoverRequest): string | null {
    return this.#failover.begin(request, this.server.nowMs, this.#replicas.all);
  }
  abortFailover(): boolean {
    return this.#failover.abort();
  }

  /** Follows who is asked to take over. Its link stays meanwhile, so that all that is on its way comes there. */
  #handOver({ host, port }: { host: string; port: number }): void {
    this.server.propagation.drain();
    this.#follow(host, port, true);
  }

  // ---- roles ------------------------------------------------------------------------------------

  follow(host: string, port: number): void {
    this.#follow(host, port, false);
  }

  /**
   * Those who follow this server stay: they have the same history, and ask anew once it becomes another one.
   *
   * @param takesOver whom it follows is a replica that is to take this one's role over
   */
  #follow(host: string, port: number, takesOver: boolean): void {
    const { server } = this;
    const { role, propagation } = server;
    const before = role.primary;
    this.#link?.close();
    role.primary = { host, port };
    server.config.assign("replicaof", { host, port });
    if (before === null) {
      propagation.relays = true;
      server.blocked.endAll(
        "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
      );
      server.log.notice(
        "Before turning into a replica, using my own master parameters to synthesize a cached master: I " +
          "may be able to synchronize with the new master with just a partial transfer.",
      );
    }
    this.#link = new PrimaryLink(
      server,
      {
        dial: (destination, caller) => this.surroundings.dial(destination, caller),
        port: () => this.surroundings.port(),
        tls: () => this.surroundings.tls(),
        take: (source, taker) => this.#take(source, taker),
        renamed: () => this.#replicas.disconnect(),
        replaced: () => this.#replaced(),
        tookOver: () => this.#failover.accepted(),
        refusedToTakeOver: () => this.#failover.refused(),
      },
      { host, port, takesOver },
      // Where nothing was kept of it, nobody else can know this history.
      () => !this.#isBetween && propagation.stream.backlog.active,
    );
    server.updateGate();
  }

  resume({ id, offset, database }: Moment): void {
    const { server } = this;
    const { role, propagation, config } = server;
    const isReplica = config.values.replicaof !== null;
    if (isReplica) role.id = id;
    else {
      // A primary may have done more before than what was kept: replicas that have more are refused.
      role.secondId = id;
      role.secondOffset = offset + 1;
    }
    propagation.relays = isReplica;
    propagation.keepBacklog();
    propagation.moveTo({ offset, database: isReplica ? database : -1 });
  }

  standAlone(request: string): void {
    if (this.server.role.primary === null) return;
    this.#lead();
    this.server.log.notice(`MASTER MODE enabled (${request})`);
  }

  /** Goes on with the history as its primary. */
  #lead(): void {
    const { server } = this;
    const { role, propagation } = server;
    this.#link?.close();
    this.#link = null;
    role.primary = null;
    server.config.assign("replicaof", null);
    role.succeed();
    server.log.warning(
      `Setting secondary replication ID to ${role.secondId}, valid up to offset: ${role.secondOffset}. ` +
        `New replication ID is ${role.id}`,
    );
    propagation.relays = false;
    this.#replicas.disconnect();
    server.updateGate();
  }

  /** One after the other: a link that was given up may not be done yet. */
  #take(source: LinkSource, taker: Taker): Promise<number | null> {
    const taken = this.#taking.then(() =>
      takeDataSet(this.server, source, taker, {
        receive: (from) => this.#receive(from),
        replacing: () => {
          this.#isBetween = true;
          this.#replicas.disconnect();
        },
      })
    );
    this.#taking = taken.catch(() => null);
    return taken;
  }

  /** Another data set is there. */
  #replaced(): void {
    const { server } = this;
    this.#isBetween = false;
    if (server.appendOnlyFile?.isOpen) server.appendOnlyFile.rewriteLater();
  }

  /** Writes a data set that comes into the snapshot's place. */
  async #receive(source: LinkSource): Promise<void> {
    const { server } = this;
    const { dir, dbfilename } = server.config.values;
    const file = new RdbFile(server, this.surroundings.disk, {
      directory: dir,
      temporary: `temp-${Math.floor(server.nowMs / 1000)}.${server.process.id}.rdb`,
      final: dbfilename,
    });
    const into = new Uint8Array(READ_BYTES);
    const refusesEmpty = server.config.values["replica-refuse-empty-primary"] &&
      server.databases.keys !== 0;
    const head = new Uint8Array(refusesEmpty ? EMPTY_MAX_BYTES : 0);
    let bytes = 0;
    try {
      while (!source.ended) {
        const count = source.read(into);
        if (bytes < head.length) {
          head.set(into.subarray(0, Math.min(count, head.length - bytes)), bytes);
        }
        bytes += count;
        if (count !== 0) file.write(into.subarray(0, count));
        else if (!source.ended) await new Promise<void>((resolve) => source.onMore = resolve);
      }
      if (bytes <= head.length && holdsNoKeys(head.subarray(0, bytes))) throw new EmptyPrimary();
      await file.finish();
    } catch (error) {
      file.abort();
      throw error;
    }
  }

  close(): void {
    this.#link?.close();
  }
}
