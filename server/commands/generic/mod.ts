/** The commands on keys of any type. */

import type { CommandSpec } from "../define.ts";
import { del, unlink } from "./delete.ts";
import { exists, touch, type } from "./exists.ts";
import { expire, expireat, pexpire, pexpireat } from "./expire.ts";
import { expiretime, persist, pexpiretime, pttl, ttl } from "./ttl.ts";

// deno-fmt-ignore
export const genericCommands: readonly CommandSpec[] = [
  del, exists, expire, expireat, expiretime, persist, pexpire, pexpireat, pexpiretime, pttl, touch,
  ttl, type, unlink,
];
