/** The files of the append-only file: their directory, their names, and the manifest that lists them. */

import { type DataFile, type Disk, readText, removeQuietly } from "../../server/env/disk.ts";
import { replaceFile, replaceFileLater } from "../../server/env/file_sink.ts";
import { wordsOf } from "../../server/env/system_error.ts";
import type { Server } from "../../server/server.ts";
import { removeUnlisted } from "../leftovers.ts";
import {
  type AofFile,
  formatManifest,
  type Manifest,
  ManifestError,
  parseManifest,
} from "./manifest.ts";

/** The first line of a file has no more. */
const HEAD_BYTES = 512;

export class AofFiles {
  manifest: Manifest = { base: null, incrs: [], history: [] };
  /** The manifests that are being written. */
  #written: Promise<void> = Promise.resolve();

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

  /** Makes a manifest the one that counts: at the start, when nobody waits and nothing else is under way. */
  write(manifest: Manifest): void {
    const { path, temporary } = this.#manifestPaths;
    replaceFile(this.disk, path, formatManifest(manifest), temporary);
    this.manifest = manifest;
  }

  /** The same with what is made of the one that counts, beside other work, one after the other. @throws Error */
  writeLater(change: (manifest: Manifest) => Manifest): Promise<void> {
    const write = async () => {
      const manifest = change(this.manifest);
      const { path, temporary } = this.#manifestPaths;
      await replaceFileLater(this.disk, path, formatManifest(manifest), temporary);
      this.manifest = manifest;
    };
    const written = this.#written.then(write);
    this.#written = written.catch(() => {});
    return written;
  }

  get #manifestPaths(): { path: string; temporary: string } {
    const name = `${this.prefix}.manifest`;
    return { path: this.#path(name), temporary: this.#path(`temp-${name}`) };
  }

  /** The file that is written on, made where there is none. */
  lastIncr(): AofFile {
    const { base, incrs, history } = this.manifest;
    const { log } = this.server;
    const last = incrs.at(-1);
    if (last !== undefined) {
      log.notice(`Opening AOF incr file ${last.name} on server start`);
      return last;
    }
    const incr = this.incrAt(base === null ? 1 : base.seq);
    log.notice(`Creating AOF incr file ${incr.name} on server start`);
    this.create(incr);
    this.write({ base, incrs: [incr], history });
    return incr;
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

  /** Has the disk have all that was ever written behind the base. @throws Error */
  syncLogs(): void {
    for (const incr of this.manifest.incrs) {
      const file = this.append(incr);
      try {
        file.sync();
      } finally {
        file.close();
      }
    }
  }

  /** What a file begins with. */
  headOf(wanted: AofFile): Uint8Array {
    const file = this.open(wanted);
    try {
      const head = new Uint8Array(HEAD_BYTES);
      return head.subarray(0, file.read(head));
    } finally {
      file.close();
    }
  }

  sizeOf(wanted: AofFile): number {
    const file = this.open(wanted);
    const { bytes } = file;
    file.close();
    return bytes;
  }

  get loadedBytes(): number {
    return this.loaded.reduce((sum, file) => sum + this.sizeOf(file), 0);
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
  async dropHistory(): Promise<void> {
    const { history } = this.manifest;
    if (history.length === 0 || this.server.config.values["aof-disable-auto-gc"]) return;
    for (const file of history) this.discard(file);
    const isGone = ({ name }: AofFile) => history.some((file) => file.name === name);
    try {
      await this.writeLater((manifest) => {
        return { ...manifest, history: manifest.history.filter((file) => !isGone(file)) };
      });
    } catch (error) {
      this.server.log.warning(`Could not write the manifest without history: ${wordsOf(error)}`);
    }
  }
}
