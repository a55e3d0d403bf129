/**
 * The memory of clients: half-read requests, unsent replies, queued transactions, what they watch and are
 * subscribed to. With `maxmemory-clients` those that use the most are closed until the rest is within it.
 *
 * The sum is kept up where a buffer grows, and each client is looked at once a second besides. Looking at
 * all of them is put off until the sum is above the limit: it may be behind only where buffers shrink.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../stats/log.ts";
import type { Stats } from "../stats/stats.ts";
import type { Clients } from "./clients.ts";
import type { Connection } from "./connection.ts";

/** What the memory of clients needs of the server. */
export interface ClientMemoryNeeds {
  readonly core: Core;
  readonly config: Config;
  readonly log: Log;
  readonly stats: Stats;
  readonly clients: Clients;
  readonly nowSeconds: number;
  lost(connection: Connection, reason: string): void;
}

/** Memory of a connection that holds nothing: the object and its strings, measured over 200,000. */
export const IDLE_BYTES = 304;
/** Of a subscription. */
const ENTRY_BYTES = 96;
/** A lower limit would leave nobody to raise it. */
const MIN_LIMIT_BYTES = 128 * 1024;
/** Seconds that INFO calls recent. */
const RECENT_SECONDS = 8;

export class ClientMemory {
  #evictableBytes = 0;
  /** 0 = none. */
  #limitBytes = 0;
  /** Largest buffers, in and out, by second. */
  readonly #recent = Array.from(
    { length: RECENT_SECONDS },
    () => ({ second: 0, input: 0, output: 0 }),
  );

  constructor(readonly server: ClientMemoryNeeds) {
    server.config.onChange(["maxmemory-clients", "maxmemory"], () => this.#setLimit());
    this.#setLimit();
  }

  #setLimit(): void {
    const { maxmemory, "maxmemory-clients": share } = this.server.config.values;
    const bytes = share.percent === 0 ? share.bytes : Math.floor(maxmemory * share.percent / 100);
    this.#limitBytes = bytes === 0 ? 0 : Math.max(bytes, MIN_LIMIT_BYTES);
  }

  /** Memory of all clients that may be closed for it. */
  get evictableBytes(): number {
    return this.#evictableBytes;
  }

  /** Memory of a client: the buffers that the core holds for it. */
  bufferBytes(connection: Connection): number {
    const { core } = this.server;
    const { partial, transaction, wait, chainBytes } = connection;
    return (partial === 0 ? 0 : core.x.partialCapacity(partial)) + chainBytes +
      (transaction?.bytes ?? 0) + (wait === null ? 0 : core.x.commandBytes(wait.saved));
  }

  /** All of a client's memory, in the core and outside of it. */
  bytesOf(connection: Connection): number {
    const { channelCount, patternCount, shardChannelCount } = connection;
    return IDLE_BYTES + this.bufferBytes(connection) + connection.watchedBytes +
      (channelCount + patternCount + shardChannelCount) * ENTRY_BYTES;
  }

  /** Takes a client's memory as it is now into the sum. */
  note(connection: Connection): void {
    const bytes = connection.noEvict ? 0 : this.bytesOf(connection);
    this.#evictableBytes += bytes - connection.countedBytes;
    connection.countedBytes = bytes;
    this.#noteRecent(connection);
  }

  /** A client is gone. */
  forget(connection: Connection): void {
    this.#evictableBytes -= connection.countedBytes;
    connection.countedBytes = 0;
  }

  #noteRecent({ partial, chainBytes }: Connection): void {
    const second = this.server.nowSeconds;
    const slot = this.#recent[second % RECENT_SECONDS];
    if (slot.second !== second) Object.assign(slot, { second, input: 0, output: 0 });
    const input = partial === 0 ? 0 : this.server.core.x.partialCapacity(partial);
    slot.input = Math.max(slot.input, input);
    slot.output = Math.max(slot.output, chainBytes);
  }

  /** The largest buffers of the last seconds. */
  recentMaxima(): { input: number; output: number } {
    const from = this.server.nowSeconds - RECENT_SECONDS;
    const slots = this.#recent.filter(({ second }) => second > from);
    return {
      input: Math.max(0, ...slots.map(({ input }) => input)),
      output: Math.max(0, ...slots.map(({ output }) => output)),
    };
  }

  /** Whether there is a limit. */
  get isLimited(): boolean {
    return this.#limitBytes !== 0;
  }

  /** Whether clients may have to be closed. */
  get isOver(): boolean {
    return this.#limitBytes !== 0 && this.#evictableBytes > this.#limitBytes;
  }

  /** Closes the largest clients until the others are within the limit. */
  evict(): void {
    const { server } = this;
    const all = [...server.clients.all.values()].filter(({ closed }) => !closed);
    for (const connection of all) this.note(connection);
    if (!this.isOver) return;
    all.sort((a, b) => b.countedBytes - a.countedBytes);
    for (const connection of all) {
      if (!this.isOver) return;
      server.log.notice(
        `Evicting client: id=${connection.id} addr=${connection.peer} name=${connection.name} ` +
          `user=${connection.user.name} tot-mem=${connection.countedBytes}`,
      );
      server.stats.evictedClients++;
      this.forget(connection);
      server.lost(connection, "");
    }
  }
}
