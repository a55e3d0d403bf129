/** ACL: users, and what they may do. Handlers write the replies; the rules are those of server/acl. */

import { aclCategories, categoriesOf } from "../command_info.ts";
import type { Context } from "../context.ts";
import { command, type CommandSpec } from "../define.ts";
import { replyHelp } from "../help.ts";
import { wrongUse } from "../../resp/errors.ts";
import { log } from "./log.ts";
import { dryrun } from "./dryrun.ts";
import { load, save } from "./file.ts";
import { resttoken } from "./resttoken.ts";
import { ofAcl } from "./shared.ts";
import { deluser, getuser, list, setuser, users } from "./users.ts";

const cat = command({
  ...ofAcl,
  name: "CAT",
  summary: "Lists the categories of commands, or the commands of one.",
  complexity: "O(1) since the categories and commands are a fixed set.",
  arity: -2,
  flags: ["noscript", "loading", "stale"],
  arguments: [{ name: "category", type: "string", optional: true }],
  run(c) {
    if (c.argc > 3) return c.reply.error(wrongUse("ACL", c.shown(1)));
    if (c.argc === 2) return c.reply.bulks(aclCategories);
    const category = c.option(2);
    if (!(aclCategories as readonly string[]).includes(category)) {
      return c.reply.error(`ERR Unknown category '${c.shown(2)}'`);
    }
    const found = c.server.registry.all.filter((command) =>
      categoriesOf(command).includes(category)
    );
    c.reply.bulks(found.map(({ name }) => name));
  },
});

const MOST_BITS = 4096;
const BITS_PER_DIGIT = 4;

const genpass = command({
  ...ofAcl,
  name: "GENPASS",
  summary: "Makes up a password.",
  complexity: "O(1)",
  arity: -2,
  flags: ["noscript", "loading", "stale"],
  arguments: [{ name: "bits", type: "integer", optional: true }],
  run(c) {
    if (c.argc > 3) return c.reply.error(wrongUse("ACL", c.shown(1)));
    const bits = c.argc === 2 ? 256 : c.integer(2);
    if (bits === null) return;
    if (bits < 1 || bits > MOST_BITS) {
      return c.reply.error(
        "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number " +
          `up to ${MOST_BITS}`,
      );
    }
    const digits = Math.ceil(bits / BITS_PER_DIGIT);
    const bytes = c.server.random.bytes(Math.ceil(digits / 2));
    const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    c.reply.bulk(text.slice(0, digits));
  },
});

const whoami = command({
  ...ofAcl,
  name: "WHOAMI",
  summary: "Returns the name of the connection's user.",
  complexity: "O(1)",
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  run: (c) => c.reply.binary(c.connection.user.name),
});

const help = command({
  ...ofAcl,
  name: "HELP",
  summary: "Lists the subcommands.",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale"],
  run: (c: Context) =>
    replyHelp(c, [
      ["CAT [<category>]", "The commands of a category, or all categories."],
      ["DELUSER <username> [<username> ...]", "Deletes users and closes their connections."],
      [
        "DRYRUN <username> <command> [<arg> ...]",
        "Whether a user may run a command, which is not run.",
      ],
      ["GETUSER <username>", "All that is known of a user."],
      ["GENPASS [<bits>]", "A password made up from 256 random bits, or as many as wanted."],
      ["LIST", "All users, each as a line of an ACL file."],
      ["LOAD", "Takes the users of the ACL file in place of those there are."],
      ["LOG [<count> | RESET]", "What was refused, the newest first."],
      ["RESTTOKEN <username> <password>", "The token by which HTTP takes requests for a user's."],
      ["SAVE", "Writes all users to the ACL file."],
      ["SETUSER <username> <attribute> [<attribute> ...]", "Makes a user, or changes one."],
      ["USERS", "The names of all users."],
      ["WHOAMI", "The name of the connection's user."],
    ]),
});

const acl = command({
  name: "ACL",
  summary: "Makes users, and says what they may do.",
  since: "6.0.0",
  group: "server",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [
    cat,
    deluser,
    dryrun,
    genpass,
    getuser,
    list,
    load,
    log,
    resttoken,
    save,
    setuser,
    users,
    whoami,
    help,
  ],
});

export const aclCommands: readonly CommandSpec[] = [acl];
