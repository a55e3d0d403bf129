/**
 * The bytes that go out. Replies of a turn lie in the core's arena; what a socket does not take, and
 * what comes on top of it, is copied to chunks of the connection's own (reply.ts in the core).
 */

import type { Core } from "../../core-as/host/core.ts";
import { type Connection, Gate } from "./connection.ts";

/** Most pieces of one writev. */
const MAX_PIECES = 64;
/** Before a chunk's payload (reply.ts in the core). */
const CHUNK_HEADER_BYTES = 16;
/** Of a client's output does not count for its limit: Redis has as much in a buffer that always is there. */
export const FREE_BYTES = 16384;
/** In OUT_ROOM: no limit; and the highest. */
const UNLIMITED = 0;
const MOST_ROOM = 0xffffffff;

/** Counters of what was sent. */
export interface OutputStats {
  outputBytes: number;
  writeEvents: number;
}

/**
 * Connections that have something to send this turn. Emptied, it keeps its array: to cut that to no length
 * is a call into the engine, and a new array in the next turn.
 */
export class SendQueue {
  readonly #connections: Connection[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }
  at(index: number): Connection {
    return this.#connections[index];
  }
  add(connection: Connection): void {
    if (connection.queued) return;
    connection.queued = true;
    this.#connections[this.#count++] = connection;
  }
  clear(): void {
    this.#count = 0;
  }
}

export class Output {
  /** Those that were served. */
  readonly queue = new SendQueue();
  /** Those that get messages of others. */
  readonly receivers = new SendQueue();
  #current: Connection | null = null;
  #start = 0;
  /** The chain's last chunk when the writing began, and its bytes then. */
  #tail = 0;
  #tailBytes = 0;
  /**
   * What happens now comes before the command and its reply: keys are evicted to make room for it. Messages to
   * the connection being served do not wait for the reply then.
   */
  beforeCommand = false;
  /** Bytes that may pile up for a client before it is closed, 0 = as many as there are. */
  readonly hardLimits = { normal: 0, pubsub: 0, replica: 0 };

  constructor(
    readonly core: Core,
    readonly stats: OutputStats,
    /** Hears of each connection that {@link to} wrote to; `whole` is false when memory ran out. */
    readonly written: (connection: Connection, whole: boolean) => void,
  ) {}

  /** Directs the reply writer to a connection, until {@link end}. */
  begin(connection: Connection): void {
    const { core } = this;
    this.#current = connection;
    core.u32[core.at.OUT_RESP] = connection.resp;
    core.u32[core.at.OUT_ROOM] = connection.isLimited ? this.#roomOf(connection) : UNLIMITED;
    if (
      connection.arenaTo !== connection.arenaFrom || connection.head !== 0 || connection.sending
    ) {
      this.#tail = connection.tail;
      this.#tailBytes = this.#tail === 0 ? 0 : core.u32[(this.#tail >>> 2) + 2];
      core.x.outToChain(connection.head, connection.tail);
    } else {
      this.#tail = this.#tailBytes = 0;
      core.x.outToArena();
      this.#start = core.u32[core.at.ARENA_POS];
    }
  }

  /** One more than the bytes that may still be written to a client, as OUT_ROOM has it. */
  #roomOf(connection: Connection): number {
    if (connection.reader !== null) return UNLIMITED;
    const hardBytes = this.hardLimitOf(connection);
    if (hardBytes === 0) return connection.overLimit ? 1 : UNLIMITED;
    const room = hardBytes + FREE_BYTES - this.limitedBytes(connection);
    return connection.overLimit ? 1 : Math.max(1, Math.min(MOST_ROOM, room + 1));
  }

  /** Notes what was written since {@link begin}. @returns false when memory ran out for a reply */
  end(connection: Connection): boolean {
    const { core } = this;
    const { u32, at } = core;
    this.#current = null;
    if (u32[at.OUT_TAIL] === 0) {
      const pos = u32[at.OUT_POS];
      // In chain mode with nothing written both are 0.
      if (pos !== 0 && pos !== this.#start) {
        connection.arenaFrom = this.#start;
        connection.arenaTo = pos;
        u32[at.ARENA_POS] = pos;
      }
    } else {
      this.#endChain(connection);
    }
    if (connection.hasOutput) this.queue.add(connection);
    const failed = u32[at.OUT_FAILED];
    if (failed === 0) return true;
    if (failed === at.OUT_LOST) return false;
    connection.overLimit = true;
    return true;
  }

  #endChain(connection: Connection): void {
    const { core } = this;
    const { u32, at } = core;
    const inArena = connection.head === 0 && connection.arenaTo === connection.arenaFrom &&
      !connection.sending;
    core.x.outSettle();
    if (inArena && this.#start !== u32[at.ARENA_POS]) {
      connection.arenaFrom = this.#start;
      connection.arenaTo = u32[at.ARENA_POS];
    }
    connection.head = u32[at.OUT_HEAD];
    connection.tail = u32[at.OUT_TAIL];
    connection.chainBytes -= this.#tailBytes;
    for (let chunk = this.#tail || connection.head; chunk !== 0; chunk = u32[chunk >>> 2]) {
      connection.chainBytes += u32[(chunk >>> 2) + 2];
    }
  }

  /**
   * Writes to a connection that is not the one being served, then goes back to that one.
   *
   * @param write calls the core's reply functions
   */
  to(connection: Connection, write: () => void): void {
    if (this.#current === connection) return write();
    if (connection.closed) return;
    const muted = this.core.u32[this.core.at.OUT_MUTED];
    const current = this.enter(connection);
    try {
      write();
    } finally {
      this.leave(connection, current, muted);
    }
  }

  /**
   * The first half of {@link to}, for a connection that is open and not the one being served.
   *
   * @returns the connection that is, to be given to {@link leave}
   */
  enter(connection: Connection): Connection | null {
    const current = this.#current;
    if (current !== null && !this.end(current)) this.written(current, false);
    this.core.u32[this.core.at.OUT_MUTED] = 0;
    this.begin(connection);
    return current;
  }

  /** The second half of {@link to}. */
  leave(connection: Connection, before: Connection | null, muted: number): void {
    if ((connection.gate & Gate.PUSHES) !== 0) this.releasePushes(connection);
    this.written(connection, this.end(connection));
    this.core.u32[this.core.at.OUT_MUTED] = muted;
    if (before !== null && !this.#goOn(before)) this.begin(before);
  }

  /**
   * Goes on with a connection's piece of the arena where nobody has written behind it, as after a command that
   * replied to memory. @returns whether that is so
   */
  #goOn(connection: Connection): boolean {
    const { u32, at } = this.core;
    const { arenaFrom, arenaTo } = connection;
    if (arenaTo === arenaFrom || connection.head !== 0 || connection.sending) return false;
    if (u32[at.ARENA_POS] !== ((arenaTo + 63) & ~63) || arenaTo < at.ARENA) return false;
    this.#current = connection;
    this.#tail = this.#tailBytes = 0;
    u32[at.OUT_RESP] = connection.resp;
    u32[at.OUT_ROOM] = connection.isLimited ? this.#roomOf(connection) : UNLIMITED;
    this.core.x.outGoOn(arenaTo);
    this.#start = arenaFrom;
    return true;
  }

  /**
   * Adds a message that several connections get, each as bytes of the core's SHARED area or of a block.
   * What lies in the area is sent from there; it is copied only where it does not follow what the
   * connection already has to send.
   */
  share(connection: Connection, ptr: number, len: number, inArea: boolean): void {
    if (connection === this.#current) return this.#push(connection, ptr, len);
    if (connection.closed || connection.closeAfterReply || connection.overLimit) return;
    if (inArea && connection.head === 0 && !connection.sending) {
      if (connection.arenaTo === ptr) {
        connection.arenaTo = ptr + len;
        return;
      }
      if (connection.arenaTo === connection.arenaFrom) {
        connection.arenaFrom = ptr;
        connection.arenaTo = ptr + len;
        this.receivers.add(connection);
        return;
      }
    }
    this.#append(connection, ptr, len);
  }

  /** Where all that was written since {@link begin} lies, if it is one piece of the arena; otherwise -1. */
  get pieceStart(): number {
    const { u32, at } = this.core;
    if (u32[at.OUT_TAIL] !== 0 || u32[at.OUT_POS] === 0 || u32[at.OUT_FAILED] !== 0) return -1;
    return this.#start;
  }

  /** Bytes of all replies so far, whoever they were for, modulo 2^32. */
  get writtenBytes(): number {
    const { u32, at } = this.core;
    return (u32[at.OUT_BEFORE] + u32[at.OUT_POS] - u32[at.OUT_PIECE]) >>> 0;
  }

  /** The connection that is being served. */
  get current(): Connection | null {
    return this.#current;
  }

  /**
   * A message to the connection that is being served waits until the command has replied, as a transaction's do:
   * {@link releasePushes} is called then.
   */
  #push(connection: Connection, ptr: number, len: number): void {
    if (this.beforeCommand) return this.#writePush(ptr, len);
    const tail = this.core.x.chunkAppend(connection.pushTail, ptr, len);
    if (tail === 0) return this.written(connection, false);
    if (connection.pushHead === 0) connection.pushHead = tail;
    connection.pushTail = tail;
    connection.gate |= Gate.PUSHES;
  }

  /** Writes a message to the connection that is being served, even where its replies are off. */
  #writePush(ptr: number, len: number): void {
    const { u32, at, x } = this.core;
    const muted = u32[at.OUT_MUTED];
    u32[at.OUT_MUTED] = 0;
    x.replyRaw(ptr, len);
    u32[at.OUT_MUTED] = muted;
  }

  /** Writes the messages that have waited for a reply to the connection that is being served. */
  releasePushes(connection: Connection): void {
    const { u32, x } = this.core;
    connection.gate &= ~Gate.PUSHES;
    for (let chunk = connection.pushHead; chunk !== 0; chunk = x.chunkFree(chunk)) {
      this.#writePush(chunk + CHUNK_HEADER_BYTES, u32[(chunk >>> 2) + 2]);
    }
    connection.pushHead = connection.pushTail = 0;
  }

  #append(connection: Connection, ptr: number, len: number): void {
    const tail = this.core.x.chunkAppend(connection.tail, ptr, len);
    if (tail === 0) return this.written(connection, false);
    if (connection.head === 0) connection.head = tail;
    connection.tail = tail;
    connection.chainBytes += len;
    this.receivers.add(connection);
    this.written(connection, true);
  }

  /** Adds bytes behind all that a connection has to send, which is not being served. @returns false without memory */
  append(connection: Connection, bytes: Uint8Array): boolean {
    const { core } = this;
    if (connection.closed) return false;
    if (bytes.buffer === core.u8.buffer) {
      return this.#chain(connection, bytes.byteOffset, bytes.length);
    }
    const { SCRATCH, SCRATCH_BYTES } = core.at;
    for (let at = 0; at < bytes.length; at += SCRATCH_BYTES) {
      const part = bytes.subarray(at, at + SCRATCH_BYTES);
      core.u8.set(part, SCRATCH);
      if (!this.#chain(connection, SCRATCH, part.length)) return false;
    }
    return true;
  }

  #chain(connection: Connection, ptr: number, len: number): boolean {
    if (len === 0) return true;
    const tail = this.core.x.chunkAppend(connection.tail, ptr, len);
    if (tail === 0) return false;
    if (connection.head === 0) connection.head = tail;
    connection.tail = tail;
    connection.chainBytes += len;
    this.receivers.add(connection);
    return true;
  }

  /** Bytes waiting to be sent. */
  pendingBytes(connection: Connection): number {
    const replies = connection.arenaTo - connection.arenaFrom + connection.chainBytes;
    return connection.place === null ? replies : replies + connection.place.behind;
  }

  /** A client's limit that is never to be reached, 0 = none. */
  hardLimitOf(connection: Connection): number {
    const { normal, pubsub, replica } = this.hardLimits;
    return connection.replica !== null ? replica : connection.subscribed ? pubsub : normal;
  }

  /** Bytes that count for a client's limit. */
  limitedBytes(connection: Connection): number {
    return connection.replica?.waitingBytes ?? this.pendingBytes(connection);
  }

  /** Whether a connection, be it the one that is being served, has replies that were not sent yet. */
  pendingNow(connection: Connection): boolean {
    const { arenaBytes, chunks } = this.held(connection);
    const { u32, at } = this.core;
    return arenaBytes !== 0 || chunks !== 0 ||
      (connection === this.#current && u32[at.OUT_TAIL] !== 0);
  }

  /** Memory of what waits to be sent: in the turn's arena, and in the connection's own chunks. */
  held(connection: Connection): { arenaBytes: number; chunks: number; chunkBytes: number } {
    const { u32, at } = this.core;
    let arenaBytes = connection.arenaTo - connection.arenaFrom;
    if (connection === this.#current && u32[at.OUT_TAIL] === 0) {
      arenaBytes = u32[at.OUT_POS] - this.#start;
    }
    let chunks = 0;
    let chunkBytes = 0;
    for (let chunk = connection.head; chunk !== 0; chunk = u32[chunk >>> 2]) {
      chunks++;
      chunkBytes += CHUNK_HEADER_BYTES + u32[(chunk >>> 2) + 1];
    }
    return { arenaBytes, chunks, chunkBytes };
  }

  /** Calls `piece` for each stretch to send, in order; stops at MAX_PIECES or when it returns false. */
  pieces(connection: Connection, piece: (ptr: number, len: number) => boolean | void): void {
    const { u32 } = this.core;
    let count = 0;
    if (connection.arenaTo !== connection.arenaFrom) {
      count++;
      if (piece(connection.arenaFrom, connection.arenaTo - connection.arenaFrom) === false) return;
    }
    for (let c = connection.head; c !== 0 && count < MAX_PIECES; c = u32[c >>> 2]) {
      const sent = u32[(c >>> 2) + 3];
      const len = u32[(c >>> 2) + 2] - sent;
      if (len === 0) continue;
      count++;
      if (piece(c + 16 + sent, len) === false) return;
    }
    connection.place?.pieces((ptr, len) => {
      return count++ < MAX_PIECES && piece(ptr, len) !== false;
    });
  }

  /** Forgets the first `bytes` of what was to be sent. */
  sent(connection: Connection, bytes: number): void {
    this.stats.outputBytes += bytes;
    this.stats.writeEvents++;
    const arena = connection.arenaTo - connection.arenaFrom;
    if (bytes < arena) {
      connection.arenaFrom += bytes;
      return;
    }
    connection.arenaFrom = connection.arenaTo = 0;
    bytes -= arena;
    if (connection.head !== 0) bytes = this.#sentChunks(connection, bytes);
    if (connection.place !== null) connection.place.take(bytes);
    connection.replica?.drained();
  }

  /** @returns bytes that were not in the chain */
  #sentChunks(connection: Connection, bytes: number): number {
    const { core } = this;
    while (connection.head !== 0) {
      const word = connection.head >>> 2;
      const left = core.u32[word + 2] - core.u32[word + 3];
      if (bytes < left) {
        core.u32[word + 3] += bytes;
        connection.chainBytes -= bytes;
        return 0;
      }
      bytes -= left;
      connection.chainBytes -= left;
      connection.head = core.x.chunkFree(connection.head);
    }
    connection.tail = 0;
    return bytes;
  }

  /** Moves what is left in the arena to the connection's chain. @returns false when memory is out */
  keep(connection: Connection): boolean {
    const len = connection.arenaTo - connection.arenaFrom;
    if (len === 0) return true;
    const chunk = this.core.x.chunkOf(connection.arenaFrom, len, connection.head);
    if (chunk === 0) return false;
    connection.head = chunk;
    if (connection.tail === 0) connection.tail = chunk;
    connection.chainBytes += len;
    connection.arenaFrom = connection.arenaTo = 0;
    return true;
  }

  /** Drops everything unsent. */
  drop(connection: Connection): void {
    this.core.x.chainFree(connection.head);
    this.core.x.chainFree(connection.pushHead);
    connection.pushHead = connection.pushTail = 0;
    connection.head = connection.tail = connection.chainBytes = 0;
    connection.arenaFrom = connection.arenaTo = 0;
  }
}
