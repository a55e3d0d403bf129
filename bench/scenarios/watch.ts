/**
 * Watches a server for stalls, and the machine for time it lost to its own host.
 *
 * One thread sends PING every half millisecond and notes each slow answer. A virtual machine's
 * CPUs are taken away for ten or twenty milliseconds now and then, which looks the same from
 * outside; so one more thread per CPU, pinned to it and with real-time priority, only sleeps for
 * half a millisecond at a time and notes when it woke late: nothing in the machine comes before it,
 * so the CPU was not there. The overlap of the two is taken off a slow answer.
 *
 * The threads are Workers that call libc by FFI: neither this program's event loop nor its timers
 * (which are coarser than a millisecond) stand between the question and the answer.
 */

/** From and to, in ms since the epoch. */
export type Interval = [fromMs: number, toMs: number];

/** What a thread is told at its start. */
export type Order =
  & {
    /** One Int32, set to 1 to end the watch. */
    stop: SharedArrayBuffer;
  }
  & ({ watch: "server"; port: number } | { watch: "cpu"; cpu: number });

/** What a thread noted. */
export interface Notes {
  /** Answers that took over 1 ms, or sleeps that ended late by over 0.2 ms. */
  slow: Interval[];
  /** How often it asked, or slept. */
  count: number;
  /** False where the system refused a real-time priority. */
  realTime: boolean;
}

/** A slow answer. */
export interface Stall {
  startMs: number;
  /** What the client waited. */
  seenMs: number;
  /** The same less the time in which the machine had lost a CPU. */
  netMs: number;
}

/** A watch under way. */
export class Watch {
  readonly #threads: Thread[];

  private constructor(threads: Thread[]) {
    this.#threads = threads;
  }

  /** Begins to watch the server on a port; resolves when all threads are at work. */
  static async start(port: number): Promise<Watch> {
    const cpus = Array.from({ length: navigator.hardwareConcurrency }, (_, cpu) => cpu);
    return new Watch([
      await Thread.start({ watch: "server", port }),
      ...await Promise.all(cpus.map((cpu) => Thread.start({ watch: "cpu", cpu }))),
    ]);
  }

  /**
   * Ends the watch.
   *
   * @returns the slow answers, longest (net) first, and whether time lost could be told apart
   */
  async finish(): Promise<{ stalls: Stall[]; pings: number; realTime: boolean }> {
    const [server, ...cpus] = await Promise.all(this.#threads.map((thread) => thread.finish()));
    // Without real-time priority a late sleep tells of other processes too, so it counts for nothing.
    const realTime = cpus.every((notes) => notes.realTime);
    const lost = realTime ? union(cpus.flatMap(({ slow }) => slow)) : [];
    const stalls = server.slow.map(([fromMs, toMs]) => ({
      startMs: fromMs,
      seenMs: toMs - fromMs,
      netMs: toMs - fromMs - overlapMs([fromMs, toMs], lost),
    }));
    return { stalls: stalls.sort((a, b) => b.netMs - a.netMs), pings: server.count, realTime };
  }
}

/** Merges intervals into disjoint ones in ascending order. */
export function union(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const [fromMs, toMs] of intervals.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && fromMs <= last[1]) last[1] = Math.max(last[1], toMs);
    else merged.push([fromMs, toMs]);
  }
  return merged;
}

/** How much of an interval lies within disjoint others. */
export function overlapMs([fromMs, toMs]: Interval, disjoint: readonly Interval[]): number {
  return disjoint
    .map(([otherFromMs, otherToMs]) => Math.min(toMs, otherToMs) - Math.max(fromMs, otherFromMs))
    .reduce((sum, sharedMs) => sum + Math.max(0, sharedMs), 0);
}

/** One watching thread. */
class Thread {
  readonly #worker: Worker;
  readonly #stop: Int32Array;
  readonly #notes: Promise<Notes>;

  private constructor(worker: Worker, stop: Int32Array, notes: Promise<Notes>) {
    this.#worker = worker;
    this.#stop = stop;
    this.#notes = notes;
  }

  static async start(
    order: { watch: "server"; port: number } | { watch: "cpu"; cpu: number },
  ): Promise<Thread> {
    const stop = new SharedArrayBuffer(4);
    const worker = new Worker(new URL("./watch_worker.ts", import.meta.url), { type: "module" });
    const ready = Promise.withResolvers<void>();
    const notes = Promise.withResolvers<Notes>();
    worker.onmessage = ({ data }: MessageEvent<"ready" | Notes>) => {
      if (data === "ready") ready.resolve();
      else notes.resolve(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const error = new Error(`the watch failed: ${event.message}`);
      ready.reject(error);
      notes.reject(error);
    };
    // finish() hears of a failure; until then it is nobody's unhandled rejection.
    notes.promise.catch(() => {});
    worker.postMessage({ ...order, stop } satisfies Order);
    await ready.promise;
    return new Thread(worker, new Int32Array(stop), notes.promise);
  }

  async finish(): Promise<Notes> {
    Atomics.store(this.#stop, 0, 1);
    try {
      return await this.#notes;
    } finally {
      this.#worker.terminate();
    }
  }
}
