/**
 * Slots that move: 1,000 slots with a million keys go from one node to another while clients write to them, and to
 * slots that stay. Etna's go as a whole (CLUSTER MIGRATION IMPORT); Redis 7 has redis-cli move them key by key.
 * Counted from the order to the moment when the other node serves the last slot.
 */

import { LineClient } from "../line_client.ts";
import { emptyFigure, type Figure, serverNames } from "../figures.ts";
import { loadCommands } from "../load.ts";
import { Nodes } from "../nodes.ts";
import { type Server, type ServerSpec, sleep } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";

const FIRST_PORT = 7821;
const MOVING_SLOTS = 1000;
const KEYS = 1_000_000;
const QUICK_KEYS = 50_000;
const VALUE = "v".repeat(64);
const PATIENCE_MS = 600_000;

const figure = (what: string, unit: string) =>
  emptyFigure(scenarioGroup, slotMigration.name, what, unit, "less");

export const slotMigration: Scenario = {
  name: "slot migration",
  async run({ specs, quick, log }: Bench): Promise<Figure[]> {
    const whole = figure("1,000 slots", "s");
    const gap = figure("longest wait for a write to them", "ms");
    const before = figure("p99 of other slots before", "ms");
    const during = figure("p99 of other slots meanwhile", "ms");
    const ratio = figure("p99 of other slots, meanwhile / before", "x");
    for (const name of serverNames) {
      await using pair = await MovingPair.start(specs[name], quick ? QUICK_KEYS : KEYS);
      const calm = await pair.write(3000);
      const load = pair.load();
      const startMs = performance.now();
      await pair.move();
      const tookMs = performance.now() - startMs;
      const seen = await load.end();
      whole[name].push(tookMs / 1000);
      gap[name].push(seen.longestMs);
      before[name].push(calm);
      during[name].push(seen.p99Ms);
      ratio[name].push(seen.p99Ms / calm);
      log(
        `slot migration: ${name} ${(tookMs / 1000).toFixed(1)} s, longest wait ${
          seen.longestMs.toFixed(1)
        } ms, p99 of others ${calm.toFixed(2)} -> ${seen.p99Ms.toFixed(2)} ms`,
      );
    }
    return [whole, gap, before, during, ratio];
  },
};

/** A hash tag of each of the first slots, found by trying. */
async function tagsOf(node: Server, slots: number): Promise<string[]> {
  const tags: string[] = [];
  let left = slots;
  for (let i = 0; left > 0; i++) {
    const slot = crc16(`${i}`) % 16384;
    if (slot >= slots || tags[slot] !== undefined) continue;
    tags[slot] = `${i}`;
    left--;
  }
  const said = await node.command("CLUSTER", "KEYSLOT", `{${tags[7]}}`);
  if (said !== "7") throw new Error(`slot 7 has another tag: ${said}`);
  return tags;
}

/** CRC-16/XMODEM, which slots are made of. */
function crc16(text: string): number {
  let crc = 0;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i) << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc;
}

/** Two nodes, of which the first has nearly all slots. */
export class MovingPair implements AsyncDisposable {
  private constructor(readonly nodes: Nodes, readonly tags: readonly string[]) {}

  get source(): Server {
    return this.nodes.all[0];
  }
  get target(): Server {
    return this.nodes.all[1];
  }

  static async start(spec: ServerSpec, keys: number): Promise<MovingPair> {
    const nodes = await Nodes.start(spec, { count: 2, starts: [0, 16000], firstPort: FIRST_PORT });
    const [source] = nodes.all;
    const pair = new MovingPair(nodes, await tagsOf(source, MOVING_SLOTS));
    await loadCommands(
      source.port,
      (function* () {
        for (let i = 0; i < keys; i++) yield ["SET", pair.key(i), VALUE];
      })(),
    );
    return pair;
  }

  key(i: number): string {
    return `{${this.tags[i % MOVING_SLOTS]}}${Math.floor(i / MOVING_SLOTS)}`;
  }

  /** Writes to slots that stay for a while. @returns the p99 of the times, ms */
  async write(ms: number): Promise<number> {
    const load = this.load();
    await sleep(ms);
    return (await load.end()).p99Ms;
  }

  /** Two clients write, one to slots that move and one to others. */
  load(): { end(): Promise<{ p99Ms: number; longestMs: number }> } {
    let isOver = false;
    const others: number[] = [];
    let longestMs = 0;
    const calm = (async () => {
      using client = await LineClient.connect(this.source.port);
      for (let i = 0; !isOver; i++) {
        const startMs = performance.now();
        const reply = await client.ask("SET", `{12345}${i % 1000}`, VALUE);
        if (reply !== "+OK") throw new Error(reply);
        others.push(performance.now() - startMs);
      }
    })();
    const moving = (async () => {
      using source = await LineClient.connect(this.source.port);
      using target = await LineClient.connect(this.target.port);
      for (let i = 0; !isOver; i++) {
        const startMs = performance.now();
        await follow(source, target, this.key((i * 7919) % KEYS));
        longestMs = Math.max(longestMs, performance.now() - startMs);
      }
    })();
    return {
      end: async () => {
        isOver = true;
        await Promise.all([calm, moving]);
        others.sort((a, b) => a - b);
        return { p99Ms: others[Math.floor(others.length * 0.99)], longestMs };
      },
    };
  }

  async move(): Promise<void> {
    const { source, target } = this;
    if (source.name === "etna") {
      await target.command("CLUSTER", "MIGRATION", "IMPORT", "0", `${MOVING_SLOTS - 1}`);
    } else await this.#reshard();
    // Asked over a connection: a program that is started each time would take more CPU than what is measured.
    using client = await LineClient.connect(target.port);
    const endMs = performance.now() + PATIENCE_MS;
    for (let slot = 0; slot < MOVING_SLOTS;) {
      if ((await client.ask("EXISTS", this.key(slot)))[0] !== "-") slot++;
      else if (performance.now() > endMs) throw new Error("the slots do not arrive");
      else await sleep(20);
    }
  }

  /** redis-cli moves the first slots of the source, key by key. */
  async #reshard(): Promise<void> {
    const [from, to] = await Promise.all(
      [this.source, this.target].map((node) => node.command("CLUSTER", "MYID")),
    );
    const { success, stdout } = await new Deno.Command("redis-cli", {
      args: [
        ...["--cluster", "reshard", `127.0.0.1:${this.source.port}`, "--cluster-from", from],
        ...["--cluster-to", to, "--cluster-slots", `${MOVING_SLOTS}`, "--cluster-yes"],
      ],
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stdout).slice(-500));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nodes[Symbol.asyncDispose]();
  }
}

/** Writes to where the slot is, as a cluster's client does. */
async function follow(source: LineClient, target: LineClient, key: string): Promise<void> {
  for (;;) {
    const reply = await source.ask("SET", key, VALUE);
    if (reply === "+OK") return;
    if (reply.startsWith("-ASK")) await target.ask("ASKING");
    else if (!reply.startsWith("-MOVED")) continue; // it is on its way: once more
    if (await target.ask("SET", key, VALUE) === "+OK") return;
  }
}
