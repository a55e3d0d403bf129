/** The server's log: Redis's levels over the environment's sink. */

import type { LogLevel, LogSink } from "../env/log_sink.ts";

const RANKS: Record<LogLevel, number> = { debug: 0, verbose: 1, notice: 2, warning: 3, nothing: 4 };

export class Log {
  #rank = RANKS.notice;

  constructor(readonly sink: LogSink) {}

  /** The lowest level that is written. */
  set level(level: LogLevel) {
    this.#rank = RANKS[level];
  }
  get verboseEnabled(): boolean {
    return this.#rank <= RANKS.verbose;
  }

  debug(text: string): void {
    if (this.#rank <= RANKS.debug) this.sink.write("debug", text);
  }
  verbose(text: string): void {
    if (this.#rank <= RANKS.verbose) this.sink.write("verbose", text);
  }
  notice(text: string): void {
    if (this.#rank <= RANKS.notice) this.sink.write("notice", text);
  }
  warning(text: string): void {
    if (this.#rank <= RANKS.warning) this.sink.write("warning", text);
  }
}
