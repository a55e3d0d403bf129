/** The geo commands. */

import type { CommandSpec } from "../define.ts";
import { geoadd, geodist, geohash, geopos } from "./member.ts";
import {
  georadius,
  georadiusbymember,
  georadiusbymemberRo,
  georadiusRo,
  geosearch,
  geosearchstore,
} from "./search.ts";

// deno-fmt-ignore
export const geoCommands: readonly CommandSpec[] = [
  geoadd, geodist, geohash, geopos, georadius, georadiusRo, georadiusbymember, georadiusbymemberRo,
  geosearch, geosearchstore,
];
