import { assertEquals } from "@std/assert";
import { fuzz, loadTestingCore, randomText } from "./testing.ts";

const order = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;

for (const high of [false, true]) {
  Deno.test(`bytes: as the model${high ? ", across 2 GiB" : ""}`, async () => {
    const { core, scratch, put, text } = await loadTestingCore({ high });
    await fuzz((random) => {
      for (let i = 0; i < 20000; i++) {
        const a = randomText(random, 70, "ab");
        let b = random(3) ? a : randomText(random, 70, "ab");
        if (random(2)) {
          const at = random(b.length + 1);
          b = b.slice(0, at) + "\xff" + b.slice(at + 1);
        }
        const [atA, atB] = [scratch + random(16), scratch + 200 + random(16)];
        put(atA, a + "x");
        put(atB, b + "y");
        const same = Math.min(a.length, b.length);
        assertEquals(Math.sign(core.compareBytes(atA, a.length, atB, b.length)), order(a, b));
        assertEquals(core.equalBytes(atA, atB, same), a.slice(0, same) === b.slice(0, same));
        for (const wanted of ["b", "x", "\xff"]) {
          assertEquals(core.findByte(atB, b.length, wanted.charCodeAt(0)), b.indexOf(wanted));
        }
      }
    });
    put(scratch, "");
    assertEquals(core.findByte(scratch, 0, 0), -1);
    assertEquals(text(scratch, 0), "");
  });
}

Deno.test("bytes: finds CR LF from an index on, both inside the run", async () => {
  const { core, scratch, put } = await loadTestingCore({ high: true });
  await fuzz((random) => {
    for (let i = 0; i < 30000; i++) {
      const filler = randomText(random, 60, "\r\n.").replaceAll("\r\n", "\n\r");
      const data = random(3) ? filler + "\r\n" + randomText(random, 40, "\r\n") : filler;
      const len = random(data.length + 1);
      const from = random(len + 2);
      put(scratch, data + "\n");
      const expected = data.slice(0, len).indexOf("\r\n", from);
      assertEquals(core.findCrlf(scratch, len, from), from > len ? -1 : expected);
    }
  });
});

Deno.test("bytes: lowers ASCII letters only, in the run only", async () => {
  const { core, scratch, put, text } = await loadTestingCore();
  let all = "";
  for (let byte = 0; byte < 256; byte++) all += String.fromCharCode(byte);
  const lowered = all.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  for (let len = 0; len <= 256; len++) {
    put(scratch, all);
    core.lowerCase(scratch, len);
    assertEquals(text(scratch, 256), lowered.slice(0, len) + all.slice(len));
  }
});
