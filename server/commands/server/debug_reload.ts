/** DEBUG RELOAD: the data set to disk and back. */

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
