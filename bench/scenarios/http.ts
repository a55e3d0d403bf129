/**
 * SET by HTTP: CPU per POST of a JSON array by connections that are kept, beside Redis's SET by its own protocol, one
 * command at a time. Redis speaks no HTTP: the ratio says what a call by HTTP costs more.
 */

import { emptyFigure } from "../figures.ts";
import { redisBenchmark } from "../measure.ts";
import { runTimeNs } from "../proc.ts";
import { RunningPair, type Server } from "../servers.ts";
import { type Scenario, scenarioGroup } from "./scenario.ts";

const CONNECTIONS = 16;
const TOKEN = "token-of-the-benchmark";

export const http: Scenario = {
  name: "http",
  async run({ specs, rounds, quick, log }) {
    const rate = emptyFigure(scenarioGroup, this.name, "POST of SET, per s", "", "more");
    const cost = emptyFigure(scenarioGroup, this.name, "CPU per POST of SET", "us", "less");
    const requests = quick ? 50_000 : 200_000;
    const drive = {
      args: ["-t", "set"],
      requests,
      pipeline: 1,
      connections: CONNECTIONS,
      keyspace: 100_000,
      valueBytes: 64,
    };
    await using pair = await RunningPair.start(specs);
    const { etna, redis } = pair.servers;
    const port = etna.port + 100;
    await etna.command("CONFIG", "SET", "http-tokens", TOKEN, "http-port", `${port}`);
    await post(port, requests / 4);
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      const [byHttp, byRedis] = [
        await measured(etna, requests, () => post(port, requests)),
        await measured(redis, requests, () => redisBenchmark(redis.port, drive)),
      ];
      log(`${this.name}: ${byHttp.costUs.toFixed(1)} us, Redis's own ${byRedis.costUs.toFixed(1)}`);
      rate.etna.push(byHttp.perSecond);
      rate.redis.push(byRedis.perSecond);
      cost.etna.push(byHttp.costUs);
      cost.redis.push(byRedis.costUs);
    }
    return [rate, cost];
  },
};

async function measured(server: Server, requests: number, run: () => Promise<unknown>) {
  const [startMs, startNs] = [performance.now(), runTimeNs(server.pid)];
  await run();
  const elapsedS = (performance.now() - startMs) / 1000;
  const costUs = (runTimeNs(server.pid) - startNs) / 1000 / requests;
  return { perSecond: requests / elapsedS, costUs };
}

/** Sends so many requests, each connection its next when the last is answered. */
async function post(port: number, requests: number): Promise<void> {
  let left = requests;
  const one = async () => {
    using connection = await Deno.connect({ port });
    connection.setNoDelay(true);
    const answer = new Uint8Array(4096);
    while (left-- > 0) {
      await connection.write(requestOf(left % 100_000));
      const length = await connection.read(answer);
      // "HTTP/1.1 200": what is not answered so is no measurement.
      if (length === null || answer[9] !== 50) throw new Error("a POST was not answered with 200");
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
}

function requestOf(key: number): Uint8Array<ArrayBuffer> {
  const name = `key:${`${key}`.padStart(12, "0")}`;
  const body = `["SET","${name}","${"x".repeat(64)}"]`;
  return new TextEncoder().encode(
    `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\n` +
      `Content-Type: application/json\r\nAccept: */*\r\nUser-Agent: bench\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}
