/**
 * What happens by itself: `hz` times a second expiry, client timeouts and gauges; in between, slices
 * of work that a single turn must not do at once.
 *
 * With `dynamic-hz` a server of which nothing is asked ticks once a second, as long as no room needs it more often
 * ({@link Cron.every}): what costs is that it wakes up at all, 0.8 ms each time.
 */

import type { Connection } from "../net/connection.ts";
import type { Clock } from "../env/clock.ts";
import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import type { Clients } from "../net/clients.ts";
import type { Limits } from "../net/limits.ts";
import type { Stats } from "../stats/stats.ts";

/** Work that is done in slices: @returns whether some is left */
interface Sliced {
  run(budgetUs: number): boolean;
}

/** What happens by itself, and what that needs. */
export interface CronNeeds {
  readonly core: Core;
  readonly clock: Clock;
  readonly config: Config;
  readonly clients: Clients;
  readonly limits: Limits;
  readonly stats: Stats;
  readonly lazyFree: Sliced;
  readonly fieldExpiry: Sliced;
  readonly expiry: Sliced & { begin(hz: number): void; readonly hasKeys: boolean };
  readonly eviction: { slice(budgetUs: number): boolean };
  readonly snapshots: { run(nowUs: number): number };
  readonly tracking: { limit(): void; readonly isOverLimit: boolean };
  readonly idlePages: { look(): void; run(): boolean };
  readonly defrag: { look(): void; run(): number };
  readonly loading: { readonly active: boolean };
  readonly pause: { readonly active: boolean; check(): number };
  readonly blocked: { check(): number };
  readonly nowMs: number;
}

/** Time for background slices per turn while there is work. */
const SLICE_US = 500;
/** The same for freeing, which may go on for seconds: whoever asks something meanwhile waits for it. */
const FREE_SLICE_US = 250;
/** The same for the expiry of keys: a cycle gets its share of the CPU if turns take up to 3 ms. */
const EXPIRE_SLICE_US = 1000;
/**
 * With `dynamic-hz`, more ticks when there are more clients than this per tick. To look at one costs
 * 0.1 us, to wake up some 200: at Redis's 200 clients per tick ten thousand idle ones took 2 % of a CPU.
 */
const CLIENTS_PER_TICK = 2000;
const MAX_HZ = 500;
/** How long nobody needs a tick at most. */
const MOST_REST_MS = 1000;
/** Rate samples averaged by INFO, and of how long each is. */
const RATE_SAMPLES = 16;
const RATE_SAMPLE_MS = 100;

/** What another room does at each tick. */
interface Job {
  run(): void;
  /** Ms for which it needs no tick as things stand, 0: it needs each. Whatever changes that wakes the loop. */
  restMs(): number;
}

export class Cron {
  /** When the last tick was, and when the next one is due by `hz`. */
  #tickedUs = 0;
  #dueUs = 0;
  /** Calls of commands until the last tick, and whether there had been none since the one before. */
  #calls = 0;
  #isQuiet = false;
  /** Where the round through the clients goes on. */
  #walk: Iterator<Connection, undefined>;
  #rateMs = 0;
  #rateBase = [0, 0, 0, 0, 0];
  readonly #rates: number[][] = [[], [], [], [], []];
  /** DEBUG PAUSE-CRON: no tick does anything. */
  paused = false;
  readonly #jobs: Job[] = [];
  /** Those that go on while a data set is loaded. */
  readonly #loadingJobs: Job[] = [];
  /** Work of other rooms that is done in slices with rests: ms until the next one. */
  readonly paced: { run(nowUs: number): number }[] = [];

  constructor(readonly server: CronNeeds) {
    this.#walk = server.clients.all.values();
  }

  /** Has `run` called at each tick. @param restMs for how long it can do without, as things stand */
  every(run: () => void, restMs: () => number): void {
    this.#jobs.push({ run, restMs });
  }
  /** The same while a data set is loaded, too. */
  everyEvenLoading(run: () => void, restMs: () => number): void {
    this.#loadingJobs.push({ run, restMs });
  }

  /** Runs what is due. @returns ms until the next tick, 0 while slices are left to do */
  run(nowUs: number): number {
    const { server } = this;
    // What is being loaded neither expires nor is evicted or saved.
    if (server.loading.active) return this.#tickWhileLoading(nowUs);
    const frees = server.lazyFree.run(FREE_SLICE_US) || server.eviction.slice(SLICE_US);
    const fields = server.fieldExpiry.run(SLICE_US);
    const snapshotMs = server.snapshots.run(nowUs);
    const pauseMs = server.pause.check();
    const waitMs = server.blocked.check();
    const tickMs = this.#tickIfDue(nowUs);
    const keys = server.expiry.run(EXPIRE_SLICE_US);
    const pages = server.idlePages.run();
    const defragMs = server.defrag.run();
    let pacedMs = Infinity;
    for (const work of this.paced) pacedMs = Math.min(pacedMs, work.run(nowUs));
    if (frees || pages || fields || keys) return 0;
    return Math.min(
      snapshotMs,
      pauseMs,
      waitMs,
      defragMs,
      pacedMs,
      tickMs,
    );
  }

  /** @returns ms until the next tick */
  #tickIfDue(nowUs: number): number {
    const { server } = this;
    if (nowUs >= this.#dueUs && nowUs >= this.#tickUs(nowUs)) {
      const hz = this.hz();
      this.#tick(hz);
      const endUs = server.clock.monotonicUs();
      server.stats.loop.cronUs += endUs - nowUs;
      this.#tickedUs = endUs;
      this.#dueUs = endUs + 1e6 / hz;
    }
    const tickUs = this.#isQuiet ? this.#tickUs(nowUs) : this.#dueUs;
    return Math.max(1, Math.ceil((tickUs - nowUs) / 1000));
  }

  /** When the next tick is due as things stand: later than by `hz`, if nobody asks for anything and no room needs it. */
  #tickUs(nowUs: number): number {
    const { server } = this;
    this.#isQuiet = server.config.values["dynamic-hz"] && !server.expiry.hasKeys &&
      !server.tracking.isOverLimit && server.stats.totalCalls() === this.#calls;
    if (!this.#isQuiet) return this.#dueUs;
    let tickUs = this.#tickedUs + MOST_REST_MS * 1000;
    for (const jobs of [this.#jobs, this.#loadingJobs]) {
      for (const job of jobs) tickUs = Math.min(tickUs, nowUs + job.restMs() * 1000);
    }
    return Math.max(this.#dueUs, tickUs);
  }

  #tickWhileLoading(nowUs: number): number {
    if (nowUs >= this.#dueUs) {
      const hz = this.hz();
      this.#timeouts(hz);
      this.sampleRates();
      for (const job of this.#loadingJobs) job.run();
      this.#dueUs = this.server.clock.monotonicUs() + 1e6 / hz;
    }
    return Math.min(
      this.server.pause.check(),
      this.server.blocked.check(),
      Math.max(1, Math.ceil((this.#dueUs - nowUs) / 1000)),
    );
  }

  /** Ticks a second at present. */
  hz(): number {
    const { values } = this.server.config;
    let hz = values.hz;
    if (values["dynamic-hz"]) {
      while (this.server.clients.all.size / hz > CLIENTS_PER_TICK && hz < MAX_HZ) hz *= 2;
    }
    return Math.min(hz, MAX_HZ);
  }

  #tick(hz: number): void {
    if (this.paused) return;
    const { server } = this;
    if (!server.pause.active) server.expiry.begin(hz);
    server.tracking.limit();
    server.idlePages.look();
    server.defrag.look();
    const calls = server.stats.totalCalls();
    this.#isQuiet = calls === this.#calls;
    this.#calls = calls;
    this.#timeouts(this.#isQuiet ? 1 : hz);
    this.sampleRates();
    const { core } = server;
    if (core.usedBytes > core.u64(core.at.PEAK_BYTES)) {
      core.setU64(core.at.PEAK_BYTES, core.usedBytes);
    }
    for (const job of this.#jobs) job.run();
    for (const job of this.#loadingJobs) job.run();
  }

  /** Looks at some clients, so that each is seen once a second: idle ones, and slow readers. */
  #timeouts(hz: number): void {
    const { server } = this;
    const { all } = server.clients;
    const timeoutSeconds = server.config.values.timeout;
    const count = Math.min(all.size, Math.max(5, Math.ceil(all.size / hz)));
    for (let seen = 0; seen < count; seen++) {
      let next = this.#walk.next();
      if (next.done) next = (this.#walk = all.values()).next();
      if (next.done) return;
      server.limits.check(next.value, timeoutSeconds);
    }
  }

  /** Brings the rates in INFO up to date. */
  sampleRates(): void {
    const { server } = this;
    const ms = server.nowMs - this.#rateMs;
    if (ms < RATE_SAMPLE_MS) return;
    const { stats } = server;
    const { loop } = stats;
    const totals = [
      stats.totalCalls(),
      stats.inputBytes,
      stats.outputBytes,
      loop.cycles,
      loop.durationUs,
    ];
    // After a rest it counts as the samples that were left out.
    const samples = this.#rateMs === 0
      ? 0
      : Math.min(RATE_SAMPLES, Math.round(ms / RATE_SAMPLE_MS));
    totals.forEach((total, i) => {
      // Below the base after CONFIG RESETSTAT.
      const rate = Math.max(0, total - this.#rateBase[i]) * 1000 / ms;
      for (let n = 0; n < samples; n++) this.#rates[i].push(rate);
      this.#rates[i].splice(0, this.#rates[i].length - RATE_SAMPLES);
    });
    this.#rateMs = server.nowMs;
    this.#rateBase = totals;
    const mean = (values: number[]) =>
      values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    stats.opsPerSecond = Math.round(mean(this.#rates[0]));
    stats.inputBytesPerSecond = mean(this.#rates[1]);
    stats.outputBytesPerSecond = mean(this.#rates[2]);
    stats.cyclesPerSecond = Math.round(mean(this.#rates[3]));
    stats.cycleUs = Math.round(mean(this.#rates[4]) / Math.max(1, mean(this.#rates[3])));
  }
}
