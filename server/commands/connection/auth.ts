/** AUTH, and the check of a password that HELLO makes, too. */

import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";

const WRONG_PASS = "WRONGPASS invalid username-password pair or user is disabled.";

/**
 * Authenticates the client that sent the command as a user.
 *
 * @param user one character a byte, like `password`
 * @returns whether it is authenticated now; the error has been sent where it is not
 */
export function authenticate(c: Context, user: string, password: string): boolean {
  const required = c.core.toBinary(c.server.config.values.requirepass);
  const found = c.server.users.find(user);
  if (found === undefined || (required !== "" && !sameSecret(required, password))) {
    c.reply.error(WRONG_PASS);
    return false;
  }
  c.server.clients.authenticated(c.connection, found);
  return true;
}

/** Compares in a time that tells nothing of where the two differ. */
function sameSecret(secret: string, given: string): boolean {
  let difference = secret.length ^ given.length;
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ secret.charCodeAt(i % secret.length);
  }
  return difference === 0;
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
    const user = c.argc === 2 ? "default" : c.arg(1);
    if (authenticate(c, user, c.arg(c.argc - 1))) c.reply.ok();
  },
});
