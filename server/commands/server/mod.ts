/** The commands on the server as a whole. */

import type { CommandSpec } from "../define.ts";
import { config } from "./config.ts";

export const serverCommands: readonly CommandSpec[] = [config];
