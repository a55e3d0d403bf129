/** The bitmap commands. */

import type { CommandSpec } from "../define.ts";
import { getbit, setbit } from "./bit.ts";
import { bitcount, bitpos } from "./count.ts";

export const bitmapCommands: readonly CommandSpec[] = [bitcount, bitpos, getbit, setbit];
