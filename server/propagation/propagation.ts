/**
 * Propagation: what commands have done, as commands, for whoever follows the data set: the append-only
 * file and replicas. The core writes them down as effects (core-as/assembly/keyspace/effects.ts); at the end of a turn,
 * before any reply leaves, followers are given the bytes.
 *
 * A write goes as it came, where doing it again does the same. Where it would not (what time, chance or a
 * wait has decided), its handler says what to propagate instead, by {@link Propagation.replace}. Keys
 * that expire or are evicted go as DEL. A unit, what happens at once, stands between MULTI and EXEC when
 * it has more than one operation.
 */

import { flagBits } from "../commands/facts.ts";
import type { ExpiredKeys } from "../keyspace/events.ts";
import type { Connection } from "../net/connection.ts";
import type { Replication } from "../saving/snapshots.ts";
import { EffectStream, type Follower, type Place, type StreamNeeds } from "./stream.ts";

/** What propagation needs of the server. */
export interface PropagationNeeds extends StreamNeeds {
  readonly expiry: ExpiredKeys;
  readonly role: StreamNeeds["role"] & { readonly id: string };
  readonly dirty: number;
  lost(connection: Connection, reason: string): void;
}

/** An argument: one of the command under way by its index, or text of one character a byte. */
export type Word = number | string;

const PROPAGATED = flagBits.write | flagBits.may_replicate;

export class Propagation {
  /** Commands propagate what they do. */
  active = false;
  /**
   * A replica's stream is its primary's, byte for byte: what it does itself is not propagated, and
   * {@link relay} is given what it does it by.
   */
  #relays = false;
  #database = -1;
  /** The core takes effects; false before the first follower, and after the last. */
  #open = false;
  /** It has been open before: what happened since is in no byte. */
  #wasOpen = false;
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
  readonly stream: EffectStream;

  constructor(readonly server: PropagationNeeds) {
    const { core, config } = server;
    this.stream = new EffectStream(server);
    const setWord = () => {
      core.u32[core.at.EFFECTS_UNLINKS] = config.values["lazyfree-lazy-expire"] ? 1 : 0;
    };
    setWord();
    config.onChange("lazyfree-lazy-expire", setWord);
  }

  /** Bytes propagated so far. */
  get offset(): number {
    return this.stream.offset;
  }

  /** The same with what this turn has done so far, which followers are given at its end. */
  get reached(): number {
    const { u32, at } = this.server.core;
    return this.offset + (this.#open ? u32[at.EFFECTS_UNIT] : 0);
  }

  // ---- followers --------------------------------------------------------------------------------

  /** Follows from here on: the next operation names its database. @param lags it may read on later */
  follow(follower: Follower, lags = false): Place {
    this.#begin();
    if (lags) this.stream.openBacklog();
    this.beginAnew();
    return this.stream.add(follower, this.offset, lags);
  }

  /** Goes on from where somebody was before. @returns null when bytes behind that are gone */
  goOn(follower: Follower, offset: number): Place | null {
    if (!this.#open) return null;
    this.drain();
    return this.stream.has(offset) ? this.stream.add(follower, offset, true) : null;
  }

  /** Whoever follows begins another file: the next operation names its database, or {@link database} does. */
  beginAnew(): void {
    this.server.expiry.drain();
    this.drain();
    if (!this.#relays) this.server.core.x.effectsForget();
  }

  leave(place: Place): void {
    this.drain();
    this.stream.remove(place);
    this.#endIfIdle();
  }

  /** Gives up what nobody has come back for. */
  dropIdleBacklog(): void {
    this.stream.dropIdleBacklog();
    this.#endIfIdle();
  }

  #begin(): void {
    if (this.#open) return;
    this.#open = true;
    this.server.core.x.effectsOpen();
    // The bytes of a primary's stream were counted all the while.
    if (this.#wasOpen && !this.#relays) this.stream.skip();
    this.#wasOpen = true;
    this.#activate();
  }

  #endIfIdle(): void {
    if (!this.#open || this.stream.isWanted) return;
    this.#open = this.active = false;
    this.#refused = false;
    this.server.core.x.effectsClose();
  }

  /** Says whether what commands do is propagated. */
  #activate(): void {
    const { at, u32 } = this.server.core;
    this.active = this.#open && !this.#relays;
    u32[at.EFFECTS_ON] = this.active ? 1 : 0;
  }

  // ---- a replica's stream -----------------------------------------------------------------------

  get relays(): boolean {
    return this.#relays;
  }
  /** Becomes the stream of a replica, or of a primary again: offsets go on. */
  set relays(relays: boolean) {
    this.beginAnew();
    this.#relays = relays;
    // Which database the primary's last operation was in is not the core's to know.
    if (!relays && this.#open) this.server.core.x.effectsForget();
    this.#activate();
  }

  /** The database that the primary's next operation is in if it does not say so; -1 of a stream of its own. */
  get database(): number {
    return this.#relays ? this.#database : -1;
  }

  /**
   * Takes whole units of the primary's stream that lie in core memory, and have been done.
   *
   * @param database which the next operation is in if it does not say so
   * @returns false when memory is out for them: whoever follows has lost its place
   */
  relay(ptr: number, len: number, database: number): boolean {
    this.#database = database;
    if (this.#open) return this.server.core.x.effectsRelay(ptr, len);
    this.stream.offset += len;
    return true;
  }

  /** The same of bytes that are not there any more. */
  skipRelayed(len: number, database: number): void {
    this.#database = database;
    this.drain();
    this.stream.moveTo(this.offset + len);
    this.stream.drain();
  }

  /** A replica keeps what it was sent: others may follow it, or it may become a primary. */
  keepBacklog(): void {
    this.#begin();
    this.stream.openBacklog();
  }

  /** Tells all who follow something that changes nothing. */
  tell(words: readonly string[]): void {
    if (!this.active) return;
    const { at, i32, x } = this.server.core;
    this.#operation(Math.max(0, i32[at.EFFECTS_DATABASE]), words);
    if (!this.within) x.effectsEndUnit();
  }

  /** A replica's data set was replaced by its primary's, of such a moment: the history goes on from there. */
  moveTo({ offset, database }: Pick<Replication, "offset" | "database">): void {
    if (this.#open) this.drain();
    this.stream.moveTo(offset);
    this.#database = database;
  }

  /** Which moment of the history this is; null when nobody could go on from it. */
  get moment(): Replication | null {
    const { at, u32, i32 } = this.server.core;
    const database = this.#relays ? this.#database : i32[at.EFFECTS_DATABASE];
    // Half a unit is in the data set, and not yet in the stream as a whole.
    if (!this.stream.backlog.active || u32[at.EFFECTS_OPERATIONS] !== 0) return null;
    const offset = this.offset + u32[at.EFFECTS_LEN];
    return { id: this.server.role.id, offset, database };
  }

  // ---- replies ----------------------------------------------------------------------------------

  /** What was propagated since the last call was done for this connection. */
  wroteFor(connection: Connection): void {
    if (!this.#wrote) return;
    this.#wrote = false;
    if (!this.#open) return;
    connection.wroteOffset = this.offset + this.server.core.u32[this.server.core.at.EFFECTS_LEN];
    if (connection.unflushed) return;
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
    if (this.#open) this.drain();
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

  /** A key was deleted by no command. */
  deleted(db: number, key: string): void {
    this.#operation(db, ["DEL", key]);
    if (!this.within) this.endUnit();
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

  /** Gives followers what has been propagated since the last time. */
  drain(): void {
    if (!this.stream.drain()) this.#refused = true;
  }
}
