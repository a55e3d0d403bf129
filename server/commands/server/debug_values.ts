/** DEBUG on single values: LISTPACK, QUICKLIST, HTSTATS-KEY and SDSLEN. */

import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { encodingNames, typeNames } from "../generic/types.ts";

/** The entry of the key in argument 2; 0 when it is not there, which was answered. */
export function entryAt(c: Context): number {
  const entry = c.x.keyPeek(c.db, 2);
  if (entry === 0) c.reply.error(errors.noKey);
  return entry;
}

function encodingAt(c: Context, entry: number): string {
  return encodingNames[c.x.encodingOf(entry)];
}

/** Writes what is known of a value's structure to the log, as standard output may be anywhere. */
function print(c: Context, entry: number, title: string, more = ""): void {
  const bytes = c.x.usageOf(entry, 0);
  c.server.log.warning(`DEBUG ${title} of '${c.shown(2)}': ${bytes} bytes with its key${more}`);
  c.reply.simple(`${title} structure printed on stdout`);
}

export function listpack(c: Context): void {
  const entry = entryAt(c);
  if (entry === 0) return;
  if (encodingAt(c, entry) === "listpack") return print(c, entry, "Listpack");
  c.reply.error("ERR Not a listpack encoded object.");
}

export function quicklist(c: Context): void {
  const entry = entryAt(c);
  if (entry === 0) return;
  if (encodingAt(c, entry) !== "quicklist") {
    return c.reply.error("ERR Not a quicklist encoded object.");
  }
  print(c, entry, "Quicklist", `, ${c.x.listNodes(entry)} nodes`);
}

/** How full one table is, as HTSTATS shows it. */
export function tableText(elements: number, bytes: number): string {
  if (elements === 0) return "No stats available for empty dictionaries\n";
  return ` table size: ${bytes} bytes\n number of elements: ${elements}\n` +
    ` bytes per element: ${(bytes / elements).toFixed(2)}\n`;
}

export function htstatsKey(c: Context): void {
  const entry = entryAt(c);
  if (entry === 0) return;
  const bytes = c.x.valueTableBytes(entry);
  if (bytes === 0) {
    return c.reply.error(
      "ERR The value stored at the specified key is not represented using an hash table",
    );
  }
  const table = tableText(c.core.resultNumber(), bytes);
  c.reply.verbatim(`Hash table 0 stats (main hash table):\n${table}`);
}

/** Lengths of a key and its string. Both lie in one block, without room to spare. */
export function sdslen(c: Context): void {
  const entry = entryAt(c);
  if (entry === 0) return;
  const isText = typeNames[c.x.typeOf(entry)] === "string" && encodingAt(c, entry) !== "int";
  if (!isText) return c.reply.error("ERR Not an sds encoded string.");
  c.x.stringRead(c.db, 2);
  const [keyLen, valueLen] = [c.core.argLen(2), c.core.u32[c.core.at.RESULT_LEN]];
  c.reply.simple(
    `key_sds_len:${keyLen}, key_sds_avail:0, key_zmalloc: ${keyLen}, ` +
      `val_sds_len:${valueLen}, val_sds_avail:0, val_zmalloc: ${valueLen}`,
  );
}
