/** The bitmap commands. */

import type { CommandSpec } from "../define.ts";
import { getbit, setbit } from "./bit.ts";
import { bitfield, bitfieldRo } from "./bitfield.ts";
import { bitop } from "./bitop.ts";
import { bitcount, bitpos } from "./count.ts";

export const bitmapCommands: readonly CommandSpec[] = [
  bitcount,
  bitfield,
  bitfieldRo,
  bitop,
  bitpos,
  getbit,
  setbit,
];
