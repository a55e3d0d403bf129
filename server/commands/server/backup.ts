/** BACKUP and its subcommands, as Redis 8.10 documents them; its documentation has no words of errors. */

import type { Backup } from "../../saving/backup.ts";
import type { Context } from "../context.ts";
import { command, type CommandSpec } from "../define.ts";
import { replyHelp } from "../help.ts";

const shared = {
  group: "server",
  since: "8.10.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["admin", "noscript"],
} satisfies Partial<CommandSpec>;

/** Answers a step. @param act says why it is refused, null where it is done */
function reply(c: Context, act: (backup: Backup) => string | null): void {
  const { backup } = c.server.snapshots;
  const wrong = backup === null ? "ERR there are no backups here" : act(backup);
  if (wrong === null) c.reply.ok();
  else c.reply.error(wrong);
}

const start = command({
  ...shared,
  name: "START",
  summary: "Begins a backup in the directory of the option backupdirname.",
  // A transaction is not cut in two.
  run: (c) => reply(c, (backup) => backup.start(c.connection.transaction !== null)),
});

const seal = command({
  ...shared,
  name: "SEAL",
  summary: "Ends the backup: restored, it is the data set of this moment.",
  run: (c) => reply(c, (backup) => backup.seal()),
});

const abort = command({
  ...shared,
  name: "ABORT",
  summary: "Gives up a backup that is not sealed.",
  run: (c) => reply(c, (backup) => backup.abort()),
});

const cleanup = command({
  ...shared,
  name: "CLEANUP",
  summary: "Removes the files of a backup that is sealed or has failed.",
  run: (c) => reply(c, (backup) => backup.cleanup()),
});

const status = command({
  ...shared,
  name: "STATUS",
  summary: "Returns how far the backup is.",
  flags: ["admin", "stale"],
  run(c) {
    const { state, error, startSeconds, endSeconds } = c.server.snapshots.backup?.status ??
      { state: "idle", error: "", startSeconds: 0, endSeconds: 0 };
    c.reply.map(4);
    for (
      const [name, value] of [
        ["state", state],
        ["error", error],
        ["start_time", `${startSeconds}`],
        ["end_time", `${endSeconds}`],
      ]
    ) {
      c.reply.bulk(name);
      c.reply.bulk(value);
    }
  },
});

const list = command({
  ...shared,
  name: "LIST",
  summary: "Returns the paths of the backup's files that will not change any more.",
  flags: ["admin", "stale"],
  run(c) {
    const files = c.server.snapshots.backup?.files ?? [];
    c.reply.array(files.length);
    for (const path of files) c.reply.bulk(path);
  },
});

const help = command({
  ...shared,
  name: "HELP",
  summary: "Lists the subcommands.",
  flags: ["loading", "stale"],
  run: (c) =>
    replyHelp(c, [
      ["START", "Begin a backup: a snapshot of this moment, and what is written from now on."],
      ["SEAL", "End it: base, increments and manifest are an append-only file of this moment."],
      ["STATUS", "How far it is: state, error, start_time and end_time."],
      ["LIST", "Paths of the files that can be copied."],
      ["ABORT", "Give up a backup that is not sealed."],
      ["CLEANUP", "Remove the files of one that is sealed or has failed."],
    ]),
});

export const backup = command({
  name: "BACKUP",
  summary: "Takes backups while the server runs.",
  since: "8.10.0",
  group: "server",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [start, seal, status, list, abort, cleanup, help],
});
