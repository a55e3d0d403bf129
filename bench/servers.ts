/**
 * Starts, asks and stops the servers under measurement.
 */

import { type ServerName, serverNames } from "./figures.ts";

/** How to start one of the servers. */
export interface ServerSpec {
  name: ServerName;
  /** The words of the command line; the port and the persistence options are added to them. */
  command: readonly string[];
  port: number;
}

/** Both servers, by name. */
export type Pair<T> = Record<ServerName, T>;

const startDeadlineMs = 15_000;
/** What a server is told of its files where a measurement says nothing else. */
const NOTHING_KEPT: readonly string[] = ["--save", "", "--appendonly", "no"];
const stopDeadlineMs = 5_000;
const pingRequest = new TextEncoder().encode("*1\r\n$4\r\nPING\r\n");
const repositoryRoot = new URL("..", import.meta.url);

/** A running server; disposing of it stops the process. */
export class Server implements AsyncDisposable {
  readonly name: ServerName;
  readonly port: number;
  readonly pid: number;
  /** From the spawn to the first PONG. */
  readonly startupMs: number;
  readonly #process: Deno.ChildProcess;
  readonly #files: string;

  private constructor(
    spec: ServerSpec,
    process: Deno.ChildProcess,
    files: string,
    startupMs: number,
  ) {
    this.name = spec.name;
    this.port = spec.port;
    this.pid = process.pid;
    this.startupMs = startupMs;
    this.#process = process;
    this.#files = files;
  }

  /**
   * Starts a server, without persistence unless `options` say otherwise, and waits for its first PONG. Unless
   * its command says where its files are, it has an empty directory of its own.
   *
   * @throws Error when the port is taken, or with the end of the server's output when it exits or
   * does not answer in time
   */
  static async start(
    spec: ServerSpec,
    { options = NOTHING_KEPT, deadlineMs = startDeadlineMs } = {},
  ): Promise<Server> {
    if (await answersPing(spec.port)) throw new Error(`port ${spec.port} is already in use`);
    const [program, ...words] = spec.command;
    const files = await Deno.makeTempDir({ prefix: "etna-bench-" });
    const place = words.includes("--dir") ? [] : ["--dir", files];
    const startMs = performance.now();
    const process = new Deno.Command(program, {
      args: [...words, ...place, "--port", `${spec.port}`, ...options],
      cwd: repositoryRoot,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = new OutputTail(process);
    let exited = false;
    process.status.then(() => exited = true);
    while (!await answersPing(spec.port)) {
      if (exited || performance.now() - startMs > deadlineMs) {
        await stopProcess(process);
        await Deno.remove(files, { recursive: true });
        const reason = exited ? "exited" : `did not answer within ${deadlineMs} ms`;
        throw new Error(`${spec.name} ${reason}: ${spec.command.join(" ")}\n${output.text}`);
      }
      await sleep(1);
    }
    return new Server(spec, process, files, performance.now() - startMs);
  }

  /**
   * Sends one command by redis-cli.
   *
   * @returns the reply as redis-cli prints it for programs
   * @throws Error with the server's words when the reply is an error
   */
  async command(...words: string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command("timeout", {
      args: ["120", "redis-cli", "-e", "-p", `${this.port}`, ...words],
    }).output();
    const decoder = new TextDecoder();
    if (!success) {
      throw new Error(
        `${this.name}: ${words.join(" ")}: ${decoder.decode(stderr)}${decoder.decode(stdout)}`,
      );
    }
    return decoder.decode(stdout).trim();
  }

  /** `used_memory` of INFO, in bytes. */
  async usedMemoryBytes(): Promise<number> {
    const info = await this.command("INFO", "memory");
    const match = /^used_memory:(\d+)/m.exec(info);
    if (!match) throw new Error(`${this.name}: INFO memory has no used_memory`);
    return Number(match[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopProcess(this.#process);
    await Deno.remove(this.#files, { recursive: true });
  }
}

/** Both servers running side by side; disposing of it stops both. */
export class RunningPair implements AsyncDisposable {
  private constructor(readonly servers: Pair<Server>) {}

  static async start(specs: Pair<ServerSpec>): Promise<RunningPair> {
    const etna = await Server.start(specs.etna);
    try {
      return new RunningPair({ etna, redis: await Server.start(specs.redis) });
    } catch (error) {
      await etna[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(serverNames.map((name) => this.servers[name][Symbol.asyncDispose]()));
  }
}

/**
 * The servers with priority over their load, which two cores would otherwise let delay them by a
 * slice of the scheduler (3 ms); where the system refuses, `nice` says so and starts them as usual.
 */
export function preferred(specs: Pair<ServerSpec>): Pair<ServerSpec> {
  const prefer = (spec: ServerSpec) => ({
    ...spec,
    command: ["nice", "-n", "-15", ...spec.command],
  });
  return { etna: prefer(specs.etna), redis: prefer(specs.redis) };
}

/** Resolves after a time. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Keeps the end of a process's output, and drains it so that the process never blocks on it. */
class OutputTail {
  text = "";

  constructor(process: Deno.ChildProcess) {
    for (const stream of [process.stdout, process.stderr]) this.#drain(stream);
  }

  async #drain(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.text = (this.text + decoder.decode(chunk)).slice(-2000);
    }
  }
}

/** SIGTERM, then SIGKILL for one that does not go. */
async function stopProcess(process: Deno.ChildProcess): Promise<void> {
  const kill = (signal: Deno.Signal) => {
    try {
      process.kill(signal);
    } catch { /* it has ended by itself */ }
  };
  kill("SIGTERM");
  const timer = setTimeout(() => kill("SIGKILL"), stopDeadlineMs);
  await process.status;
  clearTimeout(timer);
}

async function answersPing(port: number): Promise<boolean> {
  try {
    using connection = await Deno.connect({ port });
    await connection.write(pingRequest);
    const reply = new Uint8Array(64);
    const size = await connection.read(reply);
    return new TextDecoder().decode(reply.subarray(0, size ?? 0)).startsWith("+PONG");
  } catch {
    return false;
  }
}
