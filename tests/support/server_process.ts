/** Starts a server program on a free port in its own temporary directory and stops it again. */

import { freePort } from "./ports.ts";
import { type Address, RespClient } from "./resp_client.ts";

/** A running server that a test may talk to; disposing stops what was started. */
export interface ServerHandle extends Address, AsyncDisposable {
  /** How messages call it, e.g. `redis-server 7.0.15`. */
  readonly name: string;
  /** What it has printed so far; absent where it was not started here. */
  output?(): Promise<string>;
  /** Ends it at once, as a crash would; absent where it was not started here. */
  kill?(): void;
  /** Sends it a signal; absent where it was not started here. */
  signal?(signal: Deno.Signal): void;
  /** Its directory; absent where it was not started here. */
  readonly dir?: string;
}

/** A server that fails ends; this only bounds how long one that hangs is waited for. */
const START_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 20;

/** What {@link startServer} needs to know. */
export interface ServerProgram {
  name: string;
  command: string;
  args: (port: number, dir: string) => string[];
  cwd?: string;
  /** All of its environment; what the tests have where it is not given. */
  env?: Record<string, string>;
}

async function answersPing(address: Address): Promise<boolean> {
  try {
    using client = await RespClient.connect(address, 500);
    return (await client.command("PING")).raw === "+PONG\r\n";
  } catch {
    return false;
  }
}

/** Starts the program and waits for its first PONG; throws with its output if none comes. */
export async function startServer(program: ServerProgram): Promise<ServerHandle> {
  const port = freePort();
  const dir = await Deno.makeTempDir({ prefix: "etna-test-" });
  const logPath = `${dir}/output.log`;
  const log = await Deno.open(logPath, { create: true, write: true });
  const child = new Deno.Command(program.command, {
    args: program.args(port, dir),
    cwd: program.cwd ?? dir,
    env: program.env,
    clearEnv: program.env !== undefined,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const drained = drain(child, log);
  const stop = async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // Already gone.
    }
    await child.status;
    await drained;
    log.close();
    await Deno.remove(dir, { recursive: true });
  };

  let exited = false;
  child.status.then(() => exited = true);
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  const address = { host: "127.0.0.1", port };
  while (!(await answersPing(address))) {
    if (exited || performance.now() > deadlineMs) {
      if (exited) await drained;
      const output = await Deno.readTextFile(logPath);
      await stop();
      throw new Error(
        `${program.name} ${exited ? "exited" : "did not answer PING"} on port ${port}:\n${output}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
  const output = () => Deno.readTextFile(logPath);
  const kill = () => child.kill("SIGKILL");
  const signal = (name: Deno.Signal) => child.kill(name);
  return { name: program.name, ...address, dir, output, kill, signal, [Symbol.asyncDispose]: stop };
}

/** Copies what the child prints to its log file. */
async function drain(child: Deno.ChildProcess, log: Deno.FsFile): Promise<void> {
  const copy = async (stream: ReadableStream<Uint8Array>) => {
    for await (const chunk of stream) log.writeSync(chunk);
  };
  await Promise.all([copy(child.stdout), copy(child.stderr)]);
}
