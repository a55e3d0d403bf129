/**
 * Clients that wait in a blocking command.
 *
 * A handler that finds nothing calls {@link Context.block}: its arguments are saved in the core, its
 * connection is halted, and it stands in the queue of each key that it waits for. A write to such a key
 * makes the key ready. As soon as the command that wrote is over (a transaction: as a whole), the
 * clients in the queues of ready keys are served in the order in which they came, each by the function
 * that its command gave, until the key has nothing left. Serving may make other keys ready (BLMOVE),
 * so it goes on until none is.
 *
 * Who waits costs nothing: no timer, one entry in a heap of deadlines where it has one.
 */

import type { Context, EventClass } from "../commands/context.ts";
import type { Command } from "../commands/define.ts";
import type { Connection } from "../net/connection.ts";
import type { Server } from "../server.ts";
import { Deadlines, type Timed } from "./deadlines.ts";

/** What became of an attempt to serve a client. */
export const Served = {
  /** It got its reply. */
  YES: 1,
  /** Not this one; those behind it may still be. */
  NO: 0,
  /** The key has nothing for this one, nor for any other that waits in the same kind of command. */
  NOTHING: -1,
} as const;
export type Served = typeof Served[keyof typeof Served];

/** Types that a client can wait for, by the class of the events that tell of a value of it. */
const HEEDED_CLASSES = { list: "l", zset: "z" } as const;
export type HeededType = keyof typeof HEEDED_CLASSES;
/** Classes of events after which a key may be of any type. */
const OPEN_CLASSES = "gxe";

/** How a kind of command waits. One object per kind, compared by identity. */
export interface Waiting {
  /** A key must be of this type to make those who wait ready; without it, anything that happens to it does. */
  readonly heeds?: HeededType;
  /**
   * Tries to serve the client from the key at argument `karg`, which was written to or deleted. Writes
   * a reply exactly when it returns {@link Served.YES}.
   */
  serve(c: Context, karg: number): Served;
  /** Replies that the time is up. */
  timedOut(c: Context): void;
  /** Replies where nobody can wait, if not as when the time is up. */
  refused?(c: Context): void;
}

/** A connection in a blocking command. */
export interface Wait extends Timed {
  readonly connection: Connection;
  readonly command: Command;
  readonly db: number;
  readonly waiting: Waiting;
  /** The command's arguments: the core's block (saved.ts). */
  readonly saved: number;
  /** The keys, which are consecutive arguments, and the index of the first. */
  readonly keys: readonly string[];
  readonly firstKey: number;
  /** How long the command ran before it began to wait. */
  readonly ranUs: number;
}

class KeyQueue {
  /** In the order of arrival. */
  readonly waits = new Set<Wait>();
  /** In the list of ready keys. */
  ready = false;
  /** Clients wait here in commands of more than one kind. */
  mixed = false;
  /** The types that those who came here heed; null when somebody heeds whatever happens. */
  heeds: Set<HeededType> | null = new Set();
  constructor(readonly db: number, readonly key: string) {}
}

export class Blocked {
  /** By database and key. */
  readonly #queues: Map<string, KeyQueue>[] = [];
  #ready: KeyQueue[] = [];
  readonly #deadlines = new Deadlines<Wait>();
  readonly #waits = new Set<Wait>();
  #serving = false;

  constructor(readonly server: Server) {}

  /** Clients that wait. */
  get count(): number {
    return this.#waits.size;
  }
  /** Those among them whose time is limited. */
  get timedCount(): number {
    return this.#deadlines.size;
  }
  /** Keys that somebody waits for. */
  get keyCount(): number {
    return this.#queues.reduce((sum, queues) => sum + (queues?.size ?? 0), 0);
  }
  /** Whether a key that somebody waits for was written to. */
  get hasReady(): boolean {
    return this.#ready.length !== 0;
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
    waiting: Waiting,
    firstKey: number,
    keyCount: number,
    timeoutMs: number,
  ): boolean {
    const saved = c.x.commandSave();
    if (saved === 0) return false;
    const keys: string[] = [];
    for (let i = firstKey; i < firstKey + keyCount; i++) keys.push(c.arg(i));
    const { connection, command, db } = c;
    const deadlineMs = timeoutMs === 0 ? 0 : Math.ceil(this.server.clock.nowMs()) + timeoutMs;
    const ranUs = this.server.clock.monotonicUs() - this.server.commandStartUs;
    const wait: Wait = {
      ...{ connection, command, db, waiting, saved, keys, firstKey, ranUs, deadlineMs },
      heapIndex: -1,
    };
    for (const key of keys) this.#join(db, key, wait);
    if (timeoutMs !== 0) this.#deadlines.add(wait);
    this.#waits.add(wait);
    connection.wait = wait;
    connection.halted = true;
    this.server.observe();
    return true;
  }

  #join(db: number, key: string, wait: Wait): void {
    const queues = this.#queues[db] ??= new Map();
    let queue = queues.get(key);
    if (queue === undefined) queues.set(key, queue = new KeyQueue(db, key));
    const first = queue.waits.values().next().value;
    if (first !== undefined && first.waiting !== wait.waiting) queue.mixed = true;
    queue.waits.add(wait);
    const { heeds } = wait.waiting;
    if (heeds === undefined) queue.heeds = null;
    else queue.heeds?.add(heeds);
  }

  /** Takes a client out of all queues, served or not; it does not go on by itself. */
  #leave(wait: Wait): void {
    for (const key of wait.keys) {
      const queues = this.#queues[wait.db];
      const queue = queues.get(key);
      if (queue?.waits.delete(wait) && queue.waits.size === 0) queues.delete(key);
    }
    this.#deadlines.remove(wait);
    this.#waits.delete(wait);
    wait.connection.wait = null;
    this.server.core.x.free(wait.saved);
    if (this.#waits.size === 0) this.server.observe();
  }

  /** A connection is gone. */
  forget(connection: Connection): void {
    if (connection.wait !== null) this.#leave(connection.wait);
  }

  // ---- what happens to keys ---------------------------------------------------------------------

  /** A key was written to or deleted, as an event of a class tells. */
  touched(db: number, key: string, type: EventClass): void {
    const queue = this.#queues[db]?.get(key);
    if (queue !== undefined && this.#concerns(queue, type)) this.#makeReady(queue);
  }

  /**
   * Whether those in a queue must be looked at. It matters even where they would find nothing: the keys
   * are served in the order in which they became ready.
   */
  #concerns({ heeds, db, key }: KeyQueue, type: EventClass): boolean {
    if (heeds === null) return true;
    for (const heeded of heeds) if (HEEDED_CLASSES[heeded] === type) return true;
    return OPEN_CLASSES.includes(type) && this.#isHeeded(heeds, db, key);
  }

  #isHeeded(heeds: Set<HeededType>, db: number, key: string): boolean {
    const type = this.server.typeOfKey(db, key);
    return type !== null && (heeds as Set<string>).has(type);
  }

  /** A database is about to lose all keys. */
  flushed(db: number): void {
    for (const queue of this.#queues[db]?.values() ?? []) {
      if (queue.heeds === null) this.#makeReady(queue);
    }
  }

  /** A database was exchanged: any of its keys may be another now, or gone. */
  swapped(db: number): void {
    for (const queue of this.#queues[db]?.values() ?? []) {
      const { heeds, key } = queue;
      if (heeds === null || this.#isHeeded(heeds, db, key)) this.#makeReady(queue);
    }
  }

  #makeReady(queue: KeyQueue): void {
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

  #serveQueue(queue: KeyQueue): void {
    let nothingFor: Waiting | null = null;
    for (const wait of queue.waits) {
      if (wait.waiting === nothingFor) continue;
      const karg = wait.firstKey + wait.keys.indexOf(queue.key);
      const served = this.#as(wait, (c) => wait.waiting.serve(c, karg));
      if (served === Served.YES) this.#release(wait);
      else if (served === Served.NOTHING) {
        if (!queue.mixed) return;
        nothingFor = wait.waiting;
      }
    }
  }

  /**
   * Calls `act` as if a client's command were under way, its replies going to that client.
   *
   * @returns what `act` does; undefined when the client is gone
   */
  #as<Result>(wait: Wait, act: (c: Context) => Result): Result | undefined {
    const { server } = this;
    const { core, dispatcher } = server;
    const { connection, command } = wait;
    const [argv, argc] = [core.u32[core.at.ARGV], core.u32[core.at.ARGC]];
    const { connection: asking, command: asked, db } = dispatcher.context;
    core.x.commandLoad(wait.saved);
    const context = dispatcher.aim(connection, command, wait.db);
    const startUs = server.clock.monotonicUs();
    const errorsBefore = server.reply.errors;
    let result: Result | undefined;
    try {
      server.output.to(connection, () => {
        server.clients.mute(connection);
        result = act(context);
      });
      if (result === Served.YES) {
        server.observers.served(context, wait.ranUs + server.clock.monotonicUs() - startUs);
      }
    } catch (error) {
      server.crashed(connection, error);
    } finally {
      core.u32[core.at.ARGV] = argv;
      core.u32[core.at.ARGC] = argc;
      // The command under way, CLIENT UNBLOCK for one, is still to be accounted for.
      dispatcher.aim(asking, asked, db);
    }
    const tookUs = server.clock.monotonicUs() - startUs;
    server.stats.resumed(command.id, tookUs, server.reply.errors !== errorsBefore);
    return result;
  }

  /** A client has its reply: it goes on with what it sent meanwhile. */
  #release(wait: Wait): void {
    const { connection } = wait;
    this.#leave(wait);
    if (connection.closed || connection.closeAfterReply) return;
    connection.halted = false;
    if (connection.partial !== 0) this.server.defer(() => this.server.resume(connection));
  }

  // ---- time -------------------------------------------------------------------------------------

  /** Answers those whose time is up. @returns ms until the next one's is, Infinity without one */
  check(): number {
    for (;;) {
      const wait = this.#deadlines.first;
      if (wait === undefined) return Infinity;
      const leftMs = wait.deadlineMs - this.server.nowMs;
      if (leftMs > 0) return leftMs;
      this.#as(wait, (c) => wait.waiting.timedOut(c));
      this.#release(wait);
    }
  }

  /**
   * CLIENT UNBLOCK: ends a client's wait as if its time were up, or with an error.
   *
   * @returns whether it waited
   */
  unblock(connection: Connection, withError: boolean): boolean {
    const { wait } = connection;
    if (wait === null) return false;
    this.#as(wait, (c) => {
      if (withError) c.reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
      else wait.waiting.timedOut(c);
    });
    this.#release(wait);
    return true;
  }
}
