/** Programs that the system runs. */

import type { Awaited } from "../awaited.ts";
import type { Processes } from "../processes.ts";

const ANY_EXECUTE = 0o111;

export const realProcesses = (awaited: Awaited): Processes => ({
  isExecutable(path) {
    try {
      const { isFile, mode } = Deno.statSync(path);
      return isFile && (mode === null || (mode & ANY_EXECUTE) !== 0);
    } catch {
      return false;
    }
  },
  run([path, ...args]) {
    try {
      const child = new Deno.Command(path, {
        args,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      const ended = awaited.of(
        child.status.then(({ code, signal }) => signal === null ? code : null),
      );
      return {
        ended,
        kill: () => {
          try {
            child.kill("SIGKILL");
          } catch { /* it has ended */ }
        },
      };
    } catch {
      return { ended: Promise.resolve(null), kill: () => {} };
    }
  },
  die: () => Deno.exit(99),
});
