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
  assertEquals(core.crc16(scratch, put(scratch, "123456789")), 0x31c3);
  assertEquals(core.crc16(scratch, 0), 0);
  await fuzz((random) => {
    for (let i = 0; i < 5000; i++) {
      const data = Uint8Array.from({ length: random(50) }, () => random(256));
      assertEquals(core.crc16(scratch, put(scratch, data)), crc16Model(data));
    }
  });
});

Deno.test({
  name: "crc16: Redis puts the same keys into the same slots",
  ignore: !hasOracle,
  fn: async () => {
    const { core, scratch, put } = await loadTestingCore();
    const port = String(27150 + Deno.pid % 40);
    await withOracle(["--cluster-enabled", "yes", "--port", port], (ask) =>
      fuzz(async (random) => {
        const keys = ["", "{}", "{a}", "a{b}c", "{}{a}", "{{a}}", "a}{b}", "}{", "{a", "{", "}"];
        while (keys.length < 5000) keys.push(randomText(random, 12, "ab\0\xff{}"));
        const slots = await ask(keys.map((key) => ["CLUSTER", "KEYSLOT", key]));
        keys.forEach((key, i) => {
          const slot = core.keySlot(scratch, put(scratch, key));
          assertEquals(BigInt(slot), slots[i], JSON.stringify([...latin1(key)]));
        });
      }));
  },
});
