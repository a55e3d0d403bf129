/**
 * What a configuration value can be: how its words are read, printed by CONFIG GET and written
 * back by CONFIG REWRITE. The words of the refusals are those of Redis 7.0.15.
 */

import { quoteWord } from "./words.ts";

/** A value together with its text as CONFIG GET prints it. */
export interface Setting<T> {
  readonly value: T;
  readonly text: string;
}

/** Why a value was not taken. */
export interface Refusal {
  readonly refused: string;
}

/** What surrounds a value that is being read. */
export interface ParseContext<T> {
  /** The value that holds now. */
  readonly current: T;
  /** Whether the option was already given in the files and arguments now being loaded. */
  readonly repeated: boolean;
}

/** How the values of an option are read and written. */
export interface OptionType<T> {
  /** `many`: several words; one single word is split at its spaces. */
  readonly arity: "one" | "many";
  parse(words: readonly string[], context: ParseContext<T>): Setting<T> | Refusal;
  format(value: T): string;
  /** The arguments of each configuration-file line that restores the setting; none for unset. */
  lines(setting: Setting<T>): string[];
}

/** A row of the table: an option, its type and its traits. */
export interface Option<T> extends OptionTraits {
  readonly type: OptionType<T>;
  /** The default, in the words of a configuration file. */
  readonly initial: readonly string[];
  /** The same as it is read, where that is plain: to read the words of all options costs a start 3 ms. */
  readonly initialSetting?: Setting<T>;
}

/** What a row may say about its option besides type and default. */
export interface OptionTraits {
  /** The older name, which stays valid everywhere. */
  readonly alias?: string;
  /** Can only be given at start. */
  readonly immutable?: true;
  /** Listed by CONFIG GET under its exact name only. */
  readonly hidden?: true;
  /** CONFIG SET needs `enable-protected-configs`. */
  readonly protected?: true;
  /** `none`: accepted, kept and reported, and nothing in Etna reads it. */
  readonly effect?: "none";
  /** Where the option comes from when not from Redis 7.0. */
  readonly origin?: "redis 7.2" | "redis 8.6" | "redis 8.10" | "etna";
  /** CONFIG REWRITE writes it even when it has its default. */
  readonly alwaysWritten?: true;
}

/** Bounds and corrections of a number. */
export interface NumberTraits extends OptionTraits {
  readonly min?: bigint | number;
  readonly max?: bigint | number;
  /** Values outside are taken, and moved to the nearer end. */
  readonly clamp?: readonly [bigint | number, bigint | number];
}

/** Bounds of the C types that Redis keeps its numbers in. */
export const INT_MIN = -(2 ** 31);
export const INT_MAX = 2 ** 31 - 1;
export const UINT_MAX = 2 ** 32 - 1;
export const LONG_MAX = 2n ** 63n - 1n;
export const ULONG_MAX = 2n ** 64n - 1n;
const LONG_MIN = -(2n ** 63n);

/** Tells a refusal from a setting. */
export function isRefusal(result: Setting<unknown> | Refusal): result is Refusal {
  return "refused" in result;
}

/** Builds a refusal. */
export function refuse(reason: string): Refusal {
  return { refused: reason };
}

/** Builds a row from a type, the default's words, the row's traits and what the words say, where that is known. */
export function option<T>(
  type: OptionType<T>,
  initial: readonly string[],
  traits: OptionTraits = {},
  initialSetting?: Setting<T>,
): Option<T> {
  return { ...traits, type, initial, initialSetting };
}

/** The same where the default is printed as it is written. */
function plainOption<T>(
  type: OptionType<T>,
  value: T,
  text: string,
  traits?: OptionTraits,
): Option<T> {
  return option(type, [text], traits, { value, text });
}

/** Builds a type of one word from its reader and printer. */
export function oneWord<T>(
  parse: (word: string) => Setting<T> | Refusal,
  format: (value: T) => string,
  lines: (setting: Setting<T>) => string[] = (setting) => [setting.text],
): OptionType<T> {
  return { arity: "one", parse: (words) => parse(words[0]), format, lines };
}

/** Reads a decimal of 64 signed bits, without leading zeros, blanks or a plus. */
export function parseInteger(word: string): bigint | undefined {
  if (!/^(0|-?[1-9][0-9]*)$/.test(word) || word.length > 20) return undefined;
  const value = BigInt(word);
  return value >= LONG_MIN && value <= LONG_MAX ? value : undefined;
}

const MEMORY_UNITS: Readonly<Record<string, bigint>> = {
  "": 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};

/**
 * Reads an amount of memory in bytes: digits and a unit (1k = 1000, 1kb = 1024), both may be
 * missing. As in Redis, digits past 64 bits read as the largest number and a product past them wraps.
 */
export function parseMemory(word: string): bigint | undefined {
  const parts = /^([0-9]*)([a-z]*)$/i.exec(word);
  const unit = parts === null ? undefined : MEMORY_UNITS[parts[2].toLowerCase()];
  if (parts === null || unit === undefined) return undefined;
  const digits = BigInt(parts[1] || "0");
  const count = digits > ULONG_MAX ? ULONG_MAX : digits;
  return BigInt.asUintN(64, count * unit);
}

/** Writes an amount of memory in the largest binary unit that divides it. */
export function formatMemory(bytes: bigint): string {
  for (const [shift, unit] of [[30n, "gb"], [20n, "mb"], [10n, "kb"]] as const) {
    if (bytes !== 0n && BigInt.asUintN(Number(shift), bytes) === 0n) {
      return `${bytes >> shift}${unit}`;
    }
  }
  return String(bytes);
}

function outOfRange(min: bigint, max: bigint): Refusal {
  return refuse(`argument must be between ${min} and ${max} inclusive`);
}

function clampBig(value: bigint, clamp: NumberTraits["clamp"]): bigint {
  if (clamp === undefined) return value;
  const [low, high] = [BigInt(clamp[0]), BigInt(clamp[1])];
  return value < low ? low : value > high ? high : value;
}

/** yes or no. */
export function bool(initial: "yes" | "no", traits?: OptionTraits): Option<boolean> {
  const format = (value: boolean) => value ? "yes" : "no";
  const parse = (word: string) => {
    const lower = word.toLowerCase();
    if (lower !== "yes" && lower !== "no") return refuse("argument must be 'yes' or 'no'");
    return { value: lower === "yes", text: lower };
  };
  return plainOption(oneWord(parse, format), initial === "yes", initial, traits);
}

/** An integer. Values past 2^53 keep their exact text; `value` is then the nearest number. */
export function int(initial: number, traits: NumberTraits = {}): Option<number> {
  const { min: low = 0, max: high = INT_MAX, clamp, ...rest } = traits;
  const parse = (word: string) => {
    const [min, max] = [BigInt(low), BigInt(high)];
    const parsed = parseInteger(word);
    if (parsed === undefined) return refuse("argument couldn't be parsed into an integer");
    if (parsed < min || parsed > max) return outOfRange(min, max);
    const value = clampBig(parsed, clamp);
    return { value: Number(value), text: String(value) };
  };
  return plainOption(oneWord(parse, String), initial, String(initial), rest);
}

/** An integer written in base 8, such as file permissions; bounds in base 8 in the refusal too. */
export function octal(initial: string, max: number, traits?: OptionTraits): Option<number> {
  const format = (value: number) => value.toString(8);
  const parse = (word: string) => {
    if (!/^-?[0-7]*$/.test(word) || word === "-") {
      return refuse("argument couldn't be parsed as an octal number");
    }
    const value = word === "" ? 0 : parseInt(word, 8);
    if (value < 0 || value > max) {
      return refuse(`argument must be between 0 and ${format(max)} inclusive`);
    }
    return { value, text: format(value) };
  };
  return plainOption(oneWord(parse, format), parseInt(initial, 8), initial, traits);
}

/** An amount of memory in bytes. */
export function memory(initial: string, traits: NumberTraits = {}): Option<number> {
  const { min: low = 0, max: high = LONG_MAX, clamp, ...rest } = traits;
  const parse = (word: string) => {
    const [min, max] = [BigInt(low), BigInt(high)];
    const bytes = parseMemory(word);
    if (bytes === undefined) return refuse("argument must be a memory value");
    if (bytes < min || bytes > max) return outOfRange(min, max);
    const value = clampBig(bytes, clamp);
    return { value: Number(value), text: String(value) };
  };
  const lines = (setting: Setting<number>) => [formatMemory(BigInt(setting.text))];
  return option(oneWord(parse, String, lines), [initial], rest, plainMemory(initial));
}

/** Of a default, which is digits and a binary unit, in lower case. */
function plainMemory(word: string): Setting<number> {
  const kibibytes = word.endsWith("gb") ? 1 << 20 : word.endsWith("mb") ? 1 << 10 : 1;
  const value = parseInt(word) * (word.endsWith("b") ? kibibytes * 1024 : 1);
  return { value, text: String(value) };
}

/** An amount of memory, absolute or as a share of maxmemory; one of the two is zero. */
export interface MemoryShare {
  readonly bytes: number;
  readonly percent: number;
}

/** An amount of memory in bytes, or in percent of maxmemory. */
export function memoryOrPercent(initial: string, traits?: OptionTraits): Option<MemoryShare> {
  const tooMuch = "percentage argument must be less or equal to 100";
  const format = (share: MemoryShare) => share.percent ? `${share.percent}%` : String(share.bytes);
  const parse = (word: string) => {
    const percent = word.endsWith("%") ? parseInteger(word.slice(0, -1)) : undefined;
    if (percent !== undefined && percent >= 0n) {
      if (percent > 100n) return refuse(tooMuch);
      const value = { bytes: 0, percent: Number(percent) };
      return { value, text: format(value) };
    }
    const bytes = parseMemory(word);
    if (bytes === undefined) return refuse("argument must be a memory or percent value");
    if (bytes > LONG_MAX) return refuse(tooMuch);
    return { value: { bytes: Number(bytes), percent: 0 }, text: String(bytes) };
  };
  const lines = ({ value, text }: Setting<MemoryShare>) => [
    value.percent ? text : formatMemory(BigInt(text)),
  ];
  return option(oneWord(parse, format, lines), [initial], traits);
}

/** One of a few words, whose case does not matter. `synonyms` are read as another of the words. */
export function choice<const W extends string>(
  words: readonly W[],
  initial: NoInfer<W>,
  traits?: OptionTraits,
  synonyms: Readonly<Record<string, NoInfer<W>>> = {},
): Option<W> {
  const parse = (word: string) => {
    const given = word.toLowerCase();
    const found = words.find((candidate) => candidate.toLowerCase() === given);
    if (found === undefined) return refuse(notOneOf(words));
    const value = synonyms[found] ?? found;
    return { value, text: value };
  };
  return plainOption(oneWord(parse, (value) => value), initial, initial, traits);
}

/** The refusal of a word that is none of the allowed ones. */
export function notOneOf(words: readonly string[]): string {
  return `argument(s) must be one of the following: ${words.join(", ")}`;
}

/** Says what is wrong with a text, or nothing. */
export type TextCheck = (text: string) => string | undefined;

/** Any text; `check` may refuse some. Always written quoted. */
export function text(
  initial: string,
  traits: OptionTraits = {},
  check: TextCheck = () => undefined,
): Option<string> {
  return plainOption(textType(check, (value) => [quoteWord(value)]), initial, initial, traits);
}

/** Text where the empty one means "not set", so that CONFIG REWRITE drops its line. */
export function optionalText(traits: OptionTraits = {}, check?: TextCheck): Option<string> {
  const lines = (value: string) => value === "" ? [] : [quoteWord(value)];
  return plainOption(textType(check, lines), "", "", traits);
}

function textType(
  check: TextCheck = () => undefined,
  lines: (value: string) => string[],
): OptionType<string> {
  const parse = (word: string) => {
    const refused = check(word);
    return refused === undefined ? { value: word, text: word } : refuse(refused);
  };
  return oneWord(parse, (value) => value, (setting) => lines(setting.value));
}
