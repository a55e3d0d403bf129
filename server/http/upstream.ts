/**
 * Writes that a replica is asked for, on their way to its primary (`http-forward-writes`). Each request that has some has
 * a connection to the primary to itself until it is answered, so that one that waits holds up nobody, and what
 * nobody waits for any more can be ended; connections are kept for the next.
 */

import type { Caller, Destination, Link, Peer, TlsOptions } from "../env/network.ts";
import { Connection, type LinkReader } from "../net/connection.ts";
import { encodeCommand } from "../resp/decoder.ts";
import { Replies } from "./client.ts";
import type { HttpHost } from "./host.ts";
import { isErrorAt, replyEnd } from "./json.ts";

/** What reaches the primary. */
export interface Roads {
  dial(destination: Destination, caller: Caller): () => void;
  /** What other servers are shown. @throws Error that says what is wrong with it */
  tls(): TlsOptions;
}

/** What became of commands at the primary. */
export type Forwarded =
  /** Replies from `from` on; how far the primary was then, -1 where it does not say. */
  | { readonly source: Uint8Array; readonly from: number; readonly offset: number }
  | { readonly failed: string };

/** Connections that are kept, and how long for a new one is waited. */
const MOST_KEPT = 32;
const CONNECT_MS = 5000;
/** Asked behind the commands: the answer names the offset behind them. */
const ROLE = encodeCommand(["ROLE"]);

export class Upstreams {
  #kept: Upstream[] = [];
  readonly #all = new Set<Upstream>();
  /** Whom those that are kept lead to. */
  #primary: { host: string; port: number } | null = null;

  constructor(readonly host: HttpHost, readonly roads: Roads) {}

  /**
   * Has the primary run commands.
   *
   * @param count of replies
   * @returns what ends it, as nobody waits for it any more
   */
  ask(bytes: Uint8Array, count: number, done: (what: Forwarded) => void): () => void {
    const { primary } = this.host.role;
    if (primary === null) {
      done({ failed: "ERR this server has no primary" });
      return () => {};
    }
    if (primary !== this.#primary) this.#closeKept();
    this.#primary = primary;
    let upstream = this.#kept.pop();
    while (upstream?.isOver) upstream = this.#kept.pop();
    upstream ??= this.#open(primary);
    const asked = upstream;
    asked.ask(bytes, count, (what) => {
      const isWanted = !asked.isOver && primary === this.#primary && this.#kept.length < MOST_KEPT;
      if (isWanted) this.#kept.push(asked);
      else asked.close();
      done(what);
    });
    return () => asked.close();
  }

  #open({ host, port }: { host: string; port: number }): Upstream {
    const upstream = new Upstream(this.host, () => this.#all.delete(upstream));
    this.#all.add(upstream);
    const { values } = this.host.config;
    try {
      const tls = values["tls-replication"] ? this.roads.tls() : null;
      const from = values["bind-source-addr"];
      upstream.dial((caller) => this.roads.dial({ host, port, tls, from }, caller));
    } catch (error) {
      upstream.failed((error as Error).message);
    }
    return upstream;
  }

  #closeKept(): void {
    for (const upstream of this.#kept.splice(0)) upstream.close();
  }

  close(): void {
    for (const upstream of this.#all) upstream.close();
  }
}

/** A connection to the primary. */
class Upstream implements Caller, LinkReader {
  isOver = false;
  #connection: Connection | null = null;
  #cancel: () => void = () => {};
  #cancelAlarm: () => void = () => {};
  /** Why there is none, where that is known before anybody asks. */
  #reason = "";
  #replies: Replies | null = null;
  #rest = new Uint8Array(0);
  #bytes: Uint8Array | null = null;
  #done: ((what: Forwarded) => void) | null = null;

  constructor(readonly host: HttpHost, readonly closed: () => void) {}

  dial(dial: (caller: Caller) => () => void): void {
    this.#cancelAlarm = this.host.timers.after(CONNECT_MS, () => {
      this.host.defer(() => this.failed("it does not answer"));
    });
    this.#cancel = dial(this);
  }

  ask(bytes: Uint8Array, count: number, done: (what: Forwarded) => void): void {
    this.#done = done;
    if (this.isOver) return this.#end(`ERR the primary cannot be reached: ${this.#reason}`);
    this.#replies = new Replies(count + 1, (source, from) => this.#answered(source, from, count));
    if (this.#connection === null) this.#bytes = bytes;
    else this.#send(bytes);
  }

  #send(bytes: Uint8Array): void {
    const { output } = this.host;
    output.append(this.#connection!, bytes);
    output.append(this.#connection!, ROLE);
  }

  #answered(source: Uint8Array, from: number, count: number): void {
    const done = this.#done!;
    this.#done = this.#replies = null;
    let role = from;
    for (let i = 0; i < count; i++) role = replyEnd(source, role, source.length);
    done({ source, from, offset: offsetOf(source, role) });
  }

  connected(link: Link, peer: string, local: string): Peer | null {
    if (this.isOver) return null;
    this.#cancelAlarm();
    const connection = new Connection(0);
    connection.link = link;
    connection.peer = peer;
    connection.local = local;
    connection.reader = this;
    this.#connection = connection;
    const asked = this.#replies;
    const { values } = this.host.config;
    if (values.masterauth !== "") {
      const user = values.masteruser === "" ? [] : [values.masteruser];
      this.host.output.append(connection, encodeCommand(["AUTH", ...user, values.masterauth]));
      this.#replies = new Replies(1, (source, from) => {
        this.#replies = asked;
        if (isErrorAt(source, from)) this.#end("ERR the primary does not take masterauth");
      });
    }
    if (this.#bytes !== null) this.#send(this.#bytes);
    this.#bytes = null;
    return connection;
  }

  received(bytes: number): void {
    const { core } = this.host;
    const all = new Uint8Array(this.#rest.length + bytes);
    all.set(this.#rest);
    all.set(core.u8.subarray(core.at.INPUT, core.at.INPUT + bytes), this.#rest.length);
    let at = 0;
    while (at < all.length && this.#replies !== null && !this.isOver) {
      const taken = this.#replies.take(all, at, all.length);
      if (taken === at) break;
      at = taken;
    }
    this.#rest = all.subarray(at);
  }

  failed(reason: string): void {
    this.#reason = reason;
    this.#end(`ERR the primary cannot be reached: ${reason}`);
  }

  lost(): void {
    this.#end("ERR the connection to the primary is lost: it may have run the command, or not");
  }

  #end(words: string): void {
    const done = this.#done;
    this.close();
    done?.({ failed: words });
  }

  /** Ends it; nothing is told. */
  close(): void {
    this.#done = null;
    if (this.isOver) return;
    this.isOver = true;
    this.#cancelAlarm();
    this.#cancel();
    this.closed();
    if (this.#connection !== null) this.host.lost(this.#connection, "");
    this.host.defer(() => {});
  }
}

/** The offset that a primary's answer to ROLE names, -1 where it is none. */
function offsetOf(source: Uint8Array, from: number): number {
  const text = String.fromCharCode(...source.subarray(from, from + 64));
  const found = /^\*3\r\n\$6\r\nmaster\r\n:(\d+)\r\n/.exec(text);
  return found === null ? -1 : Number(found[1]);
}
