/**
 * Looks at files of Redis, Valkey and Etna:
 *
 * ```sh
 * deno task check-rdb FILE
 * deno task check-aof [--fix | --truncate-to-timestamp SECOND] FILE
 * ```
 *
 * The status is 0 where a file is whole.
 */

import { makeCore } from "../../core-as/host/core.ts";
import { FileSource } from "../../server/env/file_source.ts";
import type { Program } from "../../server/env/program.ts";
import { cloneCode } from "../../server/env/real/code.ts";
import { realProgram } from "../../server/env/real/program.ts";
import { wordsOf } from "../../server/env/system_error.ts";
import { type AofAction, checkAof } from "./aof.ts";
import { checkRdb } from "./rdb.ts";

const USAGE = `Usage: deno task check-rdb FILE
       deno task check-aof [--fix | --truncate-to-timestamp SECOND] FILE

FILE of the second is a manifest, or one file without a manifest. --fix cuts off what is broken at the end of
the last file, --truncate-to-timestamp what was written after a second since the epoch, where the file has
such marks (aof-timestamp-enabled); both without asking: keep a copy.
`;

/** Runs the program. @returns its status */
export async function runCheck(program: Program, args: readonly string[]): Promise<number> {
  const [kind, ...rest] = args;
  const action = kind === "aof" ? actionOf(rest) : { fix: false, upToSecond: null, paths: rest };
  if (action === null || action.paths.length !== 1 || (kind !== "rdb" && kind !== "aof")) {
    program.writeError(USAGE);
    return 1;
  }
  const environment = program.environment();
  const { disk } = environment;
  const [given] = action.paths;
  const path = given.startsWith("/") ? given : `${disk.workingDirectory()}/${given}`;
  try {
    const seed = environment.random.bytes(24);
    const core = await makeCore({ seed, databases: 1 }, await environment.compileCore());
    let report: { lines: readonly string[]; isWhole: boolean };
    if (kind === "aof") report = checkAof(core, disk, path, action);
    else {
      const file = disk.open(path);
      if (file === null) throw new Error(`Cannot open file ${path}: No such file or directory`);
      const { lines, damage } = checkRdb(core, new FileSource(file), path);
      file.close();
      report = { lines, isWhole: damage === null };
    }
    program.write(report.lines.join("\n") + "\n");
    return report.isWhole ? 0 : 1;
  } catch (error) {
    program.writeError(`${wordsOf(error)}\n`);
    return 1;
  } finally {
    environment.close();
  }
}

/** @returns null where the words are none that there are */
function actionOf(words: readonly string[]): (AofAction & { paths: string[] }) | null {
  const paths: string[] = [];
  let fix = false;
  let upToSecond: number | null = null;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--fix") fix = true;
    else if (words[i] === "--truncate-to-timestamp") {
      upToSecond = Number(words[++i]);
      if (!(upToSecond > 0)) return null;
    } else paths.push(words[i]);
  }
  return fix && upToSecond !== null ? null : { fix, upToSecond, paths };
}

if (import.meta.main) {
  const program = realProgram(cloneCode);
  program.exit(await runCheck(program, program.args));
}
