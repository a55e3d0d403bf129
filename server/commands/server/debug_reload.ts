/** DEBUG RELOAD and LOADAOF: the data set to disk and back. */

import type { Context } from "../context.ts";

export function debugReload(c: Context): void {
  const { server } = c;
  const words = new Set<string>();
  for (let i = 2; i < c.argc; i++) {
    const word = c.option(i);
    if (!["merge", "noflush", "nosave"].includes(word)) {
      return c.reply.error(
        "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.",
      );
    }
    words.add(word);
  }
  server.snapshots.interrupt();
  if (!words.has("nosave") && !server.snapshots.save()) return c.reply.error("ERR");
  if (!words.has("noflush")) server.databases.clear();
  if (!server.snapshots.loadNow(words.has("merge"))) {
    return c.reply.error("ERR Error trying to load the RDB dump, check server logs.");
  }
  server.log.warning("DB reloaded by DEBUG RELOAD");
  c.reply.ok();
}

/** Nobody who follows the data set would hear of what takes its place: such a server refuses. */
export function debugLoadAof(c: Context): void {
  const { appendOnlyFile, replication, log } = c.server;
  if (appendOnlyFile === null) return c.reply.error("ERR there is no append-only file here");
  if ((replication?.replicas.length ?? 0) > 0) {
    return c.reply.error("ERR DEBUG LOADAOF: there are replicas");
  }
  c.server.snapshots.interrupt();
  if (!appendOnlyFile.reload()) {
    return c.reply.error("ERR Error trying to load the AOF files, check server logs.");
  }
  c.server.dirty = 0;
  log.warning("Append Only File loaded by DEBUG LOADAOF");
  c.reply.ok();
}

/** DEBUG AOF-FLUSH-SLEEP, in microseconds. */
export function debugFlushSleep(c: Context): void {
  const us = Number.parseInt(c.shown(2, 64)) || 0;
  if (c.server.appendOnlyFile !== null) c.server.appendOnlyFile.flushSleepMs = us / 1000;
  c.reply.ok();
}
