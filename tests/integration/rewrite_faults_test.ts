/**
 * A rewrite of the append-only file whose disk refuses any one of its steps, or all from there on for a while:
 * what was acknowledged is there, what was refused is not, and the next rewrite is whole.
 */

import { assertEquals } from "@std/assert";
import type { DataFile } from "../../server/env/disk.ts";
import { LoopbackClient } from "../../server/net/loopback.ts";
import { LoggingServer } from "../support/logging_server.ts";
import { MemoryDisk } from "../support/memory_disk.ts";

/** Beside a rewrite. */
const WRITES = 10;
const FULL = "No space left on device";

/** A disk of which every change is a step, and some steps are refused. */
class RefusingDisk extends MemoryDisk {
  steps = 0;
  /** The steps that are refused. */
  refused = { from: Infinity, to: Infinity };
  readonly seen: string[] = [];

  #step(what: string): void {
    const step = this.steps++;
    if (step < this.refused.from || step >= this.refused.to) return;
    this.seen.push(what);
    throw new Error(FULL);
  }

  override create(path: string): DataFile {
    this.#step(`create ${path}`);
    return this.#watched(super.create(path), path);
  }

  override append(path: string): DataFile {
    this.#step(`append ${path}`);
    return this.#watched(super.append(path), path);
  }

  override rename(from: string, to: string): void {
    this.#step(`rename ${from}`);
    super.rename(from, to);
  }

  override async renameLater(from: string, to: string): Promise<void> {
    this.#step(`renameLater ${from}`);
    super.rename(from, to);
    await Promise.resolve();
  }

  override remove(path: string): void {
    this.#step(`remove ${path}`);
    super.remove(path);
  }

  #watched(file: DataFile, path: string): DataFile {
    const step = (what: string) => this.#step(`${what} ${path}`);
    return {
      get bytes() {
        return file.bytes;
      },
      modifiedMs: 0,
      read: (into) => file.read(into),
      write(bytes) {
        try {
          step("write");
        } catch (error) {
          // Half of it has found room.
          file.write(bytes.subarray(0, bytes.length >> 1));
          throw error;
        }
        file.write(bytes);
      },
      sync() {
        step("sync");
        file.sync();
      },
      async syncLater() {
        step("syncLater");
        await file.syncLater();
      },
      truncate(bytes) {
        step("truncate");
        file.truncate(bytes);
      },
      close: () => file.close(),
    };
  }
}

/** A server, and what became of each key that was written to it. */
class Watched {
  readonly acknowledged = new Set<string>();
  readonly refused = new Set<string>();
  #next = 0;

  constructor(readonly server: LoggingServer) {}

  async write(): Promise<void> {
    const key = `key:${this.#next++}`;
    const { server } = this;
    const words = await server.refusal(`SET ${key} ${"v".repeat(100)}`);
    if (words === "") this.acknowledged.add(key);
    // Of whoever was closed without an answer nobody knows.
    else if (!server.client.closed) this.refused.add(key);
    if (server.client.closed) server.client = new LoopbackClient(server.running.server);
  }

  async rewrite(): Promise<void> {
    const { snapshots, appendOnlyFile } = this.server.running.server;
    // It may be refused, in which case nothing begins.
    await this.server.refusal("BGREWRITEAOF");
    for (let i = 0; i < WRITES; i++) await this.write();
    // Nothing that is asked from here on is a step.
    while (snapshots.running || appendOnlyFile!.scheduled) await this.server.outcome("PING");
  }

  /** What is wrong with what a crash would leave now. */
  async judge(): Promise<string | null> {
    await using again = await LoggingServer.start(this.server.crashed());
    const found = new Set(await again.call("KEYS *") as string[]);
    const lost = [...this.acknowledged].filter((key) => !found.has(key));
    const doubtful = [...this.refused].filter((key) => found.has(key));
    if (lost.length > 0) return `lost: ${lost}`;
    return doubtful.length > 0 ? `refused, and there: ${doubtful}` : null;
  }
}

for (const policy of ["always", "everysec"]) {
  for (const count of [1, 1000]) {
    Deno.test(`a rewrite, ${policy}: the disk refuses ${count} steps, from any on`, async () => {
      const disk = new RefusingDisk();
      await using server = await LoggingServer.start(disk, { appendfsync: policy });
      const watched = new Watched(server);
      const { appendOnlyFile } = server.running.server;
      await watched.rewrite();
      const begun = disk.steps;
      await watched.rewrite();
      const steps = disk.steps - begun;
      for (let from = 0; from < steps; from++) {
        const before = disk.steps;
        disk.refused = { from: before + from, to: before + from + count };
        await watched.rewrite();
        disk.refused = { from: Infinity, to: Infinity };
        while (appendOnlyFile!.trouble !== null) await server.outcome("PING");
        await watched.write();
        const where = `steps from ${from} of ${steps}: ${disk.seen.at(-1)}`;
        assertEquals(await watched.judge(), null, where);
        // What this one leaves is looked at with what comes next.
        await watched.rewrite();
        assertEquals(appendOnlyFile!.failures, 0, where);
      }
      assertEquals(await watched.judge(), null);
    });
  }
}
