/** CLIENT KILL. */

import type { Connection } from "../../net/connection.ts";
import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";
import { clientTypeOf, typeOfClient } from "./client_line.ts";

type Filter = (connection: Connection) => boolean;

/** What an option and its value let through; null after an error. */
function filter(c: Context, option: string, at: number): Filter | null {
  // No address and no name of a user is longer.
  const value = c.word(at);
  switch (option) {
    case "id": {
      const wrong = "ERR client-id should be greater than 0";
      const id = c.integerWithin(at, 1, Infinity, wrong);
      return id === null ? null : (one) => one.id === id;
    }
    case "type": {
      const type = clientTypeOf(c.option(at));
      if (type !== null) return (one) => typeOfClient(one) === type;
      c.reply.error(`ERR Unknown client type '${c.shown(at)}'`);
      return null;
    }
    case "addr":
      return (one) => one.peer === value;
    case "laddr":
      return (one) => one.local === value;
    case "user":
      if (value === "default") return (one) => one.user.name === value;
      c.reply.error(`ERR No such user '${c.shown(at)}'`);
      return null;
    case "maxage": {
      const seconds = c.integer(at, "ERR maxage is not an integer or out of range");
      if (seconds === null) return null;
      if (seconds <= 0) {
        c.reply.error("ERR maxage should be greater than 0");
        return null;
      }
      const nowS = Math.floor(c.server.nowMs / 1000);
      return (one) => nowS - Math.floor(one.createdMs / 1000) >= seconds;
    }
    case "skipme": {
      const skip = c.option(at);
      if (skip === "yes" || skip === "no") return (one) => skip === "no" || one !== c.connection;
    }
  }
  c.reply.error(errors.syntax);
  return null;
}

/** Closes a client; the one that asked, once its replies are sent. */
function kill(c: Context, connection: Connection): void {
  const { server } = c;
  if (connection === c.connection) return server.closeSoon(connection);
  server.lost(connection, "");
  // It is closed when the turn ends; the next command must not meet it any more.
  server.forget(connection);
}

/** `CLIENT KILL addr:port`. */
function killOne(c: Context): void {
  const address = c.word(2);
  for (const connection of c.server.clients.all.values()) {
    if (connection.peer !== address || connection.closed) continue;
    kill(c, connection);
    return c.reply.ok();
  }
  c.reply.error("ERR No such client");
}

function killFiltered(c: Context): void {
  const filters = new Map<string, Filter>();
  for (let i = 2; i < c.argc; i += 2) {
    const option = c.option(i);
    if (i + 1 === c.argc) return c.reply.error(errors.syntax);
    const made = filter(c, option, i + 1);
    if (made === null) return;
    filters.set(option, made);
  }
  if (!filters.has("skipme")) filters.set("skipme", (one) => one !== c.connection);
  let killed = 0;
  for (const connection of c.server.clients.all.values()) {
    if (connection.closed || ![...filters.values()].every((passes) => passes(connection))) continue;
    kill(c, connection);
    killed++;
  }
  c.reply.number(killed);
}

export const killClients = command({
  name: "KILL",
  summary: "Closes the connections of clients.",
  since: "2.4.0",
  group: "connection",
  complexity: "O(N) where N is the number of clients",
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  history: [
    ["2.8.12", "Filters, as options."],
    ["2.8.12", "The option `ID`."],
    ["3.2.0", "The type `master`."],
    ["5.0.0", "The type `replica`; `slave` is an alias of it."],
    ["6.2.0", "The option `LADDR`."],
    ["7.4.0", "The option `MAXAGE`."],
  ],
  arguments: [{
    name: "filter",
    type: "oneof",
    arguments: [
      { name: "ip:port", type: "string", deprecatedSince: "2.8.12" },
      {
        name: "new-format",
        type: "oneof",
        multiple: true,
        arguments: [
          { name: "client-id", type: "integer", token: "ID", optional: true, since: "2.8.12" },
          {
            name: "normal_master_slave_pubsub",
            type: "oneof",
            token: "TYPE",
            optional: true,
            since: "2.8.12",
            arguments: [
              { name: "normal", type: "pure-token", token: "NORMAL" },
              { name: "master", type: "pure-token", token: "MASTER", since: "3.2.0" },
              { name: "slave", type: "pure-token", token: "SLAVE" },
              { name: "replica", type: "pure-token", token: "REPLICA", since: "5.0.0" },
              { name: "pubsub", type: "pure-token", token: "PUBSUB" },
            ],
          },
          { name: "username", type: "string", token: "USER", optional: true },
          { name: "ip:port", type: "string", token: "ADDR", optional: true },
          { name: "ip:port", type: "string", token: "LADDR", optional: true, since: "6.2.0" },
          { name: "yes/no", type: "string", token: "SKIPME", optional: true },
          { name: "maxage", type: "integer", token: "MAXAGE", optional: true, since: "7.4.0" },
        ],
      },
    ],
  }],
  run: (c) => c.argc === 3 ? killOne(c) : killFiltered(c),
});
