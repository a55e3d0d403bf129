/**
 * The manifest of the append-only file: which files it is made of, in the order in which they are loaded.
 *
 * ```
 *  file appendonly.aof.2.base.rdb seq 2 type b      the data set when the last rewrite began
 *  file appendonly.aof.3.incr.aof seq 3 type i      what has been written since, in one or several files
 *  file appendonly.aof.1.base.rdb seq 1 type h      replaced; to be deleted
 * ```
 */

import { quoteWord, splitWords } from "../../server/config/words.ts";

export interface AofFile {
  readonly name: string;
  readonly seq: number;
}

/** A line that is none of a manifest's. */
export class ManifestError extends Error {
  constructor(message: string, readonly line: number, readonly text: string) {
    super(message);
  }
}

export interface Manifest {
  base: AofFile | null;
  incrs: AofFile[];
  history: AofFile[];
}

/** A line has no more bytes than this, its end included. */
const LINE_BYTES = 1024;

/** @throws ManifestError */
export function parseManifest(text: string): Manifest {
  const manifest: Manifest = { base: null, incrs: [], history: [] };
  const lines = text.split("\n");
  const ends = lines.pop() === "";
  if (text === "") throw new ManifestError("Found an empty AOF manifest", 0, "");
  for (const [index, line] of lines.entries()) {
    if (line.length >= LINE_BYTES) throw tooLong(index, line);
    const wrong = (message: string) => new ManifestError(message, index + 1, line);
    if (line.startsWith("#")) continue;
    const words = splitWords(line.trim());
    if (words === undefined || words.length < 6 || words.length % 2 !== 0) {
      throw wrong("Invalid AOF manifest file format");
    }
    const fields = new Map<string, string>();
    for (let i = 0; i < words.length; i += 2) fields.set(words[i].toLowerCase(), words[i + 1]);
    const name = fields.get("file") ?? "";
    const seq = Number.parseInt(fields.get("seq") ?? "");
    if (name === "" || !seq) throw wrong("Invalid AOF manifest file format");
    if (name.includes("/")) throw wrong("File can't be a path, just a filename");
    add(manifest, { name, seq }, fields.get("type"), wrong);
  }
  // The real server takes a line that it does not see the end of for one that is too long.
  if (!ends) throw tooLong(lines.length, text);
  return manifest;
}

const tooLong = (index: number, line: string) =>
  new ManifestError("The AOF manifest file contains too long line", index + 1, line.slice(0, 64));

function add(
  manifest: Manifest,
  file: AofFile,
  type: string | undefined,
  wrong: (message: string) => ManifestError,
): void {
  const kind = type?.[0];
  if (kind === "b") {
    if (manifest.base !== null) throw wrong("Found duplicate base file information");
    manifest.base = file;
  } else if (kind === "i") {
    if (file.seq <= (manifest.incrs.at(-1)?.seq ?? 0)) {
      throw wrong("Found a non-monotonic sequence number");
    }
    manifest.incrs.push(file);
  } else if (kind === "h") manifest.history.push(file);
  else throw wrong("Unknown AOF file type");
}

/** The manifest as the file's text. */
export function formatManifest({ base, incrs, history }: Manifest): string {
  const line = ({ name, seq }: AofFile, type: string) =>
    `file ${/[\s"'\\]/.test(name) ? quoteWord(name) : name} seq ${seq} type ${type}\n`;
  return [
    ...base === null ? [] : [line(base, "b")],
    ...history.map((file) => line(file, "h")),
    ...incrs.map((file) => line(file, "i")),
  ].join("");
}

/** What a rewrite makes of a manifest: its base, and the file that follows it, take the place of all others. */
export function replacedBy(
  { base: before, incrs, history }: Manifest,
  base: AofFile,
  incr: AofFile | null,
): Manifest {
  const replaced = [...before === null ? [] : [before], ...incrs];
  return {
    base,
    incrs: incr === null ? [] : [incr],
    history: [...history, ...replaced.filter(({ name }) => name !== incr?.name)],
  };
}
