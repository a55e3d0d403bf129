/**
 * Masks: what of a reply may differ between two servers. Without a mask the bytes must be equal.
 *
 * | mask          | two replies are equal when                                                  |
 * |---------------|-----------------------------------------------------------------------------|
 * | `tree`        | they are the same tree, however it was written                              |
 * | `any`         | always (a reply must come)                                                  |
 * | `type`        | the type of the reply is the same                                           |
 * | `shape`       | types and element counts are the same, all the way down                     |
 * | `near:N`      | both are integers at most N apart, or the same bytes                        |
 * | `decimals`    | the same, but for the last digit of numbers with four decimals              |
 * | `unordered`   | elements of aggregates may stand in any order (pairs of a map stay pairs)   |
 * | `pairs`       | a flat list of name, value, name, value (or a map): the same pairs          |
 * | `apart:A,B`   | as `pairs`, but the values of the names A and B need only be of one type     |
 * | `fields`      | lines of `name=value` or `name:value` have the same names in the same order |
 * | `rows:A,B`    | the rows A and B of INFO are the same                                       |
 * | `client`      | as `fields`, and the values equal that do not depend on the run             |
 * | `except:RE`   | the bytes are the same once every match of the pattern is cut out           |
 * | `lines:RE`    | as `except` (with flags g and m), and the lines may stand in any order       |
 * | `moments`     | the same, but for times and what 7.2 added about a stream's consumers       |
 * | `success:M`   | errors are the same word for word, all else as the mask M says              |
 */

import { itemsOf, type Reply, textOf } from "../support/resp_reply.ts";
import { quote } from "../support/text.ts";
import { withoutMoments } from "../../server/commands/stream/stream_mask_cases.ts";
import { asSince72, ofXread } from "./since_7_2.ts";
import type { Received } from "../support/resp_client.ts";

/** Fields of CLIENT LIST whose values depend on the run, or on how a server manages memory. */
const RUN_DEPENDENT_CLIENT_FIELDS = new Set(
  ("id addr laddr fd age idle qbuf qbuf-free argv-mem multi-mem rbs rbp obl oll omem tot-mem " +
    "events").split(" "),
);

/** Fields of CLIENT LIST that came with 7.2, which Etna reports itself as; the oracle is older. */
const NEWER_CLIENT_FIELDS = / lib-(name|ver)=[^ \r\n]*/g;

/** A text form of a reply in which every leaf is replaced by `leaf(reply)`. */
export function outline(reply: Reply, leaf: (reply: Reply) => string): string {
  if (reply.kind === "attribute") {
    const entries = reply.attributes.flat().map((item) => outline(item, leaf));
    return `attribute[${entries.join(",")}]${outline(reply.reply, leaf)}`;
  }
  const isAggregate = "items" in reply || reply.kind === "map";
  if (!isAggregate) return leaf(reply);
  return `${reply.kind}[${itemsOf(reply).map((item) => outline(item, leaf)).join(",")}]`;
}

/** A text form that two replies share exactly when they are the same tree. */
export function canonical(reply: Reply): string {
  return outline(reply, (leaf) => {
    const detail = leaf.kind === "verbatim" ? leaf.format : leaf.kind === "null" ? leaf.form : "";
    return JSON.stringify([leaf.kind, detail, textOf(leaf)]);
  });
}

function unordered(reply: Reply): string {
  if (reply.kind === "map") {
    return "map" + reply.entries.map((entry) => entry.map(unordered).join("=>")).sort().join();
  }
  if (!("items" in reply)) return canonical(reply);
  return `${reply.kind}[${reply.items.map(unordered).sort().join()}]`;
}

function pairs(reply: Reply, apart: readonly string[] = []): string {
  const items = itemsOf(reply);
  const rows: string[] = [];
  for (let i = 0; i + 1 < items.length; i += 2) {
    const [name, value] = [items[i], items[i + 1]];
    rows.push(canonical(name) + (apart.includes(textOf(name)) ? value.kind : canonical(value)));
  }
  return `${reply.kind} ${items.length} ${rows.sort().join()}`;
}

function fieldNames(text: string, keepValue: (name: string) => boolean): string {
  return text.replace(
    /(^|[ \r\n])([\w-]+)([=:])([^ \r\n]*)/g,
    (_, before, name, sign, value) => before + name + sign + (keepValue(name) ? value : ""),
  );
}

function isNear(expected: Reply, got: Reply, tolerance: bigint): boolean {
  if (expected.kind !== "integer" || got.kind !== "integer") return false;
  const difference = expected.value - got.value;
  return difference <= tolerance && -difference <= tolerance;
}

function leafText(reply: Reply, fold: (text: string) => string): string {
  return outline(reply, (leaf) => `${leaf.kind}:${fold(textOf(leaf))}`);
}

function sortLines(text: string, cut: string): string {
  return text.replace(new RegExp(cut, "gm"), "").split(/[\r\n]+/).sort().join("\n");
}

/** Whether a mask of that name exists: a misspelt one must not pass silently. */
export function isMask(mask: string): boolean {
  const plain = /^(tree|any|type|shape|decimals|unordered|pairs|fields|client|moments|acl)$/;
  return plain.test(mask) || /^(near:\d+|apart:.+|(except|lines|rows|success):.+)$/.test(mask);
}

/** Of INFO's rows, those with the given names. */
function rowsOf(text: string, names: readonly string[]): string {
  return text.split("\r\n").filter((row) => names.includes(row.split(":")[0])).join("\n");
}

/** Refusals in the words of 7.0, which named neither user nor key; and users without what 7.2 shows of each. */
function olderRefusal(text: string): string {
  return text
    .replace(/ sanitize-payload/g, "")
    .replace(/(modifier '[<>#!])[^']*/, "$1")
    .replace(
      /^(NOPERM )?User \S* has no/,
      (_, code) => `${code ? "NOPERM this" : "This"} user has no`,
    )
    .replace(
      /^NOPERM No permissions to access a (key|channel)/,
      "NOPERM this user has no permissions to access one of the $1s used as arguments",
    );
}

/** What of a text reply a mask lets through; undefined for masks that are not about text. */
function textFold(mask: string): ((text: string) => string) | undefined {
  const [name, argument] = mask.split(/:(.*)/s);
  switch (name) {
    case "acl":
      return olderRefusal;
    case "fields":
      return (text) => fieldNames(text, () => false);
    case "client":
      return (text) => {
        const known = text.replace(NEWER_CLIENT_FIELDS, "");
        return fieldNames(known, (field) => !RUN_DEPENDENT_CLIENT_FIELDS.has(field));
      };
    case "except":
      return (text) => text.replace(new RegExp(argument, "g"), "");
    case "rows":
      return (text) => rowsOf(text, argument.split(","));
    case "lines":
      return (text) => sortLines(text, argument);
  }
  return undefined;
}

/**
 * Whether `got` is the reply that `expected` demands, seen through the mask. What 7.2 says otherwise may be as the
 * reference has it (since_7_2.ts).
 */
export function sameReply(expected: Received, got: Received, mask = ""): boolean {
  if (expected.raw === got.raw || sameAsIs(expected, got, mask)) return true;
  const reply = asSince72(expected.reply);
  return reply !== expected.reply &&
    sameAsIs({ reply, raw: "" }, { ...got, reply: ofXread(got.reply) }, mask || "tree");
}

function sameAsIs(expected: Received, got: Received, mask: string): boolean {
  if (mask.startsWith("success:")) {
    const isError = expected.reply.kind === "error" || got.reply.kind === "error";
    if (isError) return canonical(expected.reply) === canonical(got.reply);
    const inner = mask.slice("success:".length);
    return expected.raw === got.raw || sameAsIs(expected, got, inner);
  }
  const both = (fold: (reply: Reply) => string) => fold(expected.reply) === fold(got.reply);
  const text = textFold(mask);
  if (text) return both((reply) => leafText(reply, text));

  const [name, argument] = mask.split(/:(.*)/s);
  switch (name) {
    case "":
      return false;
    case "tree":
      return both(canonical);
    case "any":
      return true;
    case "type":
      return both((reply) => reply.kind);
    case "shape":
      return both((reply) => outline(reply, (leaf) => leaf.kind));
    case "near":
      return isNear(expected.reply, got.reply, BigInt(argument));
    case "decimals":
      return sameDecimals(expected.reply, got.reply);
    case "unordered":
      return both(unordered);
    case "moments":
      return both(withoutMoments);
    case "pairs":
      return both((reply) => pairs(reply));
    case "apart":
      return both((reply) => pairs(reply, argument.split(",")));
  }
  throw new Error(`no such mask: ${mask}`);
}

const MAX_SHARED_SHOWN = 30;
const MAX_DIFFERENCE_SHOWN = 100;
const SHORT_TEXT_LENGTH = 150;

/** Whether two replies are the same but for the last digit of numbers with four decimals. */
function sameDecimals(expected: Reply, got: Reply): boolean {
  const decimal = /"(\d+\.\d{4})"/g;
  const [wanted, present] = [canonical(expected), canonical(got)];
  if (wanted.replace(decimal, "") !== present.replace(decimal, "")) return false;
  const [theirs, ours] = [wanted, present].map((text) =>
    [...text.matchAll(decimal)].map(([, digits]) => Number(digits))
  );
  return theirs.every((value, i) => Math.abs(value - ours[i]) < 0.00015);
}

/**
 * Where two long texts part, for a reader: the words that only one of them has if a mask is about
 * text, else the first byte that differs. Undefined where showing the replies says it all.
 */
export function explainDifference(expected: Reply, got: Reply, mask = ""): string | undefined {
  const texts = [textOf(expected), textOf(got)];
  const fold = textFold(mask);
  if (fold) {
    const [wanted, present] = texts.map((text) => fold(text).split(/[ \r\n]+/));
    const only = (words: string[], others: string[]) =>
      quote(words.filter((word) => !others.includes(word)).join(" "));
    return `only expected ${only(wanted, present)}, only got ${only(present, wanted)}`;
  }
  if (mask !== "" || texts.some((text) => text.length < SHORT_TEXT_LENGTH)) return undefined;
  const at = [...texts[0]].findIndex((char, i) => char !== texts[1][i]);
  const from = Math.max(0, (at < 0 ? texts[0].length : at) - MAX_SHARED_SHOWN);
  const [wanted, present] = texts.map((text) =>
    quote(text.slice(from, from + MAX_DIFFERENCE_SHOWN))
  );
  return `from byte ${from}: expected ${wanted}, got ${present}`;
}
