/**
 * Tokens: what a request of HTTP shows in place of a name and a password. Two kinds:
 *
 * - those of the option `http-tokens`, each for a user that it names;
 * - a user's own, which ACL RESTTOKEN makes: name and password, so that nothing has to be kept of it, each server
 *   that knows the user takes it, and it ends with the password.
 */

import { hashOf, isAmong } from "./secrets.ts";
import type { NamedUser, Users } from "./users.ts";

/** What tokens need of the server. */
export interface TokensNeeds {
  readonly users: Users;
  readonly core: { toBinary(text: string): string };
  readonly config: {
    readonly values: { readonly "http-tokens": readonly { token: string; user: string }[] };
    onChange(name: "http-tokens", act: () => void): void;
  };
}

/** Of users' own tokens, how many are remembered: a password's digest takes longer than a command. */
const MOST_REMEMBERED = 1000;

export class Tokens {
  /** The names of users by token. */
  readonly #configured = new Map<string, string>();
  /** By token: whose it is, and the passwords among which its password was. */
  readonly #proved = new Map<string, { user: NamedUser; passwords: readonly string[] }>();

  constructor(readonly server: TokensNeeds) {
    server.config.onChange("http-tokens", () => this.#follow());
    this.#follow();
  }

  #follow(): void {
    this.#configured.clear();
    const { config, core } = this.server;
    for (const { token, user } of config.values["http-tokens"]) {
      this.#configured.set(token, core.toBinary(user));
    }
  }

  /** Whose token it is; null where it is nobody's, or of a user who may not come in. */
  userOf(token: string): NamedUser | null {
    const { users } = this.server;
    const name = this.#configured.get(token);
    const user = name === undefined ? this.#ownerOf(token) : users.find(name);
    return user?.enabled ? user : null;
  }

  #ownerOf(token: string): NamedUser | undefined {
    const proved = this.#proved.get(token);
    // A user who changes gets another list of passwords.
    if (proved !== undefined && this.server.users.find(proved.user.name) === proved.user) {
      if (proved.user.passwords === proved.passwords) return proved.user;
    }
    this.#proved.delete(token);
    const parts = partsOf(token);
    if (parts === null) return undefined;
    const user = this.server.users.find(parts.name);
    // Of a user that is not there a digest is made, too: how long it takes shall tell nobody.
    if (!isAmong(hashOf(parts.password), user?.passwords ?? [])) return undefined;
    if (this.#proved.size >= MOST_REMEMBERED) this.#proved.clear();
    this.#proved.set(token, { user: user!, passwords: user!.passwords });
    return user;
  }
}

/** A user's own token. @param name @param password one character a byte */
export function tokenOf(name: string, password: string): string {
  return btoa(`${name}\0${password}`).replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");
}

function partsOf(token: string): { name: string; password: string } | null {
  if (!/^[A-Za-z0-9_-]+$/.test(token)) return null;
  try {
    const [name, ...rest] = atob(token.replaceAll("-", "+").replaceAll("_", "/")).split("\0");
    return rest.length === 0 ? null : { name, password: rest.join("\0") };
  } catch {
    return null; // no base64
  }
}
