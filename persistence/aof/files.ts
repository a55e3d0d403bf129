/** The files of the append-only file: their directory, their names, and the manifest that lists them. */

import { type DataFile, type Disk, readText, removeQuietly } from "../../server/env/disk.ts";
import { replaceFile } from "../../server/env/file_sink.ts";
import type { Server } from "../../server/server.ts";
import { removeUnlisted } from "../leftovers.ts";
import {
  type AofFile,
  formatManifest,
  type Manifest,
  ManifestError,
  parseManifest,
} from "./manifest.ts";

export class AofFiles {
  manifest: Manifest = { base: null, incrs: [], history: [] };

  constructor(readonly server: Server, readonly disk: Disk) {}

  get directory(): string {
    const { dir, appenddirname } = this.server.config.values;
    return `${dir}/${appenddirname}`;
  }
  #path(name: string): string {
    return `${this.directory}/${name}`;
  }
  get prefix(): string {
    return this.server.config.values.appendfilename;
  }

  baseAt(seq: number, isRdb: boolean): AofFile {
    return { name: `${this.prefix}.${seq}.base.${isRdb ? "rdb" : "aof"}`, seq };
  }
  incrAt(seq: number): AofFile {
    return { name: `${this.prefix}.${seq}.incr.aof`, seq };
  }
  /** A number that no file of the manifest has: the highest but one. */
  get nextSeq(): number {
    const { base, incrs, history } = this.manifest;
    const all = [...base === null ? [] : [base], ...incrs, ...history];
    return Math.max(0, ...all.map(({ seq }) => seq)) + 1;
  }
  /** All files that are loaded, in their order. */
  get loaded(): AofFile[] {
    const { base, incrs } = this.manifest;
    return [...base === null ? [] : [base], ...incrs];
  }

  // ---- the manifest -----------------------------------------------------------------------------

  /** Reads the manifest, or takes over a file of old. @returns false where there is neither @throws Error */
  find(): boolean {
    const manifest = this.#read() ?? this.#migrate();
    if (manifest === null) return false;
    this.manifest = manifest;
    this.#endMigration();
    return true;
  }

  /** The same, where what was known may not be so any more. */
  findAnew(): boolean {
    this.manifest = { base: null, incrs: [], history: [] };
    return this.find();
  }

  /** A takeover that was interrupted between its manifest and its file is brought to its end. */
  #endMigration(): void {
    const { base, incrs, history } = this.manifest;
    const isOfOld = base?.name === this.prefix && incrs.length === 0 && history.length === 0;
    const old = `${this.server.config.values.dir}/${this.prefix}`;
    if (!isOfOld || this.disk.has(this.#path(this.prefix)) || !this.disk.has(old)) return;
    this.#takeOver(old);
  }

  #takeOver(old: string): void {
    this.disk.rename(old, this.#path(this.prefix));
    this.server.log.notice(
      `Successfully migrated an old-style AOF file (${this.prefix}) into the AOF directory ` +
        `(${this.server.config.values.appenddirname}).`,
    );
  }

  #read(): Manifest | null {
    const text = readText(this.disk, this.#path(`${this.prefix}.manifest`));
    if (text === null) return null;
    try {
      return parseManifest(text);
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      throw new Error(
        `*** FATAL AOF MANIFEST FILE ERROR *** Reading the manifest file, at line ${error.line} ` +
          `>>> '${error.text}' ${error.message}`,
      );
    }
  }

  /** A single file, as Redis wrote it before 7.0, becomes the base. */
  #migrate(): Manifest | null {
    const old = `${this.server.config.values.dir}/${this.prefix}`;
    const file = this.disk.open(old);
    if (file === null) return null;
    file.close();
    this.makeDirectory();
    const manifest = { base: { name: this.prefix, seq: 1 }, incrs: [], history: [] };
    this.write(manifest);
    this.#takeOver(old);
    return manifest;
  }

  /** Makes a manifest the one that counts. */
  write(manifest: Manifest): void {
    const name = `${this.prefix}.manifest`;
    const text = formatManifest(manifest);
    replaceFile(this.disk, this.#path(name), text, this.#path(`temp-${name}`));
    this.manifest = manifest;
  }

  // ---- files ------------------------------------------------------------------------------------

  makeDirectory(): void {
    this.disk.makeDirectory(this.directory);
  }

  create({ name }: AofFile): void {
    this.disk.create(this.#path(name)).close();
  }

  open({ name }: AofFile): DataFile {
    const file = this.disk.open(this.#path(name));
    if (file !== null) return file;
    throw new Error(
      `Unable to obtain the AOF file ${name} length. stat: No such file or directory`,
    );
  }

  append({ name }: AofFile): DataFile {
    return this.disk.append(this.#path(name));
  }

  sizeOf(wanted: AofFile): number {
    const file = this.open(wanted);
    const { bytes } = file;
    file.close();
    return bytes;
  }

  /** Deletes a file that is in no manifest. */
  discard({ name }: AofFile): void {
    removeQuietly(this.disk, this.#path(name));
  }

  /** Deletes what a killed server has left behind; without a manifest, whole files stay. */
  dropUnlisted(hadManifest: boolean): void {
    const names = hadManifest ? new Set(this.loaded.map(({ name }) => name)) : null;
    removeUnlisted(this.server, this.disk, this.directory, this.prefix, names);
  }

  /** Deletes files that have been replaced. */
  dropHistory(): void {
    const { base, incrs, history } = this.manifest;
    if (history.length === 0 || this.server.config.values["aof-disable-auto-gc"]) return;
    for (const file of history) this.discard(file);
    this.write({ base, incrs, history: [] });
  }
}
