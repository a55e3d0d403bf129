/**
 * The servers that workloads run on: started and filled once for neighbouring rows with one data
 * set, and replaced after a failure, so that a crash or a hang costs one row and not all that
 * follow.
 */

import { type Pair, RunningPair, type Server, type ServerSpec } from "./servers.ts";
import { type Dataset, prepare } from "./workloads.ts";

/** A pair of servers with a data set; disposing of it stops them. */
export class Stage implements AsyncDisposable {
  readonly #specs: Pair<ServerSpec>;
  #pair?: RunningPair;
  #dataset?: Dataset;

  constructor(specs: Pair<ServerSpec>) {
    this.#specs = specs;
  }

  /** Servers that hold the data set: those of the row before where it is the same one. */
  async servers(dataset: Dataset): Promise<Pair<Server>> {
    if (!this.#pair || this.#dataset !== dataset) {
      await this.clear();
      this.#pair = await RunningPair.start(this.#specs);
      for (const server of Object.values(this.#pair.servers)) await prepare(server, dataset);
      this.#dataset = dataset;
    }
    return this.#pair.servers;
  }

  /** Stops the servers; the next row gets new ones. */
  async clear(): Promise<void> {
    await this.#pair?.[Symbol.asyncDispose]();
    this.#pair = undefined;
    this.#dataset = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clear();
  }
}
