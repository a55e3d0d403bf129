/**
 * Slot migrations whose other side hangs (SIGSTOP), and such as are cancelled at any moment, in both dialects: this side
 * says how it stands and can give it up at once; the other one ends by itself when it wakes up. Nothing stays behind.
 */

import { assert, assertEquals } from "@std/assert";
import { type Node, until } from "../../support/nodes.ts";
import { Proxy } from "../../support/proxy.ts";
import { SeededRandom, seedFromEnv } from "../../support/random.ts";
import { migrate, migrationTest, newest, newestState } from "../../support/slot_migrations.ts";

const KEYS = 30_000;
const [FIRST, LAST] = [0, 5000];
/** Longer than anybody is stopped, so that nobody takes him for dead. */
const OPTIONS = ["--cluster-node-timeout", "20000"];
/** A seed that failed once: what was on its way when the target cancelled was taken after its slots had been emptied. */
const FAILED = 2032190830;
const ENDED = ["success", "failed", "cancelled", "none"];

/** How a migration is asked for, and by which side. */
interface Dialect {
  readonly name: string;
  readonly isSaidToTarget: boolean;
  begin(source: Node, target: Node, targetId: string): Promise<string>;
  cancel(node: Node): Promise<string>;
}

const DIALECTS: readonly Dialect[] = [
  {
    name: "MIGRATION IMPORT",
    isSaidToTarget: true,
    begin: (_, target) => target.say("CLUSTER", "MIGRATION", "IMPORT", `${FIRST}`, `${LAST}`),
    cancel: (node) => node.say("CLUSTER", "MIGRATION", "CANCEL", "ALL"),
  },
  {
    name: "MIGRATESLOTS",
    isSaidToTarget: false,
    begin: (source, _, targetId) =>
      source.say("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", `${FIRST}`, `${LAST}`, "NODE", targetId),
    cancel: (node) => node.say("CLUSTER", "CANCELSLOTMIGRATIONS"),
  },
];

/** Has a node be reached by others where a proxy listens. */
async function behindProxy(
  stack: AsyncDisposableStack,
  node: Node,
  others: readonly Node[],
): Promise<Proxy> {
  const proxy = stack.use(new Proxy(node.handle.port));
  assertEquals(await node.say("CONFIG", "SET", "cluster-announce-port", `${proxy.port}`), "OK");
  for (const other of others) {
    await until(
      async () => (await other.say("CLUSTER", "NODES")).includes(`127.0.0.1:${proxy.port}@`),
      "its address to be known",
    );
  }
  return proxy;
}

/** Fills the nodes with keys of some size. @returns how many are the first one's */
async function fill(node: Node): Promise<number> {
  const commands = Array.from({ length: KEYS }, (_, i) => ["SET", `key:${i}`, "v".repeat(3000)]);
  for (let at = 0; at < KEYS; at += 1000) await node.client.pipeline(commands.slice(at, at + 1000));
  return Number(await node.say("DBSIZE"));
}

/** Whether keys are on their way, as each of both sides sees it. */
async function isUnderWay(sides: readonly Node[]): Promise<boolean> {
  const rows = await Promise.all(sides.map(newest));
  return rows.every((row) => row?.state === "in_progress" && row.start_time !== "0");
}

/** Waits until both have ended what they were at, and each key is seen at one of them, by whoever serves it. */
async function settled(source: Node, target: Node, count: number): Promise<void> {
  await until(async () => {
    const states = await Promise.all([source, target].map(newestState));
    return states.every((state) => ENDED.includes(state));
  }, "both sides to end");
  let sizes: string[] = [];
  await until(async () => {
    sizes = await Promise.all([source, target].map((node) => node.say("DBSIZE")));
    return Number(sizes[0]) + Number(sizes[1]) === count;
  }, `${count} keys in sum`).catch((error) => {
    throw new Error(`${sizes} keys of ${count}`, { cause: error });
  });
  const at = await Promise.all([source, target].map((node) => node.say("GET", "key:0")));
  assertEquals(at.filter((reply) => reply.startsWith("MOVED")).length, 1, at.join(", "));
}

/** Has the slots be the source's again, whoever has them now. */
async function back(source: Node, target: Node): Promise<void> {
  if (!(await source.say("GET", "key:0")).startsWith("MOVED")) return;
  assertEquals(await migrate(target, source, `${FIRST}`, `${LAST}`), "OK");
  await until(async () => await newestState(target) === "success", "the slots to come back");
}

for (const dialect of DIALECTS) {
  migrationTest(
    `${dialect.name}, and the other side hangs: before it begins, and in the middle`,
    async ([source, , target]) => {
      const count = await fill(source);
      const targetId = await target.say("CLUSTER", "MYID");
      const [asked, other] = dialect.isSaidToTarget ? [target, source] : [source, target];
      for (const isMidway of [false, true]) {
        if (!isMidway) other.handle.signal!("SIGSTOP");
        const said = await dialect.begin(source, target, targetId);
        assert(said === "OK" || said.length === 40, said);
        if (isMidway) {
          await until(async () => (await newest(asked))!.start_time !== "0", "it to begin");
          other.handle.signal!("SIGSTOP");
        }
        try {
          assertEquals((await newest(asked))!.state, "in_progress");
          assertEquals(await asked.say("SET", "mine", "1").then((text) => text !== ""), true);
          assert(["1", "OK"].includes(await dialect.cancel(asked)));
          const { state, slots } = (await newest(asked))!;
          assertEquals([state, slots], ["canceled", `${FIRST}-${LAST}`]);
          assertEquals(await newestState(asked), "cancelled");
        } finally {
          other.handle.signal!("SIGCONT");
        }
        await source.say("DEL", "mine");
        await target.say("DEL", "mine");
        await settled(source, target, count);
        assert(!(await source.say("GET", "key:0")).startsWith("MOVED"));
      }
      await dialect.begin(source, target, targetId);
      await until(async () => await newestState(asked) === "success", "it to succeed at last");
      await settled(source, target, count);
    },
    { options: OPTIONS },
  );
}

for (const dialect of DIALECTS) {
  migrationTest(
    `${dialect.name}, and the way between both sides is cut`,
    async ([source, third, target], stack) => {
      const count = await fill(source);
      const targetId = await target.say("CLUSTER", "MYID");
      const ways = [
        await behindProxy(stack, source, [third, target]),
        await behindProxy(stack, target, [third, source]),
      ];
      for (const canceller of [source, target]) {
        assert((await dialect.begin(source, target, targetId)).length > 1);
        await until(() => isUnderWay([source, target]), "it to begin");
        ways.forEach((way) => way.hold());
        for (const side of [source, target]) {
          assertEquals((await newest(side))!.state, "in_progress");
          assert(await side.say("SET", "mine", "1") !== "");
        }
        assertEquals(await canceller.say("CLUSTER", "MIGRATION", "CANCEL", "ALL"), "1");
        assertEquals((await newest(canceller))!.state, "canceled");
        // An import that was asked for here begins anew if it was the other side that gave up.
        if (canceller === source) await target.say("CLUSTER", "MIGRATION", "CANCEL", "ALL");
        ways.forEach((way) => way.release());
        for (const side of [source, target]) await side.say("DEL", "mine");
        await settled(source, target, count);
        assert(!(await source.say("GET", "key:0")).startsWith("MOVED"));
      }
      // Whom nobody cancels gives up by himself.
      for (const side of [source, target]) await side.say("CONFIG", "SET", "repl-timeout", "2");
      await dialect.begin(source, target, targetId);
      await until(() => isUnderWay([source, target]), "it to begin");
      ways.forEach((way) => way.hold());
      await until(async () => await newestState(source) === "failed", "the source to give up");
      await target.say("CLUSTER", "MIGRATION", "CANCEL", "ALL");
      ways.forEach((way) => way.release());
      await settled(source, target, count);
      for (const side of [source, target]) await side.say("CONFIG", "SET", "repl-timeout", "60");
      await dialect.begin(source, target, targetId);
      const [asked] = dialect.isSaidToTarget ? [target] : [source];
      await until(async () => await newestState(asked) === "success", "it to succeed at last");
      await settled(source, target, count);
    },
    { options: OPTIONS },
  );
}

migrationTest("migrations are cancelled at any moment, by either side", async (nodes) => {
  const seed = seedFromEnv("ETNA_SEED");
  console.log(`ETNA_SEED=${seed}`);
  const [source, , target] = nodes;
  const count = await fill(source);
  const targetId = await target.say("CLUSTER", "MYID");
  for (let round = 0; round < 12; round++) {
    const random = new SeededRandom(round < 4 ? FAILED + round : seed + round);
    const dialect = DIALECTS[round % 2];
    const canceller = random.pick([source, target]);
    await dialect.begin(source, target, targetId);
    await new Promise((resolve) =>
      setTimeout(resolve, random.below(random.pick([20, 100, 300, 600])))
    );
    const said = await canceller.say("CLUSTER", "MIGRATION", "CANCEL", "ALL");
    assert(["0", "1"].includes(said), said);
    // An import that was asked for here begins anew if it was the other side that gave up.
    if (canceller === source) await target.say("CLUSTER", "MIGRATION", "CANCEL", "ALL");
    await settled(source, target, count);
    await back(source, target);
    await settled(source, target, count);
  }
}, { options: OPTIONS });
