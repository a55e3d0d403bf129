/** Files by Node's modules: for Node and Bun. */

import type * as fs from "node:fs";
import type { DataFile, Disk } from "../disk.ts";
import { Freeing } from "../freeing.ts";
import { systemErrorOf } from "../system_error.ts";
import { nodeModules } from "./modules.ts";

/** @throws Error in the system's words */
function inWords<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw systemErrorOf(error, "");
  }
}

class NodeFile implements DataFile {
  readonly bytes: number;
  readonly modifiedMs: number;

  /** @param at where it is read and written next */
  constructor(readonly fs: NodeFs, readonly fd: number, private at: number) {
    const { size, mtimeMs } = fs.fstatSync(fd);
    this.bytes = size;
    this.modifiedMs = mtimeMs;
  }

  read(into: Uint8Array<ArrayBuffer>): number {
    const count = inWords(() => this.fs.readSync(this.fd, into, 0, into.length, this.at));
    this.at += count;
    return count;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    inWords(() => {
      for (let from = 0; from < bytes.length;) {
        const count = this.fs.writeSync(this.fd, bytes, from, bytes.length - from, this.at);
        from += count;
        this.at += count;
      }
    });
  }

  sync(): void {
    inWords(() => this.fs.fdatasyncSync(this.fd));
  }

  syncLater(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.fs.fdatasync(this.fd, (error) => error ? reject(systemErrorOf(error, "")) : resolve());
    });
  }

  truncate(bytes: number): void {
    inWords(() => this.fs.ftruncateSync(this.fd, bytes));
    this.at = bytes;
  }

  close(): void {
    this.fs.closeSync(this.fd);
  }
}

type NodeFs = typeof fs;

function isMissing(error: unknown): boolean {
  return (error as { code?: string }).code === "ENOENT";
}

export function nodeDisk(): Disk {
  const { fs } = nodeModules();
  const freeing = new Freeing({
    // deno-lint-ignore no-process-global
    processId: process.pid,
    bytesOf: (path) => fs.lstatSync(path).size,
    link: fs.linkSync,
    rename: (from, to) => inWords(() => fs.renameSync(from, to)),
    remove: (path) => inWords(() => fs.rmSync(path)),
    removeLater: fs.promises.rm,
    open: (path) => new NodeFile(fs, fs.openSync(path, "r"), 0),
  });
  const MODE = 0o644;
  return {
    // deno-lint-ignore no-process-global
    workingDirectory: () => process.cwd(),
    enterable: (path) =>
      inWords(() => {
        const entered = fs.realpathSync(path);
        // Listing tells a directory from a file, and whether it may be entered.
        fs.readdirSync(entered);
        return entered;
      }),
    list: (path) => {
      try {
        return fs.readdirSync(path);
      } catch (error) {
        if (isMissing(error)) return [];
        throw systemErrorOf(error, "");
      }
    },
    has: (path) => {
      try {
        fs.lstatSync(path);
        return true;
      } catch {
        return false;
      }
    },
    isDevice: (path) => {
      const found = fs.statSync(path, { throwIfNoEntry: false });
      return found !== undefined && (found.isCharacterDevice() || found.isBlockDevice());
    },
    open: (path) => {
      try {
        return new NodeFile(fs, fs.openSync(path, "r"), 0);
      } catch (error) {
        if (isMissing(error)) return null;
        throw systemErrorOf(error, "");
      }
    },
    create: (path) => inWords(() => new NodeFile(fs, fs.openSync(path, "w", MODE), 0)),
    append: (path) =>
      inWords(() => {
        const { O_WRONLY, O_CREAT } = fs.constants;
        const fd = fs.openSync(path, O_WRONLY | O_CREAT, MODE);
        return new NodeFile(fs, fd, fs.fstatSync(fd).size);
      }),
    // Node has no locks.
    lock: () => () => {},
    makeDirectory: (path) => inWords(() => void fs.mkdirSync(path, { recursive: true })),
    rename: (from, to) => freeing.rename(from, to),
    renameLater: (from, to) => freeing.renameLater(from, to),
    remove: (path) => freeing.remove(path),
  };
}
