/** Pub/Sub's names and messages in the core: a model with a seeded fuzz, and what happens without memory. */

import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import type { Core } from "./core.ts";
import { fuzz, type Random, scaled } from "./testing.ts";

interface Named {
  kind: number;
  name: string;
  id: number;
  /** The core's handle. */
  entry: number;
}

/** Calls `act` with a text's bytes in the core. */
function withText<Result>(
  core: Core,
  text: string,
  act: (ptr: number, len: number) => Result,
): Result {
  const block = core.x.allocate(text.length + 1);
  assert(block !== 0);
  try {
    return act(block, core.writeBinary(block, text));
  } finally {
    core.x.free(block);
  }
}

function randomName(random: Random): string {
  const letters = "ab*?\x00\xff";
  return Array.from({ length: random(6) }, () => letters[random(letters.length)]).join("") +
    (random(20) === 0 ? "long".repeat(random(200)) : "");
}

/** Whether a pattern of letters, `*` and `?` matches, by the engine's own expressions. */
function matches(pattern: string, text: string): boolean {
  if (text === "") return pattern === "";
  const source = pattern.replace(
    /[^\w*?]/gs,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return new RegExp(`^${source.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(text);
}

Deno.test("pubsub: names as a map, patterns in the order in which they came", async () => {
  await fuzz(async (random) => {
    const { core } = await CommandRig.load(64 << 20);
    const { x, at } = core;
    const kinds = [at.CHANNELS, at.SHARD_CHANNELS, at.PATTERNS];
    const known: Named[] = [];
    const used = { before: -1 };
    for (let step = 0; step < scaled(5000); step++) {
      const kind = kinds[random(3)];
      const name = randomName(random);
      const found = known.find((one) => one.kind === kind && one.name === name);
      const id = withText(core, name, (ptr, len) => x.subjectFind(kind, ptr, len));
      assertEquals(id, found?.id ?? at.MISSING);
      if (found === undefined && random(2) === 0) {
        const entry = withText(core, name, (ptr, len) => x.subjectAdd(kind, ptr, len, step));
        assert(entry !== 0);
        known.push({ kind, name, id: step, entry });
      } else if (known.length !== 0 && random(3) === 0) {
        const [gone] = known.splice(random(known.length), 1);
        x.subjectRemove(gone.kind, gone.entry);
      }
      if (step % 20 !== 0) continue;
      const patterns = known.filter((one) => one.kind === at.PATTERNS);
      const expected = patterns.flatMap((one, i) => matches(one.name, name) ? [i] : []);
      const hits: number[] = [];
      withText(core, name, (ptr, len) => {
        for (let i = 0; (i = x.patternNext(i, ptr, len)) >= 0; i++) hits.push(i);
      });
      assertEquals(hits, expected, `${JSON.stringify(name)} among ${patterns.map((p) => p.name)}`);
      used.before = Math.max(used.before, core.usedBytes);
    }
    for (const { kind, entry } of known.splice(0)) x.subjectRemove(kind, entry);
    assert(core.usedBytes <= used.before);
    assertEquals(withText(core, "a", (ptr, len) => x.patternNext(0, ptr, len)), at.MISSING);
  });
});

Deno.test("pubsub: messages of both protocols, in the shared area and beyond it", async () => {
  const { core } = await CommandRig.load(64 << 20);
  const { x, at, u32 } = core;
  const pattern = withText(core, "a*", (ptr, len) => x.subjectAdd(at.PATTERNS, ptr, len, 0));
  const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
  await fuzz((random) => {
    let shared = 0;
    let owned = 0;
    for (let i = 0; i < scaled(3000); i++) {
      if (random(500) === 0) x.sharedReset();
      const resp = 2 + random(2);
      const kind = [at.CHANNELS, at.SHARD_CHANNELS, at.PATTERNS][random(3)];
      const channel = "c".repeat(random(20));
      const text = "t".repeat(random(50) === 0 ? random(300_000) : random(150));
      const message = withText(
        core,
        channel,
        (channelPtr, channelLen) =>
          withText(
            core,
            text,
            (ptr, len) => x.messageMake(resp, kind, pattern, channelPtr, channelLen, ptr, len),
          ),
      );
      const words = kind === at.PATTERNS
        ? ["pmessage", "a*", channel, text]
        : [kind === at.CHANNELS ? "message" : "smessage", channel, text];
      const expected = `${resp === 3 ? ">" : "*"}${words.length}\r\n${words.map(bulk).join("")}`;
      assertEquals(u32[at.RESULT_LEN], expected.length);
      assert(core.binary(message, expected.length) === expected);
      if (message >= at.HEAP) {
        x.free(message);
        owned++;
      } else {
        assert(message >= at.SHARED && message + expected.length <= at.SHARED + at.SHARED_BYTES);
        shared++;
      }
    }
    assert(shared > 0 && owned > 0);
  });
});

Deno.test("pubsub: without memory a name is refused and nothing is lost", async () => {
  const rig = await CommandRig.load(32 << 20);
  const { core } = rig;
  const { x, at } = core;
  const names = Array.from({ length: 100 }, (_, i) => `channel:${i}`);
  const scratch = at.SCRATCH;
  const add = (kind: number, name: string, id: number) =>
    x.subjectAdd(kind, scratch, core.writeBinary(scratch, name), id);
  const find = (kind: number, name: string) =>
    x.subjectFind(kind, scratch, core.writeBinary(scratch, name));
  names.forEach((name, i) => assert(add(at.PATTERNS, name, i) !== 0));
  const giveBack = rig.exhaust();
  assertEquals(add(at.PATTERNS, "x".repeat(3000), 100), 0);
  assertEquals(add(at.CHANNELS, "x".repeat(3000), 100), 0);
  assertEquals(find(at.PATTERNS, "x".repeat(3000)), at.MISSING);
  names.forEach((name, i) => assertEquals(find(at.PATTERNS, name), i));
  giveBack();
  assert(add(at.PATTERNS, "x".repeat(3000), 100) !== 0);
  assertEquals(find(at.PATTERNS, "x".repeat(3000)), 100);
});
