/**
 * What an image of the memory says of itself, so that only who can read it believes it.
 *
 * ```
 *  "ETNA-MEMORY 1 LENGTH\n" | LENGTH bytes of JSON, "\n" included | parts (core-as/host/image.ts)
 * ```
 *
 * An image holds what the files of the same moment hold. If one of these has been exchanged since, whoever did
 * that wants the file.
 */

import type { Config } from "../../server/config/config.ts";
import type { Disk } from "../../server/env/disk.ts";
import type { Source } from "../../server/env/source.ts";
import type { Replication } from "../../server/saving/snapshots.ts";

/** Whose memory it was, and what it takes to go on with it. */
export interface ImageHead {
  /** Of Etna, and of the core's code. */
  readonly version: string;
  readonly core: string;
  /** What must be configured alike. */
  readonly options: Readonly<Record<string, string>>;
  /** Files of the data set as they were, each with its length and time of change. */
  readonly files: Readonly<Record<string, string>>;
  /** Where in the history of the data set it stands; null where nobody could go on from there. */
  readonly replication: Replication | null;
  /** Libraries of functions, one character a byte. */
  readonly functions: readonly string[];
}

/** Options that the memory is made by, or that say which files hold the same. */
const OPTIONS = [
  "databases",
  "cluster-enabled",
  "cluster-databases",
  "appendonly",
  "appendfilename",
  "appenddirname",
] as const;

/** Where the image of a server is: beside its snapshot. */
export function imagePath({ values: { dir, dbfilename } }: Config): string {
  return `${dir}/${dbfilename === "" ? "dump.rdb" : dbfilename}.memory`;
}

/** The head of an image of this moment. */
export function headOf(
  config: Config,
  disk: Disk,
  rest: Pick<ImageHead, "version" | "core" | "replication" | "functions">,
): ImageHead {
  const options = Object.fromEntries(OPTIONS.map((name) => [name, `${config.values[name]}`]));
  return { ...rest, options, files: filesOf(config, disk) };
}

/** The files that hold the data set, as they are. */
function filesOf({ values }: Config, disk: Disk): Record<string, string> {
  const { dir, dbfilename, appendonly, appenddirname, appendfilename } = values;
  const directory = `${dir}/${appenddirname}`;
  const log = appendonly ? disk.list(directory) : [];
  const paths = [
    ...dbfilename === "" ? [] : [`${dir}/${dbfilename}`],
    ...log.filter((name) => name.startsWith(appendfilename)).sort().map((name) =>
      `${directory}/${name}`
    ),
  ];
  const found: Record<string, string> = {};
  for (const path of paths) {
    const file = disk.open(path);
    if (file === null) continue;
    found[path.slice(dir.length + 1)] = `${file.bytes} ${file.modifiedMs}`;
    file.close();
  }
  return found;
}

/** Why an image cannot be taken over by a server with such a head, null where it can. */
export function unfit(image: ImageHead, own: ImageHead): string | null {
  if (image.version !== own.version || image.core !== own.core) return "it is another build's";
  for (const name of OPTIONS) {
    if (image.options[name] !== own.options[name]) return `the option ${name} was another`;
  }
  for (const name of new Set([...Object.keys(image.files), ...Object.keys(own.files)])) {
    if (image.files[name] !== own.files[name]) return `the file ${name} has changed since`;
  }
  return null;
}

/** The bytes of a head. */
export function encodeHead(head: ImageHead): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const json = encoder.encode(JSON.stringify(head) + "\n");
  const line = encoder.encode(`ETNA-MEMORY 1 ${json.length}\n`);
  const bytes = new Uint8Array(line.length + json.length);
  bytes.set(line);
  bytes.set(json, line.length);
  return bytes;
}

/** A first line has no more bytes than this. */
const LINE_BYTES = 64;

/** Reads a head. @returns it with its bytes, null where there is none that is whole */
export function readHead(source: Source): { head: ImageHead; bytes: Uint8Array } | null {
  let line = "";
  const one = new Uint8Array(1);
  while (!line.endsWith("\n")) {
    if (line.length === LINE_BYTES || source.read(one) === 0) return null;
    line += String.fromCharCode(one[0]);
  }
  const length = Number(/^ETNA-MEMORY 1 (\d+)\n$/.exec(line)?.[1] ?? -1);
  if (!(length > 0) || length > (source.totalBytes ?? 0)) return null;
  const json = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = source.read(json.subarray(at));
    if (count === 0) return null;
    at += count;
  }
  try {
    const head: ImageHead = JSON.parse(new TextDecoder().decode(json));
    return typeof head === "object" && head !== null ? { head, bytes: encodeHead(head) } : null;
  } catch {
    return null;
  }
}
