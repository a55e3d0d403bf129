/**
 * Warm restart: the memory of a server that ends as a file, and the server that begins with it.
 *
 * An image is believed once, by the server that starts next, and only if nothing has changed since. It is
 * written beside and renamed when it is whole, after all that the data set has on disk; and whoever starts
 * takes it away before anybody can change the data set. So a server that was killed leaves none behind that
 * would be believed, and the files alone hold what was acknowledged since.
 *
 * Where an image does not fit, or is damaged, the files are loaded as if there were none.
 */

import type { Core } from "../../core-as/host/core.ts";
import { sealOf, takeImage, writeImage } from "../../core-as/host/image.ts";
import type { Config } from "../../server/config/config.ts";
import { type Disk, removeQuietly } from "../../server/env/disk.ts";
import type { Environment } from "../../server/env/env.ts";
import { FileSink } from "../../server/env/file_sink.ts";
import { FileSource } from "../../server/env/file_source.ts";
import { wordsOf } from "../../server/env/system_error.ts";
import type { MemoryImage } from "../../server/saving/snapshots.ts";
import type { Server } from "../../server/server.ts";
import { encodeHead, headOf, type ImageHead, imagePath, readHead, unfit } from "./head.ts";

/** What a server starts with. */
export interface WarmStart {
  core: Core;
  /** What the image told, null where there was none or none that could be believed. */
  image: ImageHead | null;
  /** What the log should say of it, null where there is nothing to tell. */
  note: string | null;
}

/**
 * Makes the core of a server that starts, with what an image holds if there is one.
 *
 * @param make makes an empty core; the one that a damaged image was read into is dropped for another
 */
export async function startWarm(
  make: () => Promise<Core>,
  config: Config,
  environment: Pick<Environment, "disk" | "clock" | "pageReleaser">,
  version: string,
): Promise<WarmStart> {
  const { disk, clock } = environment;
  const core = await make();
  const path = imagePath(config);
  const file = disk.open(path);
  if (file === null) return { core, image: null, note: null };
  const source = new FileSource(file);
  const startUs = clock.monotonicUs();
  let taken: ImageHead | string;
  let used: boolean;
  try {
    // Small pages, touched one by one for the first time, would take most of the time.
    environment.pageReleaser(core).useLarge(true);
    [taken, used] = take(core, source, config, disk, version);
  } finally {
    source.close();
  }
  const trouble = consume(disk, path);
  if (trouble !== null) taken = `it could not be removed: ${trouble}`;
  if (typeof taken === "object") {
    const megabytes = (source.readBytes / 2 ** 20).toFixed(1);
    const seconds = ((clock.monotonicUs() - startUs) / 1e6).toFixed(3);
    const note = `Memory taken over from an image: ${megabytes} MB, ${seconds} seconds`;
    return { core, image: taken, note };
  }
  const note = `The image of the memory is left out, files are loaded: ${taken}`;
  return { core: used ? await make() : core, image: null, note };
}

/** @returns what the image says, or why it is of no use; and whether the core is no longer empty */
function take(
  core: Core,
  source: FileSource,
  config: Config,
  disk: Disk,
  version: string,
): [ImageHead | string, boolean] {
  if (!config.values["warm-restart"]) return ["warm-restart is no", false];
  const found = readHead(source);
  if (found === null) return ["it is damaged", false];
  const { head, bytes } = found;
  const { identity } = core;
  const own = headOf(config, disk, { version, core: identity, replication: null, functions: [] });
  const why = unfit(head, own);
  if (why !== null) return [why, false];
  const whole = takeImage(core, sealOf(core, bytes), (into) => source.read(into));
  return [whole ? head : "it is damaged, or larger than the memory", true];
}

/** Sees to it that nobody believes the image again, even when the power goes now. @returns why that failed */
function consume(disk: Disk, path: string): string | null {
  const used = `${path}.used`;
  try {
    disk.rename(path, used);
  } catch (error) {
    return wordsOf(error);
  }
  removeQuietly(disk, used);
  return null;
}

/** Writes the image of a server that ends. */
export class WarmImage implements MemoryImage {
  wanted = false;

  constructor(readonly server: Server, readonly disk: Disk) {}

  write(): void {
    if (!this.wanted) return;
    const { server, disk } = this;
    const { core, config, log, process, clock } = server;
    if (core.u32[core.at.HIDDEN_SLOTS] !== 0) {
      return log.notice(
        "The memory is not kept for the next start: keys of slots are on their way",
      );
    }
    const startUs = clock.monotonicUs();
    while (server.lazyFree.run(Infinity));
    const head = headOf(config, disk, {
      version: server.version,
      core: core.identity,
      replication: server.propagation.moment,
      functions: server.scripting.functions.codes,
    });
    // Blocks that only this process points at.
    server.propagation.stream.backlog.close();
    server.scripting.discard();
    const path = imagePath(config);
    let sink: FileSink | null = null;
    try {
      sink = new FileSink(disk, path, `${config.values.dir}/temp-${process.id}.memory`);
      const bytes = encodeHead(head);
      sink.write(bytes);
      writeImage(core, sealOf(core, bytes), (piece) => sink!.write(piece));
      sink.finishNow();
    } catch (error) {
      sink?.abort();
      return log.warning(`Could not keep the memory for the next start: ${wordsOf(error)}`);
    }
    const seconds = (clock.monotonicUs() - startUs) / 1e6;
    log.notice(`Memory kept for the next start: ${seconds.toFixed(3)} seconds`);
  }
}
