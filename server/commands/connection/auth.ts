/** AUTH, and the check of a password that HELLO makes, too. */

import { hashOfArgument, isAmong } from "../../acl/secrets.ts";
import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";

const WRONG_PASS = "WRONGPASS invalid username-password pair or user is disabled.";

/**
 * Authenticates the client that sent the command as a user.
 *
 * @param name one character a byte
 * @param password the index of its argument
 * @returns whether it is authenticated now; the error has been sent where it is not
 */
export function authenticate(c: Context, name: string, password: number): boolean {
  const { users, access, clients } = c.server;
  const user = users.find(name);
  // Of a user that is not there a digest is made, too: how long it takes shall tell nobody.
  const isRight = user?.nopass === true ||
    isAmong(hashOfArgument(c.core, password), user?.passwords ?? []);
  if (user === undefined || !user.enabled || !isRight) {
    access.failedToAuthenticate(name);
    c.reply.error(WRONG_PASS);
    return false;
  }
  clients.authenticated(c.connection, user);
  return true;
}

export const auth = command({
  name: "AUTH",
  summary: "Authenticates the connection, as the default user or as another.",
  since: "1.0.0",
  group: "connection",
  complexity: "O(N) where N is the number of passwords the user has",
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  history: [["6.0.0", "Takes a user name, too."]],
  arguments: [
    { name: "username", type: "string", optional: true, since: "6.0.0" },
    { name: "password", type: "string" },
  ],
  secrets: (c) => [[], [], [1], [1, 2]][c.argc] ?? [],
  run(c) {
    if (c.argc > 3) return c.reply.error(errors.syntax);
    if (c.argc === 2 && c.server.users.standard.nopass) {
      return c.reply.error(
        "ERR AUTH <password> called without any password configured for the default user. " +
          "Are you sure your configuration is correct?",
      );
    }
    const user = c.argc === 2 ? "default" : c.word(1);
    if (authenticate(c, user, c.argc - 1)) c.reply.ok();
  },
});
