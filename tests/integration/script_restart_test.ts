/** What of scripts and functions is there after a restart: libraries, and what scripts have written. */

import { assertEquals } from "@std/assert";
import { type Etna, start } from "../../mod.ts";

const LIBRARY = `#!lua name=lib
redis.register_function('double', function(keys) return redis.call('incrby', keys[1], redis.call('get', keys[1])) end)`;

const states = async (etna: Etna) => [
  await etna.call("GET", "k"),
  await etna.call("FCALL", "double", 1, "k"),
  await etna.call("GET", "gone").catch((error: Error) => error.message),
];

for (const appendonly of ["no", "yes"]) {
  for (const rewrites of [false, true]) {
    Deno.test(`libraries and effects survive a restart: appendonly ${appendonly}, rewritten: ${rewrites}`, async () => {
      const dir = await Deno.makeTempDir();
      const options = { port: 0, dir, appendonly };
      let etna = await start(options);
      try {
        await etna.call("FUNCTION", "LOAD", LIBRARY);
        await etna.call("EVAL", "redis.call('set', 'k', 4) redis.call('incr', 'k')", 0);
        if (rewrites) await etna.call(appendonly === "yes" ? "BGREWRITEAOF" : "SAVE");
        assertEquals(await states(etna), ["5", 10, null]);
        if (appendonly === "no") await etna.call("SAVE");
      } finally {
        await etna.close();
      }
      etna = await start(options);
      try {
        assertEquals(await states(etna), ["10", 20, null]);
      } finally {
        await etna.close();
        await Deno.remove(dir, { recursive: true });
      }
    });
  }
}
