/**
 * Looks at an append-only file: a manifest and all that it names, or one file as Redis wrote it before 7.0, with
 * a snapshot before its commands or without. What is broken at the end of the last file can be cut off, and so
 * can what was written after a moment.
 */

import type { Core } from "../../core-as/host/core.ts";
import { type Disk, readText } from "../../server/env/disk.ts";
import { FileSource } from "../../server/env/file_source.ts";
import { MemorySource, type Source } from "../../server/env/source.ts";
import { ManifestError, parseManifest } from "../aof/manifest.ts";
import { CommandScanner, type Scanned } from "./commands.ts";
import { checkRdb } from "./rdb.ts";
import { Tally } from "./tally.ts";

/** What to do about it. */
export interface AofAction {
  /** Cut off what is broken at the end. */
  readonly fix: boolean;
  /** Cut off what was written after this second; null for nothing. */
  readonly upToSecond: number | null;
}

export interface AofReport {
  readonly lines: readonly string[];
  /** All files are whole, or are now. */
  readonly isWhole: boolean;
}

/** Distinct keys that are told apart; in a file of more the largest are those of the first so many. */
const MAX_KEYS = 1_000_000;

/** Checks what a path names. @throws Error in the system's words */
export function checkAof(core: Core, disk: Disk, path: string, action: AofAction): AofReport {
  return new AofCheck(core, disk, action).run(path);
}

class AofCheck {
  readonly lines: string[] = [];
  readonly tally = new Tally();
  readonly #keys = new Map<string, number>();

  constructor(readonly core: Core, readonly disk: Disk, readonly action: AofAction) {}

  run(path: string): AofReport {
    const file = this.disk.open(path);
    if (file === null) throw new Error(`Cannot open file ${path}: No such file or directory`);
    const first = new Uint8Array(5);
    const isManifest = file.read(first) === 5 && new TextDecoder().decode(first) === "file ";
    file.close();
    const isWhole = isManifest ? this.#manifest(path) : this.#file(path, true);
    for (const [key, bytes] of this.#keys) this.tally.offer({ key, bytes, about: "" });
    this.lines.push(...this.tally.lines("command"));
    if (isWhole) {
      this.lines.push(isManifest ? "All AOF files and manifest are valid" : "AOF is valid");
    }
    return { lines: this.lines, isWhole };
  }

  #manifest(path: string): boolean {
    this.lines.push("Start checking Multi Part AOF");
    const directory = path.slice(0, path.lastIndexOf("/") + 1);
    try {
      const { base, incrs } = parseManifest(readText(this.disk, path)!);
      const files = [...base === null ? [] : [base], ...incrs];
      // Each is looked at, whatever the one before is like.
      return files.map((each) => this.#file(directory + each.name, each === files.at(-1)))
        .every((isWhole) => isWhole);
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      this.lines.push(`${path}: line ${error.line}: ${error.message}`);
      return false;
    }
  }

  /** @param isLast nothing is loaded behind it: its end may be cut off */
  #file(path: string, isLast: boolean): boolean {
    this.lines.push(`Start to check the AOF file ${path}`);
    const file = this.disk.open(path);
    if (file === null) {
      this.lines.push(`${path}: No such file or directory`);
      return false;
    }
    const source = new FileSource(file);
    try {
      return this.#content(path, source, isLast);
    } finally {
      source.close();
    }
  }

  #content(path: string, source: FileSource, isLast: boolean): boolean {
    const head = new Uint8Array(6);
    const headBytes = source.read(head);
    let rest: Uint8Array = head.subarray(0, headBytes);
    const magic = new TextDecoder().decode(rest);
    let before = 0;
    if (magic.startsWith("REDIS") || magic === "VALKEY") {
      const report = checkRdb(this.core, new MemorySource(rest, source), path);
      this.lines.push(...report.lines);
      if (report.damage !== null) return false;
      rest = report.rest;
      before = source.readBytes - rest.length;
      if (before === source.totalBytes) return true;
    }
    const scan = this.#scan(new MemorySource(rest, source), before);
    const { totalBytes } = source;
    const cut = scan.cut ?? scan.whole;
    const reason = scan.cut !== null
      ? `what follows was written after second ${this.action.upToSecond}`
      : scan.reason;
    this.lines.push(
      `AOF analyzed: filename=${path}, size=${totalBytes}, ok_up_to=${cut}, diff=${
        totalBytes - cut
      }`,
    );
    if (cut === totalBytes) return true;
    this.lines.push(`${path}: offset ${cut}: ${reason}`);
    return this.#repair(path, cut, isLast, scan.cut !== null);
  }

  /** What the commands are like. */
  #scan(source: Source, before: number) {
    let whole = before;
    let cut: number | null = null;
    let inTransaction = false;
    const scanner = new CommandScanner((command) => {
      const name = this.#count(command);
      if (name === "#ts" && cut === null && this.action.upToSecond !== null) {
        if (Number(command.words[0].slice(4)) > this.action.upToSecond) {
          cut = before + command.offset;
        }
      }
      if (name === "multi") inTransaction = true;
      if (name === "exec") inTransaction = false;
      if (!inTransaction) whole = before + command.endOffset;
    });
    const chunk = new Uint8Array(256 * 1024);
    for (let count = source.read(chunk); count !== 0; count = source.read(chunk)) {
      scanner.take(chunk.subarray(0, count));
    }
    scanner.end();
    const reason = scanner.damage?.reason ??
      (inTransaction ? "a transaction without its end" : "nothing is wrong");
    return { whole, cut: cut as number | null, reason };
  }

  /** @returns what it is, in lower case */
  #count({ words, offset, endOffset }: Scanned): string {
    const [first, key] = words;
    if (first.startsWith("#")) return first.slice(0, 3).toLowerCase();
    const name = first.toLowerCase().slice(0, 24);
    const bytes = endOffset - offset;
    this.tally.add(name, bytes);
    if (key !== undefined && !KEYLESS.has(name)) {
      const sum = this.#keys.get(key);
      if (sum !== undefined || this.#keys.size < MAX_KEYS) this.#keys.set(key, (sum ?? 0) + bytes);
    }
    return name;
  }

  #repair(path: string, cut: number, isLast: boolean, isWanted: boolean): boolean {
    if (!this.action.fix && !isWanted) {
      this.lines.push("AOF is not valid. Use the --fix option to cut its end off.");
      return false;
    }
    if (!isLast) {
      this.lines.push(
        `${path} is not the last file: what follows it would be lost, nothing was changed`,
      );
      return false;
    }
    const file = this.disk.append(path);
    try {
      file.truncate(cut);
      file.sync();
    } finally {
      file.close();
    }
    this.lines.push(`Successfully truncated AOF ${path} to ${cut} bytes`);
    return true;
  }
}

/** Commands whose first word is no key. */
const KEYLESS = new Set(
  "select multi exec publish spublish function script eval evalsha".split(" "),
);
