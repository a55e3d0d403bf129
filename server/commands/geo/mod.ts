/** The geo commands. */

import type { CommandSpec } from "../define.ts";
import { geoadd, geodist, geohash, geopos } from "./member.ts";

export const geoCommands: readonly CommandSpec[] = [geoadd, geodist, geohash, geopos];
