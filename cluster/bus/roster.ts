/**
 * The nodes of a table, found by their names: as strings, and as they stand in messages, where no string is made of
 * them. A message of a cluster of a thousand names a hundred nodes, and comes three hundred times a second.
 *
 * ```
 *  heads   at least two for each row: its number + 1, 0 = free; where the first eight bytes of a name lead to, or next to it
 *  rows    a node each: words 0..9 its name, 10..21 its address, as entries of gossip have them
 *  deck    all nodes, in an order that drawing them by chance leaves behind
 * ```
 *
 * Whoever is added last after another has gone takes its row. A head that becomes free draws those back that were put
 * beside it: a search ends at the first free one.
 */

import type { Message } from "./message.ts";
import type { Node } from "./node.ts";
import { GossipAt, IP_BYTES, NAME_BYTES } from "./packet.ts";

const NAME_WORDS = NAME_BYTES / 4;
const IP_WORDS = 12;
const ROW_WORDS = NAME_WORDS + IP_WORDS;
const FIRST_ROWS = 8;

/** Where a search for a name begins, by its first eight bytes: of names by chance these are 32 bits of it. */
function mix(words: Uint32Array, at: number): number {
  const mixed = Math.imul(words[at] ^ Math.imul(words[at + 1], 0x85ebca6b), 0x9e3779b1);
  return (mixed ^ mixed >>> 15) >>> 0;
}

export class Roster {
  readonly #byName = new Map<string, Node>();
  readonly deck: Node[] = [];
  #heads = new Int32Array(FIRST_ROWS * 2);
  #rows = new Uint32Array(FIRST_ROWS * ROW_WORDS);
  #bytes = new Uint8Array(this.#rows.buffer);
  readonly #nodes: (Node | null)[] = [];
  readonly #freeRows: number[] = [];

  get size(): number {
    return this.#byName.size;
  }
  values(): IterableIterator<Node> {
    return this.#byName.values();
  }
  get(name: string): Node | undefined {
    return this.#byName.get(name);
  }

  add(node: Node): void {
    const before = this.#byName.get(node.id);
    if (before !== undefined) this.delete(before);
    this.#byName.set(node.id, node);
    this.deck.push(node);
    const row = this.#freeRows.pop() ?? this.#nodes.length;
    if ((row + 1) * ROW_WORDS > this.#rows.length) this.#grow();
    this.#nodes[row] = node;
    node.row = row;
    this.#write(row * ROW_WORDS * 4, node.id, NAME_BYTES);
    this.#writeAddress(node);
    this.#link(row);
  }

  delete(node: Node): void {
    if (!this.#byName.delete(node.id)) return;
    const { deck } = this;
    const last = deck.pop()!;
    if (last !== node) deck[deck.indexOf(node)] = last;
    this.#unlink(node.row);
    this.#nodes[node.row] = null;
    this.#freeRows.push(node.row);
  }

  /** The node whose name stands in a message, so many bytes from its beginning. */
  named(message: Message, atByte: number): Node | undefined {
    const { words } = message;
    const at = atByte >> 2;
    const heads = this.#heads;
    const rows = this.#rows;
    const mask = heads.length - 1;
    for (let head = mix(words, at) & mask;; head = (head + 1) & mask) {
      const row = heads[head] - 1;
      if (row < 0) return undefined;
      const name = row * ROW_WORDS;
      let i = 0;
      while (i < NAME_WORDS && rows[name + i] === words[at + i]) i++;
      if (i === NAME_WORDS) return this.#nodes[row]!;
    }
  }

  /** Writes a node's name and address where an entry of gossip begins; all there is zero. */
  spell(node: Node, words: Uint32Array, atByte: number): void {
    if (node.rowIp !== node.ip) this.#writeAddress(node);
    const rows = this.#rows;
    let from = node.row * ROW_WORDS;
    let to = atByte >> 2;
    for (let i = 0; i < NAME_WORDS; i++) words[to++] = rows[from++];
    to = (atByte + GossipAt.IP) >> 2;
    for (let i = 0; i < IP_WORDS && rows[from] !== 0; i++) words[to++] = rows[from++];
  }

  #writeAddress(node: Node): void {
    node.rowIp = node.ip;
    this.#write((node.row * ROW_WORDS + NAME_WORDS) * 4, node.ip, IP_BYTES - 1, IP_WORDS * 4);
  }

  #write(at: number, text: string, most: number, room = most): void {
    const bytes = this.#bytes;
    const length = Math.min(text.length, most);
    for (let i = 0; i < length; i++) bytes[at + i] = text.charCodeAt(i);
    bytes.fill(0, at + length, at + room);
  }

  #grow(): void {
    const rows = new Uint32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
    this.#bytes = new Uint8Array(rows.buffer);
    this.#heads = new Int32Array(this.#heads.length * 2);
    for (let row = 0; row < this.#nodes.length; row++) {
      if (this.#nodes[row] !== null) this.#link(row);
    }
  }

  #link(row: number): void {
    const heads = this.#heads;
    const mask = heads.length - 1;
    let head = mix(this.#rows, row * ROW_WORDS) & mask;
    while (heads[head] !== 0) head = (head + 1) & mask;
    heads[head] = row + 1;
  }

  #unlink(row: number): void {
    const heads = this.#heads;
    const mask = heads.length - 1;
    let free = mix(this.#rows, row * ROW_WORDS) & mask;
    while (heads[free] !== row + 1) free = (free + 1) & mask;
    for (let head = (free + 1) & mask; heads[head] !== 0; head = (head + 1) & mask) {
      const wanted = mix(this.#rows, (heads[head] - 1) * ROW_WORDS) & mask;
      // It may only move where its search comes by: not before the place that it wants.
      if (((head - wanted) & mask) < ((head - free) & mask)) continue;
      heads[free] = heads[head];
      free = head;
    }
    heads[free] = 0;
  }
}
