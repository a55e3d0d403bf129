/** The files behind {@linkcode ConfigHost} and {@linkcode RewriteFiles}. */

import { type Disk, readBinary, readText } from "../env/disk.ts";
import { replaceFile } from "../env/file_sink.ts";
import { globMatches, isGlob } from "./glob.ts";
import type { ConfigHost } from "./parse.ts";
import type { RewriteFiles } from "./rewrite.ts";

/**
 * Configuration files on a disk. The working directory is the host's own, starting at `directory`: the
 * process, which may hold several servers, stays where it is.
 */
export class ConfigFilesHost implements ConfigHost, RewriteFiles {
  #directory: string;

  /** @param readStdin the text on standard input, where there is one */
  constructor(
    readonly disk: Disk,
    directory: string = disk.workingDirectory(),
    readonly readStdin: () => string = () => "",
  ) {
    this.#directory = directory;
  }

  readText(path: string): string {
    const text = this.textOf(path);
    if (text === undefined) throw new Error("No such file or directory");
    return text;
  }

  textOf(path: string): string | undefined {
    return readText(this.disk, this.absolutePath(path)) ?? undefined;
  }

  writeAtomic(path: string, text: string): void {
    replaceFile(this.disk, path, text, `${path}.tmp`);
  }

  /** The bytes of a file, one character each; undefined when there is none. */
  binaryOf(path: string): string | undefined {
    return readBinary(this.disk, this.absolutePath(path)) ?? undefined;
  }

  /** Replaces a file with bytes, one character each. */
  writeBinary(path: string, binary: string): void {
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    replaceFile(this.disk, path, bytes, `${path}.tmp`);
  }

  /** Expands a path whose parts may be patterns; hidden files need a pattern with a leading dot. */
  glob(pattern: string): string[] {
    let found = [pattern.startsWith("/") ? "/" : ""];
    for (const part of pattern.split("/").filter((piece) => piece !== "")) {
      found = found.flatMap((base) => this.#matches(base, part).map((name) => `${base}${name}/`));
    }
    return found.map((path) => path.slice(0, -1)).sort();
  }

  enterDirectory(path: string): string {
    // An empty path is no directory, whatever the system makes of it.
    const entered = path === "" ? "" : this.absolutePath(path);
    return this.#directory = this.disk.enterable(entered);
  }

  absolutePath(path: string): string {
    return path.startsWith("/") ? path : `${this.#directory}/${path}`;
  }

  #matches(base: string, part: string): string[] {
    if (!isGlob(part)) return this.disk.has(this.absolutePath(base + part)) ? [part] : [];
    try {
      return this.disk.list(this.absolutePath(base))
        .filter((name) => globMatches(part, name) && (name[0] !== "." || part[0] === "."));
    } catch {
      return [];
    }
  }
}
