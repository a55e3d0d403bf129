/**
 * MIGRATE: keys are read, sent to another server as RESTORE, and deleted here once it has said that it has them.
 *
 * ```
 *  MIGRATE --> dialing --> sent: [AUTH] [SELECT] RESTORE ...     answered --> keys are deleted, the client goes on
 *     |           |          | writes to these keys are held        ^
 *     |           |          '---- a line for each comes back ------'
 *     |           '--- no connection: IOERR
 *     '-- a connection from before that turns out to be dead is made anew, once
 * ```
 *
 * Only the client that asked waits. From the moment when the values are read until the target has answered
 * the keys stand still (keyspace/moving.ts). A client that leaves meanwhile takes nothing back: what the
 * target has taken is deleted here all the same.
 */

import { OWNER } from "../../server/acl/users.ts";
import type { Context } from "../../server/commands/context.ts";
import type { Caller, Destination, TlsOptions } from "../../server/env/network.ts";
import { wordsOf } from "../../server/env/system_error.ts";
import type { Behalf } from "../../server/net/behalf.ts";
import type { Connection } from "../../server/net/connection.ts";
import { nobody } from "../../server/net/nobody.ts";
import type {
  Migrations as Contract,
  Move,
  MoveRequest,
} from "../../server/propagation/migration.ts";
import { errors } from "../../server/resp/errors.ts";
import type { Server } from "../../server/server.ts";
import { TargetLink, type TargetUser } from "./target_link.ts";

/** A connection is kept so long, and so many are. */
const KEPT_MS = 10_000;
const KEPT_LINKS = 64;

const UNREACHABLE = "IOERR error or timeout connecting to the client";
const NOT_WRITTEN = "IOERR error or timeout writing to target instance";
const NOT_READ = "IOERR error or timeout reading to target instance";

/** What migrations need beside the server. */
export interface MigrationSurroundings {
  dial(destination: Destination, caller: Caller): () => void;
  /** What other servers are shown. @throws Error that says what is wrong with it */
  tls(): TlsOptions;
}

export class Migrations implements Contract<Context> {
  /** Links that nobody uses, the one that has been idle longest first. */
  readonly #kept: TargetLink[] = [];
  readonly #underWay = new Set<KeyMove>();

  constructor(readonly server: Server, readonly surroundings: MigrationSurroundings) {
    server.cronJobs.every(() => this.#tick(), () => Infinity);
  }

  get cachedLinks(): number {
    return this.#kept.length;
  }

  move(c: Context, request: MoveRequest): Move | null {
    const saved = this.server.core.x.commandSave();
    if (saved === 0) return null;
    const move = new KeyMove(this, c, saved, request);
    this.#underWay.add(move);
    move.begin();
    return move;
  }

  /** A link of before, or one that is made. */
  open(name: string, user: TargetUser, { host, port }: MoveRequest, anew: boolean): TargetLink {
    const at = anew ? -1 : this.#kept.findLastIndex((link) => link.name === name && link.isOpen);
    if (at >= 0) {
      const [link] = this.#kept.splice(at, 1);
      link.user = user;
      return link;
    }
    const link = new TargetLink(this.server, name);
    const tls = this.server.config.values["tls-cluster"] ? this.surroundings.tls() : null;
    const destination = { host, port, tls, from: "" };
    link.user = user;
    link.dial((caller) => this.surroundings.dial(destination, caller));
    return link;
  }

  /** Keeps a link whose user is done. */
  keep(link: TargetLink): void {
    link.user = null;
    link.idleSinceMs = this.server.nowMs;
    this.#kept.push(link);
    if (this.#kept.length > KEPT_LINKS) this.#kept.shift()!.close();
  }

  ended(move: KeyMove): void {
    this.#underWay.delete(move);
  }

  #tick(): void {
    const { nowMs } = this.server;
    for (let i = this.#kept.length - 1; i >= 0; i--) {
      const link = this.#kept[i];
      if (link.isOpen && nowMs - link.idleSinceMs <= KEPT_MS) continue;
      this.#kept.splice(i, 1);
      link.close();
    }
  }

  close(): void {
    for (const link of this.#kept.splice(0)) link.close();
    for (const move of this.#underWay) move.giveUp();
  }
}

class KeyMove implements Move, TargetUser {
  answer: string | null = null;
  readonly #server: Server;
  readonly #client: Connection;
  readonly #commandId: number;
  readonly #db: number;
  #link: TargetLink | null = null;
  /** The link was there before: it may be dead without that anybody has noticed. */
  #isOld = false;
  /** What the lines to come are about: arguments that name keys, or what comes before those. */
  #awaited: (number | "AUTH" | "SELECT")[] = [];
  /** Names of keys that stand still. */
  #standing: string[] = [];
  readonly #moved: number[] = [];
  #error: string | null = null;
  #cancelTimer: () => void = () => {};

  constructor(
    readonly migrations: Migrations,
    c: Context,
    readonly saved: number,
    readonly request: MoveRequest,
  ) {
    this.#server = migrations.server;
    this.#client = c.connection;
    this.#commandId = c.command.id;
    this.#db = c.db;
  }

  begin(): void {
    this.#open(false);
  }

  #open(anew: boolean): void {
    const { host, port, credentials } = this.request;
    const name = [host, port, ...credentials].join(" ");
    this.#startTimer(UNREACHABLE);
    try {
      const link = this.migrations.open(name, this, this.request, anew);
      this.#link = link;
      this.#isOld = link.isOpen;
    } catch (error) {
      this.unreachable(wordsOf(error));
      return;
    }
    // Not within the command: it has not been noted yet that its client waits.
    if (this.#isOld) this.#server.defer(() => this.connected());
  }

  #startTimer(error: string): void {
    this.#cancelTimer();
    const { timers } = this.#server;
    this.#cancelTimer = timers.after(
      this.request.timeoutMs,
      () => this.#server.defer(() => this.#failed(error)),
    );
  }

  unreachable(reason: string): void {
    // What refuses is an address, at least.
    this.#server.defer(() =>
      this.#failed(/refused|reset|unreachable/i.test(reason) ? NOT_WRITTEN : UNREACHABLE)
    );
  }

  /** Sends everything at once: the values are read now, and stand still from now on. */
  connected(): void {
    if (this.answer !== null) return;
    this.#startTimer(NOT_READ);
    // It is the target's once it can be sent to.
    this.#server.defer(() => this.#send());
  }

  #send(): void {
    const link = this.#link;
    if (this.answer !== null || link === null) return;
    if (!link.isOpen) return this.lost();
    const { credentials, targetDb, keys, replace, copy } = this.request;
    this.#awaited = [];
    const whole = this.#as(link.connection!, (c) => {
      if (credentials.length !== 0) {
        this.#awaited.push("AUTH");
        c.reply.array(1 + credentials.length);
        for (const word of ["AUTH", ...credentials]) c.reply.binary(word);
      }
      if (link.db !== targetDb) {
        this.#awaited.push("SELECT");
        c.reply.bulks(["SELECT", `${targetDb}`]);
      }
      const there = keys.filter((index) => c.x.keyPeek(c.db, index) !== 0);
      if (!copy) this.#stand(there.map((index) => c.arg(index)));
      for (const index of there) {
        const entry = c.x.keyPeek(c.db, index);
        const leftMs = c.x.expiryOf(entry)
          ? Math.max(1, c.core.resultNumber() - this.#server.nowMs)
          : 0;
        c.reply.array(replace ? 5 : 4);
        // The other node serves the slot only for those who were sent to it.
        c.reply.bulk(c.server.mode === "cluster" ? "RESTORE-ASKING" : "RESTORE");
        c.reply.argument(index);
        c.reply.bulk(`${leftMs}`);
        if (c.x.keyDump(c.db, index) !== 1) return false;
        if (replace) c.reply.bulk("REPLACE");
        this.#awaited.push(index);
      }
      return true;
    });
    if (!whole || !link.isOpen) return this.#failed(errors.memory);
    if (!this.#awaited.some((what) => typeof what === "number")) {
      link.db = -1;
      return this.#finish("NOKEY");
    }
    this.#server.wake();
  }

  #stand(keys: string[]): void {
    this.#standing = keys;
    this.#server.moving.begin(this.#db, keys);
  }

  #release(): void {
    if (this.#standing.length !== 0) this.#server.moving.end(this.#db, this.#standing);
    this.#standing = [];
  }

  answered(line: string): void {
    const what = this.#awaited.shift();
    if (what === undefined) return;
    this.#isOld = false;
    this.#startTimer(NOT_READ);
    const isError = line.startsWith("-");
    if (isError) this.#error ??= `ERR Target instance replied with error: ${line.slice(1)}`;
    if (what === "SELECT") this.#link!.db = isError ? -1 : this.request.targetDb;
    else if (typeof what === "number" && !isError) this.#moved.push(what);
    if (this.#awaited.length === 0) this.#finish(this.#error ?? "OK");
  }

  lost(): void {
    if (this.#link !== null) this.#link.user = null;
    if (!this.#isOld) return this.#failed(this.#awaited.length === 0 ? NOT_WRITTEN : NOT_READ);
    this.#isOld = false;
    this.#release();
    this.#open(true);
  }

  /** Deletes what has been moved, and has the client answered. */
  #finish(answer: string): void {
    const link = this.#link!;
    this.#link = null;
    if (link.isOpen) this.migrations.keep(link);
    this.#end(answer);
  }

  #failed(answer: string): void {
    if (this.answer !== null) return;
    this.#link?.close();
    this.#link = null;
    this.#end(answer);
  }

  #end(answer: string): void {
    this.answer = answer;
    this.#cancelTimer();
    this.#release();
    this.#delete();
    this.#server.core.x.free(this.saved);
    this.migrations.ended(this);
    this.#server.blocked.keylessReady();
  }

  #delete(): void {
    // A replica's keys are its primary's.
    if (this.request.copy || this.#moved.length === 0 || this.#server.role.isReplica) return;
    const owner = this.#client.closed ? nobody(OWNER) : this.#client;
    this.#as(owner, (c) => {
      for (const index of this.#moved) {
        if (!c.x.keyDelete(c.db, index)) continue;
        c.wrote(index, "g", "del");
      }
      if (c.propagates) c.instead("DEL", ...this.#moved);
    });
  }

  #as<Result>(connection: Connection, act: (c: Context) => Result): Result {
    const behalf: Behalf = {
      connection,
      commandId: this.#commandId,
      db: this.#db,
      saved: this.saved,
      ownUnit: true,
    };
    return this.#server.execution.nested(behalf, act);
  }

  giveUp(): void {
    this.#failed(NOT_READ);
  }
}
