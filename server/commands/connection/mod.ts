/** The commands on the connection itself. */

import type { CommandSpec } from "../define.ts";
import { ping } from "./ping.ts";

export const connectionCommands: readonly CommandSpec[] = [ping];
