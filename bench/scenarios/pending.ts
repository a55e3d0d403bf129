/**
 * A stream of a million entries, all of them pending in a group: bytes an entry and a pending one take, and
 * what it costs to be given a hundred more and to acknowledge them.
 */

import { emptyFigure, type Figure, visitingOrder } from "../figures.ts";
import { redisBenchmark } from "../measure.ts";
import { cpuTime } from "../proc.ts";
import { RunningPair, type Server, sleep } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";

const fields = ["name", "value:12345", "temperature", "20", "city", "Berlin"];
const batch = 100;
const fillBatch = 1000;
const consumers = 4;

export const pending: Scenario = {
  name: "pending",
  async run(bench) {
    const figure = (what: string, unit: string) =>
      emptyFigure(scenarioGroup, pending.name, what, unit, "less");
    const entryBytes = figure("used_memory per entry of 3 fields", "B");
    const pendingBytes = figure("used_memory per pending entry", "B");
    const user = figure(`user CPU of XREADGROUP and XACK of ${batch}`, "us");
    const all = figure(`CPU of XREADGROUP and XACK of ${batch}`, "us");
    const entries = bench.quick ? 100_000 : 1_000_000;
    const batches = bench.quick ? 50 : 800;
    await using pair = await RunningPair.start(bench.specs);
    for (const name of visitingOrder(0)) {
      const filled = await fill(pair.servers[name], entries);
      entryBytes[name].push(filled.entryBytes);
      pendingBytes[name].push(filled.pendingBytes);
      bench.log(`${pending.name}: ${name} ${filled.pendingBytes.toFixed(1)} B/pending entry`);
    }
    for (let round = 0; round < Math.min(bench.rounds, 3); round++) {
      for (const name of visitingOrder(round)) {
        const cost = await work(pair.servers[name], batches);
        user[name].push(cost.userUs);
        all[name].push(cost.cpuUs);
        report(bench, name, cost);
      }
    }
    return [entryBytes, pendingBytes, user, all] satisfies Figure[];
  },
};

interface Cost {
  userUs: number;
  cpuUs: number;
}

function report(bench: Bench, name: string, { userUs, cpuUs }: Cost): void {
  bench.log(`${pending.name}: ${name} ${userUs.toFixed(0)} us user, ${cpuUs.toFixed(0)} us in all`);
}

async function add(server: Server, entries: number): Promise<void> {
  await redisBenchmark(server.port, {
    ...{ args: ["XADD", "stream", "*", ...fields], requests: entries, pipeline: 64 },
    ...{ connections: 50, keyspace: 1, valueBytes: 1 },
  });
}

/** Makes a stream and gives all of it to consumers in turn. */
async function fill(server: Server, entries: number) {
  const used = async () => {
    await sleep(1_500);
    return await server.usedMemoryBytes();
  };
  const empty = await used();
  await add(server, entries);
  await server.command("XGROUP", "CREATE", "stream", "group", "0");
  const filled = await used();
  using client = await Client.open(server.port);
  for (let given = 0; given < entries; given += fillBatch) {
    await client.read(`consumer${given / fillBatch % consumers}`, fillBatch);
  }
  const given = await used();
  return { entryBytes: (filled - empty) / entries, pendingBytes: (given - filled) / entries };
}

/** Adds entries, lets a consumer be given them batch by batch, and acknowledges each batch. */
async function work(server: Server, batches: number): Promise<Cost> {
  await add(server, batches * batch);
  using client = await Client.open(server.port);
  const before = cpuTime(server.pid);
  for (let i = 0; i < batches; i++) {
    const ids = await client.read("worker", batch);
    if (ids.length !== batch) throw new Error(`${ids.length} entries instead of ${batch}`);
    await client.command("XACK", "stream", "group", ...ids);
  }
  const after = cpuTime(server.pid);
  const userUs = (after.userUs - before.userUs) / batches;
  return { userUs, cpuUs: userUs + (after.sysUs - before.sysUs) / batches };
}

/** A client that sends one command at a time. */
class Client implements Disposable {
  readonly #buffer = new Uint8Array(1 << 17);
  readonly #decoder = new TextDecoder();

  private constructor(readonly connection: Deno.Conn) {}

  static async open(port: number): Promise<Client> {
    return new Client(await Deno.connect({ port }));
  }

  /** @returns the reply's bytes, known to be whole by the PONG behind it */
  async command(...words: string[]): Promise<string> {
    const bulks = words.map((word) => `$${word.length}\r\n${word}\r\n`).join("");
    const request = `*${words.length}\r\n${bulks}PING\r\n`;
    await this.connection.write(new TextEncoder().encode(request));
    let reply = "";
    while (!reply.endsWith("+PONG\r\n")) {
      const size = await this.connection.read(this.#buffer);
      if (size === null) throw new Error("the server closed the connection");
      reply += this.#decoder.decode(this.#buffer.subarray(0, size));
    }
    return reply;
  }

  /** Reads new entries for a consumer. @returns their IDs */
  async read(consumer: string, count: number): Promise<string[]> {
    const words = ["XREADGROUP", "GROUP", "group", consumer, "COUNT", `${count}`];
    const reply = await this.command(...words, "STREAMS", "stream", ">");
    return Array.from(reply.matchAll(/\r\n(\d+-\d+)\r\n/g), ([, id]) => id);
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}
