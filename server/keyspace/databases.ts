/**
 * Whole databases: emptied, exchanged, replaced by others that were staged beside them (staged.ts in the core), each with all that follows for those who watch, wait for,
 * cache or snapshot what was there.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { LazyFree } from "./lazyfree.ts";

/**
 * When the memory of what is emptied is freed: in the background, all at once (sync), or by default the keys
 * at once and in the background what large values hold.
 */
export type Freeing = "async" | "sync" | "default";

/** What databases need of the server. */
export interface DatabasesNeeds {
  readonly core: Core;
  readonly lazyFree: LazyFree;
  readonly changes: {
    flushed(db: number): void;
    swapped(first: number, second: number): void;
  };
  readonly expiry: { emptied(db: number): void; swapped(first: number, second: number): void };
  readonly tracking: { flushed(): void };
  readonly snapshots: {
    readonly saving: boolean;
    cancel(): boolean;
    interrupt(): void;
    flushed(): void;
  };
  /** Changes to the data set since it was last saved. */
  dirty: number;
}

export class Databases {
  /** Called when keys have gone, or come, as whole databases. */
  onReplaced: (() => void) | null = null;

  constructor(readonly server: DatabasesNeeds) {}

  get count(): number {
    const { core } = this.server;
    return core.u32[core.at.DATABASE_COUNT];
  }

  /** Keys in all of them. */
  get keys(): number {
    let keys = 0;
    for (let db = 0; db < this.count; db++) keys += this.server.core.x.databaseSize(db);
    return keys;
  }

  /** Empties one. */
  empty(db: number, freeing: Freeing): void {
    const { tracking, snapshots } = this.server;
    tracking.flushed();
    snapshots.interrupt();
    this.server.dirty += this.#empty(db, freeing);
    this.onReplaced?.();
  }

  /** Empties all, and has that saved where anything is. */
  emptyAll(freeing: Freeing): void {
    const { tracking, snapshots } = this.server;
    tracking.flushed();
    if (snapshots.saving) snapshots.cancel();
    snapshots.interrupt();
    for (let db = 0; db < this.count; db++) this.server.dirty += this.#empty(db, freeing);
    snapshots.flushed();
    this.onReplaced?.();
  }

  /** Empties all before other data take their place: nobody saves what lies between. */
  clear(): void {
    const { tracking, snapshots } = this.server;
    tracking.flushed();
    snapshots.interrupt();
    for (let db = 0; db < this.count; db++) this.#empty(db, "default");
    this.onReplaced?.();
  }

  /** @returns how many keys it had */
  #empty(db: number, freeing: Freeing): number {
    const { core: { x, at }, changes, expiry, lazyFree } = this.server;
    const keys = x.databaseSize(db);
    if (keys === 0) return 0;
    changes.flushed(db);
    expiry.emptied(db);
    if (freeing !== "async" || !lazyFree.detach(db)) x.flush(db, at.SCRATCH);
    while (freeing === "sync" && x.pendingFreeStep(0x10000));
    return keys;
  }

  /** Makes room for another data set beside what is served. @returns false when memory is out */
  stage(): boolean {
    // What is saved is of the data set that is on its way out.
    this.server.snapshots.interrupt();
    return this.server.core.x.stagedBegin();
  }

  /** Keys that are staged. */
  get stagedKeys(): number {
    const { count } = this;
    let keys = 0;
    for (let db = 0; db < count; db++) keys += this.server.core.x.databaseSize(count + db);
    return keys;
  }

  /** What is staged takes the place of what was served, which goes. */
  takeStaged(): void {
    const { core: { x }, changes, expiry, tracking, snapshots } = this.server;
    tracking.flushed();
    snapshots.interrupt();
    for (let db = 0; db < this.count; db++) {
      x.stagedSwap(db);
      expiry.emptied(db);
      changes.swapped(db, this.count + db);
    }
    this.dropStaged();
  }

  /** What is staged goes. */
  dropStaged(): void {
    const { count } = this;
    for (let db = 0; db < count; db++) this.#empty(count + db, "default");
    this.server.core.x.stagedEnd();
  }

  /** Exchanges two: clients of the one see the keys of the other. */
  swap(first: number, second: number): void {
    if (first === second) return;
    const { core, changes, expiry, snapshots } = this.server;
    snapshots.interrupt();
    core.x.swapDatabases(first, second);
    expiry.swapped(first, second);
    changes.swapped(first, second);
    this.onReplaced?.();
  }
}
