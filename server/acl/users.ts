/**
 * Users: who a connection is, what it may run and what it may touch. Every connection has one; a socket
 * begins as the default user, a client inside the process as somebody whom nothing is forbidden.
 */

import type { CommandFacts } from "../commands/facts.ts";

export interface User {
  readonly name: string;
  /** Nothing is forbidden: commands need not be looked at. */
  readonly unrestricted: boolean;
  /** Whether one is this user without a password. */
  readonly passwordless: boolean;
  mayRun(command: CommandFacts): boolean;
  /** @param key one character a byte */
  mayTouch(key: string): boolean;
}

const ALL = { unrestricted: true, mayRun: () => true, mayTouch: () => true };

/** The user of clients inside the process: whoever holds the server object needs no password. */
export const OWNER: User = { name: "default", passwordless: true, ...ALL };

/** What users need of the server. */
export interface UsersNeeds {
  readonly config: { readonly values: { readonly requirepass: string } };
}

export class Users {
  /** Whom connections begin as. */
  readonly standard: User;

  constructor({ config }: UsersNeeds) {
    this.standard = {
      name: "default",
      get passwordless() {
        return config.values.requirepass === "";
      },
      ...ALL,
    };
  }

  /** @param name one character a byte */
  find(name: string): User | undefined {
    return name === this.standard.name ? this.standard : undefined;
  }
}
