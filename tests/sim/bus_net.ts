/** The network between simulated nodes of a cluster. */

import type { World } from "./world.ts";

/** Delays, sides that do not reach each other, and buffers of what is on its way. */
export class BusNet<Member extends { readonly name: string }> {
  /** How often a node dies of a vote that it has given. */
  deathsByVote = 0.2;
  /** Whether nodes keep what they save, for a start after a crash. */
  keepsFiles = true;
  /** Whether nodes keep what they log: thousands of lines of each, where hundreds fail. */
  keepsLogs = true;
  /** Messages that were sent, and their bytes. */
  messages = 0;
  bytes = 0;
  readonly nodes = new Map<string, Member>();
  readonly sides = new Map<string, number>();
  slowUs = 2000;
  /** Buffers that were used, by the power of two that is their length. */
  readonly #buffers: Uint8Array[][] = Array.from({ length: 32 }, () => []);
  constructor(readonly world: World) {}
  get nowMs(): number {
    return Math.floor(this.world.nowUs / 1000);
  }
  /** A copy of bytes that are on their way. */
  copy(bytes: Uint8Array): Uint8Array {
    const power = 32 - Math.clz32(bytes.length - 1);
    const buffer = this.#buffers[power].pop() ?? new Uint8Array(1 << power);
    buffer.set(bytes);
    return buffer;
  }
  /** They have arrived, and nobody has anything of them. */
  free(buffer: Uint8Array): void {
    this.#buffers[31 - Math.clz32(buffer.length)].push(buffer);
  }
  named(name: string): Member | undefined {
    for (const node of this.nodes.values()) if (node.name === name) return node;
    return undefined;
  }
  connects(one: string, other: string): boolean {
    return (this.sides.get(one) ?? 0) === (this.sides.get(other) ?? 0);
  }
  delayUs(): number {
    return 50 + this.world.random.below(this.slowUs);
  }
}
