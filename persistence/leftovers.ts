/**
 * What a killed server leaves behind: files half written, and whole ones that nothing refers to. They are
 * removed at the next start, by their names; whatever else is in a directory is somebody's.
 *
 * ```
 *  dir         temp-PID.rdb temp-bgPID.rdb                      SAVE, BGSAVE
 *              temp-PID.memory NAME.memory.used                 images of the memory (warm/image.ts)
 *  all three   temp-gone-PID-N                                  what was removed and not freed yet
 *  both        temp-SECONDS.PID.rdb                             Redis: from its primary
 *              temp-rewriteaof-PID.aof temp-rewriteaof-bg-PID.aof        Redis: rewrites
 *  appenddir   temp-NAME.N.base.rdb temp-NAME.N.base.aof        rewrites; NAME is `appendfilename`
 *              temp-NAME.manifest temp-NAME.incr                the next manifest; Redis: while one begins
 *              NAME.N.base.rdb NAME.N.base.aof NAME.N.incr.aof  of a rewrite that came not to its end, if
 *                                                               there is a manifest and it has none of them
 *  backups     (the option backupdirname, once a backup begins there)
 * ```
 *
 * A file that bears the number of a process that runs is left to it: servers may share a directory.
 */

import type { Disk } from "../server/env/disk.ts";
import { GONE } from "../server/env/freeing.ts";
import { wordsOf } from "../server/env/system_error.ts";
import type { Server } from "../server/server.ts";
import { imagePath } from "./warm/head.ts";

const SNAPSHOT = /^temp-(?:bg|\d+\.)?(\d+)\.(?:rdb|memory)$/;
const REWRITE = /^temp-rewriteaof-(?:bg-)?(\d+)\.aof$/;

/** Removes what was left in the option `dir`. */
export function removeTemporaries(server: Server, disk: Disk): void {
  const { config } = server;
  const { dir } = config.values;
  const used = `${imagePath(config).slice(dir.length + 1)}.used`;
  remove(server, disk, dir, (name) => {
    if (name === used) return true;
    const pid = (SNAPSHOT.exec(name) ?? REWRITE.exec(name) ?? GONE.exec(name))?.[1];
    return pid !== undefined && isOver(server, disk, pid);
  });
}

/** Whether the process of that number has ended, or is this one with the number of an earlier one. */
function isOver({ process }: Server, disk: Disk, pid: string): boolean {
  return Number(pid) === process.id || !disk.has(`/proc/${pid}`);
}

/**
 * Removes what was left in the directory of an append-only file.
 *
 * @param known names that the manifest has, null where there is none: then its files may still be wanted
 */
export function removeUnlisted(
  server: Server,
  disk: Disk,
  directory: string,
  prefix: string,
  known: ReadonlySet<string> | null,
): void {
  const part = /^\.\d+\.(?:base\.rdb|base\.aof|incr\.aof)$/;
  const half = /^\.(?:\d+\.base\.(?:rdb|aof)|manifest|incr)$/;
  remove(server, disk, directory, (name) => {
    const gone = GONE.exec(name)?.[1];
    if (gone !== undefined) return isOver(server, disk, gone);
    if (name.startsWith(`temp-${prefix}`)) return half.test(name.slice(5 + prefix.length));
    if (known === null || known.has(name) || !name.startsWith(prefix)) return false;
    return part.test(name.slice(prefix.length));
  });
}

/** Removes what was left in the directory of backups. */
export function removeGone(server: Server, disk: Disk, directory: string): void {
  remove(server, disk, directory, (name) => {
    const gone = GONE.exec(name)?.[1];
    return gone !== undefined && isOver(server, disk, gone);
  });
}

function remove(
  { log }: Server,
  disk: Disk,
  directory: string,
  isLeftover: (name: string) => boolean,
): void {
  try {
    for (const name of disk.list(directory)) {
      if (!isLeftover(name)) continue;
      disk.remove(`${directory}/${name}`);
      log.notice(`Removed the file ${name}, which a server that was killed has left behind`);
    }
  } catch (error) {
    // It takes room, and is in nobody's way.
    log.warning(
      `Could not remove what a server that was killed has left behind: ${wordsOf(error)}`,
    );
  }
}
