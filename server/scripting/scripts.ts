/** The scripts that EVALSHA can ask for, by the SHA-1 of their text. They live on when a Lua state does not. */

import { ScriptFlag, scriptFlagWords } from "./run.ts";

export interface Script {
  readonly sha: string;
  /** One character a byte, its shebang line included. */
  readonly body: string;
  /** Bits of ScriptFlag. */
  readonly flags: number;
  /** Its function in the state of that number. */
  ref: number;
  generation: number;
}

/**
 * Upstash's flag, which its libraries set: the script names all its keys, so that it may run beside others. Here each
 * runs alone.
 */
const NAMES_ITS_KEYS = "allow-key-locking";

/** What a script's first line says. @returns its flags, or the error */
export function readShebang(body: string): { flags: number; end: number } | string {
  if (!body.startsWith("#!")) return { flags: ScriptFlag.COMPAT, end: 0 };
  const end = body.indexOf("\n");
  if (end < 0) return "ERR Invalid script shebang";
  const [engine, ...options] = body.slice(0, end).split(/[ \t\r]+/).filter((word) => word !== "");
  if (engine !== "#!lua") {
    return `ERR Unexpected engine in script shebang: ${engine}`;
  }
  let flags = 0;
  for (const option of options) {
    if (!option.startsWith("flags=")) return `ERR Unknown lua shebang option: ${option}`;
    if (option === "flags=") continue;
    for (const word of option.slice(6).split(",")) {
      if (word === NAMES_ITS_KEYS) continue;
      const found = scriptFlagWords.find(([name]) => name === word);
      if (found === undefined) return `ERR Unexpected flag in script shebang: ${word}`;
      flags |= found[1];
    }
  }
  return { flags, end };
}
