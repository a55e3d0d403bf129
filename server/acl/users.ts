/**
 * Users: who a connection is, what it may run and what it may touch. Every connection has one; a socket
 * begins as the default user, a client inside the process as somebody whom nothing is forbidden.
 */

import type { Arguments, CommandFacts } from "../commands/facts.ts";
import { hashOf } from "./secrets.ts";
import { type Denial, type RuleCommands, ruleErrors, Selector } from "./selector.ts";

/** Who somebody is, as those see it who ask whether something is allowed. */
export interface User {
  readonly name: string;
  /** Nothing is forbidden: commands need not be looked at. */
  readonly unrestricted: boolean;
  /** Whether one is this user without a password. */
  readonly passwordless: boolean;
  /** @returns null when the command under way may run as it is */
  judge(c: Arguments, command: CommandFacts): Denial | null;
  /** Whether that is plain to see; where not, it may run all the same. */
  passes(c: Arguments, command: CommandFacts): boolean;
  /** Whether every key there is may be read. */
  readonly readsAllKeys: boolean;
}

/** The user of clients inside the process: whoever holds the server object needs no password. */
export const OWNER: User = {
  name: "default",
  passwordless: true,
  unrestricted: true,
  judge: () => null,
  passes: () => true,
  readsAllKeys: true,
};

/** What is wrong with a rule of a user, in Redis's words. */
const userErrors = {
  ...ruleErrors,
  hash:
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
  noPassword: "The password you are trying to remove from the user does not exist",
} as const;

/** A user that ACL commands know. */
export class NamedUser implements User {
  enabled = false;
  /** Any password will do. */
  nopass = false;
  /** RESTORE looks closely at what this user gives it. Etna always does. */
  sanitizes = true;
  /** SHA-256 as 64 hex digits each. */
  passwords: string[] = [];
  root: Selector;
  selectors: Selector[] = [];
  unrestricted = false;

  /** @param name one character a byte @param hearsAll what a user without a rule for channels may hear */
  constructor(readonly name: string, readonly table: RuleCommands, hearsAll: boolean) {
    this.root = new Selector(table);
    this.root.allChannels = hearsAll;
  }

  get passwordless(): boolean {
    return this.nopass && this.enabled;
  }

  get readsAllKeys(): boolean {
    return this.root.readsAllKeys || this.selectors.some((selector) => selector.readsAllKeys);
  }

  // ---- rules ------------------------------------------------------------------------------------

  /**
   * Applies rules, all or none.
   *
   * @param rules one character a byte; selectors whole, in parentheses
   * @returns the first that is wrong and why, null once they hold
   */
  apply(rules: readonly string[], hearsAll: boolean): { rule: string; reason: string } | null {
    const draft = new NamedUser(this.name, this.table, hearsAll);
    draft.take(this);
    for (const rule of rules) {
      const reason = draft.#apply(rule, hearsAll);
      if (reason !== null) return { rule, reason };
    }
    this.take(draft);
    return null;
  }

  /** Becomes as another, but for the name. */
  take(other: NamedUser): void {
    this.enabled = other.enabled;
    this.nopass = other.nopass;
    this.sanitizes = other.sanitizes;
    this.passwords = [...other.passwords];
    this.root = other.root.copy();
    this.selectors = other.selectors.map((selector) => selector.copy());
    this.unrestricted = this.root.isOpen;
  }

  #apply(rule: string, hearsAll: boolean): string | null {
    switch (rule.toLowerCase()) {
      case "":
        return null;
      case "on":
        this.enabled = true;
        return null;
      case "off":
        this.enabled = false;
        return null;
      case "nopass":
        this.nopass = true;
        this.passwords = [];
        return null;
      case "resetpass":
        this.nopass = false;
        this.passwords = [];
        return null;
      case "sanitize-payload":
        this.sanitizes = true;
        return null;
      case "skip-sanitize-payload":
        this.sanitizes = false;
        return null;
      case "clearselectors":
        this.selectors = [];
        return null;
      case "reset":
        this.take(new NamedUser(this.name, this.table, hearsAll));
        return null;
    }
    switch (rule[0]) {
      case ">":
        return this.#addPassword(hashOf(rule.slice(1)));
      case "#":
        return isHash(rule.slice(1)) ? this.#addPassword(rule.slice(1)) : userErrors.hash;
      case "<":
        return this.#removePassword(hashOf(rule.slice(1)));
      case "!":
        return isHash(rule.slice(1)) ? this.#removePassword(rule.slice(1)) : userErrors.hash;
      case "(":
        return this.#addSelector(rule, hearsAll);
    }
    return this.root.apply(rule);
  }

  #addPassword(hash: string): null {
    if (!this.passwords.includes(hash)) this.passwords.push(hash);
    this.nopass = false;
    return null;
  }

  #removePassword(hash: string): string | null {
    if (!this.passwords.includes(hash)) return userErrors.noPassword;
    this.passwords = this.passwords.filter((other) => other !== hash);
    return null;
  }

  #addSelector(rule: string, hearsAll: boolean): string | null {
    if (!rule.endsWith(")")) return userErrors.syntax;
    const selector = new Selector(this.table);
    selector.allChannels = hearsAll;
    for (const part of rule.slice(1, -1).split(/[ \t\n\v\f\r]+/)) {
      const reason = part === "" ? null : selector.apply(part);
      if (reason !== null) return reason;
    }
    this.selectors.push(selector);
    return null;
  }

  // ---- what holds -------------------------------------------------------------------------------

  judge(c: Arguments, command: CommandFacts): Denial | null {
    let worst = this.root.judge(c, command);
    if (worst === null) return null;
    for (const selector of this.selectors) {
      const denial = selector.judge(c, command);
      if (denial === null) return null;
      if (comesFurther(denial, worst)) worst = denial;
    }
    return worst;
  }

  passes(c: Arguments, command: CommandFacts): boolean {
    return this.root.passes(c, command);
  }

  /** Whether one may stay subscribed. @param literal the name is a pattern itself */
  mayHear(name: string, literal: boolean): boolean {
    return this.root.mayHear(name, literal) ||
      this.selectors.some((selector) => selector.mayHear(name, literal));
  }

  // ---- as text ----------------------------------------------------------------------------------

  get flags(): string[] {
    return [
      this.enabled ? "on" : "off",
      ...(this.nopass ? ["nopass"] : []),
      this.sanitizes ? "sanitize-payload" : "skip-sanitize-payload",
    ];
  }

  /** Name and all rules, from which the user can be made again: a line of an ACL file without `user`. */
  toString(): string {
    return [
      this.name,
      ...this.flags,
      ...this.passwords.map((hash) => `#${hash}`),
      `${this.root}`,
      ...this.selectors.map((selector) => `(${selector})`),
    ].join(" ");
  }
}

/** Reasons in the order in which a command meets them. */
const REASONS = ["command", "key", "channel"];

/** Of several selectors the one tells why that would have let a command come furthest. */
function comesFurther(one: Denial, other: Denial): boolean {
  const difference = REASONS.indexOf(one.reason) - REASONS.indexOf(other.reason);
  return difference > 0 || (difference === 0 && one.index > other.index);
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Whether a user may be called so: not with blanks or zeros. */
export function isUserName(name: string): boolean {
  return !/[\0 \t\n\v\f\r]/.test(name);
}

/**
 * Joins the words of selectors, which may come as several: `(+get`, `~a)`.
 *
 * @returns the rules, or the first word of a selector that does not end
 */
export function joinSelectors(words: readonly string[]): string[] | { unmatched: string } {
  const rules: string[] = [];
  let open: string | null = null;
  let unmatched = "";
  for (const word of words) {
    const isOpen: boolean = open !== null || (word[0] === "(" && !word.endsWith(")"));
    if (!isOpen) {
      rules.push(word);
      continue;
    }
    if (open === null) unmatched = word;
    open = open === null ? word : `${open} ${word}`;
    if (!word.endsWith(")")) continue;
    rules.push(open);
    open = null;
  }
  return open === null ? rules : { unmatched };
}

/** What users need of the server. */
export interface UsersNeeds {
  readonly core: { toBinary(text: string): string };
  readonly registry: RuleCommands;
  readonly config: {
    readonly values: {
      readonly requirepass: string;
      readonly "acl-pubsub-default": "allchannels" | "resetchannels";
    };
    onChange(name: "requirepass", act: () => void): void;
  };
}

export class Users {
  /** Whom connections begin as. */
  readonly standard: NamedUser;
  readonly #byName = new Map<string, NamedUser>();
  /** Called when users have changed, each with whether it is gone. */
  onChange: (changed: readonly NamedUser[], gone: readonly NamedUser[]) => void = () => {};

  constructor(readonly server: UsersNeeds) {
    this.standard = this.make("default");
    this.#openStandard(this.standard);
    this.#byName.set("default", this.standard);
    server.config.onChange("requirepass", () => this.requirePassword());
    this.requirePassword();
  }

  #openStandard(user: NamedUser): void {
    user.apply(["+@all", "~*", "&*", "on", "nopass"], true);
  }

  /** The default user's password is what the option says. */
  requirePassword(): void {
    const { requirepass } = this.server.config.values;
    if (requirepass === "" && this.standard.nopass) return;
    this.change(
      this.standard,
      requirepass === "" ? ["nopass"] : ["resetpass", `>${this.server.core.toBinary(requirepass)}`],
    );
  }

  /** A user as ACL SETUSER begins with, not yet among those there are. */
  make(name: string): NamedUser {
    return new NamedUser(name, this.server.registry, this.#hearsAll);
  }

  get #hearsAll(): boolean {
    return this.server.config.values["acl-pubsub-default"] === "allchannels";
  }

  /** @param name one character a byte */
  find(name: string): NamedUser | undefined {
    return this.#byName.get(name);
  }

  /** All users by name. */
  get all(): NamedUser[] {
    return [...this.#byName.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Applies rules to a user, who is made if need be: all or none. @returns what is wrong */
  set(name: string, rules: readonly string[]): { rule: string; reason: string } | null {
    const known = this.#byName.get(name);
    const user = known ?? this.make(name);
    const wrong = this.change(user, rules);
    if (wrong === null && known === undefined) this.#byName.set(name, user);
    return wrong;
  }

  change(user: NamedUser, rules: readonly string[]): { rule: string; reason: string } | null {
    const wrong = user.apply(rules, this.#hearsAll);
    if (wrong === null) this.onChange([user], []);
    return wrong;
  }

  /** Takes a user made elsewhere among those there are; of the default one, the rules. */
  install(user: NamedUser): void {
    if (user.name === "default") this.standard.take(user);
    else this.#byName.set(user.name, user);
    this.onChange([this.standard], []);
  }

  /** @returns whether there was such a user; the default one cannot go */
  delete(name: string): boolean {
    const user = this.#byName.get(name);
    if (user === undefined || user === this.standard) return false;
    this.#byName.delete(name);
    this.onChange([], [user]);
    return true;
  }

  /**
   * Takes others in place of all there are. Who was there before and is again goes on under the new rules; the
   * default user begins anew where it is not described.
   */
  replaceAll(users: readonly NamedUser[]): void {
    const before = new Map(this.#byName);
    this.#byName.clear();
    const fresh = this.make("default");
    this.#openStandard(fresh);
    for (const user of [fresh, ...users]) {
      const known = before.get(user.name);
      known?.take(user);
      this.#byName.set(user.name, known ?? user);
    }
    const gone = [...before.values()].filter(({ name }) => !this.#byName.has(name));
    this.onChange(this.all, gone);
  }
}
