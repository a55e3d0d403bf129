/**
 * A probing connection in a thread of its own: it sends PING every half millisecond and notes how
 * long the answer took.
 *
 * It runs in a Worker and calls libc by FFI, so that neither this program's event loop nor its
 * timers (which are coarser than a millisecond) stand between the question and the answer; and it
 * asks for a real-time priority, so that on a machine with few cores the loader does not delay it.
 */

/** One slow answer. */
export interface SlowTrip {
  /** Since the probe began. */
  atMs: number;
  tookMs: number;
}

/** What a probe found. */
export interface ProbeResult {
  trips: number;
  /** The slowest, slowest first. */
  slowest: SlowTrip[];
  /** False where the system refused a real-time priority; the figures are then noisier. */
  realTime: boolean;
}

/** What the probing thread is told at its start. */
export interface ProbeOrder {
  port: number;
  /** One Int32, set to 1 to end the probe. */
  stop: SharedArrayBuffer;
}

/** A probe under way. */
export class Probe {
  readonly #worker: Worker;
  readonly #stop: Int32Array;
  readonly #result: Promise<ProbeResult>;

  private constructor(worker: Worker, stop: Int32Array, result: Promise<ProbeResult>) {
    this.#worker = worker;
    this.#stop = stop;
    this.#result = result;
  }

  /** Begins to probe; resolves when the thread is connected and about to ask. */
  static async start(port: number): Promise<Probe> {
    const stop = new SharedArrayBuffer(4);
    const worker = new Worker(new URL("./probe_worker.ts", import.meta.url), { type: "module" });
    const ready = Promise.withResolvers<void>();
    const result = Promise.withResolvers<ProbeResult>();
    worker.onmessage = ({ data }: MessageEvent<"ready" | ProbeResult>) => {
      if (data === "ready") ready.resolve();
      else result.resolve(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const error = new Error(`the probe failed: ${event.message}`);
      ready.reject(error);
      result.reject(error);
    };
    // Whoever asks for the result hears of a failure; until then it is nobody's unhandled rejection.
    result.promise.catch(() => {});
    worker.postMessage({ port, stop } satisfies ProbeOrder);
    await ready.promise;
    return new Probe(worker, new Int32Array(stop), result.promise);
  }

  /** Ends the probe. */
  async finish(): Promise<ProbeResult> {
    Atomics.store(this.#stop, 0, 1);
    try {
      return await this.#result;
    } finally {
      this.#worker.terminate();
    }
  }
}
