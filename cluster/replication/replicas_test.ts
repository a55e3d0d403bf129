/** What holds of a replica's link. */

import { assertEquals } from "@std/assert";
import type { Connection } from "../../server/net/connection.ts";
import { DiskServer } from "../../tests/integration/rdb_support.ts";

for (const disables of ["yes", "no"]) {
  Deno.test(`repl-disable-tcp-nodelay ${disables}`, async () => {
    await using own = await DiskServer.start();
    const { server } = own.running;
    await own.call("CONFIG", "SET", "repl-disable-tcp-nodelay", disables);
    const told: boolean[] = [];
    const link = {
      kind: "loopback" as const,
      fd: -1,
      flush: (connection: Connection) => server.output.drop(connection),
      setReading: () => {},
      setNoDelay: (noDelay: boolean) => void told.push(noDelay),
      close: () => {},
    };
    const connection = server.accepted(link, "test:1", "test:2") as Connection;
    server.replication!.sync(connection, null);
    assertEquals(told, disables === "yes" ? [false] : []);
    server.lost(connection, "");
  });
}
