/**
 * What differs between 7.0 and 7.2 wherever it may stand in a reply: how doubles are printed, and the words of
 * some errors, which random commands come upon.
 *
 * Doubles: up to 7.0 with 17 digits as C does (`%.17g`), since 7.2 with as few as tell them
 * from all others, and large integers in full.
 */

import type { Reply } from "../support/resp_reply.ts";

const NUMBER = /^-?\d+(\.\d+)?(e[+-]\d\d+)?$/;
/** Up to here integers are printed in full. */
const MOST_PLAIN = 2 ** 62;

/** The text of a finite double since 7.2. */
export function shortestText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) <= MOST_PLAIN) {
    return Object.is(value, -0) ? "-0" : String(BigInt(value));
  }
  const sign = value < 0 ? "-" : "";
  const [mantissa, exponentText] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(exponentText);
  const places = digits.length - 1 - exponent;
  if (places <= 0 && Math.abs(exponent) < digits.length + 7) {
    return sign + digits + "0".repeat(-places);
  }
  if (places > 0 && (places < 7 || Math.abs(exponent) < 4)) {
    const padded = digits.padStart(places + 1, "0");
    return `${sign}${padded.slice(0, -places)}.${padded.slice(-places)}`;
  }
  return `${sign}${mantissa}e${exponent < 0 ? "" : "+"}${exponent}`;
}

/** Errors in the words of 7.0, and in those of 7.2 for some of the same mistakes. */
const NEWER_WORDS: Readonly<Record<string, string>> = {
  "ERR timeout is negative": "ERR timeout is out of range",
  "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.":
    "ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.",
};

/** Levels of the log that an option's error names; 7.2 has one more. */
const LOG_LEVELS = /(must be one of the following: debug, verbose, notice, warning)$/;

/** Policies of eviction, as the same error names them; the two of 8.6 come last here. */
const POLICIES = /(must be one of the following: volatile-lru, .*, allkeys-random, noeviction)$/;

/** An error in the words of 7.2, and where options have more values than then, with those. */
export function newerWords(text: string): string {
  return NEWER_WORDS[text] ??
    text.replace(LOG_LEVELS, "$1, nothing").replace(POLICIES, "$1, volatile-lrm, allkeys-lrm");
}

/** The words about XREADGROUP as those about XREAD, which were the same up to 7.0. */
export function ofXread(reply: Reply): Reply {
  if (reply.kind === "error") {
    const text = reply.text.replace("Unbalanced 'xreadgroup'", "Unbalanced 'xread'")
      .replace("key an ID or '>'", "key an ID or '$$'");
    return { ...reply, text };
  }
  return "items" in reply ? { ...reply, items: reply.items.map(ofXread) } : reply;
}

/**
 * A reply with every double that stands in it as up to 7.0 printed as since 7.2, and with the words of 7.2;
 * the same if there is none.
 */
export function asSince72(reply: Reply): Reply {
  if (reply.kind === "error") {
    const text = newerWords(reply.text);
    return text === reply.text ? reply : { ...reply, text };
  }
  if (reply.kind === "bulk" || reply.kind === "double") {
    const { text } = reply;
    // All others are printed alike.
    const digits = text.replace(/e.*/, "").replace(/[-.]/g, "").replace(/^0+/, "");
    const isLong = text.includes("e") || (text.includes(".") && digits.length >= 16);
    if (!isLong || !NUMBER.test(text)) return reply;
    const shortest = shortestText(Number(text));
    return shortest === text ? reply : { ...reply, text: shortest };
  }
  if (reply.kind === "map") {
    const entries = reply.entries.map(([key, value]): [Reply, Reply] => [
      asSince72(key),
      asSince72(value),
    ]);
    const isSame = entries.every(([key, value], i) =>
      key === reply.entries[i][0] && value === reply.entries[i][1]
    );
    return isSame ? reply : { ...reply, entries };
  }
  if (!("items" in reply)) return reply;
  const items = reply.items.map(asSince72);
  return items.every((item, i) => item === reply.items[i]) ? reply : { ...reply, items };
}
