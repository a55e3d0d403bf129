/** The commands on keys of any type. */

import type { CommandSpec } from "../define.ts";
import { copy, move } from "./copy.ts";
import { del, unlink } from "./delete.ts";
import { dump, restore, restoreAsking } from "./dump.ts";
import { exists, touch, type } from "./exists.ts";
import { expire, expireat, pexpire, pexpireat } from "./expire.ts";
import { keys, randomkey, scan } from "./iterate.ts";
import { migrate } from "./migrate.ts";
import { object } from "./object.ts";
import { rename, renamenx } from "./rename.ts";
import { sort, sortRo } from "./sort.ts";
import { expiretime, persist, pexpiretime, pttl, ttl } from "./ttl.ts";

// deno-fmt-ignore
export const genericCommands: readonly CommandSpec[] = [
  copy, del, dump, exists, expire, expireat, expiretime, keys, migrate, move, object, persist, pexpire, pexpireat,
  pexpiretime, pttl, randomkey, rename, renamenx, restore, restoreAsking, scan, sort, sortRo, touch, ttl, type, unlink,
];
