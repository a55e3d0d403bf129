/** CLIENT ID, INFO and LIST. */

import type { Connection } from "../../net/connection.ts";
import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";
import { clientLine, clientTypeOf, typeOfClient } from "./client_line.ts";

export const id = command({
  name: "ID",
  summary: "Returns the connection's ID.",
  since: "5.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  run: (c) => c.reply.number(c.connection.id),
});

export const info = command({
  name: "INFO",
  summary: "Describes the connection itself.",
  since: "6.2.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  tips: ["nondeterministic_output"],
  run: (c) => c.reply.verbatim(clientLine(c, c.connection)),
});

/** The clients that the filter of CLIENT LIST lets through; null after an error. */
function listed(c: Context): Connection[] | null {
  const all = c.server.clients.all;
  const filter = c.argc > 2 ? c.option(2) : "";
  if (c.argc === 2) return [...all.values()];
  if (filter === "type" && c.argc === 4) {
    const type = clientTypeOf(c.option(3));
    if (type !== null) return [...all.values()].filter((one) => typeOfClient(one) === type);
    c.reply.error(`ERR Unknown client type '${c.shown(3)}'`);
  } else if (filter === "id" && c.argc > 3) {
    const found: Connection[] = [];
    for (let i = 3; i < c.argc; i++) {
      const wanted = c.integer(i, "ERR Invalid client ID");
      if (wanted === null) return null;
      const connection = all.get(wanted);
      if (connection !== undefined) found.push(connection);
    }
    return found;
  } else c.reply.error(errors.syntax);
  return null;
}

export const list = command({
  name: "LIST",
  summary: "Describes the clients, all or those of a type or with given IDs.",
  since: "2.4.0",
  group: "connection",
  complexity: "O(N) where N is the number of clients",
  arity: -2,
  flags: ["admin", "noscript", "loading", "stale"],
  tips: ["nondeterministic_output"],
  history: [
    ["2.8.12", "The field `id`."],
    ["5.0.0", "The filter `TYPE`."],
    ["6.0.0", "The field `user`."],
    ["6.2.0", "The fields `argv-mem`, `tot-mem`, `laddr` and `redir`, and the filter `ID`."],
    ["7.0.0", "The fields `resp`, `multi-mem`, `rbs` and `rbp`."],
    ["7.0.3", "The field `ssub`."],
  ],
  arguments: [
    {
      name: "normal_master_replica_pubsub",
      type: "oneof",
      token: "TYPE",
      optional: true,
      since: "5.0.0",
      arguments: [
        { name: "normal", type: "pure-token", token: "NORMAL" },
        { name: "master", type: "pure-token", token: "MASTER" },
        { name: "replica", type: "pure-token", token: "REPLICA" },
        { name: "pubsub", type: "pure-token", token: "PUBSUB" },
      ],
    },
    {
      name: "id",
      type: "block",
      token: "ID",
      optional: true,
      since: "6.2.0",
      arguments: [{ name: "client-id", type: "integer", multiple: true }],
    },
  ],
  run(c) {
    const clients = listed(c);
    if (clients === null) return;
    c.reply.verbatim(clients.map((connection) => clientLine(c, connection)).join(""));
  },
});
