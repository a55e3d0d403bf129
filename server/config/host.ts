/** The real system behind {@linkcode ConfigHost} and {@linkcode RewriteFiles}. */

import { globMatches, isGlob } from "./glob.ts";
import type { ConfigHost } from "./parse.ts";
import type { RewriteFiles } from "./rewrite.ts";

/**
 * Deno's files and standard input. The working directory is the host's own, starting at
 * `directory`: the process, which may hold several servers, stays where it is.
 */
export class DenoConfigHost implements ConfigHost {
  #directory: string;

  constructor(directory: string = Deno.cwd()) {
    this.#directory = directory;
  }

  readText(path: string): string {
    return withSystemWords(() => Deno.readTextFileSync(this.absolutePath(path)));
  }

  readStdin(): string {
    const decoder = new TextDecoder();
    const chunk = new Uint8Array(65536);
    let text = "";
    for (;;) {
      const count = Deno.stdin.readSync(chunk);
      if (count === null) return text + decoder.decode();
      text += decoder.decode(chunk.subarray(0, count), { stream: true });
    }
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
    return withSystemWords(() => {
      const entered = path === "" ? "" : Deno.realPathSync(this.absolutePath(path));
      // Listing tells a directory from a file, and whether it may be entered.
      Deno.readDirSync(entered)[Symbol.iterator]().next();
      return this.#directory = entered;
    });
  }

  absolutePath(path: string): string {
    return path.startsWith("/") ? path : `${this.#directory}/${path}`;
  }

  #matches(base: string, part: string): string[] {
    try {
      if (!isGlob(part)) {
        Deno.lstatSync(this.absolutePath(base + part));
        return [part];
      }
      return [...Deno.readDirSync(this.absolutePath(base))]
        .map(({ name }) => name)
        .filter((name) => globMatches(part, name) && (name[0] !== "." || part[0] === "."));
    } catch {
      return [];
    }
  }
}

/** Deno's files: a rewrite writes a new file beside the old one, then renames it over it. */
export class DenoRewriteFiles implements RewriteFiles {
  readText(path: string): string | undefined {
    try {
      return Deno.readTextFileSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new Error(systemWords(error));
    }
  }

  writeAtomic(path: string, text: string): void {
    const temporary = `${path}.${Deno.pid}.tmp`;
    withSystemWords(() => {
      const file = Deno.openSync(temporary, { write: true, create: true, truncate: true });
      try {
        const bytes = new TextEncoder().encode(text);
        for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
        file.syncDataSync();
        Deno.chmodSync(temporary, 0o644);
        Deno.renameSync(temporary, path);
      } catch (error) {
        Deno.removeSync(temporary);
        throw error;
      } finally {
        file.close();
      }
    });
  }
}

function withSystemWords<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Error(systemWords(error));
  }
}

/** The system's own words in an error of Deno: `No such file or directory (os error 2): ...`. */
function systemWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^(.*?) \(os error \d+\)/.exec(message)?.[1] ?? message;
}
