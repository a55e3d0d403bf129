/**
 * FAILOVER: a primary hands its role over to a replica, and nothing is lost.
 *
 * ```
 *              begin: writes are paused, replicas are asked how far they are
 *  no-failover ------------------------------------------------> waiting-for-sync
 *    ^  ^  ^                                                       |   |      |
 *    |  |  '--- abort, or the time is up ----- writes go on -------'   |      |
 *    |  |                                                              |      | the time is up,
 *    |  |                               a replica has all that was     |      | and it is forced
 *    |  |                               written before the pause       v      v
 *    |  '--- accepted: this is its replica now ---------------- failover-in-progress
 *    '------ refused, or abort: this is the primary again --------------'
 * ```
 *
 * It decides, and does nothing itself: what happens comes in by its methods, what is to be done goes out
 * by {@link FailoverActions}. What stands in the stream behind the last write (the request itself) changes nothing: a
 * replica need not have said that it has that.
 */

import type { FailoverRequest, FailoverState } from "../../server/propagation/replication.ts";

export interface FailoverTarget {
  readonly host: string;
  readonly port: number;
}

/** A replica as the decision sees it. */
export interface FailoverCandidate extends FailoverTarget {
  readonly state: string;
  /** What it has said that it has. */
  readonly offset: number;
}

/** What is to be done. */
export interface FailoverActions {
  /** Has clients' writes wait, and nothing else added to the stream. @returns the stream's offset from then on */
  holdWrites(): number;
  releaseWrites(): void;
  askReplicas(): void;
  /** Follows a replica that is asked to become the primary. */
  handOver(target: FailoverTarget): void;
  /** Becomes the primary again. */
  takeBack(): void;
  log(text: string): void;
}

export class Failover {
  state: FailoverState = "no-failover";
  #request: FailoverRequest = { to: null, timeoutMs: 0, force: false };
  #endMs = Infinity;
  /** What a replica must have. */
  #offset = 0;

  constructor(readonly actions: FailoverActions) {}

  /** @returns why it cannot be, in Redis's words; null when it has begun */
  begin(
    request: FailoverRequest,
    nowMs: number,
    replicas: Iterable<FailoverCandidate>,
  ): string | null {
    const { to, timeoutMs, force } = request;
    if (this.state !== "no-failover") return "FAILOVER already in progress.";
    const all = [...replicas];
    if (all.length === 0) return "FAILOVER requires connected replicas.";
    if (force && (timeoutMs === 0 || to === null)) {
      return "FAILOVER with force option requires both a timeout and target HOST and IP.";
    }
    if (to !== null) {
      const target = all.find((replica) => isSame(replica, to));
      if (target === undefined) return "FAILOVER target HOST and PORT is not a replica.";
      if (target.state !== "online") return "FAILOVER target replica is not online.";
    }
    this.#request = request;
    this.#endMs = timeoutMs === 0 ? Infinity : nowMs + timeoutMs;
    this.state = "waiting-for-sync";
    const { actions } = this;
    actions.log(`FAILOVER requested to ${wordFor(request)}.`);
    this.#offset = actions.holdWrites();
    this.look(nowMs, all);
    if (this.#isWaiting) actions.askReplicas();
    return null;
  }

  get #isWaiting(): boolean {
    return this.state === "waiting-for-sync";
  }

  /** Looks whether a replica has all by now, and whether the time is up. */
  look(nowMs: number, replicas: Iterable<FailoverCandidate>): void {
    if (!this.#isWaiting) return;
    const { to, force } = this.#request;
    for (const replica of replicas) {
      const isMeant = to === null || isSame(replica, to);
      if (!isMeant || replica.state !== "online" || replica.offset < this.#offset) continue;
      this.actions.log(`Failover target ${nameOf(replica)} is synced, failing over.`);
      return this.#handOver(replica);
    }
    if (nowMs < this.#endMs) return;
    if (!force) return this.#abort("Replica never caught up before timeout");
    this.actions.log(`FAILOVER to ${nameOf(to!)} time out exceeded, failing over.`);
    this.#handOver(to!);
  }

  #handOver({ host, port }: FailoverTarget): void {
    this.#request = { ...this.#request, to: { host, port } };
    this.state = "failover-in-progress";
    this.actions.handOver({ host, port });
  }

  /** The replica has become the primary. */
  accepted(): void {
    if (this.state === "failover-in-progress") this.#end();
  }

  /** It will not. */
  refused(): void {
    if (this.state === "failover-in-progress") {
      this.#abort("Failover target rejected psync request");
    }
  }

  /** An operator gives it up. @returns whether there was one */
  abort(): boolean {
    if (this.state === "no-failover") return false;
    this.#abort("Failover manually aborted");
    return true;
  }

  #abort(reason: string): void {
    const { actions } = this;
    actions.log(`FAILOVER to ${wordFor(this.#request)} aborted: ${reason}`);
    if (this.state === "failover-in-progress") actions.takeBack();
    this.#end();
  }

  #end(): void {
    this.state = "no-failover";
    this.actions.releaseWrites();
  }
}

function isSame(one: FailoverTarget, other: FailoverTarget): boolean {
  return one.host === other.host && one.port === other.port;
}

function nameOf({ host, port }: FailoverTarget): string {
  return `${host}:${port}`;
}

function wordFor({ to }: FailoverRequest): string {
  return to === null ? "any replica" : nameOf(to);
}
