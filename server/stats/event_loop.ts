/** How long the event loop's cycles take: what INFO tells of them, since the start or CONFIG RESETSTAT. */

export class EventLoopStats {
  cycles = 0;
  /** Time of all cycles, us: from the first request that one serves until its replies are sent. */
  durationUs = 0;
  /** Time of the commands among it. */
  commandsUs = 0;
  /** Time of the append-only file's writes, and of what happens by itself. */
  fileUs = 0;
  cronUs = 0;
  longestUs = 0;
  mostCommands = 0;
  /** Of the cycle under way; no time is 0. */
  #startUs = 0;
  #commands = 0;

  /** Requests of a client were served. */
  served(startUs: number, endUs: number, commands: number): void {
    if (this.#startUs === 0) this.#startUs = startUs;
    this.commandsUs += endUs - startUs;
    this.#commands += commands;
  }

  /** A cycle is over. */
  ended(nowUs: number): void {
    this.cycles++;
    if (this.#startUs === 0) return;
    const tookUs = nowUs - this.#startUs;
    this.durationUs += tookUs;
    if (tookUs > this.longestUs) this.longestUs = tookUs;
    if (this.#commands > this.mostCommands) this.mostCommands = this.#commands;
    this.#startUs = 0;
    this.#commands = 0;
  }
}
