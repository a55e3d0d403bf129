/** Files. Paths are absolute but where it is said; calls throw Errors in the system's words. */

/** An open file, read or written from its start to its end. */
export interface DataFile {
  readonly bytes: number;
  /** When it was changed last, ms since the epoch; 0 where nobody knows. */
  readonly modifiedMs: number;
  /** Fills a part of `into`. @returns bytes read, 0 at the end */
  read(into: Uint8Array<ArrayBuffer>): number;
  write(bytes: Uint8Array<ArrayBuffer>): void;
  /** Returns once all that was written is on the disk: what it takes to read it, times of change aside. */
  sync(): void;
  /** The same, and others run meanwhile. */
  syncLater(): Promise<void>;
  /** Cuts off what is behind so many bytes; what is written next follows them. */
  truncate(bytes: number): void;
  close(): void;
}

export interface Disk {
  /** The process's working directory, which relative paths start at. */
  workingDirectory(): string;
  /** The path of a directory without links and dots. @throws where it is none or may not be listed */
  enterable(path: string): string;
  /** @returns null where there is no such file */
  open(path: string): DataFile | null;
  /** A new file, or an emptied one. */
  create(path: string): DataFile;
  /** A file to be written on behind what it has; made where there is none. */
  append(path: string): DataFile;
  /** Makes a directory where there is none. */
  makeDirectory(path: string): void;
  /** Names in a directory, in no order; none where there is no such directory. */
  list(path: string): string[];
  /** Whether there is anything of that name. */
  has(path: string): boolean;
  /** Whether a device stands there (`/dev/null`), which is written to and never replaced. */
  isDevice(path: string): boolean;
  /** Gives a file another one's place, and returns once that is on the disk. */
  rename(from: string, to: string): void;
  /** The same, at once for whoever looks; fulfilled once it is on the disk. */
  renameLater(from: string, to: string): Promise<void>;
  /** Takes a file's name away at once; the room it had is given back beside other work. */
  remove(path: string): void;
  /**
   * Keeps a file, made where there is none, for one user among all who ask here.
   *
   * @returns what gives it up; null while another has it
   */
  lock(path: string): (() => void) | null;
}

/** The text of a file, null where there is none. @throws Error in the system's words */
export function readText(disk: Disk, path: string): string | null {
  const decoder = new TextDecoder();
  let text = "";
  if (!readPieces(disk, path, (piece) => text += decoder.decode(piece, { stream: true }))) {
    return null;
  }
  return text + decoder.decode();
}

/** All bytes of a file, one character each; null when there is none. */
export function readBinary(disk: Disk, path: string): string | null {
  let binary = "";
  const add = (piece: Uint8Array) => {
    for (const byte of piece) binary += String.fromCharCode(byte);
  };
  return readPieces(disk, path, add) ? binary : null;
}

/** @returns whether there is such a file */
function readPieces(disk: Disk, path: string, use: (piece: Uint8Array) => void): boolean {
  const file = disk.open(path);
  if (file === null) return false;
  try {
    const chunk = new Uint8Array(64 * 1024);
    for (let count = file.read(chunk); count !== 0; count = file.read(chunk)) {
      use(chunk.subarray(0, count));
    }
    return true;
  } finally {
    file.close();
  }
}

/** Removes a file that may not be there. */
export function removeQuietly(disk: Disk, path: string): void {
  try {
    disk.remove(path);
  } catch { /* it is not there: then there is nothing to do */ }
}
