/**
 * What a file says of the stream of effects: whose history its data set is of, and where in it.
 *
 * ```
 *  repl-stream-db  number      database that the next operation is in, where it does not say so
 *  repl-id         40 digits   name of the history
 *  repl-offset     number      bytes of it that the data set has
 * ```
 */

import type { Replication } from "../../server/saving/snapshots.ts";

export type { Replication } from "../../server/saving/snapshots.ts";

/** The fields to write, in the order in which Redis writes them. */
export function fieldsOf({ id, offset, database }: Replication): string[][] {
  return [
    ["repl-stream-db", `${Math.max(0, database)}`],
    ["repl-id", id],
    ["repl-offset", `${offset}`],
  ];
}

/** How the last line of an append-only file says the same, after the number sign of annotations. */
const ANNOTATION = "#REPL:";

/** That line, without its end. */
export function annotationOf({ id, offset, database }: Replication): string {
  return `${ANNOTATION}${id} ${offset} ${Math.max(0, database)}`;
}

/** What the words of an annotation say, null where they say nothing of this. */
export function readAnnotation(
  [first = "", offset = "", database = ""]: readonly string[],
): Replication | null {
  const fields = new ReplicationFields();
  if (!first.startsWith(ANNOTATION)) return null;
  fields.take("repl-id", first.slice(ANNOTATION.length));
  fields.take("repl-offset", offset);
  fields.take("repl-stream-db", database);
  return fields.all;
}

/** Takes what fields of a file say, whatever their order. */
export class ReplicationFields {
  #id = "";
  #offset = -1;
  #database = -1;

  take(name: string, value: string): void {
    if (name === "repl-id") this.#id = value;
    else if (name === "repl-offset") this.#offset = numberOf(value);
    else if (name === "repl-stream-db") this.#database = numberOf(value);
  }

  /** What they say, null where that is not all there is to say. */
  get all(): Replication | null {
    const isWhole = /^[0-9a-f]{40}$/.test(this.#id) && this.#offset >= 0;
    if (!isWhole) return null;
    return { id: this.#id, offset: this.#offset, database: this.#database };
  }
}

/** A number of bytes or of a database, -1 where it is none. */
function numberOf(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : -1;
  return Number.isSafeInteger(value) ? value : -1;
}
