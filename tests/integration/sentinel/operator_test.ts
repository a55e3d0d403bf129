/** Sentinels in situations that an operator makes, beside the real one: what they answer, tell and do. */

import { assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { RespClient } from "../../support/resp_client.ts";
import { SentinelNode } from "../../support/sentinels.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A Sentinel, the servers that it watches, and all that it tells. */
class Stage implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly nodes: Node[] = [];
  readonly told: string[] = [];
  sentinel!: SentinelNode;
  #listener!: RespClient;
  #ended = false;

  /** @param replicas options of each replica */
  static async set(
    kind: Kind,
    replicas: readonly string[][],
    options: Record<string, number> = {},
    lines: readonly string[] = [],
  ): Promise<Stage> {
    const stage = new Stage();
    const primary = await stage.server();
    for (const words of replicas) {
      const replica = await stage.server(...words);
      await replica.follow(primary);
      await replica.equals(primary);
    }
    const { port } = primary.handle;
    const watch = {
      name: "group",
      port,
      quorum: 1,
      options: { "down-after-milliseconds": 1000, "failover-timeout": 6000, ...options },
    };
    stage.sentinel = stage.#stack.use(await SentinelNode.start(kind, watch, lines));
    // Each has said who it is, and could be promoted.
    await until(async () => {
      const { raw } = await stage.sentinel.client.command("SENTINEL", "REPLICAS", "group");
      return raw.split("master-link-status\r\n$2\r\nok").length === replicas.length + 1;
    }, "the replicas");
    stage.#listener = await RespClient.connect(stage.sentinel.handle);
    await stage.#listener.command("PSUBSCRIBE", "*");
    void stage.#listen();
    return stage;
  }

  async server(...words: string[]): Promise<Node> {
    const node = this.#stack.use(await Node.start("redis", ...words));
    this.nodes.push(node);
    return node;
  }

  async #listen(): Promise<void> {
    try {
      while (!this.#ended) {
        // *4, then a length and a word each: pmessage, the pattern, the channel, the text.
        const lines = (await this.#listener.read(60_000)).raw.split("\r\n");
        this.told.push(this.plain(`${lines[6]} ${lines[8]}`));
      }
    } catch (error) {
      if (!this.#ended) throw error;
    }
  }

  /** With names in place of ports and IDs. */
  plain(text: string): string {
    return this.nodes.reduce((rest, { handle: { port } }, i) => {
      return rest.replaceAll(`${port}`, `port${i}`);
    }, text).replace(/[0-9a-f]{40}/g, "id");
  }

  async hears(event: RegExp): Promise<void> {
    try {
      await until(() => Promise.resolve(this.told.some((text) => event.test(text))), `${event}`);
    } catch (error) {
      throw new Error(`${(error as Error).message}; it told\n${this.told.join("\n")}`);
    }
  }

  async row(name: string): Promise<string> {
    return new RegExp(`^${name}:(.*?)\r?$`, "m").exec(await this.sentinel.say("INFO"))?.[1] ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#listener[Symbol.dispose]();
    await this.#stack.disposeAsync();
  }
}

/** It was stopped for longer than it believes its own clock. */
async function tilts(kind: Kind): Promise<string[]> {
  await using stage = await Stage.set(kind, [[]]);
  const { sentinel, nodes: [primary], told } = stage;
  const said = [await sentinel.say("SENTINEL", "DEBUG", "TILT-PERIOD", "3000")];
  sentinel.handle.signal!("SIGSTOP");
  await pause(3000);
  primary.handle.signal!("SIGSTOP");
  sentinel.handle.signal!("SIGCONT");
  try {
    await stage.hears(/^\+tilt/);
    said.push(`tilt ${await stage.row("sentinel_tilt")}`);
    said.push(`since ${await stage.row("sentinel_tilt_since_seconds")}`);
    await pause(2000);
    said.push(`told within: ${told.filter((text) => !text.startsWith("+tilt"))}`);
    const { raw } = await sentinel.client.command(
      "SENTINEL",
      "IS-MASTER-DOWN-BY-ADDR",
      "127.0.0.1",
      `${primary.handle.port}`,
      "0",
      "*",
    );
    said.push(raw, `since ${await stage.row("sentinel_tilt_since_seconds")}`);
    await stage.hears(/^-tilt/);
    said.push(`tilt ${await stage.row("sentinel_tilt")}`);
    said.push(`since ${await stage.row("sentinel_tilt_since_seconds")}`);
    await stage.hears(/^\+switch-master/);
  } finally {
    primary.handle.signal!("SIGCONT");
  }
  const last = told.findIndex((text) => text.startsWith("+switch-master"));
  return [...said, ...told.slice(0, last + 1)];
}

/** It is told to forget all that it knows while it fails over. */
async function isReset(kind: Kind): Promise<string[]> {
  await using stage = await Stage.set(kind, [[]], { "failover-timeout": 2000 });
  const { sentinel, nodes: [primary, replica], told } = stage;
  // Nothing is promoted: that replica does not answer.
  replica.handle.signal!("SIGSTOP");
  try {
    const replies = await sentinel.client.pipeline([
      ["SENTINEL", "FAILOVER", "group"],
      ["SENTINEL", "FAILOVER", "group"],
    ]);
    const said = replies.map(({ raw }) => raw);
    await stage.hears(/^\+failover-state-wait-promotion/);
    said.push(await sentinel.say("SENTINEL", "FAILOVER", "group"));
    said.push(await sentinel.say("SENTINEL", "RESET", "gro*"));
    said.push(await sentinel.say("SENTINEL", "RESET", "nobody"));
    said.push(await sentinel.field("group", "flags"));
    await stage.hears(/^\+reset-master/);
    said.push(`${await sentinel.primaryPort("group") === primary.handle.port}`);
    return [...said, ...told.filter((text) => !/sdown|^\+slave/.test(text))];
  } finally {
    replica.handle.signal!("SIGCONT");
  }
}

/** Nobody may, or can, be promoted. */
async function hasNobody(kind: Kind): Promise<string[]> {
  await using stage = await Stage.set(kind, [["--replica-priority", "0"]]);
  const { sentinel, nodes: [, replica] } = stage;
  const said = [await sentinel.say("SENTINEL", "FAILOVER", "group")];
  said.push(await sentinel.say("SENTINEL", "FAILOVER", "nobody"));
  said.push(
    await replica.say("CONFIG", "SET", "replica-priority", "10", "replica-announced", "no"),
  );
  const shown = async () => {
    const { raw } = await sentinel.client.command("SENTINEL", "REPLICAS", "group");
    return raw.slice(0, 4).trim();
  };
  await until(async () => await shown() === "*0", "it to be hidden");
  said.push(await shown(), await sentinel.field("group", "num-slaves"));
  said.push(await sentinel.say("SENTINEL", "FAILOVER", "group"));
  await stage.hears(/^\+switch-master/);
  said.push(`${await sentinel.primaryPort("group") === replica.handle.port}`);
  const last = stage.told.findIndex((text) => text.startsWith("+switch-master"));
  return [...said, ...stage.told.slice(0, last + 1)];
}

/** What it has promoted does not become a primary in time. */
async function isTooLate(kind: Kind): Promise<string[]> {
  await using stage = await Stage.set(kind, [[]], {
    "failover-timeout": 1500,
    "down-after-milliseconds": 20_000,
  });
  const { sentinel, nodes: [primary, replica], told } = stage;
  replica.handle.signal!("SIGSTOP");
  try {
    const said = [await sentinel.say("SENTINEL", "FAILOVER", "group")];
    await stage.hears(/^-failover-abort/);
    said.push(`${await sentinel.primaryPort("group") === primary.handle.port}`);
    said.push(await sentinel.field("group", "flags"));
    return [...said, ...told];
  } finally {
    replica.handle.signal!("SIGCONT");
  }
}

/** Two replicas do not follow the new primary in time. */
async function areNotFollowed(kind: Kind): Promise<string[]> {
  await using stage = await Stage.set(
    kind,
    ["1", "10", "10"].map((priority) => ["--replica-priority", priority]),
    { "failover-timeout": 2000, "down-after-milliseconds": 20_000 },
  );
  const { sentinel, nodes: [, replica, ...others], told } = stage;
  for (const { handle } of others) handle.signal!("SIGSTOP");
  try {
    const said = [await sentinel.say("SENTINEL", "FAILOVER", "group")];
    await stage.hears(/^\+switch-master/);
    said.push(`${await sentinel.primaryPort("group") === replica.handle.port}`);
    // Which of the two is told first is a matter of chance.
    const last = told.findIndex((text) => text.startsWith("+switch-master"));
    return [...said, ...told.slice(0, last + 1).map((text) => text.replace(/port[23]/g, "portN"))];
  } finally {
    for (const { handle } of others) handle.signal!("SIGCONT");
  }
}

/** It watches two groups, one of which loses its primary. */
async function watchesTwo(kind: Kind): Promise<string[]> {
  await using other = await Node.start("redis");
  await using behind = await Node.start("redis");
  await behind.follow(other);
  await behind.equals(other);
  await using stage = await Stage.set(kind, [[]], {}, [
    `sentinel monitor other 127.0.0.1 ${other.handle.port} 1`,
    "sentinel down-after-milliseconds other 1000",
  ]);
  const { sentinel, nodes: [primary, replica] } = stage;
  await until(async () => await sentinel.field("other", "num-slaves") === "1", "the other group");
  const said = [await stage.row("sentinel_masters")];
  primary.handle.signal!("SIGSTOP");
  try {
    await stage.hears(/^\+switch-master/);
  } finally {
    primary.handle.signal!("SIGCONT");
  }
  said.push(`${await sentinel.primaryPort("group") === replica.handle.port}`);
  said.push(`${await sentinel.primaryPort("other") === other.handle.port}`);
  said.push(await sentinel.field("group", "config-epoch"));
  said.push(await sentinel.field("other", "config-epoch"), await sentinel.field("other", "flags"));
  // Both groups are watched on: the other one fails over when it is told to, in an epoch of its own.
  said.push(await sentinel.say("SENTINEL", "FAILOVER", "other"));
  await stage.hears(/^\+switch-master other/);
  said.push(`${await sentinel.primaryPort("other") === behind.handle.port}`);
  said.push(await sentinel.field("other", "config-epoch"));
  return said;
}

for (
  const [what, story] of [
    ["was stopped, and tilts", tilts],
    ["is reset in a failover", isReset],
    ["has nobody whom it may promote, and one who is not announced", hasNobody],
    ["gives up a failover that takes too long", isTooLate],
    ["ends a failover that some do not follow", areNotFollowed],
    ["watches two groups", watchesTwo],
  ] as const
) {
  Deno.test({
    name: `sentinel: ${what}, as the real one`,
    ignore: findOracle() === undefined,
    async fn() {
      const [real, own] = await Promise.all([story("redis"), story("etna")]);
      assertEquals(own, real);
    },
  });
}
