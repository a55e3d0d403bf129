/**
 * What happens to keys, and who wants to hear of it: connections that watch them, clients that wait for
 * them or cache them, and listeners to events. While there is none of these nothing is called here
 * but {@link Changes.flushed} and {@link Changes.swapped}: writes look at {@link Changes.observed} first.
 */

import type { Connection } from "../net/connection.ts";
import type { Tracking } from "../tracking/tracking.ts";
import type { Watches } from "../transactions/watches.ts";
import type { EventClass, ExpiredKeys, KeyEvents } from "./events.ts";
import type { Notifications } from "./notifications.ts";
import type { OwnExpiry } from "./own_expiry.ts";

/** What whoever tells of changes needs of the server. */
export interface ChangesNeeds {
  readonly watches: Watches;
  readonly blocked: Waiters;
  readonly notifications: Notifications;
  readonly tracking: Tracking;
  readonly expiry: ExpiredKeys & { readonly own: OwnExpiry };
  readonly output: { readonly current: Connection | null };
}

/** Clients that wait for keys. */
interface Waiters {
  readonly count: number;
  touched(db: number, key: string): void;
  added(db: number, key: string): void;
  flushed(db: number): void;
  swapped(db: number): void;
}

export class Changes implements KeyEvents {
  /** Somebody wants to hear of changes. */
  observed = false;

  constructor(readonly server: ChangesNeeds) {}

  /** Recomputes {@link observed}; to be called when somebody begins or ceases to listen. */
  observe(): void {
    const { server } = this;
    const observed = server.watches.active || server.blocked.count !== 0 ||
      server.notifications.active || server.tracking.active || server.expiry.own.active;
    // What expired before anybody listened is not told to those who do now.
    if (observed && !this.observed) server.expiry.drain();
    this.observed = observed;
  }

  /** Tells watchers, waiters, caches and listeners of a changed key. */
  changed(db: number, key: string, type: EventClass, event: string): void {
    const { server } = this;
    server.watches.touched(db, key);
    server.blocked.touched(db, key);
    if (server.tracking.active) {
      const byItself = type === "x" || type === "e";
      server.tracking.touched(key, byItself ? null : server.output.current);
    }
    // A change may be none of its own: an estimate that PFCOUNT keeps.
    if (event !== "") this.happened(db, key, type, event);
  }

  /** Tells waiters and listeners of a key that is there and was not. */
  added(db: number, key: string): void {
    this.server.blocked.added(db, key);
    this.happened(db, key, "n", "new");
  }

  /** Tells listeners of something that happened to a key and did not change it. */
  happened(db: number, key: string, type: EventClass, event: string): void {
    const { notifications, expiry: { own } } = this.server;
    if (own.active) own.happened(db, key, event);
    if (notifications.active) notifications.notify(db, key, type, event);
  }

  /** Tells watchers and waiters that a database is about to lose all its keys. */
  flushed(db: number): void {
    this.server.watches.flushed(db);
    this.server.blocked.flushed(db);
  }

  /** Tells watchers and waiters that two databases have been exchanged. */
  swapped(first: number, second: number): void {
    this.server.watches.swapped(first, second);
    this.server.blocked.swapped(first);
    this.server.blocked.swapped(second);
  }
}
