/** Options of RDB and AOF files. */

import { savePoints } from "../compound_types.ts";
import { bool, choice, int, memory, text, type TextCheck } from "../types.ts";

/** Allows plain names only: the file lives in `dir`. */
function plainName(option: string, kind: string, mayBeEmpty = false): TextCheck {
  return (name) => {
    if (name === "" && !mayBeEmpty) return `${option} can't be empty`;
    return /[/\\]/.test(name) ? `${option} can't be a path, just a ${kind}` : undefined;
  };
}

export const persistenceOptions = {
  "save": savePoints("3600 1 300 100 60 10000".split(" "), { alwaysWritten: true }),
  "dbfilename": text(
    "dump.rdb",
    { protected: true },
    plainName("dbfilename", "filename", true),
  ),
  // Etna's own: the highest version of RDB files, below which something may have to be left out.
  "rdb-version": choice(["auto", "10", "11"], "auto", { origin: "etna", hidden: true }),
  "rdbcompression": bool("yes"),
  "rdbchecksum": bool("yes", { immutable: true }),
  "rdb-save-incremental-fsync": bool("yes"),
  "rdb-del-sync-files": bool("no"),
  "backupdirname": text(
    "backupdir",
    { immutable: true, origin: "redis 8.10", hidden: true },
    plainName("backupdirname", "dirname"),
  ),
  "backup-sealed-ttl": int(0, { origin: "redis 8.10" }),
  // Etna's own: the memory itself is kept when the server ends, for the next start.
  "warm-restart": bool("no", { origin: "etna", hidden: true }),
  "stop-writes-on-bgsave-error": bool("yes"),
  "sanitize-dump-payload": choice(["no", "yes", "clients"], "no"),

  "appendonly": bool("no"),
  "appendfilename": text(
    "appendonly.aof",
    { immutable: true },
    plainName("appendfilename", "filename"),
  ),
  "appenddirname": text(
    "appendonlydir",
    { immutable: true },
    plainName("appenddirname", "dirname"),
  ),
  "appendfsync": choice(["everysec", "always", "no"], "everysec"),
  "no-appendfsync-on-rewrite": bool("no"),
  "auto-aof-rewrite-percentage": int(100),
  "auto-aof-rewrite-min-size": memory("64mb"),
  "aof-load-truncated": bool("yes"),
  "aof-use-rdb-preamble": bool("yes"),
  "aof-rewrite-incremental-fsync": bool("yes"),
  "aof-timestamp-enabled": bool("no"),
  "aof-disable-auto-gc": bool("no"),
};
