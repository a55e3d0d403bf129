/**
 * What INFO counts after the same random commands of all families, against real Redis. ETNA_SEED repeats a
 * run, ETNA_RANDOM_COUNT sets the number of commands (default 15000).
 */

import { assertEquals } from "@std/assert";
import { findOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { startPair } from "./harness.ts";
import { allMakers, sortsPart } from "./random_makers.ts";

const ROUND_SIZE = 1500;
const DEFAULT_COUNT = 15_000;
const TIMEOUT_MS = 10_000;

const firstSeed = seedFromEnv("ETNA_SEED");
const count = Number(Deno.env.get("ETNA_RANDOM_COUNT") ?? DEFAULT_COUNT);

/** Rows that do not depend on the machine, the time, or how memory is managed. */
const ROWS = new RegExp(
  "^(connected_clients|cluster_connections|maxclients|blocked_clients|tracking_clients|" +
    "clients_in_timeout_table|maxmemory\\w*|loading|async_loading|rdb_changes_since_last_save|" +
    "rdb_bgsave_in_progress|aof_enabled|total_connections_received|total_commands_processed|" +
    "rejected_connections|expired_keys|evicted_keys|evicted_clients|keyspace_\\w+|pubsub\\w+nels|" +
    "pubsub_patterns|tracking_total_\\w+|unexpected_error_replies|total_error_replies|" +
    "dump_payload_sanitizations|role|connected_slaves|cmdstat_.*|errorstat_.*|db\\d+|" +
    "total_net_input_bytes):",
);

/** The values that two servers must agree upon. */
function comparable(info: string): string[] {
  return info.split("\r\n").filter((row) => ROWS.test(row))
    .map((row) => row.replace(/usec=\d+,usec_per_call=[\d.]+,|,avg_ttl=\d+/, "")).sort();
}

async function infoAfter(server: ServerHandle, commands: string[][]): Promise<string[]> {
  using client = await RespClient.connect(server, TIMEOUT_MS);
  await client.command("FLUSHALL");
  // When the cycle comes across what has expired is chance; lookups do in the same order.
  await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  await client.command("CONFIG", "RESETSTAT");
  await client.pipeline(commands);
  const info = textOf((await client.command("INFO", "everything")).reply);
  await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "1");
  return comparable(info);
}

Deno.test({
  name: `random / INFO after ${count} commands from seed ${firstSeed}`,
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    for (let start = 0; start < count; start += ROUND_SIZE) {
      const seed = firstSeed + start / ROUND_SIZE;
      const make = allMakers[seed % allMakers.length];
      const commands = make(seed, ROUND_SIZE).filter((command) => !sortsPart(command))
        .map(({ args }) => args);
      const [expected, got] = await Promise.all([
        infoAfter(pair.oracle, commands),
        infoAfter(pair.subject, commands),
      ]);
      assertEquals(got, expected, `repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${ROUND_SIZE}`);
    }
  },
});
