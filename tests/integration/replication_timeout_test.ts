/** `repl-timeout`, in whatever state a link is: both sides give it up, in the real server's words, and try again. */

import { assert, assertEquals } from "@std/assert";
import { type Answer, FakePrimary } from "../support/fake_primary.ts";
import { type Kind, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";

const ignore = findOracle() === undefined;
const ID = "0123456789abcdef0123456789abcdef01234567";
const EMPTY = "REDIS0010\xff\x00\x00\x00\x00\x00\x00\x00\x00";
const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** It reads on, and answers nothing more. */
const falls: Answer = async (_send, conn) => {
  while (await conn.read(new Uint8Array(100)) !== null);
};

/** Where a primary falls silent, and what its replica has been sent by then. */
const SILENT: Record<string, Answer | null> = {
  "when it is greeted": null,
  "when it is asked to synchronize": falls,
  "before the data set": async (send, conn) => {
    await send(`+FULLRESYNC ${ID} 1\r\n`);
    await falls(send, conn);
  },
  "within the data set": async (send, conn) => {
    await send(`+FULLRESYNC ${ID} 1\r\n$1000\r\nREDIS0010`);
    await falls(send, conn);
  },
  "within the stream": async (send, conn) => {
    await send(bytesOf(`+FULLRESYNC ${ID} 1\r\n$${EMPTY.length}\r\n${EMPTY}`));
    await falls(send, conn);
  },
};

/** What the log says of time that is up. */
async function said(kind: Kind, answer: Answer | null): Promise<string> {
  await using primary = new FakePrimary(answer ?? falls, answer === null ? "" : undefined);
  await using replica = await Node.start(kind, "--repl-timeout", "1", "--save", "");
  await replica.say("REPLICAOF", "127.0.0.1", `${primary.port}`);
  let words = "";
  await until(async () => {
    words =
      /^.* [*#] (.*(?:imeout|not reply|stuck).*)$/m.exec(await replica.handle.output!())?.[1] ?? "";
    return words !== "";
  }, "the end of its patience");
  // It goes on to try, and answers.
  const { accepted } = primary;
  await until(() => Promise.resolve(primary.accepted > accepted), "another try");
  assertEquals(await replica.say("PING"), "PONG");
  return words;
}

Deno.test({
  name: "a primary that falls silent is given up as by the real server, wherever it does",
  ignore,
  async fn() {
    const all = (kind: Kind) =>
      Promise.all(
        Object.entries(SILENT).map(async ([when, answer]) =>
          `${when}: ${await said(kind, answer)}`
        ),
      );
    assertEquals(await all("etna"), await all("redis"));
  },
});

/** What the log says of a replica that hangs. */
async function hangs(kind: Kind): Promise<string> {
  await using primary = await Node.start(kind, "--repl-timeout", "1");
  await using replica = await Node.start("redis");
  await replica.follow(primary);
  await until(async () => /state=online/.test(await primary.row("slave0")), "the replica");
  replica.handle.signal!("SIGSTOP");
  try {
    await until(async () => await primary.row("connected_slaves") === "0", "its end");
  } finally {
    replica.handle.signal!("SIGCONT");
  }
  const words = /^.* # (Disconnecting timedout.*)$/m.exec(await primary.handle.output!())?.[1] ??
    "";
  await replica.equals(primary);
  return words.replace(/:\d+$/, "");
}

Deno.test({
  name: "a replica that hangs is given up as by the real server, and comes back",
  ignore,
  async fn() {
    const [etna, redis] = await Promise.all([hangs("etna"), hangs("redis")]);
    assert(redis !== "");
    assertEquals(etna, redis);
  },
});
