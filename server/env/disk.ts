/** Files as the data set's own need them. Paths are absolute; calls throw Errors in the system's words. */

/** An open file, read or written from its start to its end. */
export interface DataFile {
  readonly bytes: number;
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
  /** @returns null where there is no such file */
  open(path: string): DataFile | null;
  /** A new file, or an emptied one. */
  create(path: string): DataFile;
  /** A file to be written on behind what it has; made where there is none. */
  append(path: string): DataFile;
  /** Makes a directory where there is none. */
  makeDirectory(path: string): void;
  /** Gives a file another one's place, and returns once that is on the disk. */
  rename(from: string, to: string): void;
  remove(path: string): void;
}
