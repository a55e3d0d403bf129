import { assert, assertEquals } from "@std/assert";
import { fuzz, type Random } from "../../core-as/host/testing.ts";
import { testEnvironment } from "../../tests/support/environment.ts";
import { Config } from "../config/config.ts";
import { startServer } from "../main.ts";
import { LoopbackClient } from "../net/loopback.ts";

const RULES = [
  ...[
    "+@all",
    "-@all",
    "+@read",
    "-@write",
    "+get",
    "-get",
    "+set",
    "-mget",
    "+config|get",
    "-del",
  ],
  ...[
    "+select|0",
    "-@pubsub",
    "+publish",
    "allkeys",
    "resetkeys",
    "~a:*",
    "%R~b:*",
    "%W~b:*",
    "~c",
  ],
  ...[
    "~?:x",
    "&*",
    "resetchannels",
    "&news:*",
    "(+@all ~s:*)",
    "clearselectors",
    "(%R~b:* +@read)",
  ],
];
const KEYS = ["a:1", "a:", "b:1", "c", "cc", "d", "d:x", "s:1", ""];
const COMMANDS: ((key: string) => string[])[] = [
  (key) => ["GET", key],
  (key) => ["SET", key, "v"],
  (key) => ["GETSET", key, "v"],
  (key) => ["MGET", key, "a:2"],
  (key) => ["COPY", key, "b:2"],
  (key) => ["DEL", key],
  (key) => ["EXISTS", key],
  (key) => ["OBJECT", "ENCODING", key],
  (key) => ["PUBLISH", `news:${key}`, "m"],
  (key) => ["PUBLISH", key, "m"],
  () => ["SELECT", "0"],
  () => ["DBSIZE"],
  () => ["CONFIG", "GET", "hz"],
];

function some<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)];
}

Deno.test("a command is refused exactly when ACL DRYRUN says so, whatever the rules were before", async () => {
  const server = await startServer(
    { config: new Config(), embedded: true, listens: false },
    testEnvironment(),
  );
  const [admin, client] = [new LoopbackClient(server.server), new LoopbackClient(server.server)];
  const text = (call: Promise<unknown>) => call.then(String, (error: Error) => error.message);
  let refused = 0;
  let allowed = 0;
  try {
    await admin.call(["ACL", "SETUSER", "u", "on", "nopass", "+auth"], false);
    await client.call(["AUTH", "u", "any"], false);
    await fuzz(async (random) => {
      for (let round = 0; round < 400; round++) {
        // A rule may be refused after others; then the ones before it stay.
        await text(admin.call(["ACL", "SETUSER", "u", some(random, RULES)], false));
        for (let i = 0; i < 10; i++) {
          const words = some(random, COMMANDS)(some(random, KEYS));
          const said = await text(admin.call(["ACL", "DRYRUN", "u", ...words], false));
          const got = await text(client.call(words, false));
          const isRefused = got.startsWith("NOPERM");
          assertEquals(isRefused, said !== "OK", `${words.join(" ")}: ${got}; ${said}`);
          if (isRefused) refused++;
          else allowed++;
        }
      }
      assert(refused > 500 && allowed > 500, `${refused} refused, ${allowed} allowed`);
    });
  } finally {
    await server.close();
  }
});
