/** Compiled modules without what nobody needs of them. */

const HEADER_BYTES = 8;
/** What sections are, by the numbers they begin with, and what an export is. */
const CUSTOM = 0;
const EXPORTS = 7;
const GLOBAL = 3;

/** The module with its functions only exported. */
export function withoutGlobals(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  return rewritten(wasm, (id, reader) => id === EXPORTS ? functionExports(reader) : null);
}

/** The module without the names of its functions, by which stacks are told. */
export function withoutNames(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  return rewritten(wasm, (id) => id === CUSTOM ? [] : null);
}

/**
 * @param content gives what a section is to hold, from a reader of what it holds: nothing drops it, null leaves it
 */
function rewritten(
  wasm: Uint8Array,
  content: (id: number, reader: Reader) => number[] | null,
): Uint8Array<ArrayBuffer> {
  const written: number[] = [...wasm.subarray(0, HEADER_BYTES)];
  const reader = new Reader(wasm);
  reader.at = HEADER_BYTES;
  while (reader.at < wasm.length) {
    const from = reader.at;
    const id = wasm[reader.at++];
    const bytes = reader.number();
    const end = reader.at + bytes;
    const changed = content(id, reader);
    if (changed === null) { for (let at = from; at < end; at++) written.push(wasm[at]); }
    else if (changed.length > 0) {
      written.push(id, ...encoded(changed.length));
      for (const byte of changed) written.push(byte);
    }
    reader.at = end;
  }
  return Uint8Array.from(written);
}

/** The content of the section of exports, from where the reader is to its end, without globals. */
function functionExports(reader: Reader): number[] {
  const kept: number[] = [];
  let count = 0;
  for (let left = reader.number(); left > 0; left--) {
    const from = reader.at;
    const nameBytes = reader.number();
    reader.at += nameBytes;
    const kind = reader.bytes[reader.at++];
    reader.number();
    if (kind === GLOBAL) continue;
    count++;
    kept.push(...reader.bytes.subarray(from, reader.at));
  }
  return [...encoded(count), ...kept];
}

/** Reads numbers as modules have them: LEB128. */
class Reader {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  number(): number {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
}

function encoded(value: number): number[] {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return [...bytes, value];
}
