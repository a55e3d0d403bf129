/** The program that this process is. */

import type { Program } from "../program.ts";
import { withSystemWords } from "../system_error.ts";
import { realEnvironment } from "./environment.ts";
import { logTapeSink, logTo } from "./log.ts";

export function realProgram(): Program {
  const encoder = new TextEncoder();
  return {
    args: Deno.args,
    write: (text) => void Deno.stdout.writeSync(encoder.encode(text)),
    writeError: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    readStdin,
    enterDirectory: (path) => withSystemWords(() => Deno.chdir(path)),
    onSignal: (signal, act) => Deno.addSignalListener(signal, act),
    exit: (status) => Deno.exit(status),
    logTo,
    environment: (name) => realEnvironment(logTapeSink(name)),
  };
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
