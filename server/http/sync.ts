/**
 * Sync tokens: how far the data set was when a request was answered, as replication ID and offset. Who shows one to a
 * replica is answered when that has come as far, so that it reads what it has written elsewhere.
 */

import type { HttpHost } from "./host.ts";

/** How often it is looked whether a replica has caught up, while somebody waits for it. */
const LOOK_MS = 2;

interface Waiting {
  readonly id: string;
  readonly offset: number;
  /** When it is given up, by the clock of turns. */
  readonly untilMs: number;
  readonly act: (hasIt: boolean) => void;
}

export class SyncTokens {
  #waiting: Waiting[] = [];
  #cancel: (() => void) | null = null;

  constructor(readonly host: HttpHost) {}

  /** How far the data set is. */
  get token(): string {
    const { id, offset } = this.host.role;
    return `${id}:${offset}`;
  }

  /** A replica that hears its primary has that one's history. */
  get isInStep(): boolean {
    return this.host.replication?.link?.state === "connected";
  }

  /** Calls `act` as soon as the data set is as far as a token says, or with false when it took too long. */
  reached(token: string, act: (hasIt: boolean) => void): void {
    if (token === "" || !this.host.role.isReplica) return act(true);
    const parts = /^([0-9a-f]{40}):([0-9]{1,15})$/.exec(token);
    // Another server's token says nothing here.
    if (parts === null) return act(true);
    const [, id, offset] = parts;
    const untilMs = this.host.nowMs + this.host.config.values["http-sync-timeout"];
    const waiting = { id, offset: Number(offset), untilMs, act };
    if (this.#has(waiting)) return act(true);
    this.#waiting.push(waiting);
    this.#lookLater();
  }

  #has({ id, offset }: Waiting): boolean {
    const { role } = this.host;
    // A primary reads what it has written; so does one that was a replica a moment ago.
    if (!role.isReplica) return true;
    if (id === role.id) return role.offset >= offset;
    if (id === role.secondId && offset < role.secondOffset) return true;
    // A history that this one does not continue will never come. Where it is not known yet what will, it may.
    return this.isInStep;
  }

  #lookLater(): void {
    this.#cancel ??= this.host.timers.after(LOOK_MS, () => {
      this.#cancel = null;
      this.host.defer(() => this.#look());
    });
  }

  #look(): void {
    const { nowMs } = this.host;
    for (const waiting of this.#waiting.splice(0)) {
      const hasIt = this.#has(waiting);
      if (hasIt || nowMs >= waiting.untilMs) waiting.act(hasIt);
      else this.#waiting.push(waiting);
    }
    if (this.#waiting.length !== 0) this.#lookLater();
  }

  close(): void {
    this.#cancel?.();
  }
}
