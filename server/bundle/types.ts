/** The types of the package: those of the public module in one file, for whoever has no sources beside them. */

import { optionNames } from "../config/options.ts";

/** Files of nothing but types. */
const FILES = ["../embedded/replies.ts", "../embedded/etna.ts"];

/** What those import, and what the bundle exports beside them. */
const OTHERS = `
/** What a command may be made of. */
export type CallArgument = string | number | bigint | Uint8Array;

/** An error reply. \`code\` is its first word (\`ERR\`, \`WRONGTYPE\`, \`MOVED\` ...). */
export declare class ReplyError extends Error {
  override readonly name: "ReplyError";
  readonly code: string;
  constructor(message: string);
}

/** A reply as a value. Integers beyond 2^53 are bigints; an error inside an aggregate is a ReplyError. */
export type ReplyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | ReplyError
  | ReplyValue[]
  | Map<ReplyValue, ReplyValue>
  | Set<ReplyValue>;

/**
 * Starts a server in this process. Instances share nothing; nothing is read from or written to disk
 * unless an option says so.
 *
 * @param options options of redis.conf; \`port\` 0 picks a free port, no \`port\` listens on none
 */
export declare function start(options?: StartOptions): Promise<Etna>;

/** Runs as a program, with the arguments of the process. */
export declare function main(): Promise<void>;
`;

/** The text of `etna.d.ts`. */
export async function declarations(): Promise<string> {
  const names = optionNames.map((name) => JSON.stringify(name)).join(" | ");
  let text = `type OptionName = ${names};\n${OTHERS}`;
  for (const file of FILES) {
    const source = await Deno.readTextFile(new URL(file, import.meta.url));
    text += source.replace(/^import .*;\n/gm, "");
  }
  return text;
}
