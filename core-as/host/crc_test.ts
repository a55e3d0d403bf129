import { assertEquals } from "@std/assert";
import { fuzz, hasOracle, latin1, loadTestingCore, randomText, withOracle } from "./testing.ts";

function crc16Model(data: Uint8Array): number {
  let crc = 0;
  for (const byte of data) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

Deno.test("crc16: check value, and the bitwise model", async () => {
  const { core, scratch, put } = await loadTestingCore();
  core.crc16Init();
  assertEquals(core.crc16(scratch, put(scratch, "123456789")), 0x31c3);
  assertEquals(core.crc16(scratch, 0), 0);
  await fuzz((random) => {
    for (let i = 0; i < 5000; i++) {
      const data = Uint8Array.from({ length: random(50) }, () => random(256));
      assertEquals(core.crc16(scratch, put(scratch, data)), crc16Model(data));
    }
  });
});

/** A port on which nobody listens. */
function freePort(): string {
  const listener = Deno.listen({ port: 0 });
  const { port } = listener.addr;
  listener.close();
  return String(port);
}

Deno.test({
  name: "crc16: Redis puts the same keys into the same slots",
  ignore: !hasOracle,
  fn: async () => {
    const { core, scratch, put } = await loadTestingCore();
    core.crc16Init();
    const ports = ["--port", freePort(), "--cluster-port", freePort()];
    await withOracle(["--cluster-enabled", "yes", ...ports], (ask) =>
      fuzz(async (random) => {
        const keys = ["", "{}", "{a}", "a{b}c", "{}{a}", "{{a}}", "a}{b}", "}{", "{a", "{", "}"];
        while (keys.length < 5000) {
          keys.push(randomText(random, keys.length % 2 ? 12 : 60, "ab\0\xff{}"));
        }
        const slots = await ask(keys.map((key) => ["CLUSTER", "KEYSLOT", key]));
        keys.forEach((key, i) => {
          const slot = core.keySlot(scratch, put(scratch, key));
          assertEquals(BigInt(slot), slots[i], JSON.stringify([...latin1(key)]));
        });
      }));
  },
});

function crc64Model(data: Uint8Array, crc = 0n): bigint {
  for (const byte of data) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? crc >> 1n ^ 0x95ac9329ac4bc9b5n : crc >> 1n;
  }
  return crc;
}

for (const high of [false, true]) {
  const name = high ? ", across 2 GiB" : "";
  Deno.test(`crc64: check value, and the bitwise model, in pieces too${name}`, async () => {
    const { core, scratch, put } = await loadTestingCore({ high });
    const at = scratch + core.CRC64_TABLE_BYTES.value;
    core.crc64Prepare(scratch);
    assertEquals(core.crc64(0n, at, put(at, "123456789"), scratch), 0xe9c6d914c4b8d9can);
    assertEquals(core.crc64(5n, at, 0, scratch), 5n);
    await fuzz((random) => {
      for (let i = 0; i < 500; i++) {
        const data = Uint8Array.from({ length: random(70) }, () => random(256));
        const split = random(data.length + 1);
        put(at, data);
        const first = core.crc64(0n, at, split, scratch);
        const whole = core.crc64(first, at + split, data.length - split, scratch);
        assertEquals(whole, crc64Model(data));
      }
    });
  });
}

Deno.test({
  name: "crc64: an RDB file of Redis ends with it",
  ignore: !hasOracle,
  fn: () =>
    withOracle([], async (ask) => {
      const { core, scratch, put } = await loadTestingCore();
      const [, , dir] = await ask([["SET", "a", "b"], ["SAVE"], ["CONFIG", "GET", "dir"]]);
      const file = await Deno.readFile(`${(dir as string[])[1]}/dump.rdb`);
      const at = scratch + core.CRC64_TABLE_BYTES.value;
      core.crc64Prepare(scratch);
      const crc = core.crc64(0n, at, put(at, file) - 8, scratch);
      assertEquals(crc, new DataView(file.buffer).getBigUint64(file.length - 8, true));
    }),
});
