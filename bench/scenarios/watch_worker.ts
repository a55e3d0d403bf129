/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/** A thread of watch.ts. Linux only: the numbers below are those of its C library. */

import type { Interval, Notes, Order } from "./watch.ts";

const intervalUs = 500;
/** A sleep of a real-time thread ends some 0.06 ms late by itself. */
const lateMs = 0.2;
const slowAnswerMs = 1;
const [AF_INET, SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY] = [2, 1, 6, 1];
const [SOL_SOCKET, SO_RCVTIMEO] = [1, 20];
const SCHED_FIFO = 1;

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  usleep: { parameters: ["u32"], result: "i32" },
  sched_setscheduler: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  sched_setaffinity: { parameters: ["i32", "usize", "buffer"], result: "i32" },
});

self.onmessage = ({ data }: MessageEvent<Order>) => {
  const realTime = libc.sched_setscheduler(0, SCHED_FIFO, new Int32Array([10])) === 0;
  const stop = new Int32Array(data.stop);
  const watched = data.watch === "server" ? watchServer(data.port, stop) : watchCpu(data.cpu, stop);
  self.postMessage({ ...watched, realTime } satisfies Notes);
};

function watchServer(port: number, stop: Int32Array): Pick<Notes, "slow" | "count"> {
  const slow: Interval[] = [];
  const socket = connect(port);
  for (let warmUp = 0; warmUp < 200; warmUp++) ping(socket);
  self.postMessage("ready");
  let count = 0;
  for (; Atomics.load(stop, 0) === 0; count++) {
    const sentMs = performance.now();
    ping(socket);
    const answeredMs = performance.now();
    if (answeredMs - sentMs > slowAnswerMs) slow.push(sinceEpoch(sentMs, answeredMs));
    libc.usleep(intervalUs);
  }
  libc.close(socket);
  return { slow, count };
}

function watchCpu(cpu: number, stop: Int32Array): Pick<Notes, "slow" | "count"> {
  const mask = new Uint8Array(128);
  mask[cpu >> 3] = 1 << (cpu & 7);
  libc.sched_setaffinity(0, BigInt(mask.length), mask);
  const slow: Interval[] = [];
  self.postMessage("ready");
  let count = 0;
  for (; Atomics.load(stop, 0) === 0; count++) {
    const dueMs = performance.now() + intervalUs / 1000;
    libc.usleep(intervalUs);
    const wokenMs = performance.now();
    if (wokenMs - dueMs > lateMs) slow.push(sinceEpoch(dueMs, wokenMs));
  }
  return { slow, count };
}

/** Every thread's clock has an origin of its own. */
function sinceEpoch(fromMs: number, toMs: number): Interval {
  return [performance.timeOrigin + fromMs, performance.timeOrigin + toMs];
}

/** A blocking connection to the loopback address. */
function connect(port: number): number {
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port);
  address.set([127, 0, 0, 1], 4);
  const socket = libc.socket(AF_INET, SOCK_STREAM, 0);
  if (libc.connect(socket, address, address.length) !== 0) throw new Error("cannot connect");
  libc.setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, new Int32Array([1]), 4);
  const timeout = new BigInt64Array([60n, 0n]);
  libc.setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.byteLength);
  return socket;
}

const request = new TextEncoder().encode("*1\r\n$4\r\nPING\r\n");
const requestBytes = BigInt(request.length);
const replyBytes = "+PONG\r\n".length;
const reply = new Uint8Array(64);
const capacityBytes = BigInt(reply.length);

function ping(socket: number): void {
  libc.send(socket, request, requestBytes, 0);
  for (let received = 0; received < replyBytes;) {
    const size = Number(libc.recv(socket, reply, capacityBytes, 0));
    if (size <= 0) throw new Error("the server closed the connection or was silent for a minute");
    received += size;
  }
}
