/** Replication as the rest of the server sees it: the replicas that follow it, and the primary that it follows. */

import { flagBits } from "../commands/facts.ts";
import type { GateRow } from "../gates/gates.ts";
import { type Connection, Gate } from "../net/connection.ts";

/** A moment of a history, as files tell of it: its name, bytes of it, the database that it is in. */
export interface Moment {
  readonly id: string;
  readonly offset: number;
  readonly database: number;
}

/** What is told of a replica. */
export interface ReplicaFacts {
  readonly connection: Connection;
  /** Where it says that it can be reached. */
  readonly host: string;
  readonly port: number;
  readonly state: "wait_bgsave" | "send_bulk" | "online";
  /** What it has acknowledged, and when. */
  readonly offset: number;
  readonly appendedOffset: number;
  readonly ackMs: number;
  /** Another one has come from where it is reached, and it has said nothing since: it may be the same, back again. */
  readonly isDoubtful: boolean;
}

/** What is told of the link to a primary. */
export interface LinkFacts {
  readonly host: string;
  readonly port: number;
  readonly state: "connect" | "connecting" | "handshake" | "sync" | "connected";
  /** When something came last, and since when it is down; ms since the epoch, 0 = never. */
  readonly heardMs: number;
  readonly downSinceMs: number;
  /** The primary has come back empty: nothing is taken of it until an operator says so. */
  readonly refusedEmpty: boolean;
  /** Of a data set that comes: bytes so far and in all, -1 = unknown; null while none does. */
  readonly transfer: { readonly bytes: number; readonly totalBytes: number } | null;
}

/** What a replica says of itself, by REPLCONF. */
export interface Introduction {
  port: number;
  host: string;
  /** It can read a data set whose length is not known beforehand, and a history that has got another name. */
  readsToMark: boolean;
  readsNewId: boolean;
  /** The highest version of RDB files that it is known to read. */
  rdbVersion: number;
  /** It wants the data set, and nothing of what follows. */
  rdbOnly: boolean;
  /** What it wants of the data set: no keys, and libraries of functions or not; null = all. */
  filter: { readonly functions: boolean } | null;
}

/** How far a primary is with handing its role over, as INFO calls it. */
export type FailoverState = "no-failover" | "waiting-for-sync" | "failover-in-progress";

/** A handing-over that is asked for. */
export interface FailoverRequest {
  /** To whom; null = to whichever replica is first to have all. */
  readonly to: { readonly host: string; readonly port: number } | null;
  /** Of the wait for that; 0 = for ever. */
  readonly timeoutMs: number;
  /** When the time is up the replica takes over, whatever it lacks. */
  readonly force: boolean;
}

export interface Replication {
  readonly replicas: readonly ReplicaFacts[];
  /** The link to the primary, null where this is one. */
  readonly link: LinkFacts | null;
  /** Full and partial resynchronizations of replicas, and such that were asked for in vain. */
  readonly counts: { full: number; partial: number; refused: number };

  /** A client introduces itself as a replica to be. */
  introductionOf(connection: Connection): Introduction;
  /**
   * A client wants to follow. The reply is written, now or when the data set is about to be sent.
   *
   * @param from where it was before, in offsets of Redis, whose first byte is 1; null for SYNC
   */
  sync(connection: Connection, from: { readonly id: string; readonly offset: number } | null): void;
  /** A replica has all up to an offset, and on its disk up to another. */
  acknowledged(connection: Connection, offset: number, appendedOffset: number): void;
  /** The primary asks how far this replica is. */
  acknowledge(): void;
  /** The disk has more of the append-only file. */
  appended(): void;
  /** Has all replicas say how far they are, when the turn ends. */
  askReplicas(): void;
  /** All that the turn writes was written. */
  turnEnds(): void;

  /** What was loaded stands at such a moment of a history, which is gone on with. */
  resume(moment: Moment): void;
  /** Becomes a replica. */
  follow(host: string, port: number): void;
  /** Becomes a primary. @param request whose that was, for the log */
  standAlone(request: string): void;
  readonly failoverState: FailoverState;
  /** A primary hands its role over. @returns why it cannot, null when it has begun to */
  failOver(request: FailoverRequest): string | null;
  /** @returns whether there was a handing-over to give up */
  abortFailover(): boolean;
  /** A connection is gone. */
  forget(connection: Connection): void;
}

/** What the gates of replication need of the server. */
export interface ReplicationGatesNeeds {
  readonly role: { readonly isReplica: boolean };
  readonly replication: Replication | null;
  readonly config: {
    readonly values: {
      readonly "replica-read-only": boolean;
      readonly "replica-serve-stale-data": boolean;
      readonly "min-replicas-to-write": number;
      readonly "min-replicas-max-lag": number;
    };
  };
  readonly nowMs: number;
}

const READ_ONLY = "READONLY You can't write against a read only replica.";
/** What is published at a replica reaches its own subscribers alone: some leave it to the primary. */
const PUBLISHING = new Set(["publish", "spublish"]);

/** Writes are not taken by a replica, nor by a primary that too few follow; nor anything by one without a primary. */
export function replicationGates(server: ReplicationGatesNeeds): GateRow[] {
  const { values } = server.config;
  return [
    {
      name: "read-only",
      connections: Gate.PUBLISHES_THERE,
      commands: () => server.role.isReplica && values["replica-read-only"] ? flagBits.write : 0,
      refuse: ({ bits, name, connection }) => {
        const publishesThere = (connection.gate & Gate.PUBLISHES_THERE) !== 0;
        if (publishesThere && PUBLISHING.has(name)) return READ_ONLY;
        const isReadOnly = server.role.isReplica && values["replica-read-only"];
        return isReadOnly && (bits & flagBits.write) !== 0 ? READ_ONLY : null;
      },
    },
    {
      name: "stale",
      connections: 0,
      commands: () => isStale(server) ? ~0 : 0,
      refuse: ({ bits }) => {
        if (!isStale(server) || (bits & flagBits.stale) !== 0) return null;
        return "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
      },
    },
    {
      name: "replicas",
      connections: 0,
      commands: () => {
        return !server.role.isReplica && values["min-replicas-to-write"] > 0 ? flagBits.write : 0;
      },
      refuse: ({ bits }) => {
        if ((bits & flagBits.write) === 0 || server.role.isReplica) return null;
        const wanted = values["min-replicas-to-write"];
        if (wanted === 0 || goodReplicas(server) >= wanted) return null;
        return "NOREPLICAS Not enough good replicas to write.";
      },
    },
  ];
}

function isStale({ role, replication, config: { values } }: ReplicationGatesNeeds): boolean {
  return role.isReplica && !values["replica-serve-stale-data"] &&
    replication?.link?.state !== "connected";
}

/** Replicas that have been heard of lately. */
export function goodReplicas(
  { replication, config: { values }, nowMs }: ReplicationGatesNeeds,
): number {
  const lagMs = values["min-replicas-max-lag"] * 1000;
  let good = 0;
  for (const { state, ackMs } of replication?.replicas ?? []) {
    if (state === "online" && nowMs - ackMs <= lagMs) good++;
  }
  return good;
}
