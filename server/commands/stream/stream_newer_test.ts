/** What came to streams after the real server that is installed: words of 7.2, 7.4 and 8.2. */

import { lineOf, runReplies } from "../../../tests/support/replies_script.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";
import { startSubject } from "../../../tests/support/subject.ts";
import { assertEquals, assertMatch } from "@std/assert";

const BAD_ID = "ERR Invalid stream ID specified as stream command argument";
const NO_IDS = "ERR Number of IDs must be a positive integer";
const MISMATCH = "ERR The `numids` parameter must match the number of arguments";
const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";

/** g has been given 1-0 to 3-0 of four entries, and has acknowledged 1-0; h has acknowledged 1-0, too. */
const TWO_GROUPS = `
    XADD k 1-0 f a -> "1-0"
    XADD k 2-0 f b -> "2-0"
    XADD k 3-0 f c -> "3-0"
    XADD k 4-0 f d -> "4-0"
    XGROUP CREATE k g 0 -> OK
    XGROUP CREATE k h 0 -> OK
    XREADGROUP GROUP g a COUNT 3 STREAMS k > -> {"k" [["1-0" ["f" "a"]] ["2-0" ["f" "b"]] ["3-0" ["f" "c"]]]}
    XREADGROUP GROUP h b COUNT 1 STREAMS k > -> {"k" [["1-0" ["f" "a"]]]}
    XACK k g 1-0 -> 1
    XACK k h 1-0 -> 1
`;

const scripts: Record<string, string> = {
  "XDELEX: replies": `
    ${TWO_GROUPS.trim()}
    XDELEX k ACKED IDS 3 1-0 2-0 9-0 -> [1 2 -1]
    XDELEX k IDS 1 1-0 -> [-1]
    XLEN k -> 3
    XDELEX k ids 2 2-0 2-0 delref -> [1 -1]
    XPENDING k g -> [1 "3-0" "3-0" [["a" "1"]]]
    XDELEX k KEEPREF IDS 1 3 -> [1]
    XPENDING k g -> [1 "3-0" "3-0" [["a" "1"]]]
    XREADGROUP GROUP g a STREAMS k 0 -> {"k" [["3-0" nil]]}
    XDELEX k DELREF IDS 1 3-0 -> [-1]
    XPENDING k g -> [0 nil nil nil]
    XDELEX k ACKED IDS 1 4-0 -> [2]
    XDELEX none IDS 2 1 2 -> [-1 -1]
    EXISTS none -> 0
  `,
  "XDELEX: errors": `
    SET s v -> OK
    XADD k 1-0 f a -> "1-0"
    XDELEX k IDS 1 -> ERR wrong number of arguments for 'xdelex' command
    XDELEX k IDS 0 1-0 -> ${NO_IDS}
    XDELEX k IDS -1 1-0 -> ${NO_IDS}
    XDELEX k IDS x 1-0 -> ${NO_IDS}
    XDELEX k IDS 2 1-0 -> ${MISMATCH}
    XDELEX k IDS 1 1-0 2-0 -> ERR syntax error
    XDELEX k IDS 1 x -> ${BAD_ID}
    XDELEX k IDS 2 1-0 x -> ${BAD_ID}
    XLEN k -> 1
    XDELEX k KEEPREF DELREF IDS 1 1-0 -> ERR syntax error
    XDELEX k BOGUS IDS 1 1-0 -> ERR syntax error
    XDELEX k KEEPREF 1-0 2-0 -> ERR syntax error
    XDELEX s IDS 1 1-0 -> ${WRONG_TYPE}
    XDELEX k IDS 1 1-0 -> [1]
    EXISTS k -> 1
  `,
  "XACKDEL: replies and errors": `
    ${TWO_GROUPS.trim()}
    XACKDEL k g ACKED IDS 3 1-0 2-0 9-0 -> [-1 2 -1]
    XPENDING k g -> [1 "3-0" "3-0" [["a" "1"]]]
    XREADGROUP GROUP h b COUNT 9 STREAMS k > -> {"k" [["2-0" ["f" "b"]] ["3-0" ["f" "c"]] ["4-0" ["f" "d"]]]}
    XACKDEL k h ACKED IDS 2 2-0 3-0 -> [1 2]
    XACKDEL k g ACKED IDS 1 3-0 -> [1]
    XREADGROUP GROUP g a COUNT 9 STREAMS k > -> {"k" [["4-0" ["f" "d"]]]}
    XACKDEL k g DELREF IDS 1 4-0 -> [1]
    XPENDING k h -> [0 nil nil nil]
    XRANGE k - + -> [["1-0" ["f" "a"]]]
    XACKDEL k nogroup IDS 1 1-0 -> [-1]
    XACKDEL none g IDS 2 1-0 2-0 -> [-1 -1]
    SET s v -> OK
    XACKDEL s g IDS 1 1-0 -> ${WRONG_TYPE}
    XACKDEL k g IDS 1 -> ERR wrong number of arguments for 'xackdel' command
    XACKDEL k g IDS 2 1-0 -> ${MISMATCH}
    XACKDEL k g IDS 0 1-0 -> ${NO_IDS}
    XACKDEL k g IDS 1 x -> ${BAD_ID}
  `,
  "XTRIM and XADD: what becomes of references": `
    ${TWO_GROUPS.trim()}
    XTRIM k MAXLEN 0 ACKED -> 1
    XTRIM k MAXLEN = 2 DELREF -> 1
    XPENDING k g -> [1 "3-0" "3-0" [["a" "1"]]]
    XTRIM k KEEPREF MINID 4 -> 1
    XPENDING k g -> [1 "3-0" "3-0" [["a" "1"]]]
    XADD k DELREF MAXLEN 1 5-0 f e -> "5-0"
    XRANGE k - + -> [["5-0" ["f" "e"]]]
    XADD k ACKED NOMKSTREAM MAXLEN 1 6-0 f e -> "6-0"
    XLEN k -> 2
    XADD k KEEPREF 7-0 f e -> "7-0"
    XTRIM k ACKED -> ERR wrong number of arguments for 'xtrim' command
    XTRIM k ACKED DELREF -> ERR syntax error, XTRIM must be called with a trimming strategy
  `,
  "XREAD: the last entry": `
    XREAD STREAMS k + -> nil
    XADD k 1-0 f a -> "1-0"
    XADD k 2-0 f b -> "2-0"
    XREAD STREAMS k + -> {"k" [["2-0" ["f" "b"]]]}
    XREAD COUNT 5 BLOCK 0 STREAMS k none + + -> {"k" [["2-0" ["f" "b"]]]}
    XDEL k 2-0 -> 1
    XREAD STREAMS k + -> {"k" [["1-0" ["f" "a"]]]}
    XDEL k 1-0 -> 1
    XREAD STREAMS k + -> nil
    XREAD BLOCK 1 STREAMS k + -> nil
  `,
};

Deno.test("what is new to streams", async (t) => {
  await using server = await startSubject();
  using client = await RespClient.connect(server);
  await client.command("HELLO", "3");
  for (const [name, script] of Object.entries(scripts)) {
    await t.step(name, () => runReplies(client, script));
  }
  await t.step("when consumers were seen, and when they were active", async () => {
    await client.command("FLUSHALL");
    await client.command("XADD", "k", "1-0", "f", "a");
    await client.command("XGROUP", "CREATE", "k", "g", "0");
    await client.command("XGROUP", "CREATECONSUMER", "k", "g", "idle");
    await client.command("XREADGROUP", "GROUP", "g", "busy", "STREAMS", "k", ">");
    const consumers = lineOf((await client.command("XINFO", "CONSUMERS", "k", "g")).reply);
    assertMatch(consumers, /"busy" "pending" 1 "idle" \d+ "inactive" \d+}/);
    assertMatch(consumers, /"idle" "pending" 0 "idle" \d+ "inactive" -1}/);
    const full = lineOf((await client.command("XINFO", "STREAM", "k", "FULL")).reply);
    assertMatch(full, /"busy" "seen-time" \d{13} "active-time" \d{13} "pel-count" 1 "pending"/);
    assertMatch(full, /"idle" "seen-time" \d{13} "active-time" -1 "pel-count" 0 "pending" \[\]/);
  });
  await t.step("XREAD waits for the entry after the last one", async () => {
    await client.command("FLUSHALL");
    using other = await RespClient.connect(server);
    await other.command("HELLO", "3");
    const waiting = other.command("XREAD", "BLOCK", "0", "STREAMS", "k", "+");
    await new Promise((resolve) => setTimeout(resolve, 20));
    await client.command("XADD", "k", "1-0", "f", "a");
    assertEquals(lineOf((await waiting).reply), '{"k" [["1-0" ["f" "a"]]]}');
  });
});

Deno.test("XREADGROUP CLAIM: what has been pending for long comes first, with how long and how often", async () => {
  await using server = await startSubject();
  using client = await RespClient.connect(server);
  const ask = async (line: string) => lineOf((await client.command(...line.split(" "))).reply);
  /** The same with what has been idle for a minute and a little as "minute". */
  const claim = async (line: string) =>
    (await ask(line)).replace(/ 60\d\d\d(?= \d+\])/g, " minute");
  await client.command("HELLO", "3");
  await runReplies(client, TWO_GROUPS);
  for (const id of ["2-0", "3-0"]) await ask(`XCLAIM k g a 0 ${id} IDLE 60000 JUSTID`);
  const read = "XREADGROUP GROUP g z COUNT";
  assertEquals(
    await claim(`${read} 1 CLAIM 50000 STREAMS k >`),
    '{"k" [["2-0" ["f" "b"] minute 1]]}',
  );
  assertEquals(
    await claim(`${read} 9 CLAIM 50000 STREAMS k >`),
    '{"k" [["3-0" ["f" "c"] minute 1] ["4-0" ["f" "d"] 0 0]]}',
  );
  assertEquals(await ask(`${read} 9 CLAIM 50000 STREAMS k >`), "nil");
  assertEquals(await ask("XPENDING k g"), '[3 "2-0" "4-0" [["z" "3"]]]');
  assertMatch(await ask("XPENDING k g 2-0 2-0 1"), /^\[\["2-0" "z" \d+ 2\]\]$/);
  // Of its own history it is no matter.
  assertEquals(await ask(`${read} 1 CLAIM 0 STREAMS k 0`), '{"k" [["2-0" ["f" "b"]]]}');
  await ask("XADD k 5-0 f e");
  assertEquals(
    await ask("XREADGROUP GROUP g z CLAIM 99999 STREAMS k >"),
    '{"k" [["5-0" ["f" "e"] 0 0]]}',
  );
  await ask("XDEL k 2-0");
  assertMatch(
    await ask(`${read} 1 CLAIM 0 STREAMS k >`),
    /^\{"k" \[\["3-0" \["f" "c"\] \d+ 2\]\]\}$/,
  );
  assertEquals(
    await ask("XREADGROUP GROUP g z CLAIM -1 STREAMS k >"),
    "ERR Invalid min-idle-time argument for XREADGROUP",
  );
  assertEquals(await ask("XREAD CLAIM 1 STREAMS k 0"), "ERR syntax error");
});
