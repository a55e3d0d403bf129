/** The option types that one option or two use: lists, limits per client class, event flags. */

import {
  formatMemory,
  notOneOf,
  type Option,
  option,
  type OptionTraits,
  parseMemory,
  refuse,
  type Setting,
} from "./types.ts";
import { quoteWord } from "./words.ts";

/** A point of the `save` option: so many changes within so many seconds start a snapshot. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

/** Reads a C decimal: plus sign and leading zeros allowed, nothing is 0; saturates past `long`. */
function parseLoose(word: string): bigint | undefined {
  if (word === "") return 0n;
  if (!/^[+-]?[0-9]+$/.test(word)) return undefined;
  const value = BigInt(word.replace("+", ""));
  const bound = 2n ** 63n;
  return value >= bound ? bound - 1n : value < -bound ? -bound : value;
}

function parseSavePoint(seconds: string, changes: string): SavePoint | undefined {
  const parsedSeconds = parseLoose(seconds);
  const parsedChanges = parseLoose(changes);
  if (parsedSeconds === undefined || parsedChanges === undefined) return undefined;
  if (parsedSeconds < 1n || parsedChanges < 0n || parsedChanges > 2n ** 31n - 1n) return undefined;
  return { seconds: Number(parsedSeconds), changes: Number(parsedChanges) };
}

/**
 * The `save` option. Lines of a file add up, except that the first replaces the default and an
 * empty one forgets all before it; CONFIG SET replaces.
 */
export function savePoints(initial: readonly string[], traits?: OptionTraits): Option<SavePoint[]> {
  const format = (points: readonly SavePoint[]) =>
    points.map((point) => `${point.seconds} ${point.changes}`).join(" ");
  return option<SavePoint[]>(
    {
      arity: "many",
      format,
      parse: (words, { current, repeated }) => {
        if (words.length % 2 !== 0) return refuse("Invalid save parameters");
        const points: SavePoint[] = repeated && words.length > 0 ? [...current] : [];
        for (let at = 0; at < words.length; at += 2) {
          const point = parseSavePoint(words[at], words[at + 1]);
          if (point === undefined) return refuse("Invalid save parameters");
          points.push(point);
        }
        return { value: points, text: format(points) };
      },
      lines: ({ value }) => value.length === 0 ? ['""'] : value.map((point) => format([point])),
    },
    initial,
    traits,
  );
}

/** Classes of clients that have output limits of their own. */
export type OutputClass = "normal" | "replica" | "pubsub";

/** When a client that does not read its replies is closed; zero is no limit. */
export interface OutputLimit {
  /** Closed at once past this many bytes. */
  readonly hardBytes: number;
  /** Closed when past this many bytes for `softSeconds`. */
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** The output limit of each class of clients. */
export type OutputLimits = Readonly<Record<OutputClass, OutputLimit>>;

const OUTPUT_CLASSES: Readonly<Record<string, OutputClass>> = {
  normal: "normal",
  slave: "replica",
  replica: "replica",
  pubsub: "pubsub",
};

function parseOutputLimit(hard: string, soft: string, seconds: string): OutputLimit | undefined {
  const hardBytes = parseMemory(hard);
  const softBytes = parseMemory(soft);
  const softSeconds = parseLoose(seconds);
  if (hardBytes === undefined || softBytes === undefined) return undefined;
  if (softSeconds === undefined || softSeconds < 0n) return undefined;
  return {
    hardBytes: Number(hardBytes),
    softBytes: Number(softBytes),
    softSeconds: Number(softSeconds),
  };
}

/** The `client-output-buffer-limit` option: classes that are not named keep their limits. */
export function outputLimits(
  initial: readonly string[],
  traits?: OptionTraits,
): Option<OutputLimits> {
  const format = (limits: OutputLimits) =>
    ([["normal", limits.normal], ["slave", limits.replica], ["pubsub", limits.pubsub]] as const)
      .map(([name, limit]) =>
        `${name} ${BigInt(limit.hardBytes)} ${BigInt(limit.softBytes)} ${limit.softSeconds}`
      ).join(" ");
  const line = (name: OutputClass, { hardBytes, softBytes, softSeconds }: OutputLimit) =>
    `${name} ${formatMemory(BigInt(hardBytes))} ${formatMemory(BigInt(softBytes))} ${softSeconds}`;
  return option<OutputLimits>(
    {
      arity: "many",
      format,
      parse: (words, { current }) => {
        if (words.length % 4 !== 0) {
          return refuse("Wrong number of arguments in buffer limit configuration.");
        }
        const limits: Record<OutputClass, OutputLimit> = { ...current };
        for (let at = 0; at < words.length; at += 4) {
          const name = OUTPUT_CLASSES[words[at].toLowerCase()];
          if (name === undefined) {
            return refuse("Invalid client class specified in buffer limit configuration.");
          }
          const limit = parseOutputLimit(words[at + 1], words[at + 2], words[at + 3]);
          if (limit === undefined) {
            return refuse(
              "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
            );
          }
          limits[name] = limit;
        }
        return { value: limits, text: format(limits) };
      },
      lines: ({ value }) =>
        (["normal", "replica", "pubsub"] as const).map((name) => line(name, value[name])),
    },
    initial,
    traits,
  );
}

const MAX_BIND_ADDRESSES = 16;

/** A list of addresses to listen on. `-` before one: its absence is no error. */
export function addresses(initial: readonly string[], traits?: OptionTraits): Option<string[]> {
  return option<string[]>(
    {
      arity: "many",
      format: (list) => list.join(" "),
      parse: (words) => {
        if (words.length > MAX_BIND_ADDRESSES) return refuse("Too many bind addresses specified.");
        return { value: [...words], text: words.join(" ") };
      },
      lines: ({ text }) => [text === "" ? '""' : text],
    },
    initial,
    traits,
  );
}

/** Tokens of HTTP, each with the user that it stands for; a single one is the default user's. */
export function httpTokens(traits?: OptionTraits): Option<{ token: string; user: string }[]> {
  return option<{ token: string; user: string }[]>(
    {
      arity: "many",
      format: (tokens) => tokens.map(({ token, user }) => `${token} ${user}`).join(" "),
      parse: (words, { current, repeated }) => {
        const pairs = words.length === 1 && words[0] !== "" ? [words[0], "default"] : [...words];
        if (words.length === 1 && words[0] === "") pairs.length = 0;
        if (pairs.length % 2 !== 0) return refuse("tokens and their users come in turn");
        const tokens = repeated && pairs.length > 0 ? [...current] : [];
        for (let at = 0; at < pairs.length; at += 2) {
          const [token, user] = [pairs[at], pairs[at + 1]];
          // What a header can carry, and a query without being encoded.
          if (!/^[A-Za-z0-9._~+/=-]{8,}$/.test(token)) {
            return refuse("a token has at least 8 letters, digits or any of -._~+/=");
          }
          tokens.push({ token, user });
        }
        return { value: tokens, text: tokens.map((t) => `${t.token} ${t.user}`).join(" ") };
      },
      lines: ({ value }) =>
        value.length === 0 ? ['""'] : value.map(({ token, user }) => `${token} ${user}`),
    },
    [],
    traits,
  );
}

/** Three out-of-memory scores: of a master, of a replica, of a background process. */
export function oomScores(initial: readonly string[], traits?: OptionTraits): Option<number[]> {
  return option<number[]>(
    {
      arity: "many",
      format: (scores) => scores.join(" "),
      parse: (words) => {
        if (words.length !== 3) return refuse("wrong number of arguments");
        const scores = words.map((word) => Number(parseLoose(word) ?? NaN));
        if (!scores.every((score) => score >= -2000 && score <= 2000)) {
          return refuse(
            "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
          );
        }
        return { value: scores, text: scores.join(" ") };
      },
      lines: ({ text }) => [text],
    },
    initial,
    traits,
  );
}

/** Several words of a few, kept in the order of the table; the first stands for none of them. */
export function flags<const W extends string>(
  words: readonly [string, ...W[]],
  check: (chosen: ReadonlySet<string>) => string | undefined,
  traits?: OptionTraits,
): Option<W[]> {
  const [none, ...names] = words as [string, ...W[]];
  const format = (chosen: readonly W[]) => chosen.length === 0 ? none : chosen.join(" ");
  return option<W[]>(
    {
      arity: "many",
      format,
      parse: (given) => {
        const chosen = new Set(given.map((word) => word.toLowerCase()));
        const known = [...chosen].every((word) => (words as readonly string[]).includes(word));
        if (!known || chosen.size === 0) return refuse(notOneOf(words));
        const refused = check(chosen);
        if (refused !== undefined) return refuse(refused);
        const value = names.filter((name) => chosen.has(name));
        return { value, text: format(value) };
      },
      lines: ({ text }) => [text],
    },
    [none],
    traits,
    { value: [], text: none },
  );
}

/** Letters of keyspace events in the order they are printed; `A` stands for those before `K`. */
const EVENT_LETTERS = "g$lshzxetdnKEm";
const EVENTS_OF_A = "g$lshzxetd";

/**
 * The `notify-keyspace-events` option. Its value is the set of event letters with `A` spelt out
 * (`g$lshzxetd`), so that one `includes` tests an event.
 */
export function eventFlags(traits?: OptionTraits): Option<string> {
  const format = (letters: string) => {
    const all = [...EVENTS_OF_A].every((letter) => letters.includes(letter));
    const rest = all ? [...letters].filter((letter) => !EVENTS_OF_A.includes(letter)) : letters;
    // `n` is left out of what `A` prints with, a quirk that clients of Redis 7.0 see.
    return all ? "A" + [...rest].filter((letter) => letter !== "n").join("") : letters;
  };
  return option<string>(
    {
      arity: "one",
      format,
      parse: ([word]) => {
        if (/[^Ag$lshzxeKEtmdn]/.test(word)) {
          return refuse("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
        }
        const given = word.replaceAll("A", EVENTS_OF_A);
        const value = [...EVENT_LETTERS].filter((letter) => given.includes(letter)).join("");
        return { value, text: format(value) };
      },
      lines: ({ text }) => [quoteWord(text)],
    },
    [""],
    traits,
    { value: "", text: "" },
  );
}

/** A C floating-point number; undefined for anything else. */
function parseDouble(word: string): number | undefined {
  if (/^[+-]?(inf|infinity)$/i.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  const hex = /^([+-]?)0x([0-9a-f]+)$/i.exec(word);
  if (hex) return (hex[1] === "-" ? -1 : 1) * parseInt(hex[2], 16);
  return /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(word) ? Number(word) : undefined;
}

/** A list of percentiles between 0 and 100, printed with at most six decimals. */
export function percentiles(initial: readonly number[], traits?: OptionTraits): Option<number[]> {
  const name = "latency-tracking-info-percentiles";
  const formatOne = (value: number) => {
    const fixed = value.toFixed(6).replace(/\.?0+$/, "");
    return Object.is(value, -0) ? "-" + fixed : fixed;
  };
  const format = (values: readonly number[]) => values.map(formatOne).join(" ");
  return option<number[]>(
    {
      arity: "many",
      format,
      parse: (words) => {
        const values: number[] = [];
        for (const word of words) {
          const value = parseDouble(word);
          if (value === undefined) return refuse(`Invalid ${name} parameters`);
          if (value < 0 || value > 100) {
            return refuse(`${name} parameters should sit between [0.0,100.0]`);
          }
          values.push(value);
        }
        return { value: values, text: format(values) };
      },
      lines: ({ text }) => [text === "" ? '""' : text],
    },
    initial.map(String),
    traits,
    { value: [...initial], text: initial.join(" ") },
  );
}

/** The master that a replica follows. */
export interface MasterAddress {
  readonly host: string;
  readonly port: number;
}

/** The `replicaof` option: `<host> <port>`, or `no one` for a master. */
export function masterAddress(traits?: OptionTraits): Option<MasterAddress | null> {
  const format = (master: MasterAddress | null) => master ? `${master.host} ${master.port}` : "";
  return option<MasterAddress | null>(
    {
      arity: "many",
      format,
      parse: (words): Setting<MasterAddress | null> | { refused: string } => {
        if (words.length !== 2) return refuse("wrong number of arguments");
        const [host, portWord] = words;
        if (host.toLowerCase() === "no" && portWord.toLowerCase() === "one") {
          return { value: null, text: "" };
        }
        const port = Number(parseLoose(portWord) ?? NaN);
        if (!(port >= 0 && port <= 65535)) return refuse("Invalid master port");
        return { value: { host, port }, text: `${host} ${port}` };
      },
      lines: ({ text }) => text === "" ? [] : [text],
    },
    ["no", "one"],
    traits,
  );
}
