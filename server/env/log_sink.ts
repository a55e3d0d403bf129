/** Where a server's log goes. */

export type LogLevel = "debug" | "verbose" | "notice" | "warning" | "nothing";

export interface LogSink {
  /** Writes a line; what is below the server's `loglevel` does not get here. */
  write(level: Exclude<LogLevel, "nothing">, text: string): void;
}
