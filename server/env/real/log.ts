/**
 * The log over LogTape, in Redis's format.
 *
 * A server writes to the LogTape category `["etna", name]`. Embedded in a program it leaves it to that
 * program where the records go, as LogTape wants it of libraries; the command line calls {@link logLines},
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
export function logLine(record: LogRecord, pid: number, role: string): string {
  const date = new Date(record.timestamp);
  const pad = (value: number, width = 2) => String(value).padStart(width, "0");
  const day = `${pad(date.getDate())} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  const ms = pad(date.getMilliseconds(), 3);
  const mark = MARKS[record.level] ?? "#";
  return `${pid}:${role} ${day} ${time}.${ms} ${mark} ${record.properties.text}\n`;
}

/** Sends the records of all servers of a process, which has that number, where lines go. */
export function logLines(write: (line: string) => void, pid: number, role: () => string): void {
  configureSync({
    reset: true,
    sinks: { redis: (record) => write(logLine(record, pid, role())) },
    loggers: [
      { category: "etna", lowestLevel: "trace", sinks: ["redis"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
}
