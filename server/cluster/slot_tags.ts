/** For each slot a short hash tag that belongs to it: names that contain it are routed to the slot. */

import { SLOT_COUNT } from "./cluster.ts";

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export class SlotTags {
  #tags: string[] | null = null;

  of(slot: number): string {
    return (this.#tags ??= findTags())[slot];
  }
}

/** Tries words from the shortest on until each slot has one: a quarter of a million, once. */
function findTags(): string[] {
  const tags: string[] = [];
  let left = SLOT_COUNT;
  let words: [string, number][] = [["", 0]];
  while (left > 0) {
    const longer: [string, number][] = [];
    for (const [word, crc] of words) {
      for (const letter of LETTERS) {
        const next = crc16(crc, letter.charCodeAt(0));
        longer.push([word + letter, next]);
        const slot = next % SLOT_COUNT;
        if (tags[slot] !== undefined) continue;
        tags[slot] = word + letter;
        left--;
      }
      if (left === 0) break;
    }
    words = longer;
  }
  return tags;
}

/** CRC-16/XMODEM, by one byte more. */
function crc16(crc: number, byte: number): number {
  crc ^= byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
  return crc & 0xffff;
}
