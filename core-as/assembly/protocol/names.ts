/**
 * The names of commands, resolved to ids in any case.
 *
 * The table is open-addressed, 32 bytes a slot: {name up to 24 bytes, zero-padded; u32 length; i32 id}.
 * Names of up to 8 bytes are compared as one word. A lookup that finds nothing ends at an empty slot.
 */
import { COMMAND_TABLE } from "../base/layout";
import { toLower } from "../base/bytes";

/** No command of this name; nextCommand (resp.ts) returns it as one of its statuses. */
export const UNKNOWN_COMMAND: i32 = -3;

const SLOTS: u32 = 2048;
const SLOT_BYTES: u32 = 32;
const NAME_MAX: u32 = 24;

@inline function shortHash(word: u64, len: u32): u32 {
  return <u32> (((word ^ len) * 0x9e3779b97f4a7c15) >> 53);
}

function longHash(name: usize, len: u32): u32 {
  let h: u32 = 0x811c9dc5;
  for (let i: u32 = 0; i < len; i++) h = (h ^ toLower(load<u8>(name + i))) * 0x01000193;
  return (h ^ h >> 15) & (SLOTS - 1);
}

/** The name as one word, its letters lowered; `len` is 1..8 and the bytes beyond it may be anything. */
@inline function shortWord(name: usize, len: u32): u64 {
  const word = load<u64>(name) & (<u64> -1 >> (64 - (len << 3)));
  // Eight comparisons at once: bit 7 of each sum tells whether that byte is at least 'A', or above 'Z'.
  const low = word & 0x7f7f7f7f7f7f7f7f;
  const upper = (low + 0x3f3f3f3f3f3f3f3f) & ~(low + 0x2525252525252525) & ~word & 0x8080808080808080;
  return word | upper >> 2;
}

/** Registers a lower-case name under an id of 0 or more. @returns false when it is too long or full */
export function registerCommand(name: usize, len: u32, id: i32): bool {
  if (!len || len > NAME_MAX) return false;
  let at = len <= 8 ? shortHash(shortWord(name, len), len) : longHash(name, len);
  for (let probes: u32 = 0; probes < SLOTS; probes++) {
    const slot = COMMAND_TABLE + at * SLOT_BYTES;
    if (!load<u32>(slot, 24)) {
      memory.copy(slot, name, len);
      if (len <= 8) store<u64>(slot, shortWord(name, len));
      store<u32>(slot, len, 24);
      store<i32>(slot, id, 28);
      return true;
    }
    at = (at + 1) & (SLOTS - 1);
  }
  return false;
}

/** @returns the id of a name in any case, UNKNOWN_COMMAND where there is none */
export function commandId(name: usize, len: u32): i32 {
  if (len - 1 >= NAME_MAX) return UNKNOWN_COMMAND;
  if (len <= 8) {
    const word = shortWord(name, len);
    let at = shortHash(word, len);
    while (true) {
      const slot = COMMAND_TABLE + at * SLOT_BYTES;
      const have = load<u32>(slot, 24);
      if (!have) return UNKNOWN_COMMAND;
      if (have == len && load<u64>(slot) == word) return load<i32>(slot, 28);
      at = (at + 1) & (SLOTS - 1);
    }
  }
  let at = longHash(name, len);
  while (true) {
    const slot = COMMAND_TABLE + at * SLOT_BYTES;
    const have = load<u32>(slot, 24);
    if (!have) return UNKNOWN_COMMAND;
    if (have == len) {
      let i: u32 = 0;
      while (i < len && toLower(load<u8>(name + i)) == load<u8>(slot + i)) i++;
      if (i == len) return load<i32>(slot, 28);
    }
    at = (at + 1) & (SLOTS - 1);
  }
}
