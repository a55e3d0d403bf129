/**
 * Propagation: what commands have done, as commands, for whoever follows the data set: the append-only
 * file and replicas. The core writes them down as effects (core-as/assembly/effects.ts); at the end of a turn,
 * before any reply leaves, followers are given the bytes.
 *
 * A write goes as it came, where doing it again does the same. Where it would not (what time, chance or a
 * wait has decided), its handler says what to propagate instead, by {@link Propagation.replace}. Keys
 * that expire or are evicted go as DEL. A unit, what happens at once, stands between MULTI and EXEC when
 * it has more than one operation.
 */

import { flagBits } from "../commands/facts.ts";
import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import type { ExpiredKeys } from "../keyspace/events.ts";
import type { Connection } from "../net/connection.ts";
import type { Log } from "../stats/log.ts";

/** What propagation needs of the server. */
export interface PropagationNeeds {
  readonly core: Core;
  readonly config: Config;
  readonly expiry: ExpiredKeys;
  readonly log: Log;
  readonly dirty: number;
  lost(connection: Connection, reason: string): void;
}

/** Whoever wants to hear of every write. */
export interface Follower {
  /**
   * Takes propagated bytes: whole units, in RESP. They are only there during the call.
   *
   * @returns false when replies that acknowledge them must not leave
   */
  take(bytes: Uint8Array): boolean;
  /**
   * Something did not fit in memory and is lost to it: it must begin anew from the data set.
   *
   * @returns false when replies that acknowledge it must not leave
   */
  missed(): boolean;
}

/** An argument: one of the command under way by its index, or text of one character a byte. */
export type Word = number | string;

const PROPAGATED = flagBits.write | flagBits.may_replicate;

export class Propagation {
  /** Somebody follows. */
  active = false;
  /** Other operations were propagated in place of the command under way. */
  replaced = false;
  /** Commands have propagated something since {@link wroteFor} was last called. */
  #wrote = false;
  /** A follower has said of bytes of this turn that no reply may acknowledge them. */
  #refused = false;
  /** Whose replies of this turn acknowledge propagated bytes: the first so many of the array. */
  readonly #writers: Connection[] = [];
  #writerCount = 0;
  /** A command is under way: what happens belongs to its unit. */
  within = false;
  /** Bytes propagated so far. */
  offset = 0;
  readonly #followers = new Set<Follower>();

  constructor(readonly server: PropagationNeeds) {
    const { core, config } = server;
    const setWord = () => {
      core.u32[core.at.EFFECTS_UNLINKS] = config.values["lazyfree-lazy-expire"] ? 1 : 0;
    };
    setWord();
    config.onChange("lazyfree-lazy-expire", setWord);
  }

  follow(follower: Follower): void {
    if (!this.active) this.server.core.x.effectsOpen();
    this.beginAnew();
    this.#followers.add(follower);
    this.active = true;
  }

  /** Whoever follows begins another file: the next operation names its database. */
  beginAnew(): void {
    this.server.expiry.drain();
    this.drain();
    this.server.core.x.effectsForget();
  }

  leave(follower: Follower): void {
    this.drain();
    this.#followers.delete(follower);
    if (this.#followers.size !== 0) return;
    this.active = false;
    this.#refused = false;
    this.server.core.x.effectsClose();
  }

  // ---- replies ----------------------------------------------------------------------------------

  /** What was propagated since the last call was done for this connection. */
  wroteFor(connection: Connection): void {
    if (!this.#wrote) return;
    this.#wrote = false;
    if (!this.active || connection.unflushed) return;
    connection.unflushed = true;
    this.#writers[this.#writerCount++] = connection;
  }

  /**
   * Comes before replies leave: followers are given what was propagated. Where one refuses, whoever has a
   * reply that acknowledges it is closed without one, as after a crash: it cannot know whether its write
   * has come to pass. All others are served on. Messages to others (published, or of keys that changed)
   * tell of what reads find in memory, and leave.
   */
  flush(): void {
    if (this.active) this.drain();
    const count = this.#writerCount;
    if (count === 0 && !this.#refused) return;
    const refused = this.#refused;
    this.#refused = false;
    this.#writerCount = 0;
    let closed = 0;
    for (let i = 0; i < count; i++) {
      const connection = this.#writers[i];
      connection.unflushed = false;
      if (!refused || connection.closed) continue;
      closed++;
      this.server.lost(connection, "");
    }
    if (closed === 0) return;
    this.server.log.warning(
      `${closed} client(s) closed without a reply: what they wrote could not be brought to the disk.`,
    );
  }

  // ---- around a command -------------------------------------------------------------------------

  /** A command is about to run. @returns false when there is no memory to propagate it: it must not run */
  begin(bits: number): boolean {
    this.within = true;
    if ((bits & PROPAGATED) === 0) return true;
    const { at, u32, x } = this.server.core;
    if (x.effectsReserve()) return true;
    // Between units what the buffer holds can go at once.
    if (u32[at.EFFECTS_OPERATIONS] !== 0) return false;
    this.drain();
    return x.effectsReserve();
  }

  /** A command of these flags has run on a database; `dirty` is how many changes there had been before it. */
  after(bits: number, db: number, dirty: number): void {
    const { server } = this;
    if (this.replaced || server.dirty === dirty || (bits & PROPAGATED) === 0) return;
    this.#wrote = true;
    server.core.x.effectCommand(db);
  }

  /** Ends what happens at once. */
  endUnit(): void {
    this.within = false;
    this.server.core.x.effectsEndUnit();
  }

  // ---- effects ----------------------------------------------------------------------------------

  /** Propagates an operation in place of the command under way. More than one call: all of them. */
  replace(db: number, words: readonly Word[]): void {
    this.wroteInstead();
    this.#operation(db, words);
  }

  /** The core has propagated operations in place of the command under way. */
  wroteInstead(): void {
    this.replaced = true;
    this.#wrote = true;
  }

  /** A key was evicted. */
  evicted(db: number, key: string): void {
    const lazily = this.server.config.values["lazyfree-lazy-eviction"];
    this.#operation(db, [lazily ? "UNLINK" : "DEL", key]);
    if (!this.within) this.endUnit();
  }

  /** Keys and fields have expired, as the core's logs say. */
  expired(): void {
    this.server.core.x.effectsExpired(!this.within);
  }

  #operation(db: number, words: readonly Word[]): void {
    const { core } = this.server;
    const { x } = core;
    x.effectBegin(db, words.length);
    for (const word of words) {
      if (typeof word === "number") x.effectArgument(word);
      else this.#text(word);
    }
  }

  #text(text: string): void {
    const { core } = this.server;
    const { x, at } = core;
    const room = text.length <= at.SCRATCH_BYTES / 2 ? 0 : x.allocate(text.length);
    // Short texts go through the end of the scratch area, which no handler has results in.
    const ptr = room !== 0 ? room : at.SCRATCH + at.SCRATCH_BYTES / 2;
    if (room === 0 && text.length > at.SCRATCH_BYTES / 2) {
      core.u32[at.EFFECTS_LOST] = 1;
      return;
    }
    x.effectPut(ptr, core.writeBinary(ptr, text));
    if (room !== 0) x.free(room);
  }

  // ---- followers --------------------------------------------------------------------------------

  /** Gives followers what has been propagated since the last time. */
  drain(): void {
    const { core } = this.server;
    const { at, u32, x } = core;
    const len = u32[at.EFFECTS_LEN];
    if (len !== 0) {
      const ptr = u32[at.EFFECTS_BUFFER];
      const bytes = core.u8.subarray(ptr, ptr + len);
      this.offset += len;
      for (const follower of this.#followers) if (!follower.take(bytes)) this.#refused = true;
      x.effectsTaken();
    }
    if (u32[at.EFFECTS_LOST] === 0) return;
    u32[at.EFFECTS_LOST] = 0;
    for (const follower of this.#followers) if (!follower.missed()) this.#refused = true;
  }
}
