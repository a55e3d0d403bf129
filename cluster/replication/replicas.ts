/**
 * The replicas of this server: who follows, what each has, and how it comes to the data set.
 *
 * ```
 *  REPLCONF ... PSYNC id offset
 *     |                 \
 *     |  bytes are gone  \  bytes are in the backlog
 *     v                   v
 *   waits               +CONTINUE -------------------------------.
 *     |  a snapshot begins, one for all who wait                 |
 *     v                                                          v
 *  is copied to         +FULLRESYNC id offset, the snapshot    follows
 *     |  all of it is sent                                       ^
 *     v                                                          |
 *  is copied to, sent   REPLCONF ACK, where a mark ended it -----'
 * ```
 *
 * The snapshot's slices go straight to the sockets, at the pace of the slowest. From its first moment on each
 * replica has a place in the stream of effects; what is behind it waits in the backlog, one copy for all, and
 * is sent from there.
 */

import type { FileOrigin } from "../../persistence/rdb/writer.ts";
import { fileWithoutData } from "../../persistence/rdb/filtered.ts";
import { DatabaseWriter } from "../../persistence/rdb/writer.ts";
import type { Disk } from "../../server/env/disk.ts";
import { FanOut } from "../../server/env/fan_out.ts";
import type { Sink } from "../../server/env/sink.ts";
import { wordsOf } from "../../server/env/system_error.ts";
import type { Connection, ReplicaPeer } from "../../server/net/connection.ts";
import type { Introduction, ReplicaFacts } from "../../server/propagation/replication.ts";
import type { Follower, Place } from "../../server/propagation/stream.ts";
import { randomId } from "../../server/propagation/role.ts";
import type { Server } from "../../server/server.ts";
import { PACE_BYTES, ReplicaSink } from "./replica_sink.ts";
import { SpoolFile } from "./spool_file.ts";

export class Replica implements ReplicaFacts, ReplicaPeer, Follower {
  stage: "waits" | "is copied to" | "follows" = "waits";
  offset = 0;
  appendedOffset = 0;
  ackMs: number;
  isDoubtful = false;
  sink: ReplicaSink | null = null;
  place: Place | null = null;
  /** All of the snapshot was sent, and it has said that it has it: both, in either order, before the stream. */
  sent = false;
  hasIt = false;
  /** A mark stands behind its snapshot, whose length it does not know. */
  readsToMark = false;
  /** What it is sent is in a file, which is whole. */
  isSpooled = false;

  constructor(
    readonly server: Server,
    readonly connection: Connection,
    readonly introduction: Introduction,
    /** It asked by PSYNC, and is told where it stands. */
    readonly knowsOffsets: boolean,
  ) {
    this.ackMs = server.nowMs;
  }

  /** Redis waits for its child as long as that sends the snapshot, and does not wait for who was sent all. */
  get state(): ReplicaFacts["state"] {
    if (this.sent || this.stage === "follows") return "online";
    return this.isSpooled ? "send_bulk" : "wait_bgsave";
  }
  get host(): string {
    const { peer } = this.connection;
    return this.introduction.host || peer.slice(0, peer.lastIndexOf(":")).replace(/^\[|\]$/g, "");
  }
  get port(): number {
    return this.introduction.port;
  }
  get name(): string {
    return `${this.host}:${this.port || "<unknown-replica-port>"}`;
  }

  get waitingBytes(): number {
    const piledBytes = Math.max(0, this.connection.chainBytes - PACE_BYTES);
    return piledBytes + (this.place?.behind ?? 0);
  }

  drained(): void {
    this.sink?.drained();
  }

  more(): boolean {
    if (this.stage === "follows") this.server.output.receivers.add(this.connection);
    this.server.limits.checkOutput(this.connection);
    return true;
  }

  /** Something is in no byte of the stream: it has to begin anew. */
  lost(): boolean {
    this.server.lost(this.connection, "its place in the stream of effects is lost");
    return true;
  }

  /** Gets the stream from its place on, and what comes. */
  goOnline(): void {
    const { server, connection } = this;
    this.stage = "follows";
    this.ackMs = server.nowMs;
    connection.place = this.place;
    // What it asks is not answered: its replies would stand in the middle of the stream.
    connection.replyMode = "off";
    server.output.receivers.add(connection);
    server.log.notice(`Synchronization with replica ${this.name} succeeded`);
  }
}

/** What the replicas' primary needs beside the server. */
export interface ReplicasSurroundings {
  readonly disk: Disk;
  /** What a data set says of where it comes from. */
  origin(): FileOrigin;
  /** A replica has said how far it is. */
  acknowledged(): void;
}

const NOBODY: Introduction = {
  port: 0,
  host: "",
  readsToMark: false,
  readsNewId: false,
  rdbVersion: 10,
  rdbOnly: false,
  filter: null,
};

export class Replicas {
  readonly all = new Set<Replica>();
  readonly counts = { full: 0, partial: 0, refused: 0 };
  readonly #introductions = new WeakMap<Connection, Introduction>();
  /** When the first of those who wait began to, 0 = nobody does. */
  #waitingSinceMs = 0;
  #pingedMs = 0;
  /** WAIT asks once for all who wait. */
  #asked = false;

  constructor(readonly server: Server, readonly surroundings: ReplicasSurroundings) {
    server.cronJobs.every(() => this.#tick(), () => this.#restMs);
  }

  introductionOf(connection: Connection): Introduction {
    let introduction = this.#introductions.get(connection);
    if (introduction === undefined) {
      introduction = { ...NOBODY };
      this.#introductions.set(connection, introduction);
    }
    return introduction;
  }

  // ---- synchronization --------------------------------------------------------------------------

  sync(connection: Connection, from: { id: string; offset: number } | null): void {
    const { server } = this;
    if (connection.replica !== null) return;
    const replica = new Replica(server, connection, this.introductionOf(connection), from !== null);
    const goesOn = from !== null && !replica.introduction.rdbOnly;
    if (goesOn && this.#goOn(replica, from)) return;
    if (from !== null && from.id !== "?") this.counts.refused++;
    this.counts.full++;
    this.#add(replica);
    if (this.#waitingSinceMs === 0) this.#waitingSinceMs = server.nowMs;
    server.log.notice(`Replica ${replica.name} asks for synchronization`);
    server.defer(() => this.#startIfDue());
  }

  #add(replica: Replica): void {
    for (const other of this.all) {
      if (other.port !== 0 && other.name === replica.name) other.isDoubtful = true;
    }
    this.all.add(replica);
    replica.connection.replica = replica;
    // Fewer packets for what comes later, to be chosen where many replicas are far away.
    if (this.server.config.values["repl-disable-tcp-nodelay"]) {
      replica.connection.link.setNoDelay(false);
    }
  }

  /** Goes on from where a replica was. @returns whether it can */
  #goOn(replica: Replica, { id, offset }: { id: string; offset: number }): boolean {
    const { server } = this;
    const { role, propagation } = server;
    const isOurs = id === role.id || (id === role.secondId && offset <= role.secondOffset);
    if (!isOurs) {
      if (id !== "?") {
        server.log.notice(
          `Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '${id}', my ` +
            `replication IDs are '${role.id}' and '${role.secondId}')`,
        );
      }
      return false;
    }
    // Redis counts from 1: it asks for the byte with that offset.
    const place = propagation.goOn(replica, offset - 1);
    if (place === null) {
      server.log.notice(
        `Unable to partial resync with replica ${replica.name} for lack of backlog (Replica request was: ${offset}).`,
      );
      return false;
    }
    this.counts.partial++;
    this.#add(replica);
    replica.place = place;
    const text = replica.introduction.readsNewId ? `+CONTINUE ${role.id}\r\n` : "+CONTINUE\r\n";
    server.reply.raw(text);
    server.log.notice(
      `Partial resynchronization request from ${replica.name} accepted. Sending ${place.behind} bytes of ` +
        `backlog starting from offset ${offset}.`,
    );
    // Once the reply stands before what follows.
    server.defer(() => {
      if (!replica.connection.closed) replica.goOnline();
    });
    return true;
  }

  get #waiting(): Replica[] {
    return [...this.all].filter(({ stage }) => stage === "waits");
  }

  /** Begins a snapshot for those who wait, once they have waited for others and nothing else is being written. */
  #startIfDue(): void {
    const { server } = this;
    const waiting = this.#waiting;
    if (waiting.length === 0) {
      this.#waitingSinceMs = 0;
      return;
    }
    if (server.snapshots.running || server.loading.active) return;
    const { values } = server.config;
    // Who must know the length beforehand gets a file, which is begun at once.
    const isStraight = values["repl-diskless-sync"] &&
      waiting.every(({ introduction }) => introduction.readsToMark);
    const delayMs = isStraight ? values["repl-diskless-sync-delay"] * 1000 : 0;
    const most = values["repl-diskless-sync-max-replicas"];
    const isFull = most > 0 && waiting.length >= most;
    if (!isFull && server.nowMs - this.#waitingSinceMs < delayMs) return;
    this.#waitingSinceMs = 0;
    try {
      this.#start(waiting);
    } catch (error) {
      server.log.warning(`Synchronization with replicas cannot begin: ${wordsOf(error)}`);
      for (const { connection } of waiting) server.lost(connection, "no snapshot for it");
    }
  }

  #start(waiting: readonly Replica[]): void {
    const { server } = this;
    const { propagation, output, role } = server;
    const mark = randomId(server.random);
    for (const replica of waiting) {
      // Who wants no more than the data set need not be kept anything for.
      if (!replica.introduction.rdbOnly) replica.place = propagation.follow(replica, true);
      replica.stage = "is copied to";
      replica.sink = new ReplicaSink(output, replica.connection);
      if (!replica.knowsOffsets) continue;
      const offset = replica.place?.offset ?? propagation.offset;
      this.#send(replica, `+FULLRESYNC ${role.id} ${offset}\r\n`);
    }
    const sinks = new Map<Sink, Replica>();
    const spooled = new Map<Replica, ReplicaSink>();
    for (const replica of waiting) {
      const { readsToMark, filter } = replica.introduction;
      if (filter !== null) this.#sendFiltered(replica, mark);
      else if (readsToMark && server.config.values["repl-diskless-sync"]) {
        sinks.set(this.#marked(replica, mark), replica);
      } else spooled.set(replica, replica.sink!);
    }
    const all = [...sinks.values(), ...spooled.keys()];
    if (all.length === 0) return;
    const outlets: Sink[] = [...sinks.keys()];
    const spool = spooled.size === 0 ? null : this.#spool(spooled);
    if (spool !== null) outlets.push(spool);
    const fanOut = new FanOut(outlets, (sink, error) => {
      const replica = sinks.get(sink);
      if (replica !== undefined) this.#failed(replica, error);
      else for (const each of spooled.keys()) this.#failed(each, error);
    });
    const version = Math.min(...all.map((replica) => replica.introduction.rdbVersion));
    const origin = { ...this.surroundings.origin(), version };
    const snapshot = new DatabaseWriter(server, fanOut, origin, true);
    server.log.notice(`Starting to send the data set to ${all.length} replica(s)`);
    const fail = (error: unknown) => all.forEach((replica) => this.#failed(replica, error));
    server.snapshots.begin(snapshot, {
      isForReplicas: true,
      saved: () => {
        for (const replica of spooled.keys()) replica.isSpooled = true;
        sinks.forEach((replica) => this.#transferred(replica));
      },
      failed: fail,
      interrupted: () => fail(new Error("databases were emptied meanwhile")),
    });
  }

  /** @throws SystemError */
  #spool(replicas: ReadonlyMap<Replica, ReplicaSink>): Sink {
    const { server, surroundings: { disk } } = this;
    const { config, process } = server;
    const name = `temp-${Math.floor(server.nowMs)}.${process.id}.rdb`;
    const done = (replica: Replica, error: unknown) => {
      if (error === null) this.#transferred(replica);
      else this.#failed(replica, error);
    };
    return new SpoolFile(server, disk, `${config.values.dir}/${name}`, replicas, done);
  }

  /** Sends a data set without keys. */
  #sendFiltered(replica: Replica, mark: string): void {
    const { redisVersion, functions } = this.surroundings.origin();
    const { filter, readsToMark } = replica.introduction;
    const bytes = fileWithoutData(redisVersion, filter?.functions ? functions : []);
    const sink = readsToMark ? this.#marked(replica, mark) : replica.sink!;
    if (!readsToMark) this.#send(replica, `$${bytes.length}\r\n`);
    sink.write(bytes);
    sink.finish().then(
      () => this.#transferred(replica),
      (error) => this.#failed(replica, error),
    );
    this.server.wake();
  }

  /** A replica's socket, which is told of a mark that will stand behind the snapshot. */
  #marked(replica: Replica, mark: string): Sink {
    replica.readsToMark = true;
    this.#send(replica, `$EOF:${mark}\r\n`);
    return new MarkedSink(replica.sink!, mark);
  }

  #send({ connection }: Replica, text: string): void {
    if (this.server.output.append(connection, new TextEncoder().encode(text))) return;
    this.server.lost(connection, "no memory for its replies");
  }

  #failed(replica: Replica, error: unknown): void {
    if (replica.connection.closed) return;
    this.server.log.warning(
      `Sending the data set to replica ${replica.name} failed: ${wordsOf(error)}`,
    );
    this.server.lost(replica.connection, "");
  }

  /** A replica has been sent all of the snapshot. */
  #transferred(replica: Replica): void {
    if (replica.connection.closed || !this.all.has(replica)) return;
    replica.sent = true;
    replica.sink = null;
    replica.ackMs = this.server.nowMs;
    if (replica.introduction.rdbOnly) return;
    // One that reads up to a mark would take what follows at once for a part of the snapshot.
    const canFollow = !replica.readsToMark || !replica.knowsOffsets || replica.hasIt;
    if (canFollow) replica.goOnline();
  }

  acknowledged(connection: Connection, offset: number, appendedOffset: number): void {
    const replica = connection.replica;
    if (!(replica instanceof Replica)) return;
    replica.offset = Math.max(replica.offset, offset);
    replica.appendedOffset = Math.max(replica.appendedOffset, appendedOffset);
    replica.ackMs = this.server.nowMs;
    replica.isDoubtful = false;
    this.surroundings.acknowledged();
    if (replica.stage !== "is copied to") return;
    replica.hasIt = true;
    if (replica.sent && !replica.introduction.rdbOnly) replica.goOnline();
  }

  forget(connection: Connection): void {
    const { replica } = connection;
    if (!(replica instanceof Replica) || !this.all.delete(replica)) return;
    connection.replica = connection.place = null;
    replica.sink?.lost();
    if (replica.place !== null) this.server.propagation.leave(replica.place);
    this.server.log.notice(`Connection with replica ${replica.name} lost.`);
  }

  /** All have to ask anew, as the history has got another name, or is another one. */
  disconnect(): void {
    for (const { connection } of this.all) this.server.lost(connection, "");
  }

  // ---- what happens by itself -------------------------------------------------------------------

  /** How long no tick would find anything to do: seconds, but for those who wait for the data set. */
  get #restMs(): number {
    for (const { state } of this.all) if (state !== "online") return 0;
    return Infinity;
  }

  #tick(): void {
    if (this.all.size === 0) return;
    const { server } = this;
    this.#startIfDue();
    const timeoutMs = server.config.values["repl-timeout"] * 1000;
    for (const replica of this.all) {
      if (replica.stage === "waits") {
        // Redis does not wait for ever for something to come.
        if (server.nowMs - replica.ackMs >= 1000) {
          replica.ackMs = server.nowMs;
          this.#send(replica, "\n");
        }
      } else if (server.nowMs - replica.ackMs > timeoutMs && replica.sink === null) {
        server.log.warning(`Disconnecting timedout replica (streaming sync): ${replica.name}`);
        server.lost(replica.connection, "");
      }
    }
    const periodMs = server.config.values["repl-ping-replica-period"] * 1000;
    const isSilent = server.role.isReplica || server.pause.holdsStream;
    if (server.nowMs - this.#pingedMs < periodMs || isSilent) return;
    this.#pingedMs = server.nowMs;
    server.propagation.tell(["PING"]);
  }

  /** Has all replicas say how far they are, when the turn has done all that it writes. */
  ask(): void {
    if (this.#asked || this.server.role.isReplica) return;
    this.#asked = true;
    this.server.wake();
  }

  /** The turn has written all: what it asked for goes with it. */
  turnEnds(): void {
    if (!this.#asked) return;
    this.#asked = false;
    this.server.propagation.tell(["REPLCONF", "GETACK", "*"]);
  }
}

/** A snapshot of unknown length, and the mark behind it. */
class MarkedSink implements Sink {
  constructor(readonly sink: ReplicaSink, readonly mark: string) {}

  get hasRoom(): boolean {
    return this.sink.hasRoom;
  }
  get onRoom(): () => void {
    return this.sink.onRoom;
  }
  set onRoom(act: () => void) {
    this.sink.onRoom = act;
  }
  write(bytes: Uint8Array): void {
    this.sink.write(bytes);
  }
  finish(): Promise<void> {
    this.sink.write(new TextEncoder().encode(this.mark));
    return this.sink.finish();
  }
  abort(): void {
    this.sink.abort();
  }
}
