import { assertEquals } from "@std/assert";
import { freePort } from "./ports.ts";

const EACH = 40;

Deno.test("processes that ask for ports at once get different ones", async () => {
  const script = `import { freePort } from "${import.meta.resolve("./ports.ts")}";` +
    `for (let i = 0; i < ${EACH}; i++) console.log(freePort());`;
  const asking = Array.from({ length: 3 }, () =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", script],
      env: { NO_COLOR: "1" },
    }).output());
  const own = Array.from({ length: EACH }, () => String(freePort()));
  const told = (await Promise.all(asking)).flatMap(({ stdout }) =>
    new TextDecoder().decode(stdout).trim().split("\n")
  );
  assertEquals(new Set([...own, ...told]).size, 4 * EACH);
});
