/** What stands in an append-only file beside the bytes of the stream. */

const encoder = new TextEncoder();

/**
 * What a file begins with that follows a primary's stream: the operations there need not say which database they
 * are in, and -1 stands for a stream where they do.
 */
export function selectOf(database: number): Uint8Array {
  if (database < 0) return new Uint8Array();
  const text = `${database}`;
  return encoder.encode(`*2\r\n$6\r\nSELECT\r\n$${text.length}\r\n${text}\r\n`);
}

/** The line before what is written in a second, with `aof-timestamp-enabled`. */
export function timestampOf(second: number): Uint8Array {
  return encoder.encode(`#TS:${second}\r\n`);
}

/** The first line of a file that goes on where another one ended. */
export function afterOf(name: string, bytes: number): Uint8Array {
  return encoder.encode(`#AFTER:${bytes} ${name}\r\n`);
}

/** What the beginning of a file says of the one before it, null where it says nothing. */
export function readAfter(head: Uint8Array): { name: string; bytes: number } | null {
  const found = /^#AFTER:(\d+) ([^\r\n]+)\r\n/.exec(new TextDecoder().decode(head));
  return found === null ? null : { bytes: Number(found[1]), name: found[2] };
}
