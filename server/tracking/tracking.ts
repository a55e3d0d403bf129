/**
 * Client-side caching: clients that keep copies of what they read are told when it changes.
 *
 * What a client reads is learnt after the command has run, from the specifications of its keys, and kept
 * in the invalidation table until it changes, is told of, and is forgotten. A client's messages about its
 * own writes come after the reply, after EXEC's in a transaction; those about others' at once; broadcasts
 * when the turn ends.
 */

import { STRING_MAX } from "../../core-as/host/core.ts";
import { type Connection, Gate } from "../net/connection.ts";
import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import type { Random } from "../env/env.ts";
import type { Clients } from "../net/clients.ts";
import type { Output } from "../net/output.ts";
import { Broadcasts } from "./broadcasts.ts";
import type { TrackingModes } from "./state.ts";
import { InvalidationTable } from "./table.ts";
import type { LongNames } from "../keyspace/long_names.ts";

/** What client-side caching needs of the server. */
export interface TrackingNeeds {
  readonly core: Core;
  readonly config: Config;
  readonly random: Random;
  readonly clients: Clients;
  readonly output: Output;
  readonly changes: { observe(): void };
  readonly longNames: LongNames;
}

/** Entries forgotten at once while the table is too large; they become more while that does not help. */
const EVICTED_AT_ONCE = 100;

/** Instead of a key: all keys are gone. */
const EVERYTHING = null;

/** What RESP adds to an element of an array, at most. */
const ARRAY_BYTES = 16;

interface Pending {
  readonly client: Connection;
  readonly key: string | null;
}

export class Tracking {
  readonly broadcasts = new Broadcasts();
  readonly table: InvalidationTable;
  /** In the order in which they began. */
  readonly #clients = new Set<Connection>();
  /** Messages to the client that is being served, about what it does itself. */
  #pending: Pending[] = [];
  /** Times in a row that the table was too large after some entries had gone. */
  #timesTooLarge = 0;

  constructor(readonly server: TrackingNeeds) {
    this.table = new InvalidationTable(server.random, server.longNames);
  }

  /** Whether anybody is to be told of changes. */
  get active(): boolean {
    return this.#clients.size !== 0;
  }
  /** Clients that track. */
  get clientCount(): number {
    return this.#clients.size;
  }

  // ---- clients ----------------------------------------------------------------------------------

  /** Begins to track for a client, or goes on in other modes. */
  enable(client: Connection, modes: TrackingModes): void {
    const prefixes = client.tracking?.prefixes ?? new Set<string>();
    if (modes.broadcast) {
      const wanted = modes.prefixes.size === 0 ? [""] : modes.prefixes;
      for (const prefix of wanted) {
        prefixes.add(prefix);
        this.broadcasts.add(prefix, client);
      }
    }
    client.tracking = { ...modes, prefixes, caching: false, broken: false };
    client.gate |= Gate.TRACKING;
    this.#clients.add(client);
    this.server.changes.observe();
  }

  /** Ends it, asked for or because the client is gone. What it has read stays in the table. */
  disable(client: Connection): void {
    const { tracking } = client;
    if (tracking === null) return;
    for (const prefix of tracking.prefixes) this.broadcasts.remove(prefix, client);
    client.tracking = null;
    client.gate &= ~Gate.TRACKING;
    this.#clients.delete(client);
    // Nobody is left who could be told.
    if (this.#clients.size === 0) this.table.clear();
    this.server.changes.observe();
  }

  // ---- reads ------------------------------------------------------------------------------------

  /** Whether the keys that the command under way reads are to be remembered. */
  wants({ tracking }: Connection): boolean {
    if (tracking === null || tracking.broadcast) return false;
    return tracking.optIn ? tracking.caching : !(tracking.optOut && tracking.caching);
  }

  /** Remembers that a client has read a key. */
  read(client: Connection, key: string): void {
    if (!this.table.add(key, client.id)) this.forgets(client);
  }

  /** What a client has just read cannot be remembered: it is told at once to forget all that it has. */
  forgets(client: Connection): void {
    this.#tell(client, EVERYTHING);
  }

  get isOverLimit(): boolean {
    const limit = this.server.config.values["tracking-table-max-keys"];
    return limit !== 0 && this.table.keys > limit;
  }

  /** Forgets entries by chance while there are more than there may be; those who have read them are told. */
  limit(): void {
    const limit = this.server.config.values["tracking-table-max-keys"];
    if (limit === 0 || this.table.keys <= limit) {
      this.#timesTooLarge = 0;
      return;
    }
    const most = EVICTED_AT_ONCE * (this.#timesTooLarge + 1);
    for (let i = 0; i < most && this.table.keys > limit; i++) {
      this.#invalidate(this.table.victim()!, null);
    }
    if (this.table.keys > limit) this.#timesTooLarge++;
    else this.#timesTooLarge = 0;
  }

  // ---- changes ----------------------------------------------------------------------------------

  /** A key was changed, by the client of the command under way or, where `by` is null, by itself. */
  touched(key: string, by: Connection | null): void {
    if (this.broadcasts.count !== 0) this.broadcasts.touched(key, by);
    if (this.table.keys !== 0) this.#invalidate(key, by);
  }

  #invalidate(key: string, by: Connection | null): void {
    const { clients } = this.server;
    for (const id of this.table.take(key)) {
      const client = clients.all.get(id);
      // One that has gone over to broadcasts hears of the key that way.
      if (client === undefined || client.tracking === null || client.tracking.broadcast) continue;
      if (client === by && client.tracking.noLoop) continue;
      this.#tell(client, key);
    }
  }

  /** All keys of a database, or of all, are gone: caches know keys only by their names. */
  flushed(): void {
    for (const client of this.#clients) this.#tell(client, EVERYTHING);
    this.table.clear();
  }

  #tell(client: Connection, key: string | null): void {
    const { current, beforeCommand } = this.server.output;
    if (current === client && !beforeCommand) this.#pending.push({ client, key });
    else this.#send(client, key);
  }

  /** A command is done, a transaction as a whole: what it did to its own client's cache is told now. */
  settle(): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    for (const { client, key } of pending) this.#send(client, key);
  }

  /** Ends a turn: sends the broadcasts. */
  endTurn(): void {
    this.settle();
    this.broadcasts.flush((client, keys) => {
      const bytes = keys.reduce((sum, key) => sum + key.length + ARRAY_BYTES, 0);
      if (bytes > STRING_MAX) this.#send(client, EVERYTHING);
      else this.#sendPayload(client, arrayOf(keys));
    });
  }

  // ---- messages ---------------------------------------------------------------------------------

  #send(client: Connection, key: string | null): void {
    if (key !== EVERYTHING) this.#sendPayload(client, arrayOf([key]));
    // The protocol is that of the client that tracks, not of the one that gets the message.
    else this.#sendPayload(client, client.resp === 3 ? "_\r\n" : "$-1\r\n");
  }

  /** @param payload RESP, one character a byte */
  #sendPayload(client: Connection, payload: string): void {
    const redirect = client.tracking?.redirect ?? 0;
    const target = redirect === 0 ? client : this.server.clients.all.get(redirect);
    if (target === undefined || (target.closed && redirect !== 0)) this.#redirectionBroken(client);
    else if (target.resp === 3) this.#write(target, `>2\r\n$10\r\ninvalidate\r\n${payload}`);
    else if (redirect !== 0 && target.subscribed) {
      this.#write(target, `*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n${payload}`);
    }
  }

  #redirectionBroken(client: Connection): void {
    const tracking = client.tracking!;
    tracking.broken = true;
    if (client.resp !== 3) return;
    this.#write(client, `>2\r\n$21\r\ntracking-redir-broken\r\n:${tracking.redirect}\r\n`);
  }

  #write(target: Connection, text: string): void {
    const { core, output } = this.server;
    const ptr = core.x.messageRoom(target.resp, text.length);
    // A cache that is not told of a change would be wrong for ever.
    if (ptr === 0) return output.written(target, false);
    core.writeBinary(ptr, text);
    const inArea = ptr < core.at.HEAP;
    output.share(target, ptr, text.length, inArea);
    if (!inArea) core.x.free(ptr);
  }
}

function arrayOf(keys: readonly string[]): string {
  let text = `*${keys.length}\r\n`;
  for (const key of keys) text += `$${key.length}\r\n${key}\r\n`;
  return text;
}
