/** For tests of RDB files: a server in this process whose disk is a map, and values to put into it. */

import { RdbStore } from "../../persistence/rdb/store.ts";
import { Config } from "../../server/config/config.ts";
import type { DataFile, Disk } from "../../server/env/disk.ts";
import { type Running, startServer } from "../../server/main.ts";
import { LoopbackClient } from "../../server/net/loopback.ts";
import { REDIS_VERSION } from "../../server/stats/info/server.ts";
import type { MadeValue } from "../compat/dump_values.ts";
import { toBytes } from "../support/resp_reply.ts";

/** A disk in memory, whose names come without their directory. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Bytes that one read gives at most. */
  readBytes = Infinity;
  /** Bytes that may still be written before the disk is full. */
  room = Infinity;
  /** How long one write takes. */
  writeMs = 0;

  open(path: string): DataFile | null {
    const content = this.files.get(nameOf(path));
    if (content === undefined) return null;
    let at = 0;
    return {
      bytes: content.length,
      read: (into) => {
        const count = Math.min(into.length, this.readBytes, content.length - at);
        into.set(content.subarray(at, at + count));
        at += count;
        return count;
      },
      write: () => {
        throw new Error("Bad file descriptor");
      },
      sync: () => {},
      synced: () => Promise.resolve(),
      syncSoon: () => {},
      close: () => {},
    };
  }

  create(path: string): DataFile {
    const name = nameOf(path);
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    this.files.set(name, new Uint8Array());
    return {
      bytes: 0,
      read: () => 0,
      write: (bytes) => {
        for (const endMs = performance.now() + this.writeMs; performance.now() < endMs;);
        this.room -= bytes.length;
        if (this.room < 0) throw new Error("No space left on device");
        pieces.push(bytes);
      },
      sync: () => {},
      synced: () => Promise.resolve(),
      syncSoon: () => {},
      close: () => {
        const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
        let at = 0;
        for (const piece of pieces) {
          whole.set(piece, at);
          at += piece.length;
        }
        this.files.set(name, whole);
      },
    };
  }

  rename(from: string, to: string): void {
    this.files.set(nameOf(to), this.files.get(nameOf(from))!);
    this.files.delete(nameOf(from));
  }

  remove(path: string): void {
    this.files.delete(nameOf(path));
  }
}

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

/** A server over a disk in memory. */
export class DiskServer implements AsyncDisposable {
  readonly client: LoopbackClient;

  private constructor(readonly running: Running, readonly disk: MemoryDisk) {
    this.client = new LoopbackClient(running.server);
  }

  static async start(disk = new MemoryDisk(), coreBytes?: number): Promise<DiskServer> {
    const config = new Config("/nowhere");
    config.configure("save", [""]);
    config.configure("enable-debug-command", ["yes"]);
    const running = await startServer({ config, embedded: true, listens: false, coreBytes });
    running.server.snapshots.store = new RdbStore(running.server, disk, REDIS_VERSION);
    return new DiskServer(running, disk);
  }

  /** A command of words of one character a byte. */
  async call(...words: string[]): Promise<unknown> {
    return await this.client.call(words.map(toBytes), false);
  }

  async fill(values: readonly MadeValue[]): Promise<void> {
    // Some of the commands are refused, as they are meant to be.
    for (const { commands } of values) {
      for (const words of commands) await this.call(...words).catch(() => {});
    }
  }

  async digest(): Promise<unknown> {
    return await this.call("DEBUG", "DIGEST");
  }

  get file(): Uint8Array<ArrayBuffer> {
    return this.disk.files.get("dump.rdb")!;
  }
  set file(bytes: Uint8Array<ArrayBuffer>) {
    this.disk.files.set("dump.rdb", bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.end();
    await this.running.close();
  }
}
