/** For tests of RDB files: a server in this process whose disk is a map, and values to put into it. */

import { Config } from "../../server/config/config.ts";
import type { OptionName } from "../../server/config/options.ts";
import { type Running, startServer } from "../../server/main.ts";
import { prepareEnd } from "../../server/saving/ending.ts";
import { LoopbackClient } from "../../server/net/loopback.ts";
import type { MadeValue } from "../../server/commands/generic/dump_values_cases.ts";
import { MemoryDisk } from "../support/memory_disk.ts";
import { toBytes } from "../support/resp_reply.ts";
import { testEnvironment } from "../support/environment.ts";

/** A server over a disk in memory. */
export class DiskServer implements AsyncDisposable {
  readonly client: LoopbackClient;

  private constructor(
    readonly running: Running,
    readonly disk: MemoryDisk,
    /** Lines of its log. */
    readonly logged: readonly string[],
  ) {
    this.client = new LoopbackClient(running.server);
  }

  static async start(
    disk = new MemoryDisk(),
    coreBytes?: number,
    { loads = false, appendonly = false, options = {} as Record<string, string> } = {},
  ): Promise<DiskServer> {
    const config = new Config("/nowhere");
    config.configure("save", [""]);
    config.configure("enable-debug-command", ["yes"]);
    config.configure("appendonly", [appendonly ? "yes" : "no"]);
    for (const [name, value] of Object.entries(options)) {
      config.configure(name as OptionName, [value]);
    }
    const logged: string[] = [];
    const running = await startServer(
      { config, embedded: true, listens: false, coreBytes, loads },
      testEnvironment({ disk, log: { write: (_, text) => logged.push(text) } }),
    );
    return new DiskServer(running, disk, logged);
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

  /** Ends in order, as SHUTDOWN does. */
  async end(save: "save" | "nosave" | null = null): Promise<void> {
    prepareEnd(this.running.server, save, true);
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.end();
    await this.running.close();
  }
}
