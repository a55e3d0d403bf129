/** Reading and printing commands and replies as one readable line or a small tree. */

import type { Reply } from "./resp_reply.ts";
import { toBinary } from "./resp_reply.ts";

const NAMED_ESCAPES: Record<string, string> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  a: "\x07",
};

/** Resolves `\n`, `\xHH` and the like in a binary string. */
export function unescape(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|(.))/gs,
    (_, hex, char) => hex ? String.fromCharCode(parseInt(hex, 16)) : NAMED_ESCAPES[char] ?? char,
  );
}

/** A script line as a binary string: characters outside Latin-1 become their UTF-8 bytes. */
export function utf8Binary(line: string): string {
  return toBinary(new TextEncoder().encode(line));
}

/**
 * Splits a command line into binary-string arguments: blanks separate, `"..."` takes the escapes
 * of {@link unescape}, `'...'` is literal, `""` is the empty argument.
 */
export function splitLine(line: string): string[] {
  const args: string[] = [];
  const pattern = /"((?:[^"\\]|\\.)*)"|'([^']*)'|[^\s"']+/gsy;
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at])) {
      at++;
      continue;
    }
    pattern.lastIndex = at;
    const match = pattern.exec(line);
    if (!match) throw new SyntaxError(`unbalanced quotes in ${JSON.stringify(line)}`);
    const [whole, quoted, literal] = match;
    args.push(quoted !== undefined ? unescape(quoted) : literal ?? whole);
    at += whole.length;
  }
  return args;
}

const MAX_SHOWN_BYTES = 400;

/** A binary string in double quotes, every unprintable byte escaped, long ones cut. */
export function quote(text: string): string {
  const cut = text.length > MAX_SHOWN_BYTES;
  const shown = (cut ? text.slice(0, MAX_SHOWN_BYTES) : text).replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f"\\\x7f-\xff]/g,
    (char) => {
      if (char === '"' || char === "\\") return "\\" + char;
      const named = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[char];
      return named ?? "\\x" + char.charCodeAt(0).toString(16).padStart(2, "0");
    },
  );
  return `"${shown}"` + (cut ? `... (${text.length} bytes)` : "");
}

/** A command as one could type it: quotes only where they are needed. */
export function showCommand(args: readonly string[]): string {
  return args.map((arg) => /^[\x21\x23-\x26\x28-\x5b\x5d-\x7e]{1,80}$/.test(arg) ? arg : quote(arg))
    .join(" ");
}

function showItems(title: string, items: string[], indent: string): string {
  if (items.length === 0) return `(empty ${title})`;
  const inner = indent + "  ";
  return `(${title} of ${items.length})` + items.map((item) => `\n${inner}${item}`).join("");
}

/** A reply as a tree, types spelled out; `indent` is what precedes every further line. */
export function showReply(reply: Reply, indent = ""): string {
  const inner = indent + "  ";
  switch (reply.kind) {
    case "simple":
      return `+ ${reply.text}`;
    case "error":
      return `(error) ${reply.text}`;
    case "blobError":
      return `(blob error) ${quote(reply.text)}`;
    case "bulk":
      return quote(reply.text);
    case "integer":
      return `(integer) ${reply.value}`;
    case "double":
      return `(double) ${reply.text}`;
    case "bigNumber":
      return `(big number) ${reply.text}`;
    case "boolean":
      return `(boolean) ${reply.value}`;
    case "verbatim":
      return `(verbatim ${reply.format}) ${quote(reply.text)}`;
    case "null":
      return reply.form === "resp3" ? "(null)" : `(null ${reply.form})`;
    case "map":
      return showItems(
        "map",
        reply.entries.map(([key, value]) =>
          `${showReply(key, inner)} => ${showReply(value, inner)}`
        ),
        indent,
      );
    case "attribute":
      return showItems(
        "attribute",
        reply.attributes.map(([key, value]) => `${showReply(key, inner)} => ${showReply(value)}`),
        indent,
      ) + `\n${indent}${showReply(reply.reply, indent)}`;
    default:
      return showItems(reply.kind, reply.items.map((item) => showReply(item, inner)), indent);
  }
}
