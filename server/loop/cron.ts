/**
 * What happens by itself: `hz` times a second expiry, client timeouts and gauges; in between, slices
 * of work that a single turn must not do at once.
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
  readonly expiry: Sliced & { begin(hz: number): void };
  readonly eviction: { slice(budgetUs: number): boolean };
  readonly snapshots: { run(nowUs: number): number };
  readonly tracking: { limit(): void };
  readonly idlePages: { look(): void; run(): boolean };
  readonly defrag: { look(): void; run(): number };
  readonly loading: { readonly active: boolean };
  readonly pause: { readonly active: boolean; check(): number };
  readonly blocked: { check(): number };
  readonly nowMs: number;
  updateAccessClock(): void;
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
/** Rate samples averaged by INFO. */
const RATE_SAMPLES = 16;

export class Cron {
  #dueUs = 0;
  #ticks = 0;
  /** Where the round through the clients goes on. */
  #walk: Iterator<Connection, undefined>;
  #rateMs = 0;
  #rateBase = [0, 0, 0, 0, 0];
  readonly #rates: number[][] = [[], [], [], [], []];
  /** DEBUG PAUSE-CRON: no tick does anything. */
  paused = false;
  /** Things that other rooms do at each tick. */
  readonly jobs: ((tick: number, hz: number) => void)[] = [];
  /** Work of other rooms that is done in slices with rests: ms until the next one. */
  readonly paced: { run(nowUs: number): number }[] = [];
  /** The same that they do while a data set is loaded, too. */
  readonly loadingJobs: (() => void)[] = [];

  constructor(readonly server: CronNeeds) {
    this.#walk = server.clients.all.values();
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
    if (nowUs >= this.#dueUs) {
      const hz = this.hz();
      this.#tick(hz);
      const endUs = server.clock.monotonicUs();
      server.stats.loop.cronUs += endUs - nowUs;
      this.#dueUs = endUs + 1e6 / hz;
    }
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
      Math.max(1, Math.ceil((this.#dueUs - nowUs) / 1000)),
    );
  }

  #tickWhileLoading(nowUs: number): number {
    if (nowUs >= this.#dueUs) {
      const hz = this.hz();
      this.#ticks++;
      this.#timeouts(hz);
      this.#sampleRates();
      for (const job of this.loadingJobs) job();
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
    this.#ticks++;
    server.updateAccessClock();
    if (!server.pause.active) server.expiry.begin(hz);
    server.tracking.limit();
    server.idlePages.look();
    server.defrag.look();
    this.#timeouts(hz);
    this.#sampleRates();
    const { core } = server;
    if (core.usedBytes > core.u64(core.at.PEAK_BYTES)) {
      core.setU64(core.at.PEAK_BYTES, core.usedBytes);
    }
    for (const job of this.jobs) job(this.#ticks, hz);
    for (const job of this.loadingJobs) job();
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

  #sampleRates(): void {
    const { server } = this;
    const ms = server.nowMs - this.#rateMs;
    if (ms < 100) return;
    const { stats } = server;
    const { loop } = stats;
    const totals = [
      stats.totalCalls(),
      stats.inputBytes,
      stats.outputBytes,
      loop.cycles,
      loop.durationUs,
    ];
    if (this.#rateMs !== 0) {
      totals.forEach((total, i) => {
        // Below the base after CONFIG RESETSTAT.
        this.#rates[i].push(Math.max(0, total - this.#rateBase[i]) * 1000 / ms);
        if (this.#rates[i].length > RATE_SAMPLES) this.#rates[i].shift();
      });
    }
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
