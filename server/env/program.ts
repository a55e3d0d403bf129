/** What a program has beside its servers: arguments, standard streams, signals, an end. */

import type { Environment } from "./env.ts";

export interface Program {
  readonly args: readonly string[];
  /** What it is called by. */
  readonly name: string;
  write(text: string): void;
  writeError(text: string): void;
  /** The text on standard input, to its end. */
  readStdin(): string;
  /** Makes a directory the process's working one. @throws Error in the system's words */
  enterDirectory(path: string): void;
  onSignal(signal: "SIGTERM" | "SIGINT" | "SIGABRT", act: () => void): void;
  /** Ends the process as a signal does that nobody listens to. */
  dieOf(signal: "SIGABRT" | "SIGSEGV"): never;
  exit(status: number): never;
  /** Sends the log to a file, or to standard output for ""; `role` is the letter behind the process's number. */
  logTo(path: string, role: () => string): void;
  /** The environment of the server that is the program. */
  environment(): Environment;
  /** The environment of a server inside it. */
  embedding(): Environment;
}
