/** ACL LOAD and SAVE. */

import { loadAclFile, saveAclFile } from "../../acl/file.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";
import { ofAdministrators } from "./shared.ts";

/** @returns whether there is an ACL file; the error has been sent where there is none */
function hasFile(c: Context): boolean {
  if (c.server.config.values.aclfile !== "") return true;
  c.reply.error(
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the " +
      "ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file " +
      "set) in order to store users in the Redis configuration.",
  );
  return false;
}

export const load = command({
  ...ofAdministrators,
  name: "LOAD",
  summary: "Takes the users of the ACL file in place of those there are.",
  complexity: "O(N). Where N is the number of configured users.",
  arity: 2,
  run(c) {
    if (!hasFile(c)) return;
    const wrong = loadAclFile(c.server);
    if (wrong === null) return c.reply.ok();
    c.reply.error(`ERR ${wrong}`);
  },
});

export const save = command({
  ...ofAdministrators,
  name: "SAVE",
  summary: "Writes all users to the ACL file.",
  complexity: "O(N). Where N is the number of configured users.",
  arity: 2,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  run(c) {
    if (!hasFile(c)) return;
    if (saveAclFile(c.server)) return c.reply.ok();
    c.reply.error(
      "ERR There was an error trying to save the ACLs. Please check the server logs for more information",
    );
  },
});
