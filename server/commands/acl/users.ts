/** ACL SETUSER, GETUSER, DELUSER, LIST and USERS. */

import type { Selector } from "../../acl/selector.ts";
import { isUserName, joinSelectors } from "../../acl/users.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";
import { argumentsFrom, ofAdministrators, shownText } from "./shared.ts";

const allNodes = ["request_policy:all_nodes", "response_policy:all_succeeded"];

export const setuser = command({
  ...ofAdministrators,
  name: "SETUSER",
  summary: "Makes a user, or changes one.",
  complexity: "O(N). Where N is the number of rules provided.",
  arity: -3,
  history: [
    ["6.2.0", "Added Pub/Sub channel patterns."],
    ["7.0.0", "Added selectors and key based permissions."],
  ],
  tips: allNodes,
  arguments: [
    { name: "username", type: "string" },
    { name: "rule", type: "string", optional: true, multiple: true },
  ],
  secrets: argumentsFrom(2),
  run(c) {
    const name = c.arg(2);
    if (!isUserName(name)) {
      return c.reply.error("ERR Usernames can't contain spaces or null characters");
    }
    const rules = joinSelectors(argumentsFrom(3)(c).map((index) => c.arg(index)));
    if ("unmatched" in rules) {
      return c.reply.error(
        `ERR Unmatched parenthesis in acl selector starting at '${shownText(rules.unmatched)}'.`,
      );
    }
    const wrong = c.server.users.set(name, rules);
    if (wrong === null) return c.reply.ok();
    const shown = shownText(wrong.rule);
    c.reply.error(`ERR Error in ACL SETUSER modifier '${shown}': ${wrong.reason}`);
  },
});

function replySelector(c: Context, selector: Selector): void {
  const { reply } = c;
  reply.bulk("commands");
  reply.binary(selector.commandRules);
  reply.bulk("keys");
  reply.binary(selector.keyRules);
  reply.bulk("channels");
  reply.binary(selector.channelRules);
}

export const getuser = command({
  ...ofAdministrators,
  name: "GETUSER",
  summary: "Returns all that is known of a user.",
  complexity:
    "O(N). Where N is the number of password, command and pattern rules that the user has.",
  arity: 3,
  history: [
    ["6.2.0", "Added Pub/Sub channel patterns."],
    [
      "7.0.0",
      "Added selectors and changed the format of key and channel patterns from a list to their rule representation.",
    ],
  ],
  arguments: [{ name: "username", type: "string" }],
  run(c) {
    const { reply } = c;
    const user = c.server.users.find(c.arg(2));
    if (user === undefined) return reply.null();
    reply.map(6);
    reply.bulk("flags");
    reply.set(user.flags.length);
    for (const flag of user.flags) reply.bulk(flag);
    reply.bulk("passwords");
    reply.bulks(user.passwords);
    replySelector(c, user.root);
    reply.bulk("selectors");
    reply.array(user.selectors.length);
    for (const selector of user.selectors) {
      reply.map(3);
      replySelector(c, selector);
    }
  },
});

export const deluser = command({
  ...ofAdministrators,
  name: "DELUSER",
  summary: "Deletes users and closes their connections.",
  complexity: "O(1) amortized time considering the typical user.",
  arity: -3,
  tips: allNodes,
  arguments: [{ name: "username", type: "string", multiple: true }],
  run(c) {
    let deleted = 0;
    for (let i = 2; i < c.argc; i++) {
      const name = c.arg(i);
      if (name === "default") {
        return c.reply.error("ERR The 'default' user cannot be removed");
      }
      if (c.server.users.delete(name)) deleted++;
    }
    c.reply.number(deleted);
  },
});

export const list = command({
  ...ofAdministrators,
  name: "LIST",
  summary: "Returns all users, each as a line of an ACL file.",
  complexity: "O(N). Where N is the number of configured users.",
  arity: 2,
  run(c) {
    const { all } = c.server.users;
    c.reply.array(all.length);
    for (const user of all) c.reply.binary(`user ${user}`);
  },
});

export const users = command({
  ...ofAdministrators,
  name: "USERS",
  summary: "Returns the names of all users.",
  complexity: "O(N). Where N is the number of configured users.",
  arity: 2,
  run(c) {
    const { all } = c.server.users;
    c.reply.array(all.length);
    for (const { name } of all) c.reply.binary(name);
  },
});
