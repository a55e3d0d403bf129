/**
 * The log over LogTape, in Redis's format.
 *
 * A server writes to the LogTape category `["etna", name]`. Embedded in a program it leaves it to that
 * program where the records go, as LogTape wants it of libraries; the command line calls {@link logTo},
 * which writes `pid:role day month year time.ms mark message` to standard output or a file.
 */

import { configureSync, getLogger, type LogRecord } from "@logtape/logtape";
import type { LogSink } from "../log_sink.ts";

const MARKS: Record<string, string> = { trace: ".", debug: "-", info: "*", warning: "#" };
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The sink of a server of that name. */
export function logTapeSink(name: string): LogSink {
  const logger = getLogger(["etna", name]);
  return {
    write: (level, text) => {
      // Braces are LogTape's placeholders: the text goes in as a value, so that it is written as it is.
      if (level === "debug") logger.trace("{text}", { text });
      else if (level === "verbose") logger.debug("{text}", { text });
      else if (level === "notice") logger.info("{text}", { text });
      else logger.warning("{text}", { text });
    },
  };
}

/** A line as Redis writes it; `role` is M (master), S (replica), X (sentinel) or C (starting up). */
export function logLine(record: LogRecord, role: string): string {
  const date = new Date(record.timestamp);
  const pad = (value: number, width = 2) => String(value).padStart(width, "0");
  const day = `${pad(date.getDate())} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  const ms = pad(date.getMilliseconds(), 3);
  const mark = MARKS[record.level] ?? "#";
  return `${Deno.pid}:${role} ${day} ${time}.${ms} ${mark} ${record.properties.text}\n`;
}

/** Sends the records of all servers of this process to a file, or to standard output for "". */
export function logTo(path: string, role: () => string): void {
  const encoder = new TextEncoder();
  const write = (line: string) => {
    const bytes = encoder.encode(line);
    if (path === "") Deno.stdout.writeSync(bytes);
    // Opened for each line, as Redis does: a rotated file is followed without a signal.
    else Deno.writeFileSync(path, bytes, { append: true });
  };
  configureSync({
    reset: true,
    sinks: { redis: (record) => write(logLine(record, role())) },
    loggers: [
      { category: "etna", lowestLevel: "trace", sinks: ["redis"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
}
