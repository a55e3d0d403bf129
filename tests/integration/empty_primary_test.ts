/** replica-refuse-empty-primary: a primary without data does not take those of its replicas. */

import { assert, assertEquals } from "@std/assert";
import { Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";

const LIBRARY = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";

for (const kind of ["redis", "etna"] as const) {
  for (const load of ["disabled", "on-empty-db", "swapdb"]) {
    Deno.test({
      name: `a replica keeps its data from an empty ${kind}, with repl-diskless-load ${load}`,
      ignore: kind === "redis" && findOracle() === undefined,
      async fn() {
        await using primary = await Node.start(kind);
        await using replica = await Node.start(
          "etna",
          ...["--replica-refuse-empty-primary", "yes", "--repl-diskless-load", load],
        );
        await primary.say("FUNCTION", "LOAD", LIBRARY);
        await replica.say("SET", "a", "1");
        await replica.follow(primary);
        await until(
          async () => await replica.row("master_refused_as_empty") === "1",
          "the refusal",
        );
        assertEquals(await replica.say("GET", "a"), "1");
        assertEquals(await replica.row("master_link_status"), "down");
        assert(/has no keys, and this replica has some/.test(await replica.handle.output!()));
        const asked = await primary.row("sync_full", "stats");
        await new Promise((resolve) => setTimeout(resolve, 1500));
        assertEquals(await primary.row("sync_full", "stats"), asked);
        // It has data now, and is asked once more.
        await primary.say("SET", "b", "2");
        await replica.follow(primary);
        await replica.equals(primary);
        // An operator may give them up.
        await using other = await Node.start(kind);
        await replica.follow(other);
        await until(
          async () => await replica.row("master_refused_as_empty") === "1",
          "the refusal",
        );
        assertEquals(await replica.say("GET", "b"), "2");
        await replica.say("CONFIG", "SET", "replica-refuse-empty-primary", "no");
        await replica.equals(other);
        assertEquals(await replica.say("DBSIZE"), "0");
      },
    });
  }
}
