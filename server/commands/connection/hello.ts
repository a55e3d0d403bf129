/** HELLO. */

import { REDIS_VERSION } from "../../version.ts";
import { Gate } from "../../net/connection.ts";
import type { Context } from "../context.ts";
import type { Arguments } from "../facts.ts";
import { command } from "../define.ts";
import { authenticate } from "./auth.ts";
import { wrongClientName } from "./names.ts";

const NOT_AUTHENTICATED =
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> " +
  "AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol " +
  "version at the same time";

/** Acts on the options from argument 2 on, once all are read. @returns false after an error */
function options(c: Context): boolean {
  let userAt = 0;
  let clientName: string | null = null;
  for (let i = 2; i < c.argc; i++) {
    const option = c.option(i);
    const following = c.argc - 1 - i;
    if (option === "auth" && following >= 2) {
      userAt = i + 1;
      i += 2;
    } else if (option === "setname" && following >= 1) {
      const name = c.arg(++i);
      const wrong = wrongClientName(name);
      if (wrong !== null) {
        c.reply.error(wrong);
        return false;
      }
      clientName = name;
    } else {
      c.reply.error(`ERR Syntax error in HELLO option '${c.shown(i)}'`);
      return false;
    }
  }
  if (userAt !== 0 && !authenticate(c, c.word(userAt), userAt + 1)) return false;
  if ((c.connection.gate & Gate.AUTH) !== 0) {
    c.reply.error(NOT_AUTHENTICATED);
    return false;
  }
  if (clientName !== null) c.connection.name = clientName;
  return true;
}

/**
 * Names and passwords after AUTH. Redis hides those that it comes to before it finds an error, and shows a
 * password behind a wrong version, for example; here all are hidden.
 */
function secrets(c: Arguments): number[] {
  const found: number[] = [];
  for (let i = 2; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "auth" && i + 2 < c.argc) found.push(++i, ++i);
    else if (option === "setname") i++;
    else break;
  }
  return found;
}

/** Tells of the server and of the connection. */
function greet(c: Context): void {
  const { reply } = c;
  const { mode, role } = c.server;
  const hasRole = mode !== "sentinel";
  reply.map(hasRole ? 7 : 6);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(REDIS_VERSION);
  reply.bulk("proto");
  reply.number(c.connection.resp);
  reply.bulk("id");
  reply.number(c.connection.id);
  reply.bulk("mode");
  reply.bulk(mode);
  if (hasRole) {
    reply.bulk("role");
    reply.bulk(role.word);
  }
  reply.bulk("modules");
  reply.array(0);
}

export const hello = command({
  name: "HELLO",
  summary: "Greets the server: chooses the protocol version, authenticates, names the connection.",
  since: "6.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  history: [["6.2.0", "The version may be left out: then only the context is reported."]],
  arguments: [{
    name: "arguments",
    type: "block",
    optional: true,
    arguments: [
      { name: "protover", type: "integer" },
      {
        name: "username_password",
        type: "block",
        token: "AUTH",
        optional: true,
        arguments: [{ name: "username", type: "string" }, { name: "password", type: "string" }],
      },
      { name: "clientname", type: "string", token: "SETNAME", optional: true },
    ],
  }],
  secrets,
  run(c) {
    let version: number | null = c.connection.resp;
    if (c.argc > 1) {
      version = c.integer(1, "ERR Protocol version is not an integer or out of range");
      if (version === null) return;
      if (version !== 2 && version !== 3) {
        return c.reply.error("NOPROTO unsupported protocol version");
      }
    }
    if (!options(c)) return;
    c.connection.resp = version;
    c.server.pubsub.updateGate(c.connection);
    c.core.u32[c.core.at.OUT_RESP] = version;
    greet(c);
  },
});
