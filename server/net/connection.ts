/**
 * A client's connection: who it is, what it is in the middle of, and its bytes in and out. An idle one
 * is this object and nothing in the core.
 */

import { OWNER, type User } from "../acl/users.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { TrackingState } from "../tracking/state.ts";
import type { Link, Memory, Peer } from "../env/network.ts";

/** Reasons to look closer before a command runs; 0 for an ordinary connection. */
export const Gate = {
  /** Not authenticated yet. */
  AUTH: 1,
  /** Subscribed in RESP2: only a few commands are allowed. */
  SUBSCRIBED: 2,
  /** Between MULTI and EXEC. */
  MULTI: 4,
  /** Is a user whom something is forbidden. */
  RESTRICTED: 8192,
  /** Replies are off, or the next one is skipped. */
  REPLY: 8,
  /** Wants keys left untouched by its reads. */
  NO_TOUCH: 16,
  /** Caches what it reads: it is to be told of changes. */
  TRACKING: 2048,
  /** Messages that came within a command wait for its reply. */
  PUSHES: 4096,
  /** In MONITOR: reads and writes no keys. */
  MONITOR: 1024,
  /** A cluster's client that was redirected: its next command may go for a slot that is on its way here. */
  ASKING: 16384,
  /** A cluster's client that lets replicas answer its reads. */
  READS_REPLICA: 32768,
  /** What it would publish at a replica is left to the primary. */
  PUBLISHES_THERE: 65536,
} as const;

export type ReplyMode = "on" | "off" | "skip-next" | "skip";

/** A blocking command that a connection is in. */
export interface PendingWait {
  /** The command's arguments: the core's block (saved.ts). */
  readonly saved: number;
  /** How long the command ran before it began to wait, us. */
  ranUs: number;
}

/** A replica, as its connection knows it. */
export interface ReplicaPeer {
  /**
   * Bytes that count for its limit: of the stream, those that it has not been sent, while it takes a data set, too;
   * of that what has piled up beyond its pace.
   */
  readonly waitingBytes: number;
  /** Bytes that waited have been sent. */
  drained(): void;
}

/** Somebody's place in the stream of effects. */
export interface StreamPlace {
  readonly behind: number;
  pieces(piece: (ptr: number, len: number) => boolean | void): void;
  take(bytes: number): void;
}

/** Who takes the bytes of a connection that this server has made. */
export interface LinkReader {
  /** It is one of the clients that are listed and can be killed, as in Redis the link to a primary is. */
  readonly isClient?: boolean;
  /** So many bytes have been read to where {@link Connection.readTarget} said. */
  received(bytes: number): void;
  /** The socket takes more. */
  drained?(): void;
  /** It was held, and is no more. */
  resumed?(): void;
  /** The connection is gone. */
  lost(reason: string): void;
}

export class Connection implements Peer {
  // ---- identity
  name = "";
  libName = "";
  libVersion = "";
  user: User = OWNER;
  /** Whom it began as, and is again after RESET. */
  home: User = OWNER;
  /** Has proved to be its user, or need not. */
  authenticated = true;
  /** Address of the peer and of this side, as CLIENT LIST prints them. */
  peer = "";
  local = "";
  createdMs = 0;
  /**
   * When it last sent something, in seconds: written twice a request, so it must be a small integer. A
   * time in ms is none, and would be a new object each time.
   */
  activeSeconds = 0;

  // ---- protocol
  db = 0;
  resp = 2;
  /** Bits of {@link Gate}. */
  gate = 0;
  /** No gate refuses it anything: it is a file that is loaded, or the primary. */
  exempt = false;
  replyMode: ReplyMode = "on";
  noEvict = false;
  /** What MULTI has begun. */
  transaction: Transaction | null = null;
  /** A watched key has changed: the next EXEC does nothing. */
  watchedChanged = false;
  /** Memory of the keys that it watches, about. */
  watchedBytes = 0;
  /** The blocking command that it is in. */
  wait: PendingWait | null = null;
  /** Subscriptions to channels, patterns and shard channels. */
  channelCount = 0;
  patternCount = 0;
  shardChannelCount = 0;
  /** What CLIENT TRACKING has switched on. */
  tracking: TrackingState | null = null;
  /** Registry id of the last command, -1 before the first and after an unknown one. */
  lastCommand = -1;

  // ---- input
  /** The core's block with half a command, 0 = none. */
  partial = 0;
  /** Requests wait here unparsed: paused, blocked, or closing. */
  halted = false;
  /** Halted until CLIENT PAUSE ends. */
  paused = false;

  // ---- output
  /** This turn's replies in the arena. */
  arenaFrom = 0;
  arenaTo = 0;
  /** Chunks that go after them. */
  head = 0;
  tail = 0;
  /** Bytes in the chunks. */
  chainBytes = 0;
  /** Chunks of messages that wait for the reply under way. */
  pushHead = 0;
  pushTail = 0;
  /** In the list of connections with something to send. */
  queued = false;
  /** Its replies of this turn acknowledge writes that followers have not been given yet. */
  unflushed = false;
  /** The transport waits for the socket to take more. */
  sending = false;
  /** A client whose output may be limited. */
  isLimited = false;
  /** More of its output has piled up than may: it gets no more, and is closed. */
  overLimit = false;
  /** Close once everything is sent. */
  closeAfterReply = false;
  closed = false;
  /** Nothing of it is left in the server. */
  released = false;
  /** Memory that counts for `maxmemory-clients`, as it was last looked at. */
  countedBytes = 0;
  /** Since when the soft output limit is exceeded, 0 = it is not. */
  softLimitSinceMs = 0;

  // ---- replication
  /** Offset of the stream of effects behind its last write. */
  wroteOffset = 0;
  /** It is a replica's: what it is about. */
  replica: ReplicaPeer | null = null;
  /** Where in the stream of effects it is: what is behind goes to it after all else. */
  place: StreamPlace | null = null;
  /** Who takes what comes in; null of a client, whose commands are served. */
  reader: LinkReader | null = null;

  /** Set by the server as soon as the transport has accepted. */
  link!: Link;

  constructor(readonly id: number) {}

  /** Where the next bytes are to be read to: an address and the room there; 0 when memory is out. */
  readTarget(memory: Memory, target: { ptr: number; len: number }): void {
    if (this.partial === 0) {
      target.ptr = memory.at.INPUT;
      target.len = READ_BYTES;
    } else {
      target.len = Math.min(memory.x.inputRoom(this.partial), PARTIAL_READ_BYTES);
      target.ptr = memory.x.inputTail(this.partial);
    }
  }

  drained(): void {
    this.reader?.drained?.();
  }

  /** Whether it is subscribed to anything. */
  get subscribed(): boolean {
    return this.channelCount + this.patternCount + this.shardChannelCount !== 0;
  }

  /** Whether anything is to be sent. */
  get hasOutput(): boolean {
    return this.arenaTo !== this.arenaFrom || this.head !== 0 ||
      (this.place !== null && this.place.behind > 0);
  }

  /** Whether more than a stretch of the arena may be to be sent. */
  get hasPieces(): boolean {
    return this.head !== 0 || this.place !== null;
  }
}

/** Read at once from a connection at a command's start; more would only lengthen the turn. */
export const READ_BYTES = 65536;
/** Read at once into the middle of a command: large values come in few calls. */
const PARTIAL_READ_BYTES = 1 << 20;
