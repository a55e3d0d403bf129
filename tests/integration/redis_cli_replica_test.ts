/** redis-cli as a replica of Etna: `--rdb`, `--functions-rdb` and `--replica`. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";

const ignore = findOracle() === undefined;
const LIBRARY = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";

async function run(program: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command("timeout", { args: ["10", program, ...args] });
  const { stdout, stderr } = await command.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test({
  name: "redis-cli takes the data set, the functions alone, or follows",
  ignore,
  async fn() {
    await using node = await Node.start("etna");
    const port = `${node.handle.port}`;
    for (let i = 0; i < 100; i++) await node.say("SET", `key:${i}`, "v".repeat(i));
    await node.say("FUNCTION", "LOAD", LIBRARY);
    const file = `${node.handle.dir}/taken.rdb`;
    for (const [mode, keys] of [["--rdb", 100], ["--functions-rdb", 0]] as const) {
      assertStringIncludes(await run("redis-cli", "-p", port, mode, file), "finished with success");
      const checked = await run("redis-check-rdb", file);
      assertStringIncludes(checked, `[info] ${keys} keys read`);
      assertStringIncludes(checked, "RDB looks OK!");
      const text = new TextDecoder("latin1").decode(await Deno.readFile(file));
      assertStringIncludes(text, "register_function");
      assertEquals(text.includes("key:1"), keys !== 0);
    }
    // Nothing is kept for those who wanted no more.
    await until(async () => await node.row("connected_slaves") === "0", "them to be gone");
    assertEquals(await node.row("repl_backlog_active"), "0");
    const following = run("stdbuf", "-o0", "timeout", "4", "redis-cli", "-p", port, "--replica");
    await until(async () => /state=online/.test(await node.row("slave0")), "the follower");
    await node.say("SET", "a", "1");
    await node.say("RPUSH", "l", "x");
    const text = await following;
    assert(/discarding bytes/.test(text) && !text.includes("key:1"), text);
    assertStringIncludes(text, '"SET","a","1"');
    assertStringIncludes(text, '"RPUSH","l","x"');
  },
});
