/**
 * A large value: the longest stall while one client sets a string of 512 MB and another asks PING, what
 * the process grows by meanwhile, and what it keeps some seconds after the string was deleted.
 */

import { emptyFigure, visitingOrder } from "../figures.ts";
import { rssBytes } from "../proc.ts";
import { preferred, RunningPair, type Server, sleep } from "../servers.ts";
import { type Scenario, scenarioGroup } from "./scenario.ts";
import { Watch } from "./watch.ts";

const MIB = 2 ** 20;
const pieceBytes = MIB;
const restMs = 5_000;

export const large: Scenario = {
  name: "large value",
  async run({ specs, rounds, quick, log }) {
    const stall = emptyFigure(scenarioGroup, this.name, "longest stall during SET", "ms", "less");
    const growth = emptyFigure(scenarioGroup, this.name, "RSS by the value's size", "x", "less");
    const rest = emptyFigure(scenarioGroup, this.name, "RSS kept after DEL", "MiB", "less");
    const pieces = quick ? 128 : 512;
    for (let round = 0; round < Math.min(rounds, quick ? 1 : 3); round++) {
      for (const name of visitingOrder(round)) {
        await using pair = await RunningPair.start(preferred(specs));
        const server = pair.servers[name];
        const before = rssBytes(server.pid);
        const watch = await Watch.start(server.port);
        const peak = await setLarge(server, pieces);
        const { stalls } = await watch.finish();
        await server.command("DEL", "large");
        await sleep(restMs);
        stall[name].push(stalls[0]?.netMs ?? 0);
        growth[name].push((peak - before) / (pieces * pieceBytes));
        rest[name].push((rssBytes(server.pid) - before) / MIB);
        log(
          `${this.name}: ${name}: ${stall[name].at(-1)!.toFixed(1)} ms, ` +
            `${growth[name].at(-1)!.toFixed(2)} x, ${rest[name].at(-1)!.toFixed(0)} MiB kept`,
        );
      }
    }
    return [stall, growth, rest];
  },
};

/** @returns the most that was resident meanwhile, in bytes */
async function setLarge(server: Server, pieces: number): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const send = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  };
  const encoder = new TextEncoder();
  const head = `*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$${pieces * pieceBytes}\r\n`;
  const piece = new Uint8Array(pieceBytes).fill(0x78);
  let peak = 0;
  await send(encoder.encode(head));
  for (let i = 0; i < pieces; i++) {
    await send(piece);
    if (i % 16 === 0) peak = Math.max(peak, rssBytes(server.pid));
  }
  await send(encoder.encode("\r\n"));
  await connection.read(new Uint8Array(16));
  return Math.max(peak, rssBytes(server.pid));
}
