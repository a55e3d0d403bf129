/** AUTH, and the check of a password that HELLO makes, too. */

import { comparedBytes, isSecret } from "../../acl/secrets.ts";
import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";

const WRONG_PASS = "WRONGPASS invalid username-password pair or user is disabled.";

/**
 * Authenticates the client that sent the command as a user.
 *
 * @param user one character a byte
 * @param password the index of its argument
 * @returns whether it is authenticated now; the error has been sent where it is not
 */
export function authenticate(c: Context, user: string, password: number): boolean {
  const required = c.core.toBinary(c.server.config.values.requirepass);
  const found = c.server.users.find(user);
  if (found === undefined || (required !== "" && !matches(c, password, required))) {
    c.reply.error(WRONG_PASS);
    return false;
  }
  c.server.clients.authenticated(c.connection, found);
  return true;
}

/** Whether an argument is the secret, given with one character a byte. */
function matches({ core }: Context, index: number, secret: string): boolean {
  const bytes = core.argLen(index);
  return isSecret(core.bytes(core.argPtr(index), comparedBytes(bytes, secret)), bytes, secret);
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
    if (c.argc === 2 && c.server.users.standard.passwordless) {
      return c.reply.error(
        "ERR AUTH <password> called without any password configured for the default user. " +
          "Are you sure your configuration is correct?",
      );
    }
    const user = c.argc === 2 ? "default" : c.word(1);
    if (authenticate(c, user, c.argc - 1)) c.reply.ok();
  },
});
