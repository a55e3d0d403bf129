/** The set commands. */

import type { CommandSpec } from "../define.ts";
import { sadd, scard, sismember, smembers, smismember, smove, srem } from "./member.ts";

// deno-fmt-ignore
export const setCommands: readonly CommandSpec[] = [
  sadd, scard, sismember, smembers, smismember, smove, srem,
];
