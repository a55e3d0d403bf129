/**
 * Scripts of the operator: told of warnings, or of a primary's new address for clients. So many run at a time; one
 * that ends with status 1 or by a signal is run again later, after growing pauses.
 */

import type { State } from "./state.ts";

const MAX_WAITING = 256;
const MAX_RUNNING = 16;
const MAX_TRIES = 10;

interface Job {
  readonly id: number;
  readonly words: readonly string[];
  startedMs: number | null;
  dueMs: number;
  tries: number;
  isKilled: boolean;
}

export class Scripts {
  #jobs: Job[] = [];

  constructor(readonly state: State) {}

  get running(): number {
    return this.#jobs.filter(({ startedMs }) => startedMs !== null).length;
  }
  get waiting(): number {
    return this.#jobs.length;
  }
  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  add(words: readonly string[]): void {
    const { state } = this;
    const job = {
      id: state.nextId(),
      words,
      startedMs: null,
      dueMs: state.nowMs,
      tries: 0,
      isKilled: false,
    };
    this.#jobs.push(job);
    if (this.#jobs.length <= MAX_WAITING) return;
    // The oldest that does not run gives way.
    const oldest = this.#jobs.findIndex(({ startedMs }) => startedMs === null);
    this.#jobs.splice(oldest, 1);
  }

  tick(): void {
    const { state } = this;
    const { nowMs, timing } = state;
    for (const job of this.#jobs) {
      if (job.startedMs !== null) {
        if (nowMs - job.startedMs <= timing["script-max-runtime"] || job.isKilled) continue;
        job.isKilled = true;
        state.tellText("warning", "-script-timeout", `${job.words[0]} ${job.id}`);
        state.act({ do: "kill", id: job.id });
      } else if (nowMs >= job.dueMs && this.running < MAX_RUNNING) {
        job.startedMs = nowMs;
        job.tries++;
        state.act({ do: "run", id: job.id, words: job.words });
        state.tellText("debug", "+script-child", `${job.id}`);
      }
    }
  }

  /** @param status null where it could not be run, or ended by a signal */
  ended(id: number, status: number | null): void {
    const { state } = this;
    const job = this.#jobs.find((one) => one.id === id);
    if (job === undefined) return;
    state.tellText("debug", "-script-child", `${id} ${status ?? 0} ${status === null ? 1 : 0}`);
    if ((status === null || status === 1) && job.tries < MAX_TRIES) {
      job.startedMs = null;
      job.isKilled = false;
      job.dueMs = state.nowMs + state.timing["script-retry-delay"] * 2 ** (job.tries - 1);
      return;
    }
    if (status !== 0) {
      state.tellText(
        "warning",
        "-script-error",
        `${job.words[0]} ${status ?? 0} ${status === null ? 1 : 0}`,
      );
    }
    this.#jobs = this.#jobs.filter((one) => one !== job);
  }
}
