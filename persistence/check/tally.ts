/** Counts and bytes by name, and the largest of all keys: what both checks tell of a file. */

/** So many of the largest keys are told. */
const LARGEST = 10;

/** Bytes and how often. */
interface Count {
  count: number;
  bytes: number;
}

/** A key with what it takes. */
export interface LargeKey {
  readonly key: string;
  readonly bytes: number;
  /** What else there is to say of it. */
  readonly about: string;
}

export class Tally {
  readonly #names = new Map<string, Count>();
  /** The largest, smallest first. */
  readonly #largest: LargeKey[] = [];

  add(name: string, bytes: number): void {
    const count = this.#names.get(name);
    if (count === undefined) this.#names.set(name, { count: 1, bytes });
    else {
      count.count++;
      count.bytes += bytes;
    }
  }

  /** Takes a key in, if it is among the largest. */
  offer(key: LargeKey): void {
    const list = this.#largest;
    if (list.length === LARGEST && list[0].bytes >= key.bytes) return;
    if (list.length === LARGEST) list.shift();
    const at = list.findIndex(({ bytes }) => bytes >= key.bytes);
    list.splice(at < 0 ? list.length : at, 0, key);
  }

  /** As lines, the most bytes first. @param what the names are of */
  lines(what: string): string[] {
    const rows = [...this.#names].sort(([, a], [, b]) => b.bytes - a.bytes);
    const lines = rows.map(([name, { count, bytes }]) =>
      `${name.padEnd(24)} ${String(count).padStart(12)} ${String(bytes).padStart(16)}`
    );
    if (rows.length > 0) {
      lines.unshift(`${what.padEnd(24)} ${"count".padStart(12)} ${"bytes".padStart(16)}`);
    }
    if (this.#largest.length > 0) lines.push("largest keys");
    for (const { key, bytes, about } of this.#largest.toReversed()) {
      lines.push(`${String(bytes).padStart(16)} ${shown(key)} ${about}`.trimEnd());
    }
    return lines;
  }
}

/** Letters of a key that are shown. */
const SHOWN = 64;

/** A key of one character a byte, quoted as redis-cli does. */
function shown(key: string): string {
  const text = key.slice(0, SHOWN).replace(
    /["\\]|[^ -~]/g,
    (letter) =>
      letter === '"' || letter === "\\"
        ? `\\${letter}`
        : `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `"${text}"${key.length > SHOWN ? "..." : ""}`;
}
