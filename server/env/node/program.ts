/** The program that a process of Node or Bun is. */

import type { Code } from "../code.ts";
import type { Program } from "../program.ts";
import { LogLines, logTapeSink } from "../real/log.ts";
import { systemErrorOf } from "../system_error.ts";
import { nodeEnvironment } from "./environment.ts";
import { nodeModules } from "./modules.ts";

export function nodeProgram(code: Code): Program {
  const { fs } = nodeModules();
  // deno-lint-ignore no-process-global
  const self = process;
  const log = new LogLines(self.pid);
  return {
    args: self.argv.slice(2),
    name: (self.argv[1] ?? "etna").replace(/^.*[/\\]|\.m?js$/g, ""),
    write: (text) => void fs.writeSync(1, text),
    writeError: (text) => void fs.writeSync(2, text),
    readStdin: () => fs.readFileSync(0, "utf8"),
    enterDirectory: (path) => {
      try {
        self.chdir(path);
      } catch (error) {
        throw systemErrorOf(error, "");
      }
    },
    onSignal: (signal, act) => void self.on(signal, act),
    dieOf: (signal): never => {
      self.removeAllListeners(signal);
      self.kill(self.pid, signal);
      return self.exit(1);
    },
    exit: (status) => self.exit(status),
    logTo: (path, role) => {
      const write = (line: string) => {
        if (path === "") fs.writeSync(1, line);
        // Opened for each line, as Redis does: a rotated file is followed without a signal.
        else fs.appendFileSync(path, line);
      };
      log.begin(write, role);
    },
    environment: () => nodeEnvironment(log, code),
    embedding: () => nodeEnvironment(logTapeSink(), code),
  };
}
