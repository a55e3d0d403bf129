/** CLIENT SETNAME, GETNAME and SETINFO. */

import { command } from "../define.ts";
import { wrongClientName, wrongName } from "./names.ts";

export const setName = command({
  name: "SETNAME",
  summary: "Gives the connection a name, or with an empty one takes it away.",
  since: "2.6.9",
  group: "connection",
  complexity: "O(1)",
  arity: 3,
  flags: ["noscript", "loading", "stale"],
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  arguments: [{ name: "connection-name", type: "string" }],
  run(c) {
    const name = c.arg(2);
    const wrong = wrongClientName(name);
    if (wrong !== null) return c.reply.error(wrong);
    c.connection.name = name;
    c.reply.ok();
  },
});

export const getName = command({
  name: "GETNAME",
  summary: "Returns the connection's name.",
  since: "2.6.9",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  run(c) {
    if (c.connection.name === "") c.reply.null();
    else c.reply.binary(c.connection.name);
  },
});

export const setInfo = command({
  name: "SETINFO",
  summary: "Notes the client library's name or version, for CLIENT LIST.",
  since: "7.2.0",
  group: "connection",
  complexity: "O(1)",
  arity: 4,
  flags: ["noscript", "loading", "stale"],
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  arguments: [{
    name: "attr",
    type: "oneof",
    arguments: [
      { name: "libname", type: "string", token: "LIB-NAME" },
      { name: "libver", type: "string", token: "LIB-VER" },
    ],
  }],
  run(c) {
    const attribute = c.option(2);
    if (attribute !== "lib-name" && attribute !== "lib-ver") {
      return c.reply.error(`ERR Unrecognized option '${c.shown(2)}'`);
    }
    const value = c.arg(3);
    const wrong = wrongName(value, c.shown(2));
    if (wrong !== null) return c.reply.error(wrong);
    if (attribute === "lib-name") c.connection.libName = value;
    else c.connection.libVersion = value;
    c.reply.ok();
  },
});
