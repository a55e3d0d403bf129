/** The append-only file into the core's databases. */

import type { Server } from "../../server/server.ts";
import { readDatabases } from "../rdb/reader.ts";
import type { AofFiles } from "./files.ts";
import type { AofFile } from "./manifest.ts";
import { replayCommands } from "./replay.ts";

/**
 * Loads all files of the manifest; each `next()` is a slice of the work.
 *
 * @throws Error in the words of Redis's log
 */
export function* loadFiles(server: Server, files: AofFiles): Generator<void, void> {
  const { clock, log } = server;
  const { base } = files.manifest;
  const all = files.loaded;
  // All must be there before the first is loaded.
  for (const file of all) server.loading.expect(files.sizeOf(file));
  const startUs = clock.monotonicUs();
  for (const file of all) {
    const fileUs = clock.monotonicUs();
    yield* loadFile(server, files, file, file === all.at(-1));
    const seconds = (clock.monotonicUs() - fileUs) / 1e6;
    const kind = file === base ? "base" : "incr";
    log.notice(`DB loaded from ${kind} file ${file.name}: ${seconds.toFixed(3)} seconds`);
  }
  const seconds = (clock.monotonicUs() - startUs) / 1e6;
  log.notice(`DB loaded from append only file: ${seconds.toFixed(3)} seconds`);
}

function* loadFile(
  server: Server,
  files: AofFiles,
  wanted: AofFile,
  isLast: boolean,
): Generator<void, void> {
  const { log } = server;
  const { name } = wanted;
  const isSnapshot = beginsAsSnapshot(files, wanted);
  const file = files.open(wanted);
  const onProgress = (bytes: number) => server.loading.progress(name, bytes, file.bytes);
  try {
    if (isSnapshot) {
      log.notice("Reading RDB base file on AOF loading...");
      const { keys, expired } = yield* readDatabases(server, file, {
        merges: false,
        keepsExpired: true,
        onField: () => {},
        onFunction: () => {},
        onProgress,
      });
      log.notice(`Done loading RDB, keys loaded: ${keys}, keys expired: ${expired}.`);
      return;
    }
    const { validBytes, inTransaction } = yield* replayCommands(server, file, name, onProgress);
    if (inTransaction) log.warning(`Revert incomplete MULTI/EXEC transaction in AOF file ${name}`);
    if (validBytes !== file.bytes) repair(server, files, wanted, validBytes, isLast);
  } finally {
    server.loading.fileDone(file.bytes);
    file.close();
  }
}

function beginsAsSnapshot(files: AofFiles, wanted: AofFile): boolean {
  const file = files.open(wanted);
  const head = new Uint8Array(5);
  file.read(head);
  file.close();
  return new TextDecoder().decode(head) === "REDIS";
}

/** Cuts off half a command at the end of the last file, which a crash leaves. @throws Error elsewhere */
function repair(
  server: Server,
  files: AofFiles,
  wanted: AofFile,
  validBytes: number,
  isLast: boolean,
): void {
  const { config, log } = server;
  const { name } = wanted;
  if (!isLast || !config.values["aof-load-truncated"]) {
    throw new Error(
      `Unexpected end of file reading the append only file ${name}. You can: 1) Make a backup of your ` +
        "AOF file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set " +
        "the 'aof-load-truncated' configuration option to yes and restart the server.",
    );
  }
  log.warning(`!!! Warning: short read while loading the AOF file ${name}!!!`);
  log.warning(`!!! Truncating the AOF ${name} at offset ${validBytes} !!!`);
  const file = files.append(wanted);
  try {
    file.truncate(validBytes);
    file.sync();
  } finally {
    file.close();
  }
  log.warning(`AOF ${name} loaded anyway because aof-load-truncated is enabled`);
}
