/** For tests of the append-only file: a server in this process whose disk is a map. */

import { Config } from "../../server/config/config.ts";
import type { OptionName } from "../../server/config/options.ts";
import { type Running, startServer } from "../../server/main.ts";
import { LoopbackClient } from "../../server/net/loopback.ts";
import { testEnvironment } from "./environment.ts";
import { MemoryDisk } from "./memory_disk.ts";

/** A server that is called from within, with a disk in memory and an append-only file. */
export class LoggingServer implements AsyncDisposable {
  client: LoopbackClient;
  private constructor(
    readonly running: Running,
    readonly disk: MemoryDisk,
    /** Lines of its log. */
    readonly logged: readonly string[],
  ) {
    this.client = new LoopbackClient(running.server);
  }

  static async start(
    disk: MemoryDisk,
    options: Record<string, string> = {},
    coreBytes?: number,
  ): Promise<LoggingServer> {
    const config = new Config("/nowhere");
    const wanted = { save: "", appendonly: "yes", "enable-debug-command": "yes", ...options };
    for (const [name, value] of Object.entries(wanted)) {
      const wrong = config.configure(name as OptionName, [value]);
      if (wrong !== undefined) throw new Error(`${name}: ${wrong}`);
    }
    const logged: string[] = [];
    const running = await startServer(
      { config, embedded: true, listens: false, coreBytes },
      testEnvironment({ disk, log: { write: (_, text) => logged.push(text) } }),
    );
    return new LoggingServer(running, disk, logged);
  }

  async call(line: string): Promise<unknown> {
    return await this.client.call(line.split(" "), false);
  }

  /** Whether a command was refused, and in which words. */
  async refusal(line: string): Promise<string> {
    return await this.call(line).then(() => "", (error) => error.message);
  }

  /** The same; who was closed, as its request found no memory, comes again. */
  async outcome(line: string): Promise<string> {
    const words = await this.refusal(line);
    if (!this.client.closed) return words;
    this.client = new LoopbackClient(this.running.server);
    return "OOM";
  }

  /** The disk as a crash would leave it: what was not written is lost. */
  crashed(): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [name, bytes] of this.disk.files) disk.files.set(name, bytes.slice());
    return disk;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.end();
    await this.running.close();
  }
}

/** What a file holds. */
export const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
