import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import { fuzz, type Random } from "./testing.ts";

function add(rig: CommandRig, key: string, expiryMs?: number): void {
  const { at, x } = rig.core;
  rig.core.setResult(BigInt(expiryMs ?? 0));
  const flags = expiryMs === undefined ? 0 : at.SET_EXPIRY;
  rig.run(["set", key, "value"], () => x.stringSet(0, 1, 2, flags));
}

/** The strings of a flat array of bulks. */
function parseKeys(reply: string): string[] {
  const keys: string[] = [];
  let at = reply.indexOf("\r\n") + 2;
  while (at < reply.length) {
    const start = reply.indexOf("\r\n", at) + 2;
    const len = Number(reply.slice(at + 1, start - 2));
    keys.push(reply.slice(start, start + len));
    at = start + len + 2;
  }
  assertEquals(reply.slice(0, reply.indexOf("\r\n")), `*${keys.length}`);
  return keys;
}

interface Step {
  cursor: number;
  keys: string[];
}

function scan(rig: CommandRig, cursor: number, count: number, pattern = ""): Step {
  const { at, x } = rig.core;
  const { reply } = rig.run(
    ["scan", pattern],
    () => x.replyScan(0, cursor, count, pattern === "" ? 0 : 1, at.ANY_TYPE, false),
  );
  const head = /^\*2\r\n\$\d+\r\n(\d+)\r\n/.exec(reply)!;
  return { cursor: Number(head[1]), keys: parseKeys(reply.slice(head[0].length)) };
}

Deno.test("KEYS: what matches, the empty key by a lone star only, nothing that has expired", async () => {
  const rig = await CommandRig.load();
  rig.core.setU64(rig.core.at.NOW_MS, 1000);
  for (const key of ["", "a", "ab", "b"]) add(rig, key);
  add(rig, "gone", 1500);
  rig.core.setU64(rig.core.at.NOW_MS, 2000);
  const keys = (pattern: string) =>
    parseKeys(rig.run(["keys", pattern], (x) => x.replyKeys(0, 1)).reply).sort();
  assertEquals(keys("*"), ["", "a", "ab", "b"]);
  assertEquals(keys("**"), ["a", "ab", "b"]);
  assertEquals(keys("a*"), ["a", "ab"]);
  assertEquals(keys("go*"), []);
});

Deno.test("SCAN: deletes what it finds expired", async () => {
  const rig = await CommandRig.load();
  rig.core.setU64(rig.core.at.NOW_MS, 1000);
  add(rig, "gone", 1500);
  add(rig, "here", 2500);
  rig.core.setU64(rig.core.at.NOW_MS, 2000);
  assertEquals(scan(rig, 0, 10), { cursor: 0, keys: ["here"] });
  assertEquals(rig.core.x.databaseSize(0), 1);
});

Deno.test("SCAN: a large count is served whole, or in steps where memory is out", async () => {
  const rig = await CommandRig.load(64 * 2 ** 20);
  // The reply must fit the arena: no chunk can be had when memory is out.
  for (let i = 0; i < 130_000; i++) add(rig, i.toString(36));
  assertEquals(scan(rig, 0, 1e6, "zz*").cursor, 0);
  const release = rig.exhaust();
  const step = scan(rig, 0, 1e6, "zz*");
  assert(step.cursor !== 0);
  release();
});

Deno.test("SCAN: a key that is there all the time is returned, however the others come and go", () =>
  fuzz(async (random: Random) => {
    const rig = await CommandRig.load();
    const lasting = Array.from({ length: 500 }, (_, i) => `lasting:${i}`);
    lasting.forEach((key) => add(rig, key));
    const others: string[] = [];
    let made = 0;
    const grow = () => {
      for (let i = 0; i < 200; i++) add(rig, others[others.push(`other:${made++}`) - 1]);
    };
    const shrink = () => {
      for (const key of others.splice(0, 300)) rig.run(["del", key], (x) => x.keyDelete(0, 1));
    };
    for (let round = 0; round < 20; round++) {
      const seen = new Set<string>();
      let cursor = 0;
      const growing = random(2) === 0;
      do {
        const step = scan(rig, cursor, 1 + random(50));
        cursor = step.cursor;
        step.keys.forEach((key) => seen.add(key));
        if (random(4) === 0) (growing ? grow : shrink)();
      } while (cursor !== 0);
      assertEquals(lasting.filter((key) => !seen.has(key)), []);
      if (others.length > 20_000) {
        others.splice(0).forEach((key) => {
          rig.run(["del", key], (x) => x.keyDelete(0, 1));
        });
      }
    }
  }));

Deno.test("RANDOMKEY: every key is about as likely", async () => {
  const rig = await CommandRig.load();
  const { x } = rig.core;
  const count = 50;
  for (let i = 0; i < count; i++) add(rig, `${i}`);
  const drawn = new Map<string, number>();
  const draws = 20_000;
  for (let i = 0; i < draws; i++) {
    const { reply } = rig.run(["randomkey"], () => x.replyKey(x.keyRandom(0)));
    drawn.set(reply, (drawn.get(reply) ?? 0) + 1);
  }
  assertEquals(drawn.size, count);
  // Six standard deviations of a binomial around 400.
  for (const times of drawn.values()) assert(Math.abs(times - draws / count) < 120, `${times}`);
});
