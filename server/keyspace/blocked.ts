/**
 * Clients that wait in a blocking command.
 *
 * A handler that finds nothing calls {@link Context.block}: its arguments are saved in the core, its
 * connection is halted, and it stands in the queue of each key that it waits for. A write to such a key
 * makes the key ready. As soon as the command that wrote is over (a transaction: as a whole), the
 * clients in the queues of ready keys are served in the order in which they came: their commands are done
 * again, over all of their keys, by the function that each gave. Serving may make other keys ready (BLMOVE),
 * so it goes on until none is. What a pause would hold waits on until the pause is over.
 *
 * Who waits costs nothing: no timer, one entry in a heap of deadlines where it has one.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { CommandFacts } from "../commands/facts.ts";
import type { Clock } from "../env/clock.ts";
import type { Behalf } from "../net/behalf.ts";
import type { Connection, PendingWait } from "../net/connection.ts";
import type { Reply } from "../resp/reply.ts";
import { NO_SLOT } from "../stats/slot_stats.ts";
import type { Stats } from "../stats/stats.ts";
import { Deadlines, type Timed } from "./deadlines.ts";
import type { LongNames } from "./long_names.ts";

/** A command of somebody's that is under way. */
export interface UnderWay {
  readonly connection: Connection;
  readonly command: CommandFacts;
  readonly db: number;
  readonly reply: Reply;
  /** Argument as a string, one character a byte. */
  arg(index: number): string;
}

/** What waiting needs of the server. */
export interface BlockedNeeds<Context> {
  readonly core: Core;
  readonly clock: Clock;
  readonly reply: Reply;
  readonly stats: Stats;
  readonly nowMs: number;
  /** Monotonic clock at the start of the command under way, us. */
  commandStartUs: number;
  readonly changes: { observe(): void };
  readonly execution: {
    nested<Result>(behalf: Behalf, act: (c: Context, behalf: Behalf) => Result): Result;
  };
  readonly inspectors: { served(c: Context, us: number): void };
  readonly longNames: LongNames;
  readonly pause: { holds(bits: number): boolean };
  readonly moving: { holds(bits: number): boolean };
  typeOfKey(db: number, key: string): string | null;
  defer(serve: () => void): void;
  resume(connection: Connection): void;
  /** Closes a connection once its replies are sent. */
  closeSoon(connection: Connection): void;
  crashed(connection: Connection, error: unknown): void;
}

/** Types that a client can wait for. */
export type HeededType = "list" | "zset" | "stream";

/** Whether a type is one that clients can wait for. */
function isHeedable(type: string | null): type is HeededType {
  return type === "list" || type === "zset" || type === "stream";
}

/** How a kind of command waits. One object per kind, compared by identity. */
export interface WaitingKind<Context> {
  /**
   * What makes those who wait ready: a list or a sorted set where there was no key before, one that takes
   * another value's place does not; whatever happens to a stream, its end included. Without it no key does.
   * As in Redis a key is ready for all who wait for it when somebody, be it for another key, heeds its type.
   */
  readonly heeds?: HeededType;
  /** The end of what it heeds makes it ready, too, whatever is at the key then. */
  readonly heedsLoss?: boolean;
  /** Does the command once more. @returns whether it has replied: if not, it waits on */
  serve(c: Context): boolean;
  /** Replies that the time is up. */
  timedOut(c: Context): void;
  /** Replies where nobody can wait, if not as when the time is up. */
  refused?(c: Context): void;
}

/** A connection in a blocking command. */
class Wait<Context> implements Timed, Behalf, PendingWait {
  heapIndex = -1;
  ranUs = 0;
  readonly ownUnit = true;
  /** Its places in the queues of its keys, one for each key however often it is named. */
  readonly places: Place<Context>[] = [];

  constructor(
    readonly connection: Connection,
    readonly commandId: number,
    /** The command's flags. */
    readonly bits: number,
    readonly db: number,
    readonly waiting: WaitingKind<Context>,
    readonly saved: number,
    readonly deadlineMs: number,
  ) {}
}

/** A client in the queue of a key: a node of a list, since most go from its front and some from within. */
class Place<Context> {
  previous: Place<Context> | null = null;
  next: Place<Context> | null = null;
  constructor(
    readonly queue: KeyQueue<Context>,
    readonly wait: Wait<Context>,
  ) {}
}

class KeyQueue<Context> {
  /** In the order of arrival. */
  first: Place<Context> | null = null;
  last: Place<Context> | null = null;
  /** In the list of ready keys. */
  ready = false;
  /** Clients here that heed the end of what they wait for. */
  heedingLoss = 0;
  /** The types that those who came here heed. */
  readonly heeds = new Set<string>();
  /** What is at the key is a stream, as far as those who heed one were told. */
  holdsStream = false;
  constructor(readonly db: number, readonly key: string) {}

  add(place: Place<Context>): void {
    place.previous = this.last;
    if (this.last === null) this.first = place;
    else this.last.next = place;
    this.last = place;
    const { heeds, heedsLoss } = place.wait.waiting;
    if (heeds !== undefined) this.heeds.add(heeds);
    if (heedsLoss) this.heedingLoss++;
  }

  remove({ previous, next, wait }: Place<Context>): void {
    if (wait.waiting.heedsLoss) this.heedingLoss--;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.last = previous;
    else next.previous = previous;
  }
}

/** What may be done in the name of one who waits. @returns whether it was replied to */
type Act<Context> = (wait: Wait<Context>, c: Context) => boolean;

export class Blocked<Context extends UnderWay> {
  /** By database and key. */
  readonly #queues: Map<string, KeyQueue<Context>>[] = [];
  #ready: KeyQueue<Context>[] = [];
  /** Were ready when a pause held those who wait. */
  readonly #held = new Set<KeyQueue<Context>>();
  /** Those who wait for no key, but for what others have. */
  readonly #keyless = new Set<Wait<Context>>();
  #keylessDue = false;
  readonly #deadlines = new Deadlines<Wait<Context>>();
  /** Served, and they have sent more meanwhile. */
  readonly #resuming: Connection[] = [];
  #count = 0;
  /** Clients that heed each type, whichever key they wait for. */
  readonly #heeding: Record<HeededType, number> = { list: 0, zset: 0, stream: 0 };
  #serving = false;

  constructor(readonly server: BlockedNeeds<Context>) {}

  /** Clients that wait. */
  get count(): number {
    return this.#count;
  }
  /** Those among them whose time is limited. */
  get timedCount(): number {
    return this.#deadlines.size;
  }
  /** Keys that somebody waits for. */
  get keyCount(): number {
    return this.#queues.reduce((sum, queues) => sum + (queues?.size ?? 0), 0);
  }
  /** Nobody is served: a command is under way, and others' are served within it. */
  held = false;
  /** Those whose end somebody waits for, too. */
  get lossKeyCount(): number {
    let count = 0;
    for (const queues of this.#queues) {
      for (const queue of queues?.values() ?? []) if (queue.heedingLoss !== 0) count++;
    }
    return count;
  }
  /** Whether a key that somebody waits for was written to. */
  get hasReady(): boolean {
    return this.#ready.length !== 0 && !this.held;
  }

  // ---- waiting ----------------------------------------------------------------------------------

  /**
   * Makes the client of the command under way wait.
   *
   * @param timeoutMs 0 = for ever
   * @returns false when there is no memory for it
   */
  add(
    c: Context,
    waiting: WaitingKind<Context>,
    firstKey: number,
    keyCount: number,
    timeoutMs: number,
  ): boolean {
    const keys = Array.from({ length: keyCount }, (_, i) => c.arg(firstKey + i));
    const saved = this.server.core.x.commandSave();
    if (saved === 0) return false;
    const { connection, command, db } = c;
    const { server } = this;
    const deadlineMs = timeoutMs === 0 ? 0 : Math.ceil(server.clock.nowMs()) + timeoutMs;
    const wait = new Wait<Context>(
      connection,
      command.id,
      command.bits,
      db,
      waiting,
      saved,
      deadlineMs,
    );
    const found = keys.every((key) => this.#join(db, key, wait));
    if (!found) {
      this.#leaveQueues(wait);
      server.core.x.free(saved);
      return false;
    }
    if (timeoutMs !== 0) this.#deadlines.add(wait);
    if (waiting.heeds !== undefined) this.#heeding[waiting.heeds]++;
    if (keyCount === 0) this.#keyless.add(wait);
    connection.wait = wait;
    connection.halted = true;
    if (this.#count++ === 0) server.changes.observe();
    return true;
  }

  /** @returns false when there is no room for the key's name */
  #join(db: number, key: string, wait: Wait<Context>): boolean {
    const queues = this.#queues[db] ??= new Map();
    let queue = queues.get(key);
    if (queue === undefined) queues.set(key, queue = new KeyQueue<Context>(db, key));
    for (const place of wait.places) if (place.queue === queue) return true;
    if (!this.server.longNames.take(key.length)) {
      if (queue.first === null) queues.delete(key);
      return false;
    }
    const place = new Place(queue, wait);
    wait.places.push(place);
    queue.add(place);
    if (wait.waiting.heeds === "stream") this.#lookForStream(queue);
    return true;
  }

  #leaveQueues(wait: Wait<Context>): void {
    for (const place of wait.places) {
      const { queue } = place;
      queue.remove(place);
      this.server.longNames.give(queue.key.length);
      if (queue.first === null) this.#queues[queue.db].delete(queue.key);
    }
  }

  /** Takes a client out of all queues, served or not; it does not go on by itself. */
  #leave(wait: Wait<Context>): void {
    this.#leaveQueues(wait);
    this.#keyless.delete(wait);
    this.#deadlines.remove(wait);
    const { heeds } = wait.waiting;
    if (heeds !== undefined) this.#heeding[heeds]--;
    wait.connection.wait = null;
    this.server.core.x.free(wait.saved);
    if (--this.#count === 0) this.server.changes.observe();
  }

  /** A connection is gone. */
  forget(connection: Connection): void {
    const wait = this.#waitOf(connection);
    if (wait !== null) this.#leave(wait);
  }

  // ---- what happens to keys ---------------------------------------------------------------------

  /** A key is there that was not. */
  added(db: number, key: string): void {
    const queue = this.#queues[db]?.get(key);
    if (queue !== undefined && this.#isHeeded(queue)) this.#makeReady(queue);
  }

  /** Another value is about to take a key's place: that is the end of a stream there, and nothing to others. */
  replacing(db: number, key: string): void {
    const queue = this.#heeding.stream === 0 ? undefined : this.#queues[db]?.get(key);
    if (queue === undefined || queue.heedingLoss === 0) return;
    if (this.server.typeOfKey(db, key) === "stream") this.#makeReady(queue);
  }

  /** A key was written to or deleted. */
  touched(db: number, key: string): void {
    const queue = this.#queues[db]?.get(key);
    if (queue === undefined || !queue.heeds.has("stream")) return;
    const held = queue.holdsStream;
    this.#lookForStream(queue);
    if (queue.holdsStream || (held && queue.heedingLoss !== 0)) this.#makeReady(queue);
  }

  /** Whether somebody, wherever, heeds what is at a queue's key. */
  #isHeeded({ db, key }: KeyQueue<Context>): boolean {
    const type = this.server.typeOfKey(db, key);
    return isHeedable(type) && this.#heeding[type] !== 0;
  }

  #lookForStream(queue: KeyQueue<Context>): void {
    queue.holdsStream = this.server.typeOfKey(queue.db, queue.key) === "stream";
  }

  /** A database is about to lose all keys. */
  flushed(db: number): void {
    for (const queue of this.#queues[db]?.values() ?? []) {
      if (queue.holdsStream && queue.heedingLoss !== 0) this.#makeReady(queue);
      queue.holdsStream = false;
    }
  }

  /** A database was exchanged: any of its keys may be another now, or gone. */
  swapped(db: number): void {
    for (const queue of this.#queues[db]?.values() ?? []) {
      const held = queue.holdsStream;
      if (queue.heeds.has("stream")) this.#lookForStream(queue);
      if ((held && queue.heedingLoss !== 0) || this.#isHeeded(queue)) this.#makeReady(queue);
    }
  }

  /** A pause is over: those are served whom it has held. */
  pauseEnded(): void {
    if (this.#held.size === 0) return;
    for (const queue of this.#held) this.#makeReady(queue);
    this.#held.clear();
    // The turn's end looks for ready keys.
    this.server.defer(() => {});
  }

  #makeReady(queue: KeyQueue<Context>): void {
    if (queue.ready) return;
    queue.ready = true;
    this.#ready.push(queue);
  }

  // ---- serving ----------------------------------------------------------------------------------

  /** Serves those who wait for ready keys. Whoever is in the middle of a command may call it. */
  serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    try {
      while (this.#ready.length !== 0) {
        const ready = this.#ready;
        this.#ready = [];
        for (const queue of ready) {
          queue.ready = false;
          this.#serveQueue(queue);
        }
      }
    } finally {
      this.#serving = false;
    }
  }

  #serveQueue(queue: KeyQueue<Context>): void {
    const { server } = this;
    let type = server.typeOfKey(queue.db, queue.key);
    let next: Place<Context> | null;
    for (let place = queue.first; place !== null; place = next) {
      if (!isHeedable(type) && queue.heedingLoss === 0) return;
      next = place.next;
      const { wait } = place;
      if (type !== wait.waiting.heeds && !wait.waiting.heedsLoss) continue;
      if (server.pause.holds(wait.bits) || server.moving.holds(wait.bits)) this.#held.add(queue);
      else if (this.#as(wait, this.#serve)) {
        this.#release(wait);
        type = server.typeOfKey(queue.db, queue.key);
      }
    }
  }

  /** What those who wait for no key wait for may have come: a replica, or the disk, has more. */
  keylessReady(): void {
    if (this.#keyless.size === 0 || this.#keylessDue) return;
    this.#keylessDue = true;
    this.server.defer(() => {
      this.#keylessDue = false;
      for (const wait of this.#keyless) if (this.#as(wait, this.#serve)) this.#release(wait);
    });
  }

  readonly #serve: Act<Context> = (wait, c) => wait.waiting.serve(c);
  readonly #timeOut: Act<Context> = (wait, c) => {
    wait.waiting.timedOut(c);
    return true;
  };
  readonly #refuse: Act<Context> = (_, c) => {
    c.reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
    return true;
  };

  /**
   * Acts in the name of one who waits. Its command counts as soon as it has its reply.
   *
   * @returns what `act` does; false when the client is gone
   */
  #as(wait: Wait<Context>, act: Act<Context>): boolean {
    const { server } = this;
    if (wait.connection.closed) return false;
    // What made the key ready has just ended.
    const startUs = this.#serving ? server.commandStartUs : server.clock.monotonicUs();
    const errorsBefore = server.reply.errors;
    try {
      return server.execution.nested(wait, (c) => {
        const { slots } = server.stats;
        const slot = slots === null ? NO_SLOT : slots.goOn(c.command);
        const replied = act(wait, c);
        const endUs = server.clock.monotonicUs();
        wait.ranUs += endUs - startUs;
        if (this.#serving) server.commandStartUs = endUs;
        if (replied) {
          server.stats.called(wait.commandId, wait.ranUs, server.reply.errors !== errorsBefore);
          server.inspectors.served(c, wait.ranUs);
          if (slot !== NO_SLOT) server.stats.slots?.end(slot, wait.ranUs);
        }
        return replied;
      });
    } catch (error) {
      server.crashed(wait.connection, error);
      return false;
    }
  }

  /** The wait of a connection, which only this room makes. */
  #waitOf(connection: Connection): Wait<Context> | null {
    return connection.wait as Wait<Context> | null;
  }

  /** A client has its reply: it goes on with what it sent meanwhile. */
  #release(wait: Wait<Context>): void {
    const { connection } = wait;
    this.#leave(wait);
    if (connection.closed || connection.closeAfterReply) return;
    connection.halted = false;
    if (connection.partial === 0 || this.#resuming.push(connection) !== 1) return;
    this.server.defer(() => this.#resume());
  }

  /** Goes on with those who were served, and with those whom that serves in turn. */
  #resume(): void {
    const resuming = this.#resuming;
    try {
      for (let i = 0; i < resuming.length; i++) this.server.resume(resuming[i]);
    } finally {
      resuming.length = 0;
    }
  }

  /** Ends every wait with an error, and the connections of those who can look for another server. */
  endAll(error: string): void {
    const waits = new Map(Array.from(this.#keyless, (wait) => [wait, error]));
    for (const { wait } of this.#places()) waits.set(wait, error);
    this.#end(waits, ({ link }) => link.kind !== "loopback");
  }

  /** Ends those waits for keys that there is a reason against: an error. */
  endWhere(reason: (connection: Connection, key: string, bits: number) => string | null): void {
    const waits = new Map<Wait<Context>, string>();
    for (const { queue, wait } of this.#places()) {
      const error = reason(wait.connection, queue.key, wait.bits);
      if (error !== null && !waits.has(wait)) waits.set(wait, error);
    }
    this.#end(waits);
  }

  *#places(): Iterable<Place<Context>> {
    for (const queues of this.#queues) {
      for (const queue of queues?.values() ?? []) {
        for (let place = queue.first; place !== null; place = place.next) yield place;
      }
    }
  }

  #end(
    waits: ReadonlyMap<Wait<Context>, string>,
    closes: (connection: Connection) => boolean = () => false,
  ): void {
    for (const [wait, error] of waits) {
      this.#as(wait, (_, c) => {
        c.reply.error(error);
        return true;
      });
      if (closes(wait.connection)) this.server.closeSoon(wait.connection);
      this.#release(wait);
    }
  }

  // ---- time -------------------------------------------------------------------------------------

  /** Answers those whose time is up, in a pause too. @returns ms until the next one's is, Infinity without one */
  check(): number {
    for (;;) {
      const wait = this.#deadlines.first;
      if (wait === undefined) return Infinity;
      const leftMs = wait.deadlineMs - this.server.nowMs;
      if (leftMs > 0) return leftMs;
      this.#as(wait, this.#timeOut);
      this.#release(wait);
    }
  }

  /**
   * CLIENT UNBLOCK: ends a client's wait as if its time were up, or with an error.
   *
   * @returns whether it waited
   */
  unblock(connection: Connection, withError: boolean): boolean {
    const wait = this.#waitOf(connection);
    if (wait === null) return false;
    this.#as(wait, withError ? this.#refuse : this.#timeOut);
    this.#release(wait);
    return true;
  }
}
