/** Where a process's log goes: a program's as lines in Redis's format, that of servers inside a program to LogTape. */

import { getLogger } from "@logtape/logtape";
import type { LogSink } from "../log_sink.ts";

/**
 * The sink of servers that are part of a program: LogTape's category `["etna", "embedded"]`. Where its records go is
 * left to that program, as LogTape wants it of libraries.
 */
export function logTapeSink(): LogSink {
  const logger = getLogger(["etna", "embedded"]);
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

const MARKS = { debug: ".", verbose: "-", notice: "*", warning: "#" };
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * The sink of a server that is the program: `pid:role day month year time.ms mark message`, where the role is M
 * (master), S (replica), X (sentinel) or C (starting up). A start writes ten lines, which took 6 ms through LogTape.
 */
export class LogLines implements LogSink {
  /** Takes lines; nobody listens before {@link begin}. */
  #append: (line: string) => void = () => {};
  #role: () => string = () => "C";

  constructor(readonly pid: number) {}

  begin(append: (line: string) => void, role: () => string): void {
    this.#append = append;
    this.#role = role;
  }

  write(level: keyof typeof MARKS, text: string): void {
    const line = `${this.pid}:${this.#role()} ${timeOfDay(new Date())} ${MARKS[level]} ${text}\n`;
    try {
      this.#append(line);
    } catch { /* as in Redis, a log that cannot be written holds nothing up */ }
  }
}

function timeOfDay(date: Date): string {
  const pad = (value: number, width = 2) => String(value).padStart(width, "0");
  const day = `${pad(date.getDate())} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return `${day} ${time}.${pad(date.getMilliseconds(), 3)}`;
}
