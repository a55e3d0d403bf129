/** What every command about clusters answers on a server that is in none. */

import type { Context } from "../context.ts";

export function noCluster(c: Context): void {
  c.reply.error("ERR This instance has cluster support disabled");
}
