/**
 * A disk that forgets. What was written is there for whoever reads; what was not synced is lost, in part, when
 * the power goes: of each file the bytes behind some point after the last sync, of each directory the names
 * made, exchanged and removed after some point. When only the process dies, the system still has them all.
 */

import type { DataFile, Disk } from "../../server/env/disk.ts";
import type { SeededRandom } from "../support/random.ts";
import type { World } from "./world.ts";

/** A file's content, whatever its name. */
class Content {
  bytes = new Uint8Array(1024);
  length = 0;
  /** What is on the disk for certain: its first so many bytes, or all of what it was then if it was cut since. */
  synced: Uint8Array<ArrayBuffer> = new Uint8Array();

  write(bytes: Uint8Array): void {
    const need = this.length + bytes.length;
    if (need > this.bytes.length) {
      const grown = new Uint8Array(Math.max(need, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    this.bytes.set(bytes, this.length);
    this.length = need;
  }

  /** What is there now: bytes are only added behind it, and a cut takes to another buffer. */
  get view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  sync(): void {
    this.synced = this.view;
  }

  cut(length: number): void {
    this.length = Math.min(this.length, length);
    this.bytes = this.bytes.slice(0, this.length);
  }

  /** What the disk has after the power went. */
  lose(random: SeededRandom): void {
    const kept = this.synced.length;
    const isLonger = this.length >= kept;
    const length = isLonger ? kept + random.below(this.length - kept + 1) : kept;
    const bytes = isLonger ? this.bytes.slice(0, length) : this.synced.slice();
    this.bytes = bytes;
    this.length = bytes.length;
    this.synced = bytes.slice();
  }
}

/** A change of names that is not on the disk yet. */
type Naming = (names: Map<string, Content>) => void;

export class SimDisk {
  /** Names as the system sees them, and as the disk has them. */
  #names = new Map<string, Content>();
  #syncedNames = new Map<string, Content>();
  #pending: Naming[] = [];
  /** Changes of names that there have been. */
  #named = 0;
  /** Bytes that still find room, and when there was none for the first time. */
  roomBytes = Infinity;
  filledUs = Infinity;
  /** How long a sync takes at most. */
  syncUs = 3000;
  /** Changes to the disk before {@link onDeath} is called in the middle of one, Infinity = never. */
  changesLeft = Infinity;
  onDeath: () => void = () => {};
  /** Goes up with every death: what a dead process still does has no effect. */
  #life = 0;

  constructor(readonly world: World) {}

  /** The process dies; with it the power, or only itself. */
  crash(power: boolean): void {
    this.#life++;
    const { random } = this.world;
    if (!power) return;
    const applied = random.below(this.#pending.length + 1);
    for (const naming of this.#pending.slice(0, applied)) naming(this.#syncedNames);
    this.#pending = [];
    this.#names = new Map(this.#syncedNames);
    for (const content of new Set(this.#names.values())) content.lose(random);
  }

  /** Names and lengths, for whoever looks for what went wrong. */
  get files(): [name: string, bytes: number][] {
    return [...this.#names].map(([name, { length }]) => [name, length]);
  }

  #name(naming: Naming): void {
    naming(this.#names);
    this.#pending.push(naming);
    this.#named++;
  }

  #rename(from: string, to: string): void {
    this.#name((names) => {
      const content = names.get(from);
      if (content === undefined) return;
      names.delete(from);
      names.set(to, content);
    });
  }

  /** The first so many changes that wait are on the disk. */
  #syncNames(count: number): void {
    for (const naming of this.#pending.splice(0, count)) naming(this.#syncedNames);
  }

  /** The disk for the process that lives now. */
  mount(): Disk {
    const life = this.#life;
    const isAlive = () => life === this.#life;
    /** A change is about to be made. @returns false where it is not: the process is dead, or dies of it */
    const changes = (): boolean => {
      if (!isAlive()) return false;
      if (--this.changesLeft > 0) return true;
      this.changesLeft = Infinity;
      this.onDeath();
      return false;
    };
    const names = () => this.#names;
    const make = (path: string): Content => {
      const content = new Content();
      if (changes()) this.#name((names) => names.set(path, content));
      return content;
    };
    const file = (content: Content) => this.#file(content, isAlive, changes);
    const { world } = this;
    return {
      workingDirectory: () => "/data",
      enterable: (path) => path,
      makeDirectory: () => {},
      lock: () => () => {},
      list: (path) => {
        const directory = path.replace(/\/?$/, "/");
        return [...names().keys()]
          .filter((name) => name.startsWith(directory))
          .map((name) => name.slice(directory.length))
          .filter((name) => !name.includes("/"));
      },
      has: (path) => names().has(path),
      isDevice: () => false,
      open: (path) => {
        const content = names().get(path);
        return content === undefined ? null : file(content);
      },
      create: (path) => file(make(path)),
      append: (path) => file(names().get(path) ?? make(path)),
      rename: (from, to) => {
        if (!changes()) return;
        this.#rename(from, to);
        if (changes()) this.#syncNames(this.#pending.length);
      },
      renameLater: (from, to) => {
        if (!changes()) return new Promise(() => {});
        this.#rename(from, to);
        const last = this.#named;
        return new Promise((resolve) => {
          world.after(world.random.below(this.syncUs) * 10, () => {
            if (!isAlive()) return;
            this.#syncNames(Math.max(0, this.#pending.length - (this.#named - last)));
            resolve();
          });
        });
      },
      remove: (path) => {
        if (!names().has(path)) throw new Error("No such file or directory");
        if (changes()) this.#name((names) => names.delete(path));
      },
    };
  }

  #file(content: Content, isAlive: () => boolean, changes: () => boolean): DataFile {
    let at = 0;
    const { world } = this;
    return {
      bytes: content.length,
      modifiedMs: 0,
      read: (into) => {
        const count = Math.min(into.length, content.length - at);
        into.set(content.bytes.subarray(at, at + count));
        at += count;
        return count;
      },
      write: (bytes) => {
        // Half a write is what a death leaves of it.
        const torn = bytes.subarray(0, world.random.below(bytes.length));
        const isLast = this.changesLeft <= 1;
        if (isAlive() && isLast) content.write(torn);
        if (!changes()) return;
        const count = Math.min(bytes.length, Math.max(0, this.roomBytes));
        this.roomBytes -= bytes.length;
        content.write(bytes.subarray(0, count));
        if (count === bytes.length) return;
        this.filledUs = Math.min(this.filledUs, world.nowUs);
        throw new Error("No space left on device");
      },
      sync: () => {
        if (!changes()) return;
        world.nowUs += world.random.below(this.syncUs);
        content.sync();
      },
      syncLater: () => {
        // What is written meanwhile need not be on the disk then.
        const written = content.view;
        return new Promise((resolve) => {
          world.after(world.random.below(this.syncUs) * 10, () => {
            if (!isAlive()) return;
            if (written.length >= content.synced.length) content.synced = written;
            resolve();
          });
        });
      },
      truncate: (bytes) => {
        if (changes()) content.cut(bytes);
      },
      close: () => {},
    };
  }
}
