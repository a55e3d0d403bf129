/** The program that this process is. */

import type { Code } from "../code.ts";
import type { Program } from "../program.ts";
import { withSystemWords } from "../system_error.ts";
import { realEnvironment } from "./environment.ts";
import { LogLines, logTapeSink } from "./log.ts";

export function realProgram(code: Code): Program {
  const encoder = new TextEncoder();
  const log = new LogLines(Deno.pid);
  const listeners = new Map<string, () => void>();
  return {
    args: Deno.args,
    name: programName(),
    write: (text) => void Deno.stdout.writeSync(encoder.encode(text)),
    writeError: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    readStdin,
    enterDirectory: (path) => withSystemWords(() => Deno.chdir(path)),
    onSignal: (signal, act) => {
      listeners.set(signal, act);
      Deno.addSignalListener(signal, act);
    },
    dieOf: (signal): never => {
      const listener = listeners.get(signal);
      if (listener !== undefined) Deno.removeSignalListener(signal, listener);
      // The engine takes the first SIGSEGV for a trap of its own, and is cured of that by it.
      for (let i = 0; i < 3; i++) Deno.kill(Deno.pid, signal);
      Deno.exit(1);
    },
    exit: (status) => Deno.exit(status),
    logTo: (path, role) => {
      const write = (line: string) => {
        const bytes = encoder.encode(line);
        if (path === "") Deno.stdout.writeSync(bytes);
        // Opened for each line, as Redis does: a rotated file is followed without a signal.
        else Deno.writeFileSync(path, bytes, { append: true });
      };
      log.begin(write, role);
    },
    environment: () => realEnvironment(log, code),
    embedding: () => realEnvironment(logTapeSink(), code),
  };
}

/** The file that was started: the program itself, or what Deno runs. */
function programName(): string {
  const name = (path: string) => path.replace(/^.*[/\\]|\.(exe|m?[jt]s)$/g, "");
  const own = name(Deno.execPath());
  return own === "deno" ? name(Deno.mainModule) : own;
}

function readStdin(): string {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(65536);
  let text = "";
  for (;;) {
    const count = Deno.stdin.readSync(chunk);
    if (count === null) return text + decoder.decode();
    text += decoder.decode(chunk.subarray(0, count), { stream: true });
  }
}
