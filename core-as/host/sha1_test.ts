import { assertEquals } from "@std/assert";
import { fuzz, hasOracle, loadTestingCore, randomText, withOracle } from "./testing.ts";

const hex = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

for (const high of [false, true]) {
  Deno.test(`sha1: every length, in pieces too${high ? ", across 2 GiB" : ""}`, async () => {
    const { core, bytes, scratch, put, text } = await loadTestingCore({ high });
    const [out, at] = [scratch + core.SHA1_STATE_BYTES.value, scratch + 200];
    core.sha1Hex(scratch, at, put(at, "abc"), out);
    assertEquals(text(out, 40), "a9993e364706816aba3e25717850c26c9cd0d89d");
    await fuzz(async (random) => {
      for (let len = 0; len < 300; len++) {
        const data = Uint8Array.from({ length: len }, () => random(256));
        const expected = hex(new Uint8Array(await crypto.subtle.digest("SHA-1", data)));
        core.sha1Hex(scratch, at, put(at, data), out);
        assertEquals(text(out, 40), expected, `${len} bytes`);
        core.sha1Init(scratch);
        for (let from = 0; from < len;) {
          const size = Math.min(random(100), len - from);
          core.sha1Update(scratch, at + from, size);
          from += size;
        }
        core.sha1Final(scratch, out);
        assertEquals(hex(bytes.slice(out, out + 20)), expected, `${len} bytes in pieces`);
      }
    });
  });
}

Deno.test({
  name: "sha1: Redis names scripts by it",
  ignore: !hasOracle,
  fn: () =>
    withOracle([], (ask) =>
      fuzz(async (random) => {
        const { core, scratch, put, text } = await loadTestingCore();
        const scripts = Array.from({ length: 100 }, () => `--${randomText(random, 200, "abc ")}`);
        const names = await ask(scripts.map((script) => ["SCRIPT", "LOAD", script]));
        scripts.forEach((script, i) => {
          core.sha1Hex(scratch, scratch + 200, put(scratch + 200, script), scratch + 100);
          assertEquals(text(scratch + 100, 40), names[i]);
        });
      })),
});
