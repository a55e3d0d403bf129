/** A client that writes on through failovers, and sees whether replies are those to its requests. */

/** A client as tests use it. */
export interface Client {
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  close(): Promise<void>;
}

/** Writes numbers and reads them, as long as it is told to. */
export class Writer {
  readonly acknowledged: { key: string; startedMs: number }[] = [];
  readonly wrong: string[] = [];
  errors = 0;
  #stopped = false;
  readonly done: Promise<void>;

  constructor(readonly name: string, readonly client: Client) {
    this.done = this.#run();
  }

  async #run(): Promise<void> {
    for (let number = 0; !this.#stopped; number++) {
      const key = `${this.name}:${number}`;
      const startedMs = performance.now();
      try {
        const reply = await this.client.set(key, key);
        if (reply !== "OK") this.wrong.push(`SET ${key}: ${reply}`);
        this.acknowledged.push({ key, startedMs });
        const value = await this.client.get(key);
        // A write that was acknowledged by a primary that died may be lost; it is never another's value.
        if (value !== key && value !== null) this.wrong.push(`GET ${key}: ${value}`);
      } catch {
        this.errors++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.client.close();
    await this.done;
  }
}
