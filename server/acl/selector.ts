/**
 * A selector: commands, keys and channels that go together. A user has one of its own and any number of further
 * ones; what any of them allows as a whole is allowed.
 *
 *     +@all -@hash +hget     base, then rules in the order in which they were given: the last that names a
 *                            command decides. `rules` keeps their text, `#commands` the outcome by command id.
 *     ~a:* %R~b %W~c*        keys to read and write, to read, to write
 *     &news &chat:*          channels
 */

import type { Arguments, CommandFacts, KeyFlag } from "../commands/facts.ts";
import { flagBits } from "../commands/facts.ts";
import { aclCategories, categoriesOf } from "../commands/command_info.ts";
import { keysOf, singleKey } from "../commands/keys.ts";
import { Pattern } from "./pattern.ts";

/** The commands that rules name. */
export interface RuleCommands {
  /** By id: containers and subcommands have one, too. */
  readonly all: readonly CommandFacts[];
  find(name: string): CommandFacts | undefined;
}

/** Why a command may not run; the index of the argument that is denied. */
export interface Denial {
  readonly reason: "command" | "key" | "channel";
  readonly index: number;
}

/** What is wrong with a rule, in Redis's words. */
export const ruleErrors = {
  syntax: "Syntax error",
  unknown: "Unknown command or category name in ACL",
  firstArgument: "Allowing first-arg of a subcommand is not supported",
  lateKey:
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any " +
    "effect. Try 'resetkeys' to start with an empty list of patterns",
  lateChannel:
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have " +
    "any effect. Try 'resetchannels' to start with an empty list of channels",
} as const;

const READ = 1;
const WRITE = 2;
const BOTH = READ | WRITE;

/** What is known of a command for those who may not do everything, by its id. */
const NOTHING_YET = 0;
/** It may run whatever its arguments are; its arguments must be looked at closely. */
const ALWAYS = -1;
const CLOSELY = -2;
/** Else it may run if its one key may be touched: what that needs, and from this bit on the key's index. */
const INDEX_BIT = 3;

/** Keys of a pattern, and what may be done with them. */
interface KeyRule {
  readonly pattern: Pattern;
  permissions: number;
}

export class Selector {
  allKeys = false;
  allChannels = false;
  /** No command is forbidden, whatever may come. */
  allCommands = false;
  #keys: KeyRule[] = [];
  #channels: Pattern[] = [];
  /** By command id: 1 = allowed. */
  #commands: Uint8Array;
  /** Of commands that are not allowed as a whole: first arguments with which they are, lower case. */
  #firstArguments = new Map<number, string[]>();
  #base = "-@all";
  #rules: string[] = [];
  /** By command id, as found when it was first asked for. */
  #verdicts: Int32Array | null = null;

  constructor(readonly table: RuleCommands) {
    this.#commands = new Uint8Array(table.all.length);
  }

  copy(): Selector {
    const copy = new Selector(this.table);
    copy.allKeys = this.allKeys;
    copy.allChannels = this.allChannels;
    copy.allCommands = this.allCommands;
    copy.#keys = this.#keys.map((rule) => ({ ...rule }));
    copy.#channels = [...this.#channels];
    copy.#commands = this.#commands.slice();
    copy.#firstArguments = new Map(
      [...this.#firstArguments].map(([id, words]) => [id, [...words]]),
    );
    copy.#base = this.#base;
    copy.#rules = [...this.#rules];
    return copy;
  }

  /** Nothing is forbidden. */
  get isOpen(): boolean {
    return this.allCommands && this.allKeys && this.allChannels;
  }

  // ---- rules ------------------------------------------------------------------------------------

  /** @param rule one character a byte @returns what is wrong with it, null once it holds */
  apply(rule: string): string | null {
    this.#verdicts = null;
    switch (rule.toLowerCase()) {
      case "allkeys":
      case "~*":
        this.allKeys = true;
        this.#keys = [];
        return null;
      case "resetkeys":
        this.allKeys = false;
        this.#keys = [];
        return null;
      case "allchannels":
      case "&*":
        this.allChannels = true;
        this.#channels = [];
        return null;
      case "resetchannels":
        this.allChannels = false;
        this.#channels = [];
        return null;
      case "allcommands":
      case "+@all":
        return this.#setAll(true);
      case "nocommands":
      case "-@all":
        return this.#setAll(false);
    }
    switch (rule[0]) {
      case "~":
        return this.#addKeys(BOTH, rule.slice(1));
      case "%":
        return this.#addKeysFor(rule);
      case "&":
        return this.#addChannels(rule.slice(1));
      case "+":
      case "-":
        return rule[1] === "@"
          ? this.#setCategory(rule.slice(2).toLowerCase(), rule[0] === "+")
          : this.#setCommand(rule.slice(1).toLowerCase(), rule[0] === "+");
    }
    return ruleErrors.syntax;
  }

  #addKeysFor(rule: string): string | null {
    if (this.allKeys) return ruleErrors.lateKey;
    // Without a tilde it is the empty pattern, as in Redis.
    const parts = /^%([rw]*)(?:~(.*))?$/is.exec(rule);
    const letters = parts?.[1].toLowerCase() ?? "";
    if (parts === null || new Set(letters).size !== letters.length || letters === "") {
      return ruleErrors.syntax;
    }
    const permissions = (letters.includes("r") ? READ : 0) | (letters.includes("w") ? WRITE : 0);
    return this.#addKeys(permissions, parts[2] ?? "");
  }

  #addKeys(permissions: number, text: string): string | null {
    if (this.allKeys) return ruleErrors.lateKey;
    if (hasSpaces(text)) return ruleErrors.syntax;
    const known = this.#keys.find(({ pattern }) => pattern.text === text);
    if (known !== undefined) known.permissions |= permissions;
    else this.#keys.push({ pattern: new Pattern(text), permissions });
    return null;
  }

  #addChannels(text: string): string | null {
    if (this.allChannels) return ruleErrors.lateChannel;
    if (hasSpaces(text)) return ruleErrors.syntax;
    if (!this.#channels.some((pattern) => pattern.text === text)) {
      this.#channels.push(new Pattern(text));
    }
    return null;
  }

  #setAll(allowed: boolean): null {
    this.allCommands = allowed;
    this.#commands.fill(allowed ? 1 : 0);
    this.#firstArguments.clear();
    this.#base = allowed ? "+@all" : "-@all";
    this.#rules = [];
    return null;
  }

  #setCategory(category: string, allowed: boolean): string | null {
    if (!(aclCategories as readonly string[]).includes(category)) return ruleErrors.unknown;
    for (const command of this.table.all) {
      if (categoriesOf(command).includes(category)) this.#set(command, allowed);
    }
    this.#note(`@${category}`, allowed);
    return null;
  }

  #setCommand(name: string, allowed: boolean): string | null {
    const command = this.table.find(name);
    if (command === undefined || name.split("|").length > 2) {
      return allowed ? this.#addFirstArgument(name) : ruleErrors.unknown;
    }
    this.#set(command, allowed);
    for (const sub of command.subcommands?.values() ?? []) this.#set(sub, allowed);
    this.#note(name, allowed);
    return null;
  }

  /** `+select|0`: a command that is not allowed is, with such a first argument. */
  #addFirstArgument(name: string): string | null {
    const bar = name.lastIndexOf("|");
    const command = bar < 0 ? undefined : this.table.find(name.slice(0, bar));
    if (command === undefined) return ruleErrors.unknown;
    if (command.parent !== null) return ruleErrors.firstArgument;
    if (command.subcommands !== null) return ruleErrors.unknown;
    const word = name.slice(bar + 1);
    if (word === "") return ruleErrors.syntax;
    const words = this.#firstArguments.get(command.id) ?? [];
    if (!words.includes(word)) words.push(word);
    this.#firstArguments.set(command.id, words);
    this.#note(name, true);
    return null;
  }

  #set({ id }: CommandFacts, allowed: boolean): void {
    this.#commands[id] = allowed ? 1 : 0;
    this.#firstArguments.delete(id);
    if (!allowed) this.allCommands = false;
  }

  /** Keeps a rule's text; what it makes meaningless goes: the same, and of a command also what is within it. */
  #note(name: string, allowed: boolean): void {
    this.#rules = this.#rules.filter((rule) => {
      const other = rule.slice(1);
      return other !== name && !(name[0] !== "@" && other.startsWith(`${name}|`));
    });
    this.#rules.push((allowed ? "+" : "-") + name);
  }

  // ---- what holds -------------------------------------------------------------------------------

  /** @returns null when the command under way may run as it is */
  judge(c: Arguments, command: CommandFacts): Denial | null {
    if (!this.allCommands && !this.#mayRun(c, command)) return { reason: "command", index: 0 };
    if (!this.allKeys) {
      const index = this.#deniedKey(c, command);
      if (index > 0) return { reason: "key", index };
    }
    if (!this.allChannels && command.spec.channels !== undefined) {
      const index = this.#deniedChannel(c, command.spec.channels);
      if (index > 0) return { reason: "channel", index };
    }
    return null;
  }

  /**
   * Whether the command under way is plainly allowed: what most commands of most users need to be asked. It is not
   * said why one is not, nor that it is not.
   */
  passes(c: Arguments, command: CommandFacts): boolean {
    const verdicts = this.#verdicts ??= new Int32Array(this.table.all.length);
    let verdict = verdicts[command.id];
    if (verdict === NOTHING_YET) verdict = verdicts[command.id] = this.#verdictOn(command);
    if (verdict === ALWAYS) return true;
    if (verdict === CLOSELY) return false;
    return this.#mayDo(c, verdict >> INDEX_BIT, verdict & BOTH);
  }

  #verdictOn(command: CommandFacts): number {
    const { id, bits, spec } = command;
    if (this.#commands[id] === 0 && (bits & flagBits.no_auth) === 0) return CLOSELY;
    if (!this.allChannels && spec.channels !== undefined) return CLOSELY;
    if (this.allKeys) return ALWAYS;
    const single = singleKey(command);
    // Who may do all that a command can do to its key may do what it does this time.
    if (single !== null) return single.begin << INDEX_BIT | permissionsOf(single.flags);
    return spec.keys === undefined && spec.getKeys === undefined ? ALWAYS : CLOSELY;
  }

  #mayRun(c: Arguments, { id, bits }: CommandFacts): boolean {
    if (this.#commands[id] !== 0 || (bits & flagBits.no_auth) !== 0) return true;
    const words = this.#firstArguments.get(id);
    return words !== undefined && c.argc > 1 && words.includes(c.option(1));
  }

  /** @returns the index of the first key that is denied, 0 = none */
  #deniedKey(c: Arguments, command: CommandFacts): number {
    const single = singleKey(command);
    if (single !== null) {
      const flags = command.spec.keyFlags?.(c) ?? single.flags;
      return this.#mayTouch(c, single.begin, flags) ? 0 : single.begin;
    }
    for (const { index, flags } of keysOf(c, command) ?? []) {
      if (!this.#mayTouch(c, index, flags)) return index;
    }
    return 0;
  }

  #mayTouch(c: Arguments, index: number, flags: readonly KeyFlag[]): boolean {
    return this.#mayDo(c, index, permissionsOf(flags));
  }

  #mayDo(c: Arguments, index: number, needed: number): boolean {
    for (let i = 0; i < this.#keys.length; i++) {
      const { pattern, permissions } = this.#keys[i];
      if ((permissions & needed) === needed && pattern.matches(c, index)) return true;
    }
    return false;
  }

  /** Whether every key there is may be read: commands that look at keys which they do not name ask for it. */
  get readsAllKeys(): boolean {
    return this.allKeys ||
      this.#keys.some(({ pattern, permissions }) =>
        pattern.text === "*" && (permissions & READ) !== 0
      );
  }

  #deniedChannel(c: Arguments, { last, literal }: { last: number; literal?: boolean }): number {
    const end = last < 0 ? c.argc + last : last;
    for (let index = 1; index <= end; index++) {
      const isAllowed = this.#channels.some((pattern) =>
        literal ? pattern.equals(c, index) : pattern.matches(c, index)
      );
      if (!isAllowed) return index;
    }
    return 0;
  }

  /** Whether one may stay subscribed. @param name one character a byte @param literal it is a pattern itself */
  mayHear(name: string, literal: boolean): boolean {
    return this.allChannels ||
      this.#channels.some((pattern) => literal ? pattern.text === name : pattern.matchesText(name));
  }

  // ---- as text ----------------------------------------------------------------------------------

  get commandRules(): string {
    return [this.#base, ...this.#rules].join(" ");
  }

  get keyRules(): string {
    if (this.allKeys) return "~*";
    const prefix = (permissions: number) =>
      permissions === BOTH ? "~" : permissions === READ ? "%R~" : "%W~";
    return this.#keys.map(({ pattern, permissions }) => prefix(permissions) + pattern.text).join(
      " ",
    );
  }

  get channelRules(): string {
    if (this.allChannels) return "&*";
    return this.#channels.map(({ text }) => `&${text}`).join(" ");
  }

  /** All rules, from which the selector can be made again. */
  toString(): string {
    const parts = [
      this.keyRules,
      this.allChannels ? "" : "resetchannels",
      this.channelRules,
      this.commandRules,
    ];
    return parts.filter((part) => part !== "").join(" ");
  }
}

function hasSpaces(text: string): boolean {
  return /[\0\t\n\v\f\r ]/.test(text);
}

function permissionsOf(flags: readonly KeyFlag[]): number {
  let permissions = 0;
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i];
    if (flag === "access") permissions |= READ;
    else if (flag === "insert" || flag === "delete" || flag === "update") permissions |= WRITE;
  }
  return permissions;
}
