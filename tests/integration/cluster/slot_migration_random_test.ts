/**
 * One slot migrates while commands of all types work on its keys, many on several at once: what arrives is what a
 * server has that was told the same and moved nothing.
 */

import { assertEquals } from "@std/assert";
import { Node, until } from "../../support/nodes.ts";
import { SeededRandom, seedFromEnv } from "../../support/random.ts";
import { textOf } from "../../support/resp_reply.ts";
import { migrationTest } from "../../support/slot_migrations.ts";

const FILLERS = 60_000;
const NAMES = 60;

/** Commands whose effect is the same wherever they run. */
function randomCommand(random: SeededRandom, databases: number): string[] {
  const key = () => `{t}k${random.below(NAMES)}`;
  const of = (type: string) => `{t}${type}${random.below(NAMES)}`;
  const word = () => `w${random.below(30)}`;
  const number = () => `${random.below(100)}`;
  const [a, b, c] = [of("s"), of("s"), of("s")];
  const makers: (() => string[])[] = [
    () => ["SET", key(), word().repeat(random.below(40))],
    () => ["APPEND", key(), word()],
    () => ["INCRBY", of("n"), number()],
    () => ["MSET", key(), word(), key(), word(), key(), word()],
    () => ["RENAME", key(), key()],
    () => ["COPY", key(), key(), "REPLACE"],
    () => ["DEL", key(), of("l"), a],
    () => ["EXPIRE", key(), "1000"],
    () => ["PERSIST", key()],
    () => ["BITOP", "XOR", key(), key(), key()],
    () => ["LPUSH", of("l"), word(), word()],
    () => ["LMOVE", of("l"), of("l"), "LEFT", "RIGHT"],
    () => ["RPOPLPUSH", of("l"), of("l")],
    () => ["LTRIM", of("l"), "0", "20"],
    () => ["SADD", a, word(), word()],
    () => ["SMOVE", a, b, word()],
    () => ["SUNIONSTORE", a, b, c],
    () => ["SINTERSTORE", a, b, c],
    () => ["HSET", of("h"), word(), number()],
    () => ["HINCRBY", of("h"), word(), number()],
    () => ["ZADD", of("z"), number(), word()],
    () => ["ZINCRBY", of("z"), number(), word()],
    () => ["ZUNIONSTORE", of("z"), "2", of("z"), of("z"), "AGGREGATE", "MAX"],
    () => ["ZRANGESTORE", of("z"), of("z"), "0", "5"],
    () => ["PFADD", of("p"), word()],
    () => ["PFMERGE", of("p"), of("p"), of("p")],
    () => ["SORT", of("l"), "ALPHA", "STORE", of("l")],
    () =>
      ["EVAL", "redis.call('incr', KEYS[1]) redis.call('lpush', KEYS[2], ARGV[1])", "2"]
        .concat(of("n"), of("l"), word()),
    () => ["XADD", of("x"), `${++streamId}-1`, "f", word()],
  ];
  if (databases > 1) {
    const db = () => `${random.below(databases)}`;
    const names = [key, () => of("l"), () => of("h"), () => of("n")];
    for (let i = 0; i < 5; i++) {
      makers.push(
        () => ["SELECT", db()],
        () => ["MOVE", random.pick(names)(), db()],
        () => ["COPY", key(), key(), "DB", db(), "REPLACE"],
      );
    }
  }
  return random.pick(makers)();
}
let streamId = 0;

async function digests(node: Node, names: readonly string[]): Promise<string[]> {
  const replies = await node.client.pipeline(
    names.map((name) => ["DEBUG", "DIGEST-VALUE", name]),
  );
  return replies.map(({ reply }, i) => `${names[i]} ${JSON.stringify(reply)}`);
}

for (const databases of [1, 3]) {
  migrationTest(
    `a slot of all types in ${databases} databases migrates under commands on several keys, as if it had stayed`,
    (nodes, stack) => migratesAsIfItStayed(nodes, stack, databases),
    { options: ["--cluster-databases", `${databases}`] },
  );
}

async function migratesAsIfItStayed(
  nodes: Node[],
  stack: AsyncDisposableStack,
  databases: number,
): Promise<void> {
  const seed = seedFromEnv("ETNA_SEED");
  console.log(`ETNA_SEED=${seed}`);
  const random = new SeededRandom(seed);
  const slot = await nodes[0].say("CLUSTER", "KEYSLOT", "{t}");
  let from = nodes[0];
  for (const node of nodes) if (await node.say("EXISTS", "{t}") === "0") from = node;
  let to = nodes[from === nodes[0] ? 1 : 0];
  const control = stack.use(await Node.start("etna"));
  for (let i = 0; i < FILLERS; i += 1000) {
    for (const node of [from, control]) await node.say("SELECT", `${i / 1000 % databases}`);
    const commands = Array.from({ length: 1000 }, (_, j) => ["SET", `{t}f${i + j}`, `v${j}`]);
    await from.client.pipeline(commands);
    await control.client.pipeline(commands);
  }
  for (let round = 0; round < 2; round++) {
    const id = await to.say("CLUSTER", "MIGRATION", "IMPORT", slot, slot);
    assertEquals(id.length, 40, id);
    let count = 0;
    for (let isHere = true; isHere; count++) {
      const batch = Array.from({ length: 20 }, () => randomCommand(random, databases));
      for (const command of batch) {
        if (command[0] === "SELECT") await to.client.command(...command);
        let answer = textOf((await from.client.command(...command)).reply);
        if (answer.startsWith("MOVED")) {
          isHere = false;
          answer = textOf((await to.client.command(...command)).reply);
        }
        const expected = textOf((await control.client.command(...command)).reply);
        assertEquals(answer, expected, command.join(" "));
      }
    }
    console.log(`${count * 20} commands meanwhile`);
    const names: string[] = [];
    for (let i = 0; i < NAMES; i++) for (const t of "knlshzpx") names.push(`{t}${t}${i}`);
    for (let i = 0; i < FILLERS; i += 97) names.push(`{t}f${i}`);
    for (let db = 0; db < databases; db++) {
      for (const node of [from, to, control]) await node.say("SELECT", `${db}`);
      assertEquals(await digests(to, names), await digests(control, names));
      assertEquals(await to.say("DBSIZE"), await control.say("DBSIZE"));
      await until(async () => await from.say("DBSIZE") === "0", "the source to be empty");
    }
    [from, to] = [to, from];
  }
}
