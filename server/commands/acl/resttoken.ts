/** ACL RESTTOKEN, of Upstash's: the token by which HTTP takes a request for a user's. */

import { hashOfArgument, isAmong } from "../../acl/secrets.ts";
import { tokenOf } from "../../acl/tokens.ts";
import { command } from "../define.ts";
import { ofAdministrators } from "./shared.ts";

export const resttoken = command({
  ...ofAdministrators,
  name: "RESTTOKEN",
  summary: "Returns the token by which requests of HTTP are a user's.",
  since: "7.2.4",
  complexity: "O(N) where N is the number of passwords the user has",
  arity: 4,
  arguments: [
    { name: "username", type: "string" },
    { name: "password", type: "string" },
  ],
  secrets: () => [3],
  run(c) {
    const user = c.server.users.find(c.arg(2));
    if (!isAmong(hashOfArgument(c.core, 3), user?.passwords ?? [])) {
      return c.reply.error("WRONGPASS invalid username-password pair or user is disabled.");
    }
    c.reply.bulk(tokenOf(c.arg(2), c.arg(3)));
  },
});
