/**
 * The configuration of a running server: typed values for the code, CONFIG GET and CONFIG SET for
 * clients, and appliers for the modules that must act when an option changes.
 */

import { globMatches, isGlob } from "./glob.ts";
import { type ConfigValues, type OptionName, optionNames, options } from "./options.ts";
import { isRefusal, type Option, type Setting } from "./types.ts";

/**
 * Acts on options that CONFIG SET changed; the new values already hold. A text that is returned
 * refuses the whole CONFIG SET: every option gets its old value back and the appliers that had run
 * run again to take it.
 */
export type Applier = (config: Config) => string | void;

/** What the sender of a CONFIG SET may do. */
export interface SetPermissions {
  /** May change protected options: `enable-protected-configs` allows it for this connection. */
  readonly protectedAllowed?: boolean;
}

/** An option found under its name or its alias, `name` being the one it was found by. */
interface Entry {
  readonly name: string;
  readonly option: OptionName;
}

interface PendingSet extends Entry {
  readonly words: readonly string[];
}

/**
 * Holds a value for every option of the table.
 *
 * ```ts
 * const config = new Config();
 * config.values["maxmemory-policy"]; // "noeviction"
 * config.set([["maxmemory", "1gb"]]); // undefined, or the error to send
 * config.get(["maxmemory*"]); // [["maxmemory", "1073741824"], ...]
 * ```
 */
export class Config {
  readonly #values: Record<string, unknown> = { ...defaultValues };
  /** Of options that have been set. */
  readonly #texts = new Map<OptionName, string>();
  readonly #appliers: { readonly names: ReadonlySet<OptionName>; readonly apply: Applier }[] = [];

  /** Starts with the defaults. `dir` is the working directory, absolute. */
  constructor(dir = ".") {
    this.assign("dir", dir);
    // V8 keeps an object of this many properties as a hash table (6 to 8 ns a read) unless it is
    // somebody's prototype (1 ns).
    Object.create(this.#values);
  }

  /** The values, typed by the table. A plain object whose properties change in place. */
  get values(): ConfigValues {
    return this.#values as ConfigValues;
  }

  /** A value's text as CONFIG GET prints it. */
  text(name: OptionName): string {
    return this.#texts.get(name) ?? defaults[name].text;
  }

  /** The option with this name or alias, in any case. */
  find(name: string): OptionName | undefined {
    return entries.get(name.toLowerCase())?.option;
  }

  /** Whether an option has the value it had before anything was configured. */
  isDefault(name: OptionName): boolean {
    return defaults[name].text === this.text(name);
  }

  /** The arguments of each configuration-file line that restores an option; none if unset. */
  lines(name: OptionName): string[] {
    return rowOf(name).type.lines(this.#setting(name));
  }

  /** What {@linkcode lines} gives for the default. */
  defaultLines(name: OptionName): string[] {
    return rowOf(name).type.lines(defaults[name]);
  }

  /** Sets a value from inside the server: no checks, no appliers. */
  assign<Name extends OptionName>(name: Name, value: ConfigValues[Name]): void {
    this.#store(name, { value, text: rowOf(name).type.format(value) });
  }

  /**
   * Sets an option from the words of a configuration line; any option may be set so. Runs no
   * appliers. `repeated`: an earlier line of the same load gave the option too. Returns what is
   * wrong, or undefined.
   */
  configure(name: OptionName, words: readonly string[], repeated = false): string | undefined {
    const { type } = rowOf(name);
    if (type.arity === "one" && words.length !== 1) return "wrong number of arguments";
    const split = type.arity === "many" && words.length === 1 ? splitSpaces(words[0]) : words;
    const parsed = type.parse(split, { current: this.#values[name], repeated });
    if (isRefusal(parsed)) return parsed.refused;
    this.#store(name, parsed);
  }

  /**
   * CONFIG GET: names and values for several patterns. A pattern finds every listed option and
   * alias, or, where there is none, the options that only Etna has; a plain name also finds hidden ones and is
   * answered in the caller's spelling.
   */
  get(patterns: readonly string[]): [name: string, value: string][] {
    const found = new Map<string, [string, string]>();
    for (const pattern of patterns) {
      const lower = pattern.toLowerCase();
      if (!isGlob(lower)) {
        const entry = entries.get(lower);
        if (entry && !found.has(lower)) found.set(lower, [pattern, this.text(entry.option)]);
        continue;
      }
      const matches = [...entries.values()].filter(({ name }) => globMatches(lower, name));
      const listed = matches.filter(({ option }) => !rowOf(option).hidden);
      const own = matches.filter(({ option }) => rowOf(option).origin === "etna");
      for (const { name, option } of listed.length > 0 ? listed : own) {
        if (!found.has(name)) found.set(name, [name, this.text(option)]);
      }
    }
    return [...found.values()];
  }

  /** Calls `apply` after a CONFIG SET that changed at least one of the named options. */
  onChange(names: OptionName | readonly OptionName[], apply: Applier): void {
    const list = typeof names === "string" ? [names] : names;
    this.#appliers.push({ names: new Set(list), apply });
  }

  /**
   * CONFIG SET: all of the pairs or none. Returns the error reply (without the leading `-`), or
   * undefined when every pair was taken.
   */
  set(
    pairs: readonly (readonly [name: string, value: string])[],
    permissions: SetPermissions = {},
  ): string | undefined {
    const pending = this.#checkNames(pairs, permissions);
    if (typeof pending === "string") return pending;
    const previous = pending.map(({ option }) => [option, this.#setting(option)] as const);
    const restore = () => previous.forEach(([option, setting]) => this.#store(option, setting));
    for (const { name, option, words } of pending) {
      const refused = this.configure(option, words);
      if (refused !== undefined) {
        restore();
        return setFailed(name, refused);
      }
    }
    const changed = previous.filter(([option, { text }]) => this.text(option) !== text);
    return this.#applyAll(changed.map(([option]) => option), pending, restore);
  }

  #checkNames(
    pairs: readonly (readonly [name: string, value: string])[],
    permissions: SetPermissions,
  ): PendingSet[] | string {
    const pending: PendingSet[] = [];
    for (const [name, value] of pairs) {
      const entry = entries.get(name.toLowerCase());
      if (entry === undefined) {
        const [shown] = name.split("\0", 1);
        return `ERR Unknown option or number of arguments for CONFIG SET - '${shown}'`;
      }
      const row = rowOf(entry.option);
      if (row.immutable) return setFailed(name, "can't set immutable config");
      if (row.protected && !permissions.protectedAllowed) {
        return setFailed(name, "can't set protected config");
      }
      if (pending.some((earlier) => earlier.name === entry.name)) {
        return setFailed(name, "duplicate parameter");
      }
      pending.push({ ...entry, words: [value] });
    }
    return pending;
  }

  #applyAll(
    changed: readonly OptionName[],
    pending: readonly PendingSet[],
    restore: () => void,
  ): string | undefined {
    const ran: Applier[] = [];
    for (const { names, apply } of this.#appliers) {
      const cause = changed.find((option) => names.has(option));
      if (cause === undefined) continue;
      const refused = apply(this);
      ran.push(apply);
      if (typeof refused === "string") {
        restore();
        for (const rerun of ran) rerun(this);
        return setFailed(pending.find(({ option }) => option === cause)!.name, refused);
      }
    }
  }

  #setting(name: OptionName): Setting<unknown> {
    return { value: this.#values[name], text: this.text(name) };
  }

  #store(name: OptionName, setting: Setting<unknown>): void {
    this.#values[name] = setting.value;
    this.#texts.set(name, setting.text);
  }
}

/** Options under their names and aliases. */
const entries: ReadonlyMap<string, Entry> = entriesOf(optionNames);

function entriesOf(names: readonly OptionName[]): Map<string, Entry> {
  const all = new Map<string, Entry>();
  for (const option of names) {
    all.set(option, { name: option, option });
    const { alias } = rowOf(option);
    if (alias !== undefined) all.set(alias, { name: alias, option });
  }
  return all;
}

/** The defaults, which any number of configurations begin with. */
const defaults = Object.fromEntries(
  optionNames.map((name) => [name, defaultOf(name)]),
) as Record<OptionName, Setting<unknown>>;

const defaultValues = Object.fromEntries(optionNames.map((name) => [name, defaults[name].value]));

function defaultOf(name: OptionName): Setting<unknown> {
  const { type, initial, initialSetting } = rowOf(name);
  if (initialSetting !== undefined) return initialSetting;
  const parsed = type.parse(initial, { current: undefined, repeated: false });
  if (isRefusal(parsed)) throw new Error(`default of ${name}: ${parsed.refused}`);
  return parsed;
}

/** The row of an option; what its type says of values was checked where the value came in. */
function rowOf(name: OptionName): Option<unknown> {
  return options[name] as Option<unknown>;
}

function setFailed(name: string, reason: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}

/** Splits at single spaces: two in a row enclose an empty word, as Redis has it. */
function splitSpaces(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}
