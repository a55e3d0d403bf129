/** Large values: read into the place where they will live, once. */

import { assert, assertEquals } from "@std/assert";
import { Config } from "../../server/config/config.ts";
import { startServer } from "../../server/main.ts";
import { testEnvironment } from "../support/environment.ts";
import { RespClient } from "../support/resp_client.ts";

const CORE_BYTES = 2 ** 27;
/** More than half of what the core has: there is no room for a second copy of it. */
const VALUE_BYTES = 9 * 10 ** 7;

const VALUE = "x".repeat(VALUE_BYTES - 1) + "y";

const COMMANDS = [
  ["SET", "k", VALUE],
  ["SET", "k", VALUE, "EX", "100"],
  ["SETEX", "k", "100", VALUE],
];

async function setOnce(transport: string, command: string[]): Promise<void> {
  const config = new Config(Deno.cwd());
  for (const [name, value] of Object.entries({ save: "", bind: "127.0.0.1", transport })) {
    assertEquals(config.configure(name as "save", [value]), undefined);
  }
  const options = { config, embedded: true, anyPort: true, coreBytes: CORE_BYTES };
  const running = await startServer(options, testEnvironment());
  try {
    using client = await RespClient.connect({ host: "127.0.0.1", port: running.port }, 60_000);
    const ask = async (...args: string[]) => (await client.command(...args)).raw;
    assertEquals(await ask(...command), "+OK\r\n");
    assertEquals(await ask("STRLEN", "k"), `:${VALUE_BYTES}\r\n`);
    assertEquals(await ask("GETRANGE", "k", "-2", "-1"), "$2\r\nxy\r\n");
    assertEquals(await ask("APPEND", "k", "z"), `:${VALUE_BYTES + 1}\r\n`);
    assertEquals(await ask("DEL", "k"), ":1\r\n");
    const { usedBytes } = running.server.core;
    assert(usedBytes < 10 ** 7, `${usedBytes} bytes are still used`);
  } finally {
    await running.close();
  }
}

for (const transport of ["epoll", "deno"]) {
  Deno.test(`a value of most of the memory can be set, ${transport}`, async () => {
    for (const command of COMMANDS) await setOnce(transport, command);
  });
}
