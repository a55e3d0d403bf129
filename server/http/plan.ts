/** What a request asks for: its path, query and body as commands. */

import type { CallArgument } from "../net/loopback.ts";
import type { RestRequest } from "./host.ts";

/** How the commands belong together. */
export type Shape = "single" | "pipeline" | "transaction";

export type Plan =
  | { readonly kind: "commands"; readonly shape: Shape; readonly commands: CallArgument[][] }
  /** Messages without end. */
  | { readonly kind: "stream"; readonly command: CallArgument[] }
  | { readonly kind: "websocket" }
  | { readonly kind: "refused"; readonly status: number; readonly error: string };

const METHODS = ["GET", "POST", "PUT", "HEAD"];

/**
 * Commands that make something of a connection that outlives them, which no request can use: the next one
 * may come by another connection, or be another's.
 */
const UNAVAILABLE = new Set(
  ("multi exec discard watch unwatch subscribe psubscribe ssubscribe unsubscribe punsubscribe " +
    "sunsubscribe monitor select auth hello reset quit sync psync replconf asking readonly readwrite")
    .split(" "),
);
/** The same of CLIENT's subcommands. */
const UNAVAILABLE_CLIENT = new Set(["reply", "tracking", "caching", "no-evict", "no-touch"]);

/** Whether a request's method is one that is served, leaving aside the one that only asks what is. */
export function isServed(method: string): boolean {
  return METHODS.includes(method);
}

/** The value of a parameter of a query, as text; undefined where it is not there. */
export function parameterOf(target: string, wanted: string): string | undefined {
  const mark = target.indexOf("?");
  if (mark < 0) return undefined;
  for (const pair of target.slice(mark + 1).split("&")) {
    const [name, ...value] = pair.split("=");
    if (name === wanted) return textOf(decode(value.join("="), true));
  }
  return undefined;
}

const STREAM_WITHOUT_BODY: Plan = {
  kind: "refused",
  status: 405,
  error: "ERR a stream is no more than its body",
};

export function planOf({ method, target }: RestRequest, body: Uint8Array): Plan {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const parts = path === "/" || path === "" ? [] : path.slice(1).split("/");
  const first = parts[0]?.toLowerCase();
  switch (first) {
    case undefined:
      return fromBody("single", body);
    case "pipeline":
      if (parts.length === 1) return fromBody("pipeline", body);
      break;
    case "multi-exec":
      if (parts.length === 1) return fromBody("transaction", body);
      break;
    case "subscribe":
    case "psubscribe":
    case "monitor":
      if (method === "HEAD") return STREAM_WITHOUT_BODY;
      return { kind: "stream", command: parts.map((part) => decode(part, false)) };
    case "ws":
      if (parts.length === 1) return { kind: "websocket" };
  }
  const command = parts.map((part) => decode(part, false));
  if (body.length !== 0 && (method === "POST" || method === "PUT")) command.push(body);
  if (mark >= 0) addParameters(command, target.slice(mark + 1));
  return ofCommands("single", [command]);
}

function addParameters(command: CallArgument[], query: string): void {
  for (const pair of query.split("&")) {
    const [name, ...value] = pair.split("=");
    if (name === "" || name === "_token") continue;
    command.push(decode(name, true));
    const text = value.join("=");
    if (text !== "") command.push(decode(text, true));
  }
}

/** A part of a path or a query; bytes where it has other characters than ASCII's. */
function decode(text: string, isQuery: boolean): string | Uint8Array {
  if (isQuery) text = text.replaceAll("+", " ");
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x24\x26-\x7f]*$/.test(text)) return text;
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const hex = text[i] === "%" ? /^[0-9a-fA-F]{2}/.exec(text.slice(i + 1, i + 3)) : null;
    bytes[length++] = hex === null ? text.charCodeAt(i) : parseInt(hex[0], 16);
    if (hex !== null) i += 2;
  }
  return bytes.slice(0, length);
}

function textOf(part: string | Uint8Array): string {
  return typeof part === "string" ? part : new TextDecoder().decode(part);
}

// ---- bodies -------------------------------------------------------------------------------------

const decoder = new TextDecoder();

function fromBody(shape: Shape, body: Uint8Array): Plan {
  const wrong = `ERR failed to parse ${shape === "single" ? "command" : `${shape} request`}`;
  let parsed: unknown;
  try {
    parsed = parse(decoder.decode(body));
  } catch {
    return { kind: "refused", status: 400, error: wrong };
  }
  const rows = shape === "single" ? [parsed] : parsed;
  if (!Array.isArray(rows)) return { kind: "refused", status: 400, error: wrong };
  const commands: CallArgument[][] = [];
  for (const row of rows) {
    if (!Array.isArray(row)) return { kind: "refused", status: 400, error: wrong };
    if (row.length === 0) return { kind: "refused", status: 400, error: "ERR empty command" };
    for (let i = 0; i < row.length; i++) {
      const word = row[i];
      if (typeof word === "boolean") row[i] = `${word}`;
      else if (typeof word === "object") return { kind: "refused", status: 400, error: wrong };
    }
    commands.push(row);
  }
  if (commands.length === 0) {
    return { kind: "refused", status: 400, error: `ERR empty ${shape} request` };
  }
  return ofCommands(shape, commands);
}

/** A number keeps the digits that it was written with: there are more than a double can hold. */
function parse(text: string): unknown {
  if (!/[0-9]{16}/.test(text)) return JSON.parse(text);
  const exact = (_: string, value: unknown, { source }: { source?: string }) => {
    return typeof value === "number" && source !== undefined ? source : value;
  };
  return JSON.parse(text, exact as Parameters<typeof JSON.parse>[1]);
}

function ofCommands(shape: Shape, commands: CallArgument[][]): Plan {
  for (const command of commands) {
    const name = wordOf(command[0]);
    const isClient = name === "client" && command.length > 1;
    if (!UNAVAILABLE.has(name) && !(isClient && UNAVAILABLE_CLIENT.has(wordOf(command[1])))) {
      continue;
    }
    const shown = isClient ? `${name}|${wordOf(command[1])}` : name;
    return {
      kind: "refused",
      status: 400,
      error: `ERR Command is not available: '${shown.toUpperCase()}'`,
    };
  }
  return { kind: "commands", shape, commands };
}

function wordOf(argument: CallArgument): string {
  return (argument instanceof Uint8Array ? textOf(argument) : `${argument}`).toLowerCase();
}
