/** A pattern of keys or channels. Most are a word or a beginning, which is compared where it lies. */

import { fromBinary, STRING_MAX } from "../../core-as/host/core.ts";
import type { Arguments } from "../commands/facts.ts";
import { globMatches } from "../config/glob.ts";

export class Pattern {
  /** The bytes before the star, or all of them where there is no star. */
  readonly #fixed: Uint8Array;
  readonly #kind: "word" | "beginning" | "glob";

  /** @param text one character a byte */
  constructor(readonly text: string) {
    const isWord = !/[*?[\\]/.test(text);
    const isBeginning = /^[^*?[\\]*\*$/.test(text);
    this.#kind = isWord ? "word" : isBeginning ? "beginning" : "glob";
    const fixed = isBeginning ? text.slice(0, -1) : text;
    this.#fixed = fromBinary(fixed);
  }

  /** Whether an argument of the command under way matches. */
  matches(c: Arguments, index: number): boolean {
    // As in Redis, where a star needs a text to begin with.
    if (c.core.argLen(index) === 0) return this.text === "";
    if (this.#kind === "glob") {
      return c.core.argLen(index) <= STRING_MAX && globMatches(this.text, c.arg(index));
    }
    return this.#begins(c, index, this.#kind === "word");
  }

  /** Whether an argument is this very text. */
  equals(c: Arguments, index: number): boolean {
    if (this.#kind === "word") return this.#begins(c, index, true);
    return c.core.argLen(index) === this.text.length && c.arg(index) === this.text;
  }

  matchesText(text: string): boolean {
    return text === "" ? this.text === "" : globMatches(this.text, text);
  }

  #begins({ core }: Arguments, index: number, wholly: boolean): boolean {
    const fixed = this.#fixed;
    const { length } = fixed;
    const given = core.argLen(index);
    if (wholly ? given !== length : given < length) return false;
    const { u8 } = core;
    const ptr = core.argPtr(index);
    for (let i = 0; i < length; i++) if (u8[ptr + i] !== fixed[i]) return false;
    return true;
  }
}
