/** PSYNC, SYNC and REPLCONF: what replicas say. */

import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { command, type CommandSpec } from "../define.ts";

const shared = {
  group: "server",
  complexity: "O(1)",
  flags: ["admin", "noscript", "no_async_loading", "no_multi"],
} satisfies Partial<CommandSpec>;

/** @returns whether the client can be given the data set; the error has been sent where it cannot */
function canFollow(c: Context): boolean {
  const { server, connection, reply } = c;
  const { replication } = server;
  // Nothing is said to who sees what others do.
  if (server.inspectors.monitors.has(connection)) return false;
  if (replication === null || connection.link.kind === "loopback") {
    reply.error("ERR Can't SYNC inside the process");
    return false;
  }
  // Replies that are still to be sent would be read as the beginning of the data set.
  if (server.output.pendingNow(connection)) {
    reply.error("ERR SYNC and PSYNC are invalid with pending output");
    return false;
  }
  if (server.role.isReplica && replication.link?.state !== "connected") {
    reply.error("NOMASTERLINK Can't SYNC while not connected with my master");
    return false;
  }
  return true;
}

/** The primary wants this replica to take over. @returns whether it does; if not the error has been sent */
function takesOver(c: Context): boolean {
  const { server: { role, replication, log }, reply, connection } = c;
  const id = c.word(1, 64);
  log.warning(`Failover request received for replid ${id}.`);
  if (!role.isReplica) reply.error("ERR PSYNC FAILOVER can't be sent to a master.");
  else if (id !== role.id) reply.error("ERR PSYNC FAILOVER replid must match my replid.");
  else {
    replication?.standAlone(`failover request from '${connection.peer}'`);
    return true;
  }
  return false;
}

export const psync = command({
  ...shared,
  name: "PSYNC",
  summary:
    "Begins to follow this server, from where the client was before or with all of the data.",
  since: "2.8.0",
  arity: -3,
  arguments: [{ name: "replicationid", type: "string" }, { name: "offset", type: "integer" }],
  run(c) {
    if (c.argc > 3 && c.option(3) === "failover" && !takesOver(c)) return;
    if (!canFollow(c)) return;
    const offset = c.integer(2);
    if (offset === null) return;
    c.server.replication!.sync(c.connection, { id: c.word(1, 64), offset });
  },
});

export const sync = command({
  ...shared,
  name: "SYNC",
  summary: "Begins to follow this server, with all of the data.",
  since: "1.0.0",
  arity: 1,
  run(c) {
    if (canFollow(c)) c.server.replication!.sync(c.connection, null);
  },
});

/** No host has a longer name. */
const HOST_BYTES = 256;

/** Whether a version, numbers with dots between them, is not before one of two numbers. */
function isAtLeast(version: string, major: number, minor: number): boolean {
  const [first, second] = version.split(".").map(Number);
  return first > major || (first === major && second >= minor);
}

/** Reads what a replica says of itself. @returns whether a reply is due */
function configure(c: Context): boolean {
  const { connection, reply, server } = c;
  const replication = server.replication!;
  const introduction = replication.introductionOf(connection);
  for (let i = 1; i + 1 < c.argc; i += 2) {
    switch (c.option(i)) {
      case "listening-port": {
        const port = c.integer(i + 1);
        if (port === null) return false;
        introduction.port = port;
        break;
      }
      case "ip-address":
        if (c.core.argLen(i + 1) >= HOST_BYTES) {
          reply.error(
            `ERR REPLCONF ip-address provided by replica instance is too long: ${
              c.core.argLen(i + 1)
            } bytes`,
          );
          return false;
        }
        introduction.host = c.word(i + 1, HOST_BYTES);
        break;
      case "capa":
        if (c.option(i + 1) === "eof") introduction.readsToMark = true;
        if (c.option(i + 1) === "psync2") introduction.readsNewId = true;
        break;
      case "ack": {
        const offset = c.x.integerArgument(i + 1) ? c.core.resultNumber() : 0;
        const isAppended = i + 3 < c.argc && c.option(i + 2) === "fack" &&
          c.x.integerArgument(i + 3);
        replication.acknowledged(connection, offset, isAppended ? c.core.resultNumber() : 0);
        return false;
      }
      case "getack":
        replication.acknowledge();
        return false;
      case "rdb-only": {
        const only = c.integerWithin(i + 1, 0, 1);
        if (only === null) return false;
        introduction.rdbOnly = only === 1;
        break;
      }
      case "rdb-filter-only": {
        const wanted = c.word(i + 1).split(" ").filter((word) => word !== "");
        const unknown = wanted.find((word) => word.toLowerCase() !== "functions");
        if (unknown !== undefined) {
          reply.error(`ERR Unsupported rdb-filter-only option: ${unknown}`);
          return false;
        }
        introduction.filter = { functions: wanted.length > 0 };
        break;
      }
      case "version":
        // Etna says so, and Valkey from 8.0 on; Redis 7.2 could read it, too, but does not tell.
        if (isAtLeast(c.word(i + 1), 7, 2)) introduction.rdbVersion = 11;
        break;
      default:
        reply.error(`ERR Unrecognized REPLCONF option: ${c.shown(i)}`);
        return false;
    }
  }
  return true;
}

export const replconf = command({
  ...shared,
  name: "REPLCONF",
  summary: "What replicas and primaries tell each other beside the data.",
  since: "3.0.0",
  arity: -1,
  flags: ["admin", "noscript", "loading", "stale", "allow_busy"],
  syscmd: true,
  run(c) {
    if (c.argc % 2 === 0) return c.reply.error(errors.syntax);
    if (c.server.replication === null) return c.reply.ok();
    if (configure(c)) c.reply.ok();
  },
});
