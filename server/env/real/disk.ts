/** Deno's files behind {@linkcode Disk}. */

import { Awaited } from "../awaited.ts";
import type { DataFile, Disk } from "../disk.ts";
import { Freeing } from "../freeing.ts";
import { withSystemWords } from "../system_error.ts";

class RealFile implements DataFile {
  readonly bytes: number;
  readonly modifiedMs: number;

  constructor(readonly file: Deno.FsFile, readonly awaited: Awaited) {
    const { size, mtime } = file.statSync();
    this.bytes = size;
    this.modifiedMs = mtime?.getTime() ?? 0;
  }

  read(into: Uint8Array<ArrayBuffer>): number {
    return withSystemWords(() => this.file.readSync(into)) ?? 0;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    withSystemWords(() => {
      for (let at = 0; at < bytes.length;) at += this.file.writeSync(bytes.subarray(at));
    });
  }

  sync(): void {
    withSystemWords(() => this.file.syncDataSync());
  }

  async syncLater(): Promise<void> {
    try {
      await this.awaited.of(this.file.syncData());
    } catch (error) {
      withSystemWords(() => {
        throw error;
      });
    }
  }

  truncate(bytes: number): void {
    withSystemWords(() => {
      this.file.truncateSync(bytes);
      this.file.seekSync(bytes, Deno.SeekMode.Start);
    });
  }

  close(): void {
    this.file.close();
  }
}

/** @param awaited is told of what it does beside other work */
export function realDisk(awaited: Awaited = new Awaited()): Disk {
  const freeing = new Freeing({
    processId: Deno.pid,
    bytesOf: (path) => Deno.lstatSync(path).size,
    link: Deno.linkSync,
    rename: (from, to) => withSystemWords(() => Deno.renameSync(from, to)),
    remove: (path) => withSystemWords(() => Deno.removeSync(path)),
    removeLater: (path) => awaited.of(Deno.remove(path)),
    open: (path) => new RealFile(Deno.openSync(path), awaited),
  });
  return {
    workingDirectory: () => Deno.cwd(),
    enterable: (path) =>
      withSystemWords(() => {
        const entered = Deno.realPathSync(path);
        // Listing tells a directory from a file, and whether it may be entered.
        Deno.readDirSync(entered)[Symbol.iterator]().next();
        return entered;
      }),
    list: (path) => {
      try {
        return [...Deno.readDirSync(path)].map(({ name }) => name);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return [];
        return withSystemWords(() => {
          throw error;
        });
      }
    },
    has: (path) => {
      try {
        Deno.lstatSync(path);
        return true;
      } catch {
        return false;
      }
    },
    isDevice: (path) => {
      try {
        const { isCharDevice, isBlockDevice } = Deno.statSync(path);
        return isCharDevice === true || isBlockDevice === true;
      } catch {
        return false;
      }
    },
    open: (path) => {
      try {
        return new RealFile(Deno.openSync(path), awaited);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return null;
        return withSystemWords(() => {
          throw error;
        });
      }
    },
    create: (path) =>
      withSystemWords(() =>
        new RealFile(
          Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o644 }),
          awaited,
        )
      ),
    append: (path) =>
      withSystemWords(() => {
        const file = Deno.openSync(path, { write: true, create: true, mode: 0o644 });
        file.seekSync(0, Deno.SeekMode.End);
        return new RealFile(file, awaited);
      }),
    lock: (path) =>
      withSystemWords(() => {
        const file = Deno.openSync(path, { read: true, write: true, create: true });
        if (file.tryLockSync(true)) return () => file.close();
        file.close();
        return null;
      }),
    makeDirectory: (path) => withSystemWords(() => Deno.mkdirSync(path, { recursive: true })),
    rename: (from, to) => freeing.rename(from, to),
    renameLater: (from, to) => freeing.renameLater(from, to),
    remove: (path) => freeing.remove(path),
  };
}
