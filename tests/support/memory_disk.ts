/** A disk in memory, whose names come without their directory. */

import type { DataFile, Disk } from "../../server/env/disk.ts";

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

export class MemoryDisk implements Disk {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Bytes that one read gives at most. */
  readBytes = Infinity;
  /** Bytes that may still be written before the disk is full: the first of them find room. */
  room = Infinity;
  /** Why no file can be synced, in the system's words; null where it can. */
  syncTrouble: string | null = null;
  /** Why no file can be cut off. */
  truncateTrouble: string | null = null;
  /** How long one write takes. */
  writeMs = 0;
  /** How often files were synced. */
  syncs = 0;
  /** What syncs beside the loop wait for. */
  syncing: Promise<void> = Promise.resolve();

  open(path: string): DataFile | null {
    return this.files.has(nameOf(path)) ? new MemoryFile(this, nameOf(path), 0) : null;
  }

  create(path: string): DataFile {
    this.files.set(nameOf(path), new Uint8Array());
    return new MemoryFile(this, nameOf(path), 0);
  }

  append(path: string): DataFile {
    const name = nameOf(path);
    const content = this.files.get(name) ?? new Uint8Array();
    this.files.set(name, content);
    return new MemoryFile(this, name, content.length);
  }

  makeDirectory(): void {}

  lock(): () => void {
    return () => {};
  }

  workingDirectory(): string {
    return "/";
  }

  enterable(path: string): string {
    return path;
  }

  list(): string[] {
    return [...this.files.keys()];
  }

  has(path: string): boolean {
    return this.files.has(nameOf(path));
  }

  isDevice(): boolean {
    return false;
  }

  rename(from: string, to: string): void {
    if (nameOf(to) === nameOf(from)) return;
    this.files.set(nameOf(to), this.files.get(nameOf(from))!);
    this.files.delete(nameOf(from));
  }

  renameLater(from: string, to: string): Promise<void> {
    this.rename(from, to);
    return Promise.resolve();
  }

  remove(path: string): void {
    this.files.delete(nameOf(path));
  }
}

class MemoryFile implements DataFile {
  readonly bytes: number;
  readonly modifiedMs = 0;
  /** What was written lies here, with room behind it. */
  #buffer = new Uint8Array();

  constructor(readonly disk: MemoryDisk, readonly name: string, private at: number) {
    this.bytes = this.#content.length;
  }

  get #content(): Uint8Array<ArrayBuffer> {
    return this.disk.files.get(this.name)!;
  }

  read(into: Uint8Array<ArrayBuffer>): number {
    const count = Math.min(into.length, this.disk.readBytes, this.#content.length - this.at);
    into.set(this.#content.subarray(this.at, this.at + count));
    this.at += count;
    return count;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    for (const endMs = performance.now() + this.disk.writeMs; performance.now() < endMs;);
    const count = Math.min(bytes.length, Math.max(0, this.disk.room));
    this.disk.room -= bytes.length;
    const content = this.#content;
    const end = Math.max(content.length, this.at + count);
    if (end > this.#buffer.length) this.#buffer = new Uint8Array(end * 2);
    if (content.buffer !== this.#buffer.buffer) this.#buffer.set(content);
    this.#buffer.set(bytes.subarray(0, count), this.at);
    this.at += count;
    this.disk.files.set(this.name, this.#buffer.subarray(0, end));
    if (count < bytes.length) throw new Error("No space left on device");
  }

  sync(): void {
    if (this.disk.syncTrouble !== null) throw new Error(this.disk.syncTrouble);
    this.disk.syncs++;
  }

  async syncLater(): Promise<void> {
    await this.disk.syncing;
    this.sync();
  }

  truncate(bytes: number): void {
    if (this.disk.truncateTrouble !== null) throw new Error(this.disk.truncateTrouble);
    this.disk.files.set(this.name, this.#content.slice(0, bytes));
    this.at = bytes;
  }

  close(): void {}
}
