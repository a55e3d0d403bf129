/** How far the writing of a value has come; its layout is drawn in rdb_write.ts and in aof_write.ts. */
import { RDB_SINK_LEN, RDB_SINK_PASSED } from "../base/layout";
import { putBytes } from "./rdb_sink";

export const WRITER_BYTES: u32 = 64;

export const HEAD: u32 = 0;
export const ELEMENTS: u32 = 1;
/** After a value, in commands: when fields expire, and when the key does. Streams have the phases below. */
export const FIELD_TIMES: u32 = 16;
export const EXPIRY: u32 = 17;
export const WRITTEN: u32 = 255;

@inline export function entryOf(w: usize): usize { return load<u32>(w); }
/** The highest version of the format that the value may be of. */
@inline export function versionOf(w: usize): u32 { return load<u32>(w, 40); }
@inline export function phaseOf(w: usize): u32 { return load<u32>(w, 4); }
@inline export function setPhase(w: usize, phase: u32): void { store<u32>(w, phase, 4); }

/** Bytes of a piece of a large string. */
const PIECE_BYTES: u32 = 0x8000;

/** Goes on with a string that is written as it is, piece by piece. @returns whether it is written */
export function writePieces(w: usize, ptr: usize, len: u32, limit: u32): bool {
  let at = load<u32>(w, 8);
  while (at < len && !isEnough(limit)) {
    const piece = min(len - at, PIECE_BYTES);
    putBytes(ptr + at, piece);
    at += piece;
  }
  store<u32>(w, at, 8);
  return at == len;
}

/** Whether the sink has enough for this step. */
@inline export function isEnough(limit: u32): bool {
  return load<u32>(RDB_SINK_LEN) + load<u32>(RDB_SINK_PASSED) >= limit;
}
