/**
 * Clients that wait in BLPOP: what 10,000 cost while nothing comes, and how fast one who pushes hands
 * elements on to 1,000 that wait again as soon as they are served.
 */

import { emptyFigure, visitingOrder } from "../figures.ts";
import { cpuTime, runTimeNs } from "../proc.ts";
import { RunningPair, type Server, sleep } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";

const waiters = 1_000;
const sleepers = 10_000;
/** Elements handed on in a round. */
const handOffs = 100_000;
/** Pushed in one write, each by an RPUSH of its own: no more than there are clients to take them. */
const pushesAtOnce = 200;
const quietMs = 3_000;

const key = "queue";
const element = "x".repeat(16);
const wait = bytes(`*3\r\n$5\r\nBLPOP\r\n$5\r\n${key}\r\n$1\r\n0\r\n`);
const push = `*3\r\n$5\r\nRPUSH\r\n$5\r\n${key}\r\n$16\r\n${element}\r\n`;
const LINE_FEED = 10;
const handedBytes = `*2\r\n$5\r\n${key}\r\n$16\r\n${element}\r\n`.length;

export const blocked: Scenario = {
  name: "blocked clients",
  async run(bench) {
    const figure = (name: string, unit: string, better: "more" | "less") =>
      emptyFigure(scenarioGroup, this.name, name, unit, better);
    const rate = figure(`hand-offs to ${waiters} waiting`, "elements/s", "more");
    const user = figure("user CPU per hand-off", "us", "less");
    const all = figure("CPU per hand-off", "us", "less");
    const idle = figure(`idle CPU, ${sleepers} waiting`, "%", "less");
    await using pair = await RunningPair.start(bench.specs);
    const count = bench.quick ? handOffs / 10 : handOffs;
    for (const server of visitingOrder(0)) await handOn(pair.servers[server], count);
    for (let round = 0; round < Math.min(bench.rounds, 3); round++) {
      for (const server of visitingOrder(round)) {
        const seen = await handOn(pair.servers[server], count);
        rate[server].push(seen.perSecond);
        user[server].push(seen.userUs);
        all[server].push(seen.cpuUs);
        report(bench, server, seen);
      }
    }
    for (const server of visitingOrder(0)) {
      const share = await waitIdly(pair.servers[server], bench.quick ? sleepers / 10 : sleepers);
      bench.log(`${this.name}: ${server} uses ${share.toFixed(2)} % while clients wait`);
      idle[server].push(share);
    }
    return [rate, user, all, idle];
  },
};

interface HandedOn {
  perSecond: number;
  userUs: number;
  cpuUs: number;
}

function report(bench: Bench, server: string, { perSecond, userUs, cpuUs }: HandedOn): void {
  const costs = `${userUs.toFixed(2)} us user, ${cpuUs.toFixed(2)} us in all`;
  bench.log(`${blocked.name}: ${server}: ${Math.round(perSecond)} elements/s, ${costs}`);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Connections that have sent BLPOP, all of them waiting. */
async function openWaiting(server: Server, count: number): Promise<Deno.TcpConn[]> {
  const open: Deno.TcpConn[] = [];
  const atOnce = 100;
  while (open.length < count) {
    const missing = Math.min(atOnce, count - open.length);
    open.push(
      ...await Promise.all(Array.from({ length: missing }, async () => {
        const connection = await Deno.connect({ port: server.port });
        await connection.write(wait);
        return connection;
      })),
    );
  }
  while (!(await server.command("INFO", "clients")).includes(`blocked_clients:${count}`)) {
    await sleep(10);
  }
  return open;
}

/** Pushes elements, each of which goes to the client that has waited longest. */
async function handOn(server: Server, elements: number): Promise<HandedOn> {
  const open = await openWaiting(server, waiters);
  const pusher = await Deno.connect({ port: server.port });
  try {
    const shares = open.map((connection) => serveAgain(connection, elements / waiters));
    const before = cpuTime(server.pid);
    const startMs = performance.now();
    await pushAll(pusher, elements);
    await Promise.all(shares);
    const elapsedMs = performance.now() - startMs;
    const after = cpuTime(server.pid);
    const userUs = (after.userUs - before.userUs) / elements;
    return {
      perSecond: elements * 1000 / elapsedMs,
      userUs,
      cpuUs: userUs + (after.sysUs - before.sysUs) / elements,
    };
  } finally {
    for (const connection of [pusher, ...open]) connection.close();
  }
}

/** Takes its share of the elements, one after the other. */
async function serveAgain(connection: Deno.TcpConn, times: number): Promise<void> {
  for (let left = times; left > 0; left--) {
    await receive(connection, handedBytes);
    if (left > 1) await connection.write(wait);
  }
}

async function pushAll(connection: Deno.TcpConn, elements: number): Promise<void> {
  const request = bytes(push.repeat(pushesAtOnce));
  const replies = new Uint8Array(65536);
  for (let sent = 0; sent < elements; sent += pushesAtOnce) {
    for (let at = 0; at < request.length;) at += await connection.write(request.subarray(at));
    // One line a push. The list may be longer than one element: waiters need time to come back.
    for (let missing = pushesAtOnce; missing > 0;) {
      const size = await connection.read(replies);
      if (size === null) throw new Error("the server closed the pusher");
      for (let i = 0; i < size; i++) if (replies[i] === LINE_FEED) missing--;
    }
  }
}

async function receive(connection: Deno.TcpConn, size: number): Promise<void> {
  const buffer = new Uint8Array(size);
  for (let got = 0; got < size;) {
    const count = await connection.read(buffer.subarray(got));
    if (count === null) throw new Error("the server closed a connection");
    got += count;
  }
}

/** @returns CPU in per cent of one that the server uses while clients wait and nothing happens */
async function waitIdly(server: Server, count: number): Promise<number> {
  await server.command("CONFIG", "SET", "maxclients", `${count + 1_000}`);
  const open = await openWaiting(server, count);
  try {
    await sleep(1_000);
    const beforeNs = runTimeNs(server.pid);
    await sleep(quietMs);
    return (runTimeNs(server.pid) - beforeNs) / 1e6 / quietMs * 100;
  } finally {
    for (const connection of open) connection.close();
  }
}
