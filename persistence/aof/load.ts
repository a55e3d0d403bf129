/** The append-only file into the core's databases. */

import { FileSource } from "../../server/env/file_source.ts";
import { MemorySource, type Source, type Step, takeStepsNow } from "../../server/env/source.ts";
import { wordsOf } from "../../server/env/system_error.ts";
import type { Server } from "../../server/server.ts";
import { readAnnotation, type Replication } from "../rdb/replication.ts";
import { readDatabases } from "../rdb/reader.ts";
import type { AofFiles } from "./files.ts";
import type { AofFile } from "./manifest.ts";
import { readAfter } from "./lines.ts";
import { replayCommands } from "./replay.ts";

/**
 * Loads all files of the manifest; each `next()` is a slice of the work.
 *
 * @returns where in which history their data stand, where the last of them ends with that
 * @throws Error in the words of Redis's log
 */
export function* loadFiles(
  server: Server,
  files: AofFiles,
): Generator<Step, Replication | null> {
  const { clock, log } = server;
  const { base } = files.manifest;
  // All must be there before the first is loaded.
  for (const file of files.loaded) files.sizeOf(file);
  const all = wholeFiles(server, files);
  for (const file of all) server.loading.expect(files.sizeOf(file));
  const startUs = clock.monotonicUs();
  let moment: Replication | null = null;
  const end = endOf(files, all);
  for (const [index, file] of all.entries()) {
    const fileUs = clock.monotonicUs();
    moment = yield* loadFile(server, files, file, index >= end);
    const seconds = (clock.monotonicUs() - fileUs) / 1e6;
    const kind = file === base ? "base" : "incr";
    log.notice(`DB loaded from ${kind} file ${file.name}: ${seconds.toFixed(3)} seconds`);
  }
  if (all.length < files.loaded.length) keepOnly(files, all);
  const seconds = (clock.monotonicUs() - startUs) / 1e6;
  log.notice(`DB loaded from append only file: ${seconds.toFixed(3)} seconds`);
  return moment;
}

/**
 * The files up to the first that goes on where another one does not end any more: the power went, and the end
 * of that other one with it.
 *
 * @throws Error where such a thing is not to be loaded
 */
function wholeFiles({ config, log }: Server, files: AofFiles): AofFile[] {
  const all = files.loaded;
  for (const [index, file] of all.entries()) {
    const after = file === files.manifest.base ? null : readAfter(files.headOf(file));
    const before = all.find(({ name }) => name === after?.name);
    if (after === null || before === undefined) continue;
    const missing = after.bytes - files.sizeOf(before);
    if (missing <= 0) continue;
    const words = `The AOF file ${before.name} has lost its last ${missing} bytes, which ` +
      `${file.name} goes on behind`;
    if (!config.values["aof-load-truncated"]) {
      throw new Error(`${words}. Set 'aof-load-truncated' to yes to load what was before.`);
    }
    log.warning(`!!! Warning: ${words}: it is left out !!!`);
    return all.slice(0, index);
  }
  return all;
}

/** Which file is the last that was written to: those behind it hold no whole line. */
function endOf(files: AofFiles, all: readonly AofFile[]): number {
  let end = all.length - 1;
  while (end > 0 && !files.headOf(all[end]).includes(LINE_END)) end--;
  return end;
}

const LINE_END = "\n".charCodeAt(0);

/** The others are not written on, and not loaded again. */
function keepOnly(files: AofFiles, all: readonly AofFile[]): void {
  const { base, incrs, history } = files.manifest;
  files.write({ base, incrs: incrs.filter((file) => all.includes(file)), history });
}

/** Loads them now, in the place of what is in memory. @returns false when that failed; the log says why */
export function reloadFiles(server: Server, files: AofFiles): boolean {
  server.databases.clear();
  server.scripting.functions.flush();
  server.loading.begin();
  try {
    if (files.find()) takeStepsNow(loadFiles(server, files));
    return true;
  } catch (error) {
    server.log.warning(wordsOf(error));
    return false;
  } finally {
    server.loading.end();
  }
}

function* loadFile(
  server: Server,
  files: AofFiles,
  wanted: AofFile,
  isLast: boolean,
): Generator<Step, Replication | null> {
  const { log } = server;
  const { name } = wanted;
  const file = new FileSource(files.open(wanted));
  const { totalBytes } = file;
  const onProgress = (bytes: number) => server.loading.progress(name, bytes, totalBytes);
  try {
    // What is before the commands: a snapshot, all of it or none.
    let snapshotBytes = 0;
    let rest: Uint8Array = firstBytes(file, MAGIC.length);
    if (new TextDecoder().decode(rest) === MAGIC) {
      log.notice("Reading RDB base file on AOF loading...");
      const source = new MemorySource(rest, file);
      rest = new Uint8Array();
      const { keys, expired } = yield* readDatabases(server, source, {
        place: "new",
        keepsExpired: true,
        onField: () => {},
        onFunction: (text) => void server.scripting.functions.load(text, true),
        onProgress,
        onRest: (bytes) => rest = bytes,
      });
      log.notice(`Done loading RDB, keys loaded: ${keys}, keys expired: ${expired}.`);
      snapshotBytes = file.readBytes - rest.length;
      if (snapshotBytes === totalBytes) return null;
      // As Redis wrote them before 7.0: what followed is in the same file.
      log.notice("Reading the remaining AOF tail...");
    }
    const commands = new MemorySource(rest, file);
    const replayed = yield* replayCommands(server, commands, name, (bytes) => {
      onProgress(snapshotBytes + bytes);
    });
    const { validBytes, inTransaction, annotation } = replayed;
    if (inTransaction) log.warning(`Revert incomplete MULTI/EXEC transaction in AOF file ${name}`);
    const whole = snapshotBytes + validBytes;
    if (whole !== totalBytes) repair(server, files, wanted, whole, isLast);
    return readAnnotation(annotation);
  } finally {
    server.loading.fileDone(totalBytes);
    file.close();
  }
}

/** How a snapshot begins. */
const MAGIC = "REDIS";

/** The first bytes of a source, so many or fewer where it has no more. */
function firstBytes(source: Source, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let length = 0;
  while (length < count) {
    const read = source.read(bytes.subarray(length));
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
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
