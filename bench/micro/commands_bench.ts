/**
 * Micro-benchmarks of a command's way through the core: `deno bench -A bench/micro/commands_bench.ts`.
 * Each iteration does {@link BATCH} commands, so the time shown in us is that of one command in ns.
 */
import type { Core } from "../../core-as/host/core.ts";
import { loadCore } from "../../core-as/host/sources.ts";

const BATCH = 1000;
const VALUE_BYTES = 64;

const seed = Uint8Array.from({ length: 24 }, (_, i) => i + 1);

function register(core: Core): void {
  ["get", "set"].forEach((name, id) => {
    core.writeBinary(core.at.SCRATCH, name);
    core.x.registerCommand(core.at.SCRATCH, name.length, id);
  });
  core.u32[core.at.IN_MAX_BULK] = 2 ** 29;
}

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const setCommand = (key: string) =>
  `*3\r\n${bulk("SET")}${bulk(key)}${bulk("v".repeat(VALUE_BYTES))}`;
const keyOf = (i: number) => `key:${String(i).padStart(12, "0")}`;

{
  const core = await loadCore({ seed, databases: 1 });
  register(core);
  let stream = "";
  for (let i = 0; i < BATCH; i++) stream += setCommand(keyOf(i));
  core.writeBinary(core.at.INPUT, stream);
  Deno.bench("nextCommand of a pipelined SET", { group: "resp" }, () => {
    core.x.inputFresh(stream.length);
    for (let i = 0; i < BATCH; i++) core.x.nextCommand();
    core.x.inputSuspend();
  });
  const single = setCommand(keyOf(1));
  Deno.bench("a read of one SET: fresh, next, next, suspend", { group: "resp" }, () => {
    for (let i = 0; i < BATCH; i++) {
      core.x.inputFresh(single.length);
      core.x.nextCommand();
      core.x.nextCommand();
      core.x.inputSuspend();
    }
  });
}

for (const [count, label] of [[1000, "1k"], [1_000_000, "1M"]] as const) {
  const core = await loadCore({ seed, databases: 1 });
  register(core);
  const { x, at, u32 } = core;
  const argv = at.ARGV_FIXED >>> 2;
  const base = at.IO;
  core.writeBinary(base, "v".repeat(VALUE_BYTES));
  u32[argv + 4] = base;
  u32[argv + 5] = VALUE_BYTES;
  u32[argv + 3] = 16;
  // Keys in an order that no cache foresees.
  const keys = core.x.allocate(16 * 100_000);
  for (let i = 0; i < count; i++) {
    core.writeBinary(base + 256, keyOf(i));
    u32[argv + 2] = base + 256;
    x.stringSet(0, 1, 2, 0);
  }
  for (let i = 0; i < 100_000; i++) core.writeBinary(keys + i * 16, keyOf((i * 7919) % count));
  let next = 0;
  const group = `strings ${label}`;
  Deno.bench(`stringGet of ${label} keys, ${VALUE_BYTES} bytes`, { group }, () => {
    x.arenaReset();
    x.outToArena();
    for (let i = 0; i < BATCH; i++) {
      u32[argv + 2] = keys + (next++ % 100_000) * 16;
      x.stringGet(0, 1);
    }
  });
  Deno.bench(`stringSet over one of ${label} keys`, { group }, () => {
    for (let i = 0; i < BATCH; i++) {
      u32[argv + 2] = keys + (next++ % 100_000) * 16;
      x.stringSet(0, 1, 2, 0);
    }
  });
  Deno.bench(`keyDelete and stringSet of one of ${label} keys`, { group }, () => {
    for (let i = 0; i < BATCH; i++) {
      u32[argv + 2] = keys + (next++ % 100_000) * 16;
      x.keyDelete(0, 1);
      x.stringSet(0, 1, 2, 0);
    }
  });
}
