/** Bytes that a library puts together before Lua is given them as a string. */

import type { LuaMachine } from "../lua_machine.ts";

const FIRST_BYTES = 4096;
/** What is kept for the next time. */
const KEPT_BYTES = 1 << 20;

export class ByteWriter {
  bytes = new Uint8Array(FIRST_BYTES);
  length = 0;
  #view = new DataView(this.bytes.buffer);

  reset(): void {
    this.length = 0;
    if (this.bytes.length <= KEPT_BYTES) return;
    this.#replace(new Uint8Array(FIRST_BYTES));
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  /** Makes room for so many bytes more. @returns where they go */
  #take(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, at));
      this.#replace(larger);
    }
    return at;
  }

  byte(value: number): void {
    this.bytes[this.#take(1)] = value;
  }
  /** Text of one character a byte. */
  text(text: string): void {
    const at = this.#take(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[at + i] = text.charCodeAt(i);
  }
  copy(from: Uint8Array, start: number, length: number): void {
    const at = this.#take(length);
    if (length > 32) this.bytes.set(from.subarray(start, start + length), at);
    else for (let i = 0; i < length; i++) this.bytes[at + i] = from[start + i];
  }
  u16(value: number): void {
    this.#view.setUint16(this.#take(2), value);
  }
  u32(value: number): void {
    this.#view.setUint32(this.#take(4), value);
  }
  /** The lowest 64 bits. */
  i64(value: bigint): void {
    this.#view.setBigInt64(this.#take(8), BigInt.asIntN(64, value));
  }
  f32(value: number, little = false): void {
    this.#view.setFloat32(this.#take(4), value, little);
  }
  f64(value: number, little = false): void {
    this.#view.setFloat64(this.#take(8), value, little);
  }

  /** Pushes what was written. */
  push(m: LuaMachine, L: number): void {
    m.pushBytes(L, this.bytes, 0, this.length);
  }
}
