/**
 * The stream of effects: every byte that was propagated has an offset, and whoever follows has a place in it.
 *
 * ```
 *            backlog.length        a turn's bytes
 *  ... ----|-----------------------|--------------|
 *          first                                  offset
 * ```
 *
 * At the end of a turn followers are told that there is more. One that keeps up (the append-only file) reads
 * the turn's bytes where the core has written them; one that lags (a replica whose socket takes no more) reads
 * on later, from the backlog, pieces of core memory that nobody copies for it. Whoever has lost its place is told
 * so, and begins anew from the data set.
 *
 * The backlog is made for the first follower that may lag, and stays for a while when the last one has gone,
 * so that it can come back and go on.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../env/clock.ts";
import type { Log } from "../stats/log.ts";
import { Backlog, type Piece } from "./backlog.ts";

/** What the stream needs of the server. */
export interface StreamNeeds {
  readonly core: Core;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly role: { readonly isReplica: boolean; renew(): void };
}

/** Whoever wants to hear of every write. */
export interface Follower {
  /**
   * There are whole units in RESP behind its place. It reads all, some or nothing of them; without a backlog
   * what it leaves is gone.
   *
   * @returns false when replies that acknowledge them must not leave
   */
  more(place: Place): boolean;
  /**
   * Bytes behind its place are gone, or something did not fit in memory and is in no byte: it must begin anew
   * from the data set ({@link Place.restart}), and hears of nothing until it has.
   *
   * @returns false when replies that acknowledge what is lost must not leave
   */
  lost(place: Place): boolean;
}

/** Where a follower is. */
export class Place {
  /** Bytes behind it are gone. */
  lost = false;

  /**
   * @param offset of the next byte that it takes
   * @param lags whether it may read on later, from the backlog
   */
  constructor(
    readonly stream: EffectStream,
    readonly follower: Follower,
    public offset: number,
    readonly lags: boolean,
  ) {}

  /** Bytes that it has not taken yet. */
  get behind(): number {
    return this.stream.offset - this.offset;
  }

  /** Calls `piece` for each stretch of core memory from here on, in order; they are there during the call. */
  pieces(piece: Piece): void {
    this.stream.pieces(this.offset, piece);
  }

  /** The first bytes are dealt with. */
  take(bytes: number): void {
    this.offset += bytes;
  }

  /** Goes on from where the stream is now. */
  restart(): void {
    this.offset = this.stream.offset;
    this.lost = false;
  }
}

export class EffectStream {
  /** Bytes so far; replicas count on from their primary's. */
  offset = 0;
  readonly backlog: Backlog;
  readonly #places = new Set<Place>();
  #lagging = 0;
  #idleSinceMs = 0;
  /** While followers are told of a turn's bytes: where those are, and the offset of the first. */
  #turnPtr = 0;
  #turnOffset = 0;

  constructor(readonly server: StreamNeeds) {
    this.backlog = new Backlog(server.core);
    server.config.onChange("repl-backlog-size", () => {
      if (this.backlog.active) this.#resize();
    });
  }

  /** Somebody follows, or may come back. */
  get isWanted(): boolean {
    return this.#places.size !== 0 || this.backlog.active;
  }
  /** Offset of the first byte that can still be read. */
  get firstOffset(): number {
    return this.offset - this.backlog.length;
  }

  /** Whether all bytes from an offset on can still be read. */
  has(offset: number): boolean {
    return offset <= this.offset && offset >= this.firstOffset;
  }

  /** Calls `piece` for all bytes from an offset on, if they are there. */
  pieces(offset: number, piece: Piece): void {
    const behind = this.offset - offset;
    if (behind <= 0) return;
    if (this.#isOfTurn(offset)) piece(this.#turnPtr + offset - this.#turnOffset, behind);
    else if (this.has(offset)) this.backlog.pieces(behind, piece);
  }

  #isOfTurn(offset: number): boolean {
    return this.#turnPtr !== 0 && offset >= this.#turnOffset;
  }

  // ---- followers --------------------------------------------------------------------------------

  /** Adds a follower at an offset. */
  add(follower: Follower, offset: number, lags: boolean): Place {
    const place = new Place(this, follower, offset, lags);
    this.#places.add(place);
    if (lags) this.#lagging++;
    return place;
  }

  remove(place: Place): void {
    if (!this.#places.delete(place) || !place.lags) return;
    this.#lagging--;
    this.#idleSinceMs = this.server.clock.nowMs();
  }

  /** Takes what the core has written since the last time, and tells followers. @returns false when one refuses */
  drain(): boolean {
    const { at, u32, x } = this.server.core;
    let agreed = true;
    const len = u32[at.EFFECTS_LEN];
    if (len !== 0) {
      this.#turnPtr = u32[at.EFFECTS_BUFFER];
      this.#turnOffset = this.offset;
      this.offset += len;
      if (this.backlog.active && !this.backlog.put(this.#turnPtr, len)) {
        this.server.log.warning("Memory is out for the replication backlog: who lags begins anew.");
      }
      for (const place of this.#places) {
        const canRead = this.#isOfTurn(place.offset) || this.has(place.offset);
        if (canRead && !place.lost && !place.follower.more(place)) agreed = false;
      }
      this.#turnPtr = 0;
      x.effectsTaken();
      if (this.backlog.active) this.backlog.trim(this.#furthestBehind());
    }
    if (u32[at.EFFECTS_LOST] !== 0) {
      u32[at.EFFECTS_LOST] = 0;
      this.skip();
    }
    return this.#tellLost() && agreed;
  }

  /** Bytes that somebody who lags will still read; whoever lags too far is closed (net/limits.ts). */
  #furthestBehind(): number {
    let most = 0;
    for (const place of this.#places) {
      if (place.lags && !place.lost) most = Math.max(most, place.behind);
    }
    return most;
  }

  /** Something has happened that is in no byte: nobody who was before it can go on. */
  skip(): void {
    // An offset of its own, so that not even who has read all before is taken to have it.
    this.moveTo(this.offset + 1);
  }

  /** The stream goes on from an offset, and nothing before it can be read. */
  moveTo(offset: number): void {
    this.offset = offset;
    this.backlog.clear();
  }

  /** Tells those who have lost their place. @returns false when one refuses */
  #tellLost(): boolean {
    let agreed = true;
    for (const place of this.#places) {
      if (place.lost || this.has(place.offset)) continue;
      place.lost = true;
      if (!place.follower.lost(place)) agreed = false;
    }
    return agreed;
  }

  // ---- the backlog ------------------------------------------------------------------------------

  /** Begins to keep a backlog. */
  openBacklog(): void {
    if (this.backlog.active) return;
    this.#resize();
    this.#idleSinceMs = this.server.clock.nowMs();
  }

  #resize(): void {
    this.backlog.open(this.server.config.values["repl-backlog-size"]);
  }

  /** Gives the backlog back that nobody has come back for. Then nobody can: the history gets another name. */
  dropIdleBacklog(): void {
    const { config, clock, log, role } = this.server;
    const ttlS = config.values["repl-backlog-ttl"];
    if (!this.backlog.active || this.#lagging !== 0 || ttlS === 0 || role.isReplica) return;
    if (clock.nowMs() - this.#idleSinceMs <= ttlS * 1000) return;
    this.backlog.close();
    role.renew();
    log.notice(`Replication backlog freed after ${ttlS} seconds without connected replicas.`);
  }
}
